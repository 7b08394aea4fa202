"""Verdicts on promises over runs: what is told, and what is not said."""

from enum import Enum
from typing import Any

import pytest

from fsm import (
    F,
    G,
    action,
    check,
    each,
    eventually,
    finitely,
    leads_to,
    limit,
    many,
    model_of,
    recurs,
    require,
    spec,
    strong,
    temporal,
    var,
    weak,
)
from fsm.checker import report
from fsm.errors import SpecError
from fsm.explorer import explore
from fsm.formulation import Speaker
from fsm.verdict import Outcome, Trace

Phase = Enum("Phase", "IDLE ASKED DONE")
Side = Enum("Side", "LEFT RIGHT")


@spec(final={Phase.DONE})
class Work:
    """Somebody asks, and polls until it is served."""

    phase: Phase = Phase.IDLE
    polls: int = var(range(4), 0)

    @action(Phase.IDLE)
    def ask(self) -> None:
        self.phase = Phase.ASKED

    @action(Phase.ASKED)
    def poll(self) -> None:
        self.polls = (self.polls + 1) % 4

    @action(Phase.ASKED)
    def serve(self) -> None:
        self.phase = Phase.DONE

    def asked(self) -> bool:
        return self.phase is Phase.ASKED

    def is_done(self) -> bool:
        return self.phase is Phase.DONE


def judged(base: type, body: Any, word: Any = eventually, /, **options: Any) -> Any:
    """The verdict on one more promise of a spec."""
    return check(promising(base, body, word), **options)["asked_for"]


def promising(base: type, body: Any, word: Any = eventually) -> type:
    return spec(final={Phase.DONE})(type("More", (base,), {"asked_for": word(body)}))


def lasso(trace: Trace) -> tuple[list[str], list[str]]:
    labels = [step.label for step in trace.steps]
    assert trace.loop is not None
    return labels[: trace.loop], labels[trace.loop :]


@pytest.mark.parametrize("engine", ["python", "native"])
def test_a_loop_that_goes_round_for_ever_breaks_an_eventually(engine: Any) -> None:
    result = judged(Work, lambda self: self.is_done(), engine=engine)
    assert result.outcome is Outcome.VIOLATED
    assert lasso(result.trace) == (["ask"], ["poll"] * 4)
    assert (result.fair, result.advice) == ((), ('weak("serve")',))


def test_fairness_rules_the_loop_out() -> None:
    assert judged(Work, lambda self: self.is_done(), eventually(fair=weak("serve"))).outcome is Outcome.HOLDS


def test_a_run_that_has_come_to_its_end_stays_there() -> None:
    result = judged(Work, lambda self: not self.polls, recurs(fair=weak("serve")))
    assert lasso(result.trace) == (["ask", "poll", "serve"], [])
    assert result.advice == ()


def test_a_run_may_end_in_a_final_phase_though_it_could_go_on() -> None:
    class Again(Work):
        @action(Phase.DONE)
        def again(self) -> None:
            self.phase = Phase.IDLE

    back = judged(Again, lambda self: self.phase is Phase.IDLE, recurs(fair=weak("serve")))
    assert lasso(back.trace)[1] == []
    assert back.advice == ('weak("again")',)


def test_faults_never_have_to_happen() -> None:
    @spec
    class Lamp:
        lit: bool = True

        @action(fault=True)
        def burn(self) -> None:
            require(self.lit)
            self.lit = False

        @eventually
        def goes_out(self) -> bool:
            return not self.lit

    result = check(Lamp)["goes_out"]
    assert lasso(result.trace) == ([], [])


def test_faults_may_happen_for_ever_unless_it_is_assumed_that_they_do_not() -> None:
    @spec
    class Retried:
        phase: Phase = Phase.IDLE

        @action(Phase.IDLE)
        def ask(self) -> None:
            self.phase = Phase.ASKED

        @action(Phase.ASKED, fault=True)
        def lose(self) -> None:
            self.phase = Phase.IDLE

        @action(Phase.ASKED)
        def serve(self) -> None:
            self.phase = Phase.DONE

        @action(Phase.DONE)
        def rest(self) -> None: ...

        @eventually
        def is_served(self) -> bool:
            return self.phase is Phase.DONE

        @eventually(fair=finitely())
        def is_served_when_faults_end(self) -> bool:
            return self.phase is Phase.DONE

    report = check(Retried)
    assert lasso(report["is_served"].trace) == ([], ["ask", "lose"])
    assert report["is_served"].advice == ('strong("serve")',)
    assert report["is_served_when_faults_end"].outcome is Outcome.HOLDS


