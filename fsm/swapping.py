"""Whether members really are interchangeable: checked on the tables, not assumed.

Theory. Exchanging two members turns every row of a table into a row: the cells that the body looked at are
moved and renumbered (see `symmetry`), and so is what it did. Members are interchangeable if each body, with
its arguments renamed, does just that in all states that match the renamed row. Exchanging neighbours is
enough, since every renaming is made of such exchanges.

Only rows that are filled are compared, so nothing is asked of states that nobody met. Where the renamed row
leads to an empty branch the body is run to fill it, and the new row is compared in its turn, until nothing
new comes. So, once this has passed, whatever happens in a state that was met happens, renamed, in all states
of its orbit. Bodies may look at members in any order: rows are compared as sets of states, not as they were
read. A row that raises agrees with one that raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from fsm.capture import Tables
from fsm.composites import MapOf
from fsm.errors import Mistake, SpecError, Where
from fsm.packing import Layout
from fsm.renaming import Allowed, Swap, swaps
from fsm.symmetry import Symmetry
from fsm.tables import Branch, Disabled, Leaf, Step, Table, Undefined
from fsm.values import show

MOST = 200_000  #: pairs of rows that are compared

Path = tuple[int, ...]  #: a row: which way to go at each branch


@dataclass(frozen=True)
class _Subject:
    """A table under its name, and the places among all subjects of what it becomes, swap by swap."""

    name: str
    table: Table
    images: tuple[int, ...]


def check(tables: Tables, symmetry: Symmetry) -> None:
    """See to it that members are interchangeable as far as the tables are filled; fills what this needs.

    Args:
        tables: of the model.
        symmetry: of the same model.

    Raises:
        SpecError: if they are not, with what tells them apart; or if it would take too long to find out.
    """
    _Check(tables, symmetry).run()


class _Check:
    def __init__(self, tables: Tables, symmetry: Symmetry) -> None:
        self.tables = tables
        self.model = tables.model
        self.layout = tables.layout
        self.symmetry = symmetry
        self.swaps = swaps(symmetry)
        self.subjects = list(self._subjects())
        self.compared = 0

    def run(self) -> None:
        """Everything, once."""
        self._beginnings()
        self._ends()
        for subject in self.subjects:
            if subject.table.called:
                self._too_much(subject, "it looks at so much that not every row of it is remembered")
        seen: set[tuple[int, Path]] = set()
        known = -1
        while known < len(seen):
            known = len(seen)
            for place, subject in enumerate(self.subjects):
                for path, allowed, leaf in list(_rows(subject.table, self.layout)):
                    if (place, path) not in seen:
                        seen.add((place, path))
                        for swap, image in zip(self.swaps, subject.images, strict=True):
                            self._compare(subject, self.subjects[image], swap, allowed, leaf)

    def _subjects(self) -> Iterator[_Subject]:
        """Events, then predicates, then promises."""
        tables, events = self.tables, self.model.events
        predicates = {bound: len(events) + place for place, bound in enumerate(tables.predicates)}
        first = len(events) + len(predicates)
        promises = {pair: first + place for place, pair in enumerate(tables.promises)}
        steps = {bound: place for place, bound in enumerate(tables.steps)}
        for place, table in enumerate(tables.events):
            yield _Subject(events[place].label, table, tuple(swap.events[place] for swap in self.swaps))
        for bound, table in tables.predicates.items():
            yield _Subject(bound.label, table, tuple(predicates[swap.bound(bound)] for swap in self.swaps))
        for (place, number), table in tables.promises.items():
            bound = tables.steps[number]
            images = [promises[swap.events[place], steps[swap.bound(bound)]] for swap in self.swaps]
            yield _Subject(f"{bound.label}` of a step `{events[place].label}", table, tuple(images))

    def _beginnings(self) -> None:
        """The initial states are the same ones with members exchanged."""
        initial = self.tables.initial_states()
        known = set(initial)
        for state in initial:
            for swap in self.swaps:
                if swap.state(state) not in known:
                    changes = self.layout.changes(state, swap.state(state))
                    told = ", ".join(f"{path}={old}" for path, old, _ in changes)
                    other = ", ".join(f"{path}={new}" for path, _, new in changes)
                    name = re.split(r"[.\[]", changes[0][0])[0]
                    self._refuse(
                        f"a run may begin with {told}, and not with {other}, which exchanges {swap}; let all "
                        "members begin alike, or in every combination",
                        next(variable.where for variable in self.model.variables if variable.name == name),
                    )

    def _ends(self) -> None:
        """The final phases are the same ones with members exchanged, should the phase be a member."""
        place, final = self.layout.places[self.model.phase.name], self.model.final
        if not any(place.first <= pointer.cell < place.end for pointer in self.symmetry.pointers):
            return
        domain = place.domain
        while isinstance(domain, MapOf):
            domain = domain.value
        for swap in self.swaps:
            for phase in domain:
                became = swap.value(phase, domain)
                if (phase in final) != (became in final):
                    self._refuse(
                        f"exactly one of {swap} is a final phase; name both or none", self.model.where
                    )

    def _compare(self, subject: _Subject, image: _Subject, swap: Swap, allowed: Allowed, leaf: Leaf) -> None:
        """One row, and all of what it becomes."""
        there = {
            swap.cell(cell): frozenset(swap.number(cell, number) for number in numbers)
            for cell, numbers in allowed.items()
        }
        for narrowed, found in self._leaves(image, image.table.root, there):
            if not self._same(swap, leaf, found, narrowed):
                self._tell(subject, image, swap, leaf, found, narrowed)

    def _leaves(
        self, subject: _Subject, node: Branch | Leaf | None, allowed: Allowed
    ) -> Iterator[tuple[Allowed, Leaf]]:
        """Every leaf that some state meets whose cells hold what is allowed, and what is allowed there."""
        if node is None:
            self._fill(subject, allowed)
            yield from self._leaves(subject, subject.table.root, allowed)
        elif type(node) is Branch:
            size = self.layout.slots[node.cell].size
            open_ = allowed.get(node.cell, range(size))
            self._count(subject, len(open_) - 1)
            groups: dict[int, list[int]] = {}
            for number in open_:
                groups.setdefault(number if node.classes is None else node.classes[number], []).append(number)
            for key, numbers in groups.items():
                inner = {**allowed, node.cell: frozenset(numbers)}
                yield from self._leaves(subject, node.children.get(key), inner)
        else:
            self._count(subject, 1)
            yield allowed, node  # type: ignore[misc]

    def _fill(self, subject: _Subject, allowed: Allowed) -> None:
        table = subject.table
        if table.leaves >= table.most:
            self._too_much(subject, f"it has more than {table.most:,} rows")
        table._grow(self._state(allowed), table._run_tolerantly)

    def _count(self, subject: _Subject, number: int) -> None:
        self.compared += number
        if self.compared > MOST:
            self._too_much(subject, f"comparing every row takes more than {MOST:,} comparisons")

    def _same(self, swap: Swap, leaf: Leaf, found: Leaf, allowed: Allowed) -> bool:
        """Whether a leaf and the one of the renamed row do the same, renamed, wherever this is allowed."""
        if isinstance(leaf, Step) and isinstance(found, Step):
            return swap.agrees(leaf, found, allowed)
        if isinstance(leaf, Undefined):
            return isinstance(found, Undefined)
        return leaf == found

    # what is told

    def _tell(
        self, subject: _Subject, image: _Subject, swap: Swap, leaf: Leaf, found: Leaf, allowed: Allowed
    ) -> NoReturn:
        there = self._state(allowed)
        here = swap.state(there)
        try:
            first = (
                f"{self._done(leaf, here)} where {self._shown(here, {swap.cell(cell) for cell in allowed})}"
            )
            other = f"{self._done(found, there)} where {self._shown(there, set(allowed))}"
        except Exception:  # a record that cannot be made of all of its fields' values is not shown
            first, other = "does one thing", "does another"
        self._refuse(
            f"`{subject.name}` {first}; with {swap} exchanged, `{image.name}` {other}. Treat all members "
            "alike, or explore without symmetry",
            subject.table.where,
        )

    def _done(self, leaf: Leaf, state: int) -> str:
        if isinstance(leaf, Step):
            changes = self.layout.changes(state, leaf.apply(state))
            assigned = ", ".join(f"{path}={new}" for path, _, new in changes)
            return f"sets {assigned}" if changes else "changes nothing"
        if isinstance(leaf, Disabled):
            return "is stopped by a limit" if leaf.bounded else "is not enabled"
        return "raises" if isinstance(leaf, Undefined) else f"answers {leaf}"

    def _shown(self, state: int, cells: set[int]) -> str:
        shown = [
            f"{path}={show(place.domain.decode(self.layout.numbers(state, place)))}"
            for path, place in self.layout.parts
            if cells & set(range(place.first, place.end))
        ]
        return ", ".join(shown) or "nothing is looked at"

    def _state(self, allowed: Allowed) -> int:
        """A state whose cells hold what is allowed, and 0 elsewhere."""
        return sum(min(numbers) << self.layout.slots[cell].shift for cell, numbers in allowed.items())

    def _too_much(self, subject: _Subject, why: str) -> NoReturn:
        self._refuse(
            f"nobody can tell for `{subject.name}`: {why}; let it look at fewer variables, or explore "
            "without symmetry",
            subject.table.where,
        )

    def _refuse(self, why: str, where: Where) -> NoReturn:
        said = f"the members of {self.symmetry.key} are not seen to be interchangeable: {why}"
        if self.symmetry.understood:
            said += f" ({self.symmetry.understood})"
        raise SpecError([Mistake(said, where)])


def _rows(table: Table, layout: Layout) -> Iterator[tuple[Path, Allowed, Leaf]]:
    """Every filled row, with the way that leads there."""
    rest: list[tuple[Branch | Leaf, Path, Allowed]] = [] if table.root is None else [(table.root, (), {})]
    while rest:
        node, path, allowed = rest.pop()
        if type(node) is not Branch:
            yield path, allowed, node  # type: ignore[misc]
            continue
        for key, child in node.children.items():
            if node.classes is None:
                numbers = frozenset((key,))
            else:
                open_ = allowed.get(node.cell, range(layout.slots[node.cell].size))
                numbers = frozenset(number for number in open_ if node.classes[number] == key)
            rest.append((child, (*path, key), {**allowed, node.cell: numbers}))
