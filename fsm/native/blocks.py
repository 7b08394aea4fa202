"""Blocks: states that differ in six bits alone share a slot of the table.

Theory. The states that a search finds are no random numbers. A spec whose states take fifty bits reaches a
small part of what fifty bits can say, and what it reaches lies close together: where one state is, most of
those are that differ from it in a counter or in a phase. So six bits that lie side by side are cut out of a
state; the rest of it is the name of a *block*, and the slot of a block has a bit for each of the 64 states
that may be in it. The set stays exact: a state is in it if its block's name is, with its bit.

How much that saves is a matter of which six bits: with good ones a block holds ten states and more, with bad
ones hardly two. Which are good shows when some states are known: of a sample of blocks, the same for every
choice, it is counted how many there would be. A table that was laid out by other bits is laid out anew then,
while it is small.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.native.hashing import mixed

BITS = 6
MASK = (1 << BITS) - 1
PLACES = 64 - BITS + 1  #: where the bits may lie in a word
SAMPLE = 1 << 6  #: of so many blocks one is counted
WORTH = 1.25  #: how many times as many states a block should hold for the table to be laid out anew


class Cut(NamedTuple):
    """Which bits of a state are cut out.

    Args:
        word: of a state.
        low: the lowest of them.
    """

    word: int
    low: int


@njit
def rest(rows: Any, row: int, word: int, cut: Any) -> Any:
    """A word of a state without the bits that are cut out."""
    there = rows[row] if rows.ndim == 1 else rows[row, word]
    return there & ~(np.int64(MASK) << cut.low) if word == cut.word else there


@njit
def bit(rows: Any, row: int, cut: Any) -> Any:
    """The number of a state in its block."""
    there = rows[row] if rows.ndim == 1 else rows[row, cut.word]
    return there >> cut.low & MASK


@njit
def hashed(rows: Any, row: int, cut: Any) -> Any:
    """The hash of the block of a state."""
    if rows.ndim == 1:
        return mixed(rest(rows, row, 0, cut))
    h = np.int64(0)
    for word in range(rows.shape[1]):
        h = mixed(h ^ rest(rows, row, word, cut))
    return h


@compiled
def sample(rows: Any, count: int, cut: Any, found: Any) -> int:
    """The hashes of the blocks in a sample, once for each of their states; returns how many these are."""
    n = 0
    for row in range(count):
        h = hashed(rows, row, cut)
        if h & (SAMPLE - 1) == 0:
            found[n] = h
            n += 1
    return n


def density(rows: Any, count: int, cut: Cut) -> float:
    """How many states a block holds, by a sample.

    Args:
        rows, count: states, and how many of them are looked at.
        cut: which bits are cut out.
    """
    found = np.empty(count, np.int64)
    n = sample(rows, count, cut, found)
    return n / len(np.unique(found[:n])) if n else 1.0


def best(rows: Any, count: int, cut: Cut) -> Cut:
    """The bits that had better be cut out of some states; those of `cut` if there are no much better ones."""
    words = 1 if rows.ndim == 1 else rows.shape[1]
    cuts = [Cut(word, low) for word in range(words) for low in range(PLACES)]
    densities = [density(rows, count, one) for one in cuts]
    found = int(np.argmax(densities))
    return cuts[found] if densities[found] > WORTH * densities[cuts.index(cut)] else cut
