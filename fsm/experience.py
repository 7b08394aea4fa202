"""Experience: what an implementation has answered so far, and which ways that leaves open.

Theory. A test gives stimuli, and the implementation chooses the answers, so a way to a state can only be
hoped for. Every edge is hoped for until the stimulus was given there a few times and another answer came
each time; from then on ways go around it, and a state to which no way is left is one that this
implementation does not go to. That is no failure, and it is counted. An edge that was taken once stays
open: an implementation may answer now this way and now that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from fsm.graph import Graph
from fsm.observation import Transition
from fsm.stimuli import Stimulus
from fsm.tables import Step
from fsm.tours import Ways, without

BELIEVED = 3  #: times that an edge was not taken where it could be, after which no way hopes for it
PATIENCE = 10  #: the same where answers are known to come now this way and now that


@dataclass(frozen=True)
class Way:
    """A row of transitions to a state in which a stimulus is to be given.

    Args:
        steps: the transitions, each with the packed state after it.
        goal: the packed state that it leads to.
        cost: its faults and its steps.
    """

    steps: tuple[tuple[Transition, int], ...]
    goal: int
    cost: tuple[int, int]

    @property
    def initial(self) -> int:
        """The packed state that it begins in."""
        return self.steps[0][0][0] if self.steps else self.goal


class Experience:
    """What is known of an implementation.

    Args:
        graph: the reachable states of its spec.
        stimuli: what may be given to it.
        skip: the actions that cannot be done.
        taken: the transitions that it has certainly taken; whoever tests it adds to them.
    """

    def __init__(
        self, graph: Graph, stimuli: Sequence[Stimulus], skip: Collection[str], taken: set[Transition]
    ) -> None:
        self.graph = graph
        self.stimuli = stimuli
        self.taken = taken
        self._of = {event: stimulus for stimulus in stimuli for event in stimulus.events}
        self._may = without(graph, skip)
        self._missed: Counter[Transition] = Counter()
        self._reachable = Ways(graph, self._may)  # by whatever answers
        self._open: Ways | None = self._reachable  # by those that can be hoped for; `None` until looked for

    def stimulus(self, event: int) -> Stimulus:
        """The stimulus that may turn out to be an event."""
        return self._of[event]

    def allowing(self, stimulus: Stimulus) -> set[int]:
        """The packed states that allow a stimulus, and are reached if the answers are what they need be."""
        edges = self.graph.edges
        return {
            self.graph.states[place]
            for place in self._reachable.came
            if any(edges.events[edge] in stimulus.events for edge in self._reachable.leaving(place))
        }

    def way(self, goals: Collection[int], begin: Iterable[int] | None = None) -> Way | None:
        """The shortest way to one of some states that can be hoped for, or `None`.

        Args:
            goals: packed states.
            begin: the packed states to begin in; the initial ones by default.
        """
        if begin is None:
            if self._open is None:
                self._open = Ways(self.graph, self._may_hope)
            return self._nearest(self._open, goals)
        graph = self.graph
        places = [graph.states.place(state) for state in begin if state in graph.states]
        return self._nearest(Ways(graph, self._may_hope, places, lambda at: graph.states[at] in goals), goals)

    def note(self, before: Collection[int], stimulus: Stimulus, after: Collection[int]) -> set[Transition]:
        """Learn from one step; returns the transitions that were certainly not taken.

        Args:
            before: the packed states that the implementation may have been in.
            stimulus: what was given to it.
            after: the packed states that it may be in now.
        """
        if len(before) > 1:  # it may have been in another one
            return set()
        (state,) = before
        missed = {(state, event) for event, target in self._edges(state, stimulus) if target not in after}
        for transition in missed:
            self.miss(transition)
        return missed

    def miss(self, transition: Transition) -> None:
        """A transition could have been taken, and was not."""
        self._missed[transition] += 1
        if self._missed[transition] in (BELIEVED, PATIENCE):
            self._open = None

    def take(self, transitions: Iterable[Transition]) -> None:
        """Transitions were certainly taken."""
        new = {one for one in transitions if one not in self.taken}
        self.taken |= new
        if any(self._missed[one] >= BELIEVED for state, event in new for one in self._alike(state, event)):
            self._open = None

    def left(self) -> Set[Transition]:
        """The transitions that were left to the implementation, which answers otherwise.

        Either another answer came where the stimulus was given, or the state that they begin in is one to
        which the answers that come do not lead.
        """
        given = {(state, self._of[event].number) for state, event in self.taken}
        open_ = Ways(self.graph, self._may_hope).came
        return {
            (state, event)
            for place, state, event in self.reachable()
            if (state, event) not in self.taken
            and (place not in open_ or (state, self._of[event].number) in given)
        }

    def reachable(self) -> Iterator[tuple[int, int, int]]:
        """Every transition that could be taken: a place, its packed state, and the event."""
        for place in self._reachable.came:
            for edge in self._reachable.leaving(place):
                yield place, self.graph.states[place], self.graph.edges.events[edge]

    def obstacle(self, goals: Collection[int]) -> Transition | None:
        """The first transition on the shortest way to some states that cannot be hoped for."""
        way = self._nearest(self._reachable, goals)
        closed = (one for one, _ in way.steps if not self._is_open(one)) if way is not None else iter(())
        return next(closed, None)

    def _edges(self, state: int, stimulus: Stimulus) -> Iterator[tuple[int, int]]:
        for event in stimulus.events:
            leaf = self.graph.tables.events[event].leaf(state)
            if isinstance(leaf, Step):
                yield event, leaf.apply(state)

    def _alike(self, state: int, event: int) -> Iterator[Transition]:
        """What a stimulus in a state may turn out to be, enabled or not."""
        return ((state, other) for other in self._of[event].events)

    def _is_open(self, transition: Transition) -> bool:
        if transition in self.taken or self._missed[transition] < BELIEVED:
            return True
        changes = sum(other in self.taken for other in self._alike(*transition)) > 1
        return changes and self._missed[transition] < PATIENCE

    def _may_hope(self, place: int, edge: int) -> bool:
        return self._may(place, edge) and self._is_open(
            (self.graph.states[place], self.graph.edges.events[edge])
        )

    def _nearest(self, ways: Ways, goals: Collection[int]) -> Way | None:
        states, edges = self.graph.states, self.graph.edges
        near = next((place for place in ways.came if states[place] in goals), None)
        if near is None:
            return None
        way = ways.to(near)
        steps = tuple(
            ((states[ways.source(edge)], edges.events[edge]), states[edges.targets[edge]]) for edge in way
        )
        return Way(steps, states[near], ways.cost(way))
