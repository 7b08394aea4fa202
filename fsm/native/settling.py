"""What is new gets its place: in the order of the states that it comes from, then of the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from fsm.native.compiling import compiled


@compiled
def settle(
    out: Any, goes: Any, ends: Any, first: int, fresh: Any, count: int, others: Any, more: int,
    states: Any, origins: Any, came: Any, size: int,
) -> int:  # fmt: skip
    """Give new states their places: by the state that they come from, then by their own number.

    Args:
        out, goes, ends, first: the successors, the marks of the steps that lead there, where the successors
            of each state end, and the place of the first one.
        fresh, count, others, more: what each of two owners found to be new, by row.
        states, origins, came, size: the states, the places that they were found from, the marks of the
            steps, how many there are.

    Returns:
        How many states there are.
    """
    one, two, source, run = 0, 0, 0, size
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
                at -= 1
            for word in range(out.shape[1]):
                states[at, word] = out[row, word]
        came[at] = goes[row]
        origins[size] = first + source
        size += 1
    return size


@njit
def _exceeds(states: Any, place: int, out: Any, row: int) -> bool:
    """Whether a state has a greater number than a successor; the last word counts most."""
    for word in range(out.shape[1] - 1, -1, -1):
        one, other = np.uint64(states[place, word]), np.uint64(out[row, word])
        if one != other:
            return bool(one > other)
    return False
