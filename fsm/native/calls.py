"""Bodies whose tables are full: they are called for each state, and what follows is put in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fsm.engine import alarm
from fsm.graph import Graph
from fsm.native.forest import Bundle
from fsm.native.visited import Visited, unpacked
from fsm.tables import Disabled, Step


def call(
    graph: Graph, visited: Visited, called: Sequence[tuple[Bundle, int]], counting: bool
) -> dict[int, list[int]]:
    """Call bodies.

    Args:
        graph: where alarms and counts go.
        visited: the states.
        called: the bundles and places.
        counting: whether to count and to raise alarms.

    Returns:
        For each place the states that follow.
    """
    more: dict[int, list[int]] = {}
    for bundle, place in called:
        state = visited[place]
        for tree in bundle.calls:
            leaf = tree.table.leaf(state)
            if isinstance(leaf, Step):
                more.setdefault(place, []).append(leaf.apply(state))
            if not counting:
                continue
            if tree.event is not None and tree.watch is None:
                graph.enabled[tree.event] += isinstance(leaf, Step)
                graph.bounded += isinstance(leaf, Disabled) and leaf.bounded
            elif tree.watch is not None and leaf is tree.sought:
                alarm(graph, tree.watch.bound, state, place, tree.event)
    return more


def put_in(more: dict[int, list[int]], out: Any, ends: Any, first: int, start: int, words: int) -> int:
    """Put states in among the successors, behind the others of their place.

    Args:
        more: for each place the states that follow.
        out: rows of successors.
        ends: where the successors of each place end; brought up to date.
        first: the first place.
        start: where its successors begin.
        words: of a state.

    Returns:
        Where the last ones end.
    """
    parts, at, old = [], start, start
    for number, end in enumerate(ends.tolist()):
        extra = more.get(first + number, [])
        parts += [out[old:end].copy(), unpacked(extra, words)]
        at, old = at + end - old + len(extra), end
        ends[number] = at
    if parts:
        out[start:at] = np.concatenate(parts)
    return at
