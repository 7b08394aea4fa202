"""The Graph: what exploring leaves behind.

States in the order in which they were found, each with the state that it was found from; stages, which
give each state its depth and its number of faults; how often each event was enabled; the first state or
transition at which each watched predicate spoke. Edges are made when somebody asks for them.

How the states are kept is the engine's business: a graph sees them as `Found`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, overload

from fsm.capture import Bound, Tables
from fsm.model import Event, Model
from fsm.symmetry import Symmetry
from fsm.tables import Disabled, Step

if TYPE_CHECKING:
    from fsm.backward import Backward
    from fsm.runs import Runs


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
        place: the place of the state.
    """

    state: int
    event: int | None = None
    cost: tuple[int, int] = (0, 0)
    place: int = 0

    @property
    def order(self) -> tuple[tuple[int, int], int, int]:
        """Of two alarms the one with the lesser order is told: fewest faults, fewest steps, found first."""
        return self.cost, self.place, -1 if self.event is None else self.event


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


class Found(Protocol):
    """The states that were found, by *place*: 0 for the first one that was found.

    Every state is the packed integer of `Layout`, whatever an engine keeps in its stead.
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[int]: ...

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...

    def __contains__(self, state: object) -> bool: ...

    def place(self, state: int) -> int:
        """The place of a state; raises `KeyError` if it was not found."""
        ...

    def origin(self, place: int) -> int:
        """The place of the state that the one at this place was found from; an initial state's own."""
        ...


class Listed(list[int]):
    """`Found` for engines in Python: a list, and for each state the state that it was found from."""

    def __init__(self) -> None:
        super().__init__()
        self.origins: dict[int, int] = {}
        self._places: dict[int, int] = {}

    def __contains__(self, state: object) -> bool:
        return state in self.origins

    def place(self, state: int) -> int:
        """See `Found`."""
        if len(self._places) < len(self):
            self._places = {known: place for place, known in enumerate(self)}
        return self._places[state]

    def origin(self, place: int) -> int:
        """See `Found`."""
        return self.place(self.origins[self[place]])


@dataclass
class Graph:
    """The reachable states of a model, as far as they were explored.

    Args:
        tables: the model with its memory.
        states: in the order in which they were found: by faults, by depth, by the place of the state that
            they were found from, by their own number.
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
        deadline: when judging has to end, if everything was explored by then; on the clock of `perf_counter`.
        engine: which engine explored it: `python`, or `native` from some point on.
        notes: what a reader should know about how it was explored.
        symmetry: what it was explored up to, if anything: states are then canonical ones.
        look_back: what the engine knows of the ways back, made when it is asked for.
        look_along: what it knows of the runs, in the same way.
    """

    tables: Tables
    states: Found = field(default_factory=Listed)
    stages: list[Stage] = field(default_factory=list)
    initial: int = 0
    enabled: list[int] = field(default_factory=list)
    bounded: int = 0
    alarms: dict[Bound, Alarm] = field(default_factory=dict)
    stuck: int | None = None
    unexpanded: int = 0
    stopped: str = ""
    fault_bound: bool = False
    seconds: float = 0.0
    deadline: float | None = None
    engine: str = "python"
    notes: list[str] = field(default_factory=list)
    symmetry: Symmetry | None = None
    look_back: Callable[[], Backward] | None = None
    look_along: Callable[[], Runs] | None = None

    @property
    def model(self) -> Model:
        """What was explored."""
        return self.tables.model

    @property
    def transitions(self) -> int:
        """How many (state, event) pairs are enabled in the states that were expanded."""
        return sum(self.enabled)

    @cached_property
    def backward(self) -> Backward:
        """The ways back through the graph."""
        assert self.look_back is not None
        return self.look_back()

    @cached_property
    def runs(self) -> Runs:
        """The runs through the graph."""
        assert self.look_along is not None
        return self.look_along()

    @property
    def generated(self) -> int:
        """Transitions and initial states together, as TLC counts."""
        return self.transitions + self.initial

    @property
    def depth(self) -> int:
        """The most steps that a shortest way to a state takes, with the fewest faults first."""
        return max((stage.depth for stage in self.stages), default=0)

    def stage(self, place: int) -> Stage:
        """The stage in which the state at a place was found."""
        return self.stages[bisect_right(self.stages, place, key=lambda stage: stage.first) - 1]

    def faults(self, state: int) -> int:
        """The fewest faults with which a state is reached."""
        return self.stage(self.states.place(state)).faults

    def cost(self, place: int, event: int | None = None) -> tuple[int, int]:
        """How many faults and steps lead to the state at a place, and then through an event."""
        stage = self.stage(place)
        if event is None:
            return stage.faults, stage.depth
        return stage.faults + self.model.events[event].action.fault, stage.depth + 1

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

    def is_stuck(self, state: int) -> bool:
        """Whether nothing is enabled in a state that is not final, and no `limit` is the reason."""
        if self.model.is_final(state):
            return False
        return all(
            isinstance(leaf, Disabled) and not leaf.bounded
            for leaf in (table.leaf(state) for table in self.tables.events)
        )

    def path(self, state: int) -> list[tuple[Event | None, int]]:
        """The shortest way to a state among those with the fewest faults: events with the states after.

        The first entry is the initial state, with no event. Up to renaming it is a real run all the same:
        it ends in a state that renaming leads to.
        """
        chain = [self.states.place(state)]
        while (origin := self.states.origin(chain[-1])) != chain[-1]:
            chain.append(origin)
        way = [self.states[place] for place in reversed(chain)]
        events = self.model.events
        if self.symmetry is not None:
            run = self.symmetry.realise(self.successors, self.tables.initial_states(), way)
            return [(None if number is None else events[number], after) for number, after in run]
        found: list[tuple[Event | None, int]] = [(None, way[0])]
        for before, after in pairwise(way):
            found.append((events[self._event(before, after)], after))
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
        index = {state: place for place, state in enumerate(self.states)}
        canonical = self.symmetry.canonical if self.symmetry is not None else int
        expanded = len(self.states) - self.unexpanded
        for place, state in enumerate(self.states):
            if place < expanded:
                for number, after in self.successors(state):
                    target = canonical(after)
                    if target in index:  # with `max_faults` some are not
                        targets.append(index[target])
                        events.append(number)
            offsets.append(len(targets))
        return Edges(offsets, targets, events)
