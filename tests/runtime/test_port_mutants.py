"""The suites of the port on a real runtime are tested too: a bug in the port is caught there, and named."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import fsm.kubelet
from fsm import conform
from fsm.errors import NonConformance
from fsm.suite import Suite
from specs.kubelet import container_creation_on_runtime_conformance as creation
from specs.kubelet import start_container_on_runtime_conformance as start
from specs.kubelet.container_creation import ContainerCreation
from specs.kubelet.runtime_pod import RuntimePod, runtime_pod
from specs.kubelet.start_container import start_container
from tests.conformance import mutants, start_mutants
from tests.conformance.mutants import Mutant, planted

__all__ = ["runtime_pod"]  # a fixture

IN_CREATION = [
    "the statuses come oldest first",
    "the annotation is left out",
    "a created container is told twice",
]
REFUSED = ["the restart count is not raised", "the attempt is not passed to the runtime"]
IN_START = [
    "1.22: the newest log is counted and not the next one",
    "1.22: a failed hook's error still says why",
    "1.18: a failed hook is not told",
]
PLANTED = {mutant.name: mutant for mutant in mutants.MUTANTS}
PLANTED_IN_START = {str(one): one for one in start_mutants.MUTANTS}


@cache
def sound_creation() -> Suite:
    suite: Suite = conform(ContainerCreation, run=creation.run_on(fsm.kubelet)).suite  # type: ignore[attr-defined]
    return suite


@cache
def sound_start(version: str) -> Suite:
    spec = start.brief(start_container(version))
    suite: Suite = conform(spec, run=start.run_on(fsm.kubelet, version)).suite  # type: ignore[attr-defined]
    return suite


def first_failure(sound: Suite, run: Callable[..., Any], mutant: Mutant, pod: RuntimePod) -> str:
    """What the shortest failing tour says, of those to actions that the mutant's failure names."""
    suite = Suite(sound.model, run=run, timeout=60)
    suite.graph, suite.tables = sound.graph, sound.graph.tables  # explored once
    named = {one.name for one in sound.model.actions if any(one.name in text for text in mutant.says)}
    events = sound.model.events
    every = [
        tour
        for found in sound.tours.values()
        for tour in found
        if not named or named & {events[number].action.name for number, _ in tour.steps}
    ]
    for tour in sorted(every, key=lambda tour: len(tour.steps)):
        try:
            suite.take(tour.initial, [number for number, _ in tour.steps], {"runtime_pod": pod})
        except NonConformance as error:
            return str(error)
    return ""


@pytest.mark.parametrize("name", IN_CREATION)
def test_a_bug_in_creation_is_caught_on_a_real_runtime(
    tmp_path: Path, runtime_pod: RuntimePod, name: str
) -> None:
    mutant = PLANTED[name]
    with planted(tmp_path, mutant) as port:
        failure = first_failure(sound_creation(), creation.run_on(port), mutant, runtime_pod)
    assert failure, f"no tour fails although {mutant}"
    assert [text for text in mutant.says if text not in failure] == [], failure


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_runtime_itself_refuses_a_number_that_is_taken(
    tmp_path: Path, runtime_pod: RuntimePod, name: str
) -> None:
    mutant = PLANTED[name]
    with planted(tmp_path, mutant) as port:
        failure = first_failure(sound_creation(), creation.run_on(port), mutant, runtime_pod)
    assert f'app_web_default_{runtime_pod.uid}_0" is reserved for' in failure


@pytest.mark.parametrize("name", IN_START)
def test_a_bug_in_a_start_is_caught_on_a_real_runtime(
    tmp_path: Path, runtime_pod: RuntimePod, name: str
) -> None:
    version, mutant = PLANTED_IN_START[name].version, PLANTED_IN_START[name].mutant
    with planted(tmp_path, mutant) as port:
        failure = first_failure(sound_start(version), start.run_on(port, version), mutant, runtime_pod)
    assert failure, f"no tour fails although {mutant}"
    assert [text for text in mutant.says if text not in failure] == [], failure
