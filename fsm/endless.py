"""One run that never ends, judged by itself: which promises over runs does a lasso break?

A lasso has finitely many places, so what a formula says at each of them is worked out from the inside out: a
promise that something comes is true where it is true now or after a step, going backwards from the end of the
loop, twice round. A lasso that is not fair breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from fsm.capture import Bound, Tables, bind
from fsm.constraints import Constraint, assumed
from fsm.fairness import Strength
from fsm.formula import And, Atom, Constant, Formula, Next, Not, Or, Release, Until
from fsm.model import Event
from fsm.tables import is_enabled


@dataclass(frozen=True)
class Endless:
    """A run that never ends.

    Args:
        tables: the model with its memory.
        path: events with the packed states after them, the initial state first.
        loop: after how many steps the loop begins, as of `Trace`.
    """

    tables: Tables
    path: Sequence[tuple[Event | None, int]]
    loop: int

    def broken(self) -> Iterator[Bound]:
        """The promises over runs that it breaks, with the arguments for which it does.

        Raises:
            SpecError: where a body is wrong.
        """
        for asked in self.tables.model.properties:
            if asked.kind.over_runs and all(map(self._keeps, assumed(self.tables.model, asked))):
                for bound in bind(asked):
                    if not self._truths(bound, self.tables.formula(bound))[0]:
                        yield bound

    @cached_property
    def _states(self) -> list[int]:
        """The state at each place; the end of the loop is its beginning."""
        states = [state for _, state in self.path]
        return states if self.loop == len(states) - 1 else states[:-1]

    def _keeps(self, constraint: Constraint) -> bool:
        """Whether an assumption is true of it."""
        taken = any(
            event is self.tables.model.events[number]
            for event, _ in self.path[self.loop + 1 :]
            for number in constraint.events
        )
        enabled = (self._enables(constraint, state) for state in self._states[self.loop :])
        match constraint.strength:
            case Strength.WEAK:
                return taken or not all(enabled)
            case Strength.STRONG:
                return taken or not any(enabled)
            case Strength.FINITELY:
                return not taken

    def _enables(self, constraint: Constraint, state: int) -> bool:
        leaves = (self.tables.events[number].leaf(state) for number in constraint.events)
        return any(map(is_enabled, leaves))

    def _truths(self, bound: Bound, formula: Formula) -> list[bool]:
        """Where a formula is true."""
        match formula:
            case Constant(value):
                return [value for _ in self._states]
            case Atom():
                table = self.tables.atom(bound, formula)
                return [bool(table.leaf(state)) for state in self._states]
            case Not(inner):
                return [not one for one in self._truths(bound, inner)]
            case Next(inner):
                truths = self._truths(bound, inner)
                return [*truths[1:], truths[self.loop]]
            case And(left, right):
                return [a and b for a, b in self._both(bound, left, right)]
            case Or(left, right):
                return [a or b for a, b in self._both(bound, left, right)]
            case Until(left, right):
                both = self._both(bound, left, right)
                return self._backward(
                    False, lambda place, later: both[place][1] or (both[place][0] and later)
                )
            case Release(left, right):
                both = self._both(bound, left, right)
                return self._backward(True, lambda place, later: both[place][1] and (both[place][0] or later))
        raise AssertionError(formula)

    def _both(self, bound: Bound, left: Formula, right: Formula) -> list[tuple[bool, bool]]:
        return list(zip(self._truths(bound, left), self._truths(bound, right), strict=True))

    def _backward(self, later: bool, holds: Callable[[int, bool], bool]) -> list[bool]:
        """What is true where it depends on the place after it; what comes last is told by the loop itself."""
        for place in reversed(range(self.loop, len(self._states))):
            later = holds(place, later)
        truths = []
        for place in reversed(range(len(self._states))):
            later = holds(place, later)
            truths.append(later)
        return truths[::-1]
