"""A second checker, as a textbook has it: slow, small, and without a thought in common with the engine.

States are dicts of plain values, bodies run on a plain object that holds a copy of them, every state is
expanded by trying every event, and costs are (faults, steps). Nothing here is captured, packed or remembered.
"""

from collections import deque
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from fsm.model import Event, Kind, Model, Property
from fsm.run import CURRENT, Bounded, Refused
from fsm.values import show
from fsm.verdict import Outcome
from tests.strategies import combinations

Values = dict[str, Any]
Cost = tuple[int, int]


@dataclass
class Textbook:
    """Everything about a model, found the slow way."""

    model: Model
    cost: dict[Any, Cost] = field(default_factory=dict)
    states: dict[Any, Values] = field(default_factory=dict)
    steps: dict[Any, list[tuple[int, Any]]] = field(default_factory=dict)
    bounded: dict[Any, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Dijkstra, in the order of faults and then steps."""
        layers: dict[Cost, deque[Any]] = {}

        def reach(values: Values, cost: Cost) -> Any:
            key = frozen(values)
            if cost < self.cost.get(key, (10**9, 0)):
                self.cost[key], self.states[key] = cost, values
                layers.setdefault(cost, deque()).append(key)
            return key

        for values in self.model.initial_values():
            reach(values, (0, 0))
        while layers:
            cost = min(layers)
            for key in layers.pop(cost):
                if self.cost[key] != cost or key in self.steps:
                    continue
                self.steps[key], self.bounded[key] = [], []
                for number, event in enumerate(self.model.events):
                    after = step(self.model, event, self.states[key])
                    if after is Bounded:
                        self.bounded[key].append(number)
                    elif after is not None:
                        more = (cost[0] + event.action.fault, cost[1] + 1)
                        self.steps[key].append((number, reach(after, more)))

    def judge(self, asked: Property) -> tuple[Outcome, Cost | None]:
        """The verdict, and the cost of its trace if it has one."""
        limited = any(self.bounded.values())
        if asked.kind is Kind.NEVER_STUCK:
            stuck = [
                self.cost[key]
                for key in self.states
                if not self.steps[key] and not self.bounded[key] and not self.is_final(key)
            ]
            return self.universal(stuck, "", limited)
        choices = combinations(asked.parameters)
        if asked.kind is Kind.SOMETIMES:
            found = [
                min((self.cost[key] for key in self.states if self.holds(asked, key, chosen)), default=None)
                for chosen in choices
            ]
            if None in found:
                return (Outcome.UNKNOWN if limited else Outcome.VIOLATED), None
            return Outcome.HOLDS, max(found)
        if asked.kind is Kind.RECOVERABLE:
            return self.recoverable(asked, choices, limited)
        if asked.kind is Kind.STEP:
            bad = [
                (self.cost[key][0] + self.model.events[number].action.fault, self.cost[key][1] + 1)
                for chosen in choices
                for key, found in self.steps.items()
                for number, after in found
                if asked.on is None or self.model.events[number].action.name in asked.on
                if not self.holds(asked, key, (plain(self.model, self.states[after]), *chosen))
            ]
        else:
            bad = [
                self.cost[key]
                for chosen in choices
                for key in self.states
                if not self.holds(asked, key, chosen)
            ]
        return self.universal(bad, asked.finding, limited)

    def recoverable(self, asked: Property, choices: Any, limited: bool) -> tuple[Outcome, Cost | None]:
        doubt = False
        for chosen in choices:
            good = self.backwards({key for key in self.states if self.holds(asked, key, chosen)})
            hazy = {key for key, numbers in self.bounded.items() if any(map(self.is_no_fault, numbers))}
            unsure = self.backwards(hazy) - good
            lost = [self.cost[key] for key in self.states if key not in good and key not in unsure]
            if lost:
                return Outcome.VIOLATED, min(lost)
            doubt = doubt or bool(unsure)
        return (Outcome.UNKNOWN, None) if doubt else self.universal([], asked.finding, limited)

    def backwards(self, good: set[Any]) -> set[Any]:
        """The states from which some of these can be reached without faults."""
        while True:
            more = {
                key
                for key, found in self.steps.items()
                if key not in good and any(self.is_no_fault(n) and after in good for n, after in found)
            }
            if not more:
                return good
            good = good | more

    def universal(self, bad: list[Cost], finding: str, limited: bool) -> tuple[Outcome, Cost | None]:
        if bad:
            return Outcome.VIOLATED, min(bad)
        return (Outcome.UNKNOWN if finding and limited else Outcome.HOLDS), None

    def holds(self, asked: Property, key: Any, arguments: Any) -> bool:
        return asked.body(plain(self.model, self.states[key]), *arguments)

    def is_no_fault(self, number: int) -> bool:
        return not self.model.events[number].action.fault

    def is_final(self, key: Any) -> bool:
        phase = self.states[key]["phase"]
        phases = phase.values() if isinstance(phase, dict) else [phase]
        return all(one in self.model.final for one in phases)


def step(model: Model, event: Event, values: Values) -> Any:
    """The state after an event: `None` where it is not enabled, `Bounded` where only a limit stops it."""
    action = event.action
    if action.sources is not None:
        phase = values[model.phase.name]
        if (phase[event.named[action.member]] if action.member else phase) not in action.sources:
            return None
    it, told = plain(model, values), SimpleNamespace(pure=False, refused=False, bounded=False)
    token = CURRENT.set(told)
    try:
        action.body(it, *event.arguments)
    except (Refused, Bounded):
        pass
    finally:
        CURRENT.reset(token)
    if told.refused:
        return None
    return (
        Bounded
        if told.bounded
        else {variable.name: getattr(it, variable.name) for variable in model.variables}
    )


def plain(model: Model, values: Values) -> Any:
    """An ordinary object of the spec's class, holding a copy of a state."""
    it: Any = object.__new__(model.view.__mro__[1])
    for name, value in values.items():
        setattr(it, name, copied(value))
    return it


def copied(value: Any) -> Any:
    """A copy that shares no dict with the value, nor inside of itself."""
    return {key: copied(one) for key, one in value.items()} if isinstance(value, dict) else value


def frozen(value: Any) -> Any:
    """A hashable stand-in for a value."""
    if isinstance(value, dict):
        return tuple((key, frozen(one)) for key, one in sorted(value.items(), key=lambda item: show(item[0])))
    if hasattr(value, "__dataclass_fields__"):
        return type(value), tuple(frozen(getattr(value, name)) for name in value.__dataclass_fields__)
    if isinstance(value, tuple):
        return tuple(map(frozen, value))
    return type(value) if value is None else (frozenset(value) if isinstance(value, frozenset) else value)
