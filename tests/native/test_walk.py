"""What a walk through a forest lays out for a state is what the tables say of it, one by one."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np

from fsm import action, always, each, model_of, require, spec, var
from fsm.capture import Tables
from fsm.engine import watched
from fsm.errors import SpecError
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import Limits
from fsm.native import grouping
from fsm.native import walk as walk_module
from fsm.native.diamonds import Footprints
from fsm.native.forest import Forest
from fsm.native.grouping import Tree
from fsm.native.kernel import DENSE, SPARSE
from fsm.native.visited import packed, unpacked
from fsm.native.walk import Walk
from fsm.strategy import Strategy
from fsm.tables import Disabled, Step
from tests.native.wide import wide_specs
from tests.strategies import Drawn, specs

FEW = Limits(max_states=150)
SOME = specs() | wide_specs()
SIZES = st.sampled_from([(1, 0), (2, 0), (2, 2), (4, 3), (10, 0), (10, 7), (10, 10)])


def trees(graph: Graph) -> list[Tree]:
    found = [Tree(table, number) for number, table in enumerate(graph.tables.events)]
    return found + [Tree(one.table, one.event, one.sought, one) for one in watched(graph.tables)]


def walked(walk: Walk, rows: Any) -> Iterator[tuple[int, list[int]]]:
    """What a walk lays out for each row, with its number; entries are filled as an engine fills them."""
    room = 3 + len(walk.forest.trees_in)
    out = np.empty((4 * room, *rows.shape[1:]), np.int64)
    ends, at = np.empty(len(rows), np.int64), 0
    while at < len(rows):
        walk.take(rows, at, len(rows), out, 0, ends)
        assert walk.done or walk.missing
        begin = 0
        for number, end in enumerate(ends[: walk.done].tolist()):
            yield at + number, packed(out[begin:end])
            begin = end
        at += walk.done
        if walk.missing:
            walk.fill(rows)


def told(graph: Graph, states: list[int]) -> tuple[Counter[int], int, set[tuple[Any, int | None]]]:
    """How often each event is enabled, how many a `limit` stops, and which watches speak."""
    enabled, bounded, spoken = Counter[int](), 0, set[tuple[Any, int | None]]()
    for state in states:
        for number, table in enumerate(graph.tables.events):
            leaf = table.leaf(state)
            enabled[number] += isinstance(leaf, Step)
            bounded += isinstance(leaf, Disabled) and leaf.bounded
        for watch in watched(graph.tables):
            if watch.table.leaf(state) is watch.sought:
                spoken.add((watch.bound, watch.event))
    return +enabled, bounded, spoken


def tallied(walk: Walk) -> tuple[Counter[int], int, set[tuple[Any, int | None]]]:
    """The same, by what the walk has counted."""
    enabled, bounded, spoken = Counter[int](), 0, set[tuple[Any, int | None]]()
    for bundle, hits, _ in walk.tally():
        for event in bundle.events:
            enabled[event] += hits
        bounded += hits * bundle.bounded
        spoken |= {(one.watch.bound, one.event) for one in bundle.told if one.watch is not None}
    return enabled, bounded, spoken


def agree(graph: Graph, states: list[int]) -> Forest:
    """Walk for some states, and compare with the tables."""
    forest = Forest(
        graph.model.layout, trees(graph), graph.model.layout.words, Footprints(graph.model.layout.words)
    )
    walk = Walk(forest)
    rows = unpacked(states, forest.words)
    seen = []
    for number, after in walked(walk, rows):
        seen.append(number)
        expected = {target for _, target in graph.successors(states[number])} - {states[number]}
        assert set(after) == expected
    assert seen == list(range(len(states)))
    assert tallied(walk) == told(graph, states)
    assert list(walk.tally()) == []
    return forest


@given(SOME, SIZES, st.sampled_from([1, 5, walk_module.ASKS]))
def test_a_walk_lays_out_what_the_tables_say(drawn: Drawn, sizes: tuple[int, int], asks: int) -> None:
    states = list(explore(model_of(drawn.cls), FEW, strategy=Strategy("python")).states)
    graph = Graph(Tables(model_of(drawn.cls)))  # which knows nothing yet
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk_module, "ASKS", asks)
        patch.setattr(grouping, "WIDE", sizes[0])
        patch.setattr(grouping, "NARROW", sizes[1])
        agree(graph, states)
        agree(graph, states)  # planted anew, now that the tables know all of it


@given(SOME, SIZES)
def test_two_walks_share_what_either_has_filled(drawn: Drawn, sizes: tuple[int, int]) -> None:
    graph = explore(model_of(drawn.cls), FEW, strategy=Strategy("python"))
    states = list(graph.states)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "WIDE", sizes[0])
        patch.setattr(grouping, "NARROW", sizes[1])
        forest = Forest(
            graph.model.layout, trees(graph), graph.model.layout.words, Footprints(graph.model.layout.words)
        )
        first, second = Walk(forest), Walk(forest)
        rows = unpacked(states, forest.words)
        alone = list(walked(first, rows))
        out, ends = np.empty((10_000, *rows.shape[1:]), np.int64), np.empty(len(rows), np.int64)
        second.take(rows, 0, len(rows), out, 0, ends)
        assert (second.missing, second.done) == (False, len(rows))
        assert list(walked(second, rows)) == alone


@given(SOME)
def test_idle_states_are_those_at_which_nothing_is_enabled_or_stopped(drawn: Drawn) -> None:
    graph = explore(model_of(drawn.cls), FEW, strategy=Strategy("python"))
    states = list(graph.states)
    events = [Tree(table, number) for number, table in enumerate(graph.tables.events)]
    walk = Walk(
        Forest(graph.model.layout, events, graph.model.layout.words, Footprints(graph.model.layout.words))
    )
    rows = unpacked(states, walk.forest.words)
    out = np.empty((1000, *rows.shape[1:]), np.int64)
    found = [number for part, _ in walk.whole(rows, len(rows), out) for number in part.tolist()]
    assert found == [
        number
        for number, state in enumerate(states)
        if all(table.leaf(state) == Disabled() for table in graph.tables.events)
    ]


def kinds(forest: Forest) -> set[int]:
    """The kinds of nodes that there are."""
    return {int(entry) & 7 for entry in [forest.trees.entries[0], *forest.trees.nodes]}


@pytest.mark.parametrize(("wide", "narrow", "kind"), [(1, 0, SPARSE), (10, 0, DENSE), (10, 10, DENSE)])
@pytest.mark.parametrize("gap", [3, 57, 61, 64, 200])
def test_every_kind_of_node_is_walked(
    wide: int, narrow: int, kind: int, gap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @spec
    class Apart:
        here: int = var(range(5), 0)
        between: dict[Annotated[int, range(gap)], bool] = each(range(gap), True)
        there: int = var(range(5), 4)
        behind: dict[Annotated[int, range(gap)], bool] = each(range(gap), True)
        beyond: int = var(range(5), 1)  # of a node there are two words

        @action
        def step(self) -> None:
            self.here = (self.here + 1) % 5

        @action
        def follow(self) -> None:
            if narrow:
                self.there = (self.here * 2 + self.there * self.beyond) % 5
            else:
                self.there = (self.there + 1) % 5

        @always
        def apart(self) -> bool:
            return self.there != 2

    monkeypatch.setattr(grouping, "WIDE", wide)
    monkeypatch.setattr(grouping, "NARROW", narrow)
    graph = explore(model_of(Apart), strategy=Strategy("python"))
    assert len(graph.states) == 25
    assert kind in kinds(agree(graph, list(graph.states)))


def test_a_mistake_leaves_the_forest_as_it_was() -> None:
    """An entry that was asked for and could not be filled is asked for again."""

    @spec
    class Line:
        n: int = var(range(9), 0)

        @action
        def step(self) -> None:
            self.n = (self.n + 1) % 8

        @always
        def never_three(self) -> bool:
            return self.n != 3 or 1 / 0 == 1

    graph = Graph(Tables(model_of(Line)))
    walk = Walk(Forest(graph.model.layout, trees(graph), 1, Footprints(1)))
    rows, out, ends = np.arange(6), np.empty(100, np.int64), np.empty(6, np.int64)
    walk.take(rows, 0, 1, out, 0, ends)
    walk.fill(rows)
    for _ in range(2):
        walk.take(rows, 0, 6, out, 0, ends)
        with pytest.raises(SpecError, match="ZeroDivisionError"):
            walk.fill(rows)
    walk.take(rows, 0, 3, out, 0, ends)
    assert walk.done == 3


@spec
class Sums:
    """An action looks at one number, and what is promised at both."""

    one: int = var(range(8), 0)
    other: int = var(range(8), 0)

    @action
    def step(self) -> None:
        require(self.one == 0)
        self.one = 1

    @always
    def are_small(self) -> bool:
        return self.one + self.other < 15


def test_a_forest_that_is_empty_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph(Tables(model_of(Sums)))
    walk, filled = Walk(Forest(graph.model.layout, trees(graph), 1, Footprints(1))), []
    fill = Forest.fill
    monkeypatch.setattr(Forest, "fill", lambda *args: filled.append(args[1]) or fill(*args))
    rows = np.arange(64)
    walk.take(rows, 0, 64, np.empty(500, np.int64), 0, np.empty(64, np.int64))
    walk.fill(rows)
    assert filled == [-1]


def test_what_follows_is_kept_once_however_many_numbers_lead_there() -> None:
    forest = agree(Graph(Tables(model_of(Sums))), list(range(64)))
    assert len(forest.bundles) == 1
