"""What is declared otherwise: names, domains, beginnings, arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from fsm import action, always, each, initial, one_of, sometimes, spec, var
from fsm.capture import Tables
from fsm.composites import MapOf
from fsm.contrast import declared, form, texts
from fsm.declaration import model_of
from fsm.difference import Declared, Mark
from fsm.domains import Scalar
from fsm.elements import SequenceOf, SetOf
from tests.strategies import Drawn, specs

Phase = Enum("Phase", "IDLE BUSY")
Wider = Enum("Phase", "BUSY IDLE DONE")
Same = Enum("Phase", "BUSY IDLE")


@dataclass(frozen=True)
class Slot:
    taken: bool
    votes: Annotated[int, range(3)]


OldSlot = Slot


@dataclass(frozen=True)
class Slot:
    taken: bool
    votes: Annotated[int, range(3)]
    late: bool


@spec(final={Phase.IDLE})
class Old:
    phase: Phase = Phase.IDLE
    tries: int = var(range(3), 0)
    gone: bool = False
    slot: OldSlot = OldSlot(False, 0)

    @action
    def start(self, how: Literal["fast", "slow"]) -> None:
        self.phase = Phase.BUSY

    @action
    def stop(self) -> None:
        self.phase = Phase.IDLE

    @action
    def old(self, hard: bool) -> None:
        self.gone = hard

    @always
    def few(self) -> bool:
        return self.tries < 3

    @always
    def kept(self) -> bool:
        return True


@spec
class New:
    phase: Wider = Wider.IDLE
    tries: int = var(range(5), 1)
    more: Wider | None = None
    slot: Slot = Slot(False, 0, False)

    @action
    def start(self, how: Literal["fast", "safe"], twice: bool) -> None:
        self.phase = Wider.BUSY

    @action(fault=True)
    def stop(self) -> None:
        self.phase = Wider.IDLE

    @sometimes
    def few(self) -> bool:
        return self.tries < 3

    @always
    def kept(self) -> bool:
        return True

    @always
    def added(self, n: Annotated[int, range(2)]) -> bool:
        return n < 2


def found(ours: Any, theirs: Any, hidden: Any = ()) -> list[Declared]:
    return list(declared(Tables(model_of(ours)), Tables(model_of(theirs)), hidden))


def test_everything_that_differs_is_told_with_what_each_has() -> None:
    assert found(Old, New) == [
        Declared("variable", "phase", "Phase without DONE", "Phase with DONE"),
        Declared("variable", "tries", "range(0, 3)", "range(0, 5)"),
        Declared("initial value", "tries", "0", "1"),
        Declared("variable", "gone", "bool", ""),
        Declared(
            "variable",
            "slot",
            "Slot(taken: bool, votes: range(0, 3))",
            "Slot(taken: bool, votes: range(0, 3), late: bool)",
        ),
        Declared(
            "initial value", "slot", "Slot(taken=False, votes=0)", "Slot(taken=False, votes=0, late=False)"
        ),
        Declared("variable", "more", "", "Phase | None"),
        Declared("final phases", "", "IDLE", "none"),
        Declared(
            "action",
            "start",
            "start(how: 'fast' | 'slow')",
            "start(how: 'fast' | 'safe', twice: bool)",
        ),
        Declared("action", "stop", "stop", "fault stop"),
        Declared("action", "old", "old(hard: bool)", ""),
        Declared("property", "few", "always few", "sometimes few"),
        Declared("property", "added", "", "always added(n: range(0, 2))"),
    ]


def test_marks_say_who_has_it() -> None:
    marks = {one.name: one.mark for one in found(Old, New) if one.kind == "variable"}
    assert marks == {
        "phase": Mark.BOTH, "tries": Mark.BOTH, "slot": Mark.BOTH, "gone": Mark.REMOVED, "more": Mark.ADDED,
    }  # fmt: skip


def test_hidden_actions_are_not_compared() -> None:
    names = [one.name for one in found(Old, New, ["old", "stop"]) if one.kind == "action"]
    assert names == ["start"]


def test_an_enum_that_is_written_elsewhere_and_in_another_order_is_the_same() -> None:
    @spec
    class Here:
        phase: Phase = Phase.IDLE
        by: dict[Phase, bool] = each(Phase, False)

        @action
        def go(self, to: Phase) -> None:
            self.phase = to

    @spec
    class There:
        phase: Same = Same.IDLE
        by: dict[Same, bool] = each(Same, False)

        @action
        def go(self, to: Same) -> None:
            self.phase = to

    assert found(Here, There) == []


def test_initial_states_are_told_where_only_a_filter_makes_the_difference() -> None:
    @spec
    class Free:
        left: bool = var(initial=one_of(False, True))
        right: bool = var(initial=one_of(False, True))
        third: bool = False

        @action
        def stay(self) -> None:
            pass

    class Unlike(Free):
        @initial
        def differ(self) -> bool:
            return self.left is not self.right

    assert found(Free, Unlike) == [
        Declared("initial state", "", "left=False, right=False", ""),
        Declared("initial state", "", "left=True, right=True", ""),
    ]
    assert [one.second for one in found(Unlike, Free)] == ["left=False, right=False", "left=True, right=True"]


def test_many_initial_states_are_counted() -> None:
    @spec
    class Free:
        n: int = var(range(9), one_of(*range(9)))

        @action
        def stay(self) -> None:
            pass

    class Few(Free):
        @initial
        def small(self) -> bool:
            return self.n < 2

    assert [one.first for one in found(Free, Few)] == ["n=2", "n=3", "n=4", "n=5", "and 3 more"]


def test_domains_of_domains_are_opened_where_they_are_called_the_same() -> None:
    narrow, wide = Scalar("Color", ("RED", "BLUE")), Scalar("Color", ("RED", "BLUE", "GREEN"))
    for make in (
        SetOf,
        lambda domain: SequenceOf(domain, 2),
        lambda domain: MapOf(domain, Scalar("x", (1, 2))),
    ):
        told = texts(make(narrow), make(wide))
        assert told is not None
        assert told[0].endswith("Color without 'GREEN'")
        assert told[1].endswith("Color with 'GREEN'")


def test_values_of_two_types_are_two_values() -> None:
    assert form(Scalar("a", (0, 1))) != form(Scalar("a", (False, True)))


@given(specs(), st.booleans())
def test_a_spec_declares_what_it_declares_and_the_other_way_round_is_a_mirror(
    drawn: Drawn, way: bool
) -> None:
    assert found(drawn.cls, drawn.cls) == []
    forth, back = (found(*((drawn.cls, Old) if one else (Old, drawn.cls))) for one in (way, not way))
    assert sorted((d.kind, d.name, d.first, d.second) for d in forth) == sorted(
        (d.kind, d.name, d.second, d.first) for d in back
    )
