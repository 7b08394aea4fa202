"""Annotations as domains."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal

import pytest

from fsm.annotations import NoDomain, domain_of, key_of
from fsm.composites import MapOf, Maybe, Record
from fsm.elements import SequenceOf, SetOf
from tests.strategies import Color, Pair, Point, Slot


@dataclass
class Thawed:
    on: bool


@dataclass(frozen=True)
class Empty:
    pass


@dataclass(frozen=True)
class Derived:
    on: bool
    off: bool = field(init=False, default=False)


@dataclass(frozen=True)
class Unbounded:
    count: int


@pytest.mark.parametrize(
    ("annotation", "values"),
    [
        (bool, [False, True]),
        (None, [None]),
        (Color, list(Color)),
        (Literal["a", 2], ["a", 2]),
        (Literal["a"] | None, [None, "a"]),
        (bool | Color, [False, True, *Color]),
        (Color | None, [None, *Color]),
        (Annotated[int, range(2, 4)], [2, 3]),
        (Annotated[int, range(2)] | None, [None, 0, 1]),
        (Annotated[bool, "only a word"], [False, True]),
    ],
)
def test_plain_types_list_their_values_in_order(annotation: Any, values: list[object]) -> None:
    assert list(domain_of(annotation)) == values


def test_a_given_domain_of_an_optional_has_none_too() -> None:
    assert list(domain_of(int | None, range(2))) == [None, 0, 1]
    assert list(domain_of(int | None, (None, 5))) == [None, 5]
    assert list(domain_of(int, domain_of(Annotated[int, range(2)]))) == [0, 1]
    assert list(domain_of(Color, Color)) == list(Color)


def test_structured_types_have_structured_domains() -> None:
    assert isinstance(domain_of(Pair), Record)
    assert isinstance(domain_of(Point | None), Maybe)
    assert isinstance(domain_of(frozenset[Color]), SetOf)
    assert isinstance(domain_of(tuple[Point, ...], maxlen=2), SequenceOf)
    assert isinstance(domain_of(Slot), Record)
    assert domain_of(dict[Color, bool]) == domain_of(Mapping[Color, bool])
    assert domain_of(dict[Color, dict[bool, Point]]).size == (6**2) ** 3
    assert isinstance(domain_of(dict[Color, bool]), MapOf)


@pytest.mark.parametrize("key", [Color, Literal["a", "b", "c"], range(3), (1, 2, 3)])
def test_keys_are_types_ranges_and_tuples(key: object) -> None:
    assert key_of(key).size == 3


@pytest.mark.parametrize(
    ("annotation", "given", "why"),
    [
        (int, None, r"an int without bounds: write `var\(range\(n\), initial\)`"),
        (float, None, "a float: its values cannot be listed"),
        (str, None, r"a str without bounds: write `Literal\[...\]`"),
        (list[bool], None, r"a list: write `tuple\[T, ...\] = var\(maxlen=n\)`"),
        (dict, None, "a bare dict: say of what"),
        (frozenset, None, "a bare frozenset: say of what"),
        (object, None, "object, which is no finite type"),
        (Any, None, "Any, which means no finite domain|Any, which is no finite type"),
        (Enum("Nothing", ""), None, "Nothing has no members"),
        (tuple[bool, bool], None, "a tuple of fixed shape"),
        (tuple[bool, ...], None, r"a sequence without a bound: write `= var\(maxlen=n\)`"),
        (Point | Pair, None, r"only `Record \| None` and unions of plain values"),
        (Thawed, None, r"Thawed is not frozen: write `@dataclass\(frozen=True\)`"),
        (Empty, None, "Empty has no fields"),
        (Unbounded, None, r"Unbounded.count: an int without bounds"),
        (Derived, None, "Derived cannot be made of its fields: got an unexpected keyword argument 'off'"),
        (frozenset[Annotated[int, range(2000)]], None, "a set over 2,000 elements: at most 1,024"),
        (int, range(0), "a domain without values"),
        (int, (1, 1), r"a domain that names a value twice: \(1, 1\)"),
        (int, (1, True), "an int's domain must hold ints"),
        (int, ([],), "a domain of values that cannot be hashed"),
        (int, "abc", "'abc' is no domain"),
        (int, 7, "7 is no domain"),
        (int, range(2**21), "at most 1,048,576 are possible; bound it"),
    ],
)  # fmt: skip
def test_what_has_no_finite_domain_is_told_what_to_write(annotation: Any, given: object, why: str) -> None:
    with pytest.raises(NoDomain, match=why):
        domain_of(annotation, given)


def test_a_sequence_fits_into_a_word_and_has_no_negative_length() -> None:
    with pytest.raises(NoDomain, match="more than 63 bits: shorten it"):
        domain_of(tuple[Color, ...], maxlen=60)
    with pytest.raises(NoDomain, match="at most -1 elements"):
        domain_of(tuple[Color, ...], maxlen=-1)


@pytest.mark.parametrize(
    ("annotation", "values"),
    [
        (Literal["a"] | Literal["a", "b"], ["a", "b"]),
        (Literal["a", None] | None, [None, "a"]),
        (Annotated[int, range(2)] | Annotated[int, range(3)], [0, 1, 2]),
        (bool | Literal[1, True], [False, True, 1]),
    ],
)
def test_a_union_has_each_of_its_values_once(annotation: Any, values: list[object]) -> None:
    assert list(map(repr, domain_of(annotation))) == list(map(repr, values))


def test_a_set_of_values_is_ordered_as_it_is_shown() -> None:
    assert list(domain_of(str, frozenset({"c", "a", "d", "b"}))) == ["a", "b", "c", "d"]
