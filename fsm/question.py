"""A question about runs: is there a fair one that breaks a promise?

Theory. A promise is broken by the runs that an automaton accepts, that of its negation. The short forms
need no more than one state of it: `eventually` p is broken by a run that keeps to states without p from its
beginning, `recurs` p by one that does so from some reachable state on, and p `leads_to` q by one that keeps
to states without q from a state on where p is true.

What a loop has to do for a run to be bad and fair are *demands*, a bit each: to come through each accepting
set; for each weak constraint, to take one of its events or to come through a state where none is enabled;
for each strong one, to take one of its events if any is enabled in the loop. Events that happen finitely
often are in no loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fsm.automaton import Automaton, State, automaton_of
from fsm.capture import Bound, Tables
from fsm.constraints import Constraint
from fsm.fairness import Strength
from fsm.formula import Not, atoms
from fsm.model import Kind
from fsm.tables import Table, is_enabled


@dataclass(frozen=True)
class Question:
    """Whether there is a fair run that an automaton accepts.

    Args:
        automaton: what a bad run looks like from where it turns bad.
        tables: what answers the automaton's atoms.
        constraints: what a fair run keeps.
        anywhere: whether it may turn bad in any reachable state, or has to be bad from its beginning.
        begins: the atoms that have to be true where it turns bad, as bits of a letter.
    """

    automaton: Automaton
    tables: tuple[Table, ...]
    constraints: tuple[Constraint, ...]
    anywhere: bool = False
    begins: int = 0

    @cached_property
    def waiting(self) -> tuple[tuple[int, Constraint], ...]:
        """The weak and strong constraints, each with its bit."""
        lasting = [one for one in self.constraints if one.strength is not Strength.FINITELY]
        return tuple((1 << self.automaton.sets + place, one) for place, one in enumerate(lasting))

    @cached_property
    def must(self) -> int:
        """The demands that every loop has to meet."""
        weak = sum(bit for bit, one in self.waiting if one.strength is Strength.WEAK)
        return (1 << self.automaton.sets) - 1 | weak

    @cached_property
    def excluded(self) -> frozenset[int]:
        """The events that are in no loop."""
        ending = [one.events for one in self.constraints if one.strength is Strength.FINITELY]
        return frozenset().union(*ending)

    @cached_property
    def interesting(self) -> tuple[int, ...]:
        """The events of which it is asked whether they are enabled."""
        return tuple(sorted(frozenset().union(*(one.events for _, one in self.waiting))))

    def taken(self, event: int | None) -> int:
        """The demands that a step of an event meets."""
        return sum(bit for bit, one in self.waiting if event in one.events)

    def standing(self, enabled: Iterable[int]) -> tuple[int, int]:
        """The demands that a state meets, and those that it raises, by the events that are enabled there."""
        met = raised = 0
        known = set(enabled)
        for bit, one in self.waiting:
            if known.isdisjoint(one.events):
                met |= bit if one.strength is Strength.WEAK else 0
            elif one.strength is Strength.STRONG:
                raised |= bit
        return met, raised

    def enabled(self, tables: Tables, state: int) -> list[int]:
        """The interesting events that are enabled in a state, those that a `limit` stops included."""
        return [event for event in self.interesting if is_enabled(tables.events[event].leaf(state))]

    def may_stay(self, enabled: Iterable[int]) -> bool:
        """Whether a run in which nothing more happens is fair, by the events that are enabled then."""
        known = set(enabled)
        return all(known.isdisjoint(one.events) for _, one in self.waiting)


def question(tables: Tables, bound: Bound, constraints: tuple[Constraint, ...]) -> Question:
    """What has to be asked to judge a property over runs.

    Args:
        tables: of the model.
        bound: the property with its arguments.
        constraints: what is assumed of runs.
    """
    formula = tables.formula(bound)
    kind = bound.asked.kind
    if kind is Kind.TEMPORAL:
        automaton = automaton_of(Not(formula))
    else:
        spoken = atoms(formula)
        excluded = 1 << len(spoken) - 1  # the last one is what ought to come
        automaton = Automaton(spoken, (State(0, excluded, (0,), 0, first=True),), (0,), 0)
    answers = tuple(tables.atom(bound, atom) for atom in automaton.atoms)
    begins = 1 if kind is Kind.LEADS_TO else 0
    return Question(automaton, answers, constraints, kind in (Kind.LEADS_TO, Kind.RECURS), begins)
