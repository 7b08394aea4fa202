"""Finite domains: the values that a variable may take, and their numbers.

Theory. Every domain is laid out as a row of *cells*. A cell is the unit that is read and written: it holds
a number from 0 to its size - 1. A scalar, a set and a sequence are one cell; a record is the cells of its
fields; an optional record is a presence cell and then the record's; a map is the cells of its value, once
for each key. `encode` turns a value into the numbers of its cells and `decode` turns them back; both are
total on the domain and refuse everything else.

Membership is by type *and* value: `True`, `1.0` and a member of an IntEnum are not in `range(4)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from typing import Any


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

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        try:
            return (self._numbers[type(value), value],)
        except (KeyError, TypeError):
            raise OutOfDomain(value, self, _nearly(value, self.values)) from None

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        return self.values[numbers[0]]


class OrderedSet(frozenset[Any]):
    """A frozenset that iterates in the order of its domain, whatever the hash seed."""

    __slots__ = ("_order",)
    _order: Domain

    @classmethod
    def of(cls, values: Iterable[Any], order: Domain) -> OrderedSet:
        """The set of `values`, iterated in `order`."""
        made = cls(values)
        made._order = order
        return made

    def __iter__(self) -> Iterator[Any]:
        members = list(super().__iter__())
        try:
            return iter(sorted(members, key=self._order.rank))
        except OutOfDomain:
            return iter(members)

    def __reduce__(self) -> tuple[Any, ...]:
        return (frozenset, (tuple(self),))

    def _keep(self, made: Any) -> Any:
        return OrderedSet.of(made, self._order) if isinstance(made, frozenset) else made

    def __or__(self, other: Any) -> Any:
        return self._keep(super().__or__(other))

    def __and__(self, other: Any) -> Any:
        return self._keep(super().__and__(other))

    def __sub__(self, other: Any) -> Any:
        return self._keep(super().__sub__(other))

    def __xor__(self, other: Any) -> Any:
        return self._keep(super().__xor__(other))

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__

    def __rsub__(self, other: Any) -> Any:
        return self._keep(frozenset(other) - frozenset(super().__iter__()))

    def union(self, *others: Any) -> Any:
        """As `frozenset.union`, in order."""
        return self._keep(super().union(*others))

    def intersection(self, *others: Any) -> Any:
        """As `frozenset.intersection`, in order."""
        return self._keep(super().intersection(*others))

    def difference(self, *others: Any) -> Any:
        """As `frozenset.difference`, in order."""
        return self._keep(super().difference(*others))


@dataclass(frozen=True)
class SetOf(Domain):
    """All subsets of a domain: one cell, a bit for each element."""

    element: Domain
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", (Cell("", 1 << self.element.size),))

    def __str__(self) -> str:
        return f"frozenset[{self.element}]"

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        if not isinstance(value, (frozenset, set)):
            raise OutOfDomain(value, self, "it is not a set")
        bits = 0
        for element in frozenset.__iter__(frozenset(value)):
            bits |= 1 << self.element.rank(element)
        return (bits,)

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        bits = numbers[0]
        members = (self.element.unrank(n) for n in range(self.element.size) if bits >> n & 1)
        return OrderedSet.of(members, self.element)


@dataclass(frozen=True)
class SequenceOf(Domain):
    """All tuples of at most `maxlen` elements: one cell, the shorter tuples first."""

    element: Domain
    maxlen: int
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        size = sum(self.element.size**length for length in range(self.maxlen + 1))
        object.__setattr__(self, "cells", (Cell("", size),))

    def __str__(self) -> str:
        return f"tuple[{self.element}, ...] of at most {self.maxlen}"

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        if not isinstance(value, tuple):
            raise OutOfDomain(value, self, "it is not a tuple")
        if len(value) > self.maxlen:
            raise OutOfDomain(value, self, f"it has {len(value)} elements")
        base = self.element.size
        number = sum(base**length for length in range(len(value)))
        rank = 0
        for element in value:
            rank = rank * base + self.element.rank(element)
        return (number + rank,)

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        number, base, length = numbers[0], self.element.size, 0
        while number >= base**length:
            number -= base**length
            length += 1
        digits = []
        for _ in range(length):
            number, digit = divmod(number, base)
            digits.append(digit)
        return tuple(self.element.unrank(digit) for digit in reversed(digits))


@dataclass(frozen=True)
class Record(Domain):
    """The instances of a frozen dataclass whose fields have domains: the cells of each field in turn."""

    cls: type
    fields: tuple[tuple[str, Domain], ...]
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        cells = tuple(
            Cell(f".{name}{cell.path}", cell.size) for name, domain in self.fields for cell in domain.cells
        )
        object.__setattr__(self, "cells", cells)

    def __str__(self) -> str:
        return self.cls.__name__

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        if not isinstance(value, self.cls) or value.__class__ is not self.cls:
            raise OutOfDomain(value, self)
        numbers: list[int] = []
        for name, domain in self.fields:
            try:
                numbers += domain.encode(getattr(value, name))
            except OutOfDomain as error:
                raise OutOfDomain(value, self, f"its {name}: {error}") from None
        return tuple(numbers)

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        values, at = {}, 0
        for name, domain in self.fields:
            width = len(domain.cells)
            values[name] = domain.decode(numbers[at : at + width])
            at += width
        return self.cls(**values)


@dataclass(frozen=True)
class Maybe(Domain):
    """A record or `None`: a presence cell, then the record's cells, all 0 when there is none."""

    record: Record
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", (Cell("", 2), *self.record.cells))

    def __str__(self) -> str:
        return f"{self.record} | None"

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.record.size + 1

    def __iter__(self) -> Iterator[Any]:
        yield None
        yield from self.record

    def rank(self, value: object) -> int:
        """The value's place in the order, `None` first."""
        return 0 if value is None else 1 + self.record.rank(value)

    def unrank(self, number: int) -> Any:
        """The value at a place in the order."""
        return None if number == 0 else self.record.unrank(number - 1)

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        if value is None:
            return (0,) * len(self.cells)
        return (1, *self.record.encode(value))

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        return self.record.decode(numbers[1:]) if numbers[0] else None


