"""Properties over a Graph: what holds, what is violated, and what cannot be said.

`always`, `sometimes` and step properties were judged while exploring; here their alarms become verdicts.
`recoverable` is a search backward (see `backward`). Where exploring ended early, only a violation and a
witness stand; everything else is unknown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from fsm.capture import Bound, bind
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import NO_LIMITS, Limits, Progress
from fsm.liveness import RunVerdict, judge_runs
from fsm.model import Event, Kind, Model, Property
from fsm.renaming import decidable, orbit
from fsm.strategy import DEFAULT, Strategy
from fsm.tracing import trace_of
from fsm.values import show
from fsm.verdict import ActionResult, Outcome, PropertyResult, Report, Trace

WITHIN_BOUNDS = "within the spec's own bounds"


def check_model(
    model: Model,
    limits: Limits = NO_LIMITS,
    only: Iterable[str] = (),
    progress: Callable[[Progress], None] | None = None,
    command: str = "",
    strategy: Strategy = DEFAULT,
) -> Report:
    """Explore a model and judge its properties.

    Args:
        model: what to check.
        limits: where to end early.
        only: names of properties; all of them if empty.
        progress: called now and then while exploring.
        command: the shell command that a trace names to reproduce it.
        strategy: how to explore.

    Returns:
        The report.

    Raises:
        SpecError: where a body that a reached state meets is wrong.
    """
    graph = explore(model, limits, progress, strategy)
    return report(graph, only, command)


def report(graph: Graph, only: Iterable[str] = (), command: str = "") -> Report:
    """The verdicts over a graph; see `check_model`."""
    model, wanted = graph.model, frozenset(only)
    asked_for = [asked for asked in model.properties if not wanted or asked.name in wanted]
    began = time.perf_counter()
    results = _judged(graph, asked_for, command)
    graph.tables.recheck()
    enabled = dict.fromkeys((action.name for action in model.actions), 0)
    for event, count in zip(model.events, graph.enabled, strict=True):
        enabled[event.action.name] += count
    return Report(
        spec=model.name,
        states=len(graph.states),
        transitions=graph.transitions,
        initial=graph.initial,
        depth=graph.depth,
        faults=max((stage.faults for stage in graph.stages), default=0),
        bounded=graph.bounded,
        exhaustive=not graph.stopped and not graph.fault_bound,
        stopped=_stopped(graph) or ("interrupted" if len(results) < len(asked_for) else ""),
        seconds=graph.seconds + time.perf_counter() - began,
        properties=tuple(
            results[asked.name] if asked.name in results else _result(asked, Outcome.UNKNOWN, "interrupted")
            for asked in asked_for
        ),
        actions=tuple(
            ActionResult(action.name, enabled[action.name], action.fault, str(action.where))
            for action in model.actions
        ),
        notes=tuple(notes(graph)),
        doc=_first_line(model.doc),
        place=str(model.where) if model.where.file else "",
    )


def _judged(graph: Graph, asked_for: Sequence[Property], command: str) -> dict[str, PropertyResult]:
    """The verdicts by name, those on runs last, which may take long: an interrupt leaves the rest out."""
    found: dict[str, PropertyResult] = {}
    with suppress(KeyboardInterrupt):
        for asked in sorted(asked_for, key=lambda asked: asked.kind.over_runs):
            found[asked.name] = judge(graph, asked, command)
    return found


def judge(graph: Graph, asked: Property, command: str = "") -> PropertyResult:
    """The verdict on one property."""
    if asked.kind.over_runs:
        return _judge_runs(graph, asked, command)
    symmetry = graph.symmetry
    undecided = decidable(symmetry, asked) if symmetry is not None else ""
    if undecided:
        outcome, reason, bound, found = Outcome.UNKNOWN, undecided, None, None
    else:
        outcome, reason, bound, found = _JUDGES[asked.kind](graph, asked)
    if asked.finding and reason and outcome is Outcome.HOLDS:
        outcome, reason = Outcome.UNKNOWN, f"the finding was not seen {reason}"
    shown = None
    if found is not None:
        path, bound = _way(graph, asked, bound, found)
        shown = trace_of(graph.model, path, command)
    return _result(asked, outcome, reason, bound, shown)


def _result(
    asked: Property,
    outcome: Outcome,
    reason: str,
    bound: Bound | None = None,
    trace: Trace | None = None,
) -> PropertyResult:
    named = bound.named if bound is not None else {}
    return PropertyResult(
        name=asked.name,
        kind=asked.kind.value,
        outcome=outcome,
        finding=asked.finding,
        reason=reason,
        arguments=tuple((name, show(value)) for name, value in named.items()),
        trace=trace,
        doc=_first_line(asked.doc),
        place=str(asked.where) if asked.where.file else "",
    )


def _judge_runs(graph: Graph, asked: Property, command: str) -> PropertyResult:
    """The verdict on a promise over runs."""
    undecided = decidable(graph.symmetry, asked) if graph.symmetry is not None else ""
    verdict = RunVerdict()
    if not undecided:
        try:
            verdict = judge_runs(graph, asked)
        except MemoryError as error:
            undecided = f"there is not enough memory to look along all runs{f': {error}' * bool(str(error))}"
        except TimeoutError:
            undecided = "all is explored, and there was no time left to look along all runs"
    if undecided:
        outcome, reason = Outcome.UNKNOWN, undecided
    elif verdict.lasso is not None:
        outcome, reason = Outcome.VIOLATED, ""
    else:
        outcome, reason = _nothing_found(graph, Outcome.HOLDS)
        if asked.finding and reason and outcome is Outcome.HOLDS:
            outcome, reason = Outcome.UNKNOWN, f"the finding was not seen {reason}"
    shown, lasso = None, verdict.lasso
    if lasso is not None:
        shown = trace_of(graph.model, lasso.path, command, lasso.loop)
    return replace(
        _result(asked, outcome, reason, verdict.bound, shown),
        fair=tuple(map(str, dict.fromkeys((*graph.model.fair, *asked.fair)))),
        advice=tuple(map(str, verdict.advice)),
        vacuous=verdict.vacuous if outcome is Outcome.HOLDS else "",
        waiver=asked.waiver,
    )


Found = tuple[int, int | None]  #: a state, and the event that is taken in it
Judgement = tuple[Outcome, str, Bound | None, Found | None]


def _always(graph: Graph, asked: Property) -> Judgement:
    bounds = graph.tables.steps if asked.kind is Kind.STEP else tuple(bind(asked))
    alarms = [
        (bound, alarm)
        for bound in bounds
        if bound.asked is asked and (alarm := graph.alarms.get(bound)) is not None
    ]
    if alarms:
        bound, alarm = min(alarms, key=lambda found: found[1].cost)
        return Outcome.VIOLATED, "", bound, (alarm.state, alarm.event)
    return *_nothing_found(graph, Outcome.HOLDS), None, None


def _sometimes(graph: Graph, asked: Property) -> Judgement:
    seen = set(graph.alarms)
    if graph.symmetry is not None:
        seen = {renamed for bound in bind(asked) if bound in seen for renamed in orbit(graph.symmetry, bound)}
    missing = [bound for bound in bind(asked) if bound not in seen]
    if missing:
        outcome, reason = _nothing_found(graph, Outcome.VIOLATED)
        if reason and outcome is Outcome.VIOLATED:
            outcome, reason = Outcome.UNKNOWN, f"it was not seen {reason}"
        return outcome, reason, missing[0], None
    alarms = (graph.alarms[bound] for bound in bind(asked) if bound in graph.alarms)
    last = max(alarms, key=lambda alarm: alarm.cost)
    return Outcome.HOLDS, "", None, (last.state, None)


def _never_stuck(graph: Graph, _: Property) -> Judgement:
    if graph.stuck is not None:
        return Outcome.VIOLATED, "", None, (graph.stuck, None)
    outcome, reason = _nothing_found(graph, Outcome.HOLDS)
    return outcome, reason, None, None


def _recoverable(graph: Graph, asked: Property) -> Judgement:
    unknown = None
    for bound in bind(asked):
        try:
            lost, unsure = graph.backward.judge(graph.tables.predicates[bound])
        except MemoryError:
            return Outcome.UNKNOWN, "there is not enough memory to look back from all states", bound, None
        if lost is not None:
            return Outcome.VIOLATED, "", bound, (graph.states[lost], None)
        unknown = unknown or (bound if unsure else None)
    if unknown is not None:
        why = _stopped(graph) or "some states lead only beyond the spec's own bounds"
        return Outcome.UNKNOWN, why, unknown, None
    outcome, reason = _nothing_found(graph, Outcome.HOLDS)
    return outcome, reason, None, None


_JUDGES: dict[Kind, Callable[[Graph, Property], Judgement]] = {
    Kind.ALWAYS: _always,
    Kind.STEP: _always,
    Kind.SOMETIMES: _sometimes,
    Kind.RECOVERABLE: _recoverable,
    Kind.NEVER_STUCK: _never_stuck,
}


def _nothing_found(graph: Graph, otherwise: Outcome) -> tuple[Outcome, str]:
    """What may be said when the whole graph says nothing against it."""
    stopped = _stopped(graph)
    if stopped:
        return Outcome.UNKNOWN, stopped
    return otherwise, WITHIN_BOUNDS if graph.bounded else ""


def _stopped(graph: Graph) -> str:
    if graph.stopped == "interrupted":
        return "interrupted"
    if graph.stopped:
        return f"exploring ended early ({graph.stopped})"
    if graph.fault_bound:
        most = max((stage.faults for stage in graph.stages), default=0)
        return f"only runs with at most {most} faults were explored (max_faults={most})"
    return ""


def _way(
    graph: Graph, asked: Property, bound: Bound | None, found: Found
) -> tuple[list[tuple[Event | None, int]], Bound | None]:
    """The shortest way to where a predicate speaks, and the arguments with which it does.

    Up to renaming the way ends in another state of the same orbit, where another event, or the property with
    other arguments, is the one.
    """
    state, number = found
    path = graph.path(state)
    state = path[-1][1]
    tables = graph.tables
    if graph.symmetry is not None and asked.kind is Kind.STEP:
        number, step = min(
            place
            for place, promise in tables.promises.items()
            if tables.steps[place[1]].asked is asked and promise.leaf(state) is False
        )
        bound = tables.steps[step]
    elif graph.symmetry is not None and asked.kind is Kind.ALWAYS:
        bound = next(one for one in bind(asked) if tables.predicates[one].leaf(state) is False)
    if number is not None:
        path.append((graph.model.events[number], dict(graph.successors(state))[number]))
    return path, bound


def notes(graph: Graph) -> Iterable[str]:
    """What a reader of the report should know."""
    yield from graph.notes
    for table in graph.tables.all():
        if table.called:
            yield (
                f"`{table.name}` reads so much of the state that it was called {table.called:,} times "
                "instead of looked up: it is right, and slow; one that looks at less would be faster"
            )


def _first_line(doc: str) -> str:
    return doc.strip().splitlines()[0] if doc.strip() else ""
