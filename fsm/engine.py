"""What an engine is: the part of exploring that is worth a choice, and what all engines share.

An engine keeps the states and expands them; the explorer tells it which ones and when. Engines agree state
for state: the states that are found from one come before those of the next one, and among themselves by
their number. So is it settled which state each one was found from, and every trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from fsm.backward import Backward
from fsm.capture import Bound, Tables
from fsm.errors import SpecError
from fsm.graph import Alarm, Found, Graph, Listed
from fsm.model import Kind
from fsm.runs import Runs
from fsm.tables import Table


@dataclass(frozen=True)
class Watch:
    """A predicate that is asked of every state, or of every step of an event.

    Args:
        bound: the property.
        event: the place of the event, for a step property.
        table: what answers.
        sought: the answer that raises an alarm.
    """

    bound: Bound
    event: int | None
    table: Table
    sought: bool


class Engine(Protocol):
    """An engine; places are those of `Graph.states`. Counts and alarms go to the graph."""

    name: str

    @property
    def states(self) -> Found:
        """What was found."""
        ...

    @property
    def full(self) -> str:
        """Why no more states can be kept; empty as long as they can."""
        ...

    def add(self, states: Iterable[int]) -> None:
        """Keep initial states."""

    def take_over(self, states: Listed) -> None:
        """Keep what another engine has found, in its order."""

    def export(self, first: int) -> tuple[bytes, bytes]:
        """The states from a place on as 64-bit words, and the 32-bit places that they were found from."""
        ...

    def restore(self, states: bytes, origins: bytes) -> None:
        """Keep what was exported from the first place on."""

    def expand(self, first: int, last: int) -> int:
        """Take the steps without faults from places on; returns the place that it has come to.

        All predicates and promises that belong there are judged, and the first stuck state is kept.

        Raises:
            SpecError: the first mistake that a state in this order meets.
        """
        ...

    def follow(self, first: int, last: int) -> int:
        """Take the faults in the same way."""
        ...

    def account(self, first: int, last: int) -> bool:
        """Count and judge the faults and take none of them: whether one leads to anything new."""
        ...

    def leads_on(self, first: int, last: int) -> bool:
        """Whether anything new lies one step beyond; nothing is counted."""
        ...

    def judge(self, first: int, last: int) -> None:
        """Judge states that were found and will not be expanded."""

    def backward(self) -> Backward:
        """The ways back, once everything is explored."""
        ...

    def runs(self) -> Runs:
        """The runs, once everything is explored."""
        ...

    def settle(self) -> None:
        """Bring the counts and alarms of the graph up to date."""


def watched(tables: Tables) -> Iterator[Watch]:
    """Everything that is judged while exploring."""
    for bound, table in tables.predicates.items():
        if bound.asked.kind in (Kind.ALWAYS, Kind.SOMETIMES):
            yield Watch(bound, None, table, bound.asked.kind is Kind.SOMETIMES)
    for (event, step), table in tables.promises.items():
        yield Watch(tables.steps[step], event, table, sought=False)


def alarm(graph: Graph, bound: Bound, state: int, place: int, event: int | None) -> None:
    """Keep the alarm of a property that takes the fewest faults, then steps, then was found first."""
    new = Alarm(state, event, graph.cost(place, event), place)
    known = graph.alarms.get(bound)
    if known is None or new.order < known.order:
        graph.alarms[bound] = new


def blame(graph: Graph, first: int, last: int, error: SpecError) -> SpecError:
    """The mistake that is met first among some states: by place, then by table.

    Args:
        graph: what was found so far.
        first, last: the places to look at.
        error: what was met, in whatever order the engine looked.

    Returns:
        The error, with the state where it happened as `state`; the one that was met, if no other comes up: a
        body that is no function of what it reads may go right the next time.
    """
    for state in graph.states[first:last]:
        try:
            for table in graph.tables.all():
                table.leaf(state)
        except SpecError as found:
            found.state = state
            return found
    return error
