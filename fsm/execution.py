"""A plan carried out in one call, and what was observed of it followed through the spec."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from fsm.adapter import Hang, wait, watch
from fsm.capture import Tables
from fsm.errors import AdapterError, NonConformance
from fsm.failure import observed_lines, refusal_lines
from fsm.observation import Conformance, Observation, Transition
from fsm.plan import Plan, PlannedStep, program_lines
from fsm.replayer import Follower, follow
from fsm.tables import Step

Run = Callable[..., Any]  #: (plan, fixtures) → observations: an iterable of them, or an awaitable of one


class Execution:
    """One plan, from the initial state that it begins in.

    Args:
        tables: the spec's model with its memory.
        initial: the packed state.
        numbers: the planned events, by place.
        hidden: the actions that the run does not show.
        turns: for each event in which turn of a loop it is, in words; none where there is no loop.
    """

    def __init__(
        self,
        tables: Tables,
        initial: int,
        numbers: Sequence[int],
        hidden: frozenset[str] = frozenset(),
        turns: Sequence[str] = (),
    ) -> None:
        self.tables = tables
        self.model = tables.model
        self.initial = initial
        self.numbers = numbers
        self.hidden = hidden
        self.turns = turns
        self.plan = plan_of(tables, initial, numbers)
        self.covered: frozenset[Transition] = frozenset()  #: what was taken and was right

    def carry_out(self, run: Run, fixtures: Mapping[str, Any], timeout: float) -> None:
        """Have the plan carried out.

        Args:
            run: who does it.
            fixtures: what it asks for.
            timeout: seconds that it may take.

        Raises:
            NonConformance: if what was observed is not what the spec says, or not what was planned.
        """
        __tracebackhide__ = True
        observations: list[Observation] = []
        try:
            with watch("the run", timeout):
                _observe(run, self.plan, fixtures, observations)
        except AdapterError:
            raise
        except Hang as error:
            raise NonConformance(self._text(str(error), observations, False, []), hung=True) from None
        except Exception as error:
            head = f"the run raised {type(error).__name__}: {error}"
            raise NonConformance(self._text(head, observations, False, [])) from error
        follower = Follower(self.tables, self.hidden, [self.initial])
        verdict = follow(follower, observations)
        self.covered = verdict.covered
        self._check_conformance(verdict, observations)
        self._check_plan(follower.possible(), observations)

    def _check_conformance(self, verdict: Conformance, observations: Sequence[Observation]) -> None:
        __tracebackhide__ = True
        if verdict.refusal is not None:
            index = verdict.refusal.index
            head = (
                f"the implementation does not conform at observation {index + 1} of {len(observations)}: "
                f"{verdict.refusal.observation.name}"
            )
            details = ["", *refusal_lines(verdict.refusal)]
            raise NonConformance(self._text(head, observations[: index + 1], True, details))

    def _check_plan(self, possible: frozenset[Transition], observations: Sequence[Observation]) -> None:
        __tracebackhide__ = True
        places = enumerate(transitions(self.tables, self.initial, self.numbers))
        missed = [number for number, place in places if place not in possible]
        number, index = self._parting(observations)
        if missed or (self.turns and number < len(self.numbers)):  # a turn passes where another one did
            step = self.plan.steps[number if number < len(self.numbers) else missed[0]]
            seen = observations[index].name if index < len(observations) else "nothing more"
            head = f"the plan was not carried out: {step} was planned, and {seen} was observed"
            details = ["", f"  planned:   {step}", f"  observed:  {seen}"]
            refused = index < len(observations)
            raise NonConformance(self._text(head, observations[: index + 1], refused, details))

    def _parting(self, observations: Sequence[Observation]) -> tuple[int, int]:
        """The place of the planned step that was not taken, and of the observation that came instead."""
        acted = ((index, seen) for index, seen in enumerate(observations) if seen.actions)
        for number, step in enumerate(self.plan.steps):
            if step.action not in self.hidden:
                index, seen = next(acted, (len(observations), None))
                if seen is None or not seen.may_be(step.action, step.arguments):
                    return number, index
        return len(self.plan.steps), len(observations)

    def _text(self, head: str, observations: Sequence[Observation], refused: bool, details: list[str]) -> str:
        program = [f"    {line}".rstrip() for line in program_lines(self.plan)]
        observed = observed_lines(observations, refused)
        number, _ = self._parting(observations[:-1] if refused else observations)
        turn = self.turns[number] if number < len(self.turns) else ""
        told = ["", f"  {turn}"] if turn else []
        return "\n".join([f"{self.model.name}: {head}", "", *program, "", *observed, *details, *told])


def plan_of(tables: Tables, initial: int, numbers: Iterable[int]) -> Plan:
    """A row of events, by place, from a packed initial state, as a plan for a run."""
    events = (tables.model.events[number] for number in numbers)
    steps = (PlannedStep(event.action.name, event.named, event.action.fault) for event in events)
    return Plan(tables.layout.unpack(initial), tuple(steps))


def transitions(tables: Tables, initial: int, numbers: Iterable[int]) -> Iterator[Transition]:
    """The transitions that a row of enabled events, by place, takes from a packed state."""
    state = initial
    for number in numbers:
        yield state, number
        leaf = tables.events[number].leaf(state)
        assert isinstance(leaf, Step)
        state = leaf.apply(state)


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
