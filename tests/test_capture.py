"""Bodies as tables: run seldom, remembered exactly, refused where they are no functions."""

import gc
import random
import time
from collections.abc import Callable
from enum import Enum
from itertools import count, product
from typing import Any, Literal

import pytest

from fsm import action, always, check, each, initial, limit, many, model_of, one_of, require, spec, var
from fsm.capture import Tables
from fsm.errors import SpecError
from fsm.explorer import explore
from fsm.tables import BOUNDED, DISABLED, MOST_ROWS, Step, Undefined
from tests.benchmarks.containers import STATES, Container
from tests.conftest import Written

Phase = Enum("Phase", "A B C")


def table_of(cls: type, action: str = "go") -> Any:
    tables = Tables(model_of(cls))
    return next(
        t for event, t in zip(tables.model.events, tables.events, strict=True) if event.action.name == action
    )


@spec
class Counter:
    n: int = var(range(10), 0)
    flag: bool = False
    other: bool = False

    @action
    def go(self) -> None:
        require(self.n < 9)
        limit(self.n != 7 or not self.flag)
        self.n += 1

    @action
    def flip(self) -> None:
        self.flag = not self.flag


def test_a_leaf_is_an_assignment_or_not_enabled_or_out_of_bounds() -> None:
    table = table_of(Counter)
    pack = table.layout.pack
    step = table.leaf(pack({"n": 3, "flag": True, "other": True}))
    assert isinstance(step, Step)
    assert table.layout.unpack(step.apply(pack({"n": 3, "flag": True, "other": True})))["n"] == 4
    assert table.leaf(pack({"n": 9, "flag": True, "other": True})) is DISABLED
    assert table.leaf(pack({"n": 7, "flag": True, "other": True})) is BOUNDED


@spec
class Seats:
    phase: dict[Literal[0, 1, 2], Phase] = each((0, 1, 2), Phase.A)
    taken: dict[Literal[0, 1, 2], bool] = each((0, 1, 2), one_of(False, True))

    @initial
    def a_seat_is_left(self) -> bool:
        return not self.taken[0]

    @action(Phase.A)
    def take(self, seat: Literal[0, 1, 2]) -> None:
        self.taken[seat], self.phase[seat] = True, Phase.B

    @always
    def some_seat_is_left(self) -> bool:
        return not all(self.taken.values())

    @always
    def nobody_is_moved(self, after: Any) -> bool:
        return self.taken != after.taken


def test_a_run_leaves_no_rings_for_the_garbage_collector() -> None:
    model = model_of(Seats)
    states, tables = list(explore(model).states), Tables(model)
    picture = tables.answers(lambda seats: seats.taken[1], "taken", model.where)
    asked = [*tables.events, *tables.predicates.values(), *tables.promises.values(), picture]
    gc.collect()
    gc.disable()
    try:
        tables.initial_states()
        for state in states:
            for table in asked:
                table.leaf(state)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_body_runs_twice_for_each_branch_and_never_for_a_known_one() -> None:
    runs = []

    @spec
    class Counted:
        n: int = var(range(4), 0)
        noise: int = var(range(1000), 0)

        @action
        def go(self) -> None:
            record(self.n)
            self.n = (self.n + 1) % 4

        @action
        def hiss(self) -> None:
            self.noise = (self.noise + 1) % 1000

    def record(n: int, keep: Callable[[int], None] = runs.append) -> None:
        keep(n)

    report = check(Counted)
    assert report.states == 4000
    assert sorted(runs[:8]) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(runs) <= 16  # and a sample once more at the end


def test_some_dozen_runs_serve_thousands_of_states() -> None:
    graph = explore(many(Container, 2))
    assert len(graph.states) == STATES**2
    assert sum(table.leaves for table in graph.tables.events) < 300


def test_completing_fills_every_branch_and_covers_the_product_exactly() -> None:
    table = table_of(Counter)
    table.leaf(0)
    assert table.complete()
    rows = list(table.rows())
    slots = table.layout.slots
    seen = []
    for allowed, leaf in rows:
        free = [sorted(allowed.get(cell, range(slot.size))) for cell, slot in enumerate(slots)]
        for numbers in product(*free):
            seen.append(numbers)
            state = sum(n << slot.shift for n, slot in zip(numbers, slots, strict=True))
            assert table.peek(state) is leaf
    assert sorted(seen) == list(product(*(range(slot.size) for slot in slots)))


@spec
class Half:
    n: int = var(range(6), 0)

    @action
    def go(self) -> None:
        require(self.n < 3 or self.n == 5)
        self.n = {0: 1, 1: 2, 2: 0}[self.n]


