"""The states that were found, against a list and a dict that do the same."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np

from fsm.native import visited as visited_module
from fsm.native.desk import Desk
from fsm.native.numbering import find
from fsm.native.settling import room_for, settle
from fsm.native.slots import SHARDS
from fsm.native.visited import Visited, packed, unpacked
from fsm.packing import WORD

MOST = 1 << 20
EDGES = (0, 1, 62, 63, 64, 65, 126, 127, 128, 190, 599)  #: bits at which something could go wrong


def width(bits: int) -> int:
    """How many words states of so many bits take; one word leaves a bit for what is no state."""
    return 1 if bits < WORD else max(2, -(-bits // WORD))


def states_of(bits: int) -> st.SearchStrategy[int]:
    """States of so many bits: few and many bits set, low ones and high ones."""
    top = (1 << bits) - 1
    near = st.integers(0, min(40, top))
    ends = st.sampled_from([1 << edge for edge in EDGES if edge < bits] or [1])
    return near | near.map(lambda low: top - low) | st.integers(0, top) | st.tuples(ends, near).map(
        lambda pair: (pair[0] ^ pair[1]) & top
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _shards_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that they have to grow."""
    monkeypatch.setattr(visited_module, "SMALLEST", 80)


class Team:
    """Owners of the shards, who keep what follows from states as the engine does.

    Args:
        visited: what is known.
        owners: how many there are.
    """

    def __init__(self, visited: Visited, owners: int) -> None:
        self.visited = visited
        self.desk = Desk(1 << 16, owners)
        self.owners = owners

    def expand(self, batch: Sequence[Sequence[int]], first: int) -> None:
        """Keep what follows from each of the states at some places, of which one is the first."""
        visited, desk = self.visited, self.desk
        rows = unpacked([state for after in batch for state in after], visited.words)
        ends = np.cumsum([len(after) for after in batch])
        visited.make_room(len(rows))
        new = np.zeros((2, len(rows)), np.uint8)
        desk.clear(len(rows), self.owners)
        desk.sift(rows, 0, len(rows), visited.slots.cut)
        for owner in range(self.owners):
            visited.look_up(desk, rows, new[owner], owner)
        visited.size = settle(
            rows, np.zeros(len(rows), np.uint16), ends, first, 0, len(rows), new[0], new[1],
            visited.states, visited.origins, visited.came, visited.size, room_for(len(rows)), visited.shape,
        )  # fmt: skip


class Listed:
    """What a list and a dict make of it."""

    def __init__(self) -> None:
        self.origins: dict[int, int] = {}

    def expand(self, batch: Sequence[Sequence[int]], first: int) -> None:
        for place, after in enumerate(batch, first):
            for state in sorted(set(after) - set(self.origins)):
                self.origins[state] = place


def agree(visited: Visited, listed: Listed) -> None:
    states = list(listed.origins)
    assert list(visited) == states
    assert len(visited) == len(states)
    assert [visited.origin(place) for place in range(len(states))] == list(listed.origins.values())


bits = st.sampled_from([1, 8, 62, 63, 64, 65, 127, 128, 129, 192, 256, 600])  # a slot may be of any width


@given(st.data(), bits, st.sampled_from([1, 2]))
def test_batches_are_kept_as_a_list_and_a_dict_keep_them(data: Any, bits: int, owners: int) -> None:
    visited, listed = Visited(width(bits), MOST), Listed()
    initial = data.draw(st.lists(states_of(bits), min_size=1, max_size=5, unique=True))
    visited.add(initial)
    listed.origins.update((state, place) for place, state in enumerate(initial))
    after = st.lists(states_of(bits), max_size=12)
    team, first = Team(visited, owners), 0
    for batch in data.draw(st.lists(st.lists(after, min_size=1, max_size=8), max_size=4)):
        team.expand(batch, first)
        listed.expand(batch, first)
        first += len(batch)
        agree(visited, listed)


@given(st.data(), bits)
def test_states_are_found_by_place_and_by_number(data: Any, bits: int) -> None:
    states = data.draw(st.lists(states_of(bits), max_size=30, unique=True))
    visited = Visited(width(bits), MOST)
    visited.add(states)
    for place, state in enumerate(states):
        assert (visited[place], visited[place - len(states)], visited.place(state)) == (state, state, place)
    part = data.draw(st.slices(len(states)))
    assert visited[part] == states[part]
    for state in data.draw(st.lists(states_of(bits), max_size=10)):
        assert (state in visited) == (state in states)
    assert "state" not in visited
    with pytest.raises(IndexError):
        visited[len(states)]


@given(st.data(), bits)
def test_a_place_is_looked_up_once_somebody_has_asked_for_all_of_them(data: Any, bits: int) -> None:
    states = data.draw(st.lists(states_of(bits), min_size=1, max_size=30, unique=True))
    visited, other = Visited(width(bits), MOST), data.draw(states_of(bits))
    visited.add(states[:-1])
    visited.numbers()
    visited.add(states[-1:])  # what came later they do not know
    assert [visited.place(state) for state in states] == list(range(len(states)))
    whole = Visited(width(bits), MOST)
    whole.add(states)
    whole.numbers()
    assert [whole.place(state) for state in states] == list(range(len(states)))
    for some in (visited, whole):
        if other not in states:
            with pytest.raises(KeyError):
                some.place(other)


