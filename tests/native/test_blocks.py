"""Which bits are cut out of states, and that a table is exact whichever they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np

from fsm.native import visited as visited_module
from fsm.native.blocks import BITS, MASK, PLACES, Cut, best, densities
from fsm.native.visited import Visited, unpacked
from tests.native.test_visited import MOST, many_states, states_of, width

bits = st.sampled_from([1, 8, 62, 63, 64, 65, 128, 192, 600])


@st.composite
def cuts(draw: Any, words: int) -> Cut:
    """Any bits of a state, the highest and the lowest more often."""
    low = st.sampled_from([0, PLACES - 1]) | st.integers(0, PLACES - 1)
    return Cut(draw(st.integers(0, words - 1)), draw(low))


def blocks_of(states: list[int], cut: Cut) -> set[int]:
    """The names of the blocks of some states, by arithmetic."""
    return {state & ~(MASK << 64 * cut.word + cut.low) for state in states}


@given(st.data(), bits)
def test_whatever_bits_are_cut_out_every_state_keeps_its_place(data: Any, bits: int) -> None:
    states = data.draw(st.lists(states_of(bits), max_size=60, unique=True))
    early = data.draw(st.integers(0, len(states)))
    visited = Visited(width(bits), MOST)
    visited.add(states[:early])
    cut = data.draw(cuts(visited.words))
    visited._lay_out(cut)
    visited.add(states)
    assert list(visited) == states
    assert visited.used.sum() == len(blocks_of(states, cut))
    asked = data.draw(st.lists(states_of(bits), max_size=20)) + states
    places = {state: place for place, state in enumerate(states)}
    found = visited.find(unpacked(asked, visited.words), visited.numbers())
    assert found.tolist() == [places.get(state, -1) for state in asked]


def crowded(bits: int, low: int) -> list[int]:
    """States that come in crowds of 48, which differ in six bits alone."""
    crowds = dict.fromkeys(state & ~(MASK << low) for state in many_states(bits, 400))
    return [crowd | number << low for crowd in crowds for number in range(48)]


@pytest.mark.parametrize(("bits", "low"), [(60, 0), (60, 17), (60, 54), (120, 70), (120, 10), (600, 150)])
def test_the_bits_in_which_neighbours_differ_are_cut_out(bits: int, low: int) -> None:
    states = crowded(bits, low)
    rows = unpacked(states, width(bits))
    found = best(rows, len(rows), Cut(0, 33))
    assert found == Cut(low // 64, low % 64)
    assert densities(rows, len(rows), [found]) == [48]


def test_bits_are_kept_where_no_others_are_much_better() -> None:
    spread = unpacked(list(many_states(60, 20_000)), 1)
    assert densities(spread, len(spread), [Cut(0, 5)]) == [1]
    assert best(spread, len(spread), Cut(0, 5)) == Cut(0, 5)


def test_no_state_at_all_is_no_reason_to_cut_elsewhere() -> None:
    assert best(np.empty(0, np.int64), 0, Cut(0, 3)) == Cut(0, 3)


@pytest.mark.parametrize("bits", [60, 120, 600])
def test_a_table_is_laid_out_anew_once_it_is_seen_what_lies_together(
    bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visited_module, "LOOKS", (4_000, 12_000))
    states = crowded(bits, 17)
    visited = Visited(width(bits), MOST)
    for first in range(0, len(states), 1000):
        visited.add(states[first : first + 1000])
        visited.arrange()
    assert visited.slots.cut[:2] == (0, 17)
    assert visited.used.sum() * 48 == len(states)
    assert list(visited) == states
    assert all(state in visited for state in states[::97])
    assert not any(state ^ 1 << 23 + BITS in visited for state in states[::97])


def test_states_that_share_no_block_take_no_more_memory_than_they_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visited_module, "LOOKS", (1 << 12, 1 << 14))
    visited, states = Visited(1, MOST), list(many_states(60, 120_000))
    taken = []
    for first in range(0, len(states), 4_000):
        visited.add(states[first : first + 4_000])
        visited.arrange()
        taken.append(visited.bytes / len(visited))
    assert not visited.is_dense
    assert max(taken[8:]) < 8 + 4 + 16 / 0.6  # where shards are doubled, some have 0.4
    assert list(visited) == states


def test_states_that_come_all_at_once_are_laid_out_well_from_the_beginning() -> None:
    states = crowded(60, 17)
    visited = Visited(1, MOST)
    visited.add(states)
    assert visited.slots.cut[:2] == (0, 17)
    assert list(visited) == states
