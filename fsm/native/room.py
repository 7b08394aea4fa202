"""The room that a batch is laid out in, and how much of it there is.

Theory. A batch costs the same whatever it finds: some calls from Python, and the waits of two workers for
each other. So the more states are known, the more of them are expanded at once, while what the room takes
stays a small part of what the states take.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fsm.native.desk import Desk
from fsm.native.settling import Sorting, room_for

REGION = 1 << 16  #: successors that a worker lays out at once at first, beside those of one state
STATES = 1 << 15  #: states that a worker expands at once at most, at first
FEW = 1 << 20  #: states up to which two workers share the room that one would have
MANY = 1 << 21  #: states from which on there is twice the room, and twice that from twice as many on
DOUBLINGS = 4  #: how often there is twice the room at most


class Room(NamedTuple):
    """Room for a batch.

    Args:
        region: successors that a worker lays out at once.
        states: states that a worker expands at once at most.
        out: rows for the successors; each worker has a region of them.
        goes: for each row the mark of the step that leads there; see `diamonds`.
        unknown: the marks where nobody asks.
        ends: for each state the end of its successors.
        new: for each row whether it is new, from each of two owners.
        sorting: see `settling`.
        desks: of the workers.
    """

    region: int
    states: int
    out: Any
    goes: Any
    unknown: Any
    ends: Any
    new: Any
    sorting: Sorting
    desks: list[Desk]


def region_of(known: int, trees: int, workers: int) -> int:
    """How many successors a worker lays out at once.

    Args:
        known: how many states are known.
        trees: how many trees a walk has at most; a state that is postponed counts twice, see `kernel.expand`.
        workers: how many there are.
    """
    return (REGION << _doublings(known)) // _share(known, workers) + 2 * (trees + 2)


def room_of(known: int, trees: int, words: int, workers: int) -> Room:
    """Room for a batch when so many states are known.

    Args:
        known, trees: see `region_of`.
        words: of a state.
        workers: how many there are.
    """
    region = region_of(known, trees, workers)
    states = max(1, (STATES << _doublings(known)) // _share(known, workers))
    rows = region * workers
    return Room(
        region,
        states,
        np.empty((rows,) if words == 1 else (rows, words), np.int64),
        np.zeros(rows, np.uint16),
        np.zeros(rows, np.uint16),  # all of them `UNKNOWN`, and nobody touches them: they take no memory
        np.empty(states * workers, np.int64),
        np.zeros((2, rows), np.uint8),
        room_for(rows),
        [Desk(rows, workers) for _ in range(workers)],
    )


def _share(known: int, workers: int) -> int:
    """How many workers share the room of one."""
    return workers if known < FEW else 1


def _doublings(known: int) -> int:
    return min((known // MANY).bit_length(), DOUBLINGS)
