"""What a body sees: which cells it reads, and what its assignments mean."""

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import asdict, astuple, dataclass, fields, replace
from functools import cached_property
from typing import Annotated, Any, Literal

import pytest

from fsm import action, always, check, each, model_of, one_of, require, spec, var
from fsm.capture import Tables
from fsm.errors import SpecError
from fsm.tables import Step as Assignment
from tests.strategies import Color, Point, Side, Slot

VOTES = {Side.LEFT: True, Side.RIGHT: False}
NO_VOTES = {Side.LEFT: False, Side.RIGHT: False}


@dataclass(frozen=True)
class Checked:
    x: Annotated[int, range(3)]
    y: Annotated[int, range(3)] = 0

    def __post_init__(self) -> None:
        assert self.x >= 0

    @property
    def total(self) -> int:
        return self.x + self.y

    @property
    def small(self) -> bool:
        return self.x < 2


@dataclass(frozen=True)
class Ran:
    reads: list[str]
    after: dict[str, Any]
    moves: int


def run(body: Callable[[Any], None]) -> Ran:
    """Run a body once on a state of every kind of variable."""

    @spec
    class Everything:
        flag: bool = False
        color: Color = Color.RED
        n: int = var(range(4), 1)
        point: Point = Point(1, True)
        other: Point = Point(2, False)
        maybe: Point | None = Point(0, True)
        absent: Point | None = None
        checked: Checked = Checked(1)
        slot: Slot = Slot(False, VOTES)
        votes: dict[Side, bool] = var(initial=VOTES)
        points: dict[Side, Point] = var(initial={Side.LEFT: Point(1, True), Side.RIGHT: Point(2, False)})
        grid: dict[Side, dict[Side, bool]] = var(initial={Side.LEFT: VOTES, Side.RIGHT: NO_VOTES})
        colors: frozenset[Color] = frozenset({Color.BLUE, Color.RED})
        queue: tuple[Color, ...] = var(initial=(Color.RED,), maxlen=2)

        go = action(body)

    tables = Tables(model_of(Everything))
    table, layout = tables.events[0], tables.layout
    (state,) = tables.initial_states()
    reads, leaf = table._run(state)
    assert isinstance(leaf, Assignment)
    return Ran(
        [layout.slots[cell].path for cell, _ in reads], layout.unpack(leaf.apply(state)), len(leaf.moves)
    )


def refused(body: Callable[[Any], None], line: int = 1) -> str:
    with pytest.raises(SpecError) as caught:
        run(body)
    assert caught.value.mistakes[0].where.file == __file__
    assert caught.value.mistakes[0].where.line == body.__code__.co_firstlineno + line
    return caught.value.mistakes[0].message


def nothing(self: Any) -> None:
    pass


def test_a_body_that_looks_at_nothing_reads_nothing() -> None:
    assert run(nothing).reads == []


def test_only_what_was_looked_at_is_read_and_once() -> None:
    def body(self: Any) -> None:
        self.flag = self.n > 0 and self.n < 3 and self.point.on

    assert run(body).reads == ["n", "point.on"]


def test_reading_ones_own_writes_is_no_read() -> None:
    def body(self: Any) -> None:
        self.n = 2
        self.n += 1
        self.votes[Side.LEFT] = self.n == 3
        self.point = Point(0, self.votes[Side.LEFT])
        self.flag = self.point.on

    ran = run(body)
    assert ran.reads == []
    assert (ran.after["n"], ran.after["flag"], ran.after["point"]) == (3, True, Point(0, True))


def test_replacing_a_field_reads_nothing() -> None:
    def body(self: Any) -> None:
        self.point = replace(self.point, x=2)

    ran = run(body)
    assert (ran.reads, ran.moves, ran.after["point"]) == ([], 0, Point(2, True))


def test_replacing_a_field_of_a_record_that_checks_itself_checks_it() -> None:
    def body(self: Any) -> None:
        self.checked = replace(self.checked, x=2)

    ran = run(body)
    assert ran.after["checked"] == Checked(2, 0)

    def wrongly(self: Any) -> None:
        self.checked = replace(self.checked, x=-1)

    with pytest.raises(SpecError, match="raises AssertionError"):
        run(wrongly)


def test_replacing_a_field_that_is_not_there_is_a_mistake() -> None:
    def body(self: Any) -> None:
        self.point = replace(self.point, xx=2)

    assert "Point has no field 'xx': did you mean `x`?" in refused(body)


