"""Verdicts on promises over runs.

A violation that is found stands, however much is unseen: a lasso is a run. That nothing was found says
something only where everything was seen. A promise that holds and asks nothing of any run is vacuous: its
premise never occurs, say, or its automaton never leaves the state in which it begins.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from fsm.advice import advised
from fsm.capture import Bound, bind
from fsm.constraints import Constraint, assumed
from fsm.fairness import Fairness
from fsm.formula import Next, Release, Until, parts
from fsm.graph import Graph
from fsm.lasso import Lasso, Seeker
from fsm.model import Kind, Property
from fsm.question import Question, question
from fsm.runs import Search

MANY = 200_000  #: states above which it is not looked for what would have to be assumed


@dataclass(frozen=True)
class RunVerdict:
    """What is known of a promise over runs.

    Args:
        bound: the arguments with which it is violated or vacuous.
        lasso: a run that violates it.
        advice: the least that would have to be assumed.
        vacuous: why it asks nothing of any run, if it does not.
    """

    bound: Bound | None = None
    lasso: Lasso | None = None
    advice: tuple[Fairness, ...] = ()
    vacuous: str = ""


def judge_runs(graph: Graph, asked: Property) -> RunVerdict:
    """Look for a fair run that breaks a promise.

    Args:
        graph: explored, not up to renaming.
        asked: the property.

    Returns:
        What was found; without a lasso it holds, as far as the graph goes.

    Raises:
        SpecError: where a body is wrong.
        MemoryError: where the runs are too many.
        TimeoutError: after the graph's deadline.
    """
    fair = assumed(graph.model, asked)
    idle: RunVerdict | None = None
    for bound in bind(asked):
        if graph.deadline is not None and time.perf_counter() > graph.deadline:
            raise TimeoutError
        lasso, why = _sought(graph, bound, fair)
        if lasso is not None:
            advice: tuple[Fairness, ...] = ()
            if not asked.finding and len(graph.states) <= MANY:
                advice = advised(graph, asked, fair, partial(_lasso, graph))
            return RunVerdict(bound, lasso, advice)
        if why and idle is None:
            idle = RunVerdict(bound, vacuous=why)
    return idle or RunVerdict()


def _lasso(graph: Graph, bound: Bound, constraints: Sequence[Constraint]) -> Lasso | None:
    """A lasso that breaks a promise, if there is one; its loop may be longer than it has to be."""
    posed = question(graph.tables, bound, tuple(constraints))
    search = graph.runs.seek(posed)
    return Seeker(graph, posed, search).lasso(most=0) if search.found else None


def _sought(graph: Graph, bound: Bound, constraints: Sequence[Constraint]) -> tuple[Lasso | None, str]:
    """A lasso that breaks a promise; or why the promise asks nothing, if it does not."""
    posed = question(graph.tables, bound, tuple(constraints))
    search = graph.runs.seek(posed)
    if search.found:
        return Seeker(graph, posed, search).lasso(), ""
    return None, _vacuous(graph, bound, posed, search)


def _vacuous(graph: Graph, bound: Bound, posed: Question, search: Search) -> str:
    match bound.asked.kind:
        case Kind.EVENTUALLY:
            return "" if search.reached else "it is true in every initial state"
        case Kind.RECURS:
            return "" if search.reached else "it is true in every reachable state: say `always`"
        case Kind.LEADS_TO:
            if not any(letter & posed.begins for letter in search.letters()):
                return "its premise never occurs"
            return "" if search.reached else "its conclusion is true whenever its premise is"
    formula = graph.tables.formula(bound)
    if not search.reached:
        over_runs = any(isinstance(part, (Next, Until, Release)) for part in parts(formula))
        return "it is settled in every initial state" if over_runs else ""
    states = posed.automaton.states
    further = {place for place, state in enumerate(states) if not state.first and not state.done}
    if further and further.isdisjoint(search.reached):
        return "what it speaks of never begins: its automaton never leaves its first state"
    return ""
