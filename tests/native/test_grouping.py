"""What a node of the forest looks at, and which trees go together."""

from collections import Counter
from typing import Annotated

import pytest

pytest.importorskip("numba")

from fsm import action, always, each, model_of, require, spec, var
from fsm.engine import Watch, watched
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import NO_LIMITS, Limits
from fsm.native.forest import Forest
from fsm.native.grouping import Part, Tree, grouped
from fsm.strategy import Strategy
from fsm.tables import Branch, Table
from tests.test_engines import NATIVE, PYTHON, same

Four = Annotated[int, range(4)]


@spec
class Belt:
    """Four slots in a row, of which the first says where something goes on."""

    at: int = var(range(4), 0)
    n: dict[Four, Annotated[int, range(16)]] = each(range(4), 0)
    spare: dict[Four, Annotated[int, range(16)]] = each(range(4), 0)

    @action
    def go(self) -> None:
        self.at = (self.at + 1) % 4

    @action
    def put(self, slot: Four) -> None:
        """Reads all of them, and the spare ones only for the last slot."""
        require(self.at == slot)
        require(sum(self.n[other] for other in range(4)) < 3)
        require(slot < 3 or sum(self.spare[other] for other in range(4)) < 1)
        self.n[slot] += 1

    @action
    def keep(self) -> None:
        require(self.at == 1)
        self.spare[0] = 1

    @always
    def few(self) -> bool:
        return sum(self.n[slot] for slot in range(4)) < 4

    @always
    def what_is_spare_counts_late(self) -> bool:
        """Looks at the spare ones where the first slot holds something, and at all of the others then."""
        return self.n[0] == 0 or sum(self.spare[slot] for slot in range(4)) < 9


@pytest.fixture(name="graph", scope="module")
def explored() -> Graph:
    return explore(model_of(Belt), strategy=Strategy("python"))


def part(graph: Graph, name: str) -> Part:
    """The tree of an event or of a predicate, before it has looked at anything."""
    tables = graph.tables
    for number, table in enumerate(tables.events):
        if table.name == name:
            return beginning(Tree(table, number))
    watch: Watch = next(watch for watch in watched(graph.tables) if watch.table.name == name)
    return beginning(Tree(watch.table, None, watch.sought, watch))


def beginning(tree: Tree) -> Part:
    assert type(tree.table.root) is Branch
    return Part(tree, tree.table.root, 0)


def looks(graph: Graph, *parts: Part, narrow: set[Table] | None = None) -> list[tuple[list[str], list[str]]]:
    """For each node the cells and the trees."""
    slots = graph.model.layout.slots
    return [
        ([slots[cell].path for cell in cells], [one.tree.table.name for one in mine])
        for cells, mine in grouped(graph.model.layout, parts, narrow or set())
    ]


ALL = ["n[0]", "n[1]", "n[2]", "n[3]"]


def test_what_every_way_looks_at_is_looked_at_at_once(graph: Graph) -> None:
    assert looks(graph, part(graph, "few")) == [(ALL, ["few"])]


def test_what_is_looked_at_now_and_then_is_left_for_later(graph: Graph) -> None:
    name = "what_is_spare_counts_late"
    assert looks(graph, part(graph, name)) == [(["n[0]"], [name])]


def test_a_narrow_table_is_looked_at_cell_by_cell(graph: Graph) -> None:
    few = part(graph, "few")
    assert looks(graph, few, narrow={few.tree.table}) == [(["n[0]"], ["few"])]


def test_an_event_goes_with_those_that_look_at_its_first_cell_anyway(graph: Graph) -> None:
    put, go = part(graph, "put(slot=3)"), part(graph, "go")
    assert looks(graph, put) == [(["at"], ["put(slot=3)"])]
    assert looks(graph, put, go) == [(["at"], ["go", "put(slot=3)"])]


def test_nothing_goes_with_those_that_only_judge_states(graph: Graph) -> None:
    """These are not looked at in every state; and what only judges goes with no event."""
    few, late = part(graph, "few"), part(graph, "what_is_spare_counts_late")
    assert looks(graph, few, late) == [(["n[0]"], ["few", "what_is_spare_counts_late"])]
    put = part(graph, "put(slot=3)")
    assert [trees for _, trees in looks(graph, put, few)] == [["put(slot=3)"], ["few"]]


@spec
class Turning:
    """At first every way looks at all of `bits`; later, none does."""

    time: int = var(range(64), 0)
    bits: dict[Annotated[int, range(10)], bool] = each(range(10), False)

    @action
    def tick(self) -> None:
        require(self.time < 63)
        self.time += 1

    @action
    def flip(self, place: Annotated[int, range(10)]) -> None:
        require(self.time >= 4)
        self.bits[place] = not self.bits[place]

    @action(fault=True)
    def skip(self) -> None:
        require((self.time < 4 and sum(self.bits[place] for place in range(10)) > 10) or self.time == 62)
        self.time = 0

    @always
    def looks_at_all_at_first(self) -> bool:
        return self.time >= 4 or sum(self.bits[place] for place in range(10)) <= 10


def test_where_hardly_any_way_looks_at_all_a_node_looks_at_one_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each state would have an entry of its own, in the forest of steps and in that of the faults."""
    filled = Counter[str]()
    fill = Forest.fill

    def counted(self: Forest, *asked: int) -> None:
        filled[self.trees_in[0].table.name] += 1
        fill(self, *asked)

    monkeypatch.setattr(Forest, "fill", counted)
    monkeypatch.setattr("fsm.native.engine.REPLANT", 10**9)  # what is known at first has to do
    monkeypatch.setattr("fsm.native.grouping.WIDE", 7)
    monkeypatch.setattr("fsm.native.nodes.SMALLEST", 2)
    counts = []
    for crowded in (4, 10**9):
        monkeypatch.setattr("fsm.native.nodes.CROWDED", crowded)
        filled.clear()
        assert same(model_of(Turning), Limits(max_states=20_000), PYTHON, NATIVE).unexpanded
        counts.append(dict(filled))
    narrow, crowds = counts
    for first in ("tick", "skip"):
        assert 4 * narrow[first] < crowds[first]


@spec
class Beside:
    """`go` is looked at beside `turn`, which has looked at `x`; what is promised of it is a matter of `x`."""

    x: int = var(range(4), 0)
    y: int = var(range(4), 1)
    z: int = var(range(4), 0)
    w: int = var(range(4), 0)

    @action
    def go(self) -> None:
        require(self.y == 1)
        require(self.z + self.w < 4)
        self.z = min(self.z + 1, 3)

    @action
    def turn(self) -> None:
        require(self.x < 3)
        require(self.y == 1)
        self.x += 1

    @always
    def does_not_go_at_two(self, after) -> bool:
        return after.z == self.z or self.x != 2


def test_what_others_have_seen_on_the_way_says_nothing_of_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.native.grouping.WIDE", 4)
    graph = same(model_of(Beside), NO_LIMITS, PYTHON, NATIVE)
    assert [bound.label for bound in graph.alarms] == ["does_not_go_at_two"]


@spec
class Edge:
    """Its last cell has one value, and lies where the last word ends."""

    bits: dict[Annotated[int, range(128)], bool] = each(range(128), False)
    only: int = var(range(1), 0)

    @action
    def step(self) -> None:
        require(self.only == 0 and not self.bits[0])
        self.bits[0] = True


def test_a_cell_of_one_value_lies_in_no_word() -> None:
    assert len(same(model_of(Edge), NO_LIMITS, PYTHON, NATIVE).states) == 2
