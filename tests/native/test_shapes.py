"""The compiler knows how many words a state has where these are one or two; others are counted."""

import numpy as np
import pytest

pytest.importorskip("numba")

from fsm.native.shapes import KNOWN, shape_of, words_in


@pytest.mark.parametrize("words", range(1, 6))
def test_words_are_known_or_counted(words: int) -> None:
    rows = np.zeros(3 if words == 1 else (3, words), np.int64)
    assert words_in(rows, shape_of(words)) == words
    assert len(shape_of(words)) == (words if words <= KNOWN else 0)
