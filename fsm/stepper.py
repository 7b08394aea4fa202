"""One step at a time: a call becomes an event, an event a state, or an error that says what is possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

from fsm.capture import Tables
from fsm.domains import Domain, OutOfDomain
from fsm.errors import EventError, SpecError, did_you_mean
from fsm.model import Action, Event, call
from fsm.packing import Layout
from fsm.tables import BOUNDED, Step, Table
from fsm.values import show

SHOWN = 8  #: alternatives that a message lists


@dataclass(frozen=True)
class Choice:
    """One choice of an action's arguments: the event, what it does, its arguments by name."""

    event: Event
    table: Table
    named: Mapping[str, Any]


class Stepper:
    """A model, ready to make steps from any of its states.

    Args:
        tables: the model with its memory.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.layout = tables.layout
        self.model = tables.model
        self.actions = {action.name: action for action in self.model.actions}
        self.choices: dict[str, dict[tuple[int, ...], Choice]] = {name: {} for name in self.actions}
        for event, table in zip(self.model.events, tables.events, strict=True):
            numbers: list[int] = []
            for parameter, argument in zip(event.action.parameters, event.arguments, strict=True):
                numbers += parameter.domain.encode(argument)
            self.choices[event.action.name][tuple(numbers)] = Choice(event, table, event.named)

    def begin(self, initial: Mapping[str, Any]) -> int:
        """The packed initial state in which these variables have these values; raises `SpecError`."""
        layout, name = self.layout, self.model.name
        every = states = self.tables.initial_states()
        for variable, value in initial.items():
            if variable not in layout.places:
                told = did_you_mean(variable, layout.places)
                raise SpecError(f"`initial`: {name} has no variable `{variable}`: {told}")
            place = layout.places[variable]
            try:
                numbers = place.domain.encode(value)
            except OutOfDomain as error:
                raise SpecError(f"`initial`: `{variable}`: {error}") from None
            states = [state for state in states if layout.numbers(state, place) == numbers]
        if len(states) == 1:
            return states[0]
        if states:
            what = f"begins in one of {len(states)} states; choose with `initial={{...}}`"
        else:
            what = "begins in no state that fits `initial`; it begins in"
        listed = states or every
        parts = [dict(layout.items(state)) for state in listed]
        varying = [path for path in parts[0] if len({one[path] for one in parts}) > 1] or list(parts[0])
        lines = [", ".join(f"{path}={one[path]}" for path in varying) for one in parts[:SHOWN]]
        if len(listed) > SHOWN:
            lines.append(f"and {len(listed) - SHOWN} more")
        raise SpecError(f"{name} {what}:\n  " + "\n  ".join(lines))

    def choose(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Choice:
        """The choice that a call makes; raises `EventError` for a call that fits no event."""
        if name not in self.actions:
            raise EventError(
                f"`{name}` is no action of {self.model.name}: {did_you_mean(name, self.actions)}"
            )
        parameters = self.actions[name].parameters
        given = {**{p.name: value for p, value in zip(parameters, args, strict=False)}, **kwargs}
        if not len(args) + len(kwargs) == len(given) == len(parameters):
            raise EventError(_wrong_call(self.actions[name], args, kwargs))
        numbers: list[int] = []
        for parameter in parameters:
            if parameter.name not in given:
                raise EventError(_wrong_call(self.actions[name], args, kwargs))
            try:
                numbers += parameter.domain.encode(given[parameter.name])
            except OutOfDomain as error:
                told = did_you_mean(show(given[parameter.name]), _some(parameter.domain))
                raise EventError(f"`{call(name, given)}`: `{parameter.name}`: {error}; {told}") from None
        return self.choices[name][tuple(numbers)]

    def after(self, choice: Choice, state: int) -> int | str:
        """The packed state after an event, or why it does not happen; raises `SpecError` for a wrong body."""
        leaf = choice.table.leaf(state)
        if isinstance(leaf, Step):
            return leaf.apply(state)
        return "outside the bounds of the spec (`limit`)" if leaf == BOUNDED else "not possible"

    def possible(self, state: int) -> list[Event]:
        """The events that are enabled in a state, in order."""
        events = zip(self.model.events, self.tables.events, strict=True)
        return [event for event, table in events if isinstance(table.leaf(state), Step)]

    def refusal(self, choice: Choice, why: str, state: int) -> str:
        """Why an event does not happen in a state, and what may; its own action first."""
        allowed = sorted(self.possible(state), key=lambda event: event.action is not choice.event.action)
        shown = ", ".join(f"`{event}`" for event in allowed[:SHOWN])
        more = f" and {len(allowed) - SHOWN} more" if len(allowed) > SHOWN else ""
        instead = f"possible: {shown}{more}" if allowed else "nothing is"
        return f"`{choice.event}` is {why} in {self.describe(state)}: {instead}"

    def describe(self, state: int) -> str:
        """A state as one line: the spec's name and every part of every variable."""
        parts = ", ".join(f"{path}={value}" for path, value in self.layout.items(state))
        return f"{self.model.name}({parts})"


class Standing:
    """Something that stands in a state: every variable is a read-only attribute (see `standing`)."""

    __slots__ = ("_fsm_state",)
    _fsm_stepper: Stepper

    def __setattr__(self, name: str, value: Any) -> None:
        actions = ", ".join(f"`{action}`" for action in self._fsm_stepper.actions)
        raise AttributeError(f"`{name}` cannot be assigned: what moves is moved by its actions, {actions}")

    def __getattr__(self, name: str) -> Any:
        stepper = self._fsm_stepper
        told = did_you_mean(name, (*stepper.layout.places, *stepper.actions))
        raise AttributeError(f"{stepper.model.name} has no `{name}`: {told}")

    def __repr__(self) -> str:
        return self._fsm_stepper.describe(self._fsm_state)


def put(model: Any, state: int) -> None:
    """Make something stand in a state: the one place where a state is assigned."""
    object.__setattr__(model, "_fsm_state", state)


def standing(stepper: Stepper) -> dict[str, Any]:
    """The members of a subclass of `Standing` for one model."""
    names = [variable.name for variable in stepper.model.variables]
    members: dict[str, Any] = {name: _variable(stepper.layout, name) for name in names}
    return {**members, "__slots__": (), "__doc__": stepper.model.doc or None, "_fsm_stepper": stepper}


def _variable(layout: Layout, name: str) -> property:
    return property(lambda self: _frozen(layout.value(self._fsm_state, name)))


def _frozen(value: Any) -> Any:
    """A value that nobody can change: maps become read-only, at every depth."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(one) for key, one in value.items()})
    return value


def _wrong_call(action: Action, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """What is wrong with the number or the names of a call's arguments."""
    names = [parameter.name for parameter in action.parameters]
    signature = f"`{action.name}({', '.join(names)})`"
    if len(args) > len(names):
        return f"{signature} is given {len(args)} arguments: {', '.join(map(show, args))}"
    for name in kwargs:
        if name not in names:
            return f"{signature} has no argument `{name}`: {did_you_mean(name, names)}"
        if name in names[: len(args)]:
            return f"{signature} is given `{name}` twice, by position and by keyword"
    missing = next(p for p in action.parameters[len(args) :] if p.name not in kwargs)
    return f"{signature} needs `{missing.name}`, one of: {', '.join(_some(missing.domain))}"


def _some(domain: Domain) -> list[str]:
    """The first values of a domain, as they are shown."""
    return [show(value) for value in islice(domain, SHOWN * 4)]