def test_weak_fairness_is_not_enough_for_what_is_enabled_now_and_then() -> None:
    class Busy(Work):
        @action(Phase.ASKED)
        def serve(self) -> None:
            require(self.polls == 1)
            self.phase = Phase.DONE

    @spec(final={Phase.DONE})
    class Both(Busy):
        @eventually(fair=weak(Busy.serve))
        def weakly(self) -> bool:
            return self.is_done()

        @eventually(fair=strong(Busy.serve))
        def strongly(self) -> bool:
            return self.is_done()

    report = check(Both)
    assert report["weakly"].outcome is Outcome.VIOLATED
    assert report["strongly"].outcome is Outcome.HOLDS


def test_a_leads_to_begins_where_its_premise_is_true() -> None:
    result = judged(Work, lambda self: (self.polls == 2, self.polls == 1), leads_to)
    assert lasso(result.trace) == (["ask", "poll", "poll", "serve"], [])


def test_a_formula_is_judged_by_its_automaton() -> None:
    result = judged(Work, lambda self: G(self.asked() >> F(self.is_done())), temporal)
    assert lasso(result.trace) == (["ask"], ["poll"] * 4)


Paint, Light = Enum("Paint", "RED BLUE"), Enum("Light", "RED BLUE")


def test_members_of_two_enums_that_look_the_same_are_not_the_same() -> None:
    @spec
    class Signal:
        paint: Paint = Paint.RED
        light: Light = Light.BLUE

        @action
        def repaint(self) -> None:
            self.paint = Paint.BLUE

        def shows(self, color: Any) -> bool:
            return self.paint is color or self.light is color

        @temporal
        def turns_red_or_is_not(self) -> Any:
            return F(self.shows(Light.RED)) | ~self.shows(Paint.RED)

    assert check(Signal)["turns_red_or_is_not"].outcome is Outcome.VIOLATED


@pytest.mark.parametrize("other", [True, 1.0, (1,)])
def test_atoms_with_arguments_of_other_types_are_others(other: Any) -> None:
    speaker = Speaker(model_of(Work))
    assert speaker.is_done(1) == speaker.is_done(1)
    assert speaker.is_done(1) != speaker.is_done(other)
    assert speaker.is_done((1, {"a": 1})) != speaker.is_done((1, {"a": other}))


def test_a_promise_is_judged_for_each_of_its_arguments() -> None:
    @spec
    class Two:
        on: dict[Side, bool] = each(Side, False)

        @action
        def switch(self) -> None:
            self.on[Side.LEFT] = True

        @eventually(fair=weak("switch"))
        def shines(self, side: Side) -> bool:
            return self.on[side]

    result = check(Two)["shines"]
    assert result.arguments == (("side", "RIGHT"),)


@pytest.mark.parametrize(
    ("word", "body", "why"),
    [
        (leads_to, lambda self: (self.polls > 3, self.is_done()), "its premise never occurs"),
        (
            leads_to,
            lambda self: (self.asked(), self.asked()),
            "its conclusion is true whenever its premise is",
        ),
        (recurs, lambda self: self.polls < 4, "it is true in every reachable state"),
        (eventually, lambda self: self.polls == 0, "it is true in every initial state"),
        (temporal, lambda self: F(self.quiet()), "it is settled in every initial state"),
        (temporal, lambda self: G(self.noisy() >> F(self.is_done())), "its automaton never leaves"),
    ],
)
def test_a_promise_that_asks_nothing_is_vacuous_and_fails(word: Any, body: Any, why: str) -> None:
    class Quiet(Work):
        def quiet(self) -> bool:
            return self.polls == 0

        def noisy(self) -> bool:
            return self.polls > 3

    result = judged(Quiet, body, word)
    assert result.outcome is Outcome.HOLDS
    assert why in result.vacuous
    assert result.expected is False


