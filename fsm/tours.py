"""The shortest way to every transition.

A *tour* is a path from an initial state whose last step is the transition that it is for. Where a spec has
too many transitions for one tour each, *path covers* take their place: longer runs that go to the nearest
transition not yet taken, until all are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from fsm.graph import Graph
from fsm.model import Event

MOST_TOURS = 5_000
LONGEST = 200  #: steps of a path cover


@dataclass(frozen=True)
class Tour:
    """A run of a spec that takes some transitions for the first time.

    Args:
        initial: the packed state that it begins in.
        steps: the events, by place, with the packed states after them.
        covers: the (state, event) pairs that it is for.
    """

    initial: int
    steps: tuple[tuple[int, int], ...]
    covers: frozenset[tuple[int, int]]

    def events(self, graph: Graph) -> list[Event]:
        """The events in order."""
        return [graph.model.events[number] for number, _ in self.steps]


def tours(graph: Graph, most: int = MOST_TOURS) -> list[Tour]:
    """Tours that together take every transition of a graph.

    Args:
        graph: a whole one; a transition that was not explored has no tour.
        most: the number of transitions above which path covers take the place of single tours.

    Returns:
        In breadth-first order of the transitions.
    """
    if len(graph.edges.events) <= most:
        return list(_single(graph))
    return list(_covers(graph))


def is_cover(graph: Graph, most: int = MOST_TOURS) -> bool:
    """Whether `tours` answers with path covers."""
    return len(graph.edges.events) > most


def _single(graph: Graph) -> Iterator[Tour]:
    ways: dict[int, tuple[int, tuple[tuple[int, int], ...]]] = {}
    edges, states = graph.edges, graph.states
    for place, state in enumerate(states):
        initial, way = ways[state] = _way(graph, ways, state)
        for edge in range(edges.offsets[place], edges.offsets[place + 1]):
            number = edges.events[edge]
            target = states[edges.targets[edge]]
            yield Tour(initial, (*way, (number, target)), frozenset({(state, number)}))


def _way(
    graph: Graph, ways: dict[int, tuple[int, tuple[tuple[int, int], ...]]], state: int
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The shortest way to a state: its initial state and the steps."""
    if state in ways:
        return ways[state]
    path = graph.path(state)
    places = {id(event): number for number, event in enumerate(graph.model.events)}
    return path[0][1], tuple((places[id(event)], after) for event, after in path[1:])


def _covers(graph: Graph) -> Iterator[Tour]:
    """Runs that always go on to the nearest transition that no run has taken."""
    edges, states = graph.edges, graph.states
    open_ = bytearray(b"\1") * len(edges.events)
    left = len(open_)
    roots = deque(range(graph.initial))
    while left:
        place = roots[0]
        roots.rotate(-1)
        run: list[int] = []
        while left and len(run) < LONGEST:
            way = _nearest(graph, place, open_)
            if way is None:
                break
            for edge in way:
                if open_[edge]:
                    open_[edge] = 0
                    left -= 1
                run.append(edge)
            place = edges.targets[run[-1]]
        if not run:
            if all(_nearest(graph, root, open_) is None for root in roots):
                return
            continue
        yield _tour(graph, run, states)


def _tour(graph: Graph, run: list[int], states: list[int]) -> Tour:
    from bisect import bisect_right

    edges = graph.edges
    sources = [states[bisect_right(edges.offsets, edge) - 1] for edge in run]
    steps = tuple((edges.events[edge], states[edges.targets[edge]]) for edge in run)
    covers = frozenset((source, edges.events[edge]) for source, edge in zip(sources, run, strict=True))
    return Tour(sources[0], steps, covers)


def _nearest(graph: Graph, place: int, open_: bytearray) -> list[int] | None:
    """The shortest row of edges from a state whose last one is open."""
    edges = graph.edges
    came: dict[int, tuple[int, int]] = {place: (-1, -1)}
    pending = deque([place])
    while pending:
        at = pending.popleft()
        for edge in range(edges.offsets[at], edges.offsets[at + 1]):
            if open_[edge]:
                way = [edge]
                while came[at][0] >= 0:
                    at, back = came[at]
                    way.append(back)
                return way[::-1]
            target = edges.targets[edge]
            if target not in came:
                came[target] = (at, edge)
                pending.append(target)
    return None
