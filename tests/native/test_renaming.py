"""The kernel brings states into the form that `Symmetry` calls canonical, and says which have changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np

from fsm import many
from fsm.native.renaming import Renamer
from fsm.native.visited import packed, unpacked
from fsm.symmetry import Symmetry, symmetry_of
from tests.benchmarks.containers import Container
from tests.test_symmetry import laid_out

MARK = 7


def renamed(symmetry: Symmetry, states: list[int]) -> tuple[list[int], list[int]]:
    """What becomes of states that lie among others, and their marks."""
    words = symmetry.model.layout.words
    rows = unpacked([*states, states[0]], words)
    goes = np.full(len(rows), MARK, np.uint16)
    Renamer(symmetry).rename(rows, 0, len(states), goes)
    assert packed(rows)[-1] == states[0]
    return packed(rows)[:-1], goes[:-1].tolist()


def agree(symmetry: Symmetry, states: list[int]) -> None:
    after, marks = renamed(symmetry, states)
    assert after == [symmetry.canonical(state) for state in states]
    assert all(mark in (0, MARK) for mark in marks)
    assert all(mark == 0 for mark, new, old in zip(marks, after, states, strict=True) if new != old)


@given(laid_out(), st.data())
def test_a_state_of_any_layout_becomes_its_canonical_one(drawn: tuple[Symmetry, int], data: Any) -> None:
    symmetry, state = drawn
    slots = symmetry.model.layout.slots
    other = sum(data.draw(st.integers(0, slot.size - 1)) << slot.shift for slot in slots)
    agree(symmetry, [state, other, symmetry.canonical(other)])


@given(st.lists(st.lists(st.integers(0, 1023), min_size=5, max_size=5), min_size=1, max_size=20))
def test_copies_of_one_word_are_sorted(blocks: list[list[int]]) -> None:
    symmetry = symmetry_of(many(Container, 5))
    assert (symmetry.width, symmetry.least) == (10, True)
    states = [
        sum(block << shift for block, shift in zip(some, symmetry.shifts, strict=True)) for some in blocks
    ]
    agree(symmetry, states)
    after, marks = renamed(symmetry, states)
    assert marks == [MARK if new == old else 0 for new, old in zip(after, states, strict=True)]
