"""The compiler knows how many words a state has where these are one or two; others are counted."""

import numpy as np
import pytest

pytest.importorskip("numba")

from fsm.native.diamonds import Footprints
from fsm.native.kernel import PLAIN
from fsm.native.outcomes import Outcomes
from fsm.native.shapes import KNOWN, shape_of, words_in
from fsm.native.slots import width_of


@pytest.mark.parametrize("words", range(1, 6))
def test_words_are_known_or_counted(words: int) -> None:
    rows = np.zeros(3 if words == 1 else (3, words), np.int64)
    assert words_in(rows, shape_of(words)) == words
    assert len(shape_of(words)) == (words if words <= KNOWN else 0)


@pytest.mark.parametrize("words", range(1, KNOWN + 1))
def test_rows_are_as_wide_as_the_compiled_code_takes_them_to_be(words: int) -> None:
    """Where the number of words is known, so are the widths of a slot and of an outcome."""
    shape = shape_of(words)
    assert width_of(words) == 2 * len(shape)
    assert Outcomes(words, Footprints(words)).arrays[1] == PLAIN * len(shape)
