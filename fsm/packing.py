"""States as numbers: every cell of every variable has its bits in one integer.

Theory. Cells are laid out in declaration order, from bit 0 up. None straddles a multiple of 64, so that an
engine of machine words can split the same integer into words; Python's integers need no splitting. A step
is then `state & keep | put`, a read is `state >> shift & mask`.

Cells that belong together may be laid side by side, in one *block*: it straddles no multiple of 64 either,
and blocks of cells of the same sizes are the same inside, so that two of them are exchanged as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Cell, Domain
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
        together: groups of cells, by number, that are to lie side by side, in this order; if one of them is
            wider than a word, none does.

    >>> from fsm.domains import Scalar
    >>> pair = Scalar("range(4)", (0, 1, 2, 3))
    >>> [slot.shift for slot in Layout({"a": pair, "b": pair, "c": pair}, [(0, 2)]).slots]
    [0, 4, 2]
    """

    def __init__(self, variables: Mapping[str, Domain], together: Sequence[Sequence[int]] = ()) -> None:
        self.places: dict[str, Place] = {}
        cells: list[Cell] = []
        for name, domain in variables.items():
            self.places[name] = Place(domain, len(cells))
            cells += (Cell(name + cell.path, cell.size) for cell in domain.cells)
        widths = [(cell.size - 1).bit_length() for cell in cells]
        shifts, self.bits = _shifts(widths, together)
        self.slots = tuple(
            Slot(cell.path, cell.size, shifts[number], (1 << widths[number]) - 1)
            for number, cell in enumerate(cells)
        )

    @property
    def words(self) -> int:
        """How many 64-bit words a state takes; a single one leaves its highest bit for what is no state."""
        return 1 if self.bits < WORD else max(2, -(-self.bits // WORD))

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


def _shifts(widths: Sequence[int], together: Sequence[Sequence[int]]) -> tuple[dict[int, int], int]:
    """Each cell's lowest bit, and how many bits there are; a group lies where its first cell would."""
    if any(sum(widths[cell] for cell in group) > WORD for group in together):
        together = ()
    groups = {cell: group for group in together for cell in group}
    shifts: dict[int, int] = {}
    shift = 0
    for first in range(len(widths)):
        if first in shifts:
            continue
        group = groups.get(first, (first,))
        if shift % WORD + sum(widths[cell] for cell in group) > WORD:
            shift += WORD - shift % WORD
        for cell in group:
            shifts[cell] = shift
            shift += widths[cell]
    return shifts, shift


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
