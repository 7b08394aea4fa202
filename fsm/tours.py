"""The shortest way to every transition.

A *tour* is a run from an initial state whose last step is the transition that it is for. What is shortest is
what a reader of a failure wants: the fewest faults, and among those the fewest steps. Where a spec has too
many transitions for one tour each, *path covers* take their place: runs that go the shortest way to a
transition that no run has taken, and then on through others, until all are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from fsm.graph import Graph
from fsm.model import Event

MOST_TOURS = 5_000
LONGEST = 200  #: steps of a path cover, but for those that lead to its first new transition
NEAR = 100  #: states that a path cover looks through for another new transition


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


def tours(graph: Graph, most: int = MOST_TOURS, skip: Collection[str] = ()) -> list[Tour]:
    """Tours that together take every transition of a graph.

    Args:
        graph: a whole one; a transition that was not explored has no tour.
        most: the number of transitions above which path covers take the place of single tours.
        skip: names of actions that no tour takes; what only they lead to has no tour either.

    Returns:
        Single tours by their number of faults, then of steps; path covers as they were found.
    """
    ways = Ways(graph, without(graph, skip))
    return list(_covers(ways) if is_cover(graph, most) else _single(ways))


def is_cover(graph: Graph, most: int = MOST_TOURS) -> bool:
    """Whether `tours` answers with path covers."""
    return len(graph.edges.events) > most


def without(graph: Graph, skip: Collection[str]) -> Callable[[int, int], bool]:
    """Which edges of a graph may be taken where some actions may not; see `Ways`."""
    allowed = [event.action.name not in skip for event in graph.model.events]
    events = graph.edges.events
    return lambda _place, edge: allowed[events[edge]]


class Ways:
    """The shortest way to each state, over the edges that may be taken.

    Args:
        graph: the states and edges.
        may: whether an edge may be taken, given the place that it comes from and its own.
        begin: the places to begin in; the initial states by default.
        until: looking ends at the first place of which this is true.
    """

    def __init__(
        self,
        graph: Graph,
        may: Callable[[int, int], bool],
        begin: Iterable[int] | None = None,
        until: Callable[[int], bool] = lambda _place: False,
    ) -> None:
        self.graph = graph
        self.edges = graph.edges
        self._may = may
        self._faults = [event.action.fault for event in graph.model.events]
        self.came: dict[int, int] = {}  #: the last edge of the way to each place, nearest first; -1 for none
        self._search(range(graph.initial) if begin is None else begin, until)

    def _search(self, begin: Iterable[int], until: Callable[[int], bool]) -> None:
        """Dijkstra's, by (faults, steps), and then by who was found first."""
        costs = dict.fromkeys(begin, (0, 0))
        queue = [(0, 0, place, -1) for place in sorted(costs)]
        while queue:
            faults, depth, place, edge = heappop(queue)
            if place in self.came:
                continue
            self.came[place] = edge
            if until(place):
                return
            for out in self.leaving(place):
                target = self.edges.targets[out]
                cost = (faults + self._faults[self.edges.events[out]], depth + 1)
                if target not in self.came and cost < costs.get(target, (cost[0] + 1, 0)):
                    costs[target] = cost
                    heappush(queue, (*cost, target, out))

    def leaving(self, place: int) -> Iterator[int]:
        """The edges out of a place that may be taken."""
        for edge in range(self.edges.offsets[place], self.edges.offsets[place + 1]):
            if self._may(place, edge):
                yield edge

    def source(self, edge: int) -> int:
        """The place that an edge comes from."""
        return bisect_right(self.edges.offsets, edge) - 1

    def to(self, place: int) -> list[int]:
        """The edges of the way to a place."""
        way = []
        while (edge := self.came[place]) >= 0:
            way.append(edge)
            place = self.source(edge)
        return way[::-1]

    def cost(self, way: list[int]) -> tuple[int, int]:
        """Its faults and its steps."""
        return sum(self._faults[self.edges.events[edge]] for edge in way), len(way)

    def tour(self, way: list[int], covers: Collection[int]) -> Tour:
        """A row of edges as a tour."""
        states, edges = self.graph.states, self.edges
        steps = tuple((edges.events[edge], states[edges.targets[edge]]) for edge in way)
        covered = frozenset((states[self.source(edge)], edges.events[edge]) for edge in covers)
        return Tour(states[self.source(way[0])], steps, covered)


def _single(ways: Ways) -> list[Tour]:
    found = []
    for place in ways.came:
        way = ways.to(place)
        found += [[*way, edge] for edge in ways.leaving(place)]
    return [ways.tour(way, way[-1:]) for way in sorted(found, key=ways.cost)]


def _covers(ways: Ways) -> Iterator[Tour]:
    """From each transition that no run has taken on to others nearby."""
    every = [edge for place in ways.came for edge in ways.leaving(place)]
    left = set(every)
    for first in every:
        if first not in left:
            continue
        run: list[int] = []
        on = [*ways.to(ways.source(first)), first]
        longest = len(on) + LONGEST
        while on and len(run) < longest:
            run += on
            left.difference_update(on)
            on = _nearest(ways, ways.edges.targets[run[-1]], left)
        yield ways.tour(run, set(run))


def _nearest(ways: Ways, place: int, left: Collection[int]) -> list[int]:
    """The shortest row of edges from a place whose last one is left; none if there is none nearby."""
    came: dict[int, int] = {place: -1}
    pending = deque([place])
    while pending and len(came) < NEAR:
        at = pending.popleft()
        for edge in ways.leaving(at):
            if edge in left:
                way = [edge]
                while (back := came[ways.source(way[-1])]) >= 0:
                    way.append(back)
                return way[::-1]
            target = ways.edges.targets[edge]
            if target not in came:
                came[target] = edge
                pending.append(target)
    return []
