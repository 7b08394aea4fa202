"""The states that were found: their rows, their origins, and the table in which they are looked up.

Theory. A state has a *place*, its row in `states`; the row in `origins` is the place that it was found from.
The table is open addressing, in shards that grow two at a time (one for each worker), to twice the slots,
when their turn comes: their sizes are spread so that no four have to grow together, and growing is a walk
from front to back, since the cache lines of a shard are in the order of the hashes. A slot is for a *block*
of up to 64 states (see `blocks`), with a bit for each, and has the block's whole name: the set is exact.

Memory for each state of one word: 8 bytes for the row, 4 for the origin, and 2 for the mark of the step that
led there, until it is expanded; 16 bytes for the slot of a block, and for the free ones beside it. A slot for
states of two words or three takes 32, of four to seven 64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

from fsm.native.arena import HUGE, Arena
from fsm.native.blocks import Cut, best
from fsm.native.desk import Desk
from fsm.native.numbering import Numbers, enumerate_slots, find
from fsm.native.settling import room_for, settle
from fsm.native.shapes import shape_of
from fsm.native.slots import LINE, SHARDS, Slots, clear, insert, keep, refill, width_of
from fsm.packing import WORD

LOAD = 0.8  #: the part of a shard's slots that are taken before it grows
SMALLEST = 1024  #: slots of a shard at the beginning
PART = 0.25  #: of a doubling, by which a shard grows where slots hold hardly more than a state: they are dear
FEWEST = 1 << 16  #: states for which there have to be addresses at the least
FEW = 1 << 19  #: states up to which small pages do
ROWS_AHEAD = 1 << 22  #: rows for which large pages are asked for at once
FORGET = HUGE // 2  #: states whose marks are forgotten at once: those on a large page
LOOKS = (1 << 14, 1 << 18)  #: states at which it is looked which blocks they are best laid out in
NOBODY = Numbers(np.empty(0, np.uint32), np.empty(0, np.uint32))
SLACK = 4096  #: successors that may go to one shard at once, above the even share


class Visited(Sequence[int]):
    """`Found` of the native engine.

    Args:
        words: of a state.
        most: how many states there can be at most; fewer, if there are not so many addresses.

    Raises:
        MemoryError: if there are hardly any addresses.
    """

    def __init__(self, words: int, most: int) -> None:
        self.words = words
        self.most = min(most, (1 << 32) - 2)
        self.width = width_of(words)
        self.slot = 8 * self.width  #: bytes of a slot
        while True:
            try:
                self._reserve()
                break
            except MemoryError:
                if self.most <= FEWEST:
                    raise
                self.most //= 2
        self.states: Any = self._rows.rows
        self.origins: Any = self._origins.rows
        self.came: Any = self._came.rows
        self._left = 0
        #: for each worker, while a shard of its grows
        self._rooms: list[Any] = [np.empty((0, words + 1), np.int64)] * 2
        self.shape = shape_of(words)
        self._cut = Cut(0, 0, self.shape)
        self._looks = list(LOOKS)
        self._doublings = [shard // 2 * 2 / SHARDS for shard in range(SHARDS)]
        self.capacities = np.array([_capacity(doublings) for doublings in self._doublings], np.int64)
        self.used = np.zeros(SHARDS, np.int64)
        self.size = 0
        self._advised = 0
        self._numbers: Numbers | None = None

    def _reserve(self) -> None:
        """Reserve addresses for as many states as there can be."""
        shape = (self.most,) if self.words == 1 else (self.most, self.words)
        self._rows = Arena(shape, np.int64)
        self._origins = Arena((self.most,), np.uint32)
        self._came = Arena((self.most,), np.uint16)
        slots = int(self.most / LOAD * 4) // SHARDS + SMALLEST
        self.window = max(slots - 1, 1).bit_length()
        self._table = Arena((self.width * (SHARDS << self.window),), np.int64)

    @property
    def slots(self) -> Slots:
        """The table, as the inner loops take it."""
        line = max(1, LINE // self.width)
        table = self._table.rows
        return Slots(table, self.width, line, self.window, self.capacities, self.used, self._cut)

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...

    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        found = self.states[: self.size][place]
        if isinstance(place, slice):
            return packed(found)
        return packed(found.reshape(1, -1))[0]

    def __iter__(self) -> Iterator[int]:
        for first in range(0, self.size, 1 << 16):
            yield from packed(self.states[first : min(self.size, first + (1 << 16))])

    def __contains__(self, state: object) -> bool:
        if not isinstance(state, int):
            return False
        return bool(self.find(unpacked([state], self.words))[0] >= 0)

    def place(self, state: int) -> int:
        """See `Found`; a look through all states, unless somebody has asked for all `numbers`."""
        rows, step = unpacked([state], self.words), 1 << 20
        if self._numbers is not None and len(self._numbers.places) == self.size:
            place = int(self.find(rows, self._numbers)[0])
            if place < 0:
                raise KeyError(state)
            return place
        wanted = rows[0]
        for first in range(0, self.size, step):
            part = self.states[first : min(self.size, first + step)]
            same = part == wanted if self.words == 1 else (part == wanted).all(axis=1)
            hits = np.flatnonzero(same)
            if len(hits):
                return first + int(hits[0])
        raise KeyError(state)

    def origin(self, place: int) -> int:
        """See `Found`."""
        return int(self.origins[place])

    def find(self, rows: Any, numbers: Numbers = NOBODY) -> Any:
        """The places of states; see `numbering.find`."""
        found = np.empty(len(rows), np.int64)
        find(rows, 0, len(rows), self.slots, numbers, found)
        return found

    def short(self, coming: int) -> list[int]:
        """The shards that could be full after so many successors, and those that grow beside them."""
        limits = (self.capacities * LOAD).astype(np.int64)
        full = np.flatnonzero(self.used + _share(coming) > limits)
        return np.unique(np.concatenate([full, full ^ 1])).tolist()  # type: ignore[no-any-return]

    def make_room(self, coming: int) -> None:
        """Let shards grow that could be full after so many successors."""
        for shard in self.short(coming):
            self.enlarge(shard, coming)

    def enlarge(self, shard: int, coming: int = 0) -> None:
        """Let a shard grow, to twice the slots (by a fifth, where slots are dear) or until it holds its share
        of so many more successors.
        """
        old = new = int(self.capacities[shard])
        dense = self.is_dense
        while new == old or self.used[shard] + _share(coming) > new * LOAD:
            self._doublings[shard] += 1 if dense else PART
            new = _capacity(self._doublings[shard])
        if new > 1 << self.window:
            raise MemoryError("the table has no room for more states")
        room = self._rooms[shard % 2] = _at_least(self._rooms[shard % 2], int(self.used[shard]))
        count = clear(self.slots, self.words, shard, room)
        self._ask_for_pages(shard, old, new, dense)
        self.capacities[shard] = new
        refill(self.slots, self.words, room, count)

    def _ask_for_pages(self, shard: int, old: int, new: int, dense: bool) -> None:
        """Let a shard lie on large pages, once it fills one; where slots are dear, all but its end."""
        begin = self.slot * (shard << self.window)
        old, new = old * self.slot, new * self.slot
        if new < HUGE:
            return
        if old < HUGE or not dense:  # a page is forgotten whole, or it cannot become a large one
            small = begin + old // HUGE * HUGE
            self._table.forget(small, min(small + HUGE, begin + (self.slot << self.window)))
        self._table.advise(begin, begin + (-(-new // HUGE) if dense else new // HUGE) * HUGE)

    @property
    def is_dense(self) -> bool:
        """Whether blocks hold two states and more; until there are many states they are taken to."""
        return self.size < LOOKS[-1] or self.size >= 2 * int(self.used.sum())

    def arrange(self) -> None:
        """Look, at some sizes, whether other blocks would hold more states; then the table is laid out anew.

        To be called while no successors are under way, since they know where their blocks are.
        """
        if self._looks and self.size >= self._looks[0]:
            self._looks = [size for size in self._looks if size > self.size]
            self._lay_out(best(self.states, self.size, self._cut))

    def _lay_out(self, cut: Cut) -> None:
        """Put all states into the table, in the blocks of a cut."""
        if cut == self._cut:
            return
        for shard, capacity in enumerate(self.capacities.tolist()):
            begin = self.slot * (shard << self.window)
            self._table.forget(begin, begin + self.slot * capacity)
        self.used[:] = 0
        self._cut, at = cut, 0
        while at < self.size:
            at = keep(self.states, at, self.size, self.slots)
            if at < self.size:
                self.enlarge_full()

    def add(self, states: Sequence[int]) -> None:
        """Keep states, each its own origin; those that are known are left out."""
        self.load(unpacked(states, self.words), None)

    def load(self, rows: Any, origins: Any) -> None:
        """Keep rows of states in their order.

        Args:
            rows: the states.
            origins: their places of origin, or `None` for their own.

        Raises:
            MemoryError: if there are too many.
        """
        if self.size + len(rows) > self.most:
            raise MemoryError(f"there are addresses for {self.most:,} states and no more")
        if not self.size and len(rows) >= LOOKS[0]:
            self._cut = best(rows, min(len(rows), LOOKS[-1]), self._cut)
        step = 1 << 16
        desk = Desk(min(step, len(rows)))
        new = np.zeros((2, len(rows)), np.uint8)
        ends = np.arange(1, len(rows) + 1)
        count = 0
        for start in range(0, len(rows), step):
            end = min(len(rows), start + step)
            desk.clear(len(rows), 1)
            desk.sift(rows, start, end, self._cut)
            self.make_room(end - start)
            count += self.look_up(desk, rows, new[0])
        self.touch(count)
        first = self.size
        self.size = settle(
            rows, np.zeros(len(rows), np.uint16), ends, first, 0, len(rows), new[0], new[1], self.states,
            self.origins, self.came, self.size, room_for(len(rows)), self.shape,
        )  # fmt: skip
        own = np.arange(first, self.size, dtype=np.uint32)
        self.origins[first : self.size] = own if origins is None else origins

    def look_up(self, desk: Desk, out: Any, new: Any, owner: int = 0) -> int:
        """Look up what is laid out for an owner, and keep what is new.

        Args:
            desk: where it is laid out.
            out: the successors.
            new: see `slots.insert`.
            owner: who asks.

        Returns:
            How many are new.
        """
        asked, end, at, count = desk.asked[owner], int(desk.counts[owner]), 0, 0
        while at < end:
            at, more = insert(out, asked, at, end, self.slots, new)
            count += more
            self.enlarge_full(owner, len(desk.counts))
        return count

    def enlarge_full(self, owner: int = 0, owners: int = 1) -> None:
        """Let those shards of an owner grow that took no more."""
        for shard in np.flatnonzero(self.used >= self.capacities - (self.capacities >> 3)).tolist():
            if shard % owners == owner:
                self.enlarge(shard)

    def touch(self, coming: int) -> None:
        """Ask for large pages where rows are written next, once there are many."""
        if self.size + coming < self._advised or self.size < FEW:
            return
        first = max(self._advised, self.size)
        self._advised = first + ROWS_AHEAD
        for arena, width in ((self._rows, 8 * self.words), (self._origins, 4), (self._came, 2)):
            arena.advise(first * width, self._advised * width)

    def leave(self, place: int) -> None:
        """All states before a place are expanded: nobody asks any more how they were found."""
        if place - self._left >= FORGET:
            place = place // FORGET * FORGET
            self._came.forget(2 * self._left, 2 * place)
            self._left = place

    def numbers(self) -> Numbers:
        """Which place each state has; to be asked for when no state comes any more."""
        if self._numbers is None:
            bases = Arena((SHARDS << self.window,), np.uint32).rows
            self._numbers = Numbers(bases, np.empty(self.size, np.uint32))
            enumerate_slots(self.states, self.size, self.slots, self._numbers)
        return self._numbers

    @property
    def bytes(self) -> int:
        """How much memory all of it takes."""
        return self.size * (8 * self.words + 4) + self.slot * int(self.capacities.sum())


def _at_least(room: Any, count: int) -> Any:
    """Room for so many slots: what there was, or twice as much as is wanted now."""
    return room if len(room) >= count else np.empty((2 * count, room.shape[1]), np.int64)


def _share(coming: int) -> int:
    """How many of so many successors may go to one shard."""
    return min(2 * coming // SHARDS + 64, SLACK)


def _capacity(doublings: float) -> int:
    """The slots of a shard, in whole cache lines."""
    return -(-int(SMALLEST * 2.0**doublings) // LINE) * LINE


def packed(rows: Any) -> list[int]:
    """Rows as packed states."""
    if rows.ndim == 1 or rows.shape[1] == 1:
        found: list[int] = rows.reshape(-1).tolist()
        return found
    words = rows.view(np.uint64).tolist()
    return [sum(word << WORD * number for number, word in enumerate(row)) for row in words]


def unpacked(states: Sequence[int], words: int) -> Any:
    """Packed states as rows."""
    if words == 1:
        return np.array(states, np.int64)
    mask = (1 << WORD) - 1
    rows = [[state >> WORD * word & mask for word in range(words)] for state in states]
    return np.array(rows, np.uint64).reshape(-1, words).view(np.int64)
