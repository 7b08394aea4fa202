"""A spec as it is seen from outside: its behaviours.

Theory. A *behaviour* is what is seen of a run: how it begins, then each action with its arguments and what is
seen of the state after it. Of two specs that are compared, the arguments and the parts of the state are seen
that both have; values are the same when they are shown the same, in whichever Enum they were written. What is
seen does not say in which state a spec is, so whoever follows it keeps every state that it could be in.

Hidden actions happen unseen, any number of them between two steps; what is seen after an action is then the
state at some moment before the next one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fsm.capture import Tables
from fsm.difference import alike
from fsm.model import Event, Model
from fsm.packing import Place
from fsm.tables import BOUNDED, Step
from fsm.tracing import trace_of
from fsm.verdict import Trace

Seen = str  #: what is seen of a state: its parts as they are shown
Call = str  #: what is seen of an event: its action with the arguments that are seen
Group = frozenset[int]  #: states that a spec could be in

APART = "\x1f"  #: between two parts of what is seen


def common(first: Model, second: Model) -> tuple[str, ...]:
    """The parts of the state that both specs have, by name, in the first one's order."""
    theirs = dict(second.layout.parts)
    return tuple(path for path, _ in first.layout.parts if path in theirs)


@dataclass(frozen=True)
class Sight:
    """What is seen of behaviours.

    Args:
        parts: the parts of the state.
        arguments: for each action of both the names of the arguments that both have.
        hidden: the actions that are not seen.
    """

    parts: tuple[str, ...]
    arguments: Mapping[str, frozenset[str]]
    hidden: frozenset[str]

    @staticmethod
    def of(
        first: Model, second: Model, parts: Sequence[str] | None = None, hidden: Iterable[str] = ()
    ) -> Sight:
        """What is seen of two specs' behaviours; all that both have, but for what is hidden."""
        theirs = {action.name: {p.name for p in action.parameters} for action in second.actions}
        ours = {action.name: {p.name for p in action.parameters} for action in first.actions}
        arguments = {name: frozenset(ours[name] & theirs[name]) for name in ours.keys() & theirs.keys()}
        return Sight(common(first, second) if parts is None else tuple(parts), arguments, frozenset(hidden))

    def call(self, event: Event) -> Call | None:
        """What is seen of an event, or nothing."""
        name = event.action.name
        if name in self.hidden:
            return None
        kept = self.arguments.get(name)
        told = [f"{key}={alike(one)}" for key, one in event.named.items() if kept is None or key in kept]
        return f"{name}({', '.join(told)})"


