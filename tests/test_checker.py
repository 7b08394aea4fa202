"""Verdicts: what holds, what does not, and what cannot be said."""

from dataclasses import replace
from enum import Enum
from typing import Any, Literal

import pytest

from fsm import action, always, check, each, limit, recoverable, require, sometimes, spec, var
from fsm.checker import report
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.verdict import Outcome
from tests.strategies import Color

Phase = Enum("Phase", "WORKING DONE LOST")


@spec(final={Phase.DONE})
class Job:
    """A job is done in some tries, or lost by a fault; a lost job can be found again, by a fault too."""

    phase: Phase = Phase.WORKING
    tries: int = var(range(4), 0)

    @action(Phase.WORKING)
    def attempt(self, ok: bool) -> None:
        require(self.tries < 3)
        self.tries += 1
        if ok:
            self.phase = Phase.DONE

    @action(Phase.WORKING, fault=True)
    def lose(self) -> None:
        self.phase = Phase.LOST

    @action(Phase.LOST, fault=True)
    def find(self) -> None:
        self.phase = Phase.DONE

    @always
    def tries_are_few(self) -> bool:
        return self.tries <= 3

    @always(finding="jobs are lost")
    def never_lost(self) -> bool:
        return self.phase is not Phase.LOST

    @always
    def tries_never_decrease(self, after: Any) -> bool:
        return after.tries >= self.tries

    @always(on=attempt, finding="a failed attempt leaves the phase alone")
    def an_attempt_ends(self, after: Any) -> bool:
        return after.phase is Phase.DONE

    @always(on=(lose, find))
    def faults_cost_no_tries(self, after: Any) -> bool:
        return after.tries == self.tries

    @sometimes
    def done_at_once(self) -> bool:
        return self.phase is Phase.DONE and self.tries == 1

    @sometimes
    def every_phase_occurs(self, phase: Phase) -> bool:
        return self.phase is phase

    @recoverable
    def is_lost_or_ends(self) -> bool:
        return self.phase is not Phase.WORKING or self.tries == 3

    @recoverable(finding="three failures, or a loss, and nothing helps any more")
    def can_be_done(self) -> bool:
        return self.phase is Phase.DONE


def outcomes(cls: Any, **limits: Any) -> dict[str, str]:
    return {result.name: result.outcome.value for result in check(cls, **limits).properties}


def test_each_kind_of_promise_gets_its_verdict() -> None:
    assert outcomes(Job) == {
        "tries_are_few": "holds",
        "never_lost": "violated",
        "tries_never_decrease": "holds",
        "an_attempt_ends": "violated",
        "faults_cost_no_tries": "holds",
        "done_at_once": "holds",
        "every_phase_occurs": "holds",
        "is_lost_or_ends": "holds",
        "can_be_done": "violated",
        "never_stuck": "holds",
    }


def test_a_stuck_state_that_is_not_final_is_reported() -> None:
    class Careful(Job):
        """Where nothing is lost, nothing but three tries is left: a fault would be something to happen."""

        lose = None
        faults_cost_no_tries = None

    result = check(Careful)["never_stuck"]
    assert result.outcome is Outcome.VIOLATED
    assert [step.label for step in result.trace.steps] == ["attempt(ok=False)"] * 3


def test_a_final_phase_may_have_actions_and_what_follows_may_be_stuck() -> None:
    @spec(final={Color.GREEN})
    class Ends:
        color: Color = Color.RED

        @action(Color.RED)
        def ripen(self) -> None:
            self.color = Color.GREEN

        @action(Color.GREEN)
        def fade(self) -> None:
            self.color = Color.BLUE

    assert [step.action for step in check(Ends)["never_stuck"].trace.steps] == ["ripen", "fade"]


def stuck(final: set[Color], loop: bool) -> Outcome:
    @spec(final=final)
    class Short:
        color: Color = Color.RED

        @action(Color.RED)
        def go(self) -> None:
            self.color = Color.GREEN

        @action(Color.GREEN)
        def stay(self) -> None:
            require(loop)

    return check(Short)["never_stuck"].outcome


