"""Every call in every situation, and calls at once, on a real runtime: only a violation fails.

`RUNTIMES.md` shows the same; `python -m specs.kubelet runtimes --private` writes it.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from specs.kubelet.cri_container_bench import Bench
from specs.kubelet.cri_container_matrix import Examiner, Judgement, NotRun
from specs.kubelet.cri_container_races import RACES, Race, race
from specs.kubelet.cri_container_runs import known_of
from specs.kubelet.cri_container_situations import Cell, cells
from specs.kubelet.cri_container_worlds import AnyWorld, lacking


@pytest.fixture(scope="module")
def examiner(cri_runtime: Any) -> Iterator[Examiner]:
    """Somebody who asks the runtime, which may not be ours: without faults."""
    told, world = cri_runtime.version(), AnyWorld(cri_runtime)
    known = known_of(told.runtime_name, told.runtime_version)
    made = Examiner(lambda: Bench(cri_runtime, world), known, lacking(world))
    yield made
    made.close()


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_cell(examiner: Examiner, cell: Cell) -> None:
    try:
        outcome = examiner.examine(cell)
    except NotRun as why:
        pytest.skip(str(why))
    assert outcome.judgement != Judgement.VIOLATION.value, outcome


@pytest.mark.parametrize("one", RACES, ids=str)
def test_calls_at_once(examiner: Examiner, one: Race) -> None:
    outcome = race(examiner, one)
    assert outcome.judgement != Judgement.VIOLATION.value, outcome
