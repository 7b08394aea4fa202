"""Traces in the Informal Trace Format (ITF), which Apalache, Quint and others write and read.

A trace is a JSON object: the names of the variables, a value of each of them in each state, and of a lasso
the place of the state to which the last one leads back. See ADR-015 of Apalache.

States say nothing of what led from one to the next. We write the event into the `#meta` of the state that it
leads to; where nothing tells, the first event that explains a step is taken, one that is no fault before one
that is. A trace may also be in the variables of our own TLA+ export, where each cell is one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fsm.capture import Tables
from fsm.domains import Domain
from fsm.errors import LogError
from fsm.export.itf_values import cell_names, decoded, encoded, from_cells
from fsm.export.names import plain_name
from fsm.model import Event, Model
from fsm.observation import Observation
from fsm.tables import Step
from fsm.tracing import trace_of
from fsm.values import show
from fsm.verdict import Trace

FORMAT = "https://apalache-mc.org/docs/adr/015adr-trace.html"
#: variables that may name the event
TOLD_IN = (
    "mbt::actionTaken",
    "action_taken",
    "actionTaken",
    "action",
    "last",
)
MOST_SHOWN = 6

Path = Sequence[tuple[Event | None, int]]  #: each event, and the packed state after it


def itf_of(model: Model, path: Path, loop: int | None = None, told: Mapping[str, Any] | None = None) -> str:
    """A way through a spec as an ITF trace.

    Args:
        model: the spec.
        path: from an initial state; the first event is `None`.
        loop: of a lasso the number of steps before the loop, as in `Trace`.
        told: what else `#meta` is to say.
    """
    closing = None
    if loop is not None and loop < len(path) - 1:
        *path, (closing, _) = path
    states = [_state(model, number, event, state) for number, (event, state) in enumerate(path)]
    if closing is not None:
        states[-1]["#meta"]["then"] = closing.label
    meta = {"format": "ITF", "format-description": FORMAT, "spec": model.name, **(told or {})}
    rows = [f' "#meta": {_line(meta)}', f' "vars": {_line([one.name for one in model.variables])}']
    rows.append(' "states": [\n  ' + ",\n  ".join(map(_line, states)) + "\n ]")
    rows += [] if loop is None else [f' "loop": {loop}']
    return "{\n" + ",\n".join(rows) + "\n}\n"


def trace_of_itf(model: Model, text: str) -> Trace:
    """The trace that an ITF file tells.

    Args:
        model: the spec that it is to be of.
        text: the file.

    Raises:
        LogError: if it is no ITF file, is of another spec, or does what the spec cannot do; with the state.
    """
    path, loop = path_of_itf(model, text)
    return trace_of(model, path, loop=loop)


def is_itf(file: str | os.PathLike[str]) -> bool:
    """Whether a file is an ITF trace, by its name."""
    return os.fspath(file).endswith(".itf.json")


def observations_of_itf(model: Model, text: str) -> list[Observation]:
    """What an ITF file tells, as observations: of each step what it may have been, and the state after it.

    Raises:
        LogError: if it is no ITF file, or of another spec.
    """
    data = _object(text)
    reader = _Reader(model, data)
    states = [reader.state(number) for number in range(len(data["states"]))]
    found = [Observation(state=model.layout.unpack(states[0]), text="state 0")]
    found += (
        reader.observation(states[number], reader.event_at(number), number)
        for number in range(1, len(states))
    )
    loop = data.get("loop")
    then = _meta(data["states"][-1]).get("then", "")
    if loop is not None and (loop < len(states) - 1 or then or not reader.tables.may_stop(states[-1])):
        found.append(reader.observation(states[loop], then, loop))
    return found


def path_of_itf(model: Model, text: str) -> tuple[list[tuple[Event | None, int]], int | None]:
    """As `trace_of_itf`: the events with the packed states after them, and the steps before the loop."""
    data = _object(text)
    reader = _Reader(model, data)
    states = [reader.state(number) for number in range(len(data["states"]))]
    if states[0] not in reader.tables.initial_states():
        raise LogError(f"state 0: {model.name} does not begin like this: {_shown(model, states[0])}")
    path: list[tuple[Event | None, int]] = [(None, states[0])]
    for number in range(1, len(states)):
        event = reader.step(states[number - 1], states[number], reader.event_at(number), number)
        path.append((event, states[number]))
    loop = data.get("loop")
    if loop is None:
        return path, None
    then = _meta(data["states"][-1]).get("then", "")
    if loop == len(states) - 1 and not then and reader.tables.may_stop(states[-1]):
        return path, loop
    path.append((reader.step(states[-1], states[loop], then, loop), states[loop]))
    return path, loop


class _Reader:
    """Reads the states and the steps of one file.

    Args:
        model, data: of what, and the file.
    """

    def __init__(self, model: Model, data: Mapping[str, Any]) -> None:
        self.model = model
        self.tables = Tables(model)
        self.states: Sequence[Mapping[str, Any]] = data["states"]
        names = [variable.name for variable in model.variables]
        cells = cell_names(model)
        self.in_cells = not set(names) <= set(data["vars"]) and set(cells) <= set(data["vars"])
        missing = [name for name in names if name not in data["vars"]]
        if missing and not self.in_cells:
            raise LogError(
                f"this trace is none of {model.name}: it says nothing of `{missing[0]}`; its variables are "
                + ", ".join(f"`{name}`" for name in data["vars"][:MOST_SHOWN])
            )
        self.teller = next(
            (one for one in TOLD_IN if one in data["vars"] and one not in (*names, *cells)), ""
        )

    def state(self, number: int) -> int:
        """The packed state at a place."""
        given = self.states[number]
        if not isinstance(given, dict):
            raise LogError(f"state {number} is no object: a state has a value for each variable")
        try:
            if self.in_cells:
                return from_cells(self.model, given)
            return self.model.layout.pack(
                {one.name: _value(one.name, one.domain, given) for one in self.model.variables}
            )
        except ValueError as error:
            raise LogError(f"state {number}: {error}") from None

    def event_at(self, number: int) -> str:
        """What the file says led to the state at a place; empty if nothing."""
        given = self.states[number]
        told = _meta(given).get("action", given.get(self.teller, ""))
        return told if isinstance(told, str) else ""

    def step(self, before: int, after: int, told: str, number: int) -> Event:
        """The event that leads from one state to another one, the one that is told if there is one."""
        able = [(event, leaf.apply(before)) for event, leaf in self._leaves(before) if isinstance(leaf, Step)]
        fitting = [event for event, then in able if then == after]
        named = [event for event in fitting if told in _calls(event)]
        if told and not named and any(told in _calls(event) for event in self.model.events):
            then = next((then for event, then in able if told in _calls(event)), None)
            leads = "is not enabled" if then is None else f"leads to {_shown(self.model, then)}"
            raise LogError(f"state {number}: `{told}` {leads} in the state before")
        if not fitting:
            labels = ", ".join(f"`{event.label}`" for event, _ in able[:MOST_SHOWN]) or "nothing"
            changes = self.model.layout.changes(before, after)
            changed = "; ".join(f"{path}: {old} → {new}" for path, old, new in changes) or "nothing changes"
            raise LogError(f"state {number}: no event explains this step ({changed}); enabled are: {labels}")
        return min(named or fitting, key=lambda event: event.action.fault)

    def observation(self, after: int, told: str, number: int) -> Observation:
        """A step as it was seen from outside."""
        named = [event for event in self.model.events if told and told in _calls(event)]
        names = dict.fromkeys(event.action.name for event in named or self.model.events)
        exact = named[0].named if len(named) == 1 else {}
        text = f"state {number}" + (f", after `{told}`" if told else "")
        return Observation(tuple(names), exact, self.model.layout.unpack(after), text)

    def _leaves(self, state: int) -> Iterator[tuple[Event, Any]]:
        for event, table in zip(self.model.events, self.tables.events, strict=True):
            yield event, table.leaf(state)


def _state(model: Model, number: int, event: Event | None, state: int) -> dict[str, Any]:
    meta = {"index": number, **({} if event is None else {"action": event.label})}
    values = model.layout.unpack(state)
    return {
        "#meta": meta,
        **{one.name: encoded(one.domain, values[one.name]) for one in model.variables},
    }


def _line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _value(name: str, domain: Domain, given: Mapping[str, Any]) -> Any:
    if name not in given:
        raise ValueError(f"it says nothing of `{name}`")
    return decoded(domain, given[name], name)


def _object(text: str) -> Mapping[str, Any]:
    """The JSON object of a trace; raises `LogError` for what is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LogError(f"this is no ITF trace: it is not JSON ({error}); was it cut off?") from None
    if not isinstance(data, dict) or not {"vars", "states"} <= data.keys():
        raise LogError("this is no ITF trace: it wants an object with `vars` and `states`")
    variables, states, loop = data["vars"], data["states"], data.get("loop")
    if not isinstance(variables, list) or not all(isinstance(name, str) for name in variables):
        raise LogError("this is no ITF trace: `vars` wants a list of names")
    if not isinstance(states, list) or not states:
        raise LogError("this ITF trace has no states: `states` wants a list of at least one")
    if loop is not None and not (type(loop) is int and 0 <= loop < len(states)):
        raise LogError(f"`loop` is {loop!r}, and there are the states 0 to {len(states) - 1}")
    return data


def _meta(state: Any) -> Mapping[str, Any]:
    meta = state.get("#meta") if isinstance(state, dict) else None
    return meta if isinstance(meta, dict) else {}


def _calls(event: Event) -> tuple[str, ...]:
    """What an event may be called: with its arguments, as an identifier, or by its action's name."""
    plain = plain_name(" ".join([event.action.name, *map(show, event.arguments)]))
    return event.label, plain, event.action.name


def _shown(model: Model, state: int) -> str:
    return ", ".join(f"{path}={value}" for path, value in model.layout.items(state))