@pytest.mark.parametrize(
    ("final", "loop", "outcome"),
    [
        (set(), False, Outcome.VIOLATED),
        ({Color.RED}, False, Outcome.VIOLATED),
        ({Color.GREEN}, False, Outcome.HOLDS),
        (set(), True, Outcome.HOLDS),
    ],
)
def test_stuck_is_nothing_enabled_outside_of_the_final_phases(
    final: set[Color], loop: bool, outcome: Outcome
) -> None:
    assert stuck(final, loop) is outcome


def finding(kind: str, seen: bool, **limits: Any) -> tuple[str, bool | None, int]:
    """The verdict on a property with a finding that is, or is not, to be seen."""

    class Walk:
        n: int = var(range(8), 0)

        @action
        def up(self) -> None:
            self.n = min(self.n + 1, 7)

        @always(finding="known")
        def always_known(self) -> bool:
            return not (seen and self.n == 1)

        @always(finding="known")
        def step_known(self, after: Any) -> bool:
            return not (seen and after.n == 1)

        @recoverable(finding="known")
        def recoverable_known(self) -> bool:
            return self.n == (0 if seen else 7)

    for name in ("always_known", "step_known", "recoverable_known"):
        if not name.startswith(kind):
            setattr(Walk, name, None)
    (result, _) = (answer := check(spec(Walk), **limits)).properties
    return result.outcome.value, result.expected, answer.exit_code


@pytest.mark.parametrize("kind", ["always", "step", "recoverable"])
def test_a_finding_must_be_seen(kind: str) -> None:
    assert finding(kind, seen=True) == ("violated", True, 0)
    assert finding(kind, seen=False) == ("holds", False, 1)
    assert finding(kind, seen=False, max_states=4) == ("unknown", None, 3)


@pytest.mark.parametrize("kind", ["always", "step"])
def test_a_finding_that_was_seen_stands_though_the_rest_is_unknown(kind: str) -> None:
    assert finding(kind, seen=True, max_states=4) == ("violated", True, 3)


def test_what_may_be_recovered_beyond_a_limit_is_unknown() -> None:
    assert finding("recoverable", seen=True, max_states=4) == ("unknown", None, 3)


@spec
class Edge:
    """From 2 on a limit of the model hides the way on; 3 is a dead end that a fault leads to."""

    n: int = var(range(5), 0)

    @action
    def up(self) -> None:
        require(self.n < 3)
        limit(self.n < 2)
        self.n += 1

    @action(fault=True)
    def break_down(self) -> None:
        require(self.n == 1)
        self.n = 3

    @action(fault=True)
    def break_further(self) -> None:
        require(self.n == 3)
        limit(False)

    @recoverable
    def gets_to_four(self) -> bool:
        return self.n == 4

    @recoverable
    def gets_to_two(self) -> bool:
        return self.n == 2

    @recoverable
    def gets_somewhere(self) -> bool:
        return self.n in (2, 3)

    @recoverable(finding="never seen")
    def gets_anywhere(self) -> bool:
        return True


def test_recovery_goes_without_faults_and_a_limit_leaves_it_open() -> None:
    report = check(Edge)
    assert report["gets_somewhere"].outcome is Outcome.HOLDS
    assert report["gets_somewhere"].reason == "within the spec's own bounds"
    assert report["gets_to_two"].outcome is Outcome.VIOLATED
    assert [step.action for step in report["gets_to_two"].trace.steps] == ["up", "break_down"]
    assert report["gets_anywhere"].outcome is Outcome.UNKNOWN
    without = check(type("Whole", (Edge,), {"break_down": None}))
    assert without["gets_to_four"].outcome is Outcome.UNKNOWN
    assert without["gets_to_four"].reason == "some states lead only beyond the spec's own bounds"


