"""Back-off doubles, stops doubling, and forgets."""

from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k

SECOND = 1_000_000_000


def spans(gaps: list[int]) -> list[int]:
    """The spans in seconds after failures, each `gap` seconds after the end of the one before."""
    back_off, now, found = k.BackOff(), 0, []
    for gap in gaps:
        now += gap * SECOND
        back_off.next("x", now)
        span = next(one for one in range(1000) if not back_off.active("x", now + one * SECOND))
        found.append(span)
        now += span * SECOND
    return found


def test_the_span_doubles_up_to_five_minutes():
    assert spans([0] * 8) == [10, 20, 40, 80, 160, 300, 300, 300]


def test_a_thing_that_was_left_alone_for_over_ten_minutes_begins_anew():
    assert spans([0, 0, 580]) == [10, 20, 40]
    assert spans([0, 0, 581]) == [10, 20, 10]


def test_keys_are_left_alone_apart():
    back_off = k.BackOff()
    back_off.next("uid-1_app", 0, "no")
    assert back_off.active("uid-1_app", 1)
    assert not back_off.active("uid-2_app", 1)
    assert (back_off.cause("uid-1_app"), back_off.cause("uid-2_app")) == ("no", "")


@given(st.lists(st.integers(0, 700), min_size=1, max_size=12))
def test_a_span_is_one_of_six(gaps):
    assert set(spans(gaps)) <= {10, 20, 40, 80, 160, 300}
