"""Symmetry for the kernel: successors are brought into their canonical form where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsm.native.kernel import rename
from fsm.packing import WORD
from fsm.symmetry import Symmetry


class Renamer:
    """Brings rows into canonical form; see `fsm.symmetry`.

    Args:
        symmetry: which members are interchangeable.
    """

    def __init__(self, symmetry: Symmetry) -> None:
        self._blocks = np.array([divmod(shift, WORD) for shift in symmetry.shifts], np.int64)
        self._mask = np.array(symmetry.block, np.uint64).astype(np.int64)[()]
        pointers, names = [], list[int]()
        for one in symmetry.pointers:
            pointers.append((*divmod(one.shift, WORD), one.mask, 0, len(names)))
            names += one.numbers
        for some in symmetry.sets:
            pointers.append((*divmod(some.shift, WORD), some.mask, 1, len(names)))
            names += some.bits
        self._pointers = np.array(pointers, np.int64).reshape(-1, 5)
        self._names = np.array(names, np.int64)
        self._members = symmetry.size

    def rename(self, rows: Any, start: int, end: int) -> None:
        """Bring some rows into their canonical form."""
        room = np.empty(self._members, np.int64), np.empty(self._members, np.int64)
        rename(rows, start, end, self._blocks, self._mask, self._pointers, self._names, *room)
