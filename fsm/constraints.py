"""Assumptions of fairness as sets of events: what the checker knows of them.

Where there are copies (see `many`) an assumption is made of each copy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from fsm.errors import did_you_mean
from fsm.fairness import Fairness, Strength
from fsm.model import Action, Event, Model, Property, call
from fsm.values import show


@dataclass(frozen=True)
class Constraint:
    """An assumption about one set of events.

    Args:
        strength: what is assumed.
        label: the events as a reader knows them.
        events: by place in `Model.events`; it is enough if any of them happens.
    """

    strength: Strength
    label: str
    events: frozenset[int]

    def __str__(self) -> str:
        return f"{self.strength.value} {self.label}"


def assumed(model: Model, asked: Property) -> tuple[Constraint, ...]:
    """All that is assumed of runs when a property is judged, each thing once, in order."""
    return constraints(model, (*model.fair, *asked.fair))


def constraints(model: Model, fair: Sequence[Fairness]) -> tuple[Constraint, ...]:
    """Assumptions as sets of events, each once, in order."""
    found = {one: None for fairness in fair for one in _resolved(model, fairness)}
    return tuple(one for one in found if one.events)


def remaining(fair: Iterable[Fairness], taken_out: Collection[str]) -> tuple[Fairness, ...]:
    """The assumptions of a spec as a variant has them that has taken actions out.

    An assumption about these actions alone is gone; it must not become one about all actions.
    """
    kept = []
    for fairness in fair:
        actions = tuple(name for name in fairness.actions if name not in taken_out)
        if actions or not fairness.actions:
            kept.append(replace(fairness, actions=actions))
    return tuple(kept)


def unfit(fairness: Fairness, actions: Sequence[Action]) -> Iterator[str]:
    """What is wrong with an assumption about these actions, as messages."""
    known = {action.name: action for action in actions}
    word = fairness.strength.value
    for name in fairness.actions:
        if name not in known:
            yield f"`{word}` speaks of {show(name)}, which is no action: {did_you_mean(str(name), known)}"
    chosen = [known[name] for name in fairness.actions if name in known]
    if fairness.actions and not chosen:
        return
    parameters = {p.name: p.domain for action in chosen or actions for p in action.parameters}
    each = fairness.each if isinstance(fairness.each, tuple) else ()
    for name in (*each, *(name for name, _ in fairness.given)):
        if name not in parameters:
            yield f"`{word}` tells `{name}` apart, which is no parameter: {did_you_mean(name, parameters)}"
    for name, value in fairness.given:
        if name in parameters and value not in parameters[name]:
            yield f"`{word}` speaks of {name}={show(value)}, which is none of {parameters[name]}"


def _resolved(model: Model, fairness: Fairness) -> Iterator[Constraint]:
    names = fairness.actions or tuple(
        action.name for action in model.actions if action.fault == (fairness.strength is Strength.FINITELY)
    )
    actions = [action for action in model.actions if action.name in names]
    groups = [actions] if fairness.together else [[action] for action in actions]
    for group in groups:
        yield from _of_group(model, fairness, group)


def _of_group(model: Model, fairness: Fairness, group: Sequence[Action]) -> Iterator[Constraint]:
    """One constraint for each choice of what is told apart."""
    parameters = {p.name: p.domain for action in group for p in action.parameters}
    copies = [p.name for action in group for p in action.parameters[: action.copies]]
    each = parameters if fairness.each is True else (*copies, *(fairness.each or ()))
    given = dict(fairness.given)
    apart = [name for name in dict.fromkeys(each) if name in parameters and name not in given]
    for values in product(*(tuple(parameters[name]) for name in apart)):
        chosen = {**given, **dict(zip(apart, values, strict=True))}
        label = " or ".join(
            call(action.name, {p.name: chosen[p.name] for p in action.parameters if p.name in chosen})
            for action in group
        )
        events = frozenset(
            number for number, event in enumerate(model.events) if _is_meant(event, group, chosen)
        )
        yield Constraint(fairness.strength, label, events)


def _is_meant(event: Event, group: Sequence[Action], chosen: dict[str, Any]) -> bool:
    return event.action in group and all(
        event.named[name] == value for name, value in chosen.items() if name in event.named
    )
