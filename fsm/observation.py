"""What was seen of an implementation, and the verdict on it: data, without the spec that it is held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from fsm.errors import AdapterError, Violation
from fsm.model import call
from fsm.values import show
from fsm.verdict import Outcome

MOST_SHOWN = 6  #: values in a difference

Transition = tuple[int, int]  #: a packed state, and the place of an event in `Model.events`


@dataclass(frozen=True)
class AnyOf:
    """An observed value of which only some possibilities are known."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Observation:
    """Something that was seen of an implementation.

    Args:
        actions: the names of the actions that it may have been; none if it was only a look.
        arguments: those of its arguments that are known, by name.
        state: the variables (or parts such as `slots[0].state`) that were seen after it; an `AnyOf`
            where several values are possible.
        text: what was seen, in words, for messages.
        line: the line of the recording, or 0.
    """

    actions: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    line: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.actions, str):
            raise AdapterError(
                f"Observation({self.actions!r}): it may have been one of several actions, so they come as a "
                f"tuple: Observation(({self.actions!r},))"
            )

    def __str__(self) -> str:
        return self.text or self.label

    def may_be(self, action: str, arguments: Mapping[str, Any]) -> bool:
        """Whether it may have been that action with those arguments."""
        return action in self.actions and all(
            any(_same(arguments[name], one) for one in _possible(value))
            for name, value in self.arguments.items()
            if name in arguments
        )

    @property
    def label(self) -> str:
        """The observation as the spec's words would have it."""
        seen = ", ".join(f"{name}={shown(value)}" for name, value in self.state.items())
        if not self.actions:
            return f"seen: {seen}"
        return f"{self._call}, then {seen}" if seen else self._call

    @property
    def name(self) -> str:
        """The observation in few words."""
        return self.text or (self._call if self.actions else self.label)

    @property
    def _call(self) -> str:
        return call(" or ".join(self.actions), self.arguments)


@dataclass(frozen=True)
class Taken:
    """The transitions on the ways to a state: on every one, and on some."""

    every: frozenset[Transition] = frozenset()
    some: frozenset[Transition] = frozenset()

    def then(self, transition: Transition) -> Taken:
        """The same ways, one step longer."""
        if transition in self.every:
            return self
        return Taken(self.every | {transition}, self.some | {transition})

    def __or__(self, other: Taken) -> Taken:
        """These ways and the others."""
        return Taken(self.every & other.every, self.some | other.some)


@dataclass(frozen=True)
class Difference:
    """One part of the state: what the spec allows, and what was observed."""

    path: str
    specified: tuple[str, ...]
    observed: str


@dataclass(frozen=True)
class Refusal:
    """The first observation that nothing explains.

    Args:
        index: its place among the observations, from 0.
        observation: the observation.
        expected: the events that the spec allowed there, as calls.
        differences: where an event was possible, but not with what was seen after it.
    """

    index: int
    observation: Observation
    expected: tuple[str, ...]
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Conformance:
    """The verdict on a row of observations: holds (conforming), violated, or unknown (too thin to tell)."""

    spec: str
    outcome: Outcome
    observations: int
    refusal: Refusal | None = None
    reason: str = ""
    explanations: int = 0
    covered: frozenset[Transition] = frozenset()

    def assert_holds(self) -> None:
        """Raise `Violation` unless it conforms."""
        if self.outcome is not Outcome.HOLDS:
            raise Violation(str(self))

    def __str__(self) -> str:
        if self.refusal is None:
            words = {Outcome.HOLDS: "conforming", Outcome.UNKNOWN: f"too thin to tell: {self.reason}"}
            return f"{self.spec}: {words[self.outcome]} ({self.observations} observations)"
        refusal = self.refusal
        lines = [f"{self.spec}: not conforming at observation {refusal.index + 1}: {refusal.observation}"]
        lines += [f"  specified: {event}" for event in refusal.expected] or ["  specified: nothing"]
        lines += difference_lines(refusal.differences)
        return "\n".join(lines)


def difference_lines(differences: Iterable[Difference]) -> list[str]:
    """The two-column difference: specified | observed."""
    rows = [(one.path, _any_of(one.specified), one.observed) for one in differences]
    if not rows:
        return []
    rows.insert(0, ("", "specified", "observed"))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"  {path:{first}}  {allowed:{second}}  {seen}".rstrip() for path, allowed, seen in rows]


def _any_of(values: Sequence[str]) -> str:
    more = len(values) - MOST_SHOWN
    return " or ".join(values[:MOST_SHOWN]) + (f" or one of {more} others" if more > 0 else "")


def _possible(value: Any) -> tuple[Any, ...]:
    return value.values if isinstance(value, AnyOf) else (value,)


def _same(one: object, other: object) -> bool:
    alike = type(one) is type(other) or (isinstance(one, Set) and isinstance(other, Set))
    return alike and one == other


def shown(value: Any) -> str:
    """An observed value as people read it, every possibility of an `AnyOf`."""
    return " or ".join(map(show, value.values)) if isinstance(value, AnyOf) else show(value)


def type_of(value: Any) -> str:
    """The type of a value in words, where two values look alike."""
    return f"the type {type(value).__module__}.{type(value).__qualname__}"
