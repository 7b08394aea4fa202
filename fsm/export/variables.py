"""The variables of an export: packed cells as other languages know them.

A cell that holds a scalar is a variable, and so is one that says whether an element is in a set. One that
holds a sequence is its length and the variables of each element; what lies beyond the end holds its first
value.
So a step that adds an element or appends one assigns a variable, whatever the rest of the value is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Any

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.model import Model
from fsm.values import show


class Sort(Enum):
    """What the values of a variable are written as."""

    BOOL = "bool"
    INTEGER = "integer"
    NAME = "name"
    NUMBER = "number"  #: values of several kinds: their places in the order, listed in a comment


@dataclass(frozen=True)
class Variable:
    """A variable of an export.

    Args:
        path: as people write it, such as `slots[0].state`.
        values: in order; a state holds the place of one.
        is_part: whether it is only a part of a value that the spec has in one piece.
    """

    path: str
    values: tuple[Any, ...]
    is_part: bool = False

    @property
    def sort(self) -> Sort:
        """What its values are written as."""
        kinds = {type(value) for value in self.values}
        if kinds == {bool}:
            return Sort.BOOL
        if kinds <= {int, type(None)} and int in kinds:
            return Sort.INTEGER
        if all(value is None or isinstance(value, (Enum, str)) for value in self.values):
            texts = [text_of(value) for value in self.values]
            return Sort.NAME if len(set(texts)) == len(texts) else Sort.NUMBER
        return Sort.NUMBER

    @property
    def family(self) -> str:
        """What its names belong to: the enum's name, or empty."""
        enums = {type(value).__name__ for value in self.values if isinstance(value, Enum)}
        return enums.pop() if len(enums) == 1 else ""

    def literal(self, number: int) -> bool | int | str:
        """The value at a place: itself where it is a bool or an int, else its name or the place.

        Where there are ints and None, that is one less than the least of them.
        """
        value: Any = self.values[number]
        match self.sort:
            case Sort.BOOL:
                return bool(value)
            case Sort.INTEGER:
                ints = [one for one in self.values if one is not None]
                return min(0, *ints) - 1 if value is None else int(value)
            case Sort.NAME:
                return text_of(value)
            case Sort.NUMBER:
                return number

    @property
    def remark(self) -> str:
        """What a reader must know of its values, if anything."""
        if self.sort is Sort.NUMBER:
            return ", ".join(f"{number} is {show(value)}" for number, value in enumerate(self.values))
        if self.sort is Sort.INTEGER and None in self.values:
            return f"{self.literal(self.values.index(None))} is None"
        return ""


@dataclass(frozen=True)
class Cell:
    """A packed cell: the variables that it is made of, and for each of its numbers theirs.

    Args:
        variables: by place among all variables.
        digits: for each number of the cell the number of each variable.
    """

    variables: tuple[int, ...]
    digits: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Vocabulary:
    """All variables, and how packed cells are made of them.

    Args:
        variables: in the order of the cells.
        cells: in the order of `Layout.slots`.
    """

    variables: tuple[Variable, ...]
    cells: tuple[Cell, ...]

    def numbers(self, model: Model, state: int) -> tuple[int, ...]:
        """The number of each variable in a packed state."""
        found: list[int] = []
        for slot, cell in zip(model.layout.slots, self.cells, strict=True):
            found += cell.digits[state >> slot.shift & slot.mask]
        return tuple(found)


def vocabulary_of(model: Model) -> Vocabulary:
    """The variables that a model's cells are exported as."""
    variables: list[Variable] = []
    cells: list[Cell] = []
    for variable in model.variables:
        for made, digits in _cells(variable.name, variable.domain):
            first = len(variables)
            variables += made
            cells.append(Cell(tuple(range(first, len(variables))), digits))
    return Vocabulary(tuple(variables), tuple(cells))


def text_of(value: Any) -> str:
    """A name or a string as it is; None as `None`."""
    return value.name if isinstance(value, Enum) else str(value)


Made = tuple[Sequence[Variable], tuple[tuple[int, ...], ...]]  #: a cell's variables, and their numbers


def _cells(path: str, domain: Domain) -> list[Made]:
    """The variables of each cell of a domain, in order."""
    match domain:
        case Scalar(values=values):
            return [([Variable(path, values)], tuple((number,) for number in range(len(values))))]
        case SetOf(element=element):
            parts = (Variable(f"{path}[{show(one)}]", (False, True), is_part=True) for one in element)
            return [([part], ((0,), (1,))) for part in parts]
        case SequenceOf():
            return [_sequence(path, domain)]
        case Record(fields=fields):
            return [made for name, inner in fields for made in _cells(f"{path}.{name}", inner)]
        case Maybe(record=record):
            presence = Variable(f"{path}.is_there", (False, True), is_part=True)
            return [([presence], ((0,), (1,))), *_cells(path, record)]
        case MapOf(keys=keys, value=inner):
            return [made for key in keys for made in _cells(f"{path}[{show(key)}]", inner)]
    raise AssertionError(domain)


def _sequence(path: str, domain: SequenceOf) -> Made:
    elements = [_cells(f"{path}[{place}]", domain.element) for place in range(domain.maxlen)]
    parts = [Variable(f"{path}.length", tuple(range(domain.maxlen + 1)), is_part=True)]
    parts += [
        Variable(one.path, one.values, is_part=True)
        for cells in elements
        for made, _ in cells
        for one in made
    ]
    known = [_digits(domain.element, value) for value in domain.element]
    nothing = (0,) * len(known[0])
    digits = []
    for length in range(domain.maxlen + 1):
        for chosen in product(known, repeat=length):
            filled = [*chosen, *[nothing] * (domain.maxlen - length)]
            digits.append((length, *(digit for one in filled for digit in one)))
    return parts, tuple(digits)


def _digits(domain: Domain, value: Any) -> tuple[int, ...]:
    """The number of each variable that a value of a domain is exported as."""
    numbers = domain.encode(value)
    return tuple(
        digit
        for number, (_, digits) in zip(numbers, _cells("", domain), strict=True)
        for digit in digits[number]
    )
