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

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.native.hashing import mixed
from fsm.native.shapes import Shape, words_in

BITS = 6
MASK = (1 << BITS) - 1
PLACES = 64 - BITS + 1  #: where the bits may lie in a word
SAMPLE = 1 << 12  #: words of states in the blocks that are counted, at the least, if there are so many
FEWEST = 1 << 8  #: states in them
MOST = 1 << 20  #: words of states that are looked at
WORTH = 1.25  #: how many times as many states a block should hold for the table to be laid out anew


class Cut(NamedTuple):
    """Which bits of a state are cut out.

    Args:
        word: of a state.
        low: the lowest of them.
        shape: of the states.
    """

    word: int
    low: int
    shape: Shape = ()


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
    for word in range(words_in(rows, cut.shape)):
        h = mixed(h ^ rest(rows, row, word, cut))
    return h


@njit
def _part(word: Any, number: int) -> Any:
    """What a word of a state contributes to `summed`."""
    return mixed(word ^ (np.int64(number) << np.int64(55)))


@compiled
def summed(rows: Any, count: int, sums: Any) -> None:
    """A hash of each state to which every word contributes by itself, so that one can be taken out again."""
    for row in range(count):
        if rows.ndim == 1:
            sums[row] = _part(rows[row], 0)
        else:
            sums[row] = 0
            for word in range(rows.shape[1]):
                sums[row] ^= _part(rows[row, word], word)


@compiled
def sample(rows: Any, count: int, cut: Any, sums: Any, one_in: int, found: Any) -> int:
    """The hashes of the blocks in a sample, once for each of their states; returns how many these are.

    Args:
        rows, count: states, and how many of them are looked at.
        cut: which bits are cut out.
        sums: see `summed`.
        one_in: of so many blocks one is in the sample; a power of two.
        found: room for the hashes.
    """
    n = 0
    for row in range(count):
        whole = rows[row] if rows.ndim == 1 else rows[row, cut.word]
        h = sums[row] ^ _part(whole, cut.word) ^ _part(rest(rows, row, cut.word, cut), cut.word)
        if h & (one_in - 1) == 0:
            found[n] = h
            n += 1
    return n


def densities(rows: Any, count: int, cuts: Sequence[Cut]) -> list[float]:
    """How many states a block holds, by a sample.

    Args:
        rows, count: states, and how many of them are looked at; fewer, if they have many words.
        cuts: which bits are cut out; one answer for each.
    """
    words = 1 if rows.ndim == 1 else rows.shape[1]
    count = min(count, MOST // words)
    sums, found = np.empty(count, np.int64), np.empty(count, np.int64)
    summed(rows, count, sums)
    one_in = 1 << max(0, (count // max(SAMPLE // words, FEWEST)).bit_length() - 1)
    sizes = (sample(rows, count, cut, sums, one_in, found) for cut in cuts)
    return [size / len(np.unique(found[:size])) if size else 1.0 for size in sizes]


def best(rows: Any, count: int, cut: Cut) -> Cut:
    """The bits that had better be cut out of some states; those of `cut` if there are no much better ones."""
    words = 1 if rows.ndim == 1 else rows.shape[1]
    cuts = [Cut(word, low, cut.shape) for word in range(words) for low in range(PLACES)]
    sizes = densities(rows, count, cuts)
    found = int(np.argmax(sizes))
    return cuts[found] if sizes[found] > WORTH * sizes[cuts.index(cut)] else cut
