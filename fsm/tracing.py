"""A way through packed states as a trace that people read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fsm.model import Event, Model
from fsm.values import show
from fsm.verdict import Change, Step, Trace


def trace_of(
    model: Model, path: Sequence[tuple[Event | None, int]], command: str = "", loop: int | None = None
) -> Trace:
    """A path of packed states as a trace; of a lasso with the number of steps before the loop."""
    layout = model.layout
    steps = []
    for (_, before), (event, after) in pairwise(path):
        assert event is not None
        steps.append(
            Step(
                event.action.name,
                tuple((name, show(value)) for name, value in event.named.items()),
                tuple(Change(*change) for change in layout.changes(before, after)),
                event.action.fault,
            )
        )
    return Trace(model.name, tuple(layout.items(path[0][1])), tuple(steps), command, loop)
