"""A forest and those who walk it: entries are filled where states need them, and what was met is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fsm.errors import SpecError
from fsm.native.diamonds import BLIND, Past
from fsm.native.forest import Bundle, Forest
from fsm.native.kernel import CALLED, DONE, FEW, IDLE, MISSES, OUT, POSTPONED, Bench, expand
from fsm.native.visited import packed

IDLES = 1 << 16  #: states that are looked at at once, where those at which nothing is settled are wanted
ASKS = 1 << 12  #: empty entries that are collected at once, beside what one state can add
NONE = np.empty(0, np.int64)  #: no places


class Walk:
    """One worker's way through a forest.

    Args:
        forest: shared with the other workers.
    """

    def __init__(self, forest: Forest) -> None:
        self.forest = forest
        trees = forest.size
        self._hits = np.zeros(64, np.int64)
        self._seen = np.zeros(64, np.int64)
        self._idle = NONE
        self._misses = np.empty((ASKS + trees + 1, 3), np.int64)
        self._called = np.empty((ASKS + trees + 1, 2), np.int64)
        self.most = trees + 2  #: successors that one state can have
        self._pending = np.empty(4 * trees + 8, np.int64)  # a tree waits in one node, and bundles split nodes
        self._trail = np.empty(2 * trees + 4, np.uint32)
        self._todo = np.empty(trees + FEW, np.uint32)
        self._postponed = NONE
        self._told = np.zeros(6, np.int64)

    def take(
        self, rows: Any, first: int, last: int, out: Any, filled: int, ends: Any, counting: bool = True,
        tell_idle: bool = True, past: Past = BLIND, keeping: bool = False, postponing: bool = False,
        listed: Any = NONE,
    ) -> None:  # fmt: skip
        """Walk once for some states; see `kernel.expand`. May be called without the interpreter lock."""
        most = max(last - first, len(listed))
        if postponing and len(self._postponed) < most:
            self._postponed = np.empty(most, np.int64)
        if tell_idle and len(self._idle) < most:
            self._idle = np.empty(most, np.int64)
        bundles = len(self.forest.bundles)
        if bundles > len(self._hits):
            self._hits = np.concatenate([self._hits, np.zeros(2 * bundles, np.int64)])
            self._seen = np.concatenate([self._seen, np.zeros(2 * bundles, np.int64)])
        bench = Bench(
            self._hits, self._seen, self._idle if tell_idle else NONE, self._misses, self._called,
            self._postponed, self._pending, self._trail, self._todo, self.most, self._told,
        )  # fmt: skip
        expand(
            rows, first, last, listed, self.forest.trees, bench, past, out, filled, ends, counting, keeping,
            postponing,
        )  # fmt: skip

    @property
    def done(self) -> int:
        """How many states were walked for."""
        return int(self._told[DONE])

    @property
    def filled(self) -> int:
        """How many successors are laid out."""
        return int(self._told[OUT])

    @property
    def idle(self) -> Any:
        """The places at which nothing is enabled."""
        return self._idle[: self._told[IDLE]].copy()

    @property
    def missing(self) -> bool:
        """Whether entries were empty."""
        return bool(self._told[MISSES])

    @property
    def late(self) -> bool:
        """Whether places were passed over."""
        return bool(self._told[POSTPONED])

    @property
    def postponed(self) -> Any:
        """The places that were passed over."""
        return self._postponed[: self._told[POSTPONED]].copy()

    def fill(self, rows: Any) -> None:
        """Fill the empty entries that were met; raises `SpecError` where a body is wrong."""
        asked: dict[tuple[int, int], int] = {}
        for base, place, number in self._misses[: self._told[MISSES]].tolist():
            asked.setdefault((base, number), place)
        states, filled = packed(rows[list(asked.values())]), 0
        try:
            for (base, number), state in zip(asked, states, strict=True):
                self.forest.fill(base, number, state)
                filled += 1
        except SpecError as error:
            error.state = states[filled]
            raise
        finally:
            for base, number in list(asked)[filled:]:
                self.forest.nodes.forget(base, number)

    def calls(self) -> Iterator[tuple[Bundle, int]]:
        """The bundles and places at which bodies have to be called."""
        for bundle, place in self._called[: self._told[CALLED]].tolist():
            yield self.forest.bundles[bundle], place

    def whole(self, rows: Any, count: int, out: Any) -> Iterator[tuple[Any, list[tuple[Bundle, int]]]]:
        """Walk for the first rows, as often as it takes; what follows from them is not kept.

        Yields:
            The numbers of rows at which nothing is settled, and the calls that are needed.
        """
        at, ends = 0, np.empty(IDLES, np.int64)
        while at < count:
            self.take(rows, at, min(count, at + IDLES), out, 0, ends, False)
            at += self.done
            missing = self.missing
            yield self.idle, list(self.calls())
            if missing:
                self.fill(rows)

    def idle_among(self, rows: Any) -> Any:
        """The numbers of the rows at which nothing is settled; a state that needs a call is one of them."""
        trees = self.forest.size + 2
        shape = (IDLES + trees,) if rows.ndim == 1 else (IDLES + trees, rows.shape[1])
        parts = [idle for idle, _ in self.whole(rows, len(rows), np.empty(shape, np.int64))]
        return np.concatenate(parts) if parts else NONE

    def tally(self) -> Iterator[tuple[Bundle, int, int]]:
        """The bundles that were met, how often, and where first if they tell something; then forgotten."""
        for bundle in np.flatnonzero(self._hits).tolist():
            yield self.forest.bundles[bundle], int(self._hits[bundle]), int(self._seen[bundle])
        self._hits[:] = 0