def test_a_row_that_raises_is_undefined_and_only_a_reached_one_is_a_mistake() -> None:
    assert check(Half).states == 3
    table = table_of(Half)
    assert table.complete()
    leaves = {min(allowed[0]): leaf for allowed, leaf in table.rows()}
    assert isinstance(leaves[5], Undefined)
    assert "KeyError" in str(leaves[5].error)
    assert [leaves[n] for n in (3, 4)] == [DISABLED, DISABLED]

    class Reached(Half):
        n = 5

    with pytest.raises(SpecError, match=r"`go` raises KeyError: 5 \[read: n=5\]"):
        check(Reached)


def test_completing_stops_at_its_cap_and_says_so() -> None:
    table = table_of(Counter)
    assert not table.complete(cap=3)
    assert table.leaves <= 3


@spec
class Wide:
    a: int = var(range(400), 0)
    b: int = var(range(100), 0)

    @action
    def up(self) -> None:
        self.a = (self.a + 1) % 400

    @action
    def right(self) -> None:
        self.b = (self.b + 1) % 100

    @always
    def never_far(self) -> bool:
        return self.a + self.b < 498


def test_a_property_that_reads_too_much_for_a_table_is_called_and_the_report_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fsm.capture.MOST_ROWS", MOST_ROWS // 50)
    report = check(Wide)
    assert report.states == 40_000
    assert report.exit_code == 1
    assert len(report["never_far"].trace) == 399 + 99
    (note,) = report.notes
    assert note.startswith("`never_far` reads so much of the state that it was called")
    tables = Tables(model_of(Wide))
    (table,) = tables.predicates.values()
    for number in range(MOST_ROWS + 10):
        table.leaf(tables.layout.pack({"a": number % 400, "b": number // 400}))
    assert (table.leaves, table.called) == (MOST_ROWS, 10)


def test_a_narrow_property_needs_no_note() -> None:
    assert check(Counter).notes == ()


def test_reads_in_another_order_on_another_path_are_no_contradiction() -> None:
    @spec
    class Crossing:
        first: bool = False
        a: bool = False
        b: bool = False

        @action
        def go(self, x: bool, y: bool) -> None:
            ways = (self.a, self.b) if self.first else (self.b, self.a)
            self.first, self.a, self.b = not ways[0], x, y

    assert check(Crossing).states == 8


TICKS = count()


def clock(self: Any) -> None:
    self.flag = time.perf_counter_ns() % 2 == 0


def dice(self: Any) -> None:
    self.flag = random.random() < 0.5


def ticks(self: Any) -> None:
    self.flag = next(TICKS) % 2 == 0


def guards(self: Any) -> None:
    require(next(TICKS) % 2 == 0)


def reads_differently(self: Any) -> None:
    self.flag = self.flag if next(TICKS) % 2 else self.n == 0


@pytest.mark.parametrize("body", [ticks, guards, reads_differently])
def test_a_body_that_depends_on_something_else_is_no_function(body: Callable[[Any], None]) -> None:
    with pytest.raises(SpecError, match=f"`{body.__name__}` is not a function of what it reads") as caught:
        check(with_action(body))
    assert caught.value.mistakes[0].where.line == body.__code__.co_firstlineno


@pytest.mark.parametrize("body", [clock, dice])
def test_clocks_and_dice_are_found_out(body: Callable[[Any], None]) -> None:
    with pytest.raises(SpecError, match="is not a function of what it reads"):
        checked_often(body)


def checked_often(body: Callable[[Any], None]) -> None:
    """Each check has an even chance to see two answers."""
    for _ in range(64):
        check(with_action(body))


def with_action(body: Callable[..., None]) -> type:
    class Fickle:
        n: int = var(range(8), 0)
        flag: bool = False

        @action
        def step(self) -> None:
            self.n = (self.n + 1) % 8

    setattr(Fickle, body.__name__, action(body))
    return spec(Fickle)


def test_a_body_that_changes_its_mind_later_is_found_at_the_end() -> None:
    runs = count()

    @spec
    class Later:
        n: int = var(range(3), 0)

        @action
        def go(self) -> None:
            self.n = 1 if next(runs) < 2 else 2

    with pytest.raises(SpecError, match="did one thing during the check and another thing at its end"):
        check(Later)


def test_a_property_that_changes_its_mind_is_found_too() -> None:
    runs = count()

    @spec
    class Unsure:
        n: bool = False

        @action
        def go(self) -> None:
            self.n = not self.n

        @always
        def safe(self) -> bool:
            return next(runs) % 2 == 0

    with pytest.raises(SpecError, match="`safe` is not a function of what it reads"):
        check(Unsure)


GO = "@action\ndef go(self): pass\n"
BODIES = {
    "@action\ndef go(self):\n    raise ValueError('no')  # HERE":
        r"`go` raises ValueError: no \[read: nothing\]",
    "@action\ndef go(self, ok: bool):\n    [][self.n]  # HERE":
        r"`go\(ok=False\)` raises IndexError: list index out of range \[read: n=0\]",
    "@action\ndef go(self):\n    self.helper()\ndef helper(self):\n    self.n = 9  # HERE":
        r"`go`: `self.n` is assigned what it cannot hold: 9 is not in range\(0, 4\)",
    "@action  # HERE\ndef go(self):\n    return True": "`go` returns True: an action assigns what changes",
    GO + "@always  # HERE\ndef safe(self): return 1":
        r"`safe` answers 1: a property answers True or False; wrap it in `bool\(...\)`",
    GO + "@always  # HERE\ndef safe(self): pass": "`safe` answers None",
    GO + "@always  # HERE\ndef safe(self, after): return ()": r"`safe` answers \(\)",
    GO + "@always\ndef safe(self):\n    self.n = 1  # HERE":
        "a property only reads, but this one assigns `self.n`",
    GO + "@always\ndef safe(self, after):\n    after.n = 1  # HERE": "a property only reads",
    GO + "@sometimes\ndef seen(self):\n    require(self.n)  # HERE":
        "`require` in a property: a property answers True or False",
    GO + "@always\ndef safe(self):\n    limit(True)  # HERE": "`limit` in a property",
    GO + "@initial\ndef begin(self):\n    return self.m  # HERE":
        "`self.m` is no variable of Wrong: there are: `n`, `p`",
    "@action\ndef go(self):\n    self.p = Point(self.n, 2)  # HERE": r"its on: 2 is not in bool",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BODIES.items())
def test_what_a_body_does_wrong_is_named_with_its_line_and_what_it_read(
    text: str, message: str, written: Callable[..., Written]
) -> None:
    lines = ["@spec", "class Wrong:", "    n: int = var(range(4), 0)", "    p: Point = Point()"]
    made = written("\n".join([*lines, *(f"    {line}" for line in text.splitlines())]))
    with pytest.raises(SpecError, match=message) as caught:
        check(made.load().Wrong)
    assert [mistake.where.line for mistake in caught.value.mistakes] == made.marked
    assert caught.value.mistakes[0].where.file == str(made.file)


def test_a_refusal_stands_though_the_body_catches_it() -> None:
    @spec
    class Stubborn:
        n: int = var(range(4), 0)

        @action
        def go(self) -> None:
            try:
                require(self.n < 1)
            except BaseException:
                self.n = 3
            self.n = 2 if self.n == 3 else self.n + 1

        @action
        def bounded(self) -> None:
            try:
                limit(self.n < 1)
            finally:
                self.n = 3

    report = check(Stubborn)
    assert (report.states, report.bounded) == (3, 2)


def test_exceptions_that_a_body_catches_itself_are_its_own() -> None:
    @spec
    class Catching:
        n: int = var(range(4), 0)

        @action
        def go(self) -> None:
            try:
                self.n = (1, 2, 3)[self.n]
            except IndexError:
                self.n = 0

    assert check(Catching).states == 4


def test_what_is_not_assigned_does_not_change() -> None:
    table = table_of(Counter, "flip")
    state = table.layout.pack({"n": 5, "flag": False, "other": True})
    leaf = table.leaf(state)
    assert table.layout.unpack(leaf.apply(state)) == {"n": 5, "flag": True, "other": True}


def test_a_body_that_looks_at_a_very_wide_cell_is_not_completed() -> None:
    @spec
    class Wide:
        on: bool = False
        said: tuple[bool, ...] = var(maxlen=39)

        @action
        def look(self) -> None:
            self.on = True in self.said

    (table,) = Tables(model_of(Wide)).events
    assert not table.complete()


def test_a_body_that_looks_for_one_element_of_a_very_wide_set_has_two_rows() -> None:
    @spec
    class Wide:
        on: bool = False
        chosen: frozenset[Literal[tuple(range(90))]] = frozenset()  # type: ignore[valid-type]

        @action
        def look(self) -> None:
            self.on = 3 in self.chosen
            self.chosen |= {3}

    (table,) = Tables(model_of(Wide)).events
    assert table.complete()
    assert table.leaves == 2


def test_a_completed_row_that_raises_is_an_error_when_a_state_meets_it() -> None:
    @spec
    class Halved:
        n: int = var(range(2), 1)

        @action
        def halve(self) -> None:
            self.n = 1 // self.n

    (table,) = Tables(model_of(Halved)).events
    assert table.complete()
    with pytest.raises(SpecError, match="ZeroDivisionError"):
        table.leaf(0)


def test_a_body_that_exits_is_a_mistake_and_ends_no_check() -> None:
    @spec
    class Leaving:
        flag: bool = False

        @action
        def go(self) -> None:
            raise SystemExit(0)

    with pytest.raises(SpecError, match="`go` raises SystemExit: 0"):
        check(Leaving)
