"""Transition coverage: which transitions of a spec conformance suites have taken, over tests and workers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Covered:
    """What is known of one suite.

    Args:
        total: how many transitions are reachable.
        note: what a reader should know about these numbers.
        transitions: a name for each that was taken.
        left: a name for each that some test left to the implementation, which answered otherwise.
    """

    total: int
    note: str = ""
    transitions: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)

    @property
    def otherwise(self) -> int:
        """How many no test has taken, since the implementation answers otherwise."""
        return len(self.left - self.transitions)

    @property
    def whole(self) -> bool:
        """Whether none is missing that the implementation would take."""
        return len(self.transitions) + self.otherwise >= self.total


def left_to_it(left: int, total: int) -> str:
    """What a summary says of transitions that were left to the implementation; nothing where there are none.

    >>> left_to_it(3, 40)
    '3 of 40 transitions: the implementation answers otherwise'
    """
    return f"{left:,} of {total:,} transitions: the implementation answers otherwise" if left else ""


class Coverage:
    """What is known of all suites; what is recorded of one suite is united.

    >>> coverage = Coverage()
    >>> coverage.record("Lamp", [(0, 1), (1, 0)], 3)
    >>> coverage.record("Lamp", [(0, 1), (1, 2)], 3)
    >>> [line for line, _ in coverage.lines()]
    ['Lamp  3 of 3 transitions, 100 %']
    """

    def __init__(self) -> None:
        self.suites: dict[str, Covered] = {}

    def record(
        self,
        suite: str,
        covered: Iterable[Hashable],
        total: int,
        note: str = "",
        left: Iterable[Hashable] = (),
    ) -> None:
        """Add what a suite has taken.

        Args:
            suite: its name, the same in every call and every worker.
            covered: transitions, each named by anything whose `str` is the same everywhere, such as
                (packed state, number of the event); all so far, or only the new ones.
            total: how many there are.
            note: what a reader should know about these numbers.
            left: those that were left to the implementation, which answered otherwise, named likewise.
        """
        known = self.suites.setdefault(suite, Covered(total, note))
        known.total, known.note = total, note
        known.transitions.update(map(str, covered))
        known.left.update(map(str, left))

    def dump(self) -> list[tuple[str, int, str, list[str], list[str]]]:
        """Everything as plain data, to be sent to another process."""
        return [
            (name, known.total, known.note, sorted(known.transitions), sorted(known.left))
            for name, known in self.suites.items()
        ]

    def add(self, data: Iterable[Any]) -> None:
        """Take in what another process dumped."""
        for name, total, note, transitions, left in data:
            self.record(name, transitions, total, note, left)

    def lines(self) -> Iterator[tuple[str, bool]]:
        """A line for each suite, and whether it has taken everything."""
        width = max(map(len, self.suites), default=0)
        for name, known in sorted(self.suites.items()):
            taken = len(known.transitions)
            share = 100 * taken // known.total if known.total else 100
            notes = [note for note in (known.note, left_to_it(known.otherwise, known.total)) if note]
            told = f"  ({', '.join(notes)})" if notes else ""
            yield (
                f"{name:<{width}}  {taken:,} of {known.total:,} transitions, {share} %{told}",
                known.whole,
            )
