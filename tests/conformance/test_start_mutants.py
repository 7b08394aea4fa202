"""The suites of `startContainer` are tested too: every bug in the port must be caught, and be named."""

from functools import cache
from pathlib import Path

import pytest

import fsm.kubelet
from fsm import conform
from fsm.errors import NonConformance
from fsm.suite import Suite
from specs.kubelet.start_container import start_container
from specs.kubelet.start_container_conformance import run_on, suite
from specs.kubelet.versions import ERAS
from tests.conformance.mutants import Mutant, planted
from tests.conformance.start_mutants import LOGS, MUTANTS, StartMutant
from tests.worlds.mutations import sampled


@cache
def sound(version: str) -> Suite:
    """The suite of the port as it is; its tours are those of every mutant's."""
    return suite(version).suite  # type: ignore[attr-defined]


def first_failure(port: Suite, tours: Suite, only: str = "") -> str:
    """What the shortest failing tour says; nothing if none fails.

    Args:
        port: the suite of a port.
        tours: the suite whose tours it takes.
        only: an action; of the tours, those that take it.
    """
    port.graph, port.tables = tours.graph, tours.graph.tables  # explored once
    wanted = {number for number, event in enumerate(port.model.events) if only in ("", event.action.name)}
    every = [
        tour
        for found in tours.tours.values()
        for tour in found
        if any(number in wanted for number, _ in tour.steps)
    ]
    for tour in sorted(every, key=lambda tour: len(tour.steps)):
        try:
            port.take(tour.initial, [number for number, _ in tour.steps], {})
        except NonConformance as error:
            return str(error)
    return ""


@pytest.mark.parametrize("planned", sampled(MUTANTS), ids=str)
def test_every_mutant_is_caught_by_a_tour_that_says_what_is_wrong(tmp_path: Path, planned: StartMutant):
    with planted(tmp_path, planned.mutant) as port:
        mutated = suite(planned.version, port).suite  # type: ignore[attr-defined]
        failure = first_failure(mutated, sound(planned.version))
    assert failure, f"no tour fails although {planned}"
    assert planned.mutant.says
    assert [text for text in planned.mutant.says if text not in failure] == [], failure


def test_mutants_have_names_of_their_own_and_are_of_every_era():
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS) >= 40
    assert {mutant.version for mutant in MUTANTS} == set(ERAS)


PASSES_OVER = "            continue\n        following"


def test_a_number_that_is_too_big_is_passed_over_wherever_it_stands(tmp_path: Path):
    """A log after the one that is too big: that takes two restarts, which only the whole spec has."""
    spec = start_container("1.27")
    tours = conform(spec, run=run_on(fsm.kubelet, "1.27")).suite  # type: ignore[attr-defined]
    assert first_failure(tours, tours, "log_name_is_too_big") == ""
    stops = Mutant("it ends the count", LOGS, PASSES_OVER, PASSES_OVER.replace("continue", "break"), ())
    with planted(tmp_path, stops) as port:
        mutated = conform(spec, run=run_on(port, "1.27")).suite  # type: ignore[attr-defined]
        failure = first_failure(mutated, tours, "log_name_is_too_big")
    assert "log_name_is_too_big(so_far=1)" in failure
    assert "restart_count  2          1" in failure


@pytest.mark.parametrize("name", ["1.20", "1.25", "1.28", "1.30", "1.32", "1.36"])
@pytest.mark.parametrize("action", ["pull_image", "pull_backs_off"])
def test_versions_within_an_era_differ_in_what_the_image_puller_says(name: str, action: str):
    assert first_failure(sound(name), sound(name), action) == ""