def test_copying_a_record_moves_it_unread() -> None:
    def body(self: Any) -> None:
        self.point, self.other = self.other, self.point

    ran = run(body)
    assert (ran.reads, ran.moves) == ([], 4)
    assert (ran.after["point"], ran.after["other"]) == (Point(2, False), Point(1, True))


def test_shifting_a_row_of_slots_reads_nothing() -> None:
    def body(self: Any) -> None:
        self.points[Side.LEFT] = self.points[Side.RIGHT]
        self.points[Side.RIGHT] = Point(0, False)

    ran = run(body)
    assert ran.reads == []
    assert ran.after["points"] == {Side.LEFT: Point(2, False), Side.RIGHT: Point(0, False)}


def test_a_record_keeps_its_old_value_when_its_place_is_written() -> None:
    def body(self: Any) -> None:
        old = self.points[Side.LEFT]
        self.points[Side.LEFT] = Point(0, False)
        self.flag = old.on
        self.point = old

    ran = run(body)
    assert (ran.after["flag"], ran.after["point"]) == (True, Point(1, True))


def test_assigning_a_value_to_itself_changes_nothing() -> None:
    def body(self: Any) -> None:
        self.point = self.point
        self.votes = self.votes
        self.grid[Side.LEFT] = self.grid[Side.LEFT]

    ran = run(body)
    assert (ran.reads, ran.moves) == ([], 0)
    assert ran.after == run(nothing).after


def test_maps_and_rows_of_maps_can_be_exchanged() -> None:
    def body(self: Any) -> None:
        self.votes, self.grid[Side.LEFT] = self.grid[Side.LEFT], self.votes
        self.grid[Side.LEFT], self.grid[Side.RIGHT] = self.grid[Side.RIGHT], self.grid[Side.LEFT]

    ran = run(body)
    assert ran.reads == []
    assert ran.after["grid"] == {
        Side.LEFT: {Side.LEFT: False, Side.RIGHT: False},
        Side.RIGHT: {Side.LEFT: True, Side.RIGHT: False},
    }


def test_a_map_that_was_replaced_keeps_its_old_values_and_a_present_one_shows_the_new_ones() -> None:
    def body(self: Any) -> None:
        old = self.votes
        old[Side.RIGHT] = True
        self.flag = self.votes[Side.RIGHT]
        self.votes = {Side.LEFT: False, Side.RIGHT: False}
        self.point = Point(0, old[Side.LEFT] and old[Side.RIGHT])

    ran = run(body)
    assert (ran.after["flag"], ran.after["point"].on) == (True, True)
    assert not any(ran.after["votes"].values())


def test_equality_ordering_and_hash_of_records_read_all_fields() -> None:
    def equal(self: Any) -> None:
        self.flag = self.point == Point(1, True) and Point(1, True) == self.point

    def ordered(self: Any) -> None:
        self.flag = self.point < Point(2, False) and max(self.point, self.other) == Point(2, False)

    def hashed(self: Any) -> None:
        self.flag = {self.point: 1}[Point(1, True)] == 1 and self.point in {Point(1, True), Point(0, True)}

    def unequal(self: Any) -> None:
        self.flag = self.point != self.other

    for body in (equal, ordered, hashed, unequal):
        ran = run(body)
        assert ran.after["flag"] is True, body
        assert {"point.x", "point.on"} <= set(ran.reads), body


def test_a_record_is_an_instance_of_its_class_matches_it_and_shows_itself() -> None:
    def body(self: Any) -> None:
        match self.point:
            case Point(x=1, on=on):
                self.flag = on
        assert isinstance(self.point, Point)
        assert self.point.__class__ is Point
        assert repr(self.point) == "Point(x=1, on=True)"
        assert astuple(self.point) == (1, True)
        assert [field.name for field in fields(self.point)] == ["x", "on"]
        assert copy(self.point) == deepcopy(self.point) == self.point

    assert run(body).after["flag"] is True


def test_a_record_is_frozen() -> None:
    def body(self: Any) -> None:
        self.point.x = 0

    assert "AttributeError" in refused(body) or "FrozenInstanceError" in refused(body)


def test_a_property_of_one_field_is_read_as_its_partition() -> None:
    def body(self: Any) -> None:
        self.flag = self.point.far

    @spec
    class Wide:
        flag: bool = False
        n: Point = Point(0, True)
        look = action(body)

    tables = Tables(model_of(type("Partitioned", (Wide,), {"look": action(lambda self: look(self))})))

    def look(self: Any) -> None:
        self.flag = self.n.far

    table = tables.events[0]
    for point in (Point(0, True), Point(1, True), Point(2, False)):
        table.leaf(tables.layout.pack({"flag": False, "n": point}))
    assert table.leaves == 2


