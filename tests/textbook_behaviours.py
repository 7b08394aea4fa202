"""Behaviours as a textbook has them: sets of words, one letter longer each time, and which of them are whose.

A behaviour is a tuple: what is seen at first, then for each step the call and what is seen after it. Nothing
here is packed, remembered or searched: every word up to a length is written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fsm.model import Event, Model
from fsm.verdict import Trace
from tests.textbook import Bounded, Values, frozen, step

Word = tuple[Any, ...]


@dataclass
class Speaker:
    """One spec, and what is seen of it.

    Args:
        model: the spec.
        parts: what is seen of a state.
        hidden: the actions that are not seen.
        letter: what is seen of an event.
    """

    model: Model
    parts: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    letter: Callable[[Event], str] = str
    _after: dict[Any, list[tuple[Event, Any]]] = field(default_factory=dict)
    _views: dict[Any, Word] = field(default_factory=dict)

    def view(self, values: Values) -> Word:
        key = frozen(values)
        if key not in self._views:
            shown = dict(self.model.layout.items(self.model.layout.pack(values)))
            self._views[key] = tuple(shown[part] for part in self.parts)
        return self._views[key]

    def begin(self) -> dict[Word, list[Values]]:
        """The words of no step, each with the states that they may end in."""
        admitted = [values for values in self.model.initial_values() if self.admits(values)]
        return self.sorted((), self.quiet(admitted))

    def admits(self, values: Values) -> bool:
        return self.model.admits is None or bool(self.model.admits(values))

    def longer(self, words: dict[Word, list[Values]]) -> tuple[dict[Word, list[Values]], set[Word]]:
        """The words that are one step longer, and those about which a `limit` says nothing."""
        found: dict[Word, list[Values]] = {}
        hazy: set[Word] = set()
        for word, states in words.items():
            spoken: dict[str, list[Values]] = {}
            for values in self.quiet(states):
                for event, after in self.after(values):
                    if event.action.name in self.hidden:
                        continue
                    call = self.letter(event)
                    if after is Bounded:
                        hazy.add((*word, call))
                    else:
                        spoken.setdefault(call, []).append(after)
            for call, reached in spoken.items():
                found.update(self.sorted((*word, call), self.quiet(reached)))
        return found, hazy

    def sorted(self, word: Word, states: Iterable[Values]) -> dict[Word, list[Values]]:
        found: dict[Word, list[Values]] = {}
        for values in states:
            found.setdefault((*word, self.view(values)), []).append(values)
        return found

    def quiet(self, states: Iterable[Values]) -> list[Values]:
        """Some states, and those that hidden actions lead to."""
        found = {frozen(values): values for values in states}
        pending = list(found.values()) if self.hidden else []
        while pending:
            for event, after in self.after(pending.pop()):
                hides = event.action.name in self.hidden and after is not Bounded
                if hides and frozen(after) not in found:
                    found[frozen(after)] = after
                    pending.append(after)
        return list(found.values())

    def slips(self, states: Iterable[Values]) -> bool:
        """Whether only a `limit` keeps a hidden action from happening."""
        return bool(self.hidden) and any(
            after is Bounded and event.action.name in self.hidden
            for values in self.quiet(states)
            for event, after in self.after(values)
        )

    def after(self, values: Values) -> list[tuple[Event, Any]]:
        key = frozen(values)
        if key not in self._after:
            tried = ((event, step(self.model, event, values)) for event in self.model.events)
            self._after[key] = [(event, after) for event, after in tried if after is not None]
        return self._after[key]

    def says(self, word: Word) -> bool:
        """Whether a word is one of its own."""
        states = self.begin().get(word[:1], [])
        for place in range(1, len(word), 2):
            states = [
                after
                for values in self.quiet(states)
                for event, after in self.after(values)
                if after is not Bounded
                and event.action.name not in self.hidden
                and self.letter(event) == word[place]
            ]
            states = [values for values in self.quiet(states) if self.view(values) == word[place + 1]]
        return bool(states)


def words_of(trace: Trace, speaker: Speaker) -> Iterator[Word]:
    """The words that a trace may be seen as: at each moment between two calls somebody may have looked."""
    shown = dict(trace.initial)
    events = {event.label: event for event in speaker.model.events}
    words: list[Word] = [()]
    looks: list[Word] = [tuple(shown[part] for part in speaker.parts)]
    for taken in trace.steps:
        if taken.action not in speaker.hidden:
            call = speaker.letter(events[taken.label])
            words = [(*word, look, call) for word in words for look in dict.fromkeys(looks)]
            looks = []
        shown.update((change.path, change.new) for change in taken.changes)
        looks.append(tuple(shown[part] for part in speaker.parts))
    yield from ((*word, look) for word in words for look in dict.fromkeys(looks))


def shortest_alone(ours: Speaker, theirs: Speaker, most: int, words: int) -> tuple[int | None, int]:
    """How long the shortest word is that only the first one says, and up to which length all was looked at.

    Words that the second may say beyond its bounds are left aside, with all that they begin.
    """
    mine, its = ours.begin(), theirs.begin()
    if theirs.slips(values for states in its.values() for values in states):
        return None, most
    for length in range(most + 1):
        if any(word not in its for word in mine):
            return length, length
        if length == most or len(mine) > words:
            return None, length
        mine, _ = ours.longer(mine)
        its, hazy = theirs.longer(its)
        slipped = {word[:-1] for word, states in its.items() if theirs.slips(states)}
        unsure = hazy | slipped
        mine = {word: states for word, states in mine.items() if word[:-1] not in unsure}
    return None, most
