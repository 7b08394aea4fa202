"""Successors that came late are put where they belong: behind those of the place before.

A state with an empty entry is postponed, and the walk goes on. What follows from it is laid out behind
everything else once its entries are filled, and woven in here, so that rows lie in the order of places as if
nothing had been missing.
"""

from __future__ import annotations

from typing import Any

from fsm.native.compiling import compiled


@compiled
def weave(out: Any, goes: Any, ends: Any, first: int, begin: int, end: int, places: Any, late: Any) -> None:
    """Put what came late among the other rows.

    Args:
        out, goes: rows of successors, and the marks of the steps that lead there.
        ends: for each place, from `first` on, where its successors end; brought up to date.
        begin, end: where the late ones lie; the others lie before.
        places: which they follow from, in order; they had no successors so far.
        late: for each of these where its late ones end.
    """
    rows, marks = out[begin:end].copy(), goes[begin:end].copy()
    to, source, rest = end, begin, end - begin
    for number in range(len(places) - 1, -1, -1):
        stop = ends[places[number] - first]
        while source > stop:
            to, source = to - 1, source - 1
            goes[to] = goes[source]
            out[to] = out[source]
        stop = late[number - 1] - begin if number else 0
        while rest > stop:
            to, rest = to - 1, rest - 1
            goes[to] = marks[rest]
            out[to] = rows[rest]
    number = 0
    for at in range(len(ends)):
        if number < len(places) and places[number] - first == at:
            number += 1
        ends[at] += late[number - 1] - begin if number else 0
