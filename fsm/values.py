"""Values as people read them, and sets that iterate in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Protocol


class Order(Protocol):
    """Something that knows the place of each of its values, as a domain does."""

    def rank(self, value: object) -> int:
        """The value's place, from 0; a ValueError for a value that is not one of its own."""


class OrderedSet(frozenset[Any]):
    """A frozenset that iterates in the order of its domain, whatever the hash seed.

    What its own operators make keeps the order; `{x} | members` is Python's plain set, so write
    `members | {x}`.
    """

    __slots__ = ("_order",)
    _order: Order

    @classmethod
    def of(cls, values: Iterable[Any], order: Order) -> OrderedSet:
        """The set of `values`, iterated in `order`."""
        made = cls(values)
        made._order = order
        return made

    def __iter__(self) -> Iterator[Any]:
        members = list(super().__iter__())
        try:
            return iter(sorted(members, key=self._order.rank))
        except ValueError:
            return iter(members)

    def __reduce__(self) -> tuple[Any, ...]:
        return (frozenset, (tuple(self),))

    def _keep(self, made: Any) -> Any:
        return OrderedSet.of(made, self._order) if isinstance(made, frozenset) else made

    def __or__(self, other: Any) -> Any:
        return self._keep(super().__or__(other))

    def __and__(self, other: Any) -> Any:
        return self._keep(super().__and__(other))

    def __sub__(self, other: Any) -> Any:
        return self._keep(super().__sub__(other))

    def __xor__(self, other: Any) -> Any:
        return self._keep(super().__xor__(other))

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__

    def __rsub__(self, other: Any) -> Any:
        return self._keep(frozenset(other) - frozenset(super().__iter__()))

    def union(self, *others: Any) -> Any:
        """As `frozenset.union`, in order."""
        return self._keep(super().union(*others))

    def intersection(self, *others: Any) -> Any:
        """As `frozenset.intersection`, in order."""
        return self._keep(super().intersection(*others))

    def difference(self, *others: Any) -> Any:
        """As `frozenset.difference`, in order."""
        return self._keep(super().difference(*others))

    def symmetric_difference(self, other: Any) -> Any:
        """As `frozenset.symmetric_difference`, in order."""
        return self._keep(super().symmetric_difference(other))


def show(value: object) -> str:
    """A value as people write it: enum members by name, sets in order, fields that need it by name.

    >>> show(True), show("a"), show((1, None))
    ('True', "'a'", '(1, None)')
    """
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (frozenset, set)):
        if not isinstance(value, OrderedSet):
            return "{" + ", ".join(sorted(map(show, value))) + "}"
        return "{" + ", ".join(map(show, value)) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(show, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{show(key)}: {show(value[key])}" for key in value) + "}"
    names = getattr(value, "__dataclass_fields__", None)
    if names is not None and not isinstance(value, type):
        inner = ", ".join(_field(name, getattr(value, name)) for name in names)
        return f"{value.__class__.__name__}({inner})"
    return repr(value)


def _field(name: str, value: object) -> str:
    """A record's field: an enum member says by itself what it is, other values need the name."""
    return show(value) if isinstance(value, Enum) else f"{name}={show(value)}"
