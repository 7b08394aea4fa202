"""Steps in compressed rows: what a search along the runs walks on.

Theory. The steps of a state are taken once more when a search first comes to it, batch by batch, and written
down side by side: the places that they lead to. Where it matters which events they are, events fall into
*classes*, and each class is taken by itself. That takes four bytes for each step, one more where there are
several classes, and twelve for each state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fsm.native.compiling import compiled

BATCH = 1 << 15  #: states whose steps are taken at once

#: Takes steps from places: returns the places that they lead to (-1 for one that is not known), and where
#: those of each place end.
Leading = Callable[[Any], tuple[Any, Any]]


class Rows:
    """Steps: those of place n lie from `starts[n]` on, and are `sizes[n]`; none are known where it is 0.

    Args:
        classes: takes the steps of each class.
        places, expanded: how many states there are, and how many of them have steps.
        most: how many steps there are, as far as that is known: for so many there is room at once.

    Attributes:
        targets: the place that each step leads to.
        labels: the class of each step's event; empty where there is but one.
    """

    def __init__(self, classes: Sequence[Leading], places: int, expanded: int, most: int) -> None:
        self._classes = classes
        self._filled = 1
        self.starts = np.zeros(places, np.int64)
        self.starts[expanded:] = 1
        self.sizes = np.zeros(places, np.uint32)
        self.targets = np.empty(most + 1, np.uint32)
        kind = np.uint8 if len(classes) < 256 else np.uint32
        self.labels: Any = np.empty(most + 1 if len(classes) > 1 else 0, kind)

    def take(self, places: Any) -> None:
        """Write down the steps from places, in order, whose steps are not known."""
        for first in range(0, len(places), BATCH):
            batch = places[first : first + BATCH]
            found = [leading(batch) for leading in self._classes]
            counts = np.zeros(len(batch) + 1, np.int64)
            for to, ends in found:
                count(to, ends, counts)
            fill = self._filled + np.cumsum(counts)
            self.starts[batch], self.sizes[batch] = fill[:-1], counts[1:]
            self._filled = int(fill[-1])
            self._make_room()
            for label, (to, ends) in enumerate(found):
                write(to, ends, fill, self.targets, self.labels, label)

    def _make_room(self) -> None:
        """Let the arrays grow, if they are too short: what was interrupted has counted fewer steps."""
        if self._filled > len(self.targets):
            more = 2 * self._filled - len(self.targets)
            self.targets = np.concatenate([self.targets, np.empty(more, np.uint32)])
            if len(self._classes) > 1:
                self.labels = np.concatenate([self.labels, np.empty(more, self.labels.dtype)])


@compiled
def count(to: Any, ends: Any, counts: Any) -> None:
    """Count the steps of each place that lead to known ones: those of place n at n + 1."""
    row = 0
    for place in range(len(ends)):
        while row < ends[place]:
            counts[place + 1] += to[row] >= 0
            row += 1


@compiled
def write(to: Any, ends: Any, fill: Any, targets: Any, labels: Any, label: int) -> None:
    """Write steps down.

    Args:
        to, ends: where they lead, and where those of each place end.
        fill: for each place where its next step is written; brought up to date.
        targets, labels: what is written.
        label: the class.
    """
    row = 0
    for place in range(len(ends)):
        while row < ends[place]:
            if to[row] >= 0:
                targets[fill[place]] = to[row]
                if len(labels) > 0:
                    labels[fill[place]] = label
                fill[place] += 1
            row += 1
