"""The inner loops of the table of states: see `visited` for what lies where.

A slot has two words. The second has a bit for each state of the slot's block that is known (see `blocks`),
so that it is 0 in an empty slot and in no other. The first word names the block: for states of one word it is
the rest of the state. For states of several words its upper half is the lower half of the hash; in its lower
half stands the place of one state of the block or, as long as that has none, its row among the successors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.blocks import bit, hashed, rest
from fsm.native.compiling import compiled
from fsm.native.hashing import mixed, prefetch

SHARD_BITS = 4
SHARDS = 1 << SHARD_BITS
AHEAD = 16  #: so many successors earlier a state of several words is asked for; a slot twice as early
RECENT = 1 << 14  #: states that came lately
LINE = 4  #: slots on a cache line
PROVISIONAL = 1 << 31  #: in the name of a block of several words: it stands for a row of successors
TAKEN = 1 << 30  #: in such a name: it is none of a place 0
LOWER = np.int64(0xFFFFFFFF)  #: the lower half of a hash
MOST = TAKEN - 1  #: so many states have a place where they have several words


class Slots(NamedTuple):
    """The table of states.

    Args:
        table: the slots; rows of a name and the bits of the states that are known.
        window: how far apart the shards begin, as a power of two.
        capacities, used: of each shard, in slots.
        cut: which bits of a state are cut out of the names.
    """

    table: Any
    window: int
    capacities: Any
    used: Any
    cut: Any


@njit
def shard_of(h: Any) -> Any:
    """The shard of a block with a hash."""
    return np.int64(np.uint64(h) >> np.uint64(64 - SHARD_BITS))


@njit
def slot_of(h: Any, capacity: Any) -> Any:
    """Where in its shard a block belongs; grows with the hash, whatever the capacity."""
    return ((h & LOWER) * capacity) >> np.int64(32)


@njit
def home(h: Any, slots: Any) -> Any:
    """The slot at which the search for a hash begins."""
    shard = shard_of(h)
    return (shard << slots.window) + slot_of(h, slots.capacities[shard])


@njit
def next_slot(at: Any, tried: int, begin: Any, limit: Any) -> Any:
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
def expect(h: Any, slots: Any) -> None:
    """Ask the memory for the slot of a hash."""
    prefetch(slots.table, 2 * home(h, slots))  # type: ignore[call-arg]  # an intrinsic


@njit
def seek(out: Any, row: int, h: Any, slots: Any, states: Any) -> Any:
    """The slot of the block of a state, or the empty one that is for it.

    Args:
        out, row: the state, among successors.
        h: the hash of its block.
        slots: the table.
        states: every state that has a place; for states of several words.
    """
    table, shard = slots.table, shard_of(h)
    begin = shard << slots.window
    limit = begin + slots.capacities[shard]
    at, tried = home(h, slots), 0
    if out.ndim == 1:
        name = rest(out, row, 0, slots.cut)
        while table[at, 1] != 0 and table[at, 0] != name:
            tried += 1
            at = next_slot(at, tried, begin, limit)
    else:
        tag = h & LOWER
        while table[at, 1] != 0:
            name = table[at, 0]
            if (name >> 32) & LOWER == tag and _same(out, row, states, name, slots.cut):
                break
            tried += 1
            at = next_slot(at, tried, begin, limit)
    return at


@njit
def _same(out: Any, row: int, states: Any, name: int, cut: Any) -> bool:
    """Whether a state is of the block that a name means; for states of several words."""
    number = name & MOST
    same = True
    for word in range(out.shape[1]):
        if name & PROVISIONAL:
            same &= rest(out, row, word, cut) == rest(out, number, word, cut)
        else:
            same &= rest(out, row, word, cut) == rest(states, number, word, cut)
    return same


@compiled
def sift(
    out: Any, start: int, end: int, cut: Any, recent: Any, stamp: int, asked: Any, counts: Any
) -> None:  # fmt: skip
    """Lay out which successors have to be looked up, and by whom.

    Many successors came a short while ago: from states that lie side by side the same is found again and
    again. A small memory of what came lately knows these without a look at the table.

    Args:
        out, start, end: the successors.
        cut: which bits of a state are not in its block's name.
        recent: what came lately, by hash: for states of one word the state, plus 1; otherwise its row, from
            `stamp` on, which no batch has had before.
        asked, counts: for each owner of shards rows of: successor, hash; and how many there are.
    """
    owners = np.int64(asked.shape[0])
    for row in range(start, end):
        h = hashed(out, row, cut)
        key = (h >> 8 ^ bit(out, row, cut)) & (RECENT - 1)
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
        owner = shard_of(h) & (owners - 1)
        n = counts[owner]
        asked[owner, n, 0] = row
        asked[owner, n, 1] = h
        counts[owner] = n + wanted


@compiled
def insert(
    out: Any, asked: Any, begin: int, end: int, slots: Any, states: Any, heads: Any, fresh: Any, count: int
) -> tuple[int, int]:  # fmt: skip
    """Look up successors, and keep the new ones.

    They are looked up one by one, while the memory is asked for the slots of those that come `AHEAD`: it
    always has something to do, and its waits overlap.

    Args:
        out: the successors.
        asked, begin, end: which of them, as `sift` lays it out; one owner's.
        slots: the table.
        states: every state that has a place; for states of several words.
        heads: for each successor whether it is the one that its block is named after; set for new blocks.
        fresh, count: for the rows of those that are new, and how many are there already.

    Returns:
        How far in `asked` it came, which is not to the end where a shard is full; and the count.
    """
    table, capacities, used, cut = slots.table, slots.capacities, slots.used, slots.cut
    for t in range(begin, min(begin + 2 * AHEAD, end)):
        expect(asked[t, 1], slots)
    for t in range(begin, end):
        expect(asked[min(t + 2 * AHEAD, end - 1), 1], slots)
        row, h = asked[t, 0], asked[t, 1]
        shard = shard_of(h)
        if used[shard] >= capacities[shard] - (capacities[shard] >> 3):
            return t, count
        if out.ndim == 2:
            soon = table[home(asked[min(t + AHEAD, end - 1), 1], slots), 0]
            prefetch(states, (soon & MOST) * out.shape[1])  # type: ignore[call-arg]  # an intrinsic
        at = seek(out, row, h, slots, states)
        known, mine = table[at, 1], np.int64(1) << bit(out, row, cut)
        if known == 0:
            if out.ndim == 1:
                table[at, 0] = rest(out, row, 0, cut)
            else:
                table[at, 0] = ((h & LOWER) << 32) | PROVISIONAL | TAKEN | row
                heads[row] = 1
            used[shard] += 1
        if known & mine == 0:
            table[at, 1] = known | mine
            fresh[count] = row
            count += 1
    return end, count


@compiled
def keep(states: Any, begin: int, end: int, slots: Any) -> int:
    """Put states into the table that have places already; returns how far it came before a shard was full."""
    for place in range(begin, end):
        h = hashed(states, place, slots.cut)
        expect(hashed(states, min(place + AHEAD, end - 1), slots.cut), slots)
        shard = shard_of(h)
        if slots.used[shard] >= slots.capacities[shard] - (slots.capacities[shard] >> 3):
            return place
        at = seek(states, place, h, slots, states)
        if slots.table[at, 1] == 0:
            slots.used[shard] += 1
            if states.ndim == 1:
                slots.table[at, 0] = rest(states, place, 0, slots.cut)
            else:
                slots.table[at, 0] = ((h & LOWER) << 32) | TAKEN | place
        slots.table[at, 1] |= np.int64(1) << bit(states, place, slots.cut)
    return end


@compiled
def clear(table: Any, begin: int, end: int, room: Any) -> int:
    """Take everything out of some slots, in their order; returns how much it is."""
    n = 0
    for at in range(begin, end):
        if table[at, 1] != 0:
            room[n, 0], room[n, 1] = table[at, 0], table[at, 1]
            n += 1
            table[at, 1] = 0
    return n


@compiled
def refill(slots: Any, shard: int, inline: bool, room: Any, count: int) -> None:
    """Put back what was taken out of a shard, now that it has more slots.

    Args:
        slots: the table.
        shard: which one.
        inline: whether a block's name is what it is, and not a hash and a place.
        room, count: what was in it.
    """
    capacity = slots.capacities[shard]
    begin = shard << slots.window
    limit = begin + capacity
    for i in range(count):
        name = room[i, 0]
        h = mixed(name) if inline else np.int64(np.uint64(name) >> np.uint64(32))
        at, tried = begin + slot_of(h, capacity), 0
        while slots.table[at, 1] != 0:
            tried += 1
            at = next_slot(at, tried, begin, limit)
        slots.table[at, 0], slots.table[at, 1] = name, room[i, 1]
