"""Following what was observed of an implementation through a spec.

Theory. Of a running system one sees little: that something happened, and part of the state. So the replayer
keeps every state that the spec could be in, each with the transitions that *every* way to it takes. An
observation with an action takes a step; one without only looks. Actions that the recording does not show
(`hidden`) may happen in between, any number of them. When nothing explains an observation, the
implementation does not conform, and the verdict says what the spec allowed there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fsm.capture import Step, Tables
from fsm.domains import OutOfDomain, show
from fsm.errors import AdapterError, Violation, did_you_mean
from fsm.model import Model, call
from fsm.packing import Place
from fsm.verdict import Outcome

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

    def __str__(self) -> str:
        return self.text or self.label

    @property
    def label(self) -> str:
        """The observation as the spec's words would have it."""
        seen = ", ".join(f"{name}={_shown(value)}" for name, value in self.state.items())
        if not self.actions:
            return f"seen: {seen}"
        happened = call(" or ".join(self.actions), self.arguments)
        return f"{happened}, then {seen}" if seen else happened


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
    rows = [(one.path, " or ".join(one.specified), one.observed) for one in differences]
    if not rows:
        return []
    rows.insert(0, ("", "specified", "observed"))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"  {path:{first}}  {allowed:{second}}  {seen}".rstrip() for path, allowed, seen in rows]


class Follower:
    """Every state that a spec could be in, after what was observed so far.

    Args:
        tables: the model with its memory.
        hidden: names of the actions that are not observed and may happen in between.
        states: the states to begin with; the initial ones if there are none.
    """

    def __init__(self, tables: Tables, hidden: Iterable[str] = (), states: Iterable[int] = ()) -> None:
        self.tables = tables
        self.model: Model = tables.model
        self.layout = tables.layout
        self._parts = {**dict(self.layout.parts), **self.layout.places}
        self.hidden = frozenset(hidden)
        names = [action.name for action in self.model.actions]
        for name in sorted(self.hidden):
            if name not in names:
                raise AdapterError(
                    f"`{name}` is hidden, but it is no action of {self.model.name}: "
                    + did_you_mean(name, names)
                )
        begin = list(states) or tables.initial_states()
        self.candidates: dict[int, frozenset[Transition]] = dict.fromkeys(begin, frozenset())

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
        """The events, by place, that some candidate allows."""
        found = {number for state in self.candidates for number, _ in self._successors(state)}
        return sorted(found)

    def covered(self) -> frozenset[Transition]:
        """The transitions that every surviving explanation takes."""
        sets = list(self.candidates.values())
        return frozenset.intersection(*sets) if sets else frozenset()

    def agrees(self, state: int, seen: Mapping[str, Any]) -> bool:
        """Whether a state shows what was seen."""
        return all(self._matches(state, self._parts[name], value) for name, value in seen.items())

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

    def _step(
        self, before: Mapping[int, frozenset[Transition]], seen: Observation
    ) -> dict[int, frozenset[Transition]]:
        after: dict[int, frozenset[Transition]] = {}
        for state, taken in before.items():
            for number, target in self._successors(state):
                if self._is(number, seen):
                    path = taken | {(state, number)}
                    after[target] = after[target] & path if target in after else path
        return after

    def _closure(self, states: Mapping[int, frozenset[Transition]]) -> dict[int, frozenset[Transition]]:
        """The states reachable by hidden actions; each keeps what all ways to it have in common."""
        found = dict(states)
        pending = list(found) if self.hidden else []
        while pending:
            state = pending.pop()
            for number, target in self._successors(state):
                if self.model.events[number].action.name not in self.hidden:
                    continue
                path = found[state] | {(state, number)}
                common = found[target] & path if target in found else path
                if target not in found or common != found[target]:
                    found[target] = common
                    pending.append(target)
        return found

    def _is(self, number: int, seen: Observation) -> bool:
        event = self.model.events[number]
        if event.action.name not in seen.actions:
            return False
        named = event.named
        return all(
            any(_same(named[name], one) for one in _possible(value))
            for name, value in seen.arguments.items()
            if name in named
        )

    def _refuse(
        self,
        seen: Observation,
        index: int,
        before: Mapping[int, frozenset[Transition]],
        after: Mapping[int, frozenset[Transition]],
    ) -> Refusal:
        expected = {number for state in before for number, _ in self._successors(state)}
        differences = []
        for name, value in seen.state.items():
            place = self._parts[name]
            allowed = dict.fromkeys(
                show(place.domain.decode(self.layout.numbers(state, place))) for state in after
            )
            if after and not any(self._matches(state, place, value) for state in after):
                differences.append(Difference(name, tuple(allowed), _shown(value)))
        if after and not differences:  # each is possible, but not all at once
            differences = [
                Difference(
                    ", ".join(seen.state),
                    tuple(
                        dict.fromkeys(
                            ", ".join(
                                show(self._parts[name].domain.decode(
                                    self.layout.numbers(state, self._parts[name])))
                                for name in seen.state
                            )
                            for state in after
                        )
                    ),
                    ", ".join(_shown(value) for value in seen.state.values()),
                )
            ]  # fmt: skip
        calls = tuple(self.model.events[number].label for number in sorted(expected))
        return Refusal(index, seen, calls, tuple(differences))

    def _check_names(self, seen: Observation) -> None:
        names = [action.name for action in self.model.actions]
        for name in seen.actions:
            if name not in names:
                raise AdapterError(
                    f"`{name}` was observed, but it is no action of {self.model.name}: "
                    + did_you_mean(name, names)
                )
            known = [parameter.name for parameter in self.model.action(name).parameters]
            for argument in seen.arguments:
                if len(seen.actions) == 1 and argument not in known:
                    raise AdapterError(
                        f"`{name}` was observed with the argument `{argument}`, which it has not: "
                        + did_you_mean(argument, known)
                    )
        for name in seen.state:
            if name not in self._parts:
                raise AdapterError(
                    f"`{name}` was observed, but it is no variable of {self.model.name}: "
                    + did_you_mean(name, self.layout.places)
                )


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


def _possible(value: Any) -> tuple[Any, ...]:
    return value.values if isinstance(value, AnyOf) else (value,)


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _shown(value: Any) -> str:
    return " or ".join(map(show, value.values)) if isinstance(value, AnyOf) else show(value)
