"""The Graph: what exploring leaves behind.

States in the order in which they were found, each with the state that it was found from; stages, which
give each state its depth and its number of faults; how often each event was enabled; the first state or
transition at which each watched predicate spoke. Edges are made when somebody asks for them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from fsm.capture import Bound, Tables
from fsm.model import Event, Model
from fsm.tables import Disabled, Step


@dataclass(frozen=True)
class Stage:
    """States that were found together: from place `first` on, after `depth` steps with `faults` faults."""

    first: int
    faults: int
    depth: int


@dataclass(frozen=True)
class Alarm:
    """Where a predicate speaks: in a state, or at an event in that state.

    Args:
        state, event: where.
        cost: how many faults and how many steps lead there, the event included.
    """

    state: int
    event: int | None = None
    cost: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Edges:
    """All transitions in compressed rows: those of state i lie from `offsets[i]` to `offsets[i + 1]`.

    Args:
        offsets: one more than there are states.
        targets: the place of each transition's target state.
        events: the place of each transition's event in `Model.events`.
    """

    offsets: array[int]
    targets: array[int]
    events: array[int]


@dataclass
class Graph:
    """The reachable states of a model, as far as they were explored.

    Args:
        tables: the model with its memory.
        parents: each state, in the order in which it was found, and the state before it (an initial
            state is its own).
        stages: in order; see `Stage`.
        transitions: how many (state, event) pairs are enabled in the states that were expanded.
        initial: how many states are initial.
        enabled: for each event in how many states it is enabled.
        bounded: how many steps a `limit` stopped.
        alarms: where each watched predicate speaks, with the fewest faults, and then steps, that lead there.
        stuck: the first stuck state, if there is one.
        unexpanded: how many of the last states were found but not expanded.
        stopped: why exploring ended before everything was seen; empty if everything was.
        fault_bound: whether `max_faults` hid states.
        seconds: how long it took.
    """

    tables: Tables
    parents: dict[int, int] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    transitions: int = 0
    initial: int = 0
    enabled: list[int] = field(default_factory=list)
    bounded: int = 0
    alarms: dict[Bound, Alarm] = field(default_factory=dict)
    stuck: int | None = None
    unexpanded: int = 0
    stopped: str = ""
    fault_bound: bool = False
    seconds: float = 0.0

    @property
    def model(self) -> Model:
        """What was explored."""
        return self.tables.model

    @cached_property
    def states(self) -> list[int]:
        """The packed states in the order in which they were found."""
        return list(self.parents)

    @cached_property
    def index(self) -> dict[int, int]:
        """The place of each state."""
        return {state: place for place, state in enumerate(self.parents)}

    @property
    def generated(self) -> int:
        """Transitions and initial states together, as TLC counts."""
        return self.transitions + self.initial

    @property
    def depth(self) -> int:
        """The most steps that a shortest way to a state takes, with the fewest faults first."""
        return max((stage.depth for stage in self.stages), default=0)

    def stage(self, state: int) -> Stage:
        """The stage in which a state was found."""
        place = self.index[state]
        return self.stages[bisect_right([stage.first for stage in self.stages], place) - 1]

    def faults(self, state: int) -> int:
        """The fewest faults with which a state is reached."""
        return self.stage(state).faults

    def successors(self, state: int) -> Iterator[tuple[int, int]]:
        """The enabled events of a state, by place, each with the state after it."""
        for number, table in enumerate(self.tables.events):
            leaf = table.leaf(state)
            if isinstance(leaf, Step):
                yield number, leaf.apply(state)

    def is_bounded(self, state: int, faults: bool = True) -> bool:
        """Whether a `limit` stops some event in a state; if not `faults`, some event that is no fault."""
        return any(
            isinstance(leaf, Disabled) and leaf.bounded
            for event, leaf in (
                (event, table.leaf(state))
                for event, table in zip(self.model.events, self.tables.events, strict=True)
            )
            if faults or not event.action.fault
        )

    def path(self, state: int) -> list[tuple[Event | None, int]]:
        """The shortest way to a state among those with the fewest faults: events with the states after.

        The first entry is the initial state, with no event.
        """
        chain = [state]
        while self.parents[chain[-1]] != chain[-1]:
            chain.append(self.parents[chain[-1]])
        chain.reverse()
        found: list[tuple[Event | None, int]] = [(None, chain[0])]
        for before, after in pairwise(chain):
            found.append((self.model.events[self._event(before, after)], after))
        return found

    def _event(self, before: int, after: int) -> int:
        """The event that leads from one state to another; one that is no fault where there is a choice."""
        leading = [number for number, target in self.successors(before) if target == after]
        events = self.model.events
        return min(leading, key=lambda number: (events[number].action.fault, number))

    @cached_property
    def edges(self) -> Edges:
        """All transitions among the states that were found, in compressed rows."""
        offsets, targets, events = array("q", [0]), array("q"), array("q")
        index = self.index
        expanded = len(self.states) - self.unexpanded
        for place, state in enumerate(self.states):
            if place < expanded:
                for number, target in self.successors(state):
                    if target in index:  # with `max_faults` some are not
                        targets.append(index[target])
                        events.append(number)
            offsets.append(len(targets))
        return Edges(offsets, targets, events)
