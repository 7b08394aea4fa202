"""Domains whose values are made of elements: sets, and sequences.

A set is a cell for each element, which says whether it is in the set: what looks for one element, or adds
one, has to do with one cell (see `set_views`). A sequence lies in one cell, and is read and written whole.

A body that asks again for what it has read gets the object that it got before: making one takes longer than
most bodies do. Only so many are kept, and none that somebody could change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from fsm.domains import Cell, Domain, OutOfDomain
from fsm.values import OrderedSet

MOST_KEPT = 1 << 12  #: values of a domain that are kept


class _Collection(Domain):
    """A domain whose values are made of elements, and have a place in the order (a private base)."""

    element: Domain
    _kept: dict[int, Any]

    @property
    def is_frozen(self) -> bool:
        """See `Domain.is_frozen`."""
        return self.element.is_frozen

    def unrank(self, number: int) -> Any:
        """The value at a place in the order; the same object again, so it is none that can be changed."""
        try:
            return self._kept[number]
        except KeyError:
            value = self._value(number)
            if len(self._kept) < MOST_KEPT and self.element.is_frozen:
                self._kept[number] = value
            return value

    def _value(self, number: int) -> Any:
        """The value at a place in the order, made anew."""
        raise NotImplementedError


@dataclass(frozen=True)
class SetOf(_Collection):
    """All subsets of a domain: a cell for each element."""

    element: Domain
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)
    _kept: dict[int, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", (Cell("", 2),) * self.element.size)
        object.__setattr__(self, "_kept", {})

    def __str__(self) -> str:
        return f"frozenset[{self.element}]"

    def __iter__(self) -> Iterator[Any]:
        return map(self.unrank, range(self.size))

    @cached_property
    def elements(self) -> tuple[Any, ...]:
        """Every element, in order."""
        return tuple(map(self.element.unrank, range(self.element.size)))

    def rank(self, value: object) -> int:
        """The value's place in the order, from 0: a bit for each element."""
        if not isinstance(value, (frozenset, set)):
            raise OutOfDomain(value, self, "it is not a set")
        elements: Iterable[Any] = value
        if issubclass(type(value), OrderedSet):  # and no view of one
            elements = frozenset.__iter__(cast(OrderedSet, value))  # in any order: it would sort them
        bits, rank = 0, self.element.rank
        for element in elements:
            bits |= 1 << rank(element)
        return bits

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        bits = self.rank(value)
        return tuple(bits >> number & 1 for number in range(len(self.cells)))

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        return self.unrank(sum(bit << number for number, bit in enumerate(numbers)))

    def _value(self, number: int) -> Any:
        members = (element for n, element in enumerate(self.elements) if number >> n & 1)
        return OrderedSet.of(members, self.element)


@dataclass(frozen=True)
class SequenceOf(_Collection):
    """All tuples of at most `maxlen` elements: one cell, the shorter tuples first."""

    whole = True
    element: Domain
    maxlen: int
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)
    _kept: dict[int, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        size = sum(self.element.size**length for length in range(self.maxlen + 1))
        object.__setattr__(self, "cells", (Cell("", size),))
        object.__setattr__(self, "_kept", {})

    def __str__(self) -> str:
        return f"tuple[{self.element}, ...] of at most {self.maxlen}"

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        return (self.rank(value),)

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        return self.unrank(numbers[0])

    def rank(self, value: object) -> int:
        """The value's place in the order, from 0."""
        if not isinstance(value, tuple):
            raise OutOfDomain(value, self, "it is not a tuple")
        if len(value) > self.maxlen:
            raise OutOfDomain(value, self, f"it has {len(value)} elements")
        base = self.element.size
        number: int = sum(base**length for length in range(len(value)))
        rank = 0
        for element in value:
            rank = rank * base + self.element.rank(element)
        return number + rank

    def _value(self, number: int) -> Any:
        base, length = self.element.size, 0
        while number >= base**length:
            number -= base**length
            length += 1
        digits = []
        for _ in range(length):
            number, digit = divmod(number, base)
            digits.append(digit)
        return tuple(self.element.unrank(digit) for digit in reversed(digits))
