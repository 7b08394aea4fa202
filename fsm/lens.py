"""Lenses: what of a state a folded picture looks at, read from a text such as `phase, slot.state, votes[*]`.

Theory. A lens is a row of *parts*, and two states look the same through it when each part has the same value
in both. A part is a variable or a piece of one, or a question: a method or a property of the spec that takes
no argument, whatever it answers. What lies below a star is not told apart by its key but counted: `votes[*]`
says how many members have voted what, and a state in which two members are exchanged looks the same.

    phase              a variable
    slot.state         a field of a record; nothing (`None`) where the record is missing
    phase[LEFT]        what a map holds for a key
    slots[*].state     how many of a map's values there are of each kind
    may_start          what a method without arguments answers
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, Scalar
from fsm.errors import FsmError, Where, did_you_mean
from fsm.members import members_of
from fsm.model import Model
from fsm.source import function_place
from fsm.values import show

_PART = re.compile(
    r"(?P<name>[^\W\d]\w*)(?P<call>\(\s*\))?(?P<steps>(?:\s*\.\s*[^\W\d]\w*|\s*\[[^\[\]]*\])*)"
)
_STEP = re.compile(r"\.\s*(?P<field>\w+)|\[(?P<key>[^\[\]]*)\]")
STAR = "*"


@dataclass(frozen=True)
class Tally:
    """How many there are of each value, in the order of the values; what a star gives."""

    counts: tuple[tuple[Any, int], ...]


@dataclass(frozen=True)
class Part:
    """A piece of a state, as cells, or a question about one.

    Args:
        text: how it is written.
        cells: the numbers of the cells that it looks at; none for a question.
        value: what the numbers in its cells mean.
        even: the cells may change places, and it means the same.
        exact: other numbers always mean another value.
        steady: renaming interchangeable members does not change it.
        ask: for a question: what a view of a state answers.
        where: for a question: where it is written.
    """

    text: str
    cells: tuple[int, ...] = ()
    value: Callable[[Sequence[int]], Any] = field(default=tuple, compare=False)
    even: bool = False
    exact: bool = False
    steady: bool = False
    ask: Callable[[Any], Any] | None = field(default=None, compare=False)
    where: Where = field(default=Where(), compare=False)


@dataclass(frozen=True)
class Lens:
    """What is looked at: parts in their order."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The lens as it is written."""
        return ", ".join(part.text for part in self.parts)

    @property
    def steady(self) -> bool:
        """Whether renaming interchangeable members changes nothing of what is seen."""
        return all(part.steady for part in self.parts)

    @property
    def exact(self) -> bool:
        """Whether states with other numbers in the cells always look different."""
        return all(part.exact for part in self.parts)


def lens_of(model: Model, text: str) -> Lens:
    """Read a lens.

    Args:
        model: of whose states.
        text: parts with commas between them, as at the top of this file.

    Raises:
        FsmError: with the first part that is none, and what could stand in its place.

    >>> from fsm import action, model_of, spec
    >>> @spec
    ... class Lamp:
    ...     on: bool = False
    ...     @action
    ...     def switch(self) -> None:
    ...         self.on = not self.on
    >>> lens_of(model_of(Lamp), " on ").text
    'on'
    >>> lens_of(model_of(Lamp), "one")
    Traceback (most recent call last):
    ...
    fsm.errors.FsmError: the fold `one`: Lamp has no variable and no predicate `one`: did you mean `on`?
    """
    parts: list[Part] = []
    for piece in _pieces(text):
        try:
            part = _part(model, piece)
        except _NoPartError as error:
            raise FsmError(f"the fold `{' '.join(text.split())}`: {error}") from None
        if part.text in (known.text for known in parts):
            raise FsmError(f"the fold `{' '.join(text.split())}` names `{part.text}` twice: once is enough")
        parts.append(part)
    return Lens(tuple(parts))


def lenses_of_phase(model: Model) -> list[tuple[tuple[Any, ...], Lens]]:
    """The phase, or where it is a map that of each member, with the keys that lead to it."""
    place = model.layout.places[model.phase.name]
    return list(_members(model.phase.name, place.domain, place.first, ()))