def test_a_property_of_two_fields_reads_both() -> None:
    def total(self: Any) -> None:
        self.flag = self.checked.total == 1

    def small(self: Any) -> None:
        self.flag = self.checked.small

    assert run(total).reads == ["checked.x", "checked.y"]
    assert run(small).reads == ["checked.x"]
    assert run(small).after["flag"] is True


def test_an_optional_record_is_read_by_its_presence_first() -> None:
    def asks(self: Any) -> None:
        self.flag = self.maybe is None or self.absent is None

    def looks(self: Any) -> None:
        self.flag = self.maybe is not None and self.maybe.on

    def copies(self: Any) -> None:
        self.absent = self.maybe

    def drops(self: Any) -> None:
        self.maybe = None

    assert run(asks).reads == ["maybe", "absent"]
    assert run(looks).reads == ["maybe", "maybe.on"]
    assert run(copies).after["absent"] == Point(0, True)
    assert run(copies).reads == ["maybe"]
    assert run(drops).after["maybe"] is None


def test_looking_into_a_map_reads_what_was_asked_for() -> None:
    def one(self: Any) -> None:
        self.flag = self.votes[Side.RIGHT]

    def get(self: Any) -> None:
        self.flag = bool(self.votes.get(Side.RIGHT)) or self.votes.get("no such key", True)

    def every(self: Any) -> None:
        self.flag = {**self.votes} == dict(self.votes.items()) == self.votes

    def keys(self: Any) -> None:
        self.flag = list(self.votes) == list(Side) and len(self.votes) == 2 and Side.LEFT in self.votes

    def field(self: Any) -> None:
        self.flag = all(point.on for point in self.points.values())

    assert run(one).reads == ["votes[RIGHT]"]
    assert run(get).reads == ["votes[RIGHT]"]
    assert run(get).after["flag"] is True
    assert run(every).reads == ["votes[LEFT]", "votes[RIGHT]"]
    assert run(every).after["flag"] is True
    assert run(keys).reads == []
    assert run(keys).after["flag"] is True
    assert run(field).reads == ["points[LEFT].on", "points[RIGHT].on"]


def test_maps_are_written_by_key_and_whole() -> None:
    def body(self: Any) -> None:
        self.votes |= {Side.RIGHT: True}
        self.grid[Side.LEFT].update({Side.RIGHT: True})
        self.points = {side: Point(0, vote) for side, vote in self.votes.items()}
        self.votes.setdefault(Side.LEFT, False)

    ran = run(body)
    assert ran.after["votes"] == {Side.LEFT: True, Side.RIGHT: True}
    assert ran.after["grid"][Side.LEFT][Side.RIGHT] is True
    assert ran.after["points"][Side.RIGHT] == Point(0, True)


def test_a_map_shows_itself_and_equals_no_other_thing() -> None:
    def body(self: Any) -> None:
        self.flag = self.votes != 3 and "True" in repr(self.votes)

    assert run(body).after["flag"] is True


def test_a_map_inside_of_a_record_is_seen_and_copied() -> None:
    def body(self: Any) -> None:
        self.flag = self.slot.votes[Side.LEFT]
        self.votes = self.slot.votes
        self.slot = replace(self.slot, votes={**self.slot.votes, Side.RIGHT: True})

    ran = run(body)
    assert ran.after["flag"] is True
    assert ran.after["votes"] == {Side.LEFT: True, Side.RIGHT: False}
    assert ran.after["slot"] == Slot(False, {Side.LEFT: True, Side.RIGHT: True})


def test_sets_and_sequences_are_ordinary_values_in_a_fixed_order() -> None:
    def body(self: Any) -> None:
        assert list(self.colors) == [Color.RED, Color.BLUE]
        assert list(self.colors | {Color.GREEN}) == list(Color)
        self.colors -= {Color.RED}
        self.queue = (*self.queue, Color.BLUE)[-2:]

    ran = run(body)
    assert ran.after["colors"] == {Color.BLUE}
    assert ran.after["queue"] == (Color.RED, Color.BLUE)


MISTAKES: dict[str, tuple[Callable[[Any], None], str]] = {}


def mistake(message: str) -> Callable[[Callable[[Any], None]], None]:
    def keep(body: Callable[[Any], None]) -> None:
        MISTAKES[body.__name__] = (body, message)

    return keep


@mistake("`self.flga` is no variable of Everything: did you mean `flag`?")
def misspelt(self: Any) -> None:
    self.n = self.flga


