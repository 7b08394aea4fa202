"""Marks: for each state whether something is true of it, as an array of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fsm.graph import Graph
from fsm.native.diamonds import Footprints
from fsm.native.forest import Bundle, Forest
from fsm.native.grouping import Tree
from fsm.native.visited import Visited
from fsm.native.walk import Walk
from fsm.tables import Table, is_enabled


def marked(
    graph: Graph,
    visited: Visited,
    trees: Sequence[Tree],
    alive: Callable[[Bundle], bool],
    told: Callable[[object], bool],
    places: Any = None,
) -> Any:
    """A mark for each state in which something is settled by one of the trees.

    Args:
        graph, visited: explored.
        trees: what is looked at.
        alive: whether it is settled at an entry.
        told: whether it is settled by a leaf, where a table is full.
        places: which states; all of them if `None`.
    """
    states = visited.states[: len(visited)] if places is None else visited.states[places]
    marks = np.ones(len(states), np.uint8)
    walk = Walk(Forest(graph.model.layout, trees, visited.words, Footprints(visited.words), alive))
    rows = (1 << 14) + 2 * walk.forest.size
    shape = (rows,) if visited.words == 1 else (rows, visited.words)
    for idle, called in walk.whole(states, len(states), np.empty(shape, np.int64)):
        marks[idle] = 0
        for bundle, number in called:
            state = visited[number if places is None else int(places[number])]
            marks[number] |= any(told(tree.table.leaf(state)) for tree in bundle.calls)
    return marks


def answered(graph: Graph, visited: Visited, predicate: Table) -> Any:
    """A mark for each state of which a predicate is true."""
    trees = [Tree(predicate, sought=True)]
    return marked(graph, visited, trees, lambda bundle: bool(bundle.told), lambda leaf: leaf is True)


def enabled(graph: Graph, visited: Visited, events: Iterable[int], places: Any) -> Any:
    """Of each of some states whether one of some events is enabled, or stopped by a `limit`."""
    trees = [Tree(graph.tables.events[event], event) for event in events]
    alive: Callable[[Bundle], bool] = lambda bundle: bool(bundle.events or bundle.bounded)  # noqa: E731
    return marked(graph, visited, trees, alive, is_enabled, places) != 0
