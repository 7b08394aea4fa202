"""Texts are Go's, to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.go_text import atoi, duration, quote


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ("app:1", '"app:1"'),
        ('say "no"', r'"say \"no\""'),
        ("a\\b", r'"a\\b"'),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        ("\x00\x7f", r'"\x00\x7f"'),
        ("ä", '"ä"'),
        ("\u200b", r'"\u200b"'),
        ("\U000e0001", r'"\U000e0001"'),
    ],
)
def test_a_quoted_text(text, quoted):
    assert quote(text) == quoted


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (999, "999ns"),
        (1_000, "1µs"),
        (1_500, "1.5µs"),
        (2_300_000, "2.3ms"),
        (999_999_999, "999.999999ms"),
        (1_000_000_000, "1s"),
        (1_000_000_001, "1.000000001s"),
        (60_000_000_000, "1m0s"),
        (90_500_000_000, "1m30.5s"),
        (3_600_000_000_000, "1h0m0s"),
        (90_000_000_000_000, "25h0m0s"),
        (-1_500_000_000, "-1.5s"),
    ],
)
def test_a_duration(nanoseconds, text):
    assert duration(nanoseconds) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_what_fits_is_read(number):
    assert atoi(str(number)) == number


@given(st.one_of(st.integers(2**63), st.integers(max_value=-(2**63) - 1)))
def test_what_does_not_fit_is_said_to_be_out_of_range(number):
    with pytest.raises(ValueError, match=f'^strconv.Atoi: parsing "{number}": value out of range$'):
        atoi(str(number))


def test_thousands_of_digits_are_out_of_range_and_leading_zeros_are_not():
    with pytest.raises(ValueError, match="value out of range"):
        atoi("9" * 10_000)
    assert atoi("0" * 10_000 + "7") == 7


@pytest.mark.parametrize("text", ["", "+", "1.5", "1e3", "0x10", "1_000", " 1", "١"])
def test_what_is_no_number_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="invalid syntax"):
        atoi(text)