def tell(value: Any) -> str:
    """A value as data: what `show` says, and counts in words.

    >>> tell(Tally(((True, 2), (False, 1))))
    '2 True, 1 False'
    """
    if isinstance(value, Tally):
        return ", ".join(f"{count} {tell(one)}" for one, count in value.counts)
    return show(value)


class _NoPartError(Exception):
    """What is wrong with a part."""


@dataclass(frozen=True)
class _Piece:
    """Cells and what they mean; see `Part`."""

    cells: tuple[int, ...]
    value: Callable[[Sequence[int]], Any]
    even: bool = False
    exact: bool = True
    groups: tuple[frozenset[int], ...] = ()  # what a star takes together: the cells below each key


def _pieces(text: str) -> list[str]:
    """What stands between the commas, those inside of brackets left alone."""
    pieces = re.split(r",(?![^\[]*\])", text)
    if not text.strip():
        raise FsmError("an empty fold: name the variables to draw, with commas between them, such as `phase`")
    if not all(piece.strip() for piece in pieces):
        raise FsmError(f"the fold `{text.strip()}` has nothing between two commas: write `phase, tries`")
    return [piece.strip() for piece in pieces]


def _part(model: Model, piece: str) -> Part:
    match = _PART.fullmatch(piece)
    if match is None:
        raise _NoPartError(
            f"`{piece}` cannot be read: write a variable (`phase`), a field (`slot.state`), a key "
            "(`phase[0]`), a count (`phase[*]`) or a method without arguments"
        )
    name = match["name"]
    places = model.layout.places
    steps = [(step["field"], step["key"]) for step in _STEP.finditer(match["steps"])]
    if name not in places or match["call"]:
        return _question(model, name, bool(steps))
    place = places[name]
    text, found = _resolve(name, place.domain, place.first, steps)
    return Part(text, found.cells, found.value, found.even, found.exact, _is_steady(model, found))


def _resolve(
    path: str, domain: Domain, first: int, steps: Sequence[tuple[str | None, str | None]]
) -> tuple[str, _Piece]:
    """Follow a path into a domain: how it is written, and what lies there."""
    if not steps:
        return path, _Piece(tuple(range(first, first + len(domain.cells))), domain.decode)
    (field, key), rest = steps[0], steps[1:]
    if isinstance(domain, Maybe):
        text, found = _resolve(path, domain.record, first + 1, steps)
        value = found.value
        return text, _Piece(
            (first, *found.cells), lambda numbers: value(numbers[1:]) if numbers[0] else None, exact=False
        )
    if field is not None:
        if not isinstance(domain, Record):
            raise _NoPartError(f"`{path}` has no fields: its values are those of {domain}, no records")
        at = first
        for name, part in domain.fields:
            if name == field:
                return _resolve(f"{path}.{name}", part, at, rest)
            at += len(part.cells)
        raise _NoPartError(
            f"`{path}` has no field `{field}`: {did_you_mean(field, [name for name, _ in domain.fields])}"
        )
    assert key is not None
    if not isinstance(domain, MapOf):
        raise _NoPartError(f"`{path}` has no keys: its values are those of {domain}, no maps")
    width, wanted = len(domain.value.cells), key.strip()
    if wanted == STAR:
        found_at = [
            _resolve(f"{path}[{STAR}]", domain.value, first + number * width, rest)
            for number in range(len(domain.keys))
        ]
        return found_at[0][0], _tallied([found for _, found in found_at])
    for number, one in enumerate(domain.keys):
        if wanted in _spellings(one):
            return _resolve(f"{path}[{show(one)}]", domain.value, first + number * width, rest)
    raise _NoPartError(
        f"`{path}` has no key `{wanted}`: {did_you_mean(wanted, [*map(show, domain.keys), STAR])}"
    )


