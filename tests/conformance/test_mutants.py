"""The suite is tested too: every bug that is planted in the port must be caught by a tour, and be named."""

import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import fsm.kubelet
from fsm import Plan, PlannedStep
from fsm.errors import NonConformance
from fsm.replayer import Follower
from fsm.suite import Suite
from specs.kubelet.container_creation import ContainerCreation, Kind
from specs.kubelet.container_creation_conformance import conform, run_on
from tests.conformance.mutants import MUTANTS, Mutant, planted


@cache
def tours() -> Suite:
    """The suite of the port as it is; its tours are those of every mutant's."""
    return suite_of(fsm.kubelet)


def suite_of(port: ModuleType) -> Suite:
    return conform(ContainerCreation, run=run_on(port)).suite  # type: ignore[attr-defined]


def first_failure(suite: Suite) -> str:
    """What the shortest failing tour says; nothing if none fails."""
    suite.graph, suite.tables = tours().graph, tours().graph.tables  # explored once
    every = [tour for found in tours().tours.values() for tour in found]
    for tour in sorted(every, key=lambda tour: len(tour.steps)):
        try:
            suite.take(tour.initial, [number for number, _ in tour.steps], {})
        except NonConformance as error:
            return str(error)
    return ""


@pytest.fixture
def port(tmp_path: Path, request: pytest.FixtureRequest):
    with planted(tmp_path, request.param) as module:
        yield module


@pytest.mark.parametrize(
    ("port", "mutant"), [(one, one) for one in MUTANTS], ids=map(str, MUTANTS), indirect=["port"]
)
def test_every_mutant_is_caught_by_a_tour_that_says_what_is_wrong(port: ModuleType, mutant: Mutant):
    failure = first_failure(suite_of(port))
    assert failure, f"no tour fails although {mutant}"
    assert [text for text in mutant.says if text not in failure] == [], failure


def test_the_port_without_a_bug_passes_from_a_copy_too(tmp_path: Path):
    with planted(tmp_path) as port:
        suite = suite_of(port)
        assert first_failure(suite) == ""
        assert port is not fsm.kubelet
    assert suite.coverage.covered == suite.coverage.total == 284


def test_the_tours_of_the_port_take_exactly_the_transitions_of_the_graph():
    suite = suite_of(fsm.kubelet)
    assert first_failure(suite) == ""
    edges, states = suite.graph.edges, suite.graph.states
    reachable = {
        (state, edges.events[edge])
        for place, state in enumerate(states)
        for edge in range(edges.offsets[place], edges.offsets[place + 1])
    }
    assert suite.covered == reachable
    assert len(reachable) == suite.graph.transitions == 284


def test_a_mutant_whose_text_is_gone_is_an_error_and_not_a_pass():
    with pytest.raises(ValueError, match=r"stands 0 times in create_container\.py"):
        Mutant("gone", "create_container.py", "no such text", "", ()).patched()


def test_mutants_have_names_of_their_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 18


@pytest.mark.parametrize("name", ["a failed hook is not told", "every attempt writes to the same log"])
def test_a_suite_that_compares_nothing_catches_no_mutant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(Follower, "agrees", lambda *_: True)
    (mutant,) = (one for one in MUTANTS if one.name == name)
    with planted(tmp_path, mutant) as port:
        assert first_failure(suite_of(port)) == ""


def test_random_walks_catch_a_mutant_too(tmp_path: Path):
    from fsm.walks import walk

    (mutant,) = (one for one in MUTANTS if one.name == "a created container is told twice")
    with planted(tmp_path, mutant) as port, pytest.raises(NonConformance, match="CREATED, CREATED") as caught:
        walk(suite_of(port), {}, walks=100, steps=10)
    planned = re.findall(r'PlannedStep\("(\w+)"', str(caught.value))
    assert planned == ["generate_ref"]  # as short as a tour: the run goes on by itself


def test_a_failure_is_a_program_to_paste_with_what_was_specified_beside_what_was_observed(tmp_path: Path):
    (mutant,) = (one for one in MUTANTS if one.name == "a failed hook is not told")
    with planted(tmp_path, mutant) as port:
        failure = first_failure(suite_of(port))
        assert failure == FAILURE
        program = failure.partition("\n\n")[2].partition("\n  observed:")[0]
        pasted: dict[str, object] = {"run": run_on(port)}
        exec("if True:\n" + program, pasted)
    plan = pasted["plan"]
    assert isinstance(plan, Plan)
    assert plan.initial["kind"] is Kind.REGULAR
    assert plan.steps[-1] == PlannedStep("pre_start_fails", fault=True)


FAILURE = """\
ContainerCreation: the implementation does not conform at observation 11 of 11: it returned PreStartHookError

    from fsm import Plan, PlannedStep
    from specs.kubelet.container_creation import Cleanup, Config, Error, Kind, Phase, Target

    plan = Plan(
        initial={
            "phase": Phase.PENDING, "kind": Kind.REGULAR, "newest": None, "status_seen": None,
            "restart_count": 0, "ref_made": False, "ref_stored": False, "target": None,
            "config": Config.NOT_YET, "cleanup": Cleanup.NONE, "container": False, "error": Error.NONE,
            "events": (),
        },
        steps=(
            PlannedStep("generate_ref"),
            PlannedStep("get_target_id", {"target": Target.NOT_ASKED}),
            PlannedStep("generate_config", {"cleanup": False}),
            PlannedStep("create"),
            PlannedStep("pre_start_fails", fault=True),
        ),
    )
    run(plan)

  observed:
      1. generate_ref
      2. get_target_id(target=NOT_ASKED)
      3. generate_config(cleanup=False)
      4. when the runtime is asked to create (seen: events=(), cleanup=NONE, ref_stored=False)
      5. the CRI attempt says 0 (seen: restart_count=0)
      6. the annotation says 0 (seen: restart_count=0)
      7. the log path says 0 (seen: restart_count=0)
      8. the config's PID namespace is CONTAINER (seen: target=NOT_ASKED)
      9. create, then container=True, newest=0
     10. when the pre-start hook is called (seen: events=(), cleanup=NONE, ref_stored=False)
  -> 11. it returned PreStartHookError (pre_start_fails, then phase=FAILED, error=PRE_START_HOOK, events=(), cleanup=NONE, ref_stored=False, container=True, newest=0)

          specified                             observed
  events  (Event(WARNING, FAILED, PRE_START),)  ()\
"""  # noqa: E501