@mistake("`self.flga` is assigned, but Everything declares no variable of that name: did you mean `flag`?")
def assigned_misspelt(self: Any) -> None:
    self.flga = True


@mistake("`self.go` is a constant of Everything, and an action assigns it")
def constant(self: Any) -> None:
    self.go = 3


@mistake("`self.n` is assigned what it cannot hold: 4 is not in range(0, 4)")
def outside(self: Any) -> None:
    self.n = 4


@mistake("`self.n` is assigned what it cannot hold: True is not in range(0, 4) (its type is bool, not int)")
def of_another_type(self: Any) -> None:
    self.n = True


@mistake("`self.queue` is assigned what it cannot hold")
def too_long(self: Any) -> None:
    self.queue = (Color.RED,) * 3


@mistake("`[LEFT]` is assigned what it cannot hold: 1 is not in bool")
def outside_in_a_map(self: Any) -> None:
    self.votes[Side.LEFT] = 1


@mistake("it says nothing of RIGHT")
def a_map_with_a_gap(self: Any) -> None:
    self.votes = {Side.LEFT: True}


@mistake("a key that the map has not: RED is not in Side")
def missing_key(self: Any) -> None:
    self.flag = self.votes[Color.RED]


@mistake("a map is total: [LEFT] cannot be deleted")
def deletes(self: Any) -> None:
    del self.votes[Side.LEFT]


@mistake("a map inside of a record is as frozen as the record")
def writes_into_a_record(self: Any) -> None:
    self.slot.votes[Side.LEFT] = False


@mistake("asked for its `__dict__` (or by `vars`)")
def by_vars(self: Any) -> None:
    vars(self)


@mistake("the `self` of a spec cannot be copied")
def by_copy(self: Any) -> None:
    copy(self)


@mistake("the `self` of a spec cannot be copied")
def by_deepcopy(self: Any) -> None:
    deepcopy(self)


@mistake("the `self` of a spec cannot be compared")
def by_comparison(self: Any) -> None:
    self.flag = self == 3


@mistake("the `self` of a spec cannot be hashed")
def by_hash(self: Any) -> None:
    hash(self)


@mistake("the `self` of a spec cannot be constructed")
def by_construction(self: Any) -> None:
    self.__init__()


@pytest.mark.parametrize(("body", "message"), MISTAKES.values(), ids=MISTAKES)
def test_what_a_body_cannot_do_is_named(body: Callable[[Any], None], message: str) -> None:
    assert message in refused(body, line=2)


def test_a_mistake_stays_one_though_the_body_catches_it() -> None:
    def body(self: Any) -> None:
        try:
            self.n = 17
        except Exception:
            self.n = 3

    assert "17 is not in range(0, 4)" in refused(body, line=2)


def test_showing_self_reads_everything() -> None:
    def body(self: Any) -> None:
        assert repr(self).startswith("Everything(flag=False, color=RED")

    assert len(run(body).reads) == 30


def test_a_map_may_begin_with_a_dict_of_its_own() -> None:
    @spec
    class Begins:
        votes: dict[Side, bool] = {Side.LEFT: True, Side.RIGHT: False}  # noqa: RUF012

        @action
        def swap(self) -> None:
            self.votes = {side: not vote for side, vote in self.votes.items()}

    assert check(Begins).states == 2


def test_self_is_an_instance_of_the_spec() -> None:
    @spec
    class Own:
        flag: dict[bool, bool] = each(bool, False)

        @action
        def go(self) -> None:
            assert isinstance(self, Own)
            self.helper(True)

        def helper(self, key: bool) -> None:
            self.flag[key] = True

        @always
        def helped(self) -> bool:
            return isinstance(self, Own)

    assert check(Own).states == 2


def test_a_map_of_one_key_is_not_replaced_when_its_row_is() -> None:
    @spec
    class Nested:
        flag: bool = False
        grid: dict[Literal["only"], dict[bool, bool]] = each(("only",), each(bool, False))

        @action
        def go(self) -> None:
            grid, row = self.grid, self.grid["only"]
            self.grid["only"] = {False: True, True: True}
            self.flag = grid["only"][True] and not row[True]

    tables = Tables(model_of(Nested))
    step = tables.events[0].leaf(tables.initial_states()[0])
    assert isinstance(step, Assignment)
    assert tables.layout.unpack(step.apply(0))["flag"] is True