class Behaviour:
    """A spec as it is seen.

    Args:
        tables: the spec with its memory.
        sight: what is seen.
    """

    def __init__(self, tables: Tables, sight: Sight) -> None:
        self.model = tables.model
        self._tables = tables
        self._calls = [sight.call(event) for event in self.model.events]
        self._secret = any(call is None for call in self._calls)
        places = dict(self.model.layout.parts)
        slots = self.model.layout.slots
        self._places: list[tuple[Place, int, dict[int, str]]] = [
            (place, sum(slot.bits for slot in slots[place.first : place.end]), {})
            for place in (places[part] for part in sight.parts)
        ]  #: where each part lies, its bits, and how its values are shown
        self._mask = sum(mask for _, mask, _ in self._places)
        self._shown: dict[int, Seen] = {}
        self._steps: dict[int, tuple[tuple[tuple[int, int], ...], frozenset[int]]] = {}
        self._quiet: dict[int, tuple[int, ...]] = {}
        self._weak: dict[int, tuple[tuple[Call, int], ...]] = {}
        self._followed: dict[tuple[Group, Call], dict[Seen, Group] | None] = {}

    def view(self, state: int) -> Seen:
        """What is seen of a state."""
        look = state & self._mask
        seen = self._shown.get(look)
        if seen is None:
            seen = self._shown[look] = APART.join(self.parts(state))
        return seen

    def parts(self, state: int) -> tuple[str, ...]:
        """What is seen of a state, part by part."""
        return tuple(self._part(state, *known) for known in self._places)

    def _part(self, state: int, place: Place, mask: int, known: dict[int, str]) -> str:
        look = state & mask
        text = known.get(look)
        if text is None:
            text = known[look] = alike(place.domain.decode(self.model.layout.numbers(state, place)))
        return text

    def begin(self) -> tuple[int, ...]:
        """The states that it may be found in at first, in order."""
        found = (after for state in self._tables.initial_states() for after in self.quiet(state))
        return tuple(dict.fromkeys(found))

    def begin_seen(self) -> dict[Seen, Group] | None:
        """The same by what is seen of them; `None` where a `limit` keeps something from being known."""
        states = self.begin()
        return None if self._secret and any(map(self._may_slip, states)) else self._by_view(states)

    def steps(self, state: int) -> tuple[tuple[int, int], ...]:
        """The events that are enabled in a state, by place, each with the state after it."""
        return self._known(state)[0]

    def quiet(self, state: int) -> tuple[int, ...]:
        """A state and those that hidden actions lead to from it, the nearest first."""
        if not self._secret:
            return (state,)
        found = self._quiet.get(state)
        if found is None:
            found = self._quiet[state] = tuple(self._ways(state, None))
        return found

    def moves(self, state: int) -> tuple[tuple[Call, int], ...]:
        """What may be seen next, each with a state that it may lead to; hidden actions happen on the way."""
        found = self._weak.get(state)
        if found is None:
            there = (
                (seen, after)
                for before in self.quiet(state)
                for number, between in self.steps(before)
                if (seen := self._calls[number]) is not None
                for after in self.quiet(between)
            )
            found = self._weak[state] = tuple(dict.fromkeys(there))
        return found

    def follow(self, group: Group, call: Call) -> dict[Seen, Group] | None:
        """The states that it could be in after what was seen to happen, by what is seen of them.

        Returns:
            Nothing, as `None`, where a `limit` keeps something from being known.
        """
        asked = group, call
        if asked not in self._followed:
            self._followed[asked] = self._follow(group, call)
        return self._followed[asked]

    def possible(self, group: Group) -> tuple[str, ...]:
        """The calls that may be seen next in one of these states, in the order of the events."""
        numbers = {
            number
            for state in group
            for before in self.quiet(state)
            for number, _ in self.steps(before)
            if self._calls[number] is not None
        }
        return tuple(self.model.events[number].label for number in sorted(numbers))

    def run(self, way: Sequence[tuple[Call | None, int]]) -> Trace:
        """A way through states as a trace, the hidden steps in it included."""
        (_, first), *rest = way
        starts = self._tables.initial_states()
        path = next(found for start in starts if (found := self._ways(start, first).get(first)) is not None)
        for call, after in rest:
            path += self._between(path[-1][1], call, after)
        return trace_of(self.model, path)

    def _between(self, before: int, call: Call | None, after: int) -> list[tuple[Event | None, int]]:
        """The shortest way from one state to another on which this is all that is seen."""
        found: list[list[tuple[Event | None, int]]] = []
        for state, lead in self._ways(before, None).items():
            for number, between in self.steps(state):
                if self._calls[number] == call and after in self.quiet(between):
                    onward = self._ways(between, after)[after]
                    found.append([*lead[1:], (self.model.events[number], between), *onward[1:]])
        return min(found, key=len)

    def _ways(self, state: int, sought: int | None) -> dict[int, list[tuple[Event | None, int]]]:
        """The states that hidden actions lead to, each with a shortest way; up to the one that is sought."""
        ways: dict[int, list[tuple[Event | None, int]]] = {state: [(None, state)]}
        pending = deque([state])
        while pending and sought not in ways:
            before = pending.popleft()
            for number, after in self.steps(before):
                if self._calls[number] is None and after not in ways:
                    ways[after] = [*ways[before], (self.model.events[number], after)]
                    pending.append(after)
        return ways

    def _follow(self, group: Group, call: Call) -> dict[Seen, Group] | None:
        reached: dict[int, None] = {}
        for state in group:
            for before in self.quiet(state):
                if any(self._calls[number] in (None, call) for number in self._known(before)[1]):
                    return None
                for number, between in self.steps(before):
                    if self._calls[number] == call:
                        reached.update(dict.fromkeys(self.quiet(between)))
        return None if self._secret and any(map(self._may_slip, reached)) else self._by_view(reached)

    def _may_slip(self, state: int) -> bool:
        """Whether a hidden action might happen here, were it not for a `limit`."""
        return any(self._calls[number] is None for number in self._known(state)[1])

    def _by_view(self, states: Iterable[int]) -> dict[Seen, Group]:
        found: dict[Seen, list[int]] = {}
        for state in states:
            found.setdefault(self.view(state), []).append(state)
        return {seen: frozenset(alike) for seen, alike in found.items()}

    def _known(self, state: int) -> tuple[tuple[tuple[int, int], ...], frozenset[int]]:
        """The enabled events with the states after them, and the events that only a `limit` stops."""
        known = self._steps.get(state)
        if known is None:
            steps, stopped = [], []
            for number, table in enumerate(self._tables.events):
                leaf = table.leaf(state)
                if isinstance(leaf, Step):
                    steps.append((number, leaf.apply(state)))
                elif leaf == BOUNDED:
                    stopped.append(number)
            known = self._steps[state] = tuple(steps), frozenset(stopped)
        return known
