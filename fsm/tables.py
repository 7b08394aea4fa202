"""Tables: the memory of what a body did for the values that it read.

Theory of operation. A *table* is the memory of one event (an action with its arguments) or of one
predicate: a decision tree over the cells that the body read, in the order in which it read them. A state
walks down the tree; where it meets an empty branch the body is run on it and the branch is filled. So a
body runs a few dozen times although millions of states pass through its table.

The leaf of an event is "not enabled", "outside the bounds", or an assignment: bits to keep, bits to put,
cells to move. The leaf of a predicate is its answer; a step property has a table for each event, whose leaf
says whether that event's step keeps the promise.

A table can be *completed*: every branch filled, by running the body on one state for each. A row that
raises is then `Undefined`, and is an error only when a reached state meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fsm.errors import Mistake, SpecError, Where
from fsm.packing import Layout
from fsm.run import Classes, Read


@dataclass(frozen=True)
class Step:
    """An assignment: what an event does to the states that reach this leaf.

    Args:
        keep: the bits that stay.
        put: the bits that are set.
        moves: cells copied unread: shift from, mask, shift to.
    """

    keep: int
    put: int
    moves: tuple[tuple[int, int, int], ...] = ()

    def apply(self, state: int) -> int:
        """The state after the step."""
        after = state & self.keep | self.put
        for origin, mask, target in self.moves:
            after |= (state >> origin & mask) << target
        return after


@dataclass(frozen=True)
class Disabled:
    """A leaf where the event does not happen; `bounded` if only a `limit` stops it."""

    bounded: bool = False


@dataclass(frozen=True)
class Undefined:
    """A leaf that raises; met only while completing, since a reached one is an error at once."""

    error: SpecError


@dataclass(frozen=True)
class Answer:
    """What stands for a leaf in a table of questions: an answer, whatever that is."""

    value: Any


DISABLED = Disabled()
BOUNDED = Disabled(bounded=True)

MOST_ROWS = 20_000  #: leaves at which completing a table stops; a table has at most fifty times as many

Leaf = Step | Disabled | Undefined | bool


def is_enabled(leaf: object) -> bool:
    """Whether an event may happen in states with this leaf, one that only a `limit` stops included."""
    return isinstance(leaf, Step) or (isinstance(leaf, Disabled) and leaf.bounded)


class Branch:
    """An inner node: the cell that is looked at and, for each of its numbers (or classes), what follows."""

    __slots__ = ("cell", "children", "classes", "mask", "shift")

    def __init__(self, cell: int, classes: Classes | None, layout: Layout) -> None:
        slot = layout.slots[cell]
        self.cell = cell
        self.classes = classes
        self.shift = slot.shift
        self.mask = slot.mask
        self.children: dict[int, Branch | Leaf] = {}


class Table:
    """A decision tree that grows where states meet empty branches.

    Args:
        layout: where the cells lie.
        run: runs the body on a state: what it read, in order, and the leaf.
        name: what is run, for messages.
        where: where it was written.
        most: how many leaves it may have; a state that would need one more is run and not remembered.
    """

    def __init__(
        self,
        layout: Layout,
        run: Callable[[int], tuple[list[Read], Leaf]],
        name: str,
        where: Where,
        most: int,
    ) -> None:
        self.layout = layout
        self.name = name
        self.where = where
        self.root: Branch | Leaf | None = None
        self.mask = 0  #: the bits that anything in the tree depends on or changes
        self.leaves = 0
        self.called = 0  #: how often the body was run without being remembered
        self.most = most
        self.widest = 0  #: the most values of a cell that is looked at whole
        self.samples: list[tuple[int, Leaf]] = []
        self._run = run

    def leaf(self, state: int) -> Leaf:
        """What the body does in a state, running it if no state like it came before.

        Raises:
            SpecError: where the body raises or leaves a domain.
        """
        node = self.root
        while type(node) is Branch:
            number = state >> node.shift & node.mask
            if node.classes is not None:
                number = node.classes[number]
            node = node.children.get(number)
        if type(node) is Undefined:
            raise node.error
        if node is not None:
            return node  # type: ignore[return-value]
        if self.leaves < self.most:
            return self._grow(state)
        self.called += 1
        self.mask = (1 << self.layout.bits) - 1
        return self._run(state)[1]

    def _grow(self, state: int, run: Callable[[int], tuple[list[Read], Leaf]] | None = None) -> Leaf:
        reads, leaf = (run or self._run)(state)
        children: dict[int, Any] = {0: self.root} if self.root is not None else {}
        number = 0
        for cell, classes in reads:
            node = children.get(number)
            if node is None:
                node = children[number] = Branch(cell, classes, self.layout)
                slot = self.layout.slots[cell]
                self.mask |= slot.bits
                self.widest = max(self.widest, slot.size if classes is None else 0)
                if self.root is None:
                    self.root = node
            elif type(node) is not Branch or node.cell != cell or node.classes != classes:
                raise self.fickle("reads one thing first and another thing first later")
            number = state >> node.shift & node.mask
            if classes is not None:
                number = classes[number]
            children = node.children
        if children.setdefault(number, leaf) != leaf:  # what is there stays: forests go by which one it is
            raise self.fickle("reads the same values and does different things")
        if self.root is None:
            self.root = leaf
        if isinstance(leaf, Step):
            self.mask |= touched(leaf, self.layout)
        self.leaves += 1
        if len(self.samples) < 8 and not isinstance(leaf, Undefined):
            self.samples.append((state, leaf))
        return leaf

    def fickle(self, how: str) -> SpecError:
        """The error for a body that is no function of what it reads."""
        return SpecError(
            [
                Mistake(
                    f"`{self.name}` is not a function of what it reads: it {how}; a body may depend only on "
                    "its variables and arguments, so take clocks, random numbers, counters and globals out",
                    self.where,
                )
            ]
        )

    def recheck(self) -> None:
        """Run a sample of the leaves again; raises `SpecError` if a body has changed its mind."""
        for state, leaf in self.samples:
            if self._run(state)[1] != leaf:
                raise self.fickle("did one thing during the check and another thing at its end")

    def complete(self, cap: int = MOST_ROWS) -> bool:
        """Fill every branch.

        Args:
            cap: how many leaves there may be.

        Returns:
            False if the cap was met first.
        """
        empty = [0] if self.root is None or self.widest > cap else self._missing()
        while empty:
            for state in empty:
                if self.leaves >= cap or self.widest > cap:
                    return False
                if self.peek(state) is None:
                    self._grow(state, self._run_tolerantly)
            empty = self._missing() if self.widest <= cap else [0]
        return True

    def peek(self, state: int) -> Leaf | None:
        """The leaf of a state, or `None` where the branch is empty."""
        node = self.root
        while type(node) is Branch:
            number = state >> node.shift & node.mask
            node = node.children.get(number if node.classes is None else node.classes[number])
        return node  # type: ignore[return-value]

    def _run_tolerantly(self, state: int) -> tuple[list[Read], Leaf]:
        try:
            return self._run(state)
        except BodyError as error:
            return error.reads, Undefined(error)

    def _missing(self) -> list[int]:
        """A state for each empty branch of the tree as it is now."""
        found: list[int] = []
        if type(self.root) is Branch:
            self._walk(self.root, 0, {}, found)
        return found

    def _walk(
        self, node: Branch, state: int, allowed: Mapping[int, frozenset[int]], found: list[int]
    ) -> None:
        size = self.layout.slots[node.cell].size
        open_ = allowed.get(node.cell, frozenset(range(size)))
        groups: dict[int, list[int]] = {}
        for number in sorted(open_):
            groups.setdefault(number if node.classes is None else node.classes[number], []).append(number)
        for key, numbers in groups.items():
            child = node.children.get(key)
            inner = state & ~(node.mask << node.shift) | numbers[0] << node.shift
            if child is None:
                found.append(inner)
            elif type(child) is Branch:
                self._walk(child, inner, {**allowed, node.cell: frozenset(numbers)}, found)

    def rows(self) -> Iterator[tuple[dict[int, frozenset[int]], Leaf]]:
        """Every filled row: for each cell that was looked at the numbers that it may hold, and the leaf."""
        if self.root is not None:
            yield from self._rows(self.root, {})

    def _rows(
        self, node: Branch | Leaf, allowed: dict[int, frozenset[int]]
    ) -> Iterator[tuple[dict[int, frozenset[int]], Leaf]]:
        if type(node) is not Branch:
            yield allowed, node  # type: ignore[misc]
            return
        size = self.layout.slots[node.cell].size
        open_ = allowed.get(node.cell, frozenset(range(size)))
        for key, child in node.children.items():
            numbers = {n for n in open_ if (n if node.classes is None else node.classes[n]) == key}
            if numbers:
                yield from self._rows(child, {**allowed, node.cell: frozenset(numbers)})


class BodyError(SpecError):
    """A body that raised or left a domain, with what it had read."""

    def __init__(self, mistake: Mistake, reads: list[Read]) -> None:
        super().__init__([mistake])
        self.reads = reads


def touched(step: Step, layout: Layout) -> int:
    """The bits that a step writes or moves from."""
    bits = ((1 << layout.bits) - 1) & ~step.keep
    for origin, mask, _ in step.moves:
        bits |= mask << origin
    return bits