@dataclass(frozen=True)
class MapOf(Domain):
    """Total maps from a finite key: the value's cells once for each key, in the key's order."""

    key: Domain
    value: Domain
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)
    keys: tuple[Any, ...] = field(init=False, repr=False, compare=False)
    _places: dict[tuple[type, Any], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = tuple(self.key)
        width = len(self.value.cells)
        places = {(type(key), key): number * width for number, key in enumerate(keys)}
        cells = tuple(
            Cell(f"[{show(key)}]{cell.path}", cell.size) for key in keys for cell in self.value.cells
        )
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "cells", cells)

    def __str__(self) -> str:
        return f"dict[{self.key}, {self.value}]"

    @property
    def size(self) -> int:
        """How many values there are."""
        return int(self.value.size ** len(self.keys))

    def place(self, key: object) -> int:
        """Which of the map's cells the key's value begins at; raises `OutOfDomain` for no key of ours."""
        try:
            return self._places[type(key), key]
        except (KeyError, TypeError):
            pass
        try:
            return self._places[key.__class__, key]
        except (KeyError, TypeError):
            raise OutOfDomain(key, self.key, _nearly(key, self.keys)) from None

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        if not isinstance(value, Mapping):
            raise OutOfDomain(value, self, "it is not a dict")
        for key in value:
            self.place(key)
        missing = [key for key in self.keys if key not in value]
        if missing:
            raise OutOfDomain(value, self, f"it says nothing of {show(missing[0])}")
        return tuple(number for key in self.keys for number in self.value.encode(value[key]))

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        width = len(self.value.cells)
        return {
            key: self.value.decode(numbers[at * width : (at + 1) * width]) for at, key in enumerate(self.keys)
        }

    def __iter__(self) -> Iterator[Any]:
        for values in product(*(tuple(self.value) for _ in self.keys)):
            yield dict(zip(self.keys, values, strict=True))


def show(value: object) -> str:
    """A value as people write it: enum members by name, sets in order, fields that need it by name.

    >>> show(True), show("a"), show((1, None))
    ('True', "'a'", '(1, None)')
    """
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (frozenset, set)):
        if not isinstance(value, OrderedSet):
            return "{" + ", ".join(sorted(map(show, value))) + "}"
        return "{" + ", ".join(map(show, value)) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(show, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{show(key)}: {show(value[key])}" for key in value) + "}"
    names = getattr(value, "__dataclass_fields__", None)
    if names is not None and not isinstance(value, type):
        inner = ", ".join(_field(name, getattr(value, name)) for name in names)
        return f"{value.__class__.__name__}({inner})"
    return repr(value)


def _field(name: str, value: object) -> str:
    """A record's field: an enum member says by itself what it is, other values need the name."""
    return show(value) if isinstance(value, Enum) else f"{name}={show(value)}"


def _nearly(value: object, values: Sequence[object]) -> str:
    """Why a value that looks like one of ours is not: its type."""
    for other in values:
        try:
            if other == value and type(other) is not type(value):
                return f"its type is {type(value).__name__}, not {type(other).__name__}"
        except Exception:
            return ""
    return ""
