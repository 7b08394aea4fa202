"""Lassos: the shortest way to where a bad and fair loop can begin, and a shortest such loop from there.

Theory. Among the ways that lead from where a run may turn bad to a good node (see `runs`) the one with the
fewest faults, and then steps, is found as E. W. Dijkstra has it (Numerische Mathematik 1, 1959). So is the
loop, among pairs of a node and what the loop has met so far; where these become too many, each demand is
met in turn by the shortest way, which is short but perhaps not the shortest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any, NamedTuple

from fsm.graph import Graph
from fsm.model import Event
from fsm.question import Question
from fsm.runs import Search, begins

EXACT = 30_000  #: pairs of a node and what was met, up to which a loop is surely a shortest one
Cost = tuple[int, int]  #: faults and steps
Way = list[tuple[int, int]]  #: events, each with the node after it


class Lasso(NamedTuple):
    """A run that never ends.

    Args:
        path: events with the states after them, the initial state first.
        loop: after how many steps the loop begins; see `Trace`.
    """

    path: list[tuple[Event | None, int]]
    loop: int


class Seeker:
    """Looks for the lasso that shows what a search has found.

    Args:
        graph: explored.
        question: what was asked.
        search: what was found.
    """

    def __init__(self, graph: Graph, question: Question, search: Search) -> None:
        self._graph = graph
        self._question = question
        self._search = search
        self._size = len(question.automaton.states)
        self._fault = [event.action.fault for event in graph.model.events]
        self._taken = [question.taken(event) for event in range(len(graph.model.events))]
        self._known_steps: dict[int, list[tuple[int, int]]] = {}
        self._known_stands: dict[int, tuple[int, int]] = {}

    def lasso(self, most: int = EXACT) -> Lasso:
        """The lasso; there is one if the search has found any.

        Args:
            most: pairs of a node and what was met that may be looked at to make its loop a shortest one.
        """
        start, stem = self._stem()
        last = stem[-1][1] if stem else start
        loop = [] if self._search.stays(last) else self._loop(last, most)
        path = self._graph.path(self._state(start))
        begin = len(path) - 1 + len(stem)
        events = self._graph.model.events
        path += [(events[event], self._state(node)) for event, node in (*stem, *loop)]
        return _tightened(Lasso(path, begin))

    def _state(self, node: int) -> int:
        return self._graph.states[node // self._size]

    def _starts(self) -> Iterator[tuple[Cost, int]]:
        """Where a run may turn bad, and what it costs to come there; the least first."""
        for node in begins(self._graph, self._question, self._search.letter):
            yield self._graph.cost(node // self._size), node

    def _stem(self) -> tuple[int, Way]:
        """The way to a good node: where it begins, and its steps."""
        came: dict[int, tuple[int, int] | None] = {}
        heap: list[tuple[Cost, int, int, tuple[int, int] | None]] = []
        starts = self._starts()
        waiting = next(starts, None)
        pushed = 0
        while True:
            while waiting is not None and (not heap or waiting[0] <= heap[0][0]):
                heappush(heap, (waiting[0], pushed, waiting[1], None))
                waiting, pushed = next(starts, None), pushed + 1
            cost, _, node, origin = heappop(heap)
            if node in came:
                continue
            came[node] = origin
            if self._search.component(node) or self._search.stays(node):
                return _traced(came, node)
            for event, after in self._steps(node):
                if after not in came:
                    more = cost[0] + self._fault[event], cost[1] + 1
                    heappush(heap, (more, pushed, after, (event, node)))
                    pushed += 1

    def _steps(self, node: int) -> list[tuple[int, int]]:
        """The steps from a node: the event, and the node after it."""
        if node not in self._known_steps:
            self._known_steps[node] = list(self._fresh_steps(node))
        return self._known_steps[node]

    def _fresh_steps(self, node: int) -> Iterator[tuple[int, int]]:
        graph, states = self._graph, self._question.automaton.states
        place, at = divmod(node, self._size)
        if place >= len(graph.states) - graph.unexpanded:
            return
        for event, state in graph.successors(graph.states[place]):
            if state in graph.states:
                target = graph.states.place(state)
                letter = self._search.letter(target)
                for after in states[at].following:
                    if states[after].fits(letter):
                        yield event, target * self._size + after

    def _inside(self, node: int, component: int) -> Iterator[tuple[int, int]]:
        """The steps that stay in a good component."""
        for event, after in self._steps(node):
            if event not in self._question.excluded and self._search.component(after) == component:
                yield event, after

    def _stand(self, node: int) -> tuple[int, int]:
        """The demands that a node meets and raises."""
        if node not in self._known_stands:
            enabled = self._question.enabled(self._graph.tables, self._state(node))
            met, raised = self._question.standing(enabled)
            accepting = self._question.automaton.states[node % self._size].accepting
            self._known_stands[node] = met | accepting, raised
        return self._known_stands[node]

    def _loop(self, home: int, most: int) -> Way:
        """A good loop from a node back to it; a shortest one if that does not take too much."""
        component = self._search.component(home)
        begin = (home, *self._stand(home))

        def following(pair: tuple[int, int, int]) -> Iterator[tuple[int, tuple[int, int, int]]]:
            node, met, raised = pair
            for event, after in self._inside(node, component):
                more, raising = self._stand(after)
                yield event, (after, met | more | self._taken[event], raised | raising)

        def is_home(pair: tuple[int, int, int]) -> bool:
            return pair[0] == home and not (self._question.must | pair[2]) & ~pair[1]

        way = self._shortest(begin, following, lambda _, pair: is_home(pair), most)
        if way is not None:
            return [(event, pair[0]) for event, pair in way]
        return self._patched(home, component)

    def _patched(self, home: int, component: int) -> Way:
        """A good loop from a node back to it, from one demand to the next."""
        way: Way = []
        met, raised = self._stand(home)
        at = home
        while True:
            missing = (self._question.must | raised) & ~met
            if not missing and at == home and way:
                return way

            def arrives(event: int, node: int, missing: int = missing) -> bool:
                gained = self._stand(node)[0] | self._taken[event]
                return bool(gained & missing) if missing else node == home

            part = self._shortest(at, lambda node: self._inside(node, component), arrives)
            assert part is not None, "a component that was called good has no good loop"
            for event, node in part:
                more, raising = self._stand(node)
                met, raised = met | more | self._taken[event], raised | raising
            way += part
            at = way[-1][1]

    def _shortest(
        self,
        begin: Any,
        following: Callable[[Any], Iterator[tuple[int, Any]]],
        arrives: Callable[[int, Any], bool],
        most: int | None = None,
    ) -> list[tuple[int, Any]] | None:
        """The shortest way, of a step at least, to where `arrives` says; nothing if that takes too much."""
        came: dict[Any, tuple[int, Any] | None] = {}
        heap: list[tuple[Cost, int, Any, tuple[int, Any] | None]] = [((0, 0), 0, begin, None)]
        pushed = 1
        while heap and (most is None or len(came) < most):
            cost, _, at, origin = heappop(heap)
            if origin is not None and arrives(origin[0], at):
                return [*_traced(came, origin[1])[1], (origin[0], at)]
            if at in came:
                continue
            came[at] = origin
            for event, after in following(at):
                if after not in came or arrives(event, after):
                    more = cost[0] + self._fault[event], cost[1] + 1
                    heappush(heap, (more, pushed, after, (event, at)))
                    pushed += 1
        return None


def _tightened(lasso: Lasso) -> Lasso:
    """The same run, with a loop that goes round once and begins as early as it can.

    The automaton may have needed a loop several times, or a part of it before the first time.
    """
    path, begin = lasso.path, lasso.loop
    steps = path[begin + 1 :]
    for size in range(1, len(steps)):
        if len(steps) % size == 0 and steps == steps[:size] * (len(steps) // size):
            path = path[: begin + 1 + size]
            break
    while steps and begin and path[begin] == path[-1] and path[begin - 1][1] == path[-2][1]:
        path, begin = path[:-1], begin - 1
    return Lasso(path, begin)


def _traced(came: dict[Any, tuple[int, Any] | None], last: Any) -> tuple[Any, list[tuple[int, Any]]]:
    """Where the way to something begins, and its steps."""
    way: list[tuple[int, Any]] = []
    while (origin := came[last]) is not None:
        way.append((origin[0], last))
        last = origin[1]
    return last, way[::-1]
