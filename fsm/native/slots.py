"""The inner loops of the table of states: see `visited` for what lies where.

A slot of a state of one word holds the state, plus 1, so that an empty one is 0. That of a state of several
words has the lower half of the hash in its upper half; in its lower half stands the place of the state, or,
as long as it has none, its row among the successors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.native.hashing import hashed, mixed, prefetch

SHARD_BITS = 4
SHARDS = 1 << SHARD_BITS
CHUNK = 256  #: successors whose slots are asked for at once
RECENT = 1 << 14  #: states that came lately
LINE = 8  #: slots on a cache line
PROVISIONAL = 1 << 31  #: in a slot of a state of several words: it still is in a row of successors
TAKEN = 1 << 30  #: in such a slot: it is not empty
LOWER = np.int64(0xFFFFFFFF)  #: the lower half of a hash
MOST = TAKEN - 1  #: so many states have a place where they have several words


@njit
def _shard(h: Any) -> Any:
    return np.int64(np.uint64(h) >> np.uint64(64 - SHARD_BITS))


@njit
def _slot(h: Any, capacity: Any) -> Any:
    """Where in its shard a state belongs; grows with the hash, whatever the capacity."""
    return ((h & LOWER) * capacity) >> np.int64(32)


@compiled
def insert(
    out: Any, start: int, end: int, table: Any, window: int, capacities: Any, used: Any, states: Any,
    owner: int, owners: int, fresh: Any, count: int, recent: Any, stamp: int, asked: Any, open_: Any,
) -> tuple[int, int]:  # fmt: skip
    """Look up successors, and keep the new ones.

    Many successors came a short while ago: from states that lie side by side the same is found again and
    again. A small memory of what came lately knows these without a look at the table. For each of the others
    the memory is asked for its slot a chunk before it is looked up, so that many waits overlap. Most are
    known and lie where they are looked for first; to see so takes no jump.

    Args:
        out, start, end: the successors.
        table, window: the slots, and as a power of two how far apart the shards begin.
        capacities, used: of each shard.
        states: every state that has a place; for states of several words.
        owner, owners: only the shards of this owner are looked at.
        fresh, count: for the rows of those that are new, and how many are there already.
        recent: what came lately, by hash: for states of one word the state, plus 1; otherwise its row, from
            `stamp` on, which no call has had before.
        asked, open_: room for two chunks of rows and slots, and for one.

    Returns:
        The row that was come to, which is before `end` where a shard is full; and the count. In that case
        what came lately has to be forgotten.
    """
    waiting = _ask(out, start, end, table, window, capacities, owner, owners, recent, stamp, asked, 0)
    for first in range(start, end, CHUNK):
        for shard in range(owner, SHARDS, owners):
            if used[shard] + CHUNK > capacities[shard] - (capacities[shard] >> 3):
                return first, count
        here = (first - start) // CHUNK % 2 * CHUNK
        there, present = CHUNK - here, waiting
        waiting = _ask(
            out, first + CHUNK, end, table, window, capacities, owner, owners, recent, stamp, asked, there
        )
        n = 0
        for t in range(here, here + present):
            row, at = asked[t, 0], asked[t, 1]
            open_[n, 0] = row
            open_[n, 1] = at
            if out.ndim == 1:
                n += table[at] != out[row] + 1
            else:
                prefetch(states, (table[at] & MOST) * out.shape[1])  # type: ignore[call-arg]  # as above
                n += 1
        for t in range(n):
            row, at, tried = open_[t, 0], open_[t, 1], 0
            shard = at >> window
            limit = (shard << window) + capacities[shard]
            if out.ndim == 1:
                value = out[row] + 1
                while table[at] != 0 and table[at] != value:
                    tried += 1
                    at = _next(at, tried, shard << window, limit)
                new = table[at] == 0
            else:
                tag = hashed(out, row) & LOWER
                value = (tag << 32) | PROVISIONAL | TAKEN | row
                new = True
                while table[at] != 0:
                    if (table[at] >> 32) & LOWER == tag and _same(out, row, states, table[at]):
                        new = False
                        break
                    tried += 1
                    at = _next(at, tried, shard << window, limit)
            if new:
                table[at] = value
                used[shard] += 1
                fresh[count] = row
                count += 1
    return end, count


@njit
def _ask(
    out: Any, first: int, end: int, table: Any, window: int, capacities: Any, owner: int, owners: int,
    recent: Any, stamp: int, asked: Any, begin: int,
) -> int:  # fmt: skip
    """Ask the memory for the slots of the next chunk; returns for how many."""
    n = begin
    for row in range(first, min(end, first + CHUNK)):
        h = hashed(out, row)
        mine = _shard(h) & (owners - 1) == owner
        key = h >> 8 & (RECENT - 1) if mine else RECENT
        last = recent[key]
        if out.ndim == 1:
            wanted = np.int64(mine & (last != out[row] + 1))
            recent[key] = out[row] + 1
        else:
            same = last >= stamp
            for word in range(out.shape[1]):
                same &= out[row, word] == out[max(last - stamp, 0), word]
            wanted = np.int64(mine & (not same))
            recent[key] = stamp + row
        at = _home(h, window, capacities)
        asked[n, 0] = row
        asked[n, 1] = at
        prefetch(table, at * wanted)  # type: ignore[call-arg]  # an intrinsic gets its context from numba
        n += wanted
    return n - begin


@njit
def _home(h: Any, window: int, capacities: Any) -> Any:
    """The slot at which the search for a hash begins."""
    shard = _shard(h)
    return (shard << window) + _slot(h, capacities[shard])


@njit
def _next(at: Any, tried: int, begin: Any, limit: Any) -> Any:
    """The slot to look at after another one: round the cache line first, then the next line.

    Args:
        at, tried: the slot, and how many were looked at, this one included.
        begin, limit: of the shard; both are where a cache line begins.
    """
    if tried & (LINE - 1):
        return (at & ~(LINE - 1)) | ((at + 1) & (LINE - 1))
    after = (at | (LINE - 1)) + 1
    return begin if after == limit else after


@njit
def _same(out: Any, row: int, states: Any, slot: int) -> bool:
    """Whether the state that a slot means is the one in a row; for states of several words."""
    number = slot & MOST
    if slot & PROVISIONAL:
        same = True
        for word in range(out.shape[1]):
            same &= out[row, word] == out[number, word]
        return same
    same = True
    for word in range(out.shape[1]):
        same &= out[row, word] == states[number, word]
    return same


@compiled
def settle(
    out: Any, ends: Any, first: int, fresh: Any, count: int, others: Any, more: int,
    states: Any, origins: Any, size: int, table: Any, window: int, capacities: Any, room: Any,
) -> int:  # fmt: skip
    """Give new states their places: by the state that they come from, then by their own number.

    Args:
        out, ends, first: the successors, where those of each state end, and the place of the first one.
        fresh, count, others, more: what each of two owners found to be new, by row.
        states, origins, size: the states, the places that they were found from, how many there are.
        table, window, capacities: the slots; those of states of several words get to know the places.
        room: for the rows of what is new.

    Returns:
        How many states there are.
    """
    one, two, source, run, begin = 0, 0, 0, size, size
    while one < count or two < more:
        if two >= more or (one < count and fresh[one] < others[two]):
            row = fresh[one]
            one += 1
        else:
            row = others[two]
            two += 1
        while ends[source] <= row:
            source += 1
            run = size
        at = size
        if out.ndim == 1:
            while at > run and states[at - 1] > out[row]:
                states[at] = states[at - 1]
                at -= 1
            states[at] = out[row]
        else:
            while at > run and _exceeds(states, at - 1, out, row):
                for word in range(out.shape[1]):
                    states[at, word] = states[at - 1, word]
                room[at - begin] = room[at - 1 - begin]
                at -= 1
            for word in range(out.shape[1]):
                states[at, word] = out[row, word]
            room[at - begin] = row
        origins[size] = first + source
        size += 1
    if out.ndim == 2:
        for place in range(begin, size):
            row = room[place - begin]
            h = hashed(out, row)
            tag = (h & LOWER) << 32
            at, tried, begin_ = _home(h, window, capacities), 0, _shard(h) << window
            while table[at] != tag | PROVISIONAL | TAKEN | row:
                tried += 1
                at = _next(at, tried, begin_, begin_ + capacities[_shard(h)])
            table[at] = tag | TAKEN | place
    return size


@njit
def _exceeds(states: Any, place: int, out: Any, row: int) -> bool:
    """Whether a state has a greater number than a successor; the last word counts most."""
    for word in range(out.shape[1] - 1, -1, -1):
        one, other = np.uint64(states[place, word]), np.uint64(out[row, word])
        if one != other:
            return bool(one > other)
    return False


@compiled
def clear(table: Any, begin: int, end: int, room: Any) -> int:
    """Take everything out of some slots, in their order; returns how much it is."""
    n = 0
    for at in range(begin, end):
        if table[at] != 0:
            room[n] = table[at]
            n += 1
            table[at] = 0
    return n


@compiled
def refill(table: Any, window: int, shard: int, capacity: int, inline: bool, room: Any, count: int) -> None:
    """Put back what was taken out of a shard, now that it has more slots.

    Args:
        table, window: the slots.
        shard, capacity: which one, and how many slots it has.
        inline: whether a slot holds its state, and not a hash and a place.
        room, count: what was in it.
    """
    begin = shard << window
    limit = begin + capacity
    for i in range(count):
        h = mixed(room[i] - 1) if inline else np.int64(np.uint64(room[i]) >> np.uint64(32))
        at, tried = begin + _slot(h, capacity), 0
        while table[at] != 0:
            tried += 1
            at = _next(at, tried, begin, limit)
        table[at] = room[i]


@compiled
def find(
    out: Any, start: int, end: int, table: Any, window: int, capacities: Any, states: Any,
    numbers: Any, found: Any,
) -> int:  # fmt: skip
    """The places of successors.

    Args:
        out, start, end: the successors.
        table, window, capacities, states: as for `insert`.
        numbers: for each slot the place of its state, where slots hold states; may be empty.
        found: for each successor its place, or 0 if that is not known, or -1 where it is no known state.

    Returns:
        How many are no known state.
    """
    unknown = 0
    for row in range(start, end):
        h = hashed(out, row)
        at, tried = _home(h, window, capacities), 0
        shard = _shard(h)
        limit = (shard << window) + capacities[shard]
        place = np.int64(-1)
        while table[at] != 0:
            if out.ndim == 1:
                if table[at] == out[row] + 1:
                    place = np.int64(numbers[at]) if len(numbers) else np.int64(0)
                    break
            elif (table[at] >> 32) & LOWER == h & LOWER and _same(out, row, states, table[at]):
                place = table[at] & MOST
                break
            tried += 1
            at = _next(at, tried, shard << window, limit)
        found[row - start] = place
        unknown += int(place < 0)
    return unknown


@compiled
def enumerate_slots(
    states: Any, start: int, end: int, table: Any, window: int, capacities: Any, numbers: Any
) -> None:
    """Write into `numbers` the place of the state that each slot holds; for states of one word."""
    for place in range(start, end):
        h = mixed(states[place])
        shard = _shard(h)
        at, tried = _home(h, window, capacities), 0
        limit = (shard << window) + capacities[shard]
        while table[at] != states[place] + 1:
            tried += 1
            at = _next(at, tried, shard << window, limit)
        numbers[at] = place
