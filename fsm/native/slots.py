"""The inner loops of the table of states: see `visited` for what lies where.

A slot has a few numbers: the name of a block (see `blocks`), which is all words of a state without the bits
that are cut out, and then a bit for each state of the block that is known, so that this is 0 in an empty slot
and in no other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.blocks import bit, hashed, rest
from fsm.native.compiling import compiled
from fsm.native.hashing import mixed, prefetch
from fsm.native.shapes import words_in

SHARD_BITS = 4
SHARDS = 1 << SHARD_BITS
AHEAD = 32  #: so many successors earlier a slot is asked for
LATE = 8  #: successors that wait for their next cache line; no more than an eighth of a shard's slots
RECENT = 1 << 14  #: states that came lately
LINE = 8  #: numbers on a cache line
LOWER = np.int64(0xFFFFFFFF)  #: the lower half of a hash


class Slots(NamedTuple):
    """The table of states.

    Args:
        table: the numbers of all slots.
        width: how many numbers a slot has; see `width_of`.
        line: how many slots lie on a cache line.
        window: how far apart the shards begin, in slots, as a power of two.
        capacities, used: of each shard, in slots.
        cut: which bits of a state are cut out of the names.
    """

    table: Any
    width: int
    line: int
    window: int
    capacities: Any
    used: Any
    cut: Any


def width_of(words: int) -> int:
    """How many numbers a slot has for states of so many words; few fit evenly on a cache line."""
    return next((width for width in (2, 4, LINE) if words < width), words + 1)


@njit
def _width(slots: Any) -> Any:
    """How many numbers a slot has; see `width_of`."""
    return 2 * len(slots.cut.shape) if len(slots.cut.shape) else slots.width


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
def next_slot(at: Any, line: int) -> Any:
    """The slot to look at after another one on a cache line of so many: round the line."""
    return (at & ~(line - 1)) | ((at + 1) & (line - 1))


@njit
def next_line(at: Any, h: Any, slots: Any) -> Any:
    """The slot to look at when a cache line is full: where the next one of the shard begins.

    Args:
        at: a slot of the line.
        h: the hash that is looked for.
        slots: the table.
    """
    shard = shard_of(h)
    after, begin = (at | (slots.line - 1)) + 1, shard << slots.window
    return begin if after == begin + slots.capacities[shard] else after


@njit
def expect(h: Any, slots: Any) -> None:
    """Ask the memory for the slot of a hash."""
    prefetch(slots.table, home(h, slots) * _width(slots))  # type: ignore[call-arg]  # an intrinsic


@njit
def seek(rows: Any, row: int, h: Any, slots: Any) -> Any:
    """The slot of the block of a state, or the empty one that is for it.

    Args:
        rows, row: the state.
        h: the hash of its block.
        slots: the table.
    """
    line = home(h, slots)
    at = seek_round(line, rows, row, slots)
    while at < 0:
        line = next_line(line, h, slots)
        at = seek_round(line, rows, row, slots)
    return at


@njit
def seek_round(at: Any, rows: Any, row: int, slots: Any) -> Any:
    """See `seek`: on one cache line, from a slot on; -1 if other blocks have all of it."""
    for _ in range(slots.line):
        if known_at(at, rows, slots) == 0 or _names(at, rows, row, slots):
            return at
        at = next_slot(at, slots.line)
    return np.int64(-1)


@njit
def known_at(at: Any, rows: Any, slots: Any) -> Any:
    """The bits of the states that are known in a slot, for states like those in some rows."""
    return slots.table[np.uint64(at * _width(slots) + words_in(rows, slots.cut.shape))]


@njit
def _names(at: Any, rows: Any, row: int, slots: Any) -> Any:
    """Whether a slot is named after the block of a state."""
    first, differing = at * _width(slots), np.int64(0)
    for word in range(words_in(rows, slots.cut.shape)):
        differing |= slots.table[np.uint64(first + word)] ^ rest(rows, row, word, slots.cut)
    return differing == 0


@njit
def enter(at: Any, rows: Any, row: int, slots: Any) -> Any:
    """Keep a state in the slot that is for it; returns the bits that were known there before."""
    known, mine = known_at(at, rows, slots), np.int64(1) << bit(rows, row, slots.cut)
    words = words_in(rows, slots.cut.shape)
    first = at * _width(slots)
    if known == 0:
        for word in range(words):
            slots.table[np.uint64(first + word)] = rest(rows, row, word, slots.cut)
    slots.table[np.uint64(first + words)] = known | mine
    return known


@njit
def is_full(shard: Any, slots: Any) -> bool:
    """Whether a shard should take no more before it grows."""
    capacity = slots.capacities[shard]
    return bool(slots.used[shard] >= capacity - (capacity >> 3))


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
            for word in range(words_in(out, cut.shape)):
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
    out: Any, asked: Any, begin: int, end: int, slots: Any, new: Any
) -> tuple[int, int]:  # fmt: skip
    """Look up successors, and keep the new ones.

    They are looked up one by one, while the memory is asked for the slots of those that come `AHEAD`: it
    always has something to do, and its waits overlap. One that finds a cache line full of others lets a few
    go before it while the memory is asked for the next line. Of several rows with one state the first is new
    all the same: each of them finds that line full, and those that wait do so in their order.

    Args:
        out: the successors.
        asked, begin, end: which of them, as `sift` lays it out; one owner's.
        slots: the table, no shard of which is full.
        new: for each row whether it is new; set for those that are looked up.

    Returns:
        How far in `asked` it came, which is not to the end where a shard is full; and how many are new.
    """
    count, t, full = 0, begin, False
    waiting, late, done = np.empty((LATE, 2), np.int64), 0, 0
    for soon in range(begin, min(begin + AHEAD, end)):
        expect(asked[soon, 1], slots)
    while done < late or (t < end and not full):
        if t < end and not full and late - done < LATE:
            expect(asked[min(t + AHEAD, end - 1), 1], slots)
            ask, line = t, home(asked[t, 1], slots)
            t += 1
        else:
            ask, line = waiting[done % LATE, 0], waiting[done % LATE, 1]
            done += 1
        row, h = np.uint64(asked[ask, 0]), asked[ask, 1]
        at = seek_round(line, out, row, slots)
        if at < 0:
            line = next_line(line, h, slots)
            prefetch(slots.table, line * _width(slots))  # type: ignore[call-arg]  # an intrinsic
            waiting[late % LATE, 0], waiting[late % LATE, 1] = ask, line
            late += 1
            continue
        known = enter(at, out, row, slots)
        is_new = known >> bit(out, row, slots.cut) & 1 == 0
        new[row] = is_new
        count += is_new
        if known == 0:
            shard = shard_of(h)
            slots.used[shard] += 1
            full |= is_full(shard, slots)
    return t, count


@compiled
def keep(states: Any, begin: int, end: int, slots: Any) -> int:
    """Put states into the table that have places already; returns how far it came before a shard was full."""
    for place in range(begin, end):
        h = hashed(states, place, slots.cut)
        expect(hashed(states, min(place + AHEAD, end - 1), slots.cut), slots)
        at = seek(states, place, h, slots)
        if enter(at, states, place, slots) == 0:
            shard = shard_of(h)
            slots.used[shard] += 1
            if is_full(shard, slots):
                return place + 1
    return end


@compiled
def clear(slots: Any, words: int, shard: int, room: Any) -> int:
    """Take everything out of a shard, in the order of the slots; returns how much it is."""
    table, width, n = slots.table, slots.width, 0
    first = (shard << slots.window) * width
    for at in range(first, first + slots.capacities[shard] * width, width):
        if table[at + words] != 0:
            for number in range(words + 1):
                room[n, number] = table[at + number]
            n += 1
            table[at + words] = 0
    return n


@compiled
def refill(slots: Any, words: int, room: Any, count: int) -> None:
    """Put back what was taken out of a shard, now that it has more slots.

    Args:
        slots: the table.
        words: of a state.
        room, count: what was in it.
    """
    table, width = slots.table, slots.width
    for i in range(count):
        h = np.int64(0)
        for word in range(words):
            h = mixed(h ^ room[i, word])
        at, tried = home(h, slots), 0
        while table[at * width + words] != 0:
            tried += 1
            at = next_slot(at, slots.line) if tried & (slots.line - 1) else next_line(at, h, slots)
        for number in range(words + 1):
            table[at * width + number] = room[i, number]
