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
BLOCK = 64  #: successors that are hashed before they are looked up
PROVISIONAL = 1 << 31  #: in a slot of a state of several words: it still is in a row of successors
TAKEN = 1 << 30  #: in such a slot: it is not empty
MOST = TAKEN - 1  #: so many states have a place where they have several words


@njit
def _shard(h: Any) -> Any:
    return np.int64(np.uint64(h) >> np.uint64(64 - SHARD_BITS))


@njit
def _slot(h: Any, capacity: Any) -> Any:
    """Where in its shard a state belongs; grows with the hash, whatever the capacity."""
    return ((h & np.int64(0xFFFFFFFF)) * capacity) >> np.int64(32)


@compiled
def insert(
    out: Any, start: int, end: int, table: Any, window: int, capacities: Any, used: Any, states: Any,
    owner: int, owners: int, fresh: Any, count: int, where: Any, index: Any,
) -> tuple[int, int]:  # fmt: skip
    """Look up successors, and keep the new ones; a block is hashed first and looked up after.

    So the memory is asked for many slots at once, and waits overlap.

    Args:
        out, start, end: the successors.
        table, window: the slots, and as a power of two how far apart the shards begin.
        capacities, used: of each shard.
        states: every state that has a place; for states of several words.
        owner, owners: only the shards of this owner are looked at.
        fresh, count: rows for what is new: the row of the successor, its slot; how many are there already.
        where, index: room for a block's slots, hashes and rows.

    Returns:
        The row that was come to, which is before `end` where a shard is full; and the count.
    """
    for first in range(start, end, BLOCK):
        for shard in range(owner, SHARDS, owners):
            if used[shard] + BLOCK > capacities[shard] - (capacities[shard] >> 3):
                return first, count
        n = 0
        for row in range(first, min(end, first + BLOCK)):
            h = hashed(out, row)
            at = _home(h, window, capacities)
            where[n, 0] = at
            where[n, 1] = h
            index[n] = row
            if _shard(h) & (owners - 1) == owner:
                prefetch(table, at)  # type: ignore[call-arg]  # an intrinsic gets its context from numba
                n += 1
        for t in range(n):
            row, at = index[t], where[t, 0]
            if out.ndim == 1:
                value = out[row] + 1
                slot = table[at]
                if slot == value:
                    continue
                shard = at >> window
                limit = (shard << window) + capacities[shard]
                while slot != 0 and slot != value:
                    at += 1
                    if at == limit:
                        at = shard << window
                    slot = table[at]
                new = slot == 0
            else:
                shard = at >> window
                limit = (shard << window) + capacities[shard]
                tag = where[t, 1] & np.int64(0xFFFFFFFF)
                value = (tag << 32) | PROVISIONAL | TAKEN | row
                new = True
                while table[at] != 0:
                    if (table[at] >> 32) & np.int64(0xFFFFFFFF) == tag and _same(out, row, states, table[at]):
                        new = False
                        break
                    at += 1
                    if at == limit:
                        at = shard << window
            if new:
                table[at] = value
                used[shard] += 1
                fresh[count, 0] = row
                fresh[count, 1] = at
                count += 1
    return end, count


@njit
def _home(h: Any, window: int, capacities: Any) -> Any:
    """The slot at which the search for a hash begins."""
    shard = _shard(h)
    return (shard << window) + _slot(h, capacities[shard])


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
    states: Any, origins: Any, size: int, table: Any, room: Any,
) -> int:  # fmt: skip
    """Give new states their places: by the state that they come from, then by their own number.

    Args:
        out, ends, first: the successors, where those of each state end, and the place of the first one.
        fresh, count, others, more: what each of two owners found to be new, by row.
        states, origins, size: the states, the places that they were found from, how many there are.
        table: the slots; those of states of several words get to know the places.
        room: for as many slots as there is news.

    Returns:
        How many states there are.
    """
    one, two, source, run, begin = 0, 0, 0, size, size
    while one < count or two < more:
        if two >= more or (one < count and fresh[one, 0] < others[two, 0]):
            row, slot = fresh[one, 0], fresh[one, 1]
            one += 1
        else:
            row, slot = others[two, 0], others[two, 1]
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
            room[at - begin] = slot
        origins[size] = first + source
        size += 1
    if out.ndim == 2:
        for place in range(begin, size):
            slot = room[place - begin]
            table[slot] = (table[slot] >> 32 << 32) | place | TAKEN
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
        at = begin + _slot(h, capacity)
        while table[at] != 0:
            at += 1
            if at == limit:
                at = begin
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
        at = _home(h, window, capacities)
        shard = _shard(h)
        limit = (shard << window) + capacities[shard]
        place = np.int64(-1)
        while table[at] != 0:
            if out.ndim == 1:
                if table[at] == out[row] + 1:
                    place = np.int64(numbers[at]) if len(numbers) else np.int64(0)
                    break
            elif (table[at] >> 32) & np.int64(0xFFFFFFFF) == h & np.int64(0xFFFFFFFF) and _same(
                out, row, states, table[at]
            ):
                place = table[at] & MOST
                break
            at += 1
            if at == limit:
                at = shard << window
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
        at = _home(h, window, capacities)
        limit = (shard << window) + capacities[shard]
        while table[at] != states[place] + 1:
            at += 1
            if at == limit:
                at = shard << window
        numbers[at] = place
