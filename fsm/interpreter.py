"""The engine in pure Python: how states are expanded where nothing is compiled.

Theory of operation. Looking up every event in every state is slow; most events look at a small part of
the state. So events are put into *groups* of similar reach, and each group remembers, for what it can see
of a state (`state & mask`), the differences that its events make (`state + difference` is the successor).
The watched predicates and promises sit in the same memories: what is seen of a state for the first time is
judged then, and since states come in breadth-first order, the first time is on a shortest path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fsm.backward import Backward, ListedBackward
from fsm.engine import Watch, alarm, blame, watched
from fsm.errors import SpecError
from fsm.graph import Graph, Listed
from fsm.runs import ListedRuns, Runs
from fsm.tables import Disabled, Step, Table

SLICE = 1024  #: states that are expanded at once
NARROW = 12  #: bits up to which groups are merged freely
ALIKE = 3  #: bits by which the members of a wider group may differ
CAPACITY = 1 << 19  #: entries that a group remembers at most


@dataclass
class _Group:
    """Events, promises and predicates of similar reach, and what is remembered of states that look the same.

    Args:
        fault: whether its events are faults.
        memo: for each look (`state & mask`) the distinct differences that its events make; `(0,)` where
            they all lead back, none where none is enabled.
        told: for each look the enabled events, and how many a `limit` stops.
        hits: how often each look was met.
    """

    fault: bool
    events: list[tuple[int, Table]] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    mask: int = 0
    memo: dict[int, tuple[int, ...]] = field(default_factory=dict)
    told: dict[int, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    hits: Counter[int] = field(default_factory=Counter)

    def reach(self) -> int:
        """The bits that its tables are known to depend on or to change."""
        mask = 0
        for _, table in self.events:
            mask |= table.mask
        for watch in self.watches:
            mask |= watch.table.mask
        return mask


class Interpreter:
    """An engine; see `fsm.engine.Engine`.

    Args:
        graph: where alarms and counts go.
        canonical: the form of a state in which it is kept, where states are explored up to renaming.
    """

    name = "python"
    full = ""  #: see `Engine`; memory is what bounds it

    def __init__(self, graph: Graph, canonical: Callable[[int], int] | None = None) -> None:
        self.graph = graph
        self.states = Listed()
        self._canonical = canonical
        self._grown = True
        self._groups: list[_Group] = []
        self._watched = tuple(watched(graph.tables))

    def add(self, states: Iterable[int]) -> None:
        """See `Engine`."""
        for state in states:
            if state not in self.states.origins:
                self.states.origins[state] = state
                self.states.append(state)

    def take_over(self, states: Listed) -> None:
        """See `Engine`."""
        self.states = states

    def export(self, first: int) -> tuple[bytes, bytes]:
        """See `Engine`."""
        width = 8 * self.graph.model.layout.words
        states = b"".join(state.to_bytes(width, "little") for state in self.states[first:])
        origins = (self.states.origin(place) for place in range(first, len(self.states)))
        return states, b"".join(origin.to_bytes(4, "little") for origin in origins)

    def restore(self, states: bytes, origins: bytes) -> None:
        """See `Engine`."""
        width, found = 8 * self.graph.model.layout.words, self.states
        found += (int.from_bytes(states[at : at + width], "little") for at in range(0, len(states), width))
        for place, state in enumerate(found):
            origin = int.from_bytes(origins[4 * place : 4 * place + 4], "little")
            found.origins[state] = found[origin]

    def expand(self, first: int, last: int) -> int:
        """See `Engine`."""
        last = min(last, first + SLICE)
        self._visit(first, last, fault=False, follow=True)
        return last

    def follow(self, first: int, last: int) -> int:
        """See `Engine`."""
        last = min(last, first + SLICE)
        self._visit(first, last, fault=True, follow=True)
        return last

    def account(self, first: int, last: int) -> bool:
        """See `Engine`."""
        found = [
            self._visit(at, min(last, at + SLICE), fault=True, follow=False)
            for at in range(first, last, SLICE)
        ]
        return any(found)  # not before all are counted

    def leads_on(self, first: int, last: int) -> bool:
        """See `Engine`."""
        canonical = self._canonical or (lambda state: state)
        known = self.states.origins
        return any(
            canonical(after) not in known
            for state in self.states[first:last]
            for _, after in self.graph.successors(state)
        )

    def judge(self, first: int, last: int) -> None:
        """See `Engine`."""
        for place in range(first, last):
            for watch in self._watched:
                if watch.event is None and watch.bound not in self.graph.alarms:
                    self._ask(watch, self.states[place], place)

    def backward(self) -> Backward:
        """See `Engine`."""
        return ListedBackward(self.graph)

    def runs(self) -> Runs:
        """See `Engine`."""
        return ListedRuns(self.graph)

    def settle(self) -> None:
        """See `Engine`."""
        for group in self._groups:
            self._forget(group)

    def _visit(self, first: int, last: int, fault: bool, follow: bool) -> bool:
        """Expand the states at some places; the answer is whether something new lies behind them."""
        part = self.states[first:last]
        if self._grown:
            self._regroup()
        groups = [group for group in self._groups if group.fault == fault]
        try:
            looks = [self._look_at(group, part, first) for group in groups]
            if not fault and self.graph.stuck is None:
                self._find_stuck(part)
        except SpecError as error:
            raise blame(self.graph, first, last, error) from error.__cause__
        columns = [
            map(group.memo.__getitem__, look)
            for group, look in zip(groups, looks, strict=True)
            if group.events
        ]
        if not columns:
            return False
        if not follow:
            return self._finds(part, columns)
        if self._canonical is not None:
            self._push_canonical(part, columns, self._canonical)
        else:
            self._push(part, columns)
        return True

    def _push(self, part: Sequence[int], columns: Sequence[Iterable[tuple[int, ...]]]) -> None:
        """Keep what is new after some states, by the state that it comes from and then by its number."""
        states, origins = self.states, self.states.origins
        push = states.append
        for state, rows in zip(part, zip(*columns, strict=True), strict=True):
            new = 0
            for deltas in rows:
                for delta in deltas:
                    after = state + delta
                    if after not in origins:
                        origins[after] = state
                        push(after)
                        new += 1
            if new > 1:
                states[-new:] = sorted(states[-new:])

    def _push_canonical(
        self,
        part: Sequence[int],
        columns: Sequence[Iterable[tuple[int, ...]]],
        canonical: Callable[[int], int],
    ) -> None:
        """The same, up to renaming."""
        states, origins = self.states, self.states.origins
        for state, rows in zip(part, zip(*columns, strict=True), strict=True):
            found = {canonical(state + delta) for deltas in rows for delta in deltas}
            for after in sorted(found):
                if after not in origins:
                    origins[after] = state
                    states.append(after)

    def _finds(self, part: Sequence[int], columns: Sequence[Iterable[tuple[int, ...]]]) -> bool:
        canonical = self._canonical or (lambda state: state)
        origins = self.states.origins
        return any(
            canonical(state + delta) not in origins
            for state, rows in zip(part, zip(*columns, strict=True), strict=True)
            for deltas in rows
            for delta in deltas
        )

    def _look_at(self, group: _Group, part: Sequence[int], first: int) -> list[int]:
        """What a group sees of some states; afterwards all of it is in its memory."""
        memo, hits = group.memo, group.hits
        if len(memo) + len(part) > CAPACITY:
            self._forget(group)
        mask = group.mask
        looks = [state & mask for state in part]
        hits.update(looks)
        if len(hits) > len(memo):
            reach = self._meet_new(group, part, looks, first)
            if reach & ~mask:
                hits.subtract(looks)
                self._forget(group)
                group.mask |= reach
                self._grown = True
                return self._look_at(group, part, first)
        return looks

    def _meet_new(self, group: _Group, part: Sequence[int], looks: Sequence[int], first: int) -> int:
        """Meet those of some states that look new to a group, up to one that shows it to see too little.

        Returns:
            The bits that its tables turn out to depend on or to change; its mask, if it sees enough.
        """
        memo, mask, state = group.memo, group.mask, 0
        try:
            for place, (state, look) in enumerate(zip(part, looks, strict=True), first):
                if look not in memo:
                    reach = self._meet(group, state, place)
                    if reach & ~mask:
                        return reach
        except SpecError as error:
            error.state = state
            raise
        return mask

    def _meet(self, group: _Group, state: int, place: int) -> int:
        """Judge what a group sees of a state for the first time, and remember it; returns its reach now."""
        deltas, events, bounded, reach = dict[int, None](), [], 0, 0
        for number, table in group.events:
            leaf = table.leaf(state)
            reach |= table.mask
            if isinstance(leaf, Step):
                deltas[leaf.apply(state) - state] = None
                events.append(number)
            elif isinstance(leaf, Disabled) and leaf.bounded:
                bounded += 1
        for watch in group.watches:
            self._ask(watch, state, place)
            reach |= watch.table.mask
        if len(deltas) > 1:
            deltas.pop(0, None)
        look = state & group.mask
        group.memo[look] = tuple(deltas)
        group.told[look] = tuple(events), bounded
        return reach

    def _ask(self, watch: Watch, state: int, place: int) -> None:
        if watch.table.leaf(state) is watch.sought:
            alarm(self.graph, watch.bound, state, place, watch.event)

    def _find_stuck(self, part: Sequence[int]) -> None:
        idle = part
        for group in self._groups:
            if group.events and not group.fault:
                memo, mask = group.memo, group.mask
                idle = [state for state in idle if not memo[state & mask]]
        graph = self.graph
        for state in idle:
            if graph.is_stuck(state):
                graph.stuck = state
                return

    def _regroup(self) -> None:
        """Put what has a similar reach together; done again when a reach has grown."""
        self.settle()
        self._grown = False
        tables, groups = self.graph.tables, list[_Group]()
        events = tables.model.events
        for number, table in enumerate(tables.events):
            _home(groups, table.mask, events[number].action.fault).events.append((number, table))
        for watch in self._watched:
            fault = watch.event is not None and events[watch.event].action.fault
            _home(groups, watch.table.mask, fault).watches.append(watch)
        for group in groups:
            group.mask = group.reach()
        self._groups = groups

    def _forget(self, group: _Group) -> None:
        """Add up what a group's memory counted, and empty it in place."""
        graph = self.graph
        for look, (events, bounded) in group.told.items():
            count = group.hits[look]
            graph.bounded += count * bounded
            for number in events:
                graph.enabled[number] += count
        group.memo.clear()
        group.told.clear()
        group.hits.clear()


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
