"""What steps do to a state, as rows of numbers for the kernel; each is kept once for all nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsm.native.diamonds import Footprints
from fsm.native.grown import Grown
from fsm.native.kernel import PLAIN
from fsm.native.visited import packed
from fsm.packing import WORD
from fsm.tables import Step


class Outcomes:
    """The outcomes of all steps in a forest; see `kernel.Trees`.

    Args:
        words: of a state.
        footprints: where theirs are kept.
    """

    def __init__(self, words: int, footprints: Footprints) -> None:
        self._words = words
        self._footprints = footprints
        self._numbers: dict[tuple[Step, int], int] = {}
        self._width = -(-(3 * words + 1) // PLAIN) * PLAIN
        self._rows = Grown(np.int64, self._width)
        self._moved = Grown(np.uint32)
        self._moves = Grown(np.int64, 5)
        self._moved.append(0)

    @property
    def arrays(self) -> tuple[Any, int, Any, Any]:
        """`outcomes`, `width`, `moved` and `moves` of `Trees`; others after there are more."""
        return self._rows.rows.reshape(-1), self._width, self._moved.rows, self._moves.rows

    def number(self, step: Step, footprint: int) -> int:
        """The number of what a step does, which has looked at or changes some bits."""
        known = self._numbers.get((step, footprint))
        if known is None:
            known = self._numbers[step, footprint] = self._rows.append(self._row(step, footprint))
            for origin, mask, target in step.moves:
                self._moves.append((*divmod(origin, WORD), mask, *divmod(target, WORD)))
            self._moved.append(self._moves.size)
        return known

    def _row(self, step: Step, footprint: int) -> Any:
        mark, whole = self._footprints.mark(footprint), (1 << WORD) - 1
        bits = packed(self._footprints.rows[mark : mark + 1])[0]
        parts = (step.keep, step.put, bits)
        numbers = [part >> word * WORD & whole for word in range(self._words) for part in parts]
        padding = [0] * (self._width - len(numbers) - 1)
        return np.array([*numbers, mark, *padding], np.uint64).view(np.int64)
