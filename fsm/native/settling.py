"""What is new gets its place: in the order of the states that it comes from, then of the numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.native.shapes import words_in


class Sorting(NamedTuple):
    """Room to sort what is new, for as many rows as there are successors.

    Args:
        passed: for each row how many states have no more successors from there on; zeroes between two calls.
        rows, sources: what is new, and the state that each comes from.
    """

    passed: Any
    rows: Any
    sources: Any


def room_for(rows: int) -> Sorting:
    """Room for so many successors."""
    return Sorting(*(np.zeros(rows + 1, np.uint32) for _ in range(3)))


@compiled
def settle(
    out: Any, goes: Any, ends: Any, first: int, start: int, end: int, one: Any, other: Any, states: Any,
    origins: Any, came: Any, size: int, sorting: Sorting, shape: Any,
) -> int:  # fmt: skip
    """Give new states their places: by the state that they come from, then by their own number.

    Which rows are new is hard to foretell, so they are gathered without a jump first.

    Args:
        out, goes, ends, first: the successors, the marks of the steps that lead there, where the successors
            of each state end, and the place of the first one.
        start, end: the rows.
        one, other: for each row whether it is new, from each of two owners; zeroes afterwards.
        states, origins, came, size: the states, the places that they were found from, the marks of the
            steps, how many there are.
        sorting: room; only that of the rows is used.
        shape: of the states.

    Returns:
        How many states there are.
    """
    passed, rows, sources = sorting.passed, sorting.rows, sorting.sources
    state = 0
    while start < end and ends[state] < end:
        passed[np.uint64(ends[state])] += np.uint32(1)
        state += 1
    count, source = np.uint64(start), np.uint64(0)
    for row in range(np.uint64(start), np.uint64(end)):
        source += passed[row]
        passed[row] = 0
        rows[count], sources[count] = row, source
        count += np.uint64(one[row] | other[row])
        one[row] = other[row] = 0
    run, last = size, np.int64(-1)
    for new in range(np.uint64(start), count):
        row, mine = rows[new], np.int64(sources[new])
        run = run if mine == last else size
        last, at = mine, size
        if out.ndim == 1:
            while at > run and states[at - 1] > out[row]:
                states[at], came[at] = states[at - 1], came[at - 1]
                at -= 1
            states[at] = out[row]
        else:
            while at > run and _exceeds(states, at - 1, out, row, shape):
                for word in range(words_in(out, shape)):
                    states[at, word] = states[at - 1, word]
                came[at] = came[at - 1]
                at -= 1
            for word in range(words_in(out, shape)):
                states[at, word] = out[row, word]
        came[at] = goes[row]
        origins[size] = first + mine
        size += 1
    return size


@njit
def _exceeds(states: Any, place: int, out: Any, row: int, shape: Any) -> bool:
    """Whether a state has a greater number than a successor; the last word counts most."""
    for word in range(words_in(out, shape) - 1, -1, -1):
        one, other = np.uint64(states[place, word]), np.uint64(out[row, word])
        if one != other:
            return bool(one > other)
    return False