@pytest.mark.parametrize("how", [copy, deepcopy])
def test_a_copy_of_a_map_is_a_dict_of_its_own_and_making_it_reads(how: Callable[[Any], Any]) -> None:
    def body(self: Any) -> None:
        before = how(self.votes)
        self.votes[Side.LEFT] = False
        self.flag = before[Side.LEFT]
        before[Side.LEFT] = False

    ran = run(body)
    assert set(ran.reads) == {"votes[LEFT]", "votes[RIGHT]"}
    assert (ran.after["flag"], ran.after["votes"][Side.LEFT]) == (True, False)


def test_a_record_as_a_dict_has_read_all_that_is_in_it() -> None:
    def body(self: Any) -> None:
        self.flag = asdict(self.slot)["votes"][Side.LEFT]
        self.other = Point(**{**vars(self.point), "x": 2})

    ran = run(body)
    assert {"slot.votes[LEFT]", "point.on"} <= set(ran.reads)
    assert (ran.after["flag"], ran.after["other"]) == (True, Point(2, True))


def test_a_record_takes_no_field_that_it_has_not() -> None:
    def body(self: Any) -> None:
        self.point.y = 1

    assert "FrozenInstanceError: cannot assign to field 'y'" in refused(body)


def test_a_record_of_a_further_class_and_a_key_of_another_type_are_foreign() -> None:
    @dataclass(frozen=True)
    class Further(Point):
        more: bool = False

    @spec
    class Strict:
        flag: bool = False
        point: Point = Point(0, False)
        numbered: dict[int, bool] = each(range(2), False)

        @action
        def put(self, keys: bool) -> None:
            if keys:
                self.numbered = {0: True, True: True}  # type: ignore[dict-item]
            else:
                self.point = Further(1, True, True)

    for arguments, why in (((False,), "is not in Point"), ((True,), "its type is bool, not int")):
        tables = Tables(model_of(Strict))
        place = [event.arguments for event in tables.model.events].index(arguments)
        with pytest.raises(SpecError, match=why):
            tables.events[place].leaf(tables.initial_states()[0])


@dataclass(frozen=True)
class Older:
    x: Annotated[int, range(3)] = 0

    @property
    def late(self) -> bool:
        return self.x > 1

    @cached_property
    def early(self) -> bool:
        return self.x < 1


@dataclass(frozen=True)
class Newer(Older):
    late = True  # type: ignore[assignment]


def test_what_a_record_overrides_is_no_property_any_more_and_a_cached_one_is_one() -> None:
    @spec
    class Both:
        late: bool = False
        early: bool = False
        new: Newer = Newer()
        old: Older = Older()

        @action
        def go(self) -> None:
            self.late, self.early = self.new.late, self.old.early

    tables = Tables(model_of(Both))
    step = tables.events[0].leaf(tables.initial_states()[0])
    assert isinstance(step, Assignment)
    assert [row for row, _ in tables.events[0].rows()] == [{3: frozenset({0})}]
    after = tables.layout.unpack(step.apply(tables.initial_states()[0]))
    assert (after["late"], after["early"]) == (True, True)


@dataclass(frozen=True)
class Sorted:
    low: Annotated[int, range(3)] = 0
    high: Annotated[int, range(3)] = 0

    def __init__(self, low: int = 0, high: int = 0) -> None:
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", max(low, high))

    @property
    def some(self) -> bool:
        require(self.high > 0)
        return True


def test_replacing_a_field_of_a_record_that_makes_itself_lets_it() -> None:
    @spec
    class Making:
        flag: bool = False
        pair: Sorted = Sorted()

        @action
        def go(self) -> None:
            self.pair = replace(self.pair, low=2)

        @always
        def is_sorted(self) -> bool:
            return self.pair.low <= self.pair.high

    assert check(Making, properties=["is_sorted"]).exit_code == 0


def test_a_property_of_a_record_may_require_what_it_reads() -> None:
    @spec
    class Requiring:
        flag: bool = False
        pair: Sorted = var(initial=one_of(Sorted(0, 1), Sorted(0, 0)))

        @action
        def go(self) -> None:
            self.flag = self.pair.some

    assert (check(Requiring).states, check(Requiring).transitions) == (3, 2)


@dataclass(frozen=True)
class Named:
    view: bool = False
    self: bool = False


def test_a_field_may_have_any_name_and_be_replaced() -> None:
    @spec
    class Naming:
        run: bool = False
        named: Named = Named()

        @action
        def go(it) -> None:
            it.named = replace(it.named, view=True, self=True)

    tables = Tables(model_of(Naming))
    step = tables.events[0].leaf(tables.initial_states()[0])
    assert isinstance(step, Assignment)
    assert tables.layout.unpack(step.apply(0))["named"] == Named(True, True)
