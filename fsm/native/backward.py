"""`Backward` on arrays: see `fsm.backward`.

The steps are taken once more, twice: to count the ways into each state, and to write them down. That takes
four bytes for each step and twelve for each state, and only where a property asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from fsm.graph import Graph
from fsm.native.compiling import compiled
from fsm.native.grouping import Tree
from fsm.native.marks import answered, marked
from fsm.native.visited import Visited
from fsm.tables import Disabled, Table

Batches = Callable[[], Iterator[tuple[int, int, Any, Any]]]


class ArrayBackward:
    """The ways back through what the native engine has explored.

    Args:
        graph: explored.
        visited: its states.
        batches: all steps: the first place of each batch, how many places there are, the places that they
            lead to (-1 for unknown ones), where those of each place end.
    """

    def __init__(self, graph: Graph, visited: Visited, batches: Batches) -> None:
        self._graph = graph
        self._visited = visited
        count = len(visited)
        ways = np.zeros(count + 1, np.int64)
        for _, _, targets, _ in batches():
            count_ways(targets, ways)
        self._offsets = np.cumsum(ways)
        fill = self._offsets[:-1].copy()
        self._sources = np.empty(int(self._offsets[-1]), np.uint32)
        for first, places, targets, ends in batches():
            write_ways(targets, ends, first, places, fill, self._sources)
        self._doubtful = np.zeros(count, np.uint8)
        self._doubtful[count - graph.unexpanded :] = 1
        if graph.bounded:
            events = graph.model.events
            trees = [
                Tree(table, number)
                for number, table in enumerate(graph.tables.events)
                if not events[number].action.fault
            ]
            bounded = marked(graph, visited, trees, lambda bundle: bool(bundle.bounded), _is_bounded)
            self._doubtful |= bounded
        self._spread(self._doubtful)

    def judge(self, goal: Table) -> tuple[int | None, bool]:
        """See `Backward`."""
        safe = answered(self._graph, self._visited, goal)
        self._spread(safe)
        outside = safe == 0
        lost = np.flatnonzero(outside & (self._doubtful == 0))
        unsure = np.flatnonzero(outside & (self._doubtful == 1))
        if len(lost):
            return int(lost[0]), bool(len(unsure) and unsure[0] < lost[0])
        return None, bool(len(unsure))

    def _spread(self, marks: Any) -> None:
        """Mark all from which a marked state can be reached."""
        pending = np.empty(len(marks), np.uint32)
        seeds = np.flatnonzero(marks)
        pending[: len(seeds)] = seeds
        spread(marks, pending, len(seeds), self._offsets, self._sources)


def _is_bounded(leaf: object) -> bool:
    return isinstance(leaf, Disabled) and leaf.bounded


@compiled
def count_ways(targets: Any, ways: Any) -> None:
    """Count the ways into each place: those into place n at n + 1."""
    for row in range(len(targets)):
        if targets[row] >= 0:
            ways[targets[row] + 1] += 1


@compiled
def write_ways(targets: Any, ends: Any, first: int, places: int, fill: Any, sources: Any) -> None:
    """Write down where the ways into each place come from.

    Args:
        targets, ends: where the steps lead, and where those of each place end.
        first, places: the first place, and how many.
        fill: for each place where its next way is written.
        sources: the places that the ways come from.
    """
    row = 0
    for number in range(places):
        while row < ends[number]:
            target = targets[row]
            if target >= 0:
                sources[fill[target]] = first + number
                fill[target] += 1
            row += 1


@compiled
def spread(marks: Any, pending: Any, count: int, offsets: Any, sources: Any) -> None:
    """Mark all places from which a marked one can be reached.

    Args:
        marks: one for each place that is marked.
        pending, count: the places that are marked, in room for all places.
        offsets, sources: the ways into each place.
    """
    while count > 0:
        count -= 1
        place = np.int64(pending[count])
        for way in range(offsets[place], offsets[place + 1]):
            source = np.int64(sources[way])
            if marks[source] == 0:
                marks[source] = 1
                pending[count] = source
                count += 1
