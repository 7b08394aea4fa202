"""What a worker lays out to be looked up, sifted: what came a short while ago is not asked for again."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsm.native.blocks import Cut
from fsm.native.slots import RECENT, sift


class Desk:
    """Where one worker lays out which of its successors are to be looked up; see `slots.sift`.

    Args:
        rows: how many there can be.
        owners: how many share the shards among them, 1 or 2.
    """

    def __init__(self, rows: int, owners: int = 1) -> None:
        self.recent = np.zeros(RECENT, np.int64)
        self.stamp = 1
        self._rows = 0
        self._room = np.empty((owners, rows + 1, 2), np.int64)
        self._by_owner = np.zeros(owners, np.int64)
        self.asked, self.counts = self._room[:1], self._by_owner[:1]

    def clear(self, rows: int, owners: int) -> None:
        """Begin a batch.

        Args:
            rows: how many rows its successors have at most.
            owners: how many look them up.
        """
        self.stamp += max(rows, self._rows)
        self._rows = rows
        self.asked, self.counts = self._room[:owners], self._by_owner[:owners]
        self.counts[:] = 0

    def sift(self, out: Any, start: int, end: int, cut: Cut) -> None:
        """Lay out which of some successors are to be looked up, in the table of a cut."""
        sift(out, start, end, cut, self.recent, self.stamp, self.asked, self.counts)

    def withdraw(self, start: int) -> None:
        """Take back what was laid out of rows from one on, which are now others."""
        for owner, count in enumerate(self.counts.tolist()):
            self.counts[owner] = np.searchsorted(self.asked[owner, :count, 0], start)
        self.recent[:] = 0
