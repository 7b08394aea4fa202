"""How many words a state has, as something that the compiler knows.

Theory. Most states have one word or two. To go through two words in a loop costs more than what is done with
them, unless the compiler knows that there are two: it then writes both down side by side. The length of a
tuple is part of its type, so a tuple of so many zeros tells it. States of more words share the code that
counts them.
"""

from __future__ import annotations

from typing import Any

from numba import njit

Shape = tuple[int, ...]  #: a zero for each word of a state, where code is made for so many; else empty
KNOWN = 2  #: words up to which code is made for each number of them; `slots.width_of` doubles them up to here


def shape_of(words: int) -> Shape:
    """The shape of states of so many words."""
    return (0,) * words if words <= KNOWN else ()


@njit
def words_in(rows: Any, shape: Any) -> Any:
    """How many words the states in some rows have."""
    if rows.ndim == 1:
        return 1
    return len(shape) or rows.shape[1]
