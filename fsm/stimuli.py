"""Stimuli: what is given to an implementation that chooses some of the arguments itself.

Theory. In a spec all nondeterminism is an argument. Seen from a test some arguments are inputs, which the
test chooses, and some are *answers*, which the implementation chooses: a server may grant a request or
refuse it. A *stimulus* is an action with its inputs. It stands for all events that differ in the answers
alone, and whichever of them the spec allows is right. This is input/output conformance (Tretmans, 1996): in
every state that the implementation may be in, what it answers is among what the spec allows there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fsm.domains import OutOfDomain
from fsm.errors import AdapterError, did_you_mean
from fsm.model import Action, Event, Model, Parameter, call
from fsm.observation import MOST_SHOWN, AnyOf, Difference, Observation, shown
from fsm.values import show


@dataclass(frozen=True)
class Stimulus:
    """An action with those of its arguments that are not answers.

    Args:
        number: its place among the stimuli of its model.
        action: the action.
        named: the inputs by name.
        answers: what the implementation chooses.
        events: what it may turn out to be, by place in `Model.events`.
    """

    number: int
    action: Action
    named: Mapping[str, Any]
    answers: tuple[Parameter, ...]
    events: tuple[int, ...]

    @property
    def label(self) -> str:
        """The stimulus as a call."""
        return call(self.action.name, self.named)

    def answers_of(self, event: Event) -> str:
        """The answers of one of its events, as people read them."""
        return told({parameter.name: event.named[parameter.name] for parameter in self.answers})

    def split(self, returned: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What an adapter's method returned: the answers, and what was seen of the state.

        Raises:
            AdapterError: for an answer that is not in its domain.
        """
        seen = dict(returned)
        answered = {one.name: seen.pop(one.name) for one in self.answers if one.name in seen}
        for parameter in self.answers:
            if parameter.name in answered:
                self._check(parameter, answered[parameter.name])
        return answered, seen

    def differences(self, allowed: Sequence[Event], answered: Mapping[str, Any]) -> Iterator[Difference]:
        """The answers that a spec allows beside those that came.

        Args:
            allowed: the events of this stimulus that the spec allows.
            answered: the answers that were seen, which are none of theirs.
        """
        apart = [
            [name] for name, value in answered.items() if not self._is_answered(allowed, {name: value})
        ]  # none: each answer is possible, but not all at once
        for names in apart or [list(answered)]:
            specified = (", ".join(show(event.named[name]) for name in names) for event in allowed)
            observed = ", ".join(shown(answered[name]) for name in names)
            yield Difference(", ".join(names), tuple(dict.fromkeys(specified)), observed)

    def _is_answered(self, allowed: Iterable[Event], answered: Mapping[str, Any]) -> bool:
        seen = Observation((self.action.name,), answered)
        return any(seen.may_be(self.action.name, event.named) for event in allowed)

    def _check(self, parameter: Parameter, value: Any) -> None:
        for one in value.values if isinstance(value, AnyOf) else (value,):
            try:
                parameter.domain.encode(one)
            except OutOfDomain as error:
                name = parameter.name
                raise AdapterError(
                    f"`{self.action.name}` of the adapter answered {name}={show(one)}, and {error}: "
                    f"answer {_some_of(parameter)}, or leave `{name}` out if it was not seen"
                ) from None


def told(answered: Mapping[str, Any]) -> str:
    """Answers by name, as people read them.

    >>> told({"ok": True, "tries": AnyOf((1, 2))})
    'ok=True, tries=1 or 2'
    """
    return ", ".join(f"{name}={shown(value)}" for name, value in answered.items())


def names_of(model: Model, answers: Iterable[str]) -> frozenset[str]:
    """The names of the arguments that the implementation chooses.

    Args:
        model: the spec's model.
        answers: as they were given to `conform`.

    Raises:
        AdapterError: where they are no names of arguments.
    """
    if isinstance(answers, str):
        raise AdapterError(
            f"answers={answers!r} is one text, not several names: write answers=({answers!r},)"
        )
    try:
        names = tuple(answers)
    except TypeError:
        raise AdapterError(
            f"answers={answers!r}: give the names of the arguments that the implementation chooses, such as "
            'answers=("reply",)'
        ) from None
    known = dict.fromkeys(parameter.name for action in model.actions for parameter in action.parameters)
    for name in names:
        if not isinstance(name, str):
            raise AdapterError(f"answers={answers!r}: {name!r} is no name of an argument")
        if name not in known:
            raise AdapterError(
                f"answers={name!r}: no action of {model.name} has such an argument: "
                + did_you_mean(name, known)
            )
    return frozenset(names)


def stimuli_of(model: Model, answers: frozenset[str] = frozenset()) -> tuple[Stimulus, ...]:
    """The stimuli of a model, in the order of their first events.

    Args:
        model: the spec's model.
        answers: the names of the arguments that the implementation chooses; without any, each event is a
            stimulus of its own.
    """
    groups: dict[Any, list[int]] = {}
    for number, event in enumerate(model.events):
        groups.setdefault(_inputs(event, answers) if answers else number, []).append(number)
    found = []
    for number, numbers in enumerate(groups.values()):
        event = model.events[numbers[0]]
        named = {name: value for name, value in event.named.items() if name not in answers}
        chosen = tuple(one for one in event.action.parameters if one.name in answers)
        found.append(Stimulus(number, event.action, named, chosen, tuple(numbers)))
    return tuple(found)


def _inputs(event: Event, answers: frozenset[str]) -> tuple[Any, ...]:
    """What tells a stimulus from the others: values that are equal may be two choices."""
    pairs = zip(event.action.parameters, event.arguments, strict=True)
    ranks = (parameter.domain.rank(value) for parameter, value in pairs if parameter.name not in answers)
    return event.action.name, *ranks


def _some_of(parameter: Parameter) -> str:
    """A few values of a parameter, as people read them."""
    size = parameter.domain.size
    values = (show(value) for value, _ in zip(parameter.domain, range(MOST_SHOWN), strict=False))
    more = f" or one of {size - MOST_SHOWN} others" if size > MOST_SHOWN else ""
    return " or ".join(values) + more
