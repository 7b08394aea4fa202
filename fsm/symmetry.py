"""Interchangeable members: states that differ only in which member is which are one.

Theory. The members of a key K are *interchangeable* when renaming them turns steps into steps, initial states
into initial states and each promise into the same promise about the renamed members. Then states fall into
*orbits*, those that renaming leads to, and it is enough to look at one state of each orbit: its *canonical*
one. What follows from it follows, renamed, from all the others. With n members there are up to n! times
fewer. `swapping` checks that members are interchangeable; here it is only said what renaming does to a state.

Renaming moves a member's *block* to another member's place: the bits of its part of every map over K, and
one for each set of members that says whether it is in there, laid side by side by `Layout`. And it renumbers
each *pointer* (a cell whose value is a member, such as `Server | None`). So a member's *signature* is its
block and, below it, a bit for each pointer that points to it. The canonical state has its members in
descending order of their signatures: where nothing but blocks tells them apart, it has the least number of
its orbit. Whatever order members with equal signatures come in, the result is the same: no pointer points to
one of them, as it would have to point to all. So this is a true canonical form: two states have the same one
if and only if renaming leads from one to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fsm.domains import Domain, Scalar
from fsm.errors import Mistake, SpecError
from fsm.members import Plain, is_common, members_of, understood
from fsm.model import Model
from fsm.packing import WORD, Layout


@dataclass(frozen=True)
class Pointer:
    """A cell whose value is a member, or something else.

    Args:
        cell, shift, mask: where it lies.
        numbers: for each member the number that means it.
        members: for each number the member that it means, or -1.
    """

    cell: int
    shift: int
    mask: int
    numbers: tuple[int, ...]
    members: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Symmetry:
    """What renaming the members of a key does to the states of a model.

    Members, places, cells and bits are counted from 0; an *order* says which member comes to each place.

    Args:
        model: whose states.
        key: whose members.
        columns: for each member its cells, those of all members in the same order.
        shifts: for each member the lowest bit of its block.
        width: how many bits a block has, at most 64; none straddles a multiple of 64.
        pointers: the cells elsewhere that speak of members.
        understood: what might have been meant otherwise, for messages; empty if there is nothing.

    >>> from fsm import action, many, spec
    >>> @spec
    ... class Lamp:
    ...     on: bool = False
    ...     @action
    ...     def switch(self) -> None:
    ...         self.on = not self.on
    >>> lamps = symmetry_of(many(Lamp, 3))
    >>> {bin(lamps.canonical(state)) for state in (0b001, 0b010, 0b100)}
    {'0b1'}
    """

    model: Model
    key: Scalar
    columns: tuple[tuple[int, ...], ...]
    shifts: tuple[int, ...]
    width: int
    pointers: tuple[Pointer, ...] = ()
    understood: str = ""

    @property
    def block(self) -> int:
        """The bits of a block, shifted down to 0."""
        return (1 << self.width) - 1

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.shifts)

    @property
    def least(self) -> bool:
        """Whether a canonical state has the least number of its orbit."""
        return not self.pointers and list(self.shifts) == sorted(self.shifts)

    def canonical(self, state: int) -> int:
        """The one state that stands for all that renaming leads to from this one.

        Args:
            state: packed.
        """
        shifts, mask = self.shifts, (1 << self.width) - 1
        signatures = [state >> shift & mask for shift in shifts]
        if not self.pointers:
            for shift, old, new in zip(shifts, signatures, sorted(signatures, reverse=True), strict=True):
                state ^= (old ^ new) << shift
            return state
        for pointer in self.pointers:
            signatures = [signature << 1 for signature in signatures]
            member = pointer.members[state >> pointer.shift & pointer.mask]
            if member >= 0:
                signatures[member] |= 1
        return self.permute(state, sorted(range(len(shifts)), key=signatures.__getitem__, reverse=True))

    def permute(self, state: int, order: Sequence[int]) -> int:
        """The state with its members renamed.

        Args:
            state: packed.
            order: for each place the member whose part comes there.
        """
        shifts, mask, after = self.shifts, (1 << self.width) - 1, state
        for place, member in enumerate(order):
            if place != member:
                after ^= ((state >> shifts[place] ^ state >> shifts[member]) & mask) << shifts[place]
        for pointer in self.pointers:
            member = pointer.members[state >> pointer.shift & pointer.mask]
            if member >= 0:
                number = pointer.numbers[order.index(member)]
                after ^= (pointer.numbers[member] ^ number) << pointer.shift
        return after

    def swap(self, state: int, one: int, other: int) -> int:
        """The state with two members exchanged."""
        order = list(range(self.size))
        order[one], order[other] = other, one
        return self.permute(state, order)

    def realise(
        self,
        successors: Callable[[int], Iterable[tuple[int, int]]],
        initial: Iterable[int],
        path: Sequence[int],
    ) -> list[tuple[int | None, int]]:
        """A real run along canonical states: in it every member keeps its name.

        Args:
            successors: the events, by place in `Model.events`, that are enabled in a state, each with the
                state after it.
            initial: the initial states.
            path: canonical states, each a step after the one before, the first that of an initial state.

        Returns:
            Events with the states after them; the first entry is the initial state, with no event. Where
            several events lead on, one that is no fault is taken, and of these the first.

        Raises:
            ValueError: if there is no such run.
        """
        try:
            real = next(state for state in initial if self.canonical(state) == path[0])
            run: list[tuple[int | None, int]] = [(None, real)]
            for wanted in path[1:]:
                leading = (found for found in successors(real) if self.canonical(found[1]) == wanted)
                number, real = min(leading, key=self._preference)
                run.append((number, real))
        except (StopIteration, ValueError):
            raise ValueError("these states are no run, whichever way its members are named") from None
        return run

    def _preference(self, found: tuple[int, int]) -> tuple[bool, int]:
        return self.model.events[found[0]].action.fault, found[0]


def symmetry_of(model: Model, key: Domain | None = None) -> Symmetry:
    """What renaming the members of a model's key does.

    Args:
        model: laid out member by member, since it has such a key (see `Model.interchangeable`).
        key: the key, if it is to be insisted on.

    Raises:
        SpecError: if there is no such key, or if its members cannot be renamed, with the reasons.
    """
    known = model.interchangeable
    if not isinstance(known, Scalar) or key not in (None, known):
        asked = f"members of {key}" if key is not None else "members"
        raise SpecError(
            [
                Mistake(
                    f"{model.name} has no interchangeable {asked}: declare them, as in "
                    "`each(Server, …, symmetric=True)` or `many(Spec, 3, symmetric=True)`",
                    model.where,
                )
            ]
        )
    found = members_of({variable.name: variable.domain for variable in model.variables}, known)
    if found.plain and not is_common(known):
        raise SpecError([_beyond(model, known, plain) for plain in found.plain])
    layout = model.layout
    symmetry = Symmetry(
        model,
        known,
        columns=tuple(map(tuple, found.columns)),
        shifts=tuple(
            min((layout.slots[cell].shift for cell in column), default=0) for column in found.columns
        ),
        width=sum(layout.slots[cell].mask.bit_length() for cell in found.columns[0]),
        pointers=tuple(_pointer(layout, one.cell, one.numbers) for one in found.pointers),
        understood="" if model.copies else understood(found, known, _arguments(model, known)),
    )
    needed = symmetry.width + len(symmetry.pointers)
    if needed > WORD:
        raise SpecError(
            [
                Mistake(
                    f"what is known of one member of {known} takes {needed} bits ({symmetry.width} of its "
                    f"own, {len(symmetry.pointers)} for pointers), and at most {WORD} are possible: give the "
                    "variables smaller domains, or explore without symmetry",
                    model.where,
                )
            ]
        )
    return symmetry


def _arguments(model: Model, key: Scalar) -> list[str]:
    """The names of the arguments of actions that are members."""
    named = (p.name for action in model.actions for p in action.parameters if p.domain == key)
    return list(dict.fromkeys(named))


def _pointer(layout: Layout, cell: int, numbers: tuple[int, ...]) -> Pointer:
    slot = layout.slots[cell]
    members = [-1] * slot.size
    for member, number in enumerate(numbers):
        members[number] = member
    return Pointer(cell, slot.shift, slot.mask, numbers, tuple(members))


def _beyond(model: Model, key: Scalar, plain: Plain) -> Mistake:
    where = next(variable.where for variable in model.variables if variable.name == plain.variable)
    return Mistake(
        f"`{plain.path}` {plain.why} and names members of {key}: interchangeable members can be named by "
        f"`{key}`, `{key} | None` and `frozenset[{key}]` beside the maps over {key}, and nowhere else; write "
        "it so, or explore without symmetry",
        where,
    )