def _tallied(pieces: Sequence[_Piece]) -> _Piece:
    """Pieces that are alike, counted; in the order of the numbers in their cells."""
    width, value = len(pieces[0].cells), pieces[0].value

    def count(numbers: Sequence[int]) -> Tally:
        parts = [tuple(numbers[at : at + width]) for at in range(0, len(numbers), width)]
        found: dict[str, tuple[Any, int]] = {}
        for part, many in sorted(Counter(parts).items()):
            one = value(part)
            found[tell(one)] = (one, many + found.get(tell(one), (one, 0))[1])
        return Tally(tuple(found.values()))

    cells = tuple(cell for piece in pieces for cell in piece.cells)
    return _Piece(cells, count, width == 1, False, tuple(frozenset(piece.cells) for piece in pieces))


def _spellings(key: Any) -> set[str]:
    """How a key may be written between brackets."""
    shown = {show(key)}
    if isinstance(key, str):
        shown |= {key, f'"{key}"', f"'{key}'"}
    if isinstance(key, Enum):
        shown.add(f"{type(key).__name__}.{key.name}")
    return shown


def _is_steady(model: Model, piece: _Piece) -> bool:
    """Whether renaming interchangeable members does not change a piece: none is in it, or all are counted."""
    key = model.interchangeable
    if not isinstance(key, Scalar):
        return True
    members = members_of({variable.name: variable.domain for variable in model.variables}, key)
    columns = [set(column) for column in members.columns]
    touched = set().union(*columns, (one.cell for one in members.pointers))
    if not touched & set(piece.cells):
        return True
    owners = [number for group in piece.groups for number, column in enumerate(columns) if group <= column]
    return sorted(owners) == list(range(len(columns))) and len(piece.groups) == len(columns)


def _question(model: Model, name: str, goes_on: bool) -> Part:
    """A method or a property of the spec."""
    cls = model.view.__mro__[1]
    known = [variable.name for variable in model.variables]
    action = name in (action.name for action in model.actions)
    found = inspect.getattr_static(cls, name, None)
    function = found.fget if isinstance(found, property) else found
    if name in known:
        raise _NoPartError(f"`{name}` is a variable: write it without parentheses")
    if action:
        raise _NoPartError(f"`{name}` is an action, and a fold looks at states: name a variable or a method")
    if not inspect.isfunction(function) or name.startswith("__"):
        told = did_you_mean(name, [*known, *_questions(model)])
        raise _NoPartError(f"{model.name} has no variable and no predicate `{name}`: {told}")
    if len(inspect.signature(function).parameters) != 1:
        raise _NoPartError(f"`{name}` takes arguments: name a method that needs nothing but `self`")
    if goes_on:
        raise _NoPartError(f"`{name}` is a method: what it answers has no parts to name")
    if model.copies:
        raise _NoPartError(
            f"`{name}` is a method of one copy, and here are many: count them, as in `{model.phase.name}[*]`"
        )
    calls = not isinstance(found, property)
    return Part(
        name,
        ask=lambda view: getattr(view, name)() if calls else getattr(view, name),
        where=function_place(function),
    )


def _questions(model: Model) -> list[str]:
    """The names of methods and properties without arguments; none where these are of one copy of many."""
    if model.copies:
        return []
    cls, actions = model.view.__mro__[1], {action.name for action in model.actions}
    found = []
    for name in dir(cls):
        one = inspect.getattr_static(cls, name)
        function = one.fget if isinstance(one, property) else one
        if (
            not name.startswith("_")
            and name not in actions
            and inspect.isfunction(function)
            and len(inspect.signature(function).parameters) == 1
        ):
            found.append(name)
    return found


def _members(
    path: str, domain: Domain, first: int, keys: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Lens]]:
    if isinstance(domain, MapOf):
        width = len(domain.value.cells)
        for number, key in enumerate(domain.keys):
            at = first + number * width
            yield from _members(f"{path}[{show(key)}]", domain.value, at, (*keys, key))
    else:
        cells = tuple(range(first, first + len(domain.cells)))
        yield keys, Lens((Part(path, cells, domain.decode, exact=True),))
