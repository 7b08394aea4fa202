"""The least that would have to be assumed fair for a promise to hold.

Theory. Each run that breaks the promise would have to be unfair: of the assumptions that might be made, one
at least has to rule it out. So take the runs that are known and a smallest set of assumptions that hits
each of them; look whether the promise holds under that set; if not there is a run that it does not rule
out, which is known from then on. What is found in the end is smallest, since no smaller set even rules out
the runs that are known.

After R. Reiter, "A Theory of Diagnosis from First Principles", Artificial Intelligence 32(1), 1987.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Protocol

from fsm.capture import Bound, bind
from fsm.constraints import Constraint, constraints
from fsm.fairness import Fairness, Strength
from fsm.graph import Graph
from fsm.lasso import Lasso
from fsm.model import Model, Property
from fsm.tables import is_enabled


class Seek(Protocol):
    """Finds a run that breaks a promise under some assumptions."""

    def __call__(self, bound: Bound, constraints: Sequence[Constraint]) -> Lasso | None:
        """The run, or nothing."""
        ...


MOST = 4  #: assumptions that are advised together
RUNS = 60  #: runs that are looked at


@dataclass(frozen=True)
class _Loop:
    """What a loop does: the events that are enabled in each of its states, and those that it takes."""

    enabled: tuple[frozenset[int], ...]
    taken: frozenset[int]

    def breaks(self, one: Constraint) -> bool:
        """Whether the run that goes round in it is unfair."""
        if one.strength is Strength.FINITELY:
            return bool(one.events & self.taken)
        waiting = (bool(one.events & enabled) for enabled in self.enabled)
        kept_waiting = all(waiting) if one.strength is Strength.WEAK else any(waiting)
        return kept_waiting and not one.events & self.taken


def advised(
    graph: Graph,
    asked: Property,
    fair: Sequence[Constraint],
    seek: Seek,
) -> tuple[Fairness, ...]:
    """A smallest set of assumptions under which a promise holds, beside those that are made.

    Args:
        graph: explored.
        asked: the promise, which does not hold.
        fair: what is assumed.
        seek: finds a run that breaks the promise under some assumptions.

    Returns:
        The assumptions; none if there is no such set, or none that is small.
    """
    known = {one: constraints(graph.model, [one]) for one in candidates(graph.model)}
    chosen: tuple[Fairness, ...] = ()
    loops: list[_Loop] = []
    for _ in range(RUNS):
        more = constraints(graph.model, chosen)
        found = map(partial(seek, constraints=(*fair, *more)), bind(asked))
        lasso = next((one for one in found if one is not None), None)
        if lasso is None:
            return chosen
        loops.append(_loop(graph, lasso))
        chosen = _smallest(known, loops)
        if not chosen:
            return ()
    return ()


def candidates(model: Model) -> Iterator[Fairness]:
    """What might be assumed: of one action each, the weaker ones first."""
    plain = [action for action in model.actions if not action.fault]
    for strength in (Strength.WEAK, Strength.STRONG):
        for each in (False, True):
            for action in plain:
                if not each or len(action.parameters) > action.copies:
                    yield Fairness(strength, (action.name,), each)
    if len(plain) < len(model.actions):
        yield Fairness(Strength.FINITELY, ())


def _smallest(known: Mapping[Fairness, Sequence[Constraint]], loops: Sequence[_Loop]) -> tuple[Fairness, ...]:
    """The first of the smallest sets of candidates that rule out all loops; none if there is no such set."""
    ruled = [
        (one, frozenset(n for n, loop in enumerate(loops) if any(map(loop.breaks, resolved))))
        for one, resolved in known.items()
    ]
    useful = [(one, numbers) for one, numbers in ruled if numbers]
    for size in range(1, MOST + 1):
        for chosen in combinations(useful, size):
            if len(frozenset().union(*(numbers for _, numbers in chosen))) == len(loops):
                return tuple(one for one, _ in chosen)
    return ()


def _loop(graph: Graph, lasso: Lasso) -> _Loop:
    numbers = {event: number for number, event in enumerate(graph.model.events)}
    taken = frozenset(numbers[event] for event, _ in lasso.path[lasso.loop + 1 :] if event is not None)
    return _Loop(tuple(_enabled(graph, state) for _, state in lasso.path[lasso.loop :]), taken)


def _enabled(graph: Graph, state: int) -> frozenset[int]:
    tables = enumerate(graph.tables.events)
    return frozenset(number for number, table in tables if is_enabled(table.leaf(state)))
