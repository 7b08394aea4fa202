"""Looking back: from which states something can still be reached without faults.

Theory. The states that can reach a goal are found by walking from it against the steps. Where exploring ended
early, or a `limit` stopped a step, a state may lead to more than is known; so may every state that can reach
such a one, and of these nothing bad is said.
"""

from __future__ import annotations

from array import array
from typing import Protocol

from fsm.graph import Graph
from fsm.tables import Table


class Backward(Protocol):
    """What an engine knows of the ways back."""

    def judge(self, goal: Table) -> tuple[int | None, bool]:
        """Whether a goal can be reached from everywhere.

        Args:
            goal: the table of a predicate.

        Returns:
            The first place from which it is surely out of reach, if there is one; and whether there are
            places of which nothing can be said.
        """
        ...


class ListedBackward:
    """`Backward` in pure Python.

    Args:
        graph: explored.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._before = _predecessors(graph)
        count = len(graph.states)
        expanded = count - graph.unexpanded
        beyond = [
            place
            for place, state in enumerate(graph.states)
            if place >= expanded or (graph.bounded and graph.is_bounded(state, faults=False))
        ]
        self._doubtful = _closure(beyond, self._before, count)

    def judge(self, goal: Table) -> tuple[int | None, bool]:
        """See `Backward`."""
        states = self._graph.states
        good = [place for place, state in enumerate(states) if goal.leaf(state) is True]
        safe = _closure(good, self._before, len(states))
        unsure = False
        for place in range(len(states)):
            if not safe[place]:
                if not self._doubtful[place]:
                    return place, unsure
                unsure = True
        return None, unsure


def _predecessors(graph: Graph) -> tuple[array[int], array[int]]:
    """The states before each state, faults left out, in compressed rows."""
    edges, count = graph.edges, len(graph.states)
    fault = [event.action.fault for event in graph.model.events]
    sizes = [0] * (count + 1)
    for target, event in zip(edges.targets, edges.events, strict=True):
        if not fault[event]:
            sizes[target + 1] += 1
    for place in range(count):
        sizes[place + 1] += sizes[place]
    offsets, fill = array("q", sizes), list(sizes)
    sources = array("q", bytes(8 * sizes[count]))
    for place in range(count):
        for edge in range(edges.offsets[place], edges.offsets[place + 1]):
            if not fault[edges.events[edge]]:
                target = edges.targets[edge]
                sources[fill[target]] = place
                fill[target] += 1
    return offsets, sources


def _closure(seeds: list[int], before: tuple[array[int], array[int]], count: int) -> bytearray:
    """Which states can reach a seed."""
    offsets, sources = before
    seen = bytearray(count)
    pending = list(seeds)
    for place in pending:
        seen[place] = 1
    while pending:
        place = pending.pop()
        for edge in range(offsets[place], offsets[place + 1]):
            source = sources[edge]
            if not seen[source]:
                seen[source] = 1
                pending.append(source)
    return seen
