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
) -> Any:
    """A mark for each state in which something is settled by one of the trees.

    Args:
        graph, visited: explored.
        trees: what is looked at.
        alive: whether it is settled at an entry.
        told: whether it is settled by a leaf, where a table is full.
    """
    marks = np.ones(len(visited), np.uint8)
    walk = Walk(Forest(graph.model.layout, trees, visited.words, Footprints(visited.words), alive))
    rows = (1 << 14) + 2 * walk.forest.size
    shape = (rows,) if visited.words == 1 else (rows, visited.words)
    for idle, called in walk.whole(visited.states, len(visited), np.empty(shape, np.int64)):
        marks[idle] = 0
        for bundle, place in called:
            state = visited[place]
            marks[place] |= any(told(tree.table.leaf(state)) for tree in bundle.calls)
    return marks


def answered(graph: Graph, visited: Visited, predicate: Table) -> Any:
    """A mark for each state of which a predicate is true."""
    trees = [Tree(predicate, sought=True)]
    return marked(graph, visited, trees, lambda bundle: bool(bundle.told), lambda leaf: leaf is True)


def enabled(graph: Graph, visited: Visited, events: Iterable[int]) -> Any:
    """A mark for each state in which one of some events is enabled, or stopped by a `limit`."""
    trees = [Tree(graph.tables.events[event], event) for event in events]
    return marked(graph, visited, trees, lambda bundle: bool(bundle.events or bundle.bounded), is_enabled)
