"""Rows that grow by doubling, for what is small beside the states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


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
            room = 2 * (self.size + self._spare)
            more = np.zeros((room - len(self._all), *self._all.shape[1:]), self._all.dtype)
            self._all = np.concatenate([self._all, more])
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
