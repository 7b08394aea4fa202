"""The suite of a container's life is tested too: every bug in the runtime must be caught, and be named."""

from functools import cache
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest

import fsm.kubelet
from fsm import conform
from fsm.errors import NonConformance
from fsm.suite import Suite
from specs.kubelet.cri_container_bench import Bench
from specs.kubelet.cri_container_conformance import ANSWERS
from specs.kubelet.cri_container_profiles import profile
from specs.kubelet.cri_container_runs import memory
from specs.kubelet.cri_container_worlds import MemoryWorld
from tests.conformance.cri_container_mutants import MUTANTS
from tests.conformance.mutants import Mutant, planted


def suite_of(kubelet: Any) -> Suite:
    """The suite of the runtime in memory of a port."""

    def make() -> Bench:
        runtime = memory(kubelet)
        return Bench(runtime, MemoryWorld(runtime), kubelet=kubelet)

    spec = profile("containerd 1.6")
    return conform(spec, make, answers=ANSWERS).suite  # type: ignore[attr-defined]


@cache
def sound() -> Suite:
    return suite_of(fsm.kubelet)


def first_failure(suite: Suite, first: str, only: bool = False) -> str:
    """What the tours of a suite say first; nothing if none fails.

    Args:
        suite: the suite.
        first: the call whose tours are taken first.
        only: whether no others are.
    """
    suite.graph, suite.tables = sound().graph, sound().graph.tables  # explored once
    for stimulus in sorted(suite.stimuli, key=lambda one: one.action.name != first):
        if stimulus.action.name in suite.skip or (only and stimulus.action.name != first):
            continue
        try:
            suite.tour(stimulus.number, {})
        except SkipTest:
            continue
        except NonConformance as error:
            return str(error)
    return ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_every_mutant_is_caught_by_a_tour_that_names_the_call(tmp_path: Path, mutant: Mutant):
    with planted(tmp_path, mutant) as port:
        failure = first_failure(suite_of(port), mutant.says[0])
    assert failure, f"no tour fails although {mutant}"
    assert [text for text in mutant.says if text not in failure] == [], failure


def test_mutants_have_names_of_their_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 30


def test_the_runtime_without_a_bug_passes_from_a_copy_too(tmp_path: Path):
    with planted(tmp_path) as port:
        assert first_failure(suite_of(port), "start_container", only=True) == ""
