"""The promises of `startContainer` are tested too: each notices something that is dropped from the spec."""

from functools import cache
from pathlib import Path

import pytest

from fsm import check
from fsm.errors import SpecError
from fsm.verdict import Report
from specs.kubelet.start_container import start_container
from tests.conformance.spec_mutants import MUTANTS, SpecMutant, planted
from tests.worlds.mutations import sampled


@cache
def sound(version: str, name: str) -> tuple[object, int | None]:
    return verdict(check(small(start_container(version)), properties=[name]), name)


def small(spec: type) -> type:
    """The spec with one restart at most: every fault shows there."""

    class Small(spec):  # type: ignore[misc, valid-type]
        MOST = 1

    return Small


def verdict(report: Report, name: str) -> tuple[object, int | None]:
    """The outcome, and how many faults it takes."""
    result = report[name]
    return result.outcome, None if result.trace is None else result.trace.faults


@pytest.mark.parametrize("mutant", sampled(MUTANTS), ids=str)
def test_what_is_dropped_from_the_spec_is_noticed(tmp_path: Path, mutant: SpecMutant):
    with planted(tmp_path, mutant) as module:
        spec = small(module.start_container(mutant.version))
        if not mutant.notices:
            with pytest.raises(SpecError, match="is assigned what it cannot hold"):
                check(spec)
            return
        report = check(spec, properties=[mutant.notices])
    assert verdict(report, mutant.notices) != sound(mutant.version, mutant.notices)


def test_the_spec_without_a_fault_passes_from_a_copy_too(tmp_path: Path):
    with planted(tmp_path, SpecMutant("1.18", "class Steps(Run):", "class Steps(Run):", "")) as module:
        report = check(module.start_container("1.18"))
    report.assert_holds()
    assert report.states == check(start_container("1.18"), properties=["never_stuck"]).states
