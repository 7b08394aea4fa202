"""Assumptions of fairness: as they are written, and as sets of events."""

from enum import Enum
from typing import Any

import pytest

from fsm import action, check, eventually, finitely, many, model_of, spec, strong, var, weak
from fsm.constraints import Constraint, assumed, constraints
from fsm.errors import SpecError
from fsm.fairness import Fairness, Strength, listed

Phase = Enum("Phase", "A B")
Side = Enum("Side", "LEFT RIGHT")


@spec(fair=weak("go"))
class Walker:
    phase: Phase = Phase.A

    @action(Phase.A)
    def go(self, side: Side, fast: bool) -> None:
        self.phase = Phase.B

    @action(Phase.B)
    def back(self, side: Side) -> None:
        self.phase = Phase.A

    @action(fault=True)
    def trip(self) -> None:
        self.phase = Phase.A

    @eventually(fair=[weak("go"), finitely()])
    def arrives(self) -> bool:
        return self.phase is Phase.B


def labels(*fair: Fairness, model: Any = Walker) -> list[str]:
    return [str(one) for one in constraints(model_of(model), fair)]


@pytest.mark.parametrize(
    ("fair", "expected"),
    [
        (weak("go"), ["weak go"]),
        (strong(Walker.go, Walker.back), ["strong go", "strong back"]),
        (weak("go", each="fast"), ["weak go(fast=False)", "weak go(fast=True)"]),
        (weak("go", "back", each="side", together=True),
         ["weak go(side=LEFT) or back(side=LEFT)", "weak go(side=RIGHT) or back(side=RIGHT)"]),
        (weak("go", each=True, side=Side.LEFT),
         ["weak go(side=LEFT, fast=False)", "weak go(side=LEFT, fast=True)"]),
        (strong(), ["strong go", "strong back"]),
        (finitely(), ["finitely trip"]),
        (finitely("back", side=Side.LEFT), ["finitely back(side=LEFT)"]),
    ],
)  # fmt: skip
def test_an_assumption_is_made_of_these_events(fair: Fairness, expected: list[str]) -> None:
    assert labels(fair) == expected


def test_a_constraint_holds_the_events_that_its_label_names() -> None:
    model = model_of(Walker)
    (left, right) = constraints(model, [weak("back", each="side")])
    assert [model.events[number].label for number in left.events] == ["back(side=LEFT)"]
    assert left.events.isdisjoint(right.events)


def test_of_copies_an_assumption_is_made_of_each() -> None:
    assert labels(weak("go"), model=many(Walker, 2)) == ["weak go(copy=0)", "weak go(copy=1)"]


def test_what_spec_and_property_assume_is_assumed_together_and_once() -> None:
    model = model_of(Walker)
    assert [str(one) for one in assumed(model, model.properties[0])] == ["weak go", "finitely trip"]


def test_an_assumption_of_nothing_is_none() -> None:
    @spec
    class Still:
        phase: Phase = Phase.A

        @action
        def stay(self) -> None: ...

    assert labels(finitely(), model=Still) == []


@pytest.mark.parametrize(
    ("fair", "shown"),
    [
        (weak("go"), 'weak("go")'),
        (
            strong("go", "back", each="side", together=True),
            'strong("go", "back", each="side", together=True)',
        ),
        (weak("go", each=("side", "fast")), 'weak("go", each=("side", "fast"))'),
        (finitely(), "finitely()"),
        (weak("go", each=True, side=Side.LEFT), 'weak("go", each=True, side=LEFT)'),
    ],
)
def test_an_assumption_reads_as_it_was_written(fair: Fairness, shown: str) -> None:
    assert str(fair) == shown


def test_an_assumption_knows_where_it_was_written() -> None:
    assert weak("go").where.file == __file__


@pytest.mark.parametrize("wrong", [True, "go", 3, [weak("go"), "back"]])
def test_anything_else_is_no_assumption(wrong: Any) -> None:
    with pytest.raises(SpecError, match="assumes nothing that is known: write `weak"):
        listed(wrong)
    with pytest.raises(SpecError, match="assumes nothing that is known"):
        eventually(fair=wrong)


def test_constraints_are_values() -> None:
    assert Constraint(Strength.WEAK, "a", frozenset({1})) == Constraint(Strength.WEAK, "a", frozenset({1}))


def test_assumptions_that_name_what_there_is_not_are_all_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:

        @spec(fair=[weak("goo"), strong("go", each="sid"), finitely("go", side=3)])
        class Wrong(Walker):
            pass

    told = [mistake.message for mistake in caught.value.mistakes]
    assert any("`weak` speaks of 'goo', which is no action: did you mean `go`?" in one for one in told)
    assert any(
        "`strong` tells `sid` apart, which is no parameter: did you mean `side`?" in one for one in told
    )
    assert any("`finitely` speaks of side=3, which is none of Side" in one for one in told)


def test_an_int_that_is_no_member_of_a_bounded_parameter_is_told() -> None:
    with pytest.raises(SpecError, match="speaks of n=7, which is none of"):

        @spec(fair=weak("go", n=7))
        class Wrong:
            phase: Phase = Phase.A

            @action
            def go(self, n: int = var(range(3))) -> None: ...


def test_the_report_tells_what_was_assumed() -> None:
    assert check(Walker)["arrives"].fair == ('weak("go")', "finitely()")
