"""Testing an implementation against a spec: tours first, then walks.

`conform` returns a class that pytest collects. It has one test for each event of the spec (an action with
its arguments), which runs the shortest tour to every transition of that event, shortest first, so that a
failure is minimal; and one test in which Hypothesis walks at random. Nothing is explored until the first of
them runs, and the names of the tests depend on the spec's text alone.

There are two ways to be tested. An *adapter* has a method for each action and is driven step by step. A
*run* does everything in one call: it is given a plan, carries it out, and returns what was observed, which
is then followed through the spec.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fsm.adapter import Driver, Hang, check_adapter, wants, watch
from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.domains import show
from fsm.errors import AdapterError, FsmError
from fsm.explorer import Limits, explore
from fsm.graph import Graph
from fsm.model import Event, Model, call
from fsm.replayer import Follower, Observation, Refusal, difference_lines, follow
from fsm.tours import Tour, is_cover, tours
from fsm.verdict import Outcome


class NonConformance(AssertionError):  # noqa: N818 - it is the verdict's own word
    """An implementation that does not do what its spec says, with a program that shows it."""


@dataclass(frozen=True)
class PlannedStep:
    """One step of a plan: an action with its arguments, and whether the world does it wrong."""

    action: str
    arguments: Mapping[str, Any]
    fault: bool = False

    def __str__(self) -> str:
        return call(self.action, self.arguments)


@dataclass(frozen=True)
class Plan:
    """What a run is to carry out.

    Args:
        initial: the value of every variable at the beginning.
        steps: the actions in order. A run may go on after them, as long as nothing goes wrong.
    """

    initial: Mapping[str, Any]
    steps: tuple[PlannedStep, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "nothing"


Run = Callable[..., Iterable[Observation]]


@dataclass(frozen=True)
class Coverage:
    """How much of a spec a suite has taken so far."""

    suite: str
    covered: int
    total: int
    note: str = ""


class Suite:
    """An implementation, its spec, and what has been covered so far.

    Args:
        model: the spec's model.
        adapter: makes an adapter (or `None`).
        run: carries out a plan (or `None`).
        hidden: the actions that a run does not show.
        skip: the actions that cannot be done; tours through them are left out.
        timeout: seconds for one call of an adapter, or for one run.
        limits: where exploring the spec ends early.
    """

    def __init__(
        self,
        model: Model,
        adapter: Any = None,
        run: Run | None = None,
        hidden: Iterable[str] = (),
        skip: Iterable[str] = (),
        timeout: float = 10.0,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self.model = model
        self.adapter = adapter
        self.run = run
        self.hidden = frozenset(hidden)
        self.skip = frozenset(skip)
        self.timeout = timeout
        self.limits = limits
        self.covered: set[tuple[int, int]] = set()
        if (adapter is None) == (run is None):
            raise AdapterError("conform wants one implementation: an adapter, or run=...")
        if adapter is not None:
            check_adapter(model, adapter, self.skip)
        Follower(self.tables, self.hidden)  # an unknown name is an error now, not later

    @property
    def wanted(self) -> tuple[str, ...]:
        """The pytest fixtures that the implementation asks for."""
        asked = wants(self.adapter) if self.run is None else wants(self.run)[1:]
        return tuple(name for name in asked if name != "initial")

    @cached_property
    def tables(self) -> Tables:
        """The model with its memory."""
        return Tables(self.model)

    @cached_property
    def graph(self) -> Graph:
        """The reachable states of the spec."""
        return explore(self.model, self.limits)

    @cached_property
    def tours(self) -> dict[int, list[Tour]]:
        """The tours for each event, by place; a path cover stands under its last event."""
        found: dict[int, list[Tour]] = {number: [] for number in range(len(self.model.events))}
        for tour in tours(self.graph):
            if not any(event.action.name in self.skip for event in tour.events(self.graph)):
                found[tour.steps[-1][0]].append(tour)
        return found

    @property
    def coverage(self) -> Coverage:
        """What has been covered, against the true number of reachable transitions."""
        total = len(self.graph.edges.events)
        notes = []
        if is_cover(self.graph):
            notes.append("path covers")
        if self.graph.stopped:
            notes.append(f"of what was explored ({self.graph.stopped})")
        return Coverage(self.model.name, len(self.covered), total, ", ".join(notes))

    def tour(self, number: int, fixtures: Mapping[str, Any]) -> None:
        """Run every tour of one event, shortest first."""
        __tracebackhide__ = True
        for tour in self.tours[number]:
            self.take(tour.initial, [event for event, _ in tour.steps], fixtures, tour.covers)

    def take(
        self,
        initial: int,
        numbers: list[int],
        fixtures: Mapping[str, Any],
        covers: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        """Run one row of events from an initial state; raises `NonConformance`."""
        __tracebackhide__ = True
        events = [self.model.events[number] for number in numbers]
        if self.run is not None:
            self._carry_out(initial, events, fixtures, covers)
        else:
            walk = Walk(self, initial, fixtures)
            try:
                for event in events:
                    walk.step(event)
            finally:
                walk.close()

    def plan(self, initial: int, events: Iterable[Event]) -> Plan:
        """A row of events as a plan for a run."""
        steps = (PlannedStep(event.action.name, event.named, event.action.fault) for event in events)
        return Plan(self.model.layout.unpack(initial), tuple(steps))

    def _carry_out(
        self,
        initial: int,
        events: list[Event],
        fixtures: Mapping[str, Any],
        covers: frozenset[tuple[int, int]],
    ) -> None:
        __tracebackhide__ = True
        plan = self.plan(initial, events)
        assert self.run is not None
        try:
            with watch(f"run({plan})", self.timeout):
                observations = list(self.run(plan, **fixtures))
        except Hang as error:
            raise NonConformance(f"{self.model.name}: {error}") from None
        verdict = follow(Follower(self.tables, self.hidden, [initial]), observations)
        self.covered |= verdict.covered
        if verdict.outcome is Outcome.VIOLATED:
            assert verdict.refusal is not None
            raise NonConformance(self._explain(plan, observations, verdict.refusal))
        missed = [place for place in covers if place not in verdict.covered]
        if missed:
            event = self.model.events[missed[0][1]].label
            raise NonConformance(
                f"{self.model.name}: the plan was not carried out: {event} was planned, and what was "
                f"observed does not show that it happened\n\n{_program(plan, observations, None)}"
            )

    def _explain(self, plan: Plan, observations: list[Observation], refusal: Refusal) -> str:
        place = f"observation {refusal.index + 1} of {len(observations)}"
        lines = [
            f"{self.model.name}: the implementation does not conform ({place})",
            "",
            _program(plan, observations[: refusal.index + 1], refusal),
            "",
            *_what_was_wrong(refusal),
        ]
        return "\n".join(lines)


class Walk:
    """An adapter and the spec, step by step.

    Args:
        suite: the implementation and its spec.
        initial: the packed initial state.
        fixtures: what the adapter's constructor asks for.
    """

    def __init__(self, suite: Suite, initial: int, fixtures: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        self.suite = suite
        asked = wants(suite.adapter)
        given = dict(fixtures)
        if "initial" in asked:
            given["initial"] = suite.model.layout.unpack(initial)
        shown = [*fixtures] + [f"initial={show(given[name])}" for name in asked if name == "initial"]
        name = getattr(suite.adapter, "__name__", "adapter")
        self._program = [f"adapter = {name}({', '.join(shown)})"]
        self.follower = Follower(suite.tables, suite.hidden, [initial])
        self._driver = Driver(lambda: suite.adapter(**given), suite.timeout)
        self._see(Observation(state=self._driver.observe()))

    def step(self, event: Event) -> None:
        """Do one event and compare what is seen; raises `NonConformance`."""
        __tracebackhide__ = True
        self._program.append(
            f"adapter.{call(event.action.name, event.named)}" + ("" if event.arguments else "()")
        )
        try:
            shown = self._driver.act(event.action.name, event.named)
            seen = {**self._driver.observe(), **shown}
        except (FsmError, KeyboardInterrupt):
            raise
        except Hang as error:
            raise NonConformance(self._failure([f"  {error}"])) from None
        except Exception as error:
            where = [f"  it raised {type(error).__name__}: {error}", f"  specified: {event.label}"]
            raise NonConformance(self._failure(where)) from error
        self._see(Observation((event.action.name,), event.named, seen))
        self.suite.covered |= self.follower.covered()

    def close(self) -> None:
        """End the adapter."""
        self._driver.close()

    def _see(self, seen: Observation) -> None:
        __tracebackhide__ = True
        refusal = self.follower.follow(seen, len(self._program) - 1)
        if refusal is not None:
            raise NonConformance(self._failure(_what_was_wrong(refusal)))

    def _failure(self, details: list[str]) -> str:
        program = [f"    {line}" for line in self._program]
        program[-1] += "   # here"
        head = f"{self.suite.model.name}: the implementation does not conform"
        return "\n".join([head, "", *program, "", *details])


def conform(
    spec: Any,
    adapter: Any = None,
    *,
    run: Run | None = None,
    hidden: Iterable[str] = (),
    skip: Iterable[str] = (),
    timeout: float = 10.0,
    walks: int = 50,
    steps: int = 30,
    max_states: int | None = None,
) -> type:
    """Tests of an implementation against a spec, for pytest to collect.

    Args:
        spec: a spec class or a model.
        adapter: a class (or a function) that makes an object with a method for each action and
            `observe()`. Its constructor may ask for pytest fixtures, and for `initial`, the values of all
            variables at the beginning.
        run: instead of an adapter, a function of a `Plan` that carries it out and returns the
            observations; further parameters are pytest fixtures.
        hidden: the actions that what a run observes does not show.
        skip: the actions that the implementation cannot do.
        timeout: seconds for one call of an adapter or for one run; 0 for none.
        walks: how many random walks Hypothesis takes.
        steps: how long a walk may be.
        max_states: where exploring the spec ends early.

    Returns:
        A test class; bind it to a name that begins with `Test`.

    Raises:
        AdapterError: if the implementation does not fit the spec.
        SpecError: if the spec has mistakes.
    """
    model = model_of(spec)
    suite = Suite(model, adapter, run, hidden, skip, timeout, Limits(max_states=max_states))
    members: dict[str, Any] = {
        "__doc__": f"Conformance to {model.name}: {model.doc.splitlines()[0] if model.doc else ''}",
        "__module__": inspect.stack()[1].frame.f_globals.get("__name__", __name__),
        "suite": suite,
    }
    for number, event in enumerate(model.events):
        members[f"test_tour[{event.label}]"] = _tour_test(suite, number)
    members["test_walk"] = _walk_test(suite, walks, steps)
    return type(f"Test{model.name}", (), members)


def _tour_test(suite: Suite, number: int) -> Callable[..., None]:
    def test(_: Any, request: Any, **fixtures: Any) -> None:
        __tracebackhide__ = True
        try:
            suite.tour(number, fixtures)
        finally:
            _record(request, suite)

    return _asking(test, suite, f"Every transition of {suite.model.events[number].label}.")


def _walk_test(suite: Suite, walks: int, steps: int) -> Callable[..., None]:
    def test(_: Any, request: Any, **fixtures: Any) -> None:
        __tracebackhide__ = True
        from fsm.walks import walk

        try:
            walk(suite, fixtures, walks, steps)
        finally:
            _record(request, suite)

    return _asking(test, suite, "Random walks.")


def _asking(test: Callable[..., None], suite: Suite, doc: str) -> Callable[..., None]:
    """The test with a signature that asks pytest for the fixtures of the implementation."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = ("self", "request", *suite.wanted)
    test.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])  # type: ignore[attr-defined]
    test.__doc__ = doc
    return test


def _record(request: Any, suite: Suite) -> None:
    """Tell the plugin, where it is at work, what has been covered."""
    report = getattr(request.config, "_fsm_record_coverage", None)
    if report is not None:
        report(suite)


def _program(plan: Plan, observations: list[Observation], refusal: Refusal | None) -> str:
    initial = ", ".join(f"{name}={show(value)}" for name, value in plan.initial.items())
    lines = [f"    plan: {plan}", f"    from: {initial}", "    observed:"]
    lines += [f"      {number}. {seen.label}" for number, seen in enumerate(observations, 1)]
    if refusal is not None:
        lines[-1] += "   # here"
    return "\n".join(lines)


def _what_was_wrong(refusal: Refusal) -> list[str]:
    if refusal.differences:
        return difference_lines(refusal.differences)
    allowed = " or ".join(refusal.expected) or "nothing"
    return [f"  specified: {allowed}", f"  observed:  {refusal.observation.label}"]
