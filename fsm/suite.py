"""An implementation and its spec together: rows of events carried out, and what was seen compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count, repeat
from typing import Any
from unittest import SkipTest

from fsm.adapter import check_adapter, check_skip, wants
from fsm.capture import Tables
from fsm.coverage import left_to_it
from fsm.errors import AdapterError, NonConformance
from fsm.execution import Execution, Run, transitions
from fsm.expedition import Expedition
from fsm.experience import Experience
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import NO_LIMITS, Limits
from fsm.lockstep import Beyond, Lockstep
from fsm.model import Event, Model
from fsm.observation import Transition
from fsm.replayer import check_hidden
from fsm.stimuli import Stimulus, names_of, stimuli_of, told
from fsm.tours import MOST_TOURS, Tour, is_cover, tours


@dataclass(frozen=True)
class Coverage:
    """How much of a spec a suite has taken so far.

    Args:
        suite: its name.
        covered: how many transitions were taken.
        total: how many there are.
        remark: what a reader should know about these numbers.
        left: the transitions that were left to the implementation, which answers otherwise.
    """

    suite: str
    covered: int
    total: int
    remark: str = ""
    left: Set[Transition] = frozenset()

    @property
    def note(self) -> str:
        """The remark, and how many transitions were left to the implementation."""
        notes = [self.remark, left_to_it(len(self.left), self.total)]
        return ", ".join(note for note in notes if note)


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
        answers: the names of the arguments that the implementation chooses.
        most_tours: the number of transitions above which path covers take the place of single tours.
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
        answers: Iterable[str] = (),
        most_tours: int = MOST_TOURS,
    ) -> None:
        self.model = model
        self.adapter = adapter
        self.run = run
        self.hidden = frozenset(hidden)
        self.skip = frozenset(skip)
        self.timeout = timeout
        self.limits = limits
        self.answers = names_of(model, answers)
        self.stimuli = stimuli_of(model, self.answers)
        self.most_tours = most_tours
        self.covered: set[Transition] = set()
        self._runs = count(1)
        self._check()

    def _check(self) -> None:
        if (self.adapter is None) == (self.run is None):
            raise AdapterError("conform wants one implementation: an adapter, or run=...")
        check_skip(self.model, self.skip)
        check_hidden(self.model, self.hidden)
        if self.run is None:
            check_adapter(self.model, self.adapter, self.skip, self.answers)
            if self.hidden:
                raise AdapterError("hidden= is for run=...: an adapter does every action that it is told")
        elif not callable(self.run):
            raise AdapterError(
                f"run={self.run!r} cannot be called: give a function of a plan that returns observations"
            )
        elif self.answers:
            raise AdapterError(
                "answers= is for adapters: a run is given its whole plan at once, and nobody can plan anew "
                "where the implementation answers otherwise; give an adapter instead of run=..."
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
        for tour in tours(self.graph, self.most_tours, self.skip):
            found[tour.steps[-1][0]].append(tour)
        return found

    @cached_property
    def experience(self) -> Experience:
        """What the implementation has answered so far."""
        return Experience(self.graph, self.stimuli, self.skip, self.covered)

    @property
    def coverage(self) -> Coverage:
        """What has been covered, against the true number of reachable transitions."""
        total = len(self.graph.edges.events)
        notes = []
        if is_cover(self.graph, self.most_tours):
            notes.append("path covers")
        if self.skip:
            reached = sum(1 for _ in self.experience.reachable())
            notes.append(f"{total - reached} cannot be, without {', '.join(sorted(self.skip))}")
        if self.graph.stopped:
            notes.append(f"of what was explored: {self.graph.stopped}")
        left = self.experience.left() if self.answers else frozenset[Transition]()
        return Coverage(self.model.name, len(self.covered), total, ", ".join(notes), left)

    def tour(self, number: int, fixtures: Mapping[str, Any]) -> None:
        """Run every tour of one stimulus, shortest first; raises `NonConformance`, and `SkipTest` for none.

        Args:
            number: its place; without answers that of its event.
            fixtures: what the implementation asks for.
        """
        __tracebackhide__ = True
        if self.answers:
            self._explore(self.stimuli[number], fixtures)
            return
        if not self.tours[number]:
            raise SkipTest(self._no_tour(number))
        for tour in self.tours[number]:
            self.take(tour.initial, [event for event, _ in tour.steps], fixtures)

    def _explore(self, stimulus: Stimulus, fixtures: Mapping[str, Any]) -> None:
        """Give a stimulus wherever the answers lead to a state that allows it."""
        __tracebackhide__ = True
        make = partial(self.lockstep, fixtures=fixtures)
        chained = is_cover(self.graph, self.most_tours)
        expedition = Expedition(self.experience, stimulus, make, chained)
        expedition.carry_out()
        if not expedition.given:
            raise SkipTest(self._not_given(expedition))

    def _no_tour(self, number: int) -> str:
        label = self.model.events[number].label
        if any(
            event == number for found in self.tours.values() for tour in found for _, event in tour.covers
        ):
            return f"the path covers of other events take every transition of {label}"
        return self._not_allowed(label)

    def _not_allowed(self, label: str) -> str:
        without = f" without {', '.join(sorted(self.skip))}" if self.skip else ""
        return f"no reachable state allows {label}{without}"

    def _not_given(self, tour: Expedition) -> str:
        """Why a stimulus was given in no state, or to no avail."""
        label = tour.stimulus.label
        goals = self.experience.allowing(tour.stimulus)
        if not goals:
            return self._not_allowed(label)
        if tour.beyond:
            return f"what the implementation answers to {label} lies beyond the bounds of {self.model.name}"
        text = f"the implementation's answers lead to no state that allows {label}"
        obstacle = self.experience.obstacle(goals)
        if obstacle is None:
            return text
        state, number = obstacle
        event, stimulus = self.model.events[number], self.experience.stimulus(number)
        came = [self.model.events[other] for other in stimulus.events if (state, other) in self.covered]
        answered = " or ".join(stimulus.answers_of(one) for one in came)
        otherwise = f", and it answers {answered}" if answered else ""
        return f"{text}: {stimulus.label} would have to answer {stimulus.answers_of(event)}{otherwise}"

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
            SkipTest: if it answers something else that the spec allows.
        """
        __tracebackhide__ = True
        if self.run is not None:
            self._carry_out(initial, numbers, fixtures, turns)
            return
        pair = self.lockstep(initial, fixtures)
        try:
            pair.begin()
            rows = zip(numbers, transitions(self.tables, initial, numbers), turns or repeat(""), strict=False)
            for number, place, turn in rows:
                _step(pair, self._of[number], turn)
                if self.answers and place not in pair.follower.possible():
                    raise SkipTest(self._another_way(pair, number, turn))
        finally:
            self.covered |= pair.covered
            pair.close()

    def lockstep(self, initial: int, fixtures: Mapping[str, Any]) -> Lockstep:
        """A new adapter, and the spec in an initial state."""
        __tracebackhide__ = True
        given = self.fresh(fixtures)
        return Lockstep(self.tables, self.adapter, initial, given, self.skip, self.timeout, self.answers)

    @cached_property
    def _of(self) -> dict[int, Stimulus]:
        return {event: stimulus for stimulus in self.stimuli for event in stimulus.events}

    def asked(self, events: Iterable[int]) -> list[int]:
        """The stimuli that may turn out to be some events, by place, in order."""
        return sorted({self._of[number].number for number in events})

    def _another_way(self, pair: Lockstep, number: int, turn: str) -> str:
        """Where a row of events ended, since another answer came that the spec allows."""
        stimulus, event = self._of[number], self.model.events[number]
        answered = told(pair.answered) or "otherwise"
        where = f"step {pair.steps}" + (f", {turn}" if turn else "")
        return (
            f"{where}: the implementation answered {answered} to {stimulus.label}; the trace goes another "
            f"way, by {stimulus.answers_of(event)}"
        )

    def number(self, event: Event) -> int:
        """The place of an event among those of the model."""
        return next(number for number, known in enumerate(self.model.events) if known is event)

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
        assert self.run is not None
        execution = Execution(self.tables, initial, numbers, self.hidden, turns)
        try:
            execution.carry_out(self.run, self.fresh(fixtures), self.timeout)
        finally:
            self.covered |= execution.covered


def _step(pair: Lockstep, stimulus: Stimulus, turn: str) -> None:
    """Give one stimulus; a failure says in which turn of a loop it is."""
    __tracebackhide__ = True
    try:
        pair.step(stimulus)
    except Beyond:
        text = (
            f"step {pair.steps}: what the implementation answers to {stimulus.label} lies beyond the bounds"
        )
        raise SkipTest(f"{text} of {pair.model.name}") from None
    except NonConformance as error:
        if not turn:
            raise
        raise NonConformance(f"{error}\n\n  {turn}", error.hung) from error.__cause__
