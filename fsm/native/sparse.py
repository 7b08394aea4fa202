"""Nodes that look at many bits: their entries are in a hash table of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.native.hashing import mixed


@njit
def look(entries: Any, base: int, number: int) -> Any:
    """The entry for a number at a sparse node, which says how many pairs there is room for, and where."""
    size, pairs = entries[base], entries[base + 1]
    at = mixed(number) & (size - 1)
    while True:
        key = entries[pairs + 2 * at]
        if key == number + 1:
            return entries[pairs + 2 * at + 1]
        if key == 0:
            return np.int64(0)  # an empty entry
        at = (at + 1) & (size - 1)


@compiled
def store(entries: Any, base: int, number: int, entry: int) -> None:
    """Keep the entry for a number at a sparse node that has room for it."""
    size, pairs = entries[base], entries[base + 1]
    at = mixed(np.int64(number)) & (size - 1)
    while entries[pairs + 2 * at] != 0:
        at = (at + 1) & (size - 1)
    entries[pairs + 2 * at] = number + 1
    entries[pairs + 2 * at + 1] = entry


@compiled
def move(entries: Any, pairs: int, size: int, base: int) -> None:
    """Put so many pairs, from where they were, into the room that a sparse node has now."""
    for at in range(pairs, pairs + 2 * size, 2):
        if entries[at] != 0:
            store(entries, base, entries[at] - 1, entries[at + 1])
