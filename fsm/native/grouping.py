"""Which trees share a node, and what a node looks at.

Theory. Trees that look at few cells, and the same ones, share a node, which looks at all of these cells at
once. Other trees look at many cells, or at cells of more than two words. Where a node that events share looks
at the first cell of such a tree anyway, the tree goes with them. Else it has a node, with all that have the
same first cell, which looks at this cell and at those that the trees look at whatever they see, as far as
that is known; at the first cell alone, if one of the tables is narrow (see `nodes`).

What a tree looks at is known as far as states have come.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from fsm.engine import Watch
from fsm.packing import WORD, Layout
from fsm.tables import Branch, Leaf, Table

WIDE = 12  #: bits up to which a node has an entry for every number
NARROW = 7  #: bits up to which cells are looked at together though no tree looks at all of them
MOST = 60  #: bits that a node looks at, unless it looks at one cell alone
WAYS = 16  #: ways through a tree that are looked at, to see what it looks at whatever it sees


@dataclass(frozen=True)
class Tree:
    """A table with a part in the forest.

    Args:
        table: what it is.
        event: the place of the event, if it is an event's.
        sought: for a predicate the answer that is to be told of.
        watch: what is watched by it, if it is no event's.
        sight: for a promise the bits that a step has to change for it to have a say.
    """

    table: Table
    event: int | None = None
    sought: bool | None = None
    watch: Watch | None = None
    sight: int = -1

    @property
    def judges(self) -> bool:
        """Whether it judges states: the answer is the same where it looks at the same."""
        return self.watch is not None and self.watch.event is None


class Part(NamedTuple):
    """How far a tree has come.

    Args:
        tree: which.
        at: where it has come to; `None` where its table is full.
        seen: the bits that it has looked at on its way.
    """

    tree: Tree
    at: Leaf | Branch | None
    seen: int

    @property
    def branch(self) -> Branch:
        """Where it goes on."""
        assert type(self.at) is Branch
        return self.at


def grouped(
    layout: Layout, parts: Sequence[Part], narrow: Container[Table] = ()
) -> list[tuple[tuple[int, ...], list[Part]]]:
    """Which trees share a node, and which cells that looks at.

    Args:
        layout: where the cells lie.
        parts: the trees, all of which go on.
        narrow: tables of which a node takes one cell, where they look at many.
    """
    groups: list[tuple[set[int], list[Part]]] = []
    deep: dict[tuple[int, bool], list[tuple[set[int], Part]]] = {}
    reaches = [(_reach(layout, part.branch), part) for part in parts]
    for reach, part in sorted(reaches, key=lambda one: (one[1].tree.judges, -_width(layout, one[0]))):
        if not _fit(layout, reach):
            deep.setdefault((part.branch.cell, part.tree.judges), []).append((reach, part))
            continue
        for cells, mine in groups:
            if _fit(layout, cells | reach, WIDE if cells & reach else NARROW):
                cells |= reach
                mine.append(part)
                break
        else:
            groups.append((set(reach), [part]))
    fitting = list(groups)
    for (cell, judges), members in deep.items():
        mine = [part for _, part in members]
        host = None if judges else _host(fitting, cell, set[int]().union(*(reach for reach, _ in members)))
        if host is None:
            groups.append((_ahead(layout, mine, narrow), mine))
        else:
            host += mine
    return [(tuple(sorted(cells, key=lambda c: layout.slots[c].shift)), mine) for cells, mine in groups]


def _host(groups: Sequence[tuple[set[int], list[Part]]], cell: int, reach: set[int]) -> list[Part] | None:
    """The trees with whose node others may go, since it looks at their first cell and at most of the rest.

    Not with those that only judge states: these are not asked in every state.
    """
    hosts = [
        (len(cells & reach), mine)
        for cells, mine in groups
        if cell in cells and not all(part.tree.judges for part in mine)
    ]
    return max(hosts, key=lambda host: host[0])[1] if hosts else None


def _ahead(layout: Layout, parts: Sequence[Part], narrow: Container[Table]) -> set[int]:
    """What a node looks at of trees that look at many cells, with the same one first."""
    found = {parts[0].branch.cell}
    if any(part.tree.table in narrow for part in parts):
        return found
    ways = (way for part in parts for way in _ways(part.branch))
    common = next(ways)
    for way in ways:
        common = [cell for cell in common if cell in way]
        if len(common) == 1:
            break
    for cell in common:
        if _fit(layout, found | {cell}, MOST):
            found.add(cell)
    return found


def _ways(branch: Branch) -> Iterator[list[int]]:
    """What some ways through a tree look at.

    A way has a number, whose digits choose among the children: the first one at the branch itself, the next
    one behind it. So the first ways go through different children, if there are no more than `WAYS`.
    """
    for number in range(WAYS):
        at: Branch | Leaf = branch
        rest, cells = number, list[int]()
        while type(at) is Branch:
            cells.append(at.cell)
            rest, child = divmod(rest, len(at.children))
            at = next(islice(at.children.values(), child, None))
        if rest and rest == number:
            return  # there is one way
        yield cells


def words_of(layout: Layout, cells: Iterable[int]) -> list[int]:
    """The words that some cells lie in, in order; a cell of one value has no bits and lies in none."""
    slots = (layout.slots[cell] for cell in cells)
    return sorted({slot.shift // WORD for slot in slots if slot.mask}) or [0]


def _fit(layout: Layout, cells: Collection[int], most: int | None = None) -> bool:
    """Whether a node can look at some cells at once, of so many bits at most; `WIDE` unless told."""
    most = WIDE if most is None else most
    return _width(layout, cells) <= most and len(words_of(layout, cells)) <= 2


def _width(layout: Layout, cells: Iterable[int]) -> int:
    return sum(layout.slots[cell].mask.bit_length() for cell in cells)


def _reach(layout: Layout, branch: Branch) -> set[int]:
    """The cells that are known to be looked at from a branch on; not all of them where they are many."""
    cells, pending, width = set[int](), [branch], 0
    while pending and width <= WIDE:
        at = pending.pop()
        if at.cell not in cells:
            cells.add(at.cell)
            width += layout.slots[at.cell].mask.bit_length()
        pending += [child for child in at.children.values() if type(child) is Branch]
    return cells
