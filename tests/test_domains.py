"""Domains: values to numbers and back, and nothing else let in."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Cell, OutOfDomain, Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.errors import SpecError
from fsm.values import OrderedSet, show
from tests.strategies import Color, Pair, Point, Side, domains, values

BOOL = Scalar("bool", (False, True))
FOUR = Scalar("range(0, 4)", (0, 1, 2, 3))
COLOR = Scalar("Color", tuple(Color))
POINT = Record(Point, (("x", Scalar("range(3)", (0, 1, 2))), ("on", BOOL)))


class Number(IntEnum):
    ONE = 1


@given(st.data())
def test_decoding_undoes_encoding(data: st.DataObject) -> None:
    domain = data.draw(domains())
    value = data.draw(values(domain))
    numbers = domain.encode(value)
    assert all(0 <= number < cell.size for number, cell in zip(numbers, domain.cells, strict=True))
    assert domain.decode(numbers) == value


@given(domains())
def test_ranks_number_the_values_in_order_without_gaps(domain: Any) -> None:
    listed = list(domain)
    assert [domain.rank(value) for value in listed] == list(range(domain.size))
    assert [domain.unrank(number) for number in range(domain.size)] == listed


@pytest.mark.parametrize("value", [True, 1.0, Number.ONE, "1", None, [1], 4, -1])
def test_a_number_is_in_a_range_by_type_and_value(value: object) -> None:
    assert value not in FOUR
    assert 1 in FOUR


@pytest.mark.parametrize("value", [0, 1, None, "True"])
def test_only_bools_are_in_bool(value: object) -> None:
    assert value not in BOOL


def test_a_value_of_the_wrong_type_is_told_so() -> None:
    with pytest.raises(OutOfDomain, match=r"True is not in range\(0, 4\) \(its type is bool, not int\)"):
        FOUR.encode(True)


def test_members_of_another_enum_of_the_same_names_are_foreign() -> None:
    assert Enum("Color", "RED GREEN BLUE").RED not in COLOR


def test_a_record_is_in_its_domain_by_its_exact_class() -> None:
    @dataclass(frozen=True)
    class Further(Point):
        pass

    assert Point(1, True) in POINT
    assert Further(1, True) not in POINT
    assert (1, True) not in POINT


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(OutOfDomain, match=r"its x: 7 is not in"):
        POINT.encode(Point(7, True))


def test_an_absent_record_has_one_encoding_only() -> None:
    maybe = Maybe(POINT)
    assert maybe.encode(None) == (0, 0, 0)
    assert maybe.decode((0, 2, 1)) is None
    assert maybe.size == POINT.size + 1


def test_a_record_is_laid_out_field_by_field_and_a_map_key_by_key() -> None:
    pair = Record(Pair, (("point", POINT), ("color", COLOR)))
    assert MapOf(BOOL, pair).cells == tuple(
        Cell(f"[{key}]{path}", size)
        for key in (False, True)
        for path, size in ((".point.x", 3), (".point.on", 2), (".color", 3))
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([], "it is not a dict"),
        ({False: 1}, "it says nothing of True"),
        ({False: 1, True: 1, 2: 1}, "2 is not in bool"),
        ({False: 1, True: 9}, "9 is not in"),
    ],
)
def test_a_map_is_total_and_has_no_other_keys(value: object, why: str) -> None:
    with pytest.raises(OutOfDomain, match=why):
        MapOf(BOOL, FOUR).encode(value)


def test_a_sequence_is_bounded_and_a_tuple() -> None:
    domain = SequenceOf(BOOL, 2)
    assert domain.size == 1 + 2 + 4
    with pytest.raises(OutOfDomain, match="it has 3 elements"):
        domain.encode((True, True, True))
    with pytest.raises(OutOfDomain, match="it is not a tuple"):
        domain.encode([True])


def test_a_set_takes_sets_of_its_elements_only() -> None:
    domain = SetOf(COLOR)
    assert {Color.RED} in domain
    assert frozenset({Side.LEFT}) not in domain
    assert (Color.RED,) not in domain


@pytest.mark.parametrize("domain", [SetOf(FOUR), SequenceOf(POINT, 2), SetOf(POINT)])
def test_what_is_made_of_elements_is_made_once(domain: Any) -> None:
    assert domain.unrank(5) is domain.unrank(5) is domain.decode(domain.encode(domain.unrank(5)))


def test_a_sequence_of_dicts_is_made_anew_so_that_nobody_changes_what_others_see() -> None:
    domain = SequenceOf(MapOf(BOOL, FOUR), 1)
    domain.unrank(1)[0][True] = 3
    assert domain.unrank(1) == ({False: 0, True: 0},)


def test_no_more_than_some_values_are_kept() -> None:
    domain = SetOf(Scalar("range(13)", tuple(range(13))))
    assert [domain.unrank(number) for number in range(domain.size)] == list(domain)
    assert domain.unrank(0) is domain.unrank(0)
    assert domain.unrank(domain.size - 1) is not domain.unrank(domain.size - 1)


def test_equal_records_are_one_key_whoever_made_them() -> None:
    again = Record(Point, (("x", Scalar("range(3)", (0, 1, 2))), ("on", BOOL)))
    assert {POINT: 1}[again] == 1


def test_an_ordered_set_iterates_in_the_order_of_its_domain_and_stays_one() -> None:
    domain = SetOf(COLOR)
    all_but_red = domain.decode((0b111,)) - {Color.RED}
    assert isinstance(all_but_red, OrderedSet)
    assert list(all_but_red) == [Color.GREEN, Color.BLUE]
    assert list(frozenset({Color.RED}) | all_but_red) == list(Color)
    assert list(frozenset(Color) - all_but_red) == [Color.RED]
    assert list(all_but_red.union({Color.RED})) == list(Color)
    assert list(all_but_red.symmetric_difference(set(Color))) == [Color.RED]
    assert all_but_red & {Color.BLUE} == {Color.BLUE} == all_but_red ^ {Color.GREEN}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Color.RED, "RED"),
        (frozenset({2, 1}), "{1, 2}"),
        ((Color.RED,), "(RED,)"),
        ({Side.LEFT: (1, None)}, "{LEFT: (1, None)}"),
        (Pair(Point(1, True), Color.BLUE), "Pair(point=Point(x=1, on=True), BLUE)"),
        ("text", "'text'"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, shown: str) -> None:
    assert show(value) == shown


def test_a_record_that_refuses_a_combination_of_its_fields_cannot_be_listed() -> None:
    @dataclass(frozen=True)
    class Picky(Point):
        def __post_init__(self) -> None:
            if self.x and self.on:
                raise ValueError("too much")

    with pytest.raises(SpecError, match=r"Picky\(x=1, on=True\) raises ValueError: too much"):
        list(Record(Picky, POINT.fields))
