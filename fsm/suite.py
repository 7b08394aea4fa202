"""An implementation and its spec together: rows of events carried out, and what was seen compared."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, repeat
from typing import Any
from unittest import SkipTest

from fsm.adapter import Hang, check_adapter, check_skip, wait, wants, watch
from fsm.capture import Tables
from fsm.errors import AdapterError, NonConformance
from fsm.explorer import explore
from fsm.failure import observed_lines, refusal_lines
from fsm.graph import Graph
from fsm.limits import NO_LIMITS, Limits
from fsm.lockstep import Lockstep
from fsm.model import Event, Model
from fsm.observation import Observation
from fsm.plan import Plan, PlannedStep, program_lines
from fsm.replayer import Follower, check_hidden, follow
from fsm.tables import Step
from fsm.tours import Tour, is_cover, tours

Run = Callable[..., Any]  #: (plan, fixtures) → observations: an iterable of them, or an awaitable of one


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
        skip: the actions that cannot be done; no tour takes them.
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
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.model = model
        self.adapter = adapter
        self.run = run
        self.hidden = frozenset(hidden)
        self.skip = frozenset(skip)
        self.timeout = timeout
        self.limits = limits
        self.covered: set[tuple[int, int]] = set()
        self._runs = count(1)
        self._check()

    def _check(self) -> None:
        if (self.adapter is None) == (self.run is None):
            raise AdapterError("conform wants one implementation: an adapter, or run=...")
        check_skip(self.model, self.skip)
        check_hidden(self.model, self.hidden)
        if self.run is None:
            check_adapter(self.model, self.adapter, self.skip)
            if self.hidden:
                raise AdapterError("hidden= is for run=...: an adapter does every action that it is told")
        elif not callable(self.run):
            raise AdapterError(
                f"run={self.run!r} cannot be called: give a function of a plan that returns observations"
            )

    @property
    def wanted(self) -> tuple[str, ...]:
        """The pytest fixtures that the implementation asks for."""
        if self.run is not None:
            return wants(self.run, given=1)
        return tuple(name for name in wants(self.adapter) if name != "initial")

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
        for tour in tours(self.graph, skip=self.skip):
            found[tour.steps[-1][0]].append(tour)
        return found

    @property
    def coverage(self) -> Coverage:
        """What has been covered, against the true number of reachable transitions."""
        total = len(self.graph.edges.events)
        notes = []
        if is_cover(self.graph):
            notes.append("path covers")
        if self.skip:
            reached = {place for found in self.tours.values() for tour in found for place in tour.covers}
            notes.append(f"{total - len(reached)} cannot be, without {', '.join(sorted(self.skip))}")
        if self.graph.stopped:
            notes.append(f"of what was explored: {self.graph.stopped}")
        return Coverage(self.model.name, len(self.covered), total, ", ".join(notes))

    def tour(self, number: int, fixtures: Mapping[str, Any]) -> None:
        """Run every tour of one event, shortest first; raises `NonConformance`, and `SkipTest` for none."""
        __tracebackhide__ = True
        if not self.tours[number]:
            raise SkipTest(self._no_tour(number))
        for tour in self.tours[number]:
            self.take(tour.initial, [event for event, _ in tour.steps], fixtures)

    def _no_tour(self, number: int) -> str:
        label = self.model.events[number].label
        if any(
            event == number for found in self.tours.values() for tour in found for _, event in tour.covers
        ):
            return f"the path covers of other events take every transition of {label}"
        without = f" without {', '.join(sorted(self.skip))}" if self.skip else ""
        return f"no reachable state allows {label}{without}"

    def take(
        self, initial: int, numbers: Sequence[int], fixtures: Mapping[str, Any], turns: Sequence[str] = ()
    ) -> None:
        """Run one row of events from an initial state.

        Args:
            initial: the packed state.
            numbers: the events, by place.
            fixtures: what the implementation asks for.
            turns: for each event in which turn of a loop it is, in words; none where there is no loop.

        Raises:
            NonConformance: if the implementation does not do what the spec says.
        """
        __tracebackhide__ = True
        if self.run is not None:
            self._carry_out(initial, numbers, fixtures, turns)
            return
        pair = self.lockstep(initial, fixtures)
        try:
            pair.begin()
            for number, turn in zip(numbers, turns or repeat(""), strict=False):
                _step(pair, self.model.events[number], turn)
        finally:
            self.covered |= pair.covered
            pair.close()

    def lockstep(self, initial: int, fixtures: Mapping[str, Any]) -> Lockstep:
        """A new adapter, and the spec in an initial state."""
        __tracebackhide__ = True
        return Lockstep(self.tables, self.adapter, initial, self.fresh(fixtures), self.skip, self.timeout)

    def number(self, event: Event) -> int:
        """The place of an event among those of the model."""
        return next(number for number, known in enumerate(self.model.events) if known is event)

    def plan(self, initial: int, numbers: Iterable[int]) -> Plan:
        """A row of events as a plan for a run."""
        events = (self.model.events[number] for number in numbers)
        steps = (PlannedStep(event.action.name, event.named, event.action.fault) for event in events)
        return Plan(self.model.layout.unpack(initial), tuple(steps))

    def fresh(self, fixtures: Mapping[str, Any]) -> dict[str, Any]:
        """The fixtures for one run. All runs of one test share them, but for a `tmp_path` of its own."""
        given = dict(fixtures)
        if "tmp_path" in given:
            given["tmp_path"] = given["tmp_path"] / f"run{next(self._runs)}"
            given["tmp_path"].mkdir()
        return given

    def _carry_out(
        self, initial: int, numbers: Sequence[int], fixtures: Mapping[str, Any], turns: Sequence[str]
    ) -> None:
        __tracebackhide__ = True
        plan = self.plan(initial, numbers)
        observations: list[Observation] = []
        try:
            with watch("the run", self.timeout):
                _observe(self.run, plan, self.fresh(fixtures), observations)
        except AdapterError:
            raise
        except Hang as error:
            text = self._text(str(error), plan, observations, False, [], turns)
            raise NonConformance(text, hung=True) from None
        except Exception as error:
            head = f"the run raised {type(error).__name__}: {error}"
            raise NonConformance(self._text(head, plan, observations, False, [], turns)) from error
        follower = Follower(self.tables, self.hidden, [initial])
        verdict = follow(follower, observations)
        self.covered |= verdict.covered
        if verdict.refusal is not None:
            index = verdict.refusal.index
            head = (
                f"the implementation does not conform at observation {index + 1} of {len(observations)}: "
                f"{verdict.refusal.observation.name}"
            )
            details = ["", *refusal_lines(verdict.refusal)]
            raise NonConformance(self._text(head, plan, observations[: index + 1], True, details, turns))
        possible = follower.possible()
        missed = [
            number for number, place in enumerate(self._places(initial, numbers)) if place not in possible
        ]
        number, index = self._parting(plan, observations)
        if missed or (turns and number < len(numbers)):  # a turn passes where another one did
            step = plan.steps[number if number < len(numbers) else missed[0]]
            seen = observations[index].name if index < len(observations) else "nothing more"
            head = f"the plan was not carried out: {step} was planned, and {seen} was observed"
            details = ["", f"  planned:   {step}", f"  observed:  {seen}"]
            refused = index < len(observations)
            raise NonConformance(self._text(head, plan, observations[: index + 1], refused, details, turns))

    def _parting(self, plan: Plan, observations: Sequence[Observation]) -> tuple[int, int]:
        """The place of the planned step that was not taken, and of the observation that came instead."""
        acted = ((index, seen) for index, seen in enumerate(observations) if seen.actions)
        for number, step in enumerate(plan.steps):
            if step.action not in self.hidden:
                index, seen = next(acted, (len(observations), None))
                if seen is None or not seen.may_be(step.action, step.arguments):
                    return number, index
        return len(plan.steps), len(observations)

    def _places(self, initial: int, numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
        state = initial
        for number in numbers:
            yield state, number
            leaf = self.tables.events[number].leaf(state)
            assert isinstance(leaf, Step)
            state = leaf.apply(state)

    def _text(
        self,
        head: str,
        plan: Plan,
        observations: Sequence[Observation],
        refused: bool,
        details: list[str],
        turns: Sequence[str],
    ) -> str:
        program = [f"    {line}".rstrip() for line in program_lines(plan)]
        observed = observed_lines(observations, refused)
        number, _ = self._parting(plan, observations[:-1] if refused else observations)
        turn = turns[number] if number < len(turns) else ""
        told = ["", f"  {turn}"] if turn else []
        return "\n".join([f"{self.model.name}: {head}", "", *program, "", *observed, *details, *told])


def _step(pair: Lockstep, event: Event, turn: str) -> None:
    """Do one event; a failure says in which turn of a loop it is."""
    __tracebackhide__ = True
    try:
        pair.step(event)
    except NonConformance as error:
        if not turn:
            raise
        raise NonConformance(f"{error}\n\n  {turn}", error.hung) from error.__cause__


def _observe(run: Any, plan: Plan, fixtures: Mapping[str, Any], observations: list[Observation]) -> None:
    """Call a run; what it yields one at a time is kept even if it raises in the end."""
    made = run(plan, **fixtures)
    if inspect.isawaitable(made):
        made = asyncio.run(wait(made))
    if not isinstance(made, Iterable):
        raise AdapterError(f"the run returned {made!r}: return what was observed, a list of `Observation`")
    for seen in made:
        if not isinstance(seen, Observation):
            raise AdapterError(f"the run observed {seen!r}: make it an `Observation`")
        observations.append(seen)
