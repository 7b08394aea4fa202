"""Exploring: shortest first, fewest faults first, the same every time, and honest where it stops."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fsm import action, always, check, limit, many, model_of, require, sometimes, spec, var
from fsm.explorer import Explorer, explore
from fsm.limits import Limits, Progress
from fsm.verdict import Outcome
from tests.benchmarks.containers import STATES, TRANSITIONS, Container

ROOT = Path(__file__).resolve().parents[1]


@spec
class Line:
    """0 → 1 → … → 20, with a shortcut that is a fault."""

    n: int = var(range(21), 0)

    @action
    def walk(self) -> None:
        require(self.n < 20)
        self.n += 1

    @action(fault=True)
    def leap(self) -> None:
        require(self.n < 11)
        self.n += 10

    @action
    def rest(self) -> None:
        pass

    @always(finding="it comes so far")
    def stays_below_fifteen(self) -> bool:
        return self.n < 15


@spec
class Falls:
    """Only faults go down, from any height; and what is broken can break further."""

    height: int = var(range(4), 0)
    broken: int = var(range(3), 0)

    @action
    def climb(self) -> None:
        require(self.broken == 0)
        self.height = min(self.height + 1, 3)

    @action(fault=True)
    def fall(self) -> None:
        require(self.height > 1)
        self.height = 0
        self.broken = min(self.broken + 1, 2)

    @action
    def crawl(self) -> None:
        require(self.broken > 0)
        self.height = min(self.height + 1, 2)

    @sometimes
    def badly_broken(self) -> bool:
        return self.broken == 2


def test_a_state_that_is_reached_without_a_fault_is_never_said_to_need_one() -> None:
    report = check(Line)
    assert (report.states, report.faults, report.depth) == (21, 0, 20)
    trace = report["stays_below_fifteen"].trace
    assert (len(trace), trace.faults) == (15, 0)


def test_layers_count_the_fewest_faults_for_any_number_of_them() -> None:
    graph = explore(model_of(Falls))
    faults = {
        (values["broken"], values["height"]): graph.faults(state)
        for state in graph.states
        for values in [graph.model.layout.unpack(state)]
    }
    assert faults == {(broken, height): broken for broken in range(3) for height in range(4 - (broken > 0))}
    assert check(Falls)["badly_broken"].trace.faults == 2


@pytest.mark.parametrize(
    ("most", "states", "outcome"), [(0, 4, "unknown"), (1, 7, "unknown"), (2, 10, "holds")]
)
def test_a_bound_on_faults_makes_what_was_not_seen_unknown(most: int, states: int, outcome: str) -> None:
    report = check(Falls, max_faults=most)
    assert report.states == states
    assert report["badly_broken"].outcome is Outcome(outcome)
    assert report.exhaustive == (outcome == "holds")
    if outcome == "unknown":
        assert (
            report["badly_broken"].reason
            == f"only runs with at most {most} faults were explored (max_faults={most})"
        )
        assert report.exit_code == 3


def test_a_step_property_is_violated_with_the_fewest_faults_though_a_fault_comes_first() -> None:
    @spec
    class Both:
        n: int = var(range(5), 0)
        odd: bool = False

        @action(fault=True)
        def slip(self) -> None:
            self.odd = not self.odd

        @action
        def walk(self) -> None:
            require(self.n < 4)
            self.n += 1
            self.odd = self.n == 4

        @always(finding="it does")
        def never_turns_odd(self, after: Any) -> bool:
            return self.odd or not after.odd

    trace = check(Both)["never_turns_odd"].trace
    assert [step.action for step in trace.steps] == ["walk"] * 4


def test_what_only_a_limit_stops_is_counted_and_not_stuck() -> None:
    @spec
    class Bounded:
        n: int = var(range(4), 0)

        @action
        def up(self) -> None:
            limit(self.n < 3)
            self.n += 1

        @always
        def small(self) -> bool:
            return self.n < 4

        @always(finding="grows large")
        def never_large(self) -> bool:
            return self.n < 4

        @sometimes
        def three(self) -> bool:
            return self.n == 3

        @sometimes
        def never(self) -> bool:
            return self.n == 7

    report = check(Bounded)
    assert (report.bounded, report.exhaustive) == (1, True)
    assert {result.name: (result.outcome.value, result.reason) for result in report.properties} == {
        "small": ("holds", "within the spec's own bounds"),
        "never_large": ("unknown", "the finding was not seen within the spec's own bounds"),
        "three": ("holds", ""),
        "never": ("unknown", "it was not seen within the spec's own bounds"),
        "never_stuck": ("holds", "within the spec's own bounds"),
    }
    assert report.exit_code == 3


LIMITS = [
    ({"max_states": 5}, "max_states=5"),
    ({"max_depth": 3}, "max_depth=3"),
    ({"timeout": 0.0}, "timeout=0s"),
]


@pytest.mark.parametrize(("limits", "why"), LIMITS)
def test_a_limit_ends_in_unknown(limits: dict[str, Any], why: str) -> None:
    report = check(Container, **limits)
    assert not report.exhaustive
    assert report.stopped == f"exploring ended early ({why})"
    assert report["failed_iff_faulted"].outcome is Outcome.UNKNOWN
    assert report["starts_without_ref"].outcome is Outcome.UNKNOWN
    assert report["never_stuck"].reason == report.stopped
    assert report.exit_code == 3
    assert report.states < STATES


@pytest.mark.parametrize("limits", [{"max_states": 17}, {"max_depth": 16}])
def test_a_violation_stands_though_a_limit_stopped_the_rest(limits: dict[str, Any]) -> None:
    report = check(Line, **limits)
    assert report["stays_below_fifteen"].outcome is Outcome.VIOLATED
    assert len(report["stays_below_fifteen"].trace) == 15
    assert report["never_stuck"].outcome is Outcome.UNKNOWN
    assert report.exit_code == 3


def test_a_violation_that_is_not_expected_outranks_what_is_unknown() -> None:
    class Strict(Line):
        @always
        def stays_below_fifteen(self) -> bool:
            return self.n < 15

    assert check(Strict, max_states=17).exit_code == 1


def test_states_that_were_found_and_not_expanded_are_judged() -> None:
    report = check(Line, max_depth=15)
    assert (report.states, report.depth) == (16, 15)
    assert len(report["stays_below_fifteen"].trace) == 15


@pytest.mark.parametrize(
    "limits", [{"max_states": 22}, {"max_depth": 20}, {"max_faults": 0}, {"timeout": 600.0}]
)
def test_a_limit_that_nothing_ran_into_changes_nothing(limits: dict[str, Any]) -> None:
    report = check(Line, **limits)
    assert (report.exhaustive, report.exit_code, report.states) == (True, 0, 21)


@pytest.mark.parametrize(
    "wrong", [{"max_states": 0}, {"max_depth": -1}, {"max_faults": -1}, {"timeout": -1.0}, {"max_memory": 0}]
)
def test_a_limit_that_bounds_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="bounds nothing: give at least"):
        Limits(**wrong)


def test_too_much_memory_ends_in_unknown_too() -> None:
    graph = explore(model_of(Container), Limits(max_memory=1))
    assert graph.stopped == "max_memory=1"
    assert graph.unexpanded > 0


def test_progress_is_told_of() -> None:
    told: list[Progress] = []
    explore(many(Container, 2), progress=told.append)
    assert told == sorted(told, key=lambda one: one.states)
    assert told[-1].states == STATES**2


def test_an_interruption_keeps_what_is_known() -> None:
    def interrupt(progress: Progress) -> None:
        if progress.states > 3000:
            raise KeyboardInterrupt

    graph = explore(many(Container, 2), progress=interrupt)
    assert graph.stopped == "interrupted"
    assert 3000 < len(graph.states) < STATES**2
    assert 0 < graph.unexpanded < len(graph.states)
    assert graph.transitions == len(graph.edges.events)


@pytest.mark.parametrize("n", [1, 2])
def test_the_benchmark_model_has_the_sizes_that_arithmetic_says(n: int) -> None:
    report = check(many(Container, n))
    assert (report.states, report.transitions) == (STATES**n, n * TRANSITIONS * STATES ** (n - 1))
    assert report.exit_code == 0


def test_wide_looks_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = explore(many(Container, 2))
    monkeypatch.setattr("fsm.interpreter.CAPACITY", 1100)
    frugal = explore(many(Container, 2))
    assert frugal.states == whole.states
    assert (frugal.transitions, frugal.enabled) == (whole.transitions, whole.enabled)
    assert frugal.alarms == whole.alarms


def test_slices_change_nothing_that_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = check(many(Container, 2))
    monkeypatch.setattr("fsm.interpreter.SLICE", 7)
    sliced = check(many(Container, 2))
    assert (sliced.states, sliced.transitions, sliced.depth) == (whole.states, whole.transitions, whole.depth)
    for one, other in zip(sliced.properties, whole.properties, strict=True):
        assert one.outcome is other.outcome
        assert len(one.trace or ()) == len(other.trace or ())


def test_two_explorations_are_alike() -> None:
    first, second = (Explorer(many(Container, 2)).explore() for _ in range(2))
    assert list(first.states) == list(second.states)
    assert first.states.origins == second.states.origins


PROGRAM = """
from dataclasses import replace
from fsm import check
from specs.classics import die_hard, dining, peterson, two_phase_commit
from tests.test_explorer import Falls
for cls in (die_hard.DieHard, dining.DiningPhilosophers, peterson.PetersonReversed,
            two_phase_commit.TwoPhaseCommit, Falls):
    print(replace(check(cls), seconds=0.0).to_json())
"""


def test_the_hash_seed_changes_nothing() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )
        for seed in ("0", "1", "4711")
    ]  # fmt: skip
    printed = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0, 0]
    (only,) = printed
    assert only.count(b'"schema"') == 5
    assert json.loads(only.split(b"\n}\n")[0] + b"}")["states"] == 16
