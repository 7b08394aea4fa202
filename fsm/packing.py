"""States as numbers: every cell of every variable has its bits in one integer.

Theory. Cells are laid out in declaration order, from bit 0 up. None straddles a multiple of 64, so that an
engine of machine words can split the same integer into words; Python's integers need no splitting. A step
is then `state & keep | put`, a read is `state >> shift & mask`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain
from fsm.values import show

WORD = 64


@dataclass(frozen=True)
class Slot:
    """Where one cell lies.

    Args:
        path: the cell as people write it, such as `slots[0].state`.
        size: how many values it holds.
        shift: its lowest bit.
        mask: its bits, shifted down to 0.
    """

    path: str
    size: int
    shift: int
    mask: int

    @property
    def bits(self) -> int:
        """The cell's bits where they lie."""
        return self.mask << self.shift


@dataclass(frozen=True)
class Place:
    """Where a value of a domain begins: its first cell, counted over the whole state."""

    domain: Domain
    first: int

    @property
    def end(self) -> int:
        """One past the last cell."""
        return self.first + len(self.domain.cells)


class Layout:
    """Where everything lies.

    Args:
        variables: each variable's name and domain, in declaration order.
    """

    def __init__(self, variables: Mapping[str, Domain]) -> None:
        self.places: dict[str, Place] = {}
        slots: list[Slot] = []
        shift = 0
        for name, domain in variables.items():
            self.places[name] = Place(domain, len(slots))
            for cell in domain.cells:
                width = (cell.size - 1).bit_length()
                if shift % WORD + width > WORD:
                    shift += WORD - shift % WORD
                slots.append(Slot(name + cell.path, cell.size, shift, (1 << width) - 1))
                shift += width
        self.slots = tuple(slots)
        self.bits = shift

    @property
    def words(self) -> int:
        """How many 64-bit words a state takes, at least one."""
        return max(1, -(-self.bits // WORD))

    def pack(self, values: Mapping[str, Any]) -> int:
        """The state in which each variable has the given value; raises `OutOfDomain`."""
        state = 0
        for name, place in self.places.items():
            numbers = place.domain.encode(values[name])
            for slot, number in zip(self.slots[place.first : place.end], numbers, strict=True):
                state |= number << slot.shift
        return state

    def numbers(self, state: int, place: Place) -> tuple[int, ...]:
        """The numbers of a place's cells in a state."""
        return tuple(state >> slot.shift & slot.mask for slot in self.slots[place.first : place.end])

    def value(self, state: int, name: str) -> Any:
        """One variable's value in a state."""
        place = self.places[name]
        return place.domain.decode(self.numbers(state, place))

    def unpack(self, state: int) -> dict[str, Any]:
        """Every variable's value in a state."""
        return {name: self.value(state, name) for name in self.places}

    def items(self, state: int) -> list[tuple[str, str]]:
        """The state as people read it: a path and a shown value for each part, records field by field."""
        return [(path, show(self._decoded(state, place))) for path, place in self.parts]

    def changes(self, before: int, after: int) -> list[tuple[str, str, str]]:
        """What differs between two states: path, old value, new value."""
        found = []
        for path, place in self.parts:
            old, new = self.numbers(before, place), self.numbers(after, place)
            if old != new:
                decode = place.domain.decode
                found.append((path, show(decode(old)), show(decode(new))))
        return found

    @cached_property
    def parts(self) -> tuple[tuple[str, Place], ...]:
        """The finest pieces that have a value of their own, in order."""
        found: list[tuple[str, Place]] = []
        for name, place in self.places.items():
            found += _parts(name, place)
        return tuple(found)

    def _decoded(self, state: int, place: Place) -> Any:
        return place.domain.decode(self.numbers(state, place))


def _parts(path: str, place: Place) -> Sequence[tuple[str, Place]]:
    domain = place.domain
    if isinstance(domain, Maybe):
        return [(path, place)]
    if isinstance(domain, Record):
        inner: list[tuple[str, Place]] = []
        at = place.first
        for name, part in domain.fields:
            inner += _parts(f"{path}.{name}", Place(part, at))
            at += len(part.cells)
        return inner
    if isinstance(domain, MapOf):
        width = len(domain.value.cells)
        inner = []
        for number, key in enumerate(domain.keys):
            inner += _parts(f"{path}[{show(key)}]", Place(domain.value, place.first + number * width))
        return inner
    return [(path, place)]
