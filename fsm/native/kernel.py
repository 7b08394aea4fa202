"""The walk through the trees of a spec, compiled once for every spec: nothing here knows what a state means.

A state is one word (a row of `states` is a number) or several (a row is an array): each function is
compiled for both, and `states.ndim` is a constant to the compiler. Words are signed to it; a shift and a
mask give the same bits either way. All functions release the interpreter lock.

Trees. An *entry* says what follows: its lowest bits are its kind.

    EMPTY      nobody has come this way yet: the body has to be run
    NOTHING    nothing is enabled and nothing is to be told
    BUNDLE     what follows is in a row of `bundles`: outcomes to apply, nodes to go on with
    ASKED      an empty one that is already on the list of those to be filled
    DENSE      some bits are looked at: where the node is, which has masks for two words, then an entry for
               each number that the bits can make
    SPARSE     the same for many bits, with the entries in a hash table

The descriptor of a node sits in the entry that leads to it: which two words it looks at, and where it is.
Nodes wait in a queue, of which the first ones, where every state begins, are never overwritten: they need
not be put there again. Indices are loaded as unsigned numbers, or made such: a negative one would count from
the end, and to ask whether it is one costs as much as the load. It is all one function, since arrays that
are handed to another one are counted at each call, which takes longer than the walk.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fsm.native.compiling import compiled
from fsm.native.diamonds import Past
from fsm.native.extraction import picked
from fsm.native.hashing import ones
from fsm.native.shapes import words_in
from fsm.native.sparse import look

EMPTY, NOTHING, BUNDLE, ASKED, DENSE, SPARSE = range(6)
HEAD = 2  #: numbers of a node before its entries: the bits of its two words that it looks at
ALIVE = 1 << 3  #: in the entry of a bundle: something is enabled, or stopped by a `limit`
FIRST, COUNT, NODE, NODES = range(4)  #: what is in the row of a bundle
ROW = 4  #: numbers in it
HAS_CALLS, HAS_MOVES, HAS_TOLD = 1, 2, 4  #: flags, which are the lowest `FLAGS` bits of its last number
FLAGS = 3
FEW = 4  #: outcomes of a bundle that are laid out without a jump
PLAIN = 4  #: numbers in the row of an outcome for states of one word; a multiple of it for several
DONE, OUT, IDLE, MISSES, CALLED, POSTPONED = range(6)  #: what `expand` reports, by place in `told`


class Trees(NamedTuple):
    """The trees of a spec, as far as they have grown.

    Args:
        entries: of all nodes; the first one is the root's.
        heads: the entries that every state begins with.
        bundles: for each a row of `ROW`: its first outcome in `chosen` and how many, its first node in
            `nodes` and how many, with the flags below.
        nodes: the entries of the nodes that bundles go on with.
        chosen: the outcomes of bundles, by number; `FEW` more than there are.
        outcomes, width: for each a row of so many numbers: for each word the bits that stay, those that are
            set and the footprint (see `diamonds`), then the mark of the footprint.
        moved: for each outcome where its moves begin; one more than there are outcomes.
        moves: rows of: word and shift from, mask, word and shift to.
        footprints: for each mark the bits.
        asides, reaches: nodes that need a look only where a state differs from its origin in these bits.
        shape: of the states.
    """

    entries: Any
    heads: Any
    bundles: Any
    nodes: Any
    chosen: Any
    outcomes: Any
    width: int
    moved: Any
    moves: Any
    footprints: Any
    asides: Any
    reaches: Any
    shape: Any


class Bench(NamedTuple):
    """Where one worker lays out what it works on.

    Args:
        hits, seen: for each bundle how often it was met, and the place where one with something to tell was
            met first.
        idle: places at which nothing is enabled.
        misses: nodes and places at which an entry is empty, and the number that was seen there; rows of
            three.
        called: bundles and places that need a call; rows of two.
        postponed: places with an empty entry that were passed over.
        pending, trail, todo: for one state the nodes to look at, the bundles met and the outcomes to apply,
            as long as they can be; `todo` for `FEW` more.
        most: how many successors and how many empty entries one state can have at most.
        told: what is reported; see `DONE` and its like.
    """

    hits: Any
    seen: Any
    idle: Any
    misses: Any
    called: Any
    postponed: Any
    pending: Any
    trail: Any
    todo: Any
    most: int
    told: Any


@compiled
def expand(
    states: Any, first: int, last: int, listed: Any, trees: Trees, bench: Bench, past: Past, out: Any,
    filled: int, ends: Any, counting: bool, keeping: bool, postponing: bool,
) -> None:  # fmt: skip
    """Walk the trees for some states and write what follows from them.

    States up to the first one with an empty entry are expanded; from there on empty ones are collected.

    Args:
        states: every state.
        first, last: the places to expand.
        listed: the places to expand instead, in order, if there are any.
        trees, bench, past: see there.
        out, filled: rows for the successors, and how many are there already.
        ends: for each of the places the end of its successors.
        counting: whether hits are counted.
        keeping: whether steps that change nothing are successors, too.
        postponing: whether states with an empty entry are passed over, as if nothing followed from them, and
            the others expanded.
    """
    entries, bundles, nodes, chosen = trees.entries, trees.bundles, trees.nodes, trees.chosen
    hits, pending, trail, todo = bench.hits, bench.pending, bench.trail, bench.todo
    outcomes, moved, moves, footprints = trees.outcomes, trees.moved, trees.moves, trees.footprints
    misses, most, goes = bench.misses, bench.most, past.goes
    words = words_in(states, trees.shape)
    width = PLAIN * len(trees.shape) if len(trees.shape) else trees.width
    n_out, n_idle, n_misses, n_called, n_postponed, done = filled, 0, 0, 0, 0, 0
    scouting, count = False, np.int64(counting)
    # Room is kept for what calls add to what a state has already; one that is postponed may need both.
    waiting, need = np.int64(0), 2 if postponing else 1
    for head in range(trees.heads.shape[0]):
        pending[head] = trees.heads[head]
    turns = listed.shape[0] or last - first
    if trees.heads.shape[0] == 1 and trees.heads[0] == EMPTY:
        turns = min(turns, 1)  # where every state begins nobody has come this way: one is enough to ask
    for turn in range(turns):
        if n_out + (waiting + need) * most > out.shape[0] or n_misses + most > misses.shape[0]:
            break
        if n_called + most > bench.called.shape[0]:
            break
        place = listed[turn] if listed.shape[0] else first + turn
        here = np.uint64(place)
        length, total, met, missing = trees.heads.shape[0], np.int64(0), 0, False
        state = states[here] if states.ndim == 1 else np.int64(0)
        if trees.asides.shape[0]:
            origin, judged = here, False
            if past.seeing:
                origin = np.uint64(past.origins[here])
                judged = past.origins[here] >= past.since and origin != here
            for aside in range(trees.asides.shape[0]):
                differs = not judged
                for word in range(words):
                    if states.ndim == 1:
                        differs |= (states[origin] ^ state) & trees.reaches[aside, word] != 0
                    else:
                        change = states[origin, word] ^ states[here, word]
                        differs |= change & trees.reaches[aside, word] != 0
                pending[length] = trees.asides[aside]
                length += differs
        settled, flags, at = np.int64(0), np.uint32(0), 0
        while at < length:
            entry = pending[at]
            at += 1
            base, number = np.int64(-1), np.int64(-1)
            kind = entry & 7
            while kind >= DENSE:
                base = np.int64(np.uint64(entry) >> np.uint64(24))
                mask = entries[np.uint64(base)]
                if states.ndim == 1:
                    number = picked(state, mask)  # type: ignore[call-arg]  # an intrinsic
                else:
                    low = states[here, np.uint64(entry >> 3 & 511)]
                    high = states[here, np.uint64(entry >> 12 & 511)]
                    beside = entries[np.uint64(base + 1)]
                    number = picked(low, mask)  # type: ignore[call-arg]  # an intrinsic
                    number |= picked(high, beside) << ones(mask)
                if kind == DENSE:
                    index = base + HEAD + number
                    entry = entries[np.uint64(index)]
                    if entry == EMPTY:
                        entries[index] = ASKED
                else:
                    entry = look(entries, base + HEAD, number)
                kind = entry & 7
            if kind == BUNDLE:
                bundle = np.int64(np.uint64(entry) >> np.uint64(24))
                trail[met] = bundle
                met += 1
                settled |= entry
                hits[bundle] += count
                row = bundle * ROW
                begin, several = np.int64(bundles[row + FIRST]), np.int64(bundles[row + COUNT])
                for outcome in range(FEW):
                    todo[total + outcome] = chosen[begin + outcome]
                for outcome in range(FEW, several):
                    todo[total + outcome] = chosen[begin + outcome]
                total += several
                flags |= bundles[row + NODES]
                node = np.int64(bundles[row + NODE])
                for later in range(np.int64(bundles[row + NODES]) >> FLAGS):
                    pending[length] = nodes[node + later]
                    length += 1
            elif kind == EMPTY:
                missing = True
                misses[n_misses, 0] = base
                misses[n_misses, 1] = place
                misses[n_misses, 2] = number
                n_misses += 1
            elif kind == ASKED:
                missing = True
        if missing or scouting:
            for step in range(met):
                hits[trail[step]] -= count
            if postponing:
                bench.postponed[n_postponed] = place
                n_postponed += 1
                waiting += 2
                ends[done] = n_out
                done += 1
            else:
                scouting, count = True, np.int64(0)
            continue
        if flags & (HAS_CALLS | HAS_TOLD):
            waiting += np.int64(flags & HAS_CALLS)  # which is 1
            for step in range(met):
                bundle = trail[step]
                mine = bundles[bundle * ROW + NODES]
                if count and mine & HAS_TOLD and (hits[bundle] == 1 or place < bench.seen[bundle]):
                    bench.seen[bundle] = place
                if mine & HAS_CALLS:
                    bench.called[n_called, 0] = bundle
                    bench.called[n_called, 1] = place
                    n_called += 1
        moving = flags & HAS_MOVES != 0
        plain = past.seeing and not moving and not keeping  # as most are: nothing has to be asked for a step
        if states.ndim == 1:
            before, behind = state, np.int64(-1)
            if past.seeing:
                before = states[np.uint64(past.origins[here])]
                behind = footprints[past.came[here]]
            difference = before ^ state
            for step in range(total if plain else 0):
                there = np.uint64(todo[step]) * np.uint64(PLAIN)
                after = state & outcomes[there] | outcomes[there + np.uint64(1)]
                change = after ^ state
                out[np.uint64(n_out)] = after
                goes[np.uint64(n_out)] = outcomes[there + np.uint64(3)]
                apart = difference & outcomes[there + np.uint64(2)] | change & behind
                n_out += (change != 0) & ((apart != 0) | (before ^ change >= state))
            for step in range(0 if plain else total):
                row = np.int64(todo[step]) * PLAIN
                after = state & outcomes[row] | outcomes[row + 1]
                if moving:
                    for move in range(moved[todo[step]], moved[todo[step] + 1]):
                        after |= (state >> moves[move, 1] & moves[move, 2]) << moves[move, 4]
                out[np.uint64(n_out)] = after
                wanted = keeping | (after != state)
                if past.seeing:
                    goes[np.uint64(n_out)] = outcomes[row + 3]
                    apart = difference & outcomes[row + 2] | (after ^ state) & behind
                    wanted &= (apart != 0) | (before ^ state ^ after >= state)
                n_out += wanted
        else:
            source, came = here, np.uint64(0)
            if past.seeing:
                source, came = np.uint64(past.origins[here]), np.uint64(past.came[here])
            for step in range(total if plain else 0):
                there, to = np.uint64(todo[step]) * np.uint64(width), np.uint64(n_out)
                changed, separate, earlier = np.int64(0), np.int64(0), False
                for word in range(words):
                    column, mine = there + np.uint64(3 * word), states[here, word]
                    after = mine & outcomes[column] | outcomes[column + np.uint64(1)]
                    change, out[to, word] = after ^ mine, after
                    changed |= change
                    separate |= (states[source, word] ^ mine) & outcomes[column + np.uint64(2)]
                    separate |= change & footprints[came, word]
                    other = np.uint64(states[source, word] ^ change)
                    earlier = (other < np.uint64(mine)) | (earlier & (other == np.uint64(mine)))
                goes[to] = outcomes[there + np.uint64(3 * words)]
                n_out += (changed != 0) & ((separate != 0) | (not earlier))
            for step in range(0 if plain else total):
                row, to = np.int64(todo[step]) * width, np.uint64(n_out)
                for word in range(words):
                    triple = row + 3 * word
                    out[to, word] = states[here, word] & outcomes[triple] | outcomes[triple + 1]
                if moving:
                    for move in range(moved[todo[step]], moved[todo[step] + 1]):
                        value = states[here, moves[move, 0]] >> moves[move, 1] & moves[move, 2]
                        out[to, moves[move, 3]] |= value << moves[move, 4]
                changed, separate, earlier = np.int64(0), np.int64(0), False
                for word in range(words):
                    mine, change = states[here, word], out[to, word] ^ states[here, word]
                    changed |= change
                    if past.seeing:
                        separate |= (states[source, word] ^ mine) & outcomes[row + 3 * word + 2]
                        separate |= change & footprints[came, word]
                        other = np.uint64(states[source, word] ^ change)
                        earlier = (other < np.uint64(mine)) | (earlier & (other == np.uint64(mine)))
                wanted = keeping | (changed != 0)
                if past.seeing:
                    goes[to] = outcomes[row + 3 * words]
                    wanted &= (separate != 0) | (not earlier)
                n_out += wanted
        if not settled & ALIVE and n_idle < len(bench.idle):
            bench.idle[n_idle] = place
            n_idle += 1
        ends[done] = n_out
        done += 1
    told = bench.told
    told[DONE], told[OUT], told[IDLE], told[MISSES], told[CALLED] = done, n_out, n_idle, n_misses, n_called
    told[POSTPONED] = n_postponed
