"""Good components of a product, over arrays: see `fsm.runs`.

Theory. Depth first, as R. Tarjan has it, with a single number for each node as D. J. Pearce has it ("A
Space-Efficient Algorithm for Finding Strongly Connected Components", Information Processing Letters 116(1),
2016): while a node is open it is the least number that it reaches, and when its component is closed that of
the component, which is larger than any of an open one. Nodes that do not take part have a number larger than
all. A component is judged when it is closed, while its nodes lie side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fsm.native.compiling import compiled

OUTSIDE = (1 << 32) - 1  #: the number of a node that takes no part
AGAIN = (1 << 32) - 1  #: the goal of a node that is looked at once more
STAYING = 2  #: the mark of a node in which a run may stay for ever; that of other ones that are reached is 1


class Product(NamedTuple):
    """A graph and an automaton; node `place * size + at` is a pair of their states.

    Args:
        starts, sizes, targets, labels: see `rows`.
        letters: what is read in each place.
        fits: for each letter and state of the automaton whether it can be read there.
        begins, following: the states after state n of the automaton: `following[begins[n]:begins[n + 1]]`.
    """

    starts: Any
    sizes: Any
    targets: Any
    labels: Any
    letters: Any
    fits: Any
    begins: Any
    following: Any


class Demands(NamedTuple):
    """What a loop has to meet, as bits; see `question`.

    Args:
        must: what every loop has to.
        met, raised: by place what it meets and raises; empty where that is nothing.
        accepting: what each state of the automaton meets.
        taken: what a step of each class meets.
        excluded: the classes that are in no loop.
    """

    must: int
    met: Any
    raised: Any
    accepting: Any
    taken: Any
    excluded: Any


class Bench(NamedTuple):
    """Where a search works: room for as many nodes as there are.

    Args:
        low: the number of each node. open: the nodes whose component is not closed. path, edges, turns,
        indices: the way to where the search is: nodes, the step that comes next in each, the
            automaton's state that comes next, and the number with which each node was opened.
    """

    low: Any
    open: Any
    path: Any
    edges: Any
    turns: Any
    indices: Any


@compiled
def begin(product: Product, places: int, turns: Any, initial: Any, marks: Any, pending: Any) -> int:
    """Mark the nodes in which a run may turn bad.

    Args:
        product: see there.
        places: how many places it may be, from the first one on.
        turns: for each letter whether it may be there.
        initial: the automaton's states that it may be.
        marks: one for each node; set to 1.
        pending: room for all nodes: those that are marked.

    Returns:
        How many there are.
    """
    size, count = len(product.begins) - 1, 0
    for place in range(places):
        letter = product.letters[place]
        if turns[letter]:
            for number in range(len(initial)):
                if product.fits[letter, initial[number]]:
                    node = place * size + initial[number]
                    marks[node] = 1
                    pending[count] = node
                    count += 1
    return count


@compiled
def reach(product: Product, marks: Any, pending: Any, count: int, met: Any) -> int:
    """Mark the nodes that are reached, as far as steps are known.

    Args:
        product: see there.
        marks: one for each node; set to 1.
        pending, count: nodes that are marked, and from which to go on; in room for all nodes.
        met: for each state of the automaton whether it was reached.

    Returns:
        How many nodes are pending whose steps are not known.
    """
    size, blocked = len(product.begins) - 1, len(pending)
    while count > 0:
        count -= 1
        node = np.int64(pending[count])
        place = node // size
        state = node - place * size
        met[state] = True
        first = product.starts[place]
        if first == 0:
            blocked -= 1
            pending[blocked] = node
            continue
        for step in range(first, first + product.sizes[place]):
            target = np.int64(product.targets[step])
            letter = product.letters[target]
            for turn in range(product.begins[state], product.begins[state + 1]):
                after = product.following[turn]
                other = target * size + after
                if marks[other] == 0 and product.fits[letter, after]:
                    marks[other] = 1
                    pending[count] = other
                    count += 1
    waiting = len(pending) - blocked
    for number in range(waiting):
        pending[number] = pending[blocked + number]
    return waiting


@compiled
def close(product: Product, demands: Demands, bench: Bench, goals: Any, number: int) -> tuple[int, int]:
    """Number the good components among the nodes that take part, whose number is 0.

    Args:
        product, demands, bench: see there.
        goals: set to the number of the component, or to `AGAIN` where a part of it may be good.
        number: the number of the last good component.

    Returns:
        The number of the last one, and how many nodes have to be looked at again.
    """
    low, path, edges, turns, indices = bench.low, bench.path, bench.edges, bench.turns, bench.indices
    size = len(product.begins) - 1
    closed: Any = np.int64(OUTSIDE - 1)
    opened: Any = np.int64(0)
    again: Any = np.int64(0)
    index: Any = np.int64(1)
    for root in range(len(low)):
        if low[root] != 0:
            continue
        depth = 0
        path[0], indices[0], low[root] = root, index, index
        edges[0], turns[0] = product.starts[root // size], 0
        index += 1
        while depth >= 0:
            node = np.int64(path[depth])
            place = node // size
            state = node - place * size
            first = np.int64(product.begins[state])
            several = np.int64(product.begins[state + 1]) - first
            edge: Any = np.int64(edges[depth])
            turn: Any = np.int64(turns[depth])
            least: Any = np.int64(low[node])
            end = product.starts[place] + product.sizes[place]
            entered = False
            while edge < end:
                if demands.excluded[_class(product, edge)]:
                    edge += 1
                    continue
                after = np.int64(product.targets[edge]) * size + product.following[first + turn]
                turn += 1
                if turn == several:
                    turn = 0
                    edge += 1
                other = np.int64(low[after])
                if other == 0:
                    low[node] = least
                    edges[depth], turns[depth] = edge, turn
                    depth += 1
                    path[depth], indices[depth], low[after] = after, index, index
                    edges[depth], turns[depth] = product.starts[after // size], 0
                    index += 1
                    entered = True
                    break
                least = min(least, other)
            if entered:
                continue
            low[node] = least
            if least < np.int64(indices[depth]):
                bench.open[opened] = node
                opened += 1
            else:
                begin: Any = opened
                while begin > 0 and np.int64(low[bench.open[begin - 1]]) >= least:
                    begin -= 1
                bench.open[opened] = node
                for at in range(begin, opened + 1):
                    low[bench.open[at]] = closed
                index -= opened + 1 - begin
                number, more = _judge(product, demands, bench, goals, number, begin, opened + 1, closed)
                again += more
                opened = begin
                closed -= 1
            depth -= 1
            if depth >= 0:
                above = np.int64(path[depth])
                low[above] = min(np.int64(low[above]), np.int64(low[node]))
    return number, again


@njit
def _class(product: Product, edge: Any) -> Any:
    """The class of a step."""
    return np.int64(product.labels[edge]) if len(product.labels) > 0 else np.int64(0)


@njit
def _judge(
    product: Product,
    demands: Demands,
    bench: Bench,
    goals: Any,
    number: int,
    begin: int,
    end: int,
    closed: int,
) -> tuple[int, int]:
    """Judge the component whose nodes are open from `begin` to `end`; see `close`."""
    size = len(product.begins) - 1
    met, raised, loops = np.int64(0), np.int64(0), False
    alone = end - begin == 1
    for at in range(begin, end):
        node = np.int64(bench.open[at])
        place = node // size
        state = node - place * size
        met |= demands.accepting[state]
        if len(demands.met) > 0:
            met |= demands.met[place]
            raised |= demands.raised[place]
        for edge in range(product.starts[place], product.starts[place] + product.sizes[place]):
            kind = _class(product, edge)
            if demands.excluded[kind]:
                continue
            for turn in range(product.begins[state], product.begins[state + 1]):
                after = np.int64(product.targets[edge]) * size + product.following[turn]
                if after == node if alone else np.int64(bench.low[after]) == closed:
                    loops = True
                    met |= demands.taken[kind]
    if not loops or demands.must & ~met:
        return number, 0
    lacking = raised & ~met
    if lacking == 0:
        number += 1
    again = 0
    for at in range(begin, end):
        node = np.int64(bench.open[at])
        if lacking == 0:
            goals[node] = number
        elif demands.raised[node // size] & lacking == 0:
            goals[node] = AGAIN
            again += 1
    return number, again


@compiled
def stay(product: Product, marks: Any, stops: Any, constant: Any) -> bool:
    """Mark with `STAYING` the nodes in which a run may stay for ever.

    Args:
        product: see there.
        marks: the nodes that are reached; brought up to date.
        stops: the places in which a run may come to its end, and it is fair to stay.
        constant: for each letter and state of the automaton whether reading it for ever is accepted.
    """
    size, found = len(product.begins) - 1, False
    for place in range(len(stops)):
        if stops[place]:
            for at in range(size):
                if marks[place * size + at] and constant[product.letters[place], at]:
                    marks[place * size + at] = STAYING
                    found = True
    return found