def test_a_quantified_promise_is_checked_for_each_value_and_names_the_one_that_fails() -> None:
    @spec
    class Lights:
        color: Color = Color.RED

        @action
        def change(self, to: Color) -> None:
            require(to is not Color.BLUE)
            self.color = to

        @always
        def never(self, color: Color, sure: bool) -> bool:
            return self.color is not color or color is not Color.GREEN or not sure

        @sometimes
        def shows(self, color: Color) -> bool:
            return self.color is color

        @always
        def keeps(self, after: Any, color: Color) -> bool:
            return self.color is not color or after.color is color

        @recoverable
        def returns_to(self, color: Color) -> bool:
            return self.color is color

    report = check(Lights)
    assert report["never"].arguments == (("color", "GREEN"), ("sure", "True"))
    assert report["shows"].arguments == (("color", "BLUE"),)
    assert report["shows"].outcome is Outcome.VIOLATED
    assert report["shows"].trace is None
    assert report["keeps"].arguments == (("color", "RED"),)
    assert len(report["keeps"].trace) == 1
    assert report["returns_to"].arguments == (("color", "BLUE"),)


def test_a_witness_of_a_quantified_sometimes_is_the_one_that_comes_last() -> None:
    assert check(Job)["every_phase_occurs"].trace.faults == 1
    assert [step.label for step in check(Job)["done_at_once"].trace.steps] == ["attempt(ok=True)"]


def test_step_properties_speak_of_every_transition_and_never_of_initial_states() -> None:
    @spec
    class Loops:
        n: int = var(range(3), 2)

        @action
        def stay(self) -> None:
            pass

        @action
        def drop(self) -> None:
            self.n = 0

        @always
        def changes(self, after: Any) -> bool:
            return after.n != self.n

        @always(on=drop)
        def drops(self, after: Any) -> bool:
            return after.n == 0

    report = check(Loops)
    assert [step.action for step in report["changes"].trace.steps] == ["stay"]
    assert report["changes"].trace.steps[0].changes == ()
    assert report["drops"].outcome is Outcome.HOLDS


def test_actions_are_counted_and_those_that_never_happen_are_named() -> None:
    class Idle(Job):
        @action(Phase.DONE)
        def never(self) -> None:
            require(self.tries > 3)

    report = check(Idle)
    assert report.never_enabled == ("never",)
    assert {result.name: (result.enabled, result.fault) for result in report.actions} == {
        "attempt": (6, False),
        "lose": (4, True),
        "find": (4, True),
        "never": (0, False),
    }
    assert report.transitions == 14


def test_only_some_properties_can_be_asked_for() -> None:
    report = check(Job, properties=["tries_are_few"])
    assert [result.name for result in report.properties] == ["tries_are_few"]
    assert report.exit_code == 0


def test_a_report_knows_where_things_stand() -> None:
    report = check(Job)
    assert report.doc.startswith("A job is done")
    assert report.place.startswith(__file__)
    assert all(result.place.startswith(__file__) for result in report.properties)
    assert report["never_lost"].finding == "jobs are lost"


def test_a_graph_can_be_judged_again() -> None:
    graph = explore(model_of(Job))
    first, second = report(graph), report(graph)
    assert replace(first, seconds=second.seconds).to_json() == second.to_json()


def test_arguments_that_are_equal_are_asked_for_one_by_one() -> None:
    @spec
    class Loose:
        value: Literal[0, 1, True] = 0

        @action
        def put(self, value: Literal[0, 1, True]) -> None:
            self.value = value

        @always
        def is_not_the_number(self, other: Literal[1, True]) -> bool:
            return type(other) is bool or type(self.value) is bool or self.value != other

        @sometimes
        def is_of_its_type(self, other: Literal[1, True]) -> bool:
            return type(self.value) is type(other)

    found = check(Loose)
    assert (found.states, found.transitions) == (3, 9)
    assert found["is_not_the_number"].outcome is Outcome.VIOLATED
    assert found["is_not_the_number"].arguments == (("other", "1"),)
    assert found["is_of_its_type"].outcome is Outcome.HOLDS


def test_a_map_may_be_an_argument() -> None:
    @spec
    class Mapped:
        phase: bool = False
        votes: dict[bool, bool] = each(bool, False)

        @action
        def put(self, votes: dict[bool, bool]) -> None:
            self.votes = votes

        @always
        def not_all(self, votes: dict[bool, bool]) -> bool:
            return self.votes != votes or not all(votes.values())

    found = check(Mapped)
    assert (found.states, found.transitions) == (4, 16)
    assert found["not_all"].arguments == (("votes", "{False: True, True: True}"),)
