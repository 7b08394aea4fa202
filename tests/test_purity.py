"""What a body may take from outside of it: only what cannot change."""

from types import MappingProxyType
from typing import ClassVar

from fsm.purity import impurities

LIST: list[int] = []
TABLE = MappingProxyType({1: 2})
NAMES = ("a", "b")


class Owner:
    CACHE: ClassVar[dict[int, int]] = {}
    FIXED: ClassVar[tuple[int, ...]] = (1,)

    def helper(self) -> object:
        return self.CACHE

    @property
    def through(self) -> object:
        return LIST


def found(function: object) -> list[str]:
    return list(impurities(function, Owner))


def test_a_mutable_global_is_found_and_a_fixed_one_is_not() -> None:
    def bad(self) -> bool:
        return LIST == []

    def good(self) -> bool:
        return TABLE[1] == 2 and NAMES[0] == "a" and len(self.FIXED) == 1

    assert found(bad) == ["reads the global `LIST`, a list that may change: make it a tuple"]
    assert found(good) == []


def test_a_mutable_closure_and_default_are_found() -> None:
    seen: set[int] = set()

    def closes(self) -> int:
        return len(seen)

    def defaults(self, cache={}) -> int:  # noqa: B006
        return len(cache)

    def defaults_by_name(self, *, cache=bytearray()) -> int:  # noqa: B008
        return len(cache)

    assert found(closes) == ["reads the closure variable `seen`, a set that may change: make it a frozenset"]
    assert "argument default `cache`, a dict" in found(defaults)[0]
    assert "MappingProxyType" in found(defaults)[0]
    assert "argument default `cache`, a bytearray" in found(defaults_by_name)[0]


def test_helpers_properties_lambdas_and_comprehensions_are_looked_into() -> None:
    def by_helper(self) -> object:
        return self.helper()

    def by_property(self) -> object:
        return self.through

    def by_lambda(self) -> object:
        return (lambda: LIST)()

    def by_comprehension(self) -> object:
        return [one for _ in (1,) for one in LIST]

    for function in (by_helper, by_property, by_lambda, by_comprehension):
        assert len(found(function)) == 1, function


def test_a_name_is_told_of_once_and_recursion_ends() -> None:
    def twice(self) -> int:
        return len(LIST) + len(LIST)

    def again(self) -> object:
        return again(self)

    assert len(found(twice)) == 1
    assert found(again) == []


def test_what_has_no_code_is_left_alone() -> None:
    assert found(len) == []
    assert found(None) == []
