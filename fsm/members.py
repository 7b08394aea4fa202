"""What speaks of the members of a key: cells of a state, and arguments.

Theory. Where the members of a key K are interchangeable, renaming them moves some cells and renumbers others.
A map over K has a part for each member: its cells lie in the member's *column*, and move with the member; so
does the cell that says whether the member is in a set. A cell elsewhere whose value is a member is a
*pointer*: it stays where it is, and its number changes. Everything else is *plain*, and stays as it is.

A cell may look like a member without being one: a number from `range(3)` beside the key `range(3)`. Nobody
can tell the two apart here; how a cell was understood is remembered, and whoever finds that it does not fit
can say so. A domain that is written otherwise, such as `var((0, 1, 2), 0)`, is none of the key's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.values import show


@dataclass(frozen=True)
class Speaking:
    """A cell outside of the columns that speaks of members.

    Args:
        cell: which, counted over the whole state.
        path: the cell as people write it.
        numbers: for each member the number that means it.
    """

    cell: int
    path: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Plain:
    """A part of a variable that names members and is taken as it stands, since no renaming reaches it."""

    variable: str
    path: str
    why: str


@dataclass
class Members:
    """Which cells speak of which member.

    Args:
        columns: for each member its cells, those of all members in the same order; whether it is in a set is
            one of them.
        pointers: the cells elsewhere.
        sets: the paths of the sets.
        plain: what names members where it cannot be renamed.
    """

    columns: list[list[int]]
    pointers: list[Speaking] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    plain: list[Plain] = field(default_factory=list)


def members_of(variables: Mapping[str, Domain], key: Scalar) -> Members:
    """Find the cells that speak of the members of a key.

    Args:
        variables: each variable's name and domain, in the order of their cells.
        key: whose members.

    >>> key = Scalar("range(2)", (0, 1))
    >>> found = members_of({"on": MapOf(key, Scalar("bool", (False, True))), "leader": key}, key)
    >>> found.columns, [one.path for one in found.pointers]
    ([[0], [1]], ['leader'])
    """
    found, first = Members([[] for _ in key.values]), 0
    for name, domain in variables.items():
        _find(found, key, name, domain, first, name)
        first += len(domain.cells)
    return found


def _find(found: Members, key: Scalar, variable: str, domain: Domain, first: int, path: str) -> None:
    numbers = meanings(domain, key)
    elements = meanings(domain.element, key) if isinstance(domain, SetOf) else ()
    if numbers:
        found.pointers.append(Speaking(first, path, numbers))
    elif elements:
        found.sets.append(path)
        for column, number in zip(found.columns, elements, strict=True):
            column.append(first + number)
    elif isinstance(domain, Record):
        for name, part in domain.fields:
            _find(found, key, variable, part, first, f"{path}.{name}")
            first += len(part.cells)
    elif isinstance(domain, MapOf) and (meanings(domain.key, key) or not mentions(domain.key, key)):
        places, width = meanings(domain.key, key), len(domain.value.cells)
        for number, name in enumerate(domain.keys):
            at = first + number * width
            if number in places:
                found.columns[places.index(number)] += range(at, at + width)
            else:
                _find(found, key, variable, domain.value, at, f"{path}[{show(name)}]")
        if places and mentions(domain.value, key):
            found.plain.append(Plain(variable, f"{path}[…]", "lies in a member's own part"))
    elif mentions(domain, key):
        found.plain.append(Plain(variable, path, _ODD.get(type(domain), "lies deeper than a set")))


_ODD = {
    SequenceOf: "is a sequence",
    Maybe: "is a record that may be missing",
    MapOf: "has a key made of them",
}


@lru_cache(maxsize=1024)
def meanings(domain: Domain, key: Scalar) -> tuple[int, ...]:
    """For each member of a key the number that means it in a domain; nothing if the domain is not the key's.

    The domain is the key itself, or it has other values beside, of other types: `Server | None`.

    >>> key = Scalar("range(2)", (0, 1))
    >>> meanings(Scalar("range(2) | None", (None, 0, 1)), key)
    (1, 2)
    >>> meanings(Scalar("range(3)", (0, 1, 2)), key)
    ()
    """
    if domain == key:
        return tuple(range(len(key.values)))
    if not isinstance(domain, Scalar) or not all(value in domain for value in key.values):
        return ()
    types = {type(value) for value in key.values}
    others = [value for value in domain.values if value not in key]
    if any(type(value) in types for value in others) or (not others and is_common(key)):
        return ()
    return tuple(domain.encode(value)[0] for value in key.values)


def is_common(key: Scalar) -> bool:
    """Whether others may have the values of a key by accident: numbers and bools."""
    return all(type(value) in (int, bool) for value in key.values)


def mentions(domain: Domain, key: Scalar) -> bool:
    """Whether the values of a domain contain members of a key."""
    return bool(meanings(domain, key)) or any(mentions(part, key) for part in _parts(domain))


def _parts(domain: Domain) -> Iterator[Domain]:
    if isinstance(domain, (SetOf, SequenceOf)):
        yield domain.element
    elif isinstance(domain, Record):
        yield from domain.parts
    elif isinstance(domain, Maybe):
        yield domain.record
    elif isinstance(domain, MapOf):
        yield from (domain.key, domain.value)


def understood(found: Members, key: Scalar, arguments: Sequence[str]) -> str:
    """How what may look like a member by accident was taken, for messages; nothing where it cannot.

    Args:
        found: the cells.
        key: whose members.
        arguments: the names of the arguments that are members.
    """
    if not is_common(key):
        return ""
    taken = [f"`{path}`" for path in (*(one.path for one in found.pointers), *found.sets)]
    taken += [f"argument `{name}`" for name in arguments]
    said = []
    if taken:
        values = repr(key.values) if len(key.values) <= 4 else f"({show(key.values[0])}, …)"
        said.append(
            f"understood as members of {key}: {', '.join(taken)}; where a plain number is meant, write "
            f"`var({values})`"
        )
    if found.plain:
        paths = ", ".join(f"`{plain.path}`" for plain in found.plain)
        said.append(f"understood as plain numbers: {paths}")
    return "; ".join(said)


def renamed(value: Any, domain: Domain, key: Scalar, places: Sequence[int]) -> Any:
    """A value with the members in it renamed.

    Args:
        value: a value of the domain.
        domain: the domain.
        key: whose members.
        places: for each member the place of the one that it becomes.

    >>> key = Scalar("range(3)", (0, 1, 2))
    >>> sorted(renamed({0, 2}, SetOf(key), key, (1, 0, 2)))
    [1, 2]
    """

    def inner(value: Any, domain: Domain) -> Any:
        return renamed(value, domain, key, places)

    numbers = meanings(domain, key)
    if numbers:
        (number,) = domain.encode(value)
        return domain.decode((numbers[places[numbers.index(number)]],)) if number in numbers else value
    if not mentions(domain, key):
        return value
    if isinstance(domain, SetOf):
        return frozenset(inner(one, domain.element) for one in value)
    if isinstance(domain, SequenceOf):
        return tuple(inner(one, domain.element) for one in value)
    if isinstance(domain, Maybe):
        return None if value is None else inner(value, domain.record)
    if isinstance(domain, MapOf):
        return {inner(one, domain.key): inner(held, domain.value) for one, held in value.items()}
    assert isinstance(domain, Record)
    return domain.join(
        [inner(one, part) for one, part in zip(domain.split(value), domain.parts, strict=True)]
    )
