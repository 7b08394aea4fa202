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
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fsm.capture import Bound, Tables
from fsm.graph import Alarm, Graph, Stage
from fsm.limits import NO_LIMITS, Limits, Progress, peak_memory
from fsm.model import Kind, Model
from fsm.tables import Disabled, Step, Table

SLICE = 1024  #: states between two looks at the clock
NARROW = 12  #: bits up to which groups are merged freely
ALIKE = 3  #: bits by which the members of a wider group may differ
CAPACITY = 1 << 19  #: entries that a group remembers at most


@dataclass
class _Group:
    """Events and predicates of similar reach, and what is remembered of the states that look the same.

    Args:
        fault: whether its events are faults.
        memo: for each look (`state & mask`) the distinct differences that its events make; `(0,)` where
            they all lead back, none where none is enabled.
        told: for each look the enabled events, and how many a `limit` stops.
        hits: how often each look was met.
    """

    fault: bool
    events: list[tuple[int, Table]] = field(default_factory=list)
    predicates: list[tuple[Bound, Table]] = field(default_factory=list)
    mask: int = 0
    memo: dict[int, tuple[int, ...]] = field(default_factory=dict)
    told: dict[int, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    hits: Counter[int] = field(default_factory=Counter)

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
        progress: called now and then.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits = NO_LIMITS,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.graph = Graph(Tables(model))
        self.limits = limits
        self._progress = progress
        self._started = time.perf_counter()
        self._grown = True
        self._expanded = 0
        self._cost = (0, 0)  #: the faults and the steps that lead to the states that are looked at
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
        graph.unexpanded = len(graph.parents) - self._expanded
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
            self._cost = faults, depth
            most = self.limits.max_depth
            if most is not None and depth >= most and self._leads_on(frontier):
                graph.stopped = f"max_depth={most}"
                self._judge(frontier)
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
        graph, parents = self.graph, self.graph.parents
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
            self._expanded += len(part)
            rest = len(frontier) - at + len(found)
            if rest or risen:
                graph.stopped = self._look(rest, depth, faults)
                if graph.stopped:
                    self._judge(frontier[at:])
                    if found:
                        graph.stages.append(Stage(len(parents) - len(found), faults, depth + 1))
                        self._cost = faults, depth + 1
                        self._judge(found)
                    break
        if risen:
            beyond.setdefault(depth + 1, {}).update(
                (state, origin) for state, origin in risen.items() if state not in beyond.get(depth + 1, {})
            )
        return found

    def _expand_slice(
        self, part: Sequence[int], parents: dict[int, int], found: list[int], risen: dict[int, int]
    ) -> None:
        """Expand some states, group by group: what follows from a look is worked out once."""
        push = found.append
        for group in self._groups:
            looks = self._look_at(group, part)
            if not group.events:
                continue
            differences = map(group.memo.__getitem__, looks)
            if group.fault:
                for state, deltas in zip(part, differences, strict=True):
                    for delta in deltas:
                        after = state + delta
                        if after not in parents and after not in risen:
                            risen[after] = state
            else:
                for state, deltas in zip(part, differences, strict=True):
                    for delta in deltas:
                        after = state + delta
                        if after not in parents:
                            parents[after] = state
                            push(after)
        if self.graph.stuck is None:
            self._find_stuck(part)

    def _look_at(self, group: _Group, part: Sequence[int]) -> list[int]:
        """What a group sees of some states; afterwards all of it is in its memory."""
        memo, hits = group.memo, group.hits
        if len(memo) + len(part) > CAPACITY:
            self._forget(group)
        mask = group.mask
        looks = [state & mask for state in part]
        hits.update(looks)
        if len(hits) > len(memo):
            for state, look in zip(part, looks, strict=True):
                if look not in memo:
                    self._meet(group, state)
                    reach = group.reach()
                    if reach & ~mask:
                        hits.subtract(looks)
                        self._forget(group)
                        group.mask |= reach
                        self._grown = True
                        return self._look_at(group, part)
        return looks

    def _meet(self, group: _Group, state: int) -> None:
        """Judge what a group sees of a state for the first time, and remember it."""
        deltas, events, bounded = dict[int, None](), [], 0
        for number, table in group.events:
            leaf = table.leaf(state)
            if isinstance(leaf, Step):
                deltas[leaf.apply(state) - state] = None
                events.append(number)
                for step in leaf.violated:
                    self._alarm(self.graph.tables.steps[step], state, number)
            elif isinstance(leaf, Disabled) and leaf.bounded:
                bounded += 1
        for bound, table in group.predicates:
            if table.leaf(state) is self._watched[bound][1]:
                self._alarm(bound, state)
        if len(deltas) > 1:
            deltas.pop(0, None)
        look = state & group.mask
        group.memo[look] = tuple(deltas)
        group.told[look] = tuple(events), bounded

    def _alarm(self, bound: Bound, state: int, event: int | None = None) -> None:
        """Keep the alarm that takes the fewest faults, and then steps, of what a predicate says."""
        faults, steps = self._cost
        if event is not None:
            faults, steps = faults + self.graph.model.events[event].action.fault, steps + 1
        known = self.graph.alarms.get(bound)
        if known is None or (faults, steps) < known.cost:
            self.graph.alarms[bound] = Alarm(state, event, (faults, steps))

    def _leads_on(self, frontier: Sequence[int]) -> bool:
        """Whether anything new lies one step beyond."""
        parents = self.graph.parents
        return any(after not in parents for state in frontier for _, after in self.graph.successors(state))

    def _judge(self, rest: Sequence[int]) -> None:
        """Judge states that were found and will not be expanded."""
        for state in rest:
            for bound, (table, sought) in self._watched.items():
                if bound not in self.graph.alarms and table.leaf(state) is sought:
                    self._alarm(bound, state)

    def _find_stuck(self, part: Sequence[int]) -> None:
        idle = part
        for group in self._groups:
            if group.events:
                memo, mask = group.memo, group.mask
                idle = [state for state in idle if not memo[state & mask]]
        graph = self.graph
        for state in idle:
            if not graph.model.is_final(state) and not graph.is_bounded(state):
                graph.stuck = state
                return

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
        if limits.max_states is not None and states > limits.max_states:
            return f"max_states={limits.max_states}"
        if limits.timeout is not None and seconds >= limits.timeout:
            return f"timeout={limits.timeout:g}s"
        if limits.max_memory is not None and peak_memory() >= limits.max_memory:
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
        for look, (events, bounded) in group.told.items():
            count = group.hits[look]
            graph.transitions += count * len(events)
            graph.bounded += count * bounded
            for number in events:
                graph.enabled[number] += count
        group.memo.clear()
        group.told.clear()
        group.hits.clear()


def explore(
    model: Model,
    limits: Limits = NO_LIMITS,
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
