"""Rows that came late lie where they would if they had come in time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np

from fsm.native.weaving import weave

FIRST = 7  #: the first place


def alike(goes: Any, words: int) -> Any:
    """Rows that can be told by their marks."""
    return np.int64(goes) if words == 1 else np.int64(goes)[:, None] * np.arange(1, words + 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12), st.integers(0, 2))
@pytest.mark.parametrize("words", [1, 3])
def test_late_rows_lie_behind_those_of_the_place_before(
    words: int, drawn: list[tuple[bool, int]], before: int
) -> None:
    rows = sum(count for _, count in drawn)
    late = [place for place, (is_late, _) in enumerate(drawn) if is_late]
    ends = before + np.cumsum([count for _, count in drawn], dtype=np.int64)
    of = [place for place, (_, count) in enumerate(drawn) for _ in range(count)]
    number = np.arange(1, rows + 1)
    order = sorted(range(rows), key=lambda row: of[row] in late)  # stable: the late ones behind the others
    goes = np.zeros(before + rows + 1, np.uint16)
    goes[before : before + rows] = number[order]
    out = alike(goes, words)
    in_time = [0 if is_late else count for is_late, count in drawn]
    found = before + np.cumsum(in_time, dtype=np.int64)
    begin = before + sum(in_time)
    their_ends = begin + np.cumsum([drawn[place][1] for place in late], dtype=np.int64)
    places = np.array(late, np.int64) + FIRST

    weave(out, goes, found, FIRST, begin, before + rows, places, their_ends)

    assert found.tolist() == ends.tolist()
    assert goes.tolist() == [0] * before + number.tolist() + [0]
    assert out.tolist() == alike(goes, words).tolist()