def test_a_waiver_lets_a_vacuous_promise_pass() -> None:
    word = leads_to(waiver="there will be more polls one day")
    assert judged(Work, lambda self: (self.polls > 3, self.is_done()), word).expected is True


def test_a_safety_formula_is_not_vacuous() -> None:
    class Quiet(Work):
        def few(self) -> bool:
            return self.polls < 4

    assert judged(Quiet, lambda self: G(self.few()), temporal).vacuous == ""


def test_beyond_a_limit_nothing_is_said_and_no_run_ends_there() -> None:
    @spec
    class Counter:
        n: int = var(range(4), 0)

        @action
        def count(self) -> None:
            limit(self.n < 3)
            self.n += 1

        @eventually
        def reaches_three(self) -> bool:
            return self.n == 3

        @eventually
        def turns_negative(self) -> bool:
            return self.n < 0

    report = check(Counter)
    assert report["reaches_three"].outcome is Outcome.HOLDS
    assert report["reaches_three"].reason == "within the spec's own bounds"
    assert report["turns_negative"].outcome is Outcome.HOLDS  # a run that goes on beyond is not seen


def test_what_was_not_explored_is_unknown_and_a_lasso_that_was_seen_stands() -> None:
    late = judged(Work, lambda self: self.polls != 3, recurs(fair=weak("serve")), max_states=2)
    assert late.outcome is Outcome.UNKNOWN

    class Long(Work):
        ticks: int = var(range(500), 0)

        @action(Phase.DONE)
        def tick(self) -> None:
            self.ticks = (self.ticks + 1) % 500

    early = judged(Long, lambda self: self.is_done(), max_states=100)
    assert early.outcome is Outcome.VIOLATED


def test_after_the_deadline_no_run_is_looked_along() -> None:
    graph = explore(model_of(promising(Work, lambda self: self.is_done())))
    graph.deadline = 0.0
    result = report(graph)["asked_for"]
    assert result.outcome is Outcome.UNKNOWN
    assert "no time left" in result.reason


def test_a_finding_is_expected_to_be_violated() -> None:
    result = judged(Work, lambda self: self.is_done(), eventually(finding="polls for ever"))
    assert (result.outcome, result.expected, result.advice) == (Outcome.VIOLATED, True, ())


def judged_copies(**options: Any) -> Any:
    two = many(promising(Work, lambda self: self.is_done()), 2, **options)
    return check(two)["asked_for"]


def test_copies_are_judged_one_by_one_and_may_starve_each_other() -> None:
    report = check(
        many(spec(final={Phase.DONE})(type("More", (Work,), {"served": eventually(Work.is_done)})), 2)
    )
    assert report["served"].outcome is Outcome.VIOLATED
    assert report["served"].advice == ('weak("serve")',) or 'weak("ask")' in report["served"].advice


def test_up_to_renaming_runs_are_not_judged() -> None:
    result = judged_copies(symmetric=True)
    assert result.outcome is Outcome.UNKNOWN
    assert "explore without symmetry" in result.reason


@pytest.mark.parametrize(
    ("word", "body", "message"),
    [
        (leads_to, lambda self: True, "`asked_for` answers True, and a `leads_to` answers a pair"),
        (leads_to, lambda self: (True, 3), "`asked_for` answers 3"),
        (eventually, lambda self: None, "`asked_for` answers None"),
        (recurs, lambda self: setattr(self, "polls", 1), "asked_for"),
    ],
)
def test_a_wrong_answer_is_one_clear_message(word: Any, body: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        judged(Work, body, word)


class Counting:
    """What answers something else each time."""

    def __init__(self) -> None:
        self.answers = 0

    def __call__(self) -> bool:
        self.answers += 1
        return bool(self.answers % 2)


def test_a_predicate_that_is_no_function_of_the_state_is_refused() -> None:
    Work.flip = staticmethod(Counting())
    try:
        with pytest.raises(SpecError, match="not a function of what it reads"):
            judged(Work, lambda self: Work.flip())
    finally:
        del Work.flip
