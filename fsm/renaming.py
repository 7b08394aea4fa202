"""What becomes of a model's events, steps and properties when two interchangeable members are exchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from fsm.capture import Bound, bind
from fsm.domains import Domain
from fsm.members import renamed
from fsm.model import Kind, Parameter, Property
from fsm.symmetry import Symmetry
from fsm.tables import Step
from fsm.values import show

Allowed = Mapping[int, frozenset[int]]  #: for each cell that was looked at the numbers that it may hold


class Swap:
    """The exchange of two members: what becomes of cells, numbers, events and properties.

    Args:
        symmetry: of which model and key.
        one, other: the members, by place.
    """

    def __init__(self, symmetry: Symmetry, one: int, other: int) -> None:
        self.symmetry = symmetry
        self.members = one, other
        self._places = list(range(symmetry.size))
        self._places[one], self._places[other] = other, one
        self._cells: dict[int, int] = {}
        for here, there in zip(symmetry.columns[one], symmetry.columns[other], strict=True):
            self._cells[here], self._cells[there] = there, here
        self._numbers = {held.cell: (held.numbers[one], held.numbers[other]) for held in symmetry.pointers}
        self._known: dict[Step, dict[int, int]] = {}

    def __str__(self) -> str:
        return " and ".join(show(self.symmetry.key.values[member]) for member in self.members)

    def state(self, state: int) -> int:
        """What becomes of a state."""
        return self.symmetry.permute(state, self._places)

    def cell(self, cell: int) -> int:
        """Where a cell goes."""
        return self._cells.get(cell, cell)

    def number(self, cell: int, number: int) -> int:
        """What becomes of a number that a cell holds."""
        if cell in self._numbers:
            one, other = self._numbers[cell]
            return other if number == one else one if number == other else number
        return number

    def value(self, value: Any, domain: Domain) -> Any:
        """What becomes of a value that an argument or a pointer has."""
        return renamed(value, domain, self.symmetry.key, self._places)

    @cached_property
    def events(self) -> tuple[int, ...]:
        """For each event, by place in `Model.events`, the place of the one that it becomes."""
        places: dict[tuple[str, int], int] = {}
        became: list[tuple[str, int]] = []
        for place, event in enumerate(self.symmetry.model.events):
            name, parameters = event.action.name, event.action.parameters
            places[name, _number(parameters, event.arguments)] = place
            became.append((name, _number(parameters, self._arguments(parameters, event.arguments))))
        return tuple(places[event] for event in became)

    def agrees(self, step: Step, other: Step, allowed: Allowed) -> bool:
        """Whether another step is what a step becomes.

        Args:
            step, other: the steps.
            allowed: where they are to agree: the states whose cells, after the exchange, hold these numbers.
        """
        mine = {
            self.cell(cell): self._content(cell, content, allowed)
            for cell, content in self._contents(step).items()
        }
        theirs = self._contents(other)
        return all(
            _resolved(mine.get(cell, ~cell), allowed) == _resolved(theirs.get(cell, ~cell), allowed)
            for cell in mine.keys() | theirs.keys()
        )

    def _contents(self, step: Step) -> dict[int, int]:
        """What a step puts into cells: a number, or ~cell where it copies that cell of the state before."""
        if step not in self._known:
            slots = self.symmetry.model.layout.slots
            cells = {slot.shift: cell for cell, slot in enumerate(slots) if slot.mask}
            found = {
                cell: step.put >> slot.shift & slot.mask
                for cell, slot in enumerate(slots)
                if slot.mask and not step.keep & slot.bits
            }
            found.update((cells[target], ~cells[origin]) for origin, mask, target in step.moves if mask)
            self._known[step] = found
        return self._known[step]

    def _content(self, cell: int, content: int, allowed: Allowed) -> int | None:
        """What becomes of the content of a cell; nothing where that is neither one number nor a copy."""
        if content >= 0:
            return self.number(cell, content)
        origin = ~content
        there = self.cell(origin)
        if self._numbers.get(cell) == self._numbers.get(origin):
            return ~there
        numbers = allowed.get(there, frozenset())
        if len(numbers) != 1:
            return None
        return self.number(cell, self.number(origin, min(numbers)))

    def bound(self, bound: Bound) -> Bound:
        """The property with what its arguments become."""
        parameters = bound.asked.parameters
        arguments = self._arguments(parameters, bound.arguments)
        return Bound(bound.asked, arguments, _number(parameters, arguments))

    def _arguments(self, parameters: Sequence[Parameter], arguments: Sequence[Any]) -> tuple[Any, ...]:
        """What arguments become: the one that chooses the copy, or, where none does, all."""
        copying = [p.domain for p in parameters[: self.symmetry.model.copies]]
        only = copying.index(self.symmetry.key) if self.symmetry.key in copying else None
        return tuple(
            self.value(argument, parameter.domain) if only in (None, place) else argument
            for place, (parameter, argument) in enumerate(zip(parameters, arguments, strict=True))
        )


def swaps(symmetry: Symmetry) -> list[Swap]:
    """The exchanges of neighbours: every renaming is made of these."""
    return [Swap(symmetry, one, other) for one, other in pairwise(range(symmetry.size))]


def image(symmetry: Symmetry, bound: Bound, one: int, other: int) -> Bound:
    """What a property with its arguments becomes when two members are exchanged.

    Args:
        symmetry: whose members.
        bound: the property.
        one, other: the members, by place.
    """
    return Swap(symmetry, one, other).bound(bound)


def orbit(symmetry: Symmetry, bound: Bound) -> tuple[Bound, ...]:
    """All that a property with its arguments becomes by renaming, itself included, in order.

    In a state each of them has the answer that the first has in some renamed state. So in the canonical
    states all of them are asked, and what one of them answers is an answer to all: a `sometimes` that was
    witnessed for one member was witnessed for each.

    Args:
        symmetry: whose members.
        bound: the property.
    """
    found, rest, exchanges = {bound}, [bound], swaps(symmetry)
    while rest:
        new = {swap.bound(rest[-1]) for swap in exchanges} - found
        rest[-1:] = new
        found |= new
    return tuple(sorted(found, key=lambda one: one.number))


def decidable(symmetry: Symmetry, asked: Property) -> str:
    """Why a property cannot be decided on canonical states; nothing if it can.

    Args:
        symmetry: whose members.
        asked: the property.
    """
    if asked.kind.over_runs:
        return "it follows whole runs, and up to renaming these are not told apart; explore without symmetry"
    if asked.kind is not Kind.RECOVERABLE:
        return ""
    exchanges = swaps(symmetry)
    if all(swap.bound(bound) == bound for bound in bind(asked) for swap in exchanges):
        return ""
    return (
        "it follows one member along a run, and where members are interchangeable nobody knows which one "
        "it was; explore without symmetry"
    )


def _resolved(content: int | None, allowed: Allowed) -> int | None:
    """A content as a number, where only one is allowed."""
    if content is None or content >= 0 or len(allowed.get(~content, ())) != 1:
        return content
    return min(allowed[~content])


def _number(parameters: Sequence[Parameter], arguments: Sequence[Any]) -> int:
    """The place of a choice of arguments in their order."""
    number = 0
    for parameter, argument in zip(parameters, arguments, strict=True):
        number = number * parameter.domain.size + parameter.domain.rank(argument)
    return number
