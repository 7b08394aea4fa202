"""What a body gets for a set: asked for one element it reads one cell, and what is added is written as one.

A set is a cell for each element of its domain (see `elements`), and a view of it holds their *contents* (see
`run`). `in`, `|`, `-` and `&` touch the elements that they are about and copy the others unread, so that
`self.votes |= {voter}` depends on nothing, and `voter in self.votes` on one bit. Whoever asks for more (the
length, the order, equality) reads element by element, in the order of the domain, until the answer is known.

A view is no `frozenset`: those are read behind our back. It answers `__class__` with the class of the sets
that it stands for; `isinstance` and `match` work, `type(x) is frozenset` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

from fsm.domains import Domain, OutOfDomain
from fsm.elements import SetOf
from fsm.run import Run
from fsm.values import OrderedSet


class SetView(Set[Any]):
    """A set that is read where it is looked at.

    Args:
        domain: what it is one of.
        run: who reads.
        contents: of its cells.
    """

    __slots__ = ("_run", "contents", "domain")

    def __init__(self, domain: SetOf, run: Run, contents: tuple[int, ...]) -> None:
        self.domain = domain
        self.contents = contents
        self._run = run

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return OrderedSet

    def whole(self) -> OrderedSet:
        """All of it, as a value."""
        read, bits = self._run.read, 0
        for number, content in enumerate(self.contents):
            bits |= read(content) << number
        made: OrderedSet = self.domain.unrank(bits)
        return made

    def _number(self, element: object) -> int | None:
        """The cell of an element; `None` for what is none, or may be equal to one all the same."""
        try:
            return self.domain.element.rank(element)
        except OutOfDomain:
            return None

    def _numbers(self, other: Any) -> set[int] | None:
        """The cells of all elements of another set; `None` if not all of them are ours."""
        numbers = set(map(self._number, other))
        return None if None in numbers else numbers  # type: ignore[return-value]

    def _contents(self, other: Any) -> tuple[int, ...] | None:
        """What another set would have in our cells; `None` if it has elements that are not ours."""
        contents = contents_of(other, self.domain)
        if contents is None and (numbers := self._numbers(other)) is not None:
            contents = tuple(int(number in numbers) for number in range(len(self.contents)))
        return contents

    def _beside(self, theirs: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Our contents, each with the other one's."""
        return zip(self.contents, theirs, strict=True)

    def _read(self, numbers: Iterable[int]) -> Iterator[int]:
        """What the cells of some elements hold, read as they are asked for."""
        return (self._run.read(self.contents[number]) for number in numbers)

    def __contains__(self, element: object) -> bool:
        number = self._number(element)
        if number is None:
            return element in self.whole()
        return self._run.read(self.contents[number]) == 1

    def __iter__(self) -> Iterator[Any]:
        read = self._run.read
        for element, content in zip(self.domain.elements, self.contents, strict=True):
            if read(content):
                yield element

    def __len__(self) -> int:
        return sum(map(self._run.read, self.contents))

    def __bool__(self) -> bool:
        return any(map(self._run.read, self.contents))

    def __hash__(self) -> int:
        return hash(self.whole())

    def __repr__(self) -> str:
        return repr(self.whole())

    def __reduce__(self) -> tuple[Any, ...]:
        return (frozenset, (tuple(self),))

    def __copy__(self) -> SetView:
        return self

    def __deepcopy__(self, _memo: object) -> SetView:
        return self

    def copy(self) -> SetView:
        """Itself: it cannot be changed."""
        return self

    # comparing, with the keys of a dict, too

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        theirs, read = self._contents(other), self._run.read
        if theirs is None:
            return self.whole() == other
        return all(mine == its or read(mine) == read(its) for mine, its in self._beside(theirs))

    def __le__(self, other: Any) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        theirs, read = self._contents(other), self._run.read
        if theirs is None:
            return all(element in other for element in self)
        return all(
            mine == its or its == 1 or not read(mine) or read(its) for mine, its in self._beside(theirs)
        )

    def __ge__(self, other: Any) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        if contents_of(other, self.domain) is not None:
            return bool(other <= self)
        numbers = self._numbers(other)
        return self.whole() >= other if numbers is None else all(self._read(sorted(numbers)))

    def __lt__(self, other: Any) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        return bool(self <= other and self != other)

    def __gt__(self, other: Any) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        return bool(self >= other and self != other)

    def issubset(self, other: Any) -> bool:
        """As `frozenset.issubset`."""
        return bool(self <= _as_set(other))

    def issuperset(self, other: Any) -> bool:
        """As `frozenset.issuperset`."""
        return bool(self >= _as_set(other))

    def isdisjoint(self, other: Any) -> bool:
        """As `frozenset.isdisjoint`."""
        some = _as_set(other)
        numbers = self._numbers(some)
        return self.whole().isdisjoint(some) if numbers is None else not any(self._read(sorted(numbers)))

    # making another one

    def _made(self, other: Any, plain: Callable[[Any, Any], Any], choose: Callable[[int, int], int]) -> Any:
        """Another view, chosen element by element; a plain set if the other one has strange elements.

        Args:
            other: a set.
            plain: does the same with sets that were read.
            choose: of this content and the other one.
        """
        if not isinstance(other, (frozenset, set)):
            return NotImplemented
        theirs = self._contents(other)
        if theirs is None:
            return plain(self.whole(), frozenset(other))
        return SetView(self.domain, self._run, tuple(map(choose, self.contents, theirs)))

    def _either(self, mine: int, other: int) -> int:
        if mine == other or other == 0 or mine == 1:
            return mine
        return other if other == 1 or mine == 0 else self._run.read(mine) or other

    def _both(self, mine: int, other: int) -> int:
        if mine == other or other == 1 or mine == 0:
            return mine
        return other if other == 0 or mine == 1 else self._run.read(mine) and other

    def _mine_alone(self, mine: int, other: int) -> int:
        if mine == 0 or other == 0:
            return mine
        if other == 1 or mine == other:
            return 0
        return self._run.read(mine) and 1 - self._run.read(other)

    def _one_of(self, mine: int, other: int) -> int:
        if mine == 0 or other == 0:
            return mine or other
        return 0 if mine == other else self._run.read(mine) ^ self._run.read(other)

    def __or__(self, other: Any) -> Any:
        return self._made(other, lambda one, two: one | two, self._either)

    def __and__(self, other: Any) -> Any:
        return self._made(other, lambda one, two: one & two, self._both)

    def __sub__(self, other: Any) -> Any:
        return self._made(other, lambda one, two: one - two, self._mine_alone)

    def __xor__(self, other: Any) -> Any:
        return self._made(other, lambda one, two: one ^ two, self._one_of)

    def __ror__(self, other: Any) -> Any:
        return other | self.whole() if type(other) is set else self | other

    def __rand__(self, other: Any) -> Any:
        return other & self.whole() if type(other) is set else self & other

    def __rxor__(self, other: Any) -> Any:
        return other ^ self.whole() if type(other) is set else self ^ other

    def __rsub__(self, other: Any) -> Any:
        numbers = self._numbers(other)
        if numbers is None:
            return other - self.whole()
        order = sorted(numbers)
        left = [n for n, holds in zip(order, self._read(order), strict=True) if not holds]
        return other & {self.domain.elements[n] for n in left}

    def union(self, *others: Any) -> Any:
        """As `frozenset.union`."""
        made: Any = self
        for other in others:
            made = made | _as_set(other)
        return made

    def intersection(self, *others: Any) -> Any:
        """As `frozenset.intersection`."""
        made: Any = self
        for other in others:
            made = made & _as_set(other)
        return made

    def difference(self, *others: Any) -> Any:
        """As `frozenset.difference`."""
        made: Any = self
        for other in others:
            made = made - _as_set(other)
        return made

    def symmetric_difference(self, other: Any) -> Any:
        """As `frozenset.symmetric_difference`."""
        return self ^ _as_set(other)


def whole(value: Any) -> Any:
    """A set as a value, read if it is a view."""
    return value.whole() if type(value) is SetView else value


def contents_of(value: Any, domain: Domain) -> tuple[int, ...] | None:
    """The contents of a view of a set of a domain; `None` of anything else."""
    made: tuple[int, ...] | None = None
    if type(value) is SetView and value.domain == domain:
        made = value.contents
    return made


def _as_set(other: Any) -> Any:
    return other if isinstance(other, (frozenset, set)) else frozenset(other)
