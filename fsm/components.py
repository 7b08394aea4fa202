"""Strongly connected components: the parts of a graph in which every node can reach every other one.

R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1(2), 1972.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def components(nodes: Iterable[int], following: Callable[[int], Iterable[int]]) -> Iterator[list[int]]:
    """The components of what can be reached, each after all that can be reached from it.

    Args:
        nodes: where to begin.
        following: the nodes after a node.

    >>> list(components([1], {1: [2], 2: [3], 3: [2]}.__getitem__))
    [[2, 3], [1]]
    """
    low: dict[int, int] = {}
    closed: set[int] = set()
    open_: list[int] = []
    for root in nodes:
        if root in low:
            continue
        low[root] = len(low)
        open_.append(root)
        path = [(root, low[root], iter(following(root)))]
        while path:
            node, number, rest = path[-1]
            for after in rest:
                if after not in low:
                    low[after] = len(low)
                    open_.append(after)
                    path.append((after, low[after], iter(following(after))))
                    break
                if after not in closed and low[after] < low[node]:
                    low[node] = low[after]
            else:
                path.pop()
                if path and low[node] < low[path[-1][0]]:
                    low[path[-1][0]] = low[node]
                if low[node] == number:
                    part = [open_.pop()]
                    while part[-1] != node:
                        part.append(open_.pop())
                    closed.update(part)
                    yield part[::-1]
