"""Following what was observed of an implementation through a spec.

Theory. Of a running system one sees little: that something happened, and part of the state. So the replayer
keeps every state that the spec could be in, each with the transitions that *every* way to it takes, and
those that *some* way takes. An observation with an action takes a step; one without only looks. Actions that
the recording does not show (`hidden`) may happen in between, any number of them. When nothing explains an
observation, the implementation does not conform, and the verdict says what the spec allowed there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fsm.capture import Tables
from fsm.domains import OutOfDomain
from fsm.errors import AdapterError, did_you_mean
from fsm.model import Model
from fsm.observation import (
    AnyOf,
    Conformance,
    Difference,
    Observation,
    Refusal,
    Taken,
    Transition,
    shown,
    type_of,
)
from fsm.packing import Place
from fsm.tables import Step
from fsm.values import show
from fsm.verdict import Outcome


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
        self._unseen = [
            number for number, event in enumerate(self.model.events) if event.action.name in self.hidden
        ]
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

    def _successors(self, state: int, numbers: Iterable[int] | None = None) -> Iterable[tuple[int, int]]:
        for number in range(len(self.tables.events)) if numbers is None else numbers:
            leaf = self.tables.events[number].leaf(state)
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
            for number, target in self._successors(state, self._unseen):
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
        observed = ", ".join(shown(seen.state[name]) for name in names)
        if observed in allowed:  # it looks the same and is not: the type is the difference
            observed += " of " + ", ".join(type_of(seen.state[name]) for name in names)
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
    explanations, covered = len(follower.candidates), follower.covered()
    if acted:
        return Conformance(name, Outcome.HOLDS, count, None, "", explanations, covered)
    reason = "no action was observed, the state was only looked at" if count else "nothing was observed"
    return Conformance(name, Outcome.UNKNOWN, count, None, reason, explanations, covered)
