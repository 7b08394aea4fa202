"""Verdicts in a word and a remark."""

import pytest

from fsm.model import Kind
from fsm.remarks import OVER_RUNS, abridged, fairness_of, remark_on, standing, way_of
from fsm.verdict import Outcome, PropertyResult, Step, Trace

GO, FAULT = Step("go"), Step("smash", fault=True)
HOLDS, VIOLATED, UNKNOWN = Outcome


def result(outcome: Outcome = VIOLATED, kind: str = "eventually", **given: object) -> PropertyResult:
    return PropertyResult("it", kind, outcome, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("steps", "loop", "told"),
    [
        ((GO,), None, "after 1 step without a fault"),
        ((GO, FAULT), None, "after 2 steps with 1 fault"),
        ((), None, "initially without a fault"),
        ((GO, GO, GO), 2, "after 2 steps, then a loop of 1 step for ever, without a fault"),
        ((FAULT, GO, GO), 1, "after 1 step with 1 fault, then a loop of 2 steps for ever"),
        ((GO, GO, FAULT), 1, "after 1 step, then a loop of 2 steps for ever, with 1 fault in the loop"),
        ((GO, FAULT), 0, "from the beginning a loop of 2 steps for ever, with 1 fault in the loop"),
        ((FAULT,), 1, "after 1 step with 1 fault, then it stays there for ever"),
        ((), 0, "from the beginning it stays there for ever, without a fault"),
    ],
)
def test_a_way_tells_its_length_its_loop_and_its_faults(
    steps: tuple[Step, ...], loop: int | None, told: str
) -> None:
    assert way_of(Trace("Lamp", (), steps, loop=loop), faulty=True) == told


def test_faults_are_not_spoken_of_where_there_cannot_be_any() -> None:
    assert way_of(Trace("Lamp", (), (GO,), loop=0)) == "from the beginning a loop of 1 step for ever"


def test_what_asks_nothing_is_vacuous_unless_that_is_right() -> None:
    empty = result(HOLDS, vacuous="nobody ever waits")
    assert (standing(empty), standing(result(HOLDS, vacuous="x", waiver="y"))) == ("vacuous", "holds")
    assert remark_on(empty) == "nobody ever waits; say `waiver=` if that is right"
    assert standing(result(UNKNOWN, vacuous="nobody ever waits")) == "unknown"


def test_a_violation_over_runs_says_what_is_wrong_with_the_run() -> None:
    trace = Trace("Lamp", (), (GO,), loop=0)
    assert remark_on(result(kind="recurs", trace=trace)).startswith("never true again in the end, from")
    assert remark_on(result(kind="temporal", trace=trace)).startswith("from the beginning")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (result(), [("nothing is assumed fair", ())]),
        (result(advice=("weak go",)), [("nothing is assumed fair; it holds under", ("weak go",))]),
        (result(HOLDS, fair=("weak go",), advice=("x",)), [("assumed fair:", ("weak go",))]),
        (
            result(fair=("weak go",), advice=("strong go",)),
            [("assumed fair:", ("weak go",)), ("it would hold if this were fair:", ("strong go",))],
        ),
        (result(kind="always"), []),
    ],
)
def test_what_was_assumed_is_told_and_what_would_have_to_be(
    given: PropertyResult, told: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert list(fairness_of(given)) == told


def test_few_assumptions_are_told_whole() -> None:
    assert abridged(["a", "b"], 2) == ["a", "b"]
    assert abridged(["a", "b", "c"], 2) == ["a", "b", "and 1 more"]


def test_every_kind_that_speaks_of_runs_is_known_by_its_word() -> None:
    assert set(OVER_RUNS) == {kind.value for kind in Kind if kind.over_runs}
