"""What an exploration writes into its checkpoint, and how it goes on from there."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from fsm.checkpoint import Checkpoint
from fsm.course import Course
from fsm.engine import Engine, alarm
from fsm.errors import FsmError
from fsm.graph import Graph, Stage
from fsm.swapping import check

KEEP_EVERY = 20.0  #: seconds between two records
SAMPLE = 200  #: expanded states whose steps are taken again after a restart


class Keeper:
    """Keeps one exploration.

    Args:
        file: the checkpoint.
        graph: what is explored.

    Raises:
        FsmError: if the file is of something else, or cannot be written.
    """

    def __init__(self, file: str, graph: Graph) -> None:
        self.graph = graph
        self.checkpoint = Checkpoint(file, graph.model, graph.symmetry is not None)
        self._last = time.monotonic()
        self._bounds = [*graph.tables.predicates, *graph.tables.steps]

    def resume(self, engine: Engine) -> tuple[Course, float] | None:
        """Bring engine and graph to where the checkpoint is.

        Returns:
            The course, and the seconds that it took so far; nothing if nothing was kept.

        Raises:
            FsmError: if the spec no longer does what it did.
        """
        position = self.checkpoint.position
        if position is None:
            return None
        graph, data = self.graph, position.data
        engine.restore(*self.checkpoint.rows())
        graph.stages[:] = [Stage(*stage) for stage in data["stages"]]
        graph.initial, graph.bounded, graph.stuck = data["initial"], data["bounded"], data["stuck"]
        graph.enabled[:] = data["enabled"]
        for number, place, event in data["alarms"]:
            alarm(graph, self._bounds[number], graph.states[place], place, event)
        course = Course(**data["course"])
        self._compare(course)
        said = f"gone on from {self.checkpoint.file}, which had {position.states:,} states"
        graph.notes += [said, *filter(None, [self.checkpoint.remark])]
        return course, data["seconds"]

    def _compare(self, course: Course) -> None:
        """See whether the steps from some states still lead where they led: helpers may have changed."""
        states, symmetry = self.graph.states, self.graph.symmetry
        events = self.graph.model.events
        for place in range(0, course.expanded, max(1, course.expanded // SAMPLE)):
            for number, after in self.graph.successors(states[place]):
                known = after if symmetry is None else symmetry.canonical(after)
                if not events[number].action.fault and known not in states:
                    raise FsmError(
                        f"{self.checkpoint.file}: `{events[number].label}` no longer leads where it led when "
                        "this checkpoint was written: something that the spec uses has changed; name another "
                        "file"
                    )

    def keep(self, engine: Engine, course: Course, seconds: float, now: bool = False) -> None:
        """Write a record, if it is time or `now`.

        Whoever goes on from it does not meet these states again, so members are compared before.

        Raises:
            SpecError: if members are not interchangeable that are said to be.
        """
        if not now and time.monotonic() - self._last < KEEP_EVERY:
            return
        engine.settle()
        graph = self.graph
        if graph.symmetry is not None:
            check(graph.tables, graph.symmetry)
        data: dict[str, Any] = {
            "course": asdict(course),
            "stages": [(stage.first, stage.faults, stage.depth) for stage in graph.stages],
            "initial": graph.initial,
            "enabled": graph.enabled,
            "bounded": graph.bounded,
            "stuck": graph.stuck,
            "alarms": [
                (number, found.place, found.event)
                for number, bound in enumerate(self._bounds)
                if (found := graph.alarms.get(bound)) is not None
            ],
            "seconds": seconds,
        }
        self.checkpoint.append(*engine.export(self.checkpoint.kept), data)
        self._last = time.monotonic()
