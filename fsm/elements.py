"""Domains whose values are made of elements and lie in one cell: sets and sequences, read and written whole.

A body that asks again for what it has read gets the object that it got before: making one takes longer than
most bodies do. Only so many are kept, and none that somebody could change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fsm.domains import Cell, Domain, OutOfDomain
from fsm.values import OrderedSet

MOST_KEPT = 1 << 12  #: values of a domain that are kept


class _Collection(Domain):
    """A domain whose values are made of elements and lie in one cell (a private base)."""

    whole = True
    element: Domain
    _kept: dict[int, Any]

    @property
    def is_frozen(self) -> bool:
        """See `Domain.is_frozen`."""
        return self.element.is_frozen

    def rank(self, value: object) -> int:
        """The value's place in the order, from 0."""
        return self.encode(value)[0]

    def unrank(self, number: int) -> Any:
        """The value at a place in the order; the same object again, so it is none that can be changed."""
        try:
            return self._kept[number]
        except KeyError:
            value = self.decode((number,))
            if len(self._kept) < MOST_KEPT and self.element.is_frozen:
                self._kept[number] = value
            return value


@dataclass(frozen=True)
class SetOf(_Collection):
    """All subsets of a domain: one cell, a bit for each element."""

    element: Domain
    cells: tuple[Cell, ...] = field(init=False, repr=False, compare=False)
    _kept: dict[int, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", (Cell("", 1 << self.element.size),))
        object.__setattr__(self, "_kept", {})

    def __str__(self) -> str:
        return f"frozenset[{self.element}]"

    def encode(self, value: object) -> tuple[int, ...]:
        """See `Domain.encode`."""
        if not isinstance(value, (frozenset, set)):
            raise OutOfDomain(value, self, "it is not a set")
        elements = frozenset.__iter__(value) if isinstance(value, frozenset) else set.__iter__(value)
        bits, rank = 0, self.element.rank
        for element in elements:  # in any order: an `OrderedSet` would sort them
            bits |= 1 << rank(element)
        return (bits,)

    def decode(self, numbers: Sequence[int]) -> Any:
        """See `Domain.decode`."""
        bits = numbers[0]
        members = (self.element.unrank(n) for n in range(self.element.size) if bits >> n & 1)
        return OrderedSet.of(members, self.element)


@dataclass(frozen=True)
class SequenceOf(_Collection):
    """All tuples of at most `maxlen` elements: one cell, the shorter tuples first."""

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
