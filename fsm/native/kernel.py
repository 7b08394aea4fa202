"""The inner loops, compiled once for every spec: nothing here knows what a state means.

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
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

EMPTY, NOTHING, BUNDLE, ASKED, DENSE, GATHER, SPARSE = range(7)
ALIVE = 1 << 3  #: in the entry of a bundle: something is enabled, or stopped by a `limit`
HAS_CALLS, HAS_MOVES = 1, 2  #: in the row of a bundle
DONE, OUT, IDLE, MISSES, CALLED = range(5)  #: what `expand` reports, by place in `told`
SHARD_BITS = 4
SHARDS = 1 << SHARD_BITS
BLOCK = 64  #: successors that are hashed before they are looked up
PROVISIONAL = 1 << 31  #: in a slot of a state of several words: it still is in a row of successors
TAKEN = 1 << 30  #: in such a slot: it is not empty
MOST = TAKEN - 1  #: so many states have a place where they have several words

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


class Bench(NamedTuple):
    """Where one worker lays out what it works on.

    Args:
        hits, seen: for each bundle how often it was met, and the place where it was met first.
        idle: places at which nothing is enabled.
        misses: nodes and places at which an entry is empty; rows of two.
        called: bundles and places that need a call; rows of two.
        stack, trail: for one state, as long as it can take.
        told: what is reported; see `DONE` and its like.
    """

    hits: Any
    seen: Any
    idle: Any
    misses: Any
    called: Any
    stack: Any
    trail: Any
    told: Any


_HASH = np.int64(-7046029254386353131)  # 2⁶⁴ over the golden ratio
_MIX = np.int64(-4658895280553007687)


@intrinsic
def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of an element of a flat array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.bitcast(builder.gep(made.data, [args[1]]), cgutils.voidptr_t)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), codegen


@njit
def _mixed(word: Any) -> Any:
    """A number whose bits all depend on all bits of a word."""
    h = word ^ np.int64(np.uint64(word) >> np.uint64(32))
    h = h * _HASH
    h = h ^ np.int64(np.uint64(h) >> np.uint64(29))
    h = h * _MIX
    return h ^ np.int64(np.uint64(h) >> np.uint64(32))


@njit
def _hashed(rows: Any, row: Any) -> Any:
    """The hash of a state."""
    if rows.ndim == 1:
        return _mixed(rows[row])
    h = np.int64(0)
    for word in range(rows.shape[1]):
        h = _mixed(h ^ rows[row, word])
    return h


@njit
def _shard(h: Any) -> Any:
    return np.int64(np.uint64(h) >> np.uint64(64 - SHARD_BITS))


@njit
def _slot(h: Any, capacity: Any) -> Any:
    """Where in its shard a state belongs; grows with the hash, whatever the capacity."""
    return ((h & np.int64(0xFFFFFFFF)) * capacity) >> np.int64(32)


@njit(cache=True, nogil=True)
def expand(
    states: Any, first: int, last: int, trees: Trees, bench: Bench, out: Any, filled: int, ends: Any,
    counting: bool,
) -> None:  # fmt: skip
    """Walk the trees for some states and write what follows from them.

    States up to the first one with an empty entry are expanded; from there on empty ones are collected.

    Args:
        states: every state.
        first, last: the places to expand.
        trees, bench: see there.
        out, filled: rows for the successors, and how many are there already.
        ends: for each of the places the end of its successors.
        counting: whether hits are counted.
    """
    entries, bundles, nodes = trees.entries, trees.bundles, trees.nodes
    keep, put, moves = trees.keep, trees.put, trees.moves
    stack, trail, misses = bench.stack, bench.trail, bench.misses
    most = len(stack)
    n_out, n_idle, n_misses, n_called, done = filled, 0, 0, 0, 0
    scouting = False
    for place in range(first, last):
        if n_out + most > out.shape[0] or n_misses + most > misses.shape[0]:
            break
        if n_called + most > bench.called.shape[0]:
            break
        length, alive, missing = 0, np.int64(0), False
        depth = 1
        stack[0] = entries[0]
        if states.ndim == 1:
            state = states[place]
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
                    entry = entries[at]
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
        for step in range(length):
            bundle = trail[step]
            if counting:
                if bench.hits[bundle] == 0:
                    bench.seen[bundle] = place
                bench.hits[bundle] += 1
            flags = bundles[bundle, 4]
            for outcome in range(bundles[bundle, 0], bundles[bundle, 1]):
                if states.ndim == 1:
                    after = state & keep[outcome] | put[outcome]
                    if flags & HAS_MOVES:
                        for move in range(trees.moved[outcome], trees.moved[outcome + 1]):
                            after |= (state >> moves[move, 1] & moves[move, 2]) << moves[move, 4]
                    out[n_out] = after
                    n_out += after != state
                else:
                    changed = False
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
                    n_out += changed
            if flags & HAS_CALLS:
                bench.called[n_called, 0] = bundle
                bench.called[n_called, 1] = place
                n_called += 1
        if not alive and n_idle < len(bench.idle):
            bench.idle[n_idle] = place
            n_idle += 1
        ends[done] = n_out
        done += 1
    told = bench.told
    told[DONE], told[OUT], told[IDLE], told[MISSES], told[CALLED] = done, n_out, n_idle, n_misses, n_called


@njit
def _sparse(entries: Any, base: int, number: int) -> Any:
    """The entry for a number at a sparse node, which says how many pairs there is room for, and where."""
    size, pairs = entries[base], entries[base + 1]
    at = _mixed(number) & (size - 1)
    while True:
        key = entries[pairs + 2 * at]
        if key == number + 1:
            return entries[pairs + 2 * at + 1]
        if key == 0:
            return np.int64(EMPTY)
        at = (at + 1) & (size - 1)


@njit(cache=True)
def store(entries: Any, base: int, number: int, entry: int) -> None:
    """Keep the entry for a number at a sparse node that has room for it."""
    size, pairs = entries[base], entries[base + 1]
    at = _mixed(np.int64(number)) & (size - 1)
    while entries[pairs + 2 * at] != 0:
        at = (at + 1) & (size - 1)
    entries[pairs + 2 * at] = number + 1
    entries[pairs + 2 * at + 1] = entry


@njit(cache=True, nogil=True)
def insert(
    out: Any, start: int, end: int, table: Any, window: int, capacities: Any, used: Any, states: Any,
    owner: int, owners: int, fresh: Any, count: int, where: Any, index: Any,
) -> tuple[int, int]:  # fmt: skip
    """Look up successors, and keep the new ones; a block is hashed first and looked up after.

    So the memory is asked for many slots at once, and waits overlap.

    Args:
        out, start, end: the successors.
        table, window: the slots, and as a power of two how far apart the shards begin.
        capacities, used: of each shard.
        states: every state that has a place; for states of several words.
        owner, owners: only the shards of this owner are looked at.
        fresh, count: rows for what is new: the row of the successor, its slot; how many are there already.
        where, index: room for a block's slots, hashes and rows.

    Returns:
        The row that was come to, which is before `end` where a shard is full; and the count.
    """
    for first in range(start, end, BLOCK):
        for shard in range(owner, SHARDS, owners):
            if used[shard] + BLOCK > capacities[shard] - (capacities[shard] >> 3):
                return first, count
        n = 0
        for row in range(first, min(end, first + BLOCK)):
            h = _hashed(out, row)
            at = _home(h, window, capacities)
            where[n, 0] = at
            where[n, 1] = h
            index[n] = row
            if _shard(h) & (owners - 1) == owner:
                _prefetch(table, at)
                n += 1
        for t in range(n):
            row, at = index[t], where[t, 0]
            if out.ndim == 1:
                value = out[row] + 1
                slot = table[at]
                if slot == value:
                    continue
                shard = at >> window
                limit = (shard << window) + capacities[shard]
                while slot != 0 and slot != value:
                    at += 1
                    if at == limit:
                        at = shard << window
                    slot = table[at]
                new = slot == 0
            else:
                shard = at >> window
                limit = (shard << window) + capacities[shard]
                tag = where[t, 1] & np.int64(0xFFFFFFFF)
                value = (tag << 32) | PROVISIONAL | TAKEN | row
                new = True
                while table[at] != 0:
                    if (table[at] >> 32) & np.int64(0xFFFFFFFF) == tag and _same(out, row, states, table[at]):
                        new = False
                        break
                    at += 1
                    if at == limit:
                        at = shard << window
            if new:
                table[at] = value
                used[shard] += 1
                fresh[count, 0] = row
                fresh[count, 1] = at
                count += 1
    return end, count


@njit
def _home(h: Any, window: int, capacities: Any) -> Any:
    """The slot at which the search for a hash begins."""
    shard = _shard(h)
    return (shard << window) + _slot(h, capacities[shard])


@njit
def _same(out: Any, row: int, states: Any, slot: int) -> bool:
    """Whether the state that a slot means is the one in a row; for states of several words."""
    number = slot & MOST
    if slot & PROVISIONAL:
        for word in range(out.shape[1]):
            if out[row, word] != out[number, word]:
                return False
        return True
    for word in range(out.shape[1]):
        if out[row, word] != states[number, word]:
            return False
    return True


@njit(cache=True, nogil=True)
def settle(
    out: Any, ends: Any, first: int, fresh: Any, count: int, others: Any, more: int,
    states: Any, origins: Any, size: int, table: Any, room: Any,
) -> int:  # fmt: skip
    """Give new states their places: by the state that they come from, then by their own number.

    Args:
        out, ends, first: the successors, where those of each state end, and the place of the first one.
        fresh, count, others, more: what each of two owners found to be new, by row.
        states, origins, size: the states, the places that they were found from, how many there are.
        table: the slots; those of states of several words get to know the places.
        room: for as many slots as there is news.

    Returns:
        How many states there are.
    """
    one, two, source, run, begin = 0, 0, 0, size, size
    while one < count or two < more:
        if two >= more or (one < count and fresh[one, 0] < others[two, 0]):
            row, slot = fresh[one, 0], fresh[one, 1]
            one += 1
        else:
            row, slot = others[two, 0], others[two, 1]
            two += 1
        while ends[source] <= row:
            source += 1
            run = size
        at = size
        if out.ndim == 1:
            while at > run and states[at - 1] > out[row]:
                states[at] = states[at - 1]
                at -= 1
            states[at] = out[row]
        else:
            while at > run and _exceeds(states, at - 1, out, row):
                for word in range(out.shape[1]):
                    states[at, word] = states[at - 1, word]
                room[at - begin] = room[at - 1 - begin]
                at -= 1
            for word in range(out.shape[1]):
                states[at, word] = out[row, word]
            room[at - begin] = slot
        origins[size] = first + source
        size += 1
    if out.ndim == 2:
        for place in range(begin, size):
            slot = room[place - begin]
            table[slot] = (table[slot] >> 32 << 32) | place | TAKEN
    return size


@njit
def _exceeds(states: Any, place: int, out: Any, row: int) -> bool:
    """Whether a state has a greater number than a successor; the last word counts most."""
    for word in range(out.shape[1] - 1, -1, -1):
        one, other = np.uint64(states[place, word]), np.uint64(out[row, word])
        if one != other:
            return one > other
    return False


@njit(cache=True, nogil=True)
def clear(table: Any, begin: int, end: int, room: Any) -> int:
    """Take everything out of some slots, in their order; returns how much it is."""
    n = 0
    for at in range(begin, end):
        if table[at] != 0:
            room[n] = table[at]
            n += 1
            table[at] = 0
    return n


@njit(cache=True, nogil=True)
def refill(table: Any, window: int, shard: int, capacity: int, inline: bool, room: Any, count: int) -> None:
    """Put back what was taken out of a shard, now that it has more slots.

    Args:
        table, window: the slots.
        shard, capacity: which one, and how many slots it has.
        inline: whether a slot holds its state, and not a hash and a place.
        room, count: what was in it.
    """
    begin = shard << window
    limit = begin + capacity
    for i in range(count):
        h = _mixed(room[i] - 1) if inline else np.int64(np.uint64(room[i]) >> np.uint64(32))
        at = begin + _slot(h, capacity)
        while table[at] != 0:
            at += 1
            if at == limit:
                at = begin
        table[at] = room[i]


@njit(cache=True, nogil=True)
def find(
    out: Any, start: int, end: int, table: Any, window: int, capacities: Any, states: Any,
    numbers: Any, found: Any,
) -> int:  # fmt: skip
    """The places of successors.

    Args:
        out, start, end: the successors.
        table, window, capacities, states: as for `insert`.
        numbers: for each slot the place of its state, where slots hold states; may be empty.
        found: for each successor its place, or 0 if that is not known, or -1 where it is no known state.

    Returns:
        How many are no known state.
    """
    unknown = 0
    for row in range(start, end):
        h = _hashed(out, row)
        at = _home(h, window, capacities)
        shard = _shard(h)
        limit = (shard << window) + capacities[shard]
        place = np.int64(-1)
        while table[at] != 0:
            if out.ndim == 1:
                if table[at] == out[row] + 1:
                    place = np.int64(numbers[at]) if len(numbers) else np.int64(0)
                    break
            elif (table[at] >> 32) & np.int64(0xFFFFFFFF) == h & np.int64(0xFFFFFFFF) and _same(
                out, row, states, table[at]
            ):
                place = table[at] & MOST
                break
            at += 1
            if at == limit:
                at = shard << window
        found[row - start] = place
        unknown += place < 0
    return unknown


@njit(cache=True, nogil=True)
def enumerate_slots(
    states: Any, start: int, end: int, table: Any, window: int, capacities: Any, numbers: Any
) -> None:
    """Write into `numbers` the place of the state that each slot holds; for states of one word."""
    for place in range(start, end):
        h = _mixed(states[place])
        shard = _shard(h)
        at = _home(h, window, capacities)
        limit = (shard << window) + capacities[shard]
        while table[at] != states[place] + 1:
            at += 1
            if at == limit:
                at = shard << window
        numbers[at] = place


@njit(cache=True, nogil=True)
def rename(
    out: Any, start: int, end: int, blocks: Any, mask: int, pointers: Any, names: Any, signatures: Any,
    order: Any,
) -> None:
    """Bring successors into their canonical form; see `fsm.symmetry`.

    Args:
        out, start, end: the successors.
        blocks: for each member the word and the shift of its block.
        mask: of a block.
        pointers: rows of: word, shift, mask, 1 for a set, the place in `names` where its numbers begin.
        names: for each pointer the number, or the bit, that means each member.
        signatures, order: room, a place for each member.
    """
    members = blocks.shape[0]
    for row in range(start, end):
        for member in range(members):
            if out.ndim == 1:
                signature = out[row] >> blocks[member, 1] & mask
            else:
                signature = out[row, blocks[member, 0]] >> blocks[member, 1] & mask
            for pointer in range(pointers.shape[0]):
                if out.ndim == 1:
                    value = out[row] >> pointers[pointer, 1] & pointers[pointer, 2]
                else:
                    value = out[row, pointers[pointer, 0]] >> pointers[pointer, 1] & pointers[pointer, 2]
                name = names[pointers[pointer, 4] + member]
                if pointers[pointer, 3]:
                    signature = signature << 1 | (value >> name & 1)
                else:
                    signature = signature << 1 | np.int64(value == name)
            at = member
            while at > 0 and np.uint64(signatures[at - 1]) > np.uint64(signature):
                signatures[at] = signatures[at - 1]
                order[at] = order[at - 1]
                at -= 1
            signatures[at] = signature
            order[at] = member
        _permute(out, row, blocks, mask, pointers, names, signatures, order)


@njit
def _permute(
    out: Any, row: int, blocks: Any, mask: int, pointers: Any, names: Any, signatures: Any, order: Any
) -> None:
    """Put the members of a state into an order: `order[n]` comes to place n."""
    members, count = blocks.shape[0], pointers.shape[0]
    sorted_already = True
    for member in range(members):
        sorted_already &= order[member] == member
    if sorted_already:
        return
    for member in range(members):
        block = (signatures[member] >> count) & mask
        if out.ndim == 1:
            out[row] = out[row] & ~(mask << blocks[member, 1]) | block << blocks[member, 1]
        else:
            word = blocks[member, 0]
            out[row, word] = out[row, word] & ~(mask << blocks[member, 1]) | block << blocks[member, 1]
    for pointer in range(count):
        shift, begin = pointers[pointer, 1], pointers[pointer, 4]
        word = 0 if out.ndim == 1 else pointers[pointer, 0]
        old = out[row] if out.ndim == 1 else out[row, word]
        value = new = old >> shift & pointers[pointer, 2]
        for member in range(members):
            name, other = names[begin + member], names[begin + order[member]]
            if pointers[pointer, 3]:
                new = new & ~(np.int64(1) << name) | (value >> other & 1) << name
            elif value == other:
                new = name
        old = old & ~(pointers[pointer, 2] << shift) | new << shift
        if out.ndim == 1:
            out[row] = old
        else:
            out[row, word] = old
