"""Following what was observed of an implementation through a spec.

Theory. Of a running system one sees little: that something happened, and part of the state. So the replayer
keeps every state that the spec could be in, each with the transitions that *every* way to it takes, and
those that *some* way takes. An observation with an action takes a step; one without only looks. Actions that
the recording does not show (`hidden`) may happen in between, any number of them. When nothing explains an
observation, the implementation does not conform, and the verdict says what the spec allowed there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from fsm.capture import Tables
from fsm.domains import OutOfDomain
from fsm.errors import AdapterError, Violation, did_you_mean
from fsm.model import Model, call
from fsm.packing import Place
from fsm.tables import Step
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
        seen = ", ".join(f"{name}={_shown(value)}" for name, value in self.state.items())
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


def check_hidden(model: Model, hidden: Iterable[str]) -> None:
    """Raise `AdapterError` where a hidden action is no action of the model."""
    names = [action.name for action in model.actions]
    for name in sorted(hidden):
        if name not in names:
            raise AdapterError(
                f"`{name}` is hidden, but it is no action of {model.name}: {did_you_mean(name, names)}"
            )


class Follower:
    """Every state that a spec could be in, after what was observed so far.

    Args:
        tables: the model with its memory.
        hidden: names of the actions that are not observed and may happen in between.
        states: the states to begin with; the initial ones by default.
    """

    def __init__(
        self, tables: Tables, hidden: Iterable[str] = (), states: Iterable[int] | None = None
    ) -> None:
        self.tables = tables
        self.model: Model = tables.model
        self.layout = tables.layout
        self._parts = {**dict(self.layout.parts), **self.layout.places}
        self.hidden = frozenset(hidden)
        check_hidden(self.model, self.hidden)
        begin = tables.initial_states() if states is None else list(states)
        if not begin:
            raise AdapterError(
                f"{self.model.name} has no state that agrees with where the observations begin"
            )
        self.candidates: dict[int, Taken] = dict.fromkeys(begin, Taken())

    def follow(self, seen: Observation, index: int = 0) -> Refusal | None:
        """Take one observation; a refusal leaves the candidates as they were."""
        self._check_names(seen)
        before = self._closure(self.candidates)
        after = self._step(before, seen) if seen.actions else before
        kept = {state: taken for state, taken in after.items() if self.agrees(state, seen.state)}
        if kept:
            self.candidates = kept
            return None
        return self._refuse(seen, index, before, after)

    def enabled(self) -> list[int]:
        """The events, by place, that may come next, hidden ones in between."""
        return sorted(self._leading(self._closure(self.candidates)))

    def covered(self) -> frozenset[Transition]:
        """The transitions that every surviving explanation takes."""
        return frozenset.intersection(*(taken.every for taken in self.candidates.values()))

    def possible(self) -> frozenset[Transition]:
        """The transitions that some surviving explanation takes, or may take next by hidden actions."""
        return frozenset[Transition]().union(
            *(taken.some for taken in self._closure(self.candidates).values())
        )

    def agrees(self, state: int, seen: Mapping[str, Any]) -> bool:
        """Whether a state shows what was seen."""
        return all(self._matches(state, self._place(name), value) for name, value in seen.items())

    def _matches(self, state: int, place: Place, value: Any) -> bool:
        if isinstance(value, AnyOf):
            return any(self._matches(state, place, one) for one in value.values)
        try:
            return self.layout.numbers(state, place) == place.domain.encode(value)
        except OutOfDomain:
            return False

    def _successors(self, state: int) -> Iterable[tuple[int, int]]:
        for number, table in enumerate(self.tables.events):
            leaf = table.leaf(state)
            if isinstance(leaf, Step):
                yield number, leaf.apply(state)

    def _leading(self, states: Iterable[int]) -> set[int]:
        return {number for state in states for number, _ in self._successors(state)}

    def _step(self, before: Mapping[int, Taken], seen: Observation) -> dict[int, Taken]:
        after: dict[int, Taken] = {}
        for state, taken in before.items():
            for number, target in self._successors(state):
                event = self.model.events[number]
                if event.action.name in seen.actions and seen.may_be(event.action.name, event.named):
                    way = taken.then((state, number))
                    after[target] = after[target] | way if target in after else way
        return after

    def _closure(self, states: Mapping[int, Taken]) -> dict[int, Taken]:
        """The states reachable by hidden actions, each with what is known of all ways to it.

        A state is looked at again whenever a further way to it changes that; `every` only shrinks and
        `some` only grows, so it ends, cycles or not.
        """
        found = dict(states)
        pending = list(found) if self.hidden else []
        while pending:
            state = pending.pop()
            for number, target in self._successors(state):
                if self.model.events[number].action.name not in self.hidden:
                    continue
                way = found[state].then((state, number))
                united = found[target] | way if target in found else way
                if target not in found or united != found[target]:
                    found[target] = united
                    pending.append(target)
        return found

    def _refuse(
        self, seen: Observation, index: int, before: Iterable[int], after: Collection[int]
    ) -> Refusal:
        calls = tuple(self.model.events[number].label for number in sorted(self._leading(before)))
        if not after:
            return Refusal(index, seen, calls)
        apart = [
            [name]
            for name, value in seen.state.items()
            if not any(self._matches(state, self._parts[name], value) for state in after)
        ]  # none: each value is possible, but not all at once
        differences = (self._difference(names, seen, after) for names in apart or [list(seen.state)])
        return Refusal(index, seen, calls, tuple(differences))

    def _difference(self, names: list[str], seen: Observation, after: Iterable[int]) -> Difference:
        allowed = dict.fromkeys(", ".join(self._shown_in(state, name) for name in names) for state in after)
        observed = ", ".join(_shown(seen.state[name]) for name in names)
        if observed in allowed:  # it looks the same and is not: the type is the difference
            observed += " of " + ", ".join(_type(seen.state[name]) for name in names)
        return Difference(", ".join(names), tuple(allowed), observed)

    def _shown_in(self, state: int, name: str) -> str:
        place = self._parts[name]
        return show(place.domain.decode(self.layout.numbers(state, place)))

    def _check_names(self, seen: Observation) -> None:
        names = [action.name for action in self.model.actions]
        known: dict[str, None] = {}
        for name in seen.actions:
            if name not in names:
                raise AdapterError(
                    f"`{name}` was observed, but it is no action of {self.model.name}: "
                    + did_you_mean(name, names)
                )
            known.update(dict.fromkeys(parameter.name for parameter in self.model.action(name).parameters))
        for argument in seen.arguments:
            if argument not in known:
                raise AdapterError(
                    f"`{' or '.join(seen.actions)}` was observed with the argument `{argument}`, "
                    f"which it has not: {did_you_mean(argument, known)}"
                )
        for name in seen.state:
            self._place(name)

    def _place(self, name: str) -> Place:
        if name not in self._parts:
            raise AdapterError(
                f"`{name}` was observed, but it is no variable of {self.model.name}: "
                + did_you_mean(name, self.layout.places)
            )
        return self._parts[name]


def follow(follower: Follower, observations: Iterable[Observation]) -> Conformance:
    """Follow observations to their end, or to the first that nothing explains.

    Returns:
        The verdict: violated at the first observation that nothing explains; unknown if no action was
        observed at all; holds otherwise.
    """
    name, count, acted = follower.model.name, 0, False
    for index, seen in enumerate(observations):
        refusal = follower.follow(seen, index)
        if refusal is not None:
            return Conformance(name, Outcome.VIOLATED, count, refusal, covered=follower.covered())
        count += 1
        acted = acted or bool(seen.actions)
    if not acted:
        reason = (
            "nothing was observed" if not count else "no action was observed, the state was only looked at"
        )
        return Conformance(name, Outcome.UNKNOWN, count, reason=reason)
    explanations = len(follower.candidates)
    return Conformance(name, Outcome.HOLDS, count, explanations=explanations, covered=follower.covered())


def _any_of(values: Sequence[str]) -> str:
    more = len(values) - MOST_SHOWN
    return " or ".join(values[:MOST_SHOWN]) + (f" or one of {more} others" if more > 0 else "")


def _possible(value: Any) -> tuple[Any, ...]:
    return value.values if isinstance(value, AnyOf) else (value,)


def _same(one: object, other: object) -> bool:
    alike = type(one) is type(other) or (isinstance(one, Set) and isinstance(other, Set))
    return alike and one == other


def _shown(value: Any) -> str:
    return " or ".join(map(show, value.values)) if isinstance(value, AnyOf) else show(value)


def _type(value: Any) -> str:
    return f"the type {type(value).__module__}.{type(value).__qualname__}"
