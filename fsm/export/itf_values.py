"""Values as ITF has them, both ways.

Ints are `{"#bigint": "3"}`, sets `{"#set": [...]}`, maps `{"#map": [[key, value], ...]}`, tuples lists,
records objects. Enum members are their names. Where there may be None, values are Quint's options:
`{"tag": "None", ...}` and `{"tag": "Some", "value": ...}`; null and bare values are read, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.export.names import Names
from fsm.export.variables import vocabulary_of
from fsm.model import Model
from fsm.values import show

NONE = {"tag": "None", "value": {"#tup": []}}
MOST_SHOWN = 6


def encoded(domain: Domain, value: Any) -> Any:
    """A value as JSON."""
    match domain:
        case Scalar(values=values):
            plain = _scalar(value)
            return plain if None not in values else NONE if value is None else {"tag": "Some", "value": plain}
        case SetOf(element=element):
            return {"#set": [encoded(element, one) for one in value]}
        case SequenceOf(element=element):
            return [encoded(element, one) for one in value]
        case Record(fields=fields):
            return {name: encoded(inner, getattr(value, name)) for name, inner in fields}
        case Maybe(record=record):
            return NONE if value is None else {"tag": "Some", "value": encoded(record, value)}
        case MapOf(key=key, value=inner):
            return {"#map": [[encoded(key, one), encoded(inner, value[one])] for one in value]}
    raise AssertionError(domain)


def decoded(domain: Domain, given: Any, path: str) -> Any:
    """The value that JSON stands for.

    Args:
        domain: what it is one of.
        given: the JSON.
        path: what it is the value of, for messages.

    Raises:
        ValueError: if it is none.
    """
    match domain:
        case Scalar(values=values):
            return _one_of(values, _bare(given), path)
        case SetOf(element=element):
            return frozenset(decoded(element, one, path) for one in _list(given, ("#set",), path))
        case SequenceOf(element=element):
            return tuple(decoded(element, one, path) for one in _list(given, ("#tup",), path))
        case Record(cls=cls, fields=fields):
            return cls(
                **{
                    name: decoded(inner, _field(given, name, path), f"{path}.{name}")
                    for name, inner in fields
                }
            )
        case Maybe(record=record):
            bare = _bare(given)
            return None if bare is None else decoded(record, bare, path)
        case MapOf():
            return _map(domain, given, path)
    raise AssertionError(domain)


def cell_names(model: Model) -> list[str]:
    """The variables of our TLA+ export, in order."""
    names = Names()
    return [names.take(variable.path) for variable in vocabulary_of(model).variables]


def from_cells(model: Model, given: Mapping[str, Any]) -> int:
    """The packed state whose cells are given in the variables of our TLA+ export.

    Raises:
        ValueError: if there is none.
    """
    vocabulary, names, state = vocabulary_of(model), cell_names(model), 0
    for slot, cell in zip(model.layout.slots, vocabulary.cells, strict=True):
        digits = []
        for one in cell.variables:
            name, variable = names[one], vocabulary.variables[one]
            if name not in given:
                raise ValueError(f"it says nothing of `{name}`")
            literals = [variable.literal(digit) for digit in range(len(variable.values))]
            plain = _number(given[name])
            found = [digit for digit, literal in enumerate(literals) if _same(literal, plain)]
            if not found:
                known = ", ".join(map(str, literals[:MOST_SHOWN]))
                raise ValueError(f"{name}={json.dumps(given[name])} is none of {known}")
            digits.append(found[0])
        if tuple(digits) not in cell.digits:
            raise ValueError(f"`{slot.path}` has no value that these are parts of")
        state |= cell.digits.index(tuple(digits)) << slot.shift
    return state


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, int) and not isinstance(value, bool):
        return {"#bigint": str(value)}
    return value if isinstance(value, (bool, str)) else show(value)


def _one_of(values: Sequence[Any], given: Any, path: str) -> Any:
    for value in values:
        plain = _scalar(value) if value is not None else None
        if _same(plain, given) or _same(value, _number(given)):
            return value
    for value in values:
        if given == show(value):
            return value
    known = ", ".join(show(value) for value in values[:MOST_SHOWN])
    more = ", ..." if len(values) > MOST_SHOWN else ""
    raise ValueError(f"{path}={json.dumps(given)} is none of {known}{more}")


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _number(given: Any) -> Any:
    """A number as it is; one that is written as text as a number."""
    if isinstance(given, dict) and isinstance(given.get("#bigint"), str):
        try:
            return int(given["#bigint"])
        except ValueError:
            return given
    return given


def _bare(given: Any) -> Any:
    """What an option holds, None for one that is empty; anything else as it is."""
    if isinstance(given, dict) and "tag" in given:
        if given["tag"] == "None":
            return None
        return given.get("value") if given["tag"] == "Some" else given["tag"]
    return given


def _list(given: Any, tags: Sequence[str], path: str) -> Sequence[Any]:
    for tag in tags:
        if isinstance(given, dict) and isinstance(given.get(tag), list):
            found: list[Any] = given[tag]
            return found
    if isinstance(given, list):
        return given
    raise ValueError(f'{path}={json.dumps(given)} is no list, as `[...]` or `{{"{tags[0]}": [...]}}`')


def _field(given: Any, name: str, path: str) -> Any:
    if not isinstance(given, dict) or name not in given:
        raise ValueError(f"{path}={json.dumps(given)} has no field `{name}`")
    return given[name]


def _map(domain: MapOf, given: Any, path: str) -> dict[Any, Any]:
    """A map: pairs, or an object whose keys are names."""
    pairs = list(given.items()) if isinstance(given, dict) and "#map" not in given else None
    if pairs is None:
        pairs = [tuple(one) for one in _list(given, ("#map",), path) if isinstance(one, list)]
    found = {}
    for pair in pairs:
        if len(pair) != 2:
            raise ValueError(f"{path}: a map is a list of pairs of a key and a value")
        key = decoded(domain.key, pair[0], f"{path}'s key")
        found[key] = decoded(domain.value, pair[1], f"{path}[{show(key)}]")
    missing = [key for key in domain.keys if key not in found]
    if missing:
        raise ValueError(f"{path} says nothing of {show(missing[0])}")
    return found
