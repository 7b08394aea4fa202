"""How far a tree comes in a state, and what it looks at on its way."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fsm.native.grouping import Part
from fsm.run import Read
from fsm.tables import Branch, Leaf, Table


def way_of(at: Leaf | Branch | None, state: int) -> Iterator[Read]:
    """What a tree looks at in a state, as far as it has grown."""
    while type(at) is Branch:
        yield at.cell, at.classes
        at = at.children.get(_key(at, state))


def end_of(
    part: Part, state: int, cells: Collection[int], divided: Collection[Read] = ()
) -> Leaf | Branch | None:
    """Where a tree comes to by what some cells say, and others through some partitions.

    Args:
        part: how far it has come; where it has not grown, its body is run.
        state: one with these cells.
        cells: those that are known.
        divided: what is known of others.

    Returns:
        Where it comes to; `None` where its table is full.

    Raises:
        SpecError: where a body is wrong.
    """
    at = part.at
    while type(at) is Branch and (at.cell in cells or (at.cell, at.classes) in divided):
        key = _key(at, state)
        if key not in at.children:
            part.tree.table.leaf(state)
        at = at.children.get(key)
    return at


def seen_by(part: Part, end: Leaf | Branch | None, state: int) -> int:
    """The bits that a tree has looked at in a state when it has come to an end."""
    at, seen = part.at, part.seen
    while at is not end and type(at) is Branch:
        seen |= at.mask << at.shift
        at = at.children.get(_key(at, state))
    return seen


def beginning_of(table: Table, state: int) -> Leaf | Branch | None:
    """A tree's root, after a look at one state; raises `SpecError` where its body is wrong."""
    table.leaf(state)
    return table.root


def _key(at: Branch, state: int) -> int:
    """Which child of a branch a state goes on with."""
    number = state >> at.shift & at.mask
    return number if at.classes is None else at.classes[number]
