"""Breadth-first exploration in pure Python: Model → Graph.

Theory of operation. Looking up every event in every state is slow; most events look at a small part of
the state. So events are put into *groups* of similar reach, and each group remembers, for what it can see
of a state (`state & mask`), the differences that its events make (`state + difference` is the successor).
The watched predicates sit in the same memories: what is seen of a state for the first time is judged then,
and since states come in breadth-first order, the first time is on a shortest path.

Faults are not counted in the state. Everything reachable without a fault comes first, then everything
reachable with one more, until nothing is new: a state is found on a shortest path among those with the
fewest faults. The order depends on the model alone, so traces are the same every time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fsm.capture import Bound, Disabled, Step, Table, Tables
from fsm.graph import Alarm, Graph, Stage
from fsm.model import Kind, Model

SLICE = 1024  #: states between two looks at the clock
NARROW = 12  #: bits up to which groups are merged freely
ALIKE = 3  #: bits by which the members of a wider group may differ
CAPACITY = 1 << 19  #: entries that a group remembers at most


@dataclass(frozen=True)
class Limits:
    """Where exploring ends early; the verdicts are then unknown.

    Args:
        max_states: states found, at least 1.
        max_depth: steps from an initial state, at least 0.
        max_faults: faults on a path, at least 0.
        timeout: seconds.
        max_memory: bytes of the process at its peak.
    """

    max_states: int | None = None
    max_depth: int | None = None
    max_faults: int | None = None
    timeout: float | None = None
    max_memory: int | None = None

    def __post_init__(self) -> None:
        for name, least in (
            ("max_states", 1), ("max_depth", 0), ("max_faults", 0), ("timeout", 0), ("max_memory", 1),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(
                    f"{name}={value} bounds nothing: give at least {least}, or None for no bound"
                )


@dataclass(frozen=True)
class Progress:
    """How far an exploration has come."""

    states: int
    frontier: int
    depth: int
    faults: int
    seconds: float


class _Entry:
    """What a group knows of the states that look the same to it."""

    __slots__ = ("bounded", "deltas", "events", "hits")

    def __init__(self, deltas: tuple[int, ...], events: tuple[int, ...], bounded: int) -> None:
        self.deltas = deltas
        self.events = events
        self.bounded = bounded
        self.hits = 0


@dataclass
class _Group:
    """Events and predicates of similar reach, and what is remembered of them."""

    fault: bool
    events: list[tuple[int, Table]] = field(default_factory=list)
    predicates: list[tuple[Bound, Table]] = field(default_factory=list)
    mask: int = 0
    memo: dict[int, _Entry] = field(default_factory=dict)

    def reach(self) -> int:
        """The bits that its tables are known to depend on or to change."""
        mask = 0
        for _, table in (*self.events, *self.predicates):
            mask |= table.mask
        return mask


class Explorer:
    """One exploration of one model.

    Args:
        model: what to explore.
        limits: where to end early.
        watch: which properties to judge on the way: `ALWAYS` speaks where it is false, `SOMETIMES` where
            it is true, steps where they are violated.
        progress: called now and then, at most some times a second.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits = Limits(),
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.graph = Graph(Tables(model))
        self.limits = limits
        self._progress = progress
        self._started = time.perf_counter()
        self._grown = True
        self._groups: list[_Group] = []
        self._watched = {
            bound: (table, bound.asked.kind is Kind.SOMETIMES)
            for bound, table in self.graph.tables.predicates.items()
            if bound.asked.kind in (Kind.ALWAYS, Kind.SOMETIMES)
        }

    def explore(self) -> Graph:
        """Find every reachable state; raises `SpecError` where a reached body is wrong."""
        graph = self.graph
        graph.enabled = [0] * len(graph.tables.events)
        initial = graph.tables.initial_states()
        graph.initial = len(initial)
        arrivals = {0: {state: state for state in initial}}
        faults = 0
        try:
            while arrivals and not graph.stopped:
                bound = self.limits.max_faults
                if bound is not None and faults > bound:
                    graph.fault_bound = any(
                        state not in graph.parents for found in arrivals.values() for state in found
                    )
                    break
                arrivals = self._layer(arrivals, faults)
                faults += 1
        except KeyboardInterrupt:
            graph.stopped = "interrupted"
            graph.unexpanded = max(graph.unexpanded, 1)
        self._flush()
        graph.seconds = time.perf_counter() - self._started
        return graph

    def _layer(self, arrivals: dict[int, dict[int, int]], faults: int) -> dict[int, dict[int, int]]:
        """Everything reachable with so many faults; returns where one more leads, by depth."""
        graph, parents = self.graph, self.graph.parents
        beyond: dict[int, dict[int, int]] = {}
        frontier: list[int] = []
        depth = 0
        while frontier or arrivals:
            if not frontier:
                depth = min(arrivals)
            first = len(parents) - len(frontier)
            for state, origin in arrivals.pop(depth, {}).items():
                if state not in parents:
                    parents[state] = origin
                    frontier.append(state)
            if not frontier:
                continue
            graph.stages.append(Stage(first, faults, depth))
            most = self.limits.max_depth
            if most is not None and depth >= most and self._leads_on(frontier):
                self._judge(frontier, f"max_depth={most}")
                return {}
            frontier = self._expand(frontier, depth, faults, beyond)
            if graph.stopped:
                return {}
            depth += 1
        return beyond

    def _expand(
        self, frontier: list[int], depth: int, faults: int, beyond: dict[int, dict[int, int]]
    ) -> list[int]:
        """The states that are new one step after the frontier; what faults lead to goes to `beyond`."""
        parents = self.graph.parents
        found: list[int] = []
        risen: dict[int, int] = {}
        at = 0
        while at < len(frontier):
            if self._grown:
                self._regroup()
            size = self._slice()
            part = frontier[at : at + size] if size < len(frontier) else frontier
            self._expand_slice(part, parents, found, risen)
            at += len(part)
            rest = len(frontier) - at + len(found)
            if rest or risen:
                stopped = self._look(rest, depth, faults)
                if stopped:
                    self._judge(frontier[at:] + found, stopped)
                    break
        if risen:
            beyond.setdefault(depth + 1, {}).update(
                (state, origin) for state, origin in risen.items() if state not in beyond.get(depth + 1, {})
            )
        return found

    def _expand_slice(
        self, part: Sequence[int], parents: dict[int, int], found: list[int], risen: dict[int, int]
    ) -> None:
        push = found.append
        plans = [(group.mask, group.memo, group) for group in self._groups]
        for state in part:
            live = False
            for mask, memo, group in plans:
                entry = memo.get(state & mask)
                if entry is None:
                    entry = self._meet(group, state)
                    if group.mask != mask:
                        plans = [(group.mask, group.memo, group) for group in self._groups]
                entry.hits += 1
                deltas = entry.deltas
                if deltas:
                    live = True
                    if group.fault:
                        for delta in deltas:
                            after = state + delta
                            if after not in parents and after not in risen:
                                risen[after] = state
                    else:
                        for delta in deltas:
                            after = state + delta
                            if after not in parents:
                                parents[after] = state
                                push(after)
            if not live and self.graph.stuck is None:
                self._consider_stuck(state)

    def _meet(self, group: _Group, state: int) -> _Entry:
        """Judge what a group sees of a state for the first time, and remember it."""
        deltas, events, bounded = [], [], 0
        for number, table in group.events:
            leaf = table.leaf(state)
            if isinstance(leaf, Step):
                deltas.append(leaf.apply(state) - state)
                events.append(number)
                for step in leaf.violated:
                    bound = self.graph.tables.steps[step]
                    self.graph.alarms.setdefault(bound, Alarm(state, number))
            elif isinstance(leaf, Disabled) and leaf.bounded:
                bounded += 1
        for bound, table in group.predicates:
            if table.leaf(state) is self._watched[bound][1]:
                self.graph.alarms.setdefault(bound, Alarm(state))
        reach = group.reach()
        if reach & ~group.mask or len(group.memo) >= CAPACITY:
            self._grown = self._grown or bool(reach & ~group.mask)
            self._forget(group)
            group.mask |= reach
        entry = _Entry(tuple(deltas), tuple(events), bounded)
        group.memo[state & group.mask] = entry
        return entry

    def _leads_on(self, frontier: Sequence[int]) -> bool:
        """Whether anything new lies one step beyond."""
        parents = self.graph.parents
        return any(after not in parents for state in frontier for _, after in self.graph.successors(state))

    def _judge(self, rest: Sequence[int], why: str) -> None:
        """Stop: judge the states that were found and will not be expanded."""
        graph = self.graph
        graph.stopped = why
        graph.unexpanded = len(rest)
        for state in rest:
            for bound, (table, sought) in self._watched.items():
                if bound not in graph.alarms and table.leaf(state) is sought:
                    graph.alarms[bound] = Alarm(state)

    def _consider_stuck(self, state: int) -> None:
        if not self.graph.model.is_final(state) and not self.graph.is_bounded(state):
            self.graph.stuck = state

    def _slice(self) -> int:
        most = self.limits.max_states
        if most is not None and most - len(self.graph.parents) < SLICE * 16:
            return 1
        return SLICE

    def _look(self, frontier: int, depth: int, faults: int) -> str:
        """Why to stop now, or nothing."""
        limits, states = self.limits, len(self.graph.parents)
        seconds = time.perf_counter() - self._started
        if self._progress is not None:
            self._progress(Progress(states, frontier, depth, faults, seconds))
        if limits.max_states is not None and states >= limits.max_states:
            return f"max_states={limits.max_states}"
        if limits.timeout is not None and seconds >= limits.timeout:
            return f"timeout={limits.timeout:g}s"
        if limits.max_memory is not None and _peak_memory() >= limits.max_memory:
            return f"max_memory={limits.max_memory}"
        return ""

    def _regroup(self) -> None:
        """Put events and predicates of similar reach together; done again when a reach has grown."""
        self._flush()
        self._grown = False
        tables, groups = self.graph.tables, list[_Group]()
        for number, table in enumerate(tables.events):
            fault = tables.model.events[number].action.fault
            _home(groups, table.mask, fault).events.append((number, table))
        for bound, (table, _) in self._watched.items():
            _home(groups, table.mask, fault=False).predicates.append((bound, table))
        for group in groups:
            group.mask = group.reach()
        self._groups = groups

    def _flush(self) -> None:
        for group in self._groups:
            self._forget(group)

    def _forget(self, group: _Group) -> None:
        """Add up what a group's memory counted, and empty it in place."""
        graph = self.graph
        for entry in group.memo.values():
            graph.transitions += entry.hits * len(entry.deltas)
            graph.bounded += entry.hits * entry.bounded
            for number in entry.events:
                graph.enabled[number] += entry.hits
        group.memo.clear()


def explore(
    model: Model,
    limits: Limits = Limits(),
    progress: Callable[[Progress], None] | None = None,
) -> Graph:
    """The reachable states of a model, breadth-first, fewest faults first.

    Args:
        model: what to explore.
        limits: where to end early.
        progress: called now and then.

    Returns:
        The graph; `stopped` says whether and why it is not whole.

    Raises:
        SpecError: where a body that a reached state meets is wrong.
    """
    return Explorer(model, limits, progress).explore()


def _home(groups: list[_Group], mask: int, fault: bool) -> _Group:
    """The first group that a table of this reach may join, or a new one."""
    for group in groups:
        if group.fault == fault:
            joined = group.mask | mask
            wider = joined.bit_count() - min(group.mask.bit_count(), mask.bit_count())
            if joined.bit_count() <= NARROW or wider <= ALIKE:
                group.mask = joined
                return group
    groups.append(_Group(fault, mask=mask))
    return groups[-1]


def _peak_memory() -> int:
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
