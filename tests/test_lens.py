"""Lenses: what a fold may look at, and what is said of what it may not."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import pytest

from fsm import action, always, each, many, model_of, spec, var
from fsm.errors import FsmError, SpecError
from fsm.lens import lens_of

Phase = Enum("Phase", "IDLE BUSY")
Side = Enum("Side", "LEFT RIGHT")


@dataclass(frozen=True)
class Slot:
    taken: bool
    owner: Side


@spec
class Desk:
    phase: Phase = Phase.IDLE
    slot: Slot = Slot(False, Side.LEFT)
    spare: Slot | None = None
    slots: dict[Side, Slot] = each(Side, Slot(False, Side.LEFT))
    grid: dict[Annotated[int, range(2)], dict[Side, bool]] = each(range(2), each(Side, False))
    label: str = var(("a", "b, c"), "a")
    named: dict[str, bool] = each(("x y", "z"), False)

    LIMIT = 3

    @action
    def work(self) -> None:
        self.phase = Phase.BUSY

    @always
    def alone(self, side: Side) -> bool:
        return True

    @always
    def calm(self) -> bool:
        return True

    @always
    def steps_on(self, after: "Desk") -> bool:
        return True

    @property
    def busy(self) -> bool:
        return self.phase is Phase.BUSY


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("phase", "phase"),
        (" phase ,slot . taken ", "phase, slot.taken"),
        ("slots[LEFT]", "slots[LEFT]"),
        ("slots[Side.LEFT].owner", "slots[LEFT].owner"),
        ("slots[ * ].owner", "slots[*].owner"),
        ("grid[1][RIGHT]", "grid[1][RIGHT]"),
        ("grid[*][LEFT], grid[0]", "grid[*][LEFT], grid[0]"),
        ("spare.taken, spare", "spare.taken, spare"),
        ("named[x y], named['z']", "named['x y'], named['z']"),
        ("busy, calm, calm()", None),
        ("busy, calm()", "busy, calm"),
    ],
)
def test_a_lens_is_read_as_it_is_meant(text: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(FsmError, match="names `calm` twice"):
            lens_of(model_of(Desk), text)
    else:
        assert lens_of(model_of(Desk), text).text == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "an empty fold: name the variables to draw"),
        ("  ", "an empty fold"),
        (",", "has nothing between two commas"),
        ("phase,", "has nothing between two commas"),
        ("phase,,slot", "has nothing between two commas: write `phase, tries`"),
        ("phaze", "Desk has no variable and no predicate `phaze`: did you mean `phase`?"),
        ("phase, kalm", "did you mean `calm`?"),
        ("Phase", "did you mean `phase`?"),
        ("phase slot", "`phase slot` cannot be read"),
        ("phase;slot", "cannot be read: write a variable (`phase`), a field (`slot.state`)"),
        ("1", "cannot be read"),
        ("slots[LEFT", "cannot be read"),
        ("slots]", "cannot be read"),
        ("slot.", "cannot be read"),
        (".taken", "cannot be read"),
        ("phase == IDLE", "cannot be read"),
        ("phase.name", "`phase` has no fields"),
        ("phase[0]", "`phase` has no keys"),
        ("phase[*]", "`phase` has no keys"),
        ("slot.takn", "`slot` has no field `takn`: did you mean `taken`?"),
        ("slot[taken]", "`slot` has no keys"),
        ("slots.LEFT", "`slots` has no fields"),
        ("slots[LEFTT]", "`slots` has no key `LEFTT`: did you mean `LEFT`?"),
        ("slots[]", "`slots` has no key ``"),
        ("grid[2]", "`grid` has no key `2`: there are: `0`, `1`, `*`"),
        ("grid[*][UP]", "`grid[*]` has no key `UP`"),
        ("grid[0].x", "`grid[0]` has no fields"),
        ("work", "`work` is an action, and a fold looks at states"),
        ("alone", "`alone` takes arguments"),
        ("steps_on", "`steps_on` takes arguments"),
        ("busy.real", "`busy` is a method: what it answers has no parts"),
        ("phase()", "`phase` is a variable: write it without parentheses"),
        ("LIMIT", "no variable and no predicate `LIMIT`"),
        ("__init__", "no variable and no predicate `__init__`"),
        ("phase, phase", "names `phase` twice: once is enough"),
        ("named[x], phase", "`named` has no key `x`"),
        ("phase\n, \nslotz", "the fold `phase , slotz`"),
        ("ö", "no variable and no predicate `ö`"),
    ],
)
def test_what_is_no_fold_is_refused_in_one_line_that_says_what_to_write(text: str, told: str) -> None:
    with pytest.raises(FsmError) as refused:
        lens_of(model_of(Desk), text)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_method_of_one_copy_says_nothing_of_many() -> None:
    with pytest.raises(FsmError, match=r"of one copy, and here are many: count them, as in `phase\[\*\]`"):
        lens_of(many(Desk, 2), "busy")
    with pytest.raises(FsmError, match="there are: `phase`, `slot`"):
        lens_of(many(Desk, 2), "zzz")


def test_the_copies_have_folds_of_their_own() -> None:
    @spec(folds="on")
    class Lamp:
        on: bool = False

        @action
        def switch(self) -> None:
            self.on = not self.on

    assert model_of(Lamp).folds == ("on",)
    assert many(Lamp, 2).folds == ()


@pytest.mark.parametrize(
    ("text", "steady"),
    [
        ("phase[*]", True),
        ("slots[*][LEFT].taken", True),
        ("phase[*], slot[*]", True),
        ("phase[0]", False),
        ("phase", False),
        ("phase[*], phase[0]", False),
        ("slots[0][*]", False),
        ("grid[*][*][*]", True),
    ],
)
def test_counting_interchangeable_members_is_steady_and_telling_them_apart_is_not(
    text: str, steady: bool
) -> None:
    assert lens_of(many(Desk, 2, symmetric=True), text).steady is steady


def test_what_points_to_an_interchangeable_member_is_not_steady() -> None:
    @spec
    class Election:
        votes: dict[Side, bool] = each(Side, False, symmetric=True)
        leader: Side | None = None
        seen: frozenset[Side] = frozenset()
        done: bool = False

        @action
        def vote(self, who: Side) -> None:
            self.votes[who] = True

    steady = [lens_of(model_of(Election), text).steady for text in ("votes[*]", "leader", "seen", "done")]
    assert steady == [True, False, False, True]


def test_folds_that_a_spec_asks_for_are_read_with_the_spec_and_all_mistakes_told() -> None:
    with pytest.raises(SpecError) as refused:

        @spec(folds=("onn", "on, on", "on"))
        class Lamp:
            on: bool = False

            @action
            def switch(self) -> None:
                self.on = not self.on

    messages = [mistake.message for mistake in refused.value.mistakes]
    assert messages == [
        "`folds`: the fold `onn`: Lamp has no variable and no predicate `onn`: did you mean `on`?",
        "`folds`: the fold `on, on` names `on` twice: once is enough",
    ]
    assert all(mistake.where.line for mistake in refused.value.mistakes)
