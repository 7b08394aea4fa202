"""Recordings in a spec's own words: JSON lines that name actions, arguments and variables.

    {"start": {"phase": "CONFIGURED"}, "hidden": ["generate_config"]}
    {"action": "create", "arguments": {"ok": true}, "state": {"phase": "CREATED"}}
    {"action": ["refuse", "lose"], "text": "an error came back"}
    {"state": {"newest": 1}}
    {"note": "whatever helps to read it"}

Every key may be left out. Values are JSON's, or as `fsm` shows them: `"CREATED"` for an enum member,
`"(1, 2)"` for a tuple. `action` may list what it may have been. `start` (the known part of the state, where
the recording does not begin at the beginning) and `hidden` (actions that may happen unseen) come first. With
`subject`, a name, one file speaks of several things, each judged alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fsm.domains import Domain
from fsm.errors import LogError, did_you_mean
from fsm.judgement import Subject
from fsm.model import Model
from fsm.observation import Observation
from fsm.recording import Line
from fsm.values import show

KEYS = ("action", "arguments", "state", "subject", "text", "start", "hidden", "note")
LARGE = 1 << 16  #: values of a domain, above which they are not looked through
SHOWN = 12  #: values of a domain, above which a message does not list them


@dataclass
class Draft:
    """A subject that is being read."""

    observations: list[Observation] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()
    start: Mapping[str, Any] | None = None


def spoken_subjects(model: Model, lines: Sequence[Line]) -> list[Subject]:
    """Read lines that speak in a spec's own words.

    Args:
        model: the spec.
        lines: of one recording.

    Returns:
        The subjects, in the order in which they are first spoken of.

    Raises:
        LogError: for a line that is none, with its number and what it may be.
    """
    reader = Reader(model)
    for line in lines:
        reader.read(line)
    return [
        Subject(name or model.name, draft.observations, draft.hidden, draft.start)
        for name, draft in reader.drafts.items()
    ]


class Reader:
    """Reads line after line.

    Args:
        model: the spec whose words they use.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.drafts: dict[str, Draft] = {}
        self.places = {
            name: place.domain for name, place in {**dict(model.layout.parts), **model.layout.places}.items()
        }
        self.actions = {action.name: action for action in model.actions}
        self._line = 0

    def read(self, line: Line) -> None:
        """Take one line."""
        self._line, data = line.number, line.data
        for key in data:
            if key not in KEYS:
                raise self._wrong(f"there is no key `{key}`: {did_you_mean(key, KEYS)}")
        if not data:
            raise self._wrong("an empty object: give an `action`, a `state` or a `note`")
        if set(data) <= {"note"}:
            return
        name = self._typed(data, "subject", str, "")
        known = name in self.drafts
        draft = self.drafts.setdefault(name, Draft())
        if "start" in data or "hidden" in data:
            if known:
                raise self._wrong("`start` and `hidden` come before anything else of their subject")
            if "start" in data:
                draft.start = self._state(self._typed(data, "start", dict, {}))
            draft.hidden = frozenset(self._names(data, "hidden"))
        if data.keys() & {"action", "arguments", "state", "text"}:
            draft.observations.append(self._observation(data))

    def _observation(self, data: Mapping[str, Any]) -> Observation:
        actions = self._names(data, "action")
        state = self._state(self._typed(data, "state", dict, {}))
        given = self._typed(data, "arguments", dict, {})
        if not actions and (given or not state):
            raise self._wrong("neither an `action` nor a `state`: nothing was observed")
        arguments = {name: self._argument(actions, name, value) for name, value in given.items()}
        return Observation(actions, arguments, state, self._typed(data, "text", str, ""), self._line)

    def _names(self, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """The names of actions under a key: one or several."""
        given = data.get(key, [])
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._wrong(f"`{key}` is the name of an action, or a list of such names")
        for name in names:
            if name not in self.actions:
                told = did_you_mean(name, self.actions)
                raise self._wrong(f"{self.model.name} has no action `{name}`: {told}")
        return tuple(names)

    def _argument(self, actions: Sequence[str], name: str, value: Any) -> Any:
        domains = {
            parameter.name: parameter.domain
            for action in actions
            for parameter in self.actions[action].parameters
        }
        if name not in domains:
            told = did_you_mean(name, domains)
            raise self._wrong(f"`{' or '.join(actions)}` has no argument `{name}`: {told}")
        return self._value(f"the argument `{name}`", domains[name], value)

    def _state(self, given: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, value in given.items():
            if name not in self.places:
                told = did_you_mean(name, self.places)
                raise self._wrong(f"{self.model.name} has no variable `{name}`: {told}")
            found[name] = self._value(f"`{name}`", self.places[name], value)
        return found

    def _value(self, what: str, domain: Domain, given: Any) -> Any:
        """The value of a domain that is meant; one that cannot be is an error, never an observation."""
        if domain.size > LARGE:
            raise self._wrong(f"{what} has {domain.size:,} values, too many to be named: observe its parts")
        found = [one for one in domain if type(one) is type(given) and one == given]
        found = found or [one for one in domain if isinstance(given, str) and show(one) == given]
        if found:
            return found[0]
        shown = [show(one) for one in domain] if domain.size <= SHOWN else []
        told = did_you_mean(str(given), shown) if shown else f"its domain is {domain}"
        raise self._wrong(f"{what} cannot be {show(given)}: {told}")

    def _typed(self, data: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
        value = data.get(key, default)
        if not isinstance(value, kind):
            wanted = "a text" if kind is str else "an object"
            raise self._wrong(f"`{key}` must be {wanted}, not {show(value)}")
        return value

    def _wrong(self, why: str) -> LogError:
        return LogError(f"{self._line}: {why}")