@given(st.data(), bits)
def test_rows_and_states_are_the_same(data: Any, bits: int) -> None:
    states = data.draw(st.lists(states_of(bits)))
    for words in range(width(bits), width(bits) + 3):
        assert packed(unpacked(states, words)) == states


def many_states(bits: int, count: int) -> Iterator[int]:
    """Different states, in no order."""
    generator = np.random.default_rng(bits)
    return iter(
        dict.fromkeys(int.from_bytes(generator.bytes(24), "little") & (1 << bits) - 1 for _ in range(count))
    )


@pytest.mark.parametrize("bits", [20, 63, 64, 128, 256, 600])
@pytest.mark.parametrize("owners", [1, 2])
def test_shards_grow_many_times_and_lose_nothing(bits: int, owners: int) -> None:
    visited, listed = Visited(width(bits), MOST), Listed()
    smallest = visited.capacities.copy()
    visited.add([0])
    listed.origins[0] = 0
    states, team = list(many_states(bits, 20_000)), Team(visited, owners)
    for first in range(0, len(states), 4000):
        batch = [states[at : at + 9] + states[at // 2 : at // 2 + 3] for at in range(first, first + 4000, 9)]
        team.expand(batch, first)
        listed.expand(batch, first)
    agree(visited, listed)
    assert (visited.capacities > 2 * smallest).all()
    known = visited.slots.table.reshape(-1, visited.width)[:, visited.words]
    assert visited.used.sum() == np.count_nonzero(known)
    assert sum(int(one).bit_count() for one in known[known != 0].view(np.uint64)) == len(visited)


def test_shards_that_come_to_lie_on_large_pages_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visited_module, "HUGE", 512 * 16)  # 512 slots, so that a small page is a large one
    states, visited = list(many_states(60, 40_000)), Visited(1, MOST)
    for first in range(0, len(states), 1000):
        visited.add(states[first : first + 1000])
    assert (visited.capacities >= 1024).all()
    assert list(visited) == states
    assert all(state in visited for state in states[::97])


def test_all_may_come_in_one_batch_though_no_shard_is_ready_for_it() -> None:
    states = list(many_states(60, 30_000))
    visited = Visited(1, MOST)
    visited.add(states)
    assert list(visited) == states


@cache
def crowd(bits: int) -> list[int]:
    """States that belong into one shard."""
    probe, found = Visited(width(bits), MOST), []
    for state in many_states(bits, 20_000):
        before = int(probe.used[3])
        probe.add([state])
        if probe.used[3] > before:
            found.append(state)
        if len(found) == 600:
            break
    return found


@pytest.mark.parametrize("bits", [40, 100])
def test_states_that_crowd_one_shard_make_it_grow(bits: int) -> None:
    visited = Visited(width(bits), MOST)
    before = visited.capacities.copy()
    visited.add(crowd(bits))
    assert list(visited) == crowd(bits)
    assert [shard for shard in range(SHARDS) if visited.used[shard]] == [3]
    assert visited.capacities[3] > before[3]


@given(st.sampled_from([40, 100, 300]), st.integers(40, 66), st.lists(st.integers(0, 90), min_size=20))
def test_of_rows_with_one_state_the_first_is_new_however_full_its_cache_line(
    bits: int, before: int, more: list[int]
) -> None:
    """A shard of 80 slots takes 70, so that most lines are full and many of those asked for have to wait."""
    drawn = [*range(before), *more]
    visited, pool = Visited(width(bits), MOST), unpacked(crowd(bits)[:91], width(bits))
    known, desk = Desk(len(pool)), Desk(len(drawn))
    known.clear(len(pool), 1)
    known.sift(pool, 0, len(pool), visited.slots.cut)
    desk.asked[0, : len(drawn), 0] = np.arange(len(drawn))
    desk.asked[0, : len(drawn), 1] = known.asked[0, drawn, 1]
    desk.counts[0] = len(drawn)
    new = np.zeros(len(drawn), np.uint8)
    count = visited.look_up(desk, pool[drawn], new)
    first = [drawn.index(number) == at for at, number in enumerate(drawn)]
    assert (new.tolist(), count) == (first, sum(first))


@pytest.mark.parametrize("bits", [30, 90, 600])
def test_places_are_looked_up_for_many_states_at_once(bits: int) -> None:
    states = list(many_states(bits, 5000))
    known, unknown = states[:4000], states[4000:]
    visited = Visited(width(bits), MOST)
    visited.add(known)
    asked = unpacked([*reversed(known), *unknown], visited.words)
    places = np.empty(len(asked), np.int64)
    new = find(asked, 0, len(asked), visited.slots, visited.numbers(), places)
    assert new == len(unknown)
    assert places.tolist() == [*reversed(range(len(known))), *[-1] * len(unknown)]


@pytest.mark.parametrize("bits", [30, 90, 600])
def test_states_that_are_added_are_their_own_origins_though_some_come_twice(bits: int) -> None:
    visited = Visited(width(bits), MOST)
    visited.add([5, 5, 3, 5, 9])
    visited.add([3, 4])
    assert list(visited) == [5, 3, 9, 4]
    assert [visited.origin(place) for place in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("bits", [30, 90, 600])
def test_more_states_than_there_are_places_for_is_a_plain_answer(bits: int) -> None:
    visited = Visited(width(bits), 2000)
    visited.add(range(2000))
    with pytest.raises(MemoryError):
        visited.add([2000])
    assert list(visited) == list(range(2000))
