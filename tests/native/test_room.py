"""The room of a batch: more of it where there are more states, and done without where it is not to be had."""

import pytest

pytest.importorskip("numba")

from fsm import many
from fsm.limits import NO_LIMITS
from fsm.native.diamonds import UNKNOWN
from fsm.native.room import DOUBLINGS, FEW, MANY, REGION, STATES, Room, region_of, room_of
from tests.benchmarks.containers import Container
from tests.test_engines import NATIVE, PAIR, same

TREES = 3
SPARE = 2 * (TREES + 2)  #: for one state, which may count twice


@pytest.mark.parametrize(
    ("known", "workers", "times"),
    [
        (0, 1, 1),
        (0, 2, 0.5),
        (FEW - 1, 2, 0.5),
        (FEW, 2, 1),
        (MANY - 1, 1, 1),
        (MANY, 1, 2),
        (2 * MANY, 2, 4),
        (1 << 40, 2, 1 << DOUBLINGS),
    ],
)
def test_there_is_twice_the_room_for_twice_the_states(known: int, workers: int, times: float) -> None:
    room = room_of(known, TREES, words=2, workers=workers)
    assert room.region == region_of(known, TREES, workers) == REGION * times + SPARE
    assert room.states == STATES * times
    assert room.out.shape == (room.region * workers, 2)


def test_where_nobody_asks_every_mark_is_unknown() -> None:
    assert (room_of(0, TREES, words=1, workers=1).unknown == UNKNOWN).all()


def test_where_more_room_is_not_to_be_had_what_there_is_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    def refuse(known: int, *rest: int) -> Room:
        if known:
            refused.append(known)
            raise MemoryError
        return room_of(known, *rest)

    monkeypatch.setattr("fsm.native.room.REGION", 64)
    monkeypatch.setattr("fsm.native.room.MANY", 100)
    monkeypatch.setattr("fsm.native.crew.WORTH", 2)
    monkeypatch.setattr("fsm.native.expansion.room_of", refuse)
    same(many(Container, 2), NO_LIMITS, NATIVE, PAIR)
    assert refused
