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
AHEAD = 16  #: so many successors earlier a state of several words is asked for; a slot twice as early
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
def sift(out: Any, start: int, end: int, recent: Any, stamp: int, asked: Any, counts: Any) -> None:
    """Lay out which successors have to be looked up, and by whom.

    Many successors came a short while ago: from states that lie side by side the same is found again and
    again. A small memory of what came lately knows these without a look at the table.

    Args:
        out, start, end: the successors.
        recent: what came lately, by hash: for states of one word the state, plus 1; otherwise its row, from
            `stamp` on, which no batch has had before.
        asked, counts: for each owner of shards rows of: successor, hash; and how many there are.
    """
    owners = np.int64(asked.shape[0])
    for row in range(start, end):
        h = hashed(out, row)
        key = h >> 8 & (RECENT - 1)
        came = recent[key]
        if out.ndim == 1:
            wanted = came != out[row] + 1
            recent[key] = out[row] + 1
        else:
            same = came >= stamp
            for word in range(out.shape[1]):
                same &= out[row, word] == out[max(came - stamp, 0), word]
            wanted = not same
            recent[key] = stamp + row
        owner = _shard(h) & (owners - 1)
        n = counts[owner]
        asked[owner, n, 0] = row
        asked[owner, n, 1] = h
        counts[owner] = n + wanted


@compiled
def insert(
    out: Any, asked: Any, begin: int, end: int, table: Any, window: int, capacities: Any, used: Any,
    states: Any, fresh: Any, count: int,
) -> tuple[int, int]:  # fmt: skip
    """Look up successors, and keep the new ones.

    They are looked up one by one, while the memory is asked for the slots of those that come `AHEAD`: it
    always has something to do, and its waits overlap.

    Args:
        out: the successors.
        asked, begin, end: which of them, as `sift` lays it out; one owner's.
        table, window: the slots, and as a power of two how far apart the shards begin.
        capacities, used: of each shard.
        states: every state that has a place; for states of several words.
        fresh, count: for the rows of those that are new, and how many are there already.

    Returns:
        How far in `asked` it came, which is not to the end where a shard is full; and the count.
    """
    for t in range(begin, min(begin + 2 * AHEAD, end)):
        prefetch(table, _home(asked[t, 1], window, capacities))  # type: ignore[call-arg]  # an intrinsic
    for t in range(begin, end):
        soon = asked[min(t + 2 * AHEAD, end - 1), 1]
        prefetch(table, _home(soon, window, capacities))  # type: ignore[call-arg]  # as above
        row, h = asked[t, 0], asked[t, 1]
        shard = _shard(h)
        capacity = capacities[shard]
        if used[shard] >= capacity - (capacity >> 3):
            return t, count
        at, tried, low = _home(h, window, capacities), 0, shard << window
        if out.ndim == 1:
            value = out[row] + 1
            slot = table[at]
            while slot != 0 and slot != value:
                tried += 1
                at = _next(at, tried, low, low + capacity)
                slot = table[at]
            new = slot == 0
        else:
            slot = table[_home(asked[min(t + AHEAD, end - 1), 1], window, capacities)]
            prefetch(states, (slot & MOST) * out.shape[1])
            tag = h & LOWER
            value = (tag << 32) | PROVISIONAL | TAKEN | row
            new = True
            while table[at] != 0:
                if (table[at] >> 32) & LOWER == tag and _same(out, row, states, table[at]):
                    new = False
                    break
                tried += 1
                at = _next(at, tried, low, low + capacity)
        if new:
            table[at] = value
            used[shard] += 1
            fresh[count] = row
            count += 1
    return end, count


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
    out: Any, goes: Any, ends: Any, first: int, fresh: Any, count: int, others: Any, more: int,
    states: Any, origins: Any, came: Any, size: int, table: Any, window: int, capacities: Any, room: Any,
) -> int:  # fmt: skip
    """Give new states their places: by the state that they come from, then by their own number.

    Args:
        out, goes, ends, first: the successors, the marks of the steps that lead there, where the successors
            of each state end, and the place of the first one.
        fresh, count, others, more: what each of two owners found to be new, by row.
        states, origins, came, size: the states, the places that they were found from, the marks of the
            steps, how many there are.
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
                came[at] = came[at - 1]
                at -= 1
            states[at] = out[row]
        else:
            while at > run and _exceeds(states, at - 1, out, row):
                for word in range(out.shape[1]):
                    states[at, word] = states[at - 1, word]
                came[at] = came[at - 1]
                room[at - begin] = room[at - 1 - begin]
                at -= 1
            for word in range(out.shape[1]):
                states[at, word] = out[row, word]
            room[at - begin] = row
        came[at] = goes[row]
        origins[size] = first + source
        size += 1
    if out.ndim == 2:
        for place in range(begin, size):
            soon = hashed(out, room[min(place + 2 * AHEAD, size - 1) - begin])
            prefetch(table, _home(soon, window, capacities))  # type: ignore[call-arg]  # as in `insert`
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
    """The places of successors; as in `insert` the memory is asked ahead.

    Args:
        out, start, end: the successors.
        table, window, capacities, states: as for `insert`.
        numbers: for each slot the place of its state, where slots hold states; may be empty.
        found: for each successor its place, or 0 if that is not known, or -1 where it is no known state.

    Returns:
        How many are no known state.
    """
    unknown = 0
    for row in range(start, min(start + 2 * AHEAD, end)):
        prefetch(table, _home(hashed(out, row), window, capacities))  # type: ignore[call-arg]
    for row in range(start, end):
        soon = _home(hashed(out, min(row + 2 * AHEAD, end - 1)), window, capacities)
        prefetch(table, soon)  # type: ignore[call-arg]
        next_ = _home(hashed(out, min(row + AHEAD, end - 1)), window, capacities)
        if out.ndim > 1:
            prefetch(states, (table[next_] & MOST) * out.shape[1])
        elif len(numbers):
            prefetch(numbers, next_)
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
        soon = _home(mixed(states[min(place + 2 * AHEAD, end - 1)]), window, capacities)
        prefetch(table, soon)  # type: ignore[call-arg]  # as in `insert`
        prefetch(numbers, soon)
        h = mixed(states[place])
        shard = _shard(h)
        at, tried = _home(h, window, capacities), 0
        limit = (shard << window) + capacities[shard]
        while table[at] != states[place] + 1:
            tried += 1
            at = _next(at, tried, shard << window, limit)
        numbers[at] = place
