"""The states that were found: their rows, their origins, and the table in which they are looked up.

Theory. A state has a *place*, its row in `states`; the row in `origins` is the place that it was found from.
The table is open addressing, in shards that grow one at a time, to twice the slots, when their turn comes:
their sizes are spread so that no two have to grow together, and growing is a walk from front to back, since
the slots of a shard are in the order of the hashes. A state of one word lies in its slot; of a state of
several words the slot has half of the hash and the place. Either way whole states are compared: the set is
exact.

Memory for each state of one word: 8 bytes for the row, 4 for the origin, 8 for its slot and for the free
ones beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

from fsm.native.arena import HUGE, Arena
from fsm.native.slots import BLOCK, MOST, SHARDS, clear, enumerate_slots, insert, refill, settle
from fsm.packing import WORD

LOAD = 0.7  #: the part of a shard's slots that are taken before it grows
SMALLEST = 1024  #: slots of a shard at the beginning
GROWTH = 2.0
SLACK = 4096  #: successors that may go to one shard at once, above the even share


class Visited(Sequence[int]):
    """`Found` of the native engine.

    Args:
        words: of a state.
        most: how many states there can be at most.
    """

    def __init__(self, words: int, most: int) -> None:
        self.words = words
        self.most = min(most, (1 << 32) - 2 if words == 1 else MOST)
        shape = (self.most,) if words == 1 else (self.most, words)
        self._rows = Arena(shape, np.int64)
        self._origins = Arena((self.most,), np.uint32)
        slots = int(self.most / LOAD * GROWTH * GROWTH) // SHARDS + SMALLEST
        self.window = max(slots - 1, 1).bit_length()
        self._table = Arena((SHARDS << self.window,), np.int64)
        self.states: Any = self._rows.rows
        self.origins: Any = self._origins.rows
        self.table: Any = self._table.rows
        self.capacities = np.array(
            [int(SMALLEST * GROWTH ** (shard / SHARDS)) for shard in range(SHARDS)], np.int64
        )
        self.used = np.zeros(SHARDS, np.int64)
        self.size = 0
        self._advised = 0
        self._numbers: Arena | None = None

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
        return isinstance(state, int) and self._search(state) is not None

    def place(self, state: int) -> int:
        """See `Found`; a look through all states."""
        found = self._search(state)
        if found is None:
            raise KeyError(state)
        return found

    def origin(self, place: int) -> int:
        """See `Found`."""
        return int(self.origins[place])

    def _search(self, state: int) -> int | None:
        wanted = unpacked([state], self.words)[0]
        step = 1 << 20
        for first in range(0, self.size, step):
            part = self.states[first : min(self.size, first + step)]
            same = part == wanted if self.words == 1 else (part == wanted).all(axis=1)
            hits = np.flatnonzero(same)
            if len(hits):
                return first + int(hits[0])
        return None

    def make_room(self, coming: int) -> None:
        """Let shards grow that could be full after so many successors."""
        share = 2 * coming // SHARDS + 64
        limits = (self.capacities * LOAD).astype(np.int64)
        for shard in np.flatnonzero(self.used + min(share, SLACK) > limits):
            self.enlarge(int(shard), share)

    def enlarge(self, shard: int, share: int = 0) -> None:
        """Let a shard grow, to twice the slots or until it holds so many more."""
        old = new = int(self.capacities[shard])
        while new == old or (self.used[shard] + min(share, SLACK)) > new * LOAD:
            new = int(new * GROWTH) + 1
        if new > 1 << self.window:
            raise MemoryError("the table has no room for more states")
        begin = shard << self.window
        room = np.empty(int(self.used[shard]), np.int64)
        count = clear(self.table, begin, begin + old, room)
        if 8 * old < HUGE <= 8 * new:  # what was small pages becomes large ones
            self._table.forget(8 * begin, 8 * (begin + old))
        self._table.advise(8 * begin, 8 * (begin + new))
        refill(self.table, self.window, shard, new, self.words == 1, room, count)
        self.capacities[shard] = new

    def add(self, states: Sequence[int]) -> None:
        """Keep states, each its own origin; those that are known are left out."""
        self.load(unpacked(states, self.words), None)

    def load(self, rows: Any, origins: Any) -> None:
        """Keep rows of states in their order.

        Args:
            rows: the states.
            origins: their places of origin, or `None` for their own.
        """
        room = np.empty((BLOCK, 2), np.int64), np.empty(BLOCK, np.int64)
        sorting = np.empty(len(rows) + 1, np.int64)
        fresh, nobody = np.empty((len(rows) + 1, 2), np.int64), np.empty((0, 2), np.int64)
        ends = np.arange(1, len(rows) + 1)
        start = count = 0
        while start < len(rows):
            self.make_room(len(rows) - start)
            end = min(len(rows), start + (1 << 16))
            start, count = insert(
                rows, start, end, self.table, self.window, self.capacities, self.used, self.states,
                0, 1, fresh, count, *room,
            )  # fmt: skip
            if start < end:
                self.enlarge_full()
        self.touch(count)
        first = self.size
        self.size = settle(
            rows, ends, first, fresh, count, nobody, 0, self.states, self.origins, self.size, self.table,
            sorting,
        )  # fmt: skip
        if origins is not None:
            self.origins[first : self.size] = origins

    def enlarge_full(self, owner: int = 0, owners: int = 1) -> None:
        """Let those shards of an owner grow that took no more."""
        for shard in np.flatnonzero(self.used + BLOCK > self.capacities - (self.capacities >> 3)):
            if shard % owners == owner:
                self.enlarge(int(shard))

    def touch(self, coming: int) -> None:
        """Ask for large pages where rows are written next."""
        width = 8 * self.words
        end = (self.size + coming) * width
        if end > self._advised:
            ahead = end + max(end // 16, 1 << 22)
            if end > 1 << 24:
                self._rows.advise(self._advised, ahead)
                self._origins.advise(self._advised // width * 4, ahead // width * 4)
            self._advised = ahead

    def numbers(self) -> Any:
        """For each slot the place of its state; empty where the slots say so themselves."""
        if self.words > 1:
            return np.empty(0, np.uint32)
        if self._numbers is None:
            self._numbers = Arena((SHARDS << self.window,), np.uint32)
            enumerate_slots(
                self.states, 0, self.size, self.table, self.window, self.capacities, self._numbers.rows
            )
        return self._numbers.rows

    @property
    def bytes(self) -> int:
        """How much memory all of it takes."""
        return self.size * (8 * self.words + 4) + 8 * int(self.capacities.sum())


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
