"""The trees of many tables as one, flat, for the kernel; they grow where states meet empty entries.

Theory. A table's tree looks at cells in the order in which its body read them; trees share nodes (see
`nodes`, and `grouping` for which do). The *bundle* behind a number holds what is settled by then (the
outcomes) and goes on with nodes for what is looked at next. So trees are merged only where they read the
same, and most of a state is seen in a handful of looks.

Nodes of which all trees judge states are kept *aside*: where a state differs from its origin in nothing that
they look at, they have nothing new to say.

A promise about the steps of an event is looked at only where the event is enabled: it repeats what the event
reads, so it begins where the event's tree ends, with what that has seen and what the node sees. Where it is
kept by every step that changes nothing it looks at, it is not asked of such steps.

An entry is made when a state comes to it: then every table that has a part in the node has run its body.
What trees look at is known better when more states have passed; a forest that is planted anew then has
better nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any

import numpy as np

from fsm.native.diamonds import Footprints
from fsm.native.grouping import Part, Tree
from fsm.native.grown import Grown
from fsm.native.kernel import (
    ALIVE,
    ASKED,
    BUNDLE,
    EMPTY,
    FEW,
    FLAGS,
    HAS_CALLS,
    HAS_MOVES,
    HAS_TOLD,
    NOTHING,
    ROW,
    Trees,
)  # fmt: skip
from fsm.native.nodes import Nodes
from fsm.native.outcomes import Outcomes
from fsm.native.shapes import shape_of
from fsm.native.visited import unpacked
from fsm.native.ways import beginning_of, end_of, seen_by, way_of
from fsm.packing import Layout
from fsm.tables import Branch, Disabled, Step, Table, Undefined, touched


@dataclass
class Bundle:
    """What is settled at one entry.

    Args:
        events: the enabled events, by place.
        bounded: how many events a `limit` stops.
        told: the trees of predicates whose sought answer this is.
        calls: the trees whose tables are full, so that each state has to be asked.
    """

    events: list[int] = field(default_factory=list)
    bounded: int = 0
    told: list[Tree] = field(default_factory=list)
    calls: list[Tree] = field(default_factory=list)


class Forest:
    """Trees that are walked together.

    Args:
        layout: where the cells lie.
        trees: which tables take part.
        words: how many words a state has.
        footprints: of steps; shared with other forests.
        alive: what has to be settled in a state for it not to be told of as idle.
        promises: what is watched in steps, by the place of their event.
    """

    def __init__(
        self,
        layout: Layout,
        trees: Iterable[Tree],
        words: int,
        footprints: Footprints,
        alive: Callable[[Bundle], bool] = lambda bundle: bool(bundle.events or bundle.bounded),
        promises: Mapping[int, Sequence[Tree]] = MappingProxyType({}),
    ) -> None:
        self.layout = layout
        self.trees_in = tuple(trees)
        self.words = words
        self._footprints = footprints
        self._alive = alive
        self._promises = promises
        self.nodes = Nodes(layout, words)
        #: how many trees a walk goes through at most
        self.size = len(self.trees_in) + sum(map(len, promises.values()))
        self._asides: list[tuple[int, list[Table]]] = []
        self.bundles: list[Bundle] = []
        self._rows = Grown(np.uint32, ROW)
        self._heads = Grown(np.int64)
        self._chosen = Grown(np.uint32, spare=FEW)
        self._outcomes = Outcomes(words, footprints)

    @property
    def trees(self) -> Trees:
        """The arrays for the kernel; they are others after the forest has grown."""
        return Trees(
            self.nodes.entries, self._beginning(), self._rows.rows.reshape(-1), self._heads.rows,
            self._chosen.rows, *self._outcomes.arrays, self._footprints.rows,
            np.array([head for head, _ in self._asides], np.int64), self._reaches(), shape_of(self.words),
        )  # fmt: skip

    def _beginning(self) -> Any:
        """The entries that every state begins with: the nodes of the root, if it settles nothing."""
        root = self.nodes.root
        if root & 7 == BUNDLE:
            _, count, node, last = self._rows.rows[root >> 24].tolist()
            nodes, flags = divmod(last, 1 << FLAGS)
            if not (count or flags or self.bundles[root >> 24].bounded):
                return self._heads.rows[node : node + nodes].copy()
        return np.array([root], np.int64)

    def fill(self, base: int, number: int, state: int) -> None:
        """Make the entry that a state has come to.

        Args:
            base: the node, or -1 for the root.
            number: what the node saw of the state.
            state: packed.

        Raises:
            SpecError: where a body is wrong.
        """
        if base < 0:
            if self.nodes.root & 7 in (EMPTY, ASKED):
                roots = [Part(tree, beginning_of(tree.table, state), 0) for tree in self.trees_in]
                self.nodes.root, _ = self._entry(roots, (), state)
            return
        node = self.nodes[base]
        number = self.nodes.number(node, number, state)
        if number in node.filled:
            return
        ends = [end_of(part, state, node.cells) for part in node.parts]
        key = tuple(map(id, ends))  # tables keep what is in them
        entry = node.made.get(key)
        if entry is None:
            parts = zip(node.parts, ends, strict=True)
            found = [Part(part.tree, end, seen_by(part, end, state)) for part, end in parts]
            entry, is_fixed = self._entry(found, node.cells, state)
            if is_fixed:
                node.made[key] = entry
        self.nodes.put(node, number, entry)

    def _entry(self, found: list[Part], cells: Collection[int], state: int) -> tuple[int, bool]:
        """The entry for what some trees have come to, and whether that is all that it depends on.

        Args:
            found: how far they have come; promises about the steps that are enabled are added.
            cells: those that the node looks at of which this is an entry; none for the root's.
            state: one that comes here.
        """
        bundle, steps, trees = Bundle(), dict[Step, int](), len(found)
        parts: list[Part] = []
        for part in found:  # which grows
            tree, leaf = part.tree, part.at
            if leaf is True or leaf is False:
                if leaf is tree.sought:
                    bundle.told.append(tree)
            elif type(leaf) is Branch:
                parts.append(part)
            elif leaf is None:
                bundle.calls.append(tree)
                found += self._promised(tree, -1, cells, state)
            elif isinstance(leaf, Undefined):
                raise leaf.error
            elif isinstance(leaf, Step):
                assert tree.event is not None
                bundle.events.append(tree.event)
                steps.setdefault(leaf, part.seen | touched(leaf, self.layout))
                found += self._promised(tree, ~leaf.keep, cells, state)
            elif isinstance(leaf, Disabled):
                bundle.bounded += leaf.bounded
        is_fixed = len(found) == trees  # how far promises come depends on what the node sees
        plain = not steps and not bundle.bounded and not bundle.told and not bundle.calls
        if plain and not parts:
            return NOTHING, is_fixed
        heads = self.nodes.heads(parts)
        if not cells:
            heads = self._set_aside(heads)
        if plain and len(heads) < 2:
            return heads[0] if heads else NOTHING, is_fixed
        flags = HAS_CALLS if bundle.calls else 0
        flags |= HAS_MOVES if any(step.moves for step in steps) else 0
        flags |= HAS_TOLD if bundle.told else 0
        outcomes = [self._outcomes.number(step, footprint) for step, footprint in steps.items()]
        first, begin = self._chosen.place(outcomes), self._heads.place(heads)
        self.bundles.append(bundle)
        alive = ALIVE if self._alive(bundle) else 0
        row = self._rows.append((first, len(outcomes), begin, len(heads) << FLAGS | flags))
        return row << 24 | alive | BUNDLE, is_fixed

    def _promised(self, tree: Tree, changed: int, cells: Collection[int], state: int) -> list[Part]:
        """How far the promises about an event's steps come.

        By what the entry's node looks at, and by what the event has looked at: that is the same for all who
        come here. What other trees have seen on the way is not.

        Args:
            tree: the event's; of another one there are none.
            changed: the bits that the step changes.
            cells, state: as for `_entry`.
        """
        promises = self._promises.get(tree.event, ()) if tree.event is not None and not tree.watch else ()
        asked = [promise for promise in promises if changed & promise.sight]
        if not asked:
            return []
        way = set(way_of(tree.table.root, state))
        seen, found = {*cells, *(cell for cell, classes in way if classes is None)}, []
        for promise in asked:
            part = Part(promise, beginning_of(promise.table, state), 0)
            end = end_of(part, state, seen, way)
            found.append(Part(promise, end, seen_by(part, end, state)))
        return found

    def _set_aside(self, heads: list[int]) -> list[int]:
        """Of the first nodes keep those aside that only judge states; returns the others."""
        tables = [(head, self.nodes[head >> 24].parts) for head in heads]
        self._asides = [
            (head, [part.tree.table for part in parts])
            for head, parts in tables
            if all(part.tree.judges for part in parts)
        ]
        aside = {head for head, _ in self._asides}
        return [head for head in heads if head not in aside]

    def _reaches(self) -> Any:
        """For each node that is kept aside the bits that its trees look at anywhere, as a state has them."""
        masks = [reduce(or_, (table.mask for table in tables)) for _, tables in self._asides]
        return unpacked(masks, self.words).reshape(-1, self.words)
