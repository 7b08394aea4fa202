"""Steps that need no look-up, because an earlier state leads to where they lead.

Theory. Let s have been found from p by a step a, and let b be a step from s. When neither touches what the
other one reads or writes, b is possible in p too, and leads to a state r from which a leads to where b leads
from s: the four states are a *diamond*. If r has an earlier place than s, then r is expanded first, and what
b leads to from s is known by then. Now r, which p leads to, was found from p or from an earlier state; so it
comes before s unless p is the origin of both and r has the greater number. To look at two numbers thus saves
a look into the table, and that is where the time goes: in a state of n independent members about n - 1 of n
steps close a diamond.

Nothing is left out: the step is taken, counted and judged like any other; only that its end is known already
is seen without asking. Places, origins and order are what they would be. It holds by the order of places, so
it asks that all states before s were expanded, which they were, and that neither step is a fault, since
faults are followed later.

Up to renaming the same holds where a canonical state has the least number of its orbit, and s is what a led
to without being renamed: what r is kept as has no greater number than r.

A step's *footprint* is the bits of the cells that its body has looked at or that it changes. Each state keeps
the mark of the footprint of the step that it was found by until it is expanded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fsm.native.grown import Grown
from fsm.native.visited import unpacked

UNKNOWN = 0  #: the mark of a step that may touch everything
MOST = 1 << 16  #: so many marks there are


class Footprints:
    """The footprints of all steps that were met; each has a mark.

    Args:
        words: of a state.
    """

    def __init__(self, words: int) -> None:
        self._words = words
        self._grown = Grown(np.int64, 0 if words == 1 else words)
        self._grown.append(-1)
        self._marks: dict[int, int] = {}

    @property
    def rows(self) -> Any:
        """For each mark the bits, as a state has them."""
        return self._grown.rows

    def mark(self, bits: int) -> int:
        """The mark of a footprint; `UNKNOWN` when there are too many."""
        known = self._marks.get(bits)
        if known is None:
            if self._grown.size == MOST:
                return UNKNOWN
            known = self._marks[bits] = self._grown.append(unpacked([bits], self._words)[0])
        return known


class Past(NamedTuple):
    """What `expand` has to know of the past: to see that a diamond is closed, and what was judged before.

    Args:
        seeing: whether to look at the past at all.
        since: states from this place on were judged by the tables that judge now.
        origins: of all states.
        came: for each state the mark of the step that it was found by.
        goes: for each successor the mark of the step that leads there; written.
    """

    seeing: bool
    since: int
    origins: Any
    came: Any
    goes: Any


BLIND = Past(False, 0, np.empty(0, np.uint32), np.empty(0, np.uint16), np.empty(0, np.uint16))
