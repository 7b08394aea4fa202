"""Rows that grow by doubling, for what is small beside the states; on large pages once they fill one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fsm.native.arena import HUGE, Arena


class Grown:
    """Rows of one type.

    Args:
        dtype: of numpy.
        width: how many numbers a row has; 0 where it is a number itself.
        spare: so many rows may be read behind the last one.
    """

    def __init__(self, dtype: Any, width: int = 0, spare: int = 0) -> None:
        self._all = np.zeros((64, width) if width else 64, dtype)
        self._spare = spare
        self.size = 0

    @property
    def rows(self) -> Any:
        """All of them, those in reserve too; others after it has grown."""
        return self._all

    def extend(self, count: int) -> int:
        """Make room for rows of zeroes; returns the first one's place."""
        first, self.size = self.size, self.size + count
        if self.size + self._spare > len(self._all):
            old = self._all
            self._all = _zeroes((2 * (self.size + self._spare), *old.shape[1:]), old.dtype)
            self._all[: len(old)] = old
        return first

    def append(self, row: Any) -> int:
        """Add a row; returns its place."""
        at = self.extend(1)
        self._all[at] = row
        return at

    def place(self, rows: Sequence[Any]) -> int:
        """Add rows; returns the first one's place."""
        at = self.extend(len(rows))
        self._all[at : self.size] = rows
        return at


def _zeroes(shape: tuple[int, ...], dtype: Any) -> Any:
    size = int(np.prod(shape)) * dtype.itemsize
    if size < HUGE:
        return np.zeros(shape, dtype)
    arena = Arena(shape, dtype)
    arena.advise(0, size + HUGE - 1)
    return arena.rows
