"""Finite domains: the values that a variable may take, and their numbers.

Theory. Every domain is laid out as a row of *cells*. A cell is the unit that is read and written: it holds
a number from 0 to its size - 1. A scalar and a sequence are one cell; a set is a cell for each element; a
record is the cells of its fields; an optional record is a presence cell and then the record's; a map is the
cells of its value, once for each key. `encode` turns a value into the numbers of its cells and `decode` turns
them back; both are total on the domain and refuse everything else.

Membership is by type *and* value: `True`, `1.0` and a member of an IntEnum are not in `range(4)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, ClassVar

from fsm.values import show


class OutOfDomain(ValueError):  # noqa: N818 - it is where the value is
    """A value that is not in the domain that it was put into."""

    def __init__(self, value: object, domain: Domain, why: str = "") -> None:
        reason = f" ({why})" if why else ""
        super().__init__(f"{show(value)} is not in {domain}{reason}")


@dataclass(frozen=True)
class Cell:
    """One unit of a domain's layout.

    Args:
        path: what follows the variable's name when the cell is shown, such as `.state` or `[0]`.
        size: how many values it holds, at least 1.
    """

    path: str
    size: int


class Domain:
    """A finite set of values in a fixed order, laid out as cells (a private base; users never inherit it)."""

    cells: tuple[Cell, ...]
    whole: ClassVar[bool] = False  #: whether it is one cell, of which the number is the value's place

    @property
    def is_frozen(self) -> bool:
        """Whether nobody can change a value that was made: it holds no dict."""
        return True

    @property
    def size(self) -> int:
        """How many values there are."""
        return math.prod(cell.size for cell in self.cells)

    def encode(self, value: object) -> tuple[int, ...]:
        """The numbers of the value's cells; raises `OutOfDomain` for a value that is not one of ours."""
        raise NotImplementedError

    def decode(self, numbers: Sequence[int]) -> Any:
        """The value whose cells hold these numbers."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        """All values, in order."""
        for numbers in product(*(range(cell.size) for cell in self.cells)):
            yield self.decode(numbers)

    def __contains__(self, value: object) -> bool:
        try:
            self.encode(value)
        except OutOfDomain:
            return False
        return True

    def rank(self, value: object) -> int:
        """The value's place in the order, from 0."""
        number = 0
        for cell, digit in zip(self.cells, self.encode(value), strict=True):
            number = number * cell.size + digit
        return number

    def unrank(self, number: int) -> Any:
        """The value at a place in the order."""
        digits = []
        for cell in reversed(self.cells):
            number, digit = divmod(number, cell.size)
            digits.append(digit)
        return self.decode(digits[::-1])


@dataclass(frozen=True)
class Scalar(Domain):
    """Values that are read and written whole: bools, enum members, literals, bounded ints, `None`.

    >>> Scalar("bool", (False, True)).encode(True)
    (1,)
    >>> 1 in Scalar("bool", (False, True))
    False
    """

    whole = True
    name: str
    values: tuple[Any, ...]
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)
    _numbers: dict[tuple[type, Any], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", (Cell("", len(self.values)),))
        numbers = {(type(value), value): number for number, value in enumerate(self.values)}
        object.__setattr__(self, "_numbers", numbers)

    def __str__(self) -> str:
        return self.name

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values)

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        return (self.rank(value),)

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        return self.values[numbers[0]]

    def rank(self, value: object) -> int:
        """The value's place in the order, from 0."""
        try:
            return self._numbers[type(value), value]
        except (KeyError, TypeError):
            raise OutOfDomain(value, self, nearly(value, self.values)) from None

    def unrank(self, number: int) -> Any:
        """The value at a place in the order."""
        return self.values[number]


def nearly(value: object, values: Sequence[object]) -> str:
    """Why a value that looks like one of ours is not: its type."""
    for other in values:
        try:
            if other == value and type(other) is not type(value):
                return f"its type is {type(value).__name__}, not {type(other).__name__}"
        except Exception:
            return ""
    return ""
