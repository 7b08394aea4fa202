"""Batches: states walk the forest, what follows is looked up, what is new gets its place.

With two workers each expands half of a batch, into a region of its own, and each looks up the successors
whose shards are its own; so no two ever write to one place. Regions are gone through in their order, so the
result is the same as with one worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from fsm.engine import blame
from fsm.errors import SpecError
from fsm.graph import Graph
from fsm.native.calls import call, put_in
from fsm.native.crew import Crew
from fsm.native.desk import Desk
from fsm.native.diamonds import BLIND, UNKNOWN, Past
from fsm.native.forest import Bundle
from fsm.native.renaming import Renamer
from fsm.native.room import region_of, room_of
from fsm.native.settling import settle
from fsm.native.visited import Visited
from fsm.native.walk import Walk
from fsm.native.weaving import weave


class Region(NamedTuple):
    """Successors that lie side by side: from a row to a row, and the place that the first ones come from."""

    start: int
    end: int
    place: int


FILLED = 0.9  #: of its region that a worker should fill


class Expansion:
    """What batches need, and how they are done.

    Args:
        graph: where alarms and counts go.
        visited: the states.
        crew: who does the work.
        trees: how many trees a walk has at most.
        renamer: brings states into canonical form, if they are explored up to renaming.
    """

    def __init__(
        self, graph: Graph, visited: Visited, crew: Crew, trees: int, renamer: Renamer | None
    ) -> None:
        self.graph = graph
        self.visited = visited
        self._crew = crew
        self._renamer = renamer
        self.since = 0  #: see `Past`
        self._trees = trees
        self._room = room_of(0, trees, visited.words, crew.size)
        self._spread = 0.0  #: how many successors a state had in the last batch

    @property
    def most_news(self) -> int:
        """How many states the next batch can find; where there is no place for more, one worker does it."""
        return region_of(len(self.visited), self._trees, self._crew.size)

    def _make_room(self) -> None:
        """Have more room where more states are known, if there is; to be called between two batches."""
        known = len(self.visited)
        if region_of(known, self._trees, self._crew.size) > self._room.region:
            with suppress(MemoryError):
                self._room = room_of(known, self._trees, self.visited.words, self._crew.size)

    def _muster(self, states: int) -> tuple[int, int]:
        """How many workers do the next batch, and of how many of so many states.

        The first of two goes on until its part is done, however much that finds, and the other one waits; so
        there have to be places for all of it, and a part should not find more than its region holds.
        """
        room, most = self._room, 2 * (self._trees + 2)  # a state's successors; see `kernel.expand`
        size = min(states, room.states * self._crew.size)
        alone = len(self.visited) + size * most > self.visited.most
        workers = self._crew.muster(states, alone)
        if workers > 1 and self._spread:
            size = min(size, max(workers, int(FILLED * workers * room.region / self._spread)))
        return workers, min(size, room.states * workers)

    def advance(
        self,
        walks: Sequence[Walk],
        first: int,
        last: int,
        idle: Callable[[Any], None] | None = None,
        seeing: bool = False,
    ) -> int:
        """Take steps from a batch of places.

        Args:
            walks: a way through the forest for each worker.
            first, last: the places; a batch may end before the last one.
            idle: told of the places at which nothing is enabled.
            seeing: whether to leave out what the past tells; see `diamonds`.

        Returns:
            The place that it has come to.

        Raises:
            SpecError: the first mistake in the order of places.
        """
        self.visited.arrange()
        self._make_room()
        room = self._room
        workers, size = self._muster(last - first)
        part = -(-size // workers)
        spans = [(at, min(first + size, at + part)) for at in range(first, first + size, part)]
        for desk in room.desks:
            desk.clear(len(room.out), workers)
        reached = [at for at, _ in spans]
        filled = [worker * room.region for worker in range(len(spans))]
        begun, laid_out = first, 0
        visited = self.visited
        seeing = seeing and (self._renamer is None or self._renamer.least)
        past = Past(True, self.since, visited.origins, visited.came, room.goes) if seeing else BLIND
        goes = room.goes if seeing else room.unknown
        while True:
            self._expand(walks, first, spans, reached, filled, idle, past)
            if reached[0] == spans[0][1] or len(spans) == 1:
                break
            # the others have to wait for the rest of the first
            self._keep(first, [Region(0, filled[0], begun)], goes)
            laid_out += filled[0]
            begun, filled[0] = reached[0], 0
            room.desks[0].clear(len(room.out), workers)
        regions = [
            Region(worker * room.region, end, begun if worker == 0 else spans[worker][0])
            for worker, end in enumerate(filled)
        ]
        self._keep(first, regions, goes)
        if seeing:
            visited.leave(reached[-1])
        laid_out += sum(region.end - region.start for region in regions)
        self._spread = laid_out / max(1, reached[-1] - first)
        self._crew.report(reached[-1] - first)
        return reached[-1]

    def _expand(
        self,
        walks: Sequence[Walk],
        first: int,
        spans: Sequence[tuple[int, int]],
        reached: list[int],
        filled: list[int],
        idle: Callable[[Any], None] | None,
        past: Past,
    ) -> None:
        """Let each worker expand its span until it is done or has no more room."""
        room = self._room
        active = [worker for worker, (_, end) in enumerate(spans) if reached[worker] < end]
        while active:
            jobs = [
                partial(
                    self._take, room.desks[worker], walks[worker], reached[worker], spans[worker][1],
                    (worker + 1) * room.region, filled[worker], room.ends[reached[worker] - first :],
                    True, idle is not None, past,
                )
                for worker in active
            ]  # fmt: skip
            self._crew.together(*jobs)
            self._fill([walks[worker] for worker in active], first, spans[-1][1])
            again = []
            for worker in active:
                walk, begin, start = walks[worker], reached[worker], filled[worker]
                reached[worker] += walk.done
                if walk.late and reached[worker] < spans[worker][1]:
                    again.append(worker)
                ends = room.ends[begin - first :][: walk.done]
                filled[worker] = self._after(
                    walk, begin, start, ends, (first, spans[-1][1]), True, idle, room.desks[worker],
                    (worker + 1) * room.region, past,
                )  # fmt: skip
            active = again

    def _fill(self, walks: Sequence[Walk], first: int, last: int) -> None:
        """Fill what the workers met empty; one may wait for what another one has asked for."""
        try:
            for walk in walks:
                if walk.missing:
                    walk.fill(self.visited.states)
        except SpecError as error:
            raise blame(self.graph, first, last, error) from error.__cause__

    def _take(
        self, desk: Desk | None, walk: Walk, first: int, last: int, bound: int, filled: int, ends: Any,
        counting: bool, tell_idle: bool, past: Past = BLIND,
    ) -> None:  # fmt: skip
        """One worker's part, without the interpreter lock."""
        out = self._room.out[:bound]
        walk.take(
            self.visited.states, first, last, out, filled, ends, counting, tell_idle, past,
            postponing=desk is not None,
        )  # fmt: skip
        if self._renamer is not None:
            self._renamer.rename(out, filled, walk.filled, self._room.goes)
        if desk is not None and not walk.late:
            desk.sift(out, filled, walk.filled, self.visited.slots.cut)

    def _after(
        self,
        walk: Walk,
        begin: int,
        start: int,
        ends: Any,
        batch: tuple[int, int],
        counting: bool,
        idle: Callable[[Any], None] | None = None,
        desk: Desk | None = None,
        bound: int = 0,
        past: Past = BLIND,
    ) -> int:
        """What a walk leaves to be done in Python; returns the end of its successors."""
        filled, words, late = walk.filled, self.visited.words, desk is not None and walk.late
        try:
            idles, called = [walk.idle], list(walk.calls())
            if late:
                filled = self._make_up(walk, begin, ends, idles, called, idle is not None, bound, past)
            if idle is not None:
                idle(np.sort(np.concatenate(idles)))
            more = call(self.graph, self.visited, called, counting) if called else {}
            if more:
                filled = put_in(more, self._room.out, ends, begin, start, words)
                self._room.goes[start:filled] = UNKNOWN
                if self._renamer is not None:
                    self._renamer.rename(self._room.out, start, filled, self._room.goes)
            if desk is not None and (more or late):
                if not late:
                    desk.withdraw(start)
                desk.sift(self._room.out, start, filled, self.visited.slots.cut)
            if desk is None and walk.missing:
                walk.fill(self.visited.states)
        except SpecError as error:
            raise blame(self.graph, *batch, error) from error.__cause__
        return filled

    def _make_up(
        self, walk: Walk, first: int, ends: Any, idles: list[Any], called: list[tuple[Bundle, int]],
        tell_idle: bool, bound: int, past: Past,
    ) -> int:  # fmt: skip
        """Expand what was passed over, as often as it takes; returns the end of the successors.

        Args:
            walk: which has passed over some states; what it met empty was filled.
            first, ends: the first place, and for each where its successors end.
            idles, called: what is known of all places; more is added.
            tell_idle, bound, past: as for `_take`.
        """
        filled, postponed = walk.filled, walk.postponed
        while len(postponed):
            late = np.empty(len(postponed), np.int64)
            within = bound - len({place for _, place in called}) * walk.most
            walk.take(
                self.visited.states, 0, 0, self._room.out[:within], filled, late, True, tell_idle, past,
                postponing=True, listed=postponed,
            )  # fmt: skip
            if self._renamer is not None:
                self._renamer.rename(self._room.out, filled, walk.filled, self._room.goes)
            done, late = postponed[: walk.done], late[: walk.done]
            weave(self._room.out, self._room.goes, ends, first, filled, walk.filled, done, late)
            filled, postponed = walk.filled, np.concatenate([walk.postponed, postponed[walk.done :]])
            idles.append(walk.idle)
            called += walk.calls()
            if walk.missing:
                walk.fill(self.visited.states)
        called.sort(key=itemgetter(1))
        return filled

    def _keep(self, first: int, regions: Sequence[Region], goes: Any) -> None:
        """Look successors up, and give places to those that are new.

        Args:
            first: the first place of the batch.
            regions: where they lie.
            goes: the marks of the steps that lead there.
        """
        visited, owners = self.visited, self._crew.at_work
        desks, counts = self._room.desks[: len(regions)], np.zeros((owners, len(regions)), np.int64)
        coming = sum(int(desk.counts.sum()) for desk in desks)
        short = visited.short(coming)
        self._crew.together(
            *(partial(self._look_up, owner, desks, counts, short, coming) for owner in range(owners))
        )
        visited.touch(int(counts.sum()))
        size, jobs = visited.size, []
        for region, found in zip(regions, counts.sum(axis=0).tolist(), strict=True):
            jobs.append(partial(self._settle, first, region, goes, size))
            size += found
        self._crew.together(*jobs)
        visited.size = size

    def _settle(self, first: int, region: Region, goes: Any, size: int) -> None:
        """Give places, from one on, to what is new in a region; without the interpreter lock."""
        visited, room, (one, other) = self.visited, self._room, self._room.new
        settle(
            room.out, goes, room.ends[region.place - first :], region.place, region.start, region.end,
            one, other, visited.states, visited.origins, visited.came, size, room.sorting, visited.shape,
        )  # fmt: skip

    def _look_up(self, owner: int, desks: Sequence[Desk], counts: Any, short: list[int], coming: int) -> None:
        """One owner's part, growing of shards included, without the interpreter lock."""
        visited, owners = self.visited, len(counts)
        for shard in short:
            if shard % owners == owner:
                visited.enlarge(shard, coming)
        for number, desk in enumerate(desks):
            counts[owner, number] = visited.look_up(desk, self._room.out, self._room.new[owner], owner)

    def lead(self, walk: Walk, places: Any) -> Iterator[tuple[int, Any, Any]]:
        """Walk for some places, and keep nothing; steps that change nothing are told of, too.

        Yields:
            The number of the first place in this part, what follows, and where that of each place ends.
        """
        rows, at, words = self.visited.states[places], 0, self.visited.words
        out = self._room.out[: self._room.region]
        while at < len(places):
            last = min(len(places), at + len(self._room.ends))
            walk.take(rows, at, last, out, 0, self._room.ends, False, False, keeping=True)
            ends, filled = self._room.ends[: walk.done], walk.filled
            numbers = {int(places[number]): number for _, number in walk.calls()}
            if numbers:
                called = [(bundle, int(places[number])) for bundle, number in walk.calls()]
                more = call(self.graph, self.visited, called, counting=False)
                mine = {numbers[place]: states for place, states in more.items()}
                filled = put_in(mine, self._room.out, ends, at, 0, words)
            yield at, self._room.out[:filled], ends
            at += len(ends)
            if walk.missing:
                walk.fill(rows)

    def survey(self, walk: Walk, first: int, last: int, counting: bool) -> tuple[int, Any, Any]:
        """Walk for a batch of places and keep no states; by one worker.

        Args:
            walk: a way through the forest.
            first, last: the places; a batch may end before the last one.
            counting: whether to count.

        Returns:
            The place that it has come to, what follows, and where that of each place ends.
        """
        at, last, filled = first, min(last, first + self._room.states), 0
        while at < last:
            begin, start = at, filled
            ends = self._room.ends[at - first :]
            self._take(None, walk, at, last, self._room.region, filled, ends, counting, False)
            at += walk.done
            ends = self._room.ends[begin - first :][: walk.done]
            filled = self._after(walk, begin, start, ends, (first, last), counting)
            if not walk.missing:
                break
        return at, self._room.out[:filled], self._room.ends
