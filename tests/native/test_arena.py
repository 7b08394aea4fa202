"""Address space that becomes memory where it is touched."""

import mmap

import pytest

pytest.importorskip("numpy")

import numpy as np

from fsm.limits import memory
from fsm.native.arena import HUGE, Arena

ROOM = 1 << 34  #: numbers, which would be 128 GiB


def test_an_arena_is_zeroes_and_keeps_what_is_written() -> None:
    rows = Arena((ROOM,), np.int64).rows
    rows[[0, 7, ROOM - 1]] = 1, -1, 1 << 62
    assert rows[[0, 7, ROOM - 1, 8, ROOM - 2]].tolist() == [1, -1, 1 << 62, 0, 0]


def test_rows_may_be_several_numbers_wide() -> None:
    rows = Arena((ROOM // 4, 4), np.uint32).rows
    rows[5] = 1, 2, 3, (1 << 32) - 1
    assert rows[4:7].tolist() == [[0] * 4, [1, 2, 3, (1 << 32) - 1], [0] * 4]


def test_an_arena_takes_no_memory_until_it_is_touched() -> None:
    before = memory()
    rows = Arena((ROOM,), np.int64).rows
    rows[:: ROOM // 8] = 1
    assert memory() - before < 1 << 26


def test_asking_for_large_pages_changes_no_number() -> None:
    arena = Arena((4 * HUGE,), np.int8)
    arena.rows[:] = 1
    for begin, end in ((0, 4 * HUGE), (5, 3 * HUGE + 5), (7, 9), (9, 7)):
        arena.advise(begin, end)
    assert arena.rows.all()


def test_what_is_forgotten_is_zeroes_on_every_page_that_is_touched() -> None:
    arena, page = Arena((8 * mmap.PAGESIZE,), np.int8), mmap.PAGESIZE
    arena.rows[:] = 1
    arena.forget(2 * page, 4 * page + 1)
    assert not arena.rows[2 * page : 5 * page].any()
    assert (arena.rows[: 2 * page].all(), arena.rows[5 * page :].all()) == (True, True)


def test_more_addresses_than_there_are_is_a_plain_answer() -> None:
    with pytest.raises(MemoryError, match="address space are not to be had"):
        Arena((1 << 61,), np.int64)


def test_an_empty_arena_has_no_rows() -> None:
    assert len(Arena((0,), np.int64).rows) == 0
