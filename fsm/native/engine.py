"""The native engine: batches of states through the kernel, bodies run where the kernel has not been.

Theory of operation. A batch of states walks the forest; the entries that were empty are filled by running
bodies, and the batch goes on where it stopped. What follows is looked up in the table, and what is new gets
its places in the order that all engines keep. With two workers each expands half of the batch, and each
looks up the successors whose shards are its own; so no two ever write to one place, and the result is the
same as with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from fsm.engine import Watch, alarm, blame, watched
from fsm.errors import SpecError
from fsm.graph import Found, Graph, Listed
from fsm.native.backward import ArrayBackward
from fsm.native.crew import Crew
from fsm.native.finality import Finality
from fsm.native.forest import Bundle, Forest, Tree
from fsm.native.renaming import Renamer
from fsm.native.slots import find, settle
from fsm.native.visited import Desk, Visited, unpacked
from fsm.native.walk import Walk
from fsm.packing import Layout
from fsm.symmetry import Symmetry
from fsm.tables import Step

REGION = 1 << 16  #: successors that a worker lays out at once, beside those of one state
BATCH = 1 << 13  #: states that a worker expands at once at most
REPLANT = 16  #: the places at which forests are planted anew grow by this factor
PRUNED = 256  #: leaves up to which a promise is looked at as a whole, to see that nothing can break it


class Native:
    """An engine; see `fsm.engine.Engine`.

    Args:
        graph: where alarms and counts go.
        workers: how many cores to use, 1 or 2.
        symmetry: what to explore up to, if anything.
        most: how many states there can be.
    """

    name = "native"

    def __init__(
        self, graph: Graph, workers: int = 1, symmetry: Symmetry | None = None, most: int = 1 << 32
    ) -> None:
        self.graph = graph
        self.words = graph.model.layout.words
        self.visited = Visited(self.words, most)
        self._crew = Crew(workers)
        self._watches = [watch for watch in watched(graph.tables) if not _cannot_speak(watch)]
        self._planted = 0  #: how many leaves the tables had when the forests were planted
        self._replant_at = REPLANT
        self._plant()
        self._region = REGION + len(graph.model.events) + len(self._watches) + 2
        self._out = self._rows(self._region * workers)
        self._ends = np.empty(BATCH * workers, np.int64)
        self._fresh = [np.empty(self._region * workers, np.int64) for _ in range(workers)]
        self._desks = [Desk() for _ in range(workers)]
        self._sorting = np.empty(self._region * workers, np.int64)
        self._finality = Finality(graph.model)
        self._stuck = -1  #: the place of the first stuck state
        self._renamer = Renamer(symmetry) if symmetry is not None else None

    def _rows(self, count: int) -> Any:
        return np.empty((count,) if self.words == 1 else (count, self.words), np.int64)

    def _plant(self) -> None:
        """Make the forests, by what is known of the tables; done again when more is known."""
        faults = [event.action.fault for event in self.graph.model.events]
        about_states = [watch for watch in self._watches if watch.event is None]
        about_steps = [watch for watch in self._watches if watch.event is not None]
        self._steps = self._walks(self._watches, [n for n, fault in enumerate(faults) if not fault])
        self._faults = self._walks(about_steps, [n for n, fault in enumerate(faults) if fault])
        self._judging = self._walks(about_states, [])
        self._planted = self._leaves()

    def _leaves(self) -> int:
        return sum(table.leaves for table in self.graph.tables.all())

    def _replant(self, place: int) -> None:
        """Plant the forests anew, now and then, if the tables have grown."""
        if place < self._replant_at:
            return
        self._replant_at = place * REPLANT
        if self._leaves() > self._planted:
            self.settle()
            self._plant()

    def _walks(self, watches: Sequence[Watch], events: Sequence[int]) -> list[Walk]:
        tables = self.graph.tables
        trees = [Tree(tables.events[number], number) for number in events]
        trees += [
            Tree(watch.table, watch.event, watch.sought, watch)
            for watch in watches
            if watch.event is None or watch.event in events
        ]
        forest = Forest(self.graph.model.layout, trees, self.words)
        return [Walk(forest) for _ in range(self._crew.size)]

    @property
    def states(self) -> Found:
        """See `Engine`."""
        return self.visited

    def add(self, states: Iterable[int]) -> None:
        """See `Engine`."""
        self.visited.add(list(states))

    def take_over(self, states: Listed) -> None:
        """Go on where another engine has come to."""
        places = {state: place for place, state in enumerate(states)}
        origins = [places[states.origins[state]] for state in states]
        self.visited.load(unpacked(states, self.words), np.array(origins, np.uint32))

    def export(self, first: int) -> tuple[bytes, bytes]:
        """See `Engine`."""
        visited = self.visited
        states, origins = visited.states[first : visited.size], visited.origins[first : visited.size]
        return states.astype("<i8", copy=False).tobytes(), origins.astype("<u4", copy=False).tobytes()

    def restore(self, states: bytes, origins: bytes) -> None:
        """See `Engine`."""
        rows = np.frombuffer(states, "<i8").astype(np.int64)
        shape = (-1,) if self.words == 1 else (-1, self.words)
        self.visited.load(rows.reshape(shape), np.frombuffer(origins, "<u4"))

    def expand(self, first: int, last: int) -> int:
        """See `Engine`."""
        self._replant(first)
        return self._advance(self._steps, first, last)

    def follow(self, first: int, last: int) -> int:
        """See `Engine`."""
        return self._advance(self._faults, first, last)

    def account(self, first: int, last: int) -> bool:
        """See `Engine`."""
        return self._look_ahead(self._faults[0], first, last, counting=True)

    def leads_on(self, first: int, last: int) -> bool:
        """See `Engine`."""
        walks = (self._steps[0], self._faults[0])
        return any(self._look_ahead(walk, first, last, counting=False) for walk in walks)

    def judge(self, first: int, last: int) -> None:
        """See `Engine`."""
        walk = self._judging[0]
        while first < last:
            first, _ = self._walk_on(walk, first, last, 0, self._ends, counting=True)

    def backward(self) -> ArrayBackward:
        """See `Engine`."""
        return ArrayBackward(self.graph, self.visited, self._all_steps)

    def _all_steps(self) -> Iterator[tuple[int, int, Any, Any]]:
        """The steps that are no faults from all states that were expanded; see `ArrayBackward`."""
        visited, walk = self.visited, self._steps[0]
        numbers, targets = visited.numbers(), np.empty(self._region, np.int64)
        first, last = 0, len(visited) - self.graph.unexpanded
        while first < last and walk.forest.trees_in:
            end, filled = self._walk_on(walk, first, last, 0, self._ends, counting=False)
            if self._renamer is not None:
                self._renamer.rename(self._out, 0, filled)
            find(
                self._out, 0, filled, visited.table, visited.window, visited.capacities, visited.states,
                numbers, targets,
            )  # fmt: skip
            yield first, end - first, targets[:filled], self._ends
            first = end

    def settle(self) -> None:
        """See `Engine`."""
        graph = self.graph
        for walk in (*self._steps, *self._faults, *self._judging):
            for bundle, hits, place in walk.tally():
                graph.bounded += hits * bundle.bounded
                for event in bundle.events:
                    graph.enabled[event] += hits
                for tree in bundle.told:
                    assert tree.watch is not None
                    alarm(graph, tree.watch.bound, self.visited[place], place, tree.event)

    def _advance(self, walks: Sequence[Walk], first: int, last: int) -> int:
        """Take steps from a batch of places; returns the place that it has come to."""
        if not walks[0].forest.trees_in:
            return last
        workers = self._crew.muster(last - first)
        size = min(last - first, BATCH * workers)
        part = -(-size // workers)
        spans = [(at, min(first + size, at + part)) for at in range(first, first + size, part)]
        reached = [at for at, _ in spans]
        filled = [worker * self._region for worker in range(len(spans))]
        begun = first
        while True:
            self._expand(walks, first, spans, reached, filled)
            if reached[0] == spans[0][1] or len(spans) == 1:
                break
            self._keep(first, begun, [(0, filled[0])])  # the others have to wait for the rest of the first
            begun, filled[0] = reached[0], 0
        regions = [(worker * self._region, end) for worker, end in enumerate(filled)]
        self._keep(first, begun, regions)
        self._crew.report(reached[-1] - first)
        return reached[-1]

    def _expand(
        self,
        walks: Sequence[Walk],
        first: int,
        spans: Sequence[tuple[int, int]],
        reached: list[int],
        filled: list[int],
    ) -> None:
        """Let each worker expand its span until it is done or has no more room."""
        bounds = [(worker + 1) * self._region for worker in range(len(spans))]
        active = [worker for worker, (_, end) in enumerate(spans) if reached[worker] < end]
        while active:
            self._crew.together(
                *(
                    partial(
                        self._take, walks[worker], reached[worker], spans[worker][1], bounds[worker],
                        filled[worker], self._ends[reached[worker] - first :],
                    )
                    for worker in active
                )
            )  # fmt: skip
            again = []
            for worker in active:
                walk, begin, start = walks[worker], reached[worker], filled[worker]
                reached[worker] += walk.done
                filled[worker] = self._after(walk, begin, start, first, spans[-1][1])
                if walk.missing:
                    again.append(worker)
            active = again

    def _take(self, walk: Walk, first: int, last: int, bound: int, filled: int, ends: Any) -> None:
        """One worker's part."""
        out = self._out[:bound]
        tell_idle = self._stuck < 0 or first < self._stuck
        walk.take(self.visited.states, first, last, out, filled, ends, True, tell_idle)
        if self._renamer is not None:
            self._renamer.rename(out, filled, walk.filled)

    def _after(self, walk: Walk, begin: int, start: int, first: int, last: int) -> int:
        """What a walk leaves to be done in Python; returns the end of its successors."""
        filled = walk.filled
        try:
            self._find_stuck(walk.idle)
            called = list(walk.calls())
            if called:
                filled = self._call(called, begin, start, filled, self._ends[begin - first :][: walk.done])
                if self._renamer is not None:
                    self._renamer.rename(self._out, start, filled)
            if walk.missing:
                walk.fill(self.visited.states)
        except SpecError as error:
            raise blame(self.graph, first, last, error) from error.__cause__
        return filled

    def _keep(self, first: int, begun: int, regions: Sequence[tuple[int, int]]) -> None:
        """Look successors up, and give places to those that are new.

        Args:
            first, begun: the first place of the batch, and the first one that these come from.
            regions: where they lie.
        """
        visited = self.visited
        coming = sum(end - start for start, end in regions)
        visited.make_room(coming)
        owners = self._crew.at_work
        counts = [0] * owners
        self._crew.together(
            *(partial(self._insert, owner, owners, regions, counts) for owner in range(owners))
        )
        visited.touch(sum(counts))
        more = (self._fresh[1], counts[1]) if owners > 1 else (self._fresh[0], 0)
        visited.size = settle(
            self._out, self._ends[begun - first :], begun, self._fresh[0], counts[0], *more,
            visited.states, visited.origins, visited.size, visited.table, visited.window,
            visited.capacities, self._sorting,
        )  # fmt: skip

    def _insert(self, owner: int, owners: int, regions: Sequence[tuple[int, int]], counts: list[int]) -> None:
        desk, fresh = self._desks[owner], self._fresh[owner]
        for start, end in regions:
            _, counts[owner] = self.visited.look_up(
                desk, self._out, start, end, fresh, counts[owner], owner, owners
            )

    def _walk_on(
        self, walk: Walk, first: int, last: int, filled: int, ends: Any, counting: bool
    ) -> tuple[int, int]:
        """Walk for a batch of places by one worker; returns the place come to and the end of successors."""
        at, last = first, min(last, first + BATCH)
        while at < last:
            out = self._out[: self._region]
            walk.take(self.visited.states, at, last, out, filled, ends[at - first :], counting, False)
            at += walk.done
            before, filled = filled, walk.filled
            missing = walk.missing
            try:
                called = list(walk.calls())
                if called:
                    begin = at - walk.done
                    filled = self._call(called, begin, before, filled, ends[begin - first :][: walk.done])
                if missing:
                    walk.fill(self.visited.states)
            except SpecError as error:
                raise blame(self.graph, first, last, error) from error.__cause__
            if not missing:
                break
        return at, filled

    def _look_ahead(self, walk: Walk, first: int, last: int, counting: bool) -> bool:
        """Whether anything new lies behind some places."""
        found, visited = False, self.visited
        places, nothing = np.empty(self._region, np.int64), np.empty(0, np.uint32)
        while first < last and walk.forest.trees_in:
            first, filled = self._walk_on(walk, first, last, 0, self._ends, counting)
            if self._renamer is not None:
                self._renamer.rename(self._out, 0, filled)
            new = find(
                self._out, 0, filled, visited.table, visited.window, visited.capacities, visited.states,
                nothing, places,
            )  # fmt: skip
            found = found or new > 0
            if found and not counting:
                break
        return found

    def _call(
        self, called: Sequence[tuple[Bundle, int]], begin: int, start: int, filled: int, ends: Any
    ) -> int:
        """Call the bodies whose tables are full, and put what follows in among the successors.

        Args:
            called: the bundles and places.
            begin: the first place.
            start, filled: where the successors of these places begin and end.
            ends: where those of each place end.

        Returns:
            Where they end now.
        """
        graph = self.graph
        more: dict[int, list[int]] = {}
        for bundle, place in called:
            state = self.visited[place]
            for tree in bundle.calls:
                leaf = tree.table.leaf(state)
                if isinstance(leaf, Step):
                    assert tree.event is not None
                    graph.enabled[tree.event] += 1
                    more.setdefault(place, []).append(leaf.apply(state))
                elif tree.watch is not None:
                    if leaf is tree.sought:
                        alarm(graph, tree.watch.bound, state, place, tree.event)
                else:
                    graph.bounded += leaf.bounded  # type: ignore[union-attr]
        if not more:
            return filled
        parts, at, old = [], start, start
        for number, end in enumerate(ends.tolist()):
            extra = more.get(begin + number, [])
            parts.append(self._out[old:end].copy())
            parts.append(unpacked(extra, self.words))
            at, old = at + end - old + len(extra), end
            ends[number] = at
        self._out[start:at] = np.concatenate(parts)
        return at

    def _find_stuck(self, idle: Any) -> None:
        """Look for the first stuck state among those at which nothing but a fault is enabled."""
        if not len(idle):
            return
        rows = self.visited.states[idle]
        idle = idle[~self._finality.among(rows)]
        if len(idle) and self._faults[0].forest.trees_in:
            rows = np.ascontiguousarray(self.visited.states[idle])
            walk, out = Walk(self._faults[0].forest), self._rows(self._region)
            idle = idle[np.concatenate([part for part, _ in walk.whole(rows, len(rows), out)])]
        for place in idle.tolist():
            if 0 <= self._stuck < place:
                return
            if self.graph.is_stuck(self.visited[place]):
                self._stuck, self.graph.stuck = place, self.visited[place]
                return


def unfit(layout: Layout) -> str:
    """Why states are not for this engine; empty if they are."""
    for slot in layout.slots:
        if slot.mask.bit_length() > 62:
            return (
                f"`{slot.path}` takes {slot.mask.bit_length()} bits, and the native engine reads 62 at once"
            )
    if layout.words > 256:
        return f"a state takes {layout.words} words, and the native engine takes 256"
    return ""


def _cannot_speak(watch: Watch) -> bool:
    """Whether a promise is kept at every leaf of a table that is small enough to be looked at whole."""
    if watch.event is None:
        return False
    known = watch.table.leaves
    return bool(
        known < PRUNED
        and watch.table.complete(PRUNED)
        and all(leaf is True for _, leaf in watch.table.rows())
    )
