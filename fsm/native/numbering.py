"""Which place a state has, for those who ask for steps: the table alone knows blocks of states."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.blocks import bit, hashed
from fsm.native.compiling import compiled
from fsm.native.hashing import ones, prefetch
from fsm.native.slots import AHEAD, SHARDS, expect, home, known_at, seek


class Numbers(NamedTuple):
    """Which place each state has: the states of a slot are counted from its base on, by their bits.

    Args:
        bases: for each slot.
        places: of the states; empty if nobody asks for them.
    """

    bases: Any
    places: Any


@compiled
def find(out: Any, start: int, end: int, slots: Any, numbers: Any, found: Any) -> int:
    """The places of states; as in `slots.insert` the memory is asked ahead.

    Args:
        out, start, end: the successors.
        slots: the table.
        numbers: which places states have; with none of them it is only said who is known.
        found: for each successor its place, or 0 if that is not known, or -1 where it is no known state.

    Returns:
        How many are no known state.
    """
    unknown = 0
    for row in range(start, min(start + AHEAD, end)):
        expect(hashed(out, row, slots.cut), slots)
    for row in range(start, end):
        expect(hashed(out, min(row + AHEAD, end - 1), slots.cut), slots)
        if len(numbers.places):
            soon = home(hashed(out, min(row + AHEAD, end - 1), slots.cut), slots)
            prefetch(numbers.bases, soon)  # type: ignore[call-arg]  # an intrinsic
        at = seek(out, row, hashed(out, row, slots.cut), slots)
        known, mine = known_at(at, out, slots), np.int64(1) << bit(out, row, slots.cut)
        place = np.int64(-1)
        if known & mine:
            place = np.int64(_number(at, known, mine, numbers)) if len(numbers.places) else np.int64(0)
        found[row - start] = place
        unknown += int(place < 0)
    return unknown


@njit
def _number(at: Any, known: Any, mine: Any, numbers: Any) -> Any:
    return numbers.places[_rank(at, known, mine, numbers)]


@njit
def _rank(at: Any, known: Any, mine: Any, numbers: Any) -> Any:
    """Where the place of a state stands: behind those of the states of its block with lower bits."""
    return np.int64(numbers.bases[at]) + ones(known & (mine - 1))  # type: ignore[call-arg]  # an intrinsic


@compiled
def enumerate_slots(states: Any, size: int, slots: Any, numbers: Any) -> None:
    """Write down the place of each state; see `Numbers`."""
    total = np.int64(0)
    for shard in range(SHARDS):
        begin = np.int64(shard) << slots.window
        for at in range(begin, begin + slots.capacities[shard]):
            numbers.bases[at] = total
            total += ones(known_at(at, states, slots))  # type: ignore[call-arg]  # an intrinsic
    for place in range(size):
        expect(hashed(states, min(place + AHEAD, size - 1), slots.cut), slots)
        at = seek(states, place, hashed(states, place, slots.cut), slots)
        mine = np.int64(1) << bit(states, place, slots.cut)
        numbers.places[_rank(at, known_at(at, states, slots), mine, numbers)] = place
