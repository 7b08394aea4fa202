"""Copies of a spec, side by side, as the textbook has them: one moves, the others stay."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from fsm.model import Event
from tests.textbook import Bounded, Textbook, Values, copied, frozen, step


@dataclass
class TextbookCopies(Textbook):
    """The graph of `many(...)`, without costs."""

    def __post_init__(self) -> None:
        waiting = deque(self.model.initial_values())
        while waiting:
            values = waiting.popleft()
            key = frozen(values)
            if key in self.states:
                continue
            self.states[key], self.steps[key], self.bounded[key] = values, [], []
            for number, event in enumerate(self.model.events):
                after = moved(self.model, event, values)
                if after is Bounded:
                    self.bounded[key].append(number)
                elif after is not None:
                    self.steps[key].append((number, frozen(after)))
                    waiting.append(after)


def moved(model: Any, event: Event, values: Values) -> Any:
    """The state after one copy has moved; otherwise as `step`."""
    depth = event.action.copies
    if not depth:
        return step(model, event, values)
    own = replace(event.action, parameters=event.action.parameters[depth:])
    copy = event.arguments[:depth]
    after = step(model, Event(own, event.arguments[depth:]), narrowed(values, copy))
    if not isinstance(after, dict):
        return after
    whole = {name: copied(value) for name, value in values.items()}
    for name, value in after.items():
        at = whole[name]
        for place in copy[:-1]:
            at = at[place]
        at[copy[-1]] = value
    return whole


def narrowed(values: Values, copy: tuple[Any, ...]) -> Values:
    """What one copy holds; everything, where there are no copies."""
    for place in copy:
        values = {name: value[place] for name, value in values.items()}
    return values
