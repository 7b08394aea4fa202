"""The nodes of a forest: what trees look at together, and the entries behind each number that can be seen.

Theory. Entries lie one after the other in an array, as the kernel wants them; the first one is the root's. A
node of few bits has one for each number, at once; a node of many has a hash table of those that were met,
which moves to more room as it fills.

A node serves all who come to it: what is in its entries is a matter of its trees, of how far they have come,
and of the number, and of nothing else.

Of trees that look at many cells a node takes those that every way known so far looks at. Where it turns out
to have many more entries than its tables have leaves, they look at some of these cells now and then only: the
tables are *narrow*, and the node is made to look at their first cell alone, where it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from fsm.native import grouping
from fsm.native.grouping import Part
from fsm.native.grown import Grown
from fsm.native.kernel import ASKED, DENSE, EMPTY, HEAD, SPARSE
from fsm.native.sparse import move, store
from fsm.native.visited import unpacked
from fsm.packing import WORD, Layout
from fsm.tables import Table

CROWDED = 4  #: times as many entries as leaves that a node may have before its tables are taken to be narrow
SMALLEST = 8  #: entries that there is room for in a new hash table


@dataclass
class Node:
    """A node: the cells that are looked at, and the trees that look at them.

    Args:
        cells: in the order in which their numbers lie in the node's number, the lowest bits first.
        parts: the trees, all of which go on.
        base: where it lies.
        is_dense: whether it has an entry for each number.
        is_narrow: whether it was made to look at one cell alone.
        filled: the numbers of which there is an entry.
        made: the entries by where the trees come to, those that depend on nothing else.
    """

    cells: tuple[int, ...]
    parts: Sequence[Part]
    base: int
    is_dense: bool
    is_narrow: bool = False
    filled: set[int] = field(default_factory=set)
    made: dict[tuple[int, ...], int] = field(default_factory=dict)


class Nodes:
    """All nodes of a forest.

    Args:
        layout: where the cells lie.
        words: of a state.
    """

    def __init__(self, layout: Layout, words: int) -> None:
        self._narrow: set[Table] = set()
        self._layout = layout
        self._words = words
        self._at: dict[int, Node] = {}
        self._heads: dict[tuple[Any, ...], int] = {}
        self._entries = Grown(np.int64)
        self._entries.append(EMPTY)

    def __getitem__(self, base: int) -> Node:
        return self._at[base]

    @property
    def entries(self) -> Any:
        """All entries; others after there are more nodes."""
        return self._entries.rows

    @property
    def root(self) -> int:
        """The entry that every state begins with."""
        return int(self._entries.rows[0])

    @root.setter
    def root(self, entry: int) -> None:
        self._entries.rows[0] = entry

    def heads(self, parts: Sequence[Part]) -> list[int]:
        """The entries that lead to the nodes in which some trees go on; new nodes, where there are none."""
        groups = grouping.grouped(self._layout, parts, self._narrow)
        return [self._head(cells, mine) for cells, mine in groups]

    def _head(self, cells: tuple[int, ...], parts: Sequence[Part]) -> int:
        key = cells, tuple((id(part.tree), id(part.at)) for part in parts)
        if key not in self._heads:
            self._heads[key] = self._new(cells, parts)
        return self._heads[key]

    def _new(self, cells: tuple[int, ...], parts: Sequence[Part]) -> int:
        bits = reduce(or_, (self._layout.slots[cell].bits for cell in cells))
        words = grouping.words_of(self._layout, cells)
        first, second, width = words[0], words[-1], bits.bit_count()
        is_dense = width <= grouping.WIDE
        base = self._entries.extend(HEAD + (1 << width if is_dense else 2))
        if not is_dense:
            self._make_room(base + HEAD, SMALLEST)
        masks = unpacked([bits], self._words).reshape(-1)
        self._entries.rows[base] = masks[first]
        self._entries.rows[base + 1] = masks[second] if second != first else 0
        self._at[base] = Node(cells, parts, base, is_dense)
        return base << 24 | second << 12 | first << 3 | (DENSE if is_dense else SPARSE)

    def number(self, node: Node, seen: int, state: int) -> int:
        """What a node sees of a state; since it was asked to look, it may have become narrow.

        Args:
            node: which.
            seen: what it saw when it was asked to look.
            state: packed.
        """
        if not node.is_narrow:
            return seen
        slot = self._layout.slots[node.cells[0]]
        return state >> slot.shift & slot.mask

    def put(self, node: Node, number: int, entry: int) -> None:
        """Keep the entry for a number; a node that turns out to be narrow keeps none, and is asked again."""
        table = node.base + HEAD
        if node.is_dense:
            self._entries.rows[table + number] = entry
        else:
            size, pairs = self._entries.rows[table : table + 2].tolist()
            if 2 * len(node.filled) >= size:
                if self._is_crowded(node):
                    self._make_narrow(node)
                    return
                self._make_room(table, 2 * size)
                move(self._entries.rows, pairs, size, table)
            store(self._entries.rows, table, number, entry)
        node.filled.add(number)

    def forget(self, base: int, number: int) -> None:
        """Take an entry that was asked for and not filled back to empty; of the root, if there is no base."""
        at = 0
        if base >= 0:
            if not self._at[base].is_dense:
                return  # a hash table keeps nothing of who asks
            at = base + HEAD + number
        if self._entries.rows[at] == ASKED:
            self._entries.rows[at] = EMPTY

    def _is_crowded(self, node: Node) -> bool:
        tables = {part.tree.table for part in node.parts}
        return len(node.cells) > 1 and len(node.filled) > CROWDED * sum(table.leaves for table in tables)

    def _make_narrow(self, node: Node) -> None:
        """Let a node look at its trees' first cell alone; which words it looks at stays."""
        cell = node.parts[0].branch.cell
        slot, words = self._layout.slots[cell], grouping.words_of(self._layout, node.cells)
        which = words.index(slot.shift // WORD) if slot.mask else 0
        masks = unpacked([slot.bits], self._words).reshape(-1)
        self._entries.rows[node.base : node.base + HEAD] = 0
        self._entries.rows[node.base + which] = masks[words[which]]
        self._make_room(node.base + HEAD, SMALLEST)
        self._narrow |= {part.tree.table for part in node.parts}
        node.cells, node.is_narrow = (cell,), True
        node.filled.clear()
        node.made.clear()

    def _make_room(self, table: int, size: int) -> None:
        """Give a hash table new room for so many pairs."""
        pairs = self._entries.extend(2 * size)
        self._entries.rows[table : table + 2] = size, pairs
