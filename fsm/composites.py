"""Domains laid out as the cells of their parts: records, optional records and maps.

A record is the cells of its fields; an optional record is a presence cell and then the record's; a map is the
cells of its value, once for each key. For what lies in one cell see `elements`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from fsm.domains import Cell, Domain, OutOfDomain, nearly
from fsm.errors import SpecError
from fsm.values import show


class _Product(Domain):
    """A domain whose values are one value of each of its parts (a private base)."""

    @property
    def parts(self) -> tuple[Domain, ...]:
        """The domains that it is made of, in the order of their cells."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """How many values there are."""
        return math.prod(part.size for part in self.parts)

    def join(self, values: Sequence[Any]) -> Any:
        """The value made of a value of each part."""
        raise NotImplementedError

    def split(self, value: Any) -> Sequence[Any]:
        """The value of each part; of a value that is ours."""
        raise NotImplementedError

    @property
    def is_frozen(self) -> bool:
        """See `Domain.is_frozen`."""
        return all(part.is_frozen for part in self.parts)

    def __iter__(self) -> Iterator[Any]:
        return map(self.join, product(*(tuple(part) for part in self.parts)))

    def rank(self, value: object) -> int:
        """The value's place in the order, from 0."""
        self.encode(value)
        number = 0
        for part, inner in zip(self.parts, self.split(value), strict=True):
            number = number * part.size + part.rank(inner)
        return number

    def unrank(self, number: int) -> Any:
        """The value at a place in the order."""
        values = []
        for part in reversed(self.parts):
            number, digit = divmod(number, part.size)
            values.append(part.unrank(digit))
        return self.join(values[::-1])


@dataclass(frozen=True)
class Record(_Product):
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

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.cls, self.fields))  # of everything below: too long to take for each look at a view

    @property
    def parts(self) -> tuple[Domain, ...]:
        """The domains of the fields."""
        return tuple(domain for _, domain in self.fields)

    def join(self, values: Sequence[Any]) -> Any:
        """See `_Product.join`."""
        named = {name: value for (name, _), value in zip(self.fields, values, strict=True)}
        try:
            return self.cls(**named)
        except Exception as error:
            shown = ", ".join(f"{name}={show(value)}" for name, value in named.items())
            raise SpecError(
                f"{self.cls.__name__}({shown}) raises {type(error).__name__}: {error}; to list the "
                "values of a record, every combination of its fields must be one"
            ) from error

    def split(self, value: Any) -> Sequence[Any]:
        """See `_Product.split`."""
        return [getattr(value, name) for name, _ in self.fields]

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

    @property
    def is_frozen(self) -> bool:
        """See `Domain.is_frozen`."""
        return self.record.is_frozen

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
class MapOf(_Product):
    """Total maps from a finite key: the value's cells once for each key, in the key's order."""

    key: Domain
    value: Domain
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)
    keys: tuple[Any, ...] = field(init=False, repr=False, compare=False)
    places: dict[tuple[type, Any], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = tuple(self.key)
        width = len(self.value.cells)
        places = {(type(key), key): number * width for number, key in enumerate(keys)}
        cells = tuple(
            Cell(f"[{show(key)}]{cell.path}", cell.size) for key in keys for cell in self.value.cells
        )
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "cells", cells)

    def __str__(self) -> str:
        return f"dict[{self.key}, {self.value}]"

    @property
    def is_frozen(self) -> bool:
        """See `Domain.is_frozen`."""
        return False

    @property
    def parts(self) -> tuple[Domain, ...]:
        """The domain of the values, once for each key."""
        return (self.value,) * len(self.keys)

    def join(self, values: Sequence[Any]) -> Any:
        """See `_Product.join`."""
        return dict(zip(self.keys, values, strict=True))

    def split(self, value: Any) -> Sequence[Any]:
        """See `_Product.split`."""
        return [value[key] for key in self.keys]

    def place(self, key: object) -> int:
        """Which of the map's cells the key's value begins at; raises `OutOfDomain` for no key of ours."""
        try:
            return self.places[type(key), key]
        except (KeyError, TypeError):
            pass
        try:
            return self.places[key.__class__, key]
        except (KeyError, TypeError):
            raise OutOfDomain(key, self.key, nearly(key, self.keys)) from None

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


def every_map(keys: Sequence[Any], values: Sequence[Any]) -> Iterator[dict[Any, Any]]:
    """Every map from all of the keys to some of the values, in order."""
    for chosen in product(values, repeat=len(keys)):
        yield dict(zip(keys, chosen, strict=True))
