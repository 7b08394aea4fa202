"""Which of many states are final, without a look at each of them in Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsm.composites import MapOf
from fsm.model import Model
from fsm.native.visited import packed
from fsm.packing import WORD


class Finality:
    """The test whether a phase, or every member's, is final.

    Args:
        model: whose states.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        domain = model.phase.domain
        while isinstance(domain, MapOf):
            domain = domain.value
        place = model.layout.places[model.phase.name]
        self._slots = model.layout.slots[place.first : place.end]
        self._final = None
        if len(domain.cells) == 1 and domain.size < 1 << 16:
            numbers = [domain.encode(value)[0] for value in domain if value in model.final]
            self._final = np.zeros(max(slot.size for slot in self._slots), np.bool_)
            self._final[numbers] = True

    def among(self, rows: Any) -> Any:
        """For each row whether its state is final."""
        if self._final is None:
            return np.array([self._model.is_final(state) for state in packed(rows)], np.bool_)
        final = np.ones(len(rows), np.bool_)
        for slot in self._slots:
            word, shift = divmod(slot.shift, WORD)
            bits = rows if rows.ndim == 1 else rows[:, word]
            final &= self._final[bits >> shift & slot.mask]
        return final
