"""All steps in compressed rows: what a search along the runs walks on.

Theory. The steps are taken once more, batch by batch, and written down side by side: for each state the
places that they lead to. Where it matters which events they are, events fall into *classes*, and each class
is taken by itself. That takes four bytes for each step, one or two more where there are several classes,
and eight for each state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from fsm.native.compiling import compiled

BATCH = 1 << 15  #: states whose steps are taken at once

Leading = Callable[[int, int], tuple[int, Any, Any]]
"""Takes steps from places, the first and the one behind the last: returns the place that it has come to, the
places that the steps lead to (-1 for one that is not known), and where those of each place end."""


class Rows(NamedTuple):
    """Steps: those of place n lie from `offsets[n]` to `offsets[n + 1]`.

    Args:
        offsets: one more than there are places.
        targets: the place that each step leads to.
        classes: the class of each step's event; empty where there is but one.
    """

    offsets: Any
    targets: Any
    classes: Any


def rows_of(classes: Sequence[Leading], places: int, expanded: int, most: int) -> Rows:
    """Write all steps down.

    Args:
        classes: takes the steps of each class.
        places: how many states there are.
        expanded: how many of them have steps.
        most: how many steps there are at most.
    """
    offsets = np.zeros(places + 1, np.int64)
    targets = np.empty(most, np.uint32)
    kind = np.uint8 if len(classes) < 256 else np.uint32
    labels = np.empty(most if len(classes) > 1 else 0, kind)
    first = filled = 0
    while first < expanded:
        last = min(first + BATCH, expanded)
        counts, found = np.zeros(last - first + 1, np.int64), []
        for leading in classes:
            at = first
            while at < last:
                end, to, ends = leading(at, last)
                count(to, ends, counts[at - first :])
                found.append((at, to, ends.copy()))
                at = end
            found.append((last, None, None))
        fill = filled + np.cumsum(counts)
        offsets[first + 1 : last + 1] = fill[1:]
        label = 0
        for at, to, ends in found:
            if to is None:
                label += 1
            else:
                write(to, ends, fill[at - first :], targets, labels, label)
        first, filled = last, int(offsets[last])
    offsets[expanded + 1 :] = filled
    return Rows(offsets, targets[:filled], labels[:filled] if len(labels) else labels)


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
