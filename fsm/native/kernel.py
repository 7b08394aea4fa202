"""The walk through the trees of a spec, compiled once for every spec: nothing here knows what a state means.

A state is one word (a row of `states` is a number) or several (a row is an array): each function is
compiled for both, and `states.ndim` is a constant to the compiler. Words are signed to it; a shift and a
mask give the same bits either way. All functions release the interpreter lock.

Trees. An *entry* says what follows: its lowest bits are its kind.

    EMPTY      nobody has come this way yet: the body has to be run
    NOTHING    nothing is enabled and nothing is to be told
    BUNDLE     what follows is in a row of `bundles`: outcomes to apply, nodes to go on with
    ASKED      an empty one that is already on the list of those to be filled
    DENSE      bits that lie side by side are looked at: where, and where the entries for each number begin
    GATHER     the same for bits from several places: how many, where they lie, then the entries
    SPARSE     the same for many bits, with the entries in a hash table

The descriptor of a node sits in the entry that leads to it, so that a visit costs one load.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.native.diamonds import Past
from fsm.native.hashing import mixed

EMPTY, NOTHING, BUNDLE, ASKED, DENSE, GATHER, SPARSE = range(7)
ALIVE = 1 << 3  #: in the entry of a bundle: something is enabled, or stopped by a `limit`
HAS_CALLS, HAS_MOVES = 1, 2  #: in the row of a bundle
FEW = 4  #: outcomes of a bundle that are laid out without a jump
DONE, OUT, IDLE, MISSES, CALLED = range(5)  #: what `expand` reports, by place in `told`


class Trees(NamedTuple):
    """The trees of a spec, as far as they have grown.

    Args:
        entries: of all nodes; the first one is the root's.
        bundles: rows of: first outcome, end of the outcomes, first node, end of the nodes, flags.
        nodes: the entries of the nodes that bundles go on with.
        parts: for each outcome where its parts begin; one more than there are outcomes.
        where, keep, put: for each part the word, the bits of it that stay and those that are set.
        moved: for each outcome where its moves begin; one more than there are outcomes.
        moves: rows of: word and shift from, mask, word and shift to.
        marks: for each outcome the mark of its footprint.
        footprints: for each mark the bits; see `diamonds`.
        asides, reaches: nodes that need a look only where a state differs from its origin in these bits.
    """

    entries: Any
    bundles: Any
    nodes: Any
    parts: Any
    where: Any
    keep: Any
    put: Any
    moved: Any
    moves: Any
    marks: Any
    footprints: Any
    asides: Any
    reaches: Any


class Bench(NamedTuple):
    """Where one worker lays out what it works on.

    Args:
        hits, seen: for each bundle how often it was met, and the place where it was met first.
        idle: places at which nothing is enabled.
        misses: nodes and places at which an entry is empty; rows of two.
        called: bundles and places that need a call; rows of two.
        stack, trail, todo: for one state, as long as it can take; `todo` for `FEW` more.
        told: what is reported; see `DONE` and its like.
    """

    hits: Any
    seen: Any
    idle: Any
    misses: Any
    called: Any
    stack: Any
    trail: Any
    todo: Any
    told: Any


@compiled
def expand(
    states: Any, first: int, last: int, trees: Trees, bench: Bench, past: Past, out: Any, filled: int,
    ends: Any, counting: bool, keeping: bool,
) -> None:  # fmt: skip
    """Walk the trees for some states and write what follows from them.

    States up to the first one with an empty entry are expanded; from there on empty ones are collected.

    Args:
        states: every state.
        first, last: the places to expand.
        trees, bench, past: see there.
        out, filled: rows for the successors, and how many are there already.
        ends: for each of the places the end of its successors.
        counting: whether hits are counted.
        keeping: whether steps that change nothing are successors, too.
    """
    entries, bundles, nodes = trees.entries, trees.bundles, trees.nodes
    keep, put, moves = trees.keep, trees.put, trees.moves
    marks, footprints = trees.marks, trees.footprints
    stack, trail, todo, misses = bench.stack, bench.trail, bench.todo, bench.misses
    most = len(stack)
    n_out, n_idle, n_misses, n_called, done = filled, 0, 0, 0, 0
    scouting = False
    for place in range(first, last):
        if n_out + (n_called + 1) * most > out.shape[0] or n_misses + most > misses.shape[0]:
            break
        if n_called + most > bench.called.shape[0]:
            break
        length, alive, missing = 0, np.int64(0), False
        depth = 1
        stack[0] = entries[0]
        if states.ndim == 1:
            state = states[place]
        known = False
        if past.seeing:
            origin, came = past.origins[place], past.came[place]
            known = origin >= past.since and origin != place
            if states.ndim == 1:
                before = states[origin]
                behind = footprints[came]
                difference = before ^ state
        for aside in range(trees.asides.shape[0]):
            differs = not known
            if known:
                for word in range(trees.reaches.shape[1]):
                    if states.ndim == 1:
                        differs |= difference & trees.reaches[aside, word] != 0
                    else:
                        change = states[origin, word] ^ states[place, word]
                        differs |= change & trees.reaches[aside, word] != 0
            stack[depth] = trees.asides[aside]
            depth += differs
        while depth > 0:
            depth -= 1
            entry = stack[depth]
            base = np.int64(-1)
            kind = entry & 7
            while kind >= DENSE:
                base = entry >> 24
                if states.ndim == 1:
                    number = state >> (entry >> 3 & 63) & ((np.int64(1) << (entry >> 9 & 63)) - 1)
                else:
                    word = states[place, entry >> 15 & 511]
                    number = word >> (entry >> 3 & 63) & ((np.int64(1) << (entry >> 9 & 63)) - 1)
                if kind == SPARSE:
                    entry = _sparse(entries, base, number)
                else:
                    at = base + number
                    if kind == GATHER:
                        size = entry >> 9 & 63
                        for part in range(base + 2, base + 1 + entries[base]):
                            field = entries[part]
                            bits = np.int64(1) << (field >> 9 & 63)
                            if states.ndim == 1:
                                at += (state >> (field >> 3 & 63) & (bits - 1)) << size
                            else:
                                at += (states[place, field >> 15] >> (field >> 3 & 63) & (bits - 1)) << size
                            size += field >> 9 & 63
                        at += 1 + entries[base]
                    entry = entries[np.uint64(at)]
                    if entry == EMPTY:
                        entries[at] = ASKED
                kind = entry & 7
            if kind == BUNDLE:
                bundle = entry >> 24
                trail[length] = bundle
                length += 1
                alive |= entry & ALIVE
                for node in range(bundles[bundle, 2], bundles[bundle, 3]):
                    stack[depth] = nodes[node]
                    depth += 1
            elif kind == EMPTY:
                missing = True
                misses[n_misses, 0] = base
                misses[n_misses, 1] = place
                n_misses += 1
            elif kind == ASKED:
                missing = True
        scouting |= missing
        if scouting:
            continue
        total, moving = 0, np.int64(0)
        for step in range(length):
            bundle = trail[step]
            if counting:
                if bench.hits[bundle] == 0:
                    bench.seen[bundle] = place
                bench.hits[bundle] += 1
            begin = bundles[bundle, 0]
            several = bundles[bundle, 1] - begin
            for outcome in range(FEW):
                todo[total + outcome] = begin + outcome
            for outcome in range(FEW, several):
                todo[total + outcome] = begin + outcome
            total += several
            flags = bundles[bundle, 4]
            moving |= flags & HAS_MOVES
            if flags & HAS_CALLS:
                bench.called[n_called, 0] = bundle
                bench.called[n_called, 1] = place
                n_called += 1
        for step in range(total):
            outcome = todo[step]
            if states.ndim == 1:
                after = state & keep[outcome] | put[outcome]
                if moving:
                    for move in range(trees.moved[outcome], trees.moved[outcome + 1]):
                        after |= (state >> moves[move, 1] & moves[move, 2]) << moves[move, 4]
                out[np.uint64(n_out)] = after
                wanted = keeping | (after != state)
                if past.seeing:
                    mark = marks[outcome]
                    past.goes[np.uint64(n_out)] = mark
                    apart = difference & footprints[mark] | (after ^ state) & behind
                    wanted &= (apart != 0) | (before ^ state ^ after >= state)
                n_out += wanted
            else:
                changed = keeping
                for word in range(states.shape[1]):
                    out[n_out, word] = states[place, word]
                for part in range(trees.parts[outcome], trees.parts[outcome + 1]):
                    word = trees.where[part]
                    out[n_out, word] = out[n_out, word] & keep[part] | put[part]
                for move in range(trees.moved[outcome], trees.moved[outcome + 1]):
                    value = states[place, moves[move, 0]] >> moves[move, 1] & moves[move, 2]
                    out[n_out, moves[move, 3]] |= value << moves[move, 4]
                for word in range(states.shape[1]):
                    changed |= out[n_out, word] != states[place, word]
                if past.seeing:
                    past.goes[n_out] = marks[outcome]
                    changed &= not _closes(
                        states, place, origin, out, n_out, footprints, marks[outcome], came
                    )
                n_out += changed
        if not alive and n_idle < len(bench.idle):
            bench.idle[n_idle] = place
            n_idle += 1
        ends[done] = n_out
        done += 1
    told = bench.told
    told[DONE], told[OUT], told[IDLE], told[MISSES], told[CALLED] = done, n_out, n_idle, n_misses, n_called


@njit
def _closes(
    states: Any, place: int, origin: int, out: Any, row: int, footprints: Any, goes: Any, came: Any
) -> bool:  # fmt: skip
    """Whether a step closes a diamond whose other side is known before; see `diamonds`.

    Args:
        states, place, origin: where the step is taken, and where that was found from.
        out, row: where it leads.
        footprints, goes, came: the marks of this step and of the one that was taken before.
    """
    apart: Any = True
    earlier: Any = False
    for word in range(states.shape[1]):
        here = states[place, word]
        difference, change = states[origin, word] ^ here, out[row, word] ^ here
        apart &= difference & footprints[goes, word] | change & footprints[came, word] == 0
        other = np.uint64(states[origin, word] ^ change)
        earlier = other < np.uint64(here) or (earlier and other == np.uint64(here))
    return bool(apart and earlier)


@njit
def _sparse(entries: Any, base: int, number: int) -> Any:
    """The entry for a number at a sparse node, which says how many pairs there is room for, and where."""
    size, pairs = entries[base], entries[base + 1]
    at = mixed(number) & (size - 1)
    while True:
        key = entries[pairs + 2 * at]
        if key == number + 1:
            return entries[pairs + 2 * at + 1]
        if key == 0:
            return np.int64(EMPTY)
        at = (at + 1) & (size - 1)


@compiled
def store(entries: Any, base: int, number: int, entry: int) -> None:
    """Keep the entry for a number at a sparse node that has room for it."""
    size, pairs = entries[base], entries[base + 1]
    at = mixed(np.int64(number)) & (size - 1)
    while entries[pairs + 2 * at] != 0:
        at = (at + 1) & (size - 1)
    entries[pairs + 2 * at] = number + 1
    entries[pairs + 2 * at + 1] = entry
