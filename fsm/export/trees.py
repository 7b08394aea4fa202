"""Decision trees that read well: a completed table, put together again.

A table's tree has a branch for each value that a body met, and a leaf that tells the values that it wrote.
Here branches that do the same become one. Two leaves may do the same although they are not equal: where x is
2, "x := 2" changes nothing, and "y := 3" may be "y := x + 1". So every branch is written in each of these
ways, and those ways are taken that leave the fewest branches.

A row that is undefined (the body raises there) is one that no right spec ever reaches; it goes with whatever
stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fsm.export.variables import Cell, Sort, Variable, Vocabulary
from fsm.model import Model
from fsm.tables import Branch, Disabled, Leaf, Step, Table, Undefined


@dataclass(frozen=True)
class Copy:
    """The value of a variable before the step, plus a number."""

    variable: int
    plus: int = 0


@dataclass(frozen=True)
class Do:
    """A leaf: to variables it assigns numbers of their values, or copies; all at once, from the old state."""

    effects: tuple[tuple[int, int | Copy], ...]


@dataclass(frozen=True)
class Choice:
    """An inner node: a variable, and what follows for which of its numbers.

    Args:
        variable: by place.
        groups: at least two; numbers that are in none of them do not occur.
    """

    variable: int
    groups: tuple[tuple[frozenset[int], Tree], ...]


Tree = Choice | Do | Disabled | bool

MOST_WAYS = 3  #: how many variables of a leaf are written in other ways at a time


class Trees:
    """Makes trees over the variables of a model.

    Args:
        model, vocabulary: of which.
    """

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        self.model = model
        self.variables = vocabulary.variables
        self.cells = vocabulary.cells

    def of(self, table: Table) -> Tree | None:
        """The tree of a completed table; `None` where every row is undefined."""
        assert table.root is not None
        return self._grown(table.root, {})

    def mapped(self, tree: Tree | None, change: Callable[[Tree], Tree | None]) -> Tree | None:
        """The tree with other leaves, put together again; a leaf that becomes `None` does not occur."""
        if not isinstance(tree, Choice):
            return None if tree is None else change(tree)
        children: dict[int, Tree | None] = {}
        for numbers, inner in tree.groups:
            made = self.mapped(inner, change)
            children.update(dict.fromkeys(numbers, made))
        return self.choice(tree.variable, children)

    def choice(self, variable: int, children: Mapping[int, Tree | None]) -> Tree | None:
        """A choice with as few groups as can be, or what it comes down to."""
        trees = {number: tree for number, tree in children.items() if tree is not None}
        plain = _grouped({number: [_settled(tree, variable, number)] for number, tree in trees.items()})
        if len(plain) > 1:
            ways = {number: list(self._ways(variable, number, trees)) for number in trees}
            better = _grouped(ways)
            plain = better if len(better) < len(plain) else plain
        if len(plain) <= 1:
            return next((tree for _, tree in plain), None)
        return Choice(variable, tuple(plain))

    def _grown(self, node: Branch | Leaf, allowed: Mapping[int, frozenset[int]]) -> Tree | None:
        if isinstance(node, Undefined):
            return None
        if isinstance(node, Step):
            return self._do(node)
        if not isinstance(node, Branch):
            return node
        cell = self.cells[node.cell]
        numbers: dict[int, list[int]] = {}
        for number in sorted(allowed.get(node.cell, range(len(cell.digits)))):
            key = number if node.classes is None else node.classes[number]
            numbers.setdefault(key, []).append(number)
        rows: list[tuple[tuple[int, ...], Tree | None]] = []
        for key, chosen in numbers.items():
            inner = self._grown(node.children[key], {**allowed, node.cell: frozenset(chosen)})
            rows += [(cell.digits[number], inner) for number in chosen]
        return self.spread(cell.variables, rows)

    def blocks(self, tree: Tree | None) -> list[Tree]:
        """A tree as several that are done all at once, where that is shorter: one for each kind of decision.

        Args:
            tree: one whose leaves all assign.
        """
        if not isinstance(tree, Choice):
            return [] if tree is None or tree == Do(()) else [tree]
        targets = sorted({target for leaf in _leaves(tree) for target, _ in leaf.effects})
        groups: dict[object, list[int]] = {}
        for target in targets:
            groups.setdefault(_skeleton(self._onto(tree, {target})), []).append(target)
        made = [block for group in groups.values() if (block := self._onto(tree, set(group))) is not None]
        return made if sum(map(_nodes, made)) <= _nodes(tree) else [tree]

    def _onto(self, tree: Tree, targets: set[int]) -> Tree | None:
        """What is assigned to some variables."""

        def change(leaf: Tree) -> Tree:
            assert isinstance(leaf, Do)
            return Do(tuple(effect for effect in leaf.effects if effect[0] in targets))

        return self.mapped(tree, change)

    def spread(
        self, variables: Sequence[int], rows: Sequence[tuple[tuple[int, ...], Tree | None]]
    ) -> Tree | None:
        """The tree that looks at some variables in turn.

        Args:
            variables: by place.
            rows: the numbers of these variables, and what follows.
        """
        if not variables:
            return rows[0][1]
        groups: dict[int, list[tuple[tuple[int, ...], Tree | None]]] = {}
        for digits, tree in rows:
            groups.setdefault(digits[0], []).append((digits[1:], tree))
        return self.choice(
            variables[0], {number: self.spread(variables[1:], inner) for number, inner in groups.items()}
        )

    def _do(self, step: Step) -> Do:
        effects: dict[int, int | Copy] = {}
        moved = {target: origin for origin, _, target in step.moves}
        for slot, cell in zip(self.model.layout.slots, self.cells, strict=True):
            if slot.shift in moved and slot.mask:
                origin = self._cell_at(moved[slot.shift])
                effects.update(zip(cell.variables, map(Copy, origin.variables), strict=True))
            elif slot.mask and not step.keep & slot.bits:
                effects.update(
                    zip(cell.variables, cell.digits[step.put >> slot.shift & slot.mask], strict=True)
                )
        return Do(tuple(effects.items()))

    def _cell_at(self, shift: int) -> Cell:
        slots = zip(self.model.layout.slots, self.cells, strict=True)
        return next(cell for slot, cell in slots if slot.shift == shift and slot.mask)

    def _ways(self, variable: int, number: int, trees: Mapping[int, Tree]) -> Iterator[Tree]:
        """Every way to write what is done where a variable has a number."""
        settled = _settled(trees[number], variable, number)
        forced = _forced(settled, variable, number)
        varying = self._varying(variable, trees)
        for count in range(len(varying) + 1):
            for chosen in combinations(varying, count):
                for tree in (settled, forced):
                    yield self._related(tree, variable, number, frozenset(chosen))

    def _varying(self, variable: int, trees: Mapping[int, Tree]) -> list[int]:
        """The variables that are assigned different numbers, and could be copies of this one."""
        seen: dict[int, set[int]] = {}
        for tree in trees.values():
            for leaf in _leaves(tree):
                for target, source in leaf.effects:
                    if isinstance(source, int) and _may_copy(
                        self.variables[target], self.variables[variable]
                    ):
                        seen.setdefault(target, set()).add(source)
        found = [target for target, numbers in seen.items() if len(numbers) > 1 or target == variable]
        return sorted(found, key=lambda target: -len(seen[target]))[:MOST_WAYS]

    def _related(self, tree: Tree, variable: int, number: int, chosen: frozenset[int]) -> Tree:
        """The same where a variable has a number, with some assignments as copies of that variable."""
        here = self.variables[variable]

        def change(leaf: Do) -> Do:
            effects: list[tuple[int, int | Copy]] = []
            for target, source in leaf.effects:
                copied = _copied(self.variables[target], source, here, number) if target in chosen else None
                effects.append((target, source if copied is None else Copy(variable, copied)))
            return Do(tuple(effects))

        return _changed(tree, change) if chosen else tree


def _may_copy(target: Variable, origin: Variable) -> bool:
    return target.values == origin.values or (target.sort is Sort.INTEGER and origin.sort is Sort.INTEGER)


def _copied(target: Variable, source: int | Copy, origin: Variable, number: int) -> int | None:
    """What is to be added to the origin's value, if that is what is assigned; None is only ever copied."""
    if not isinstance(source, int):
        return None
    new, old = target.values[source], origin.values[number]
    if type(new) is int and type(old) is int:
        return new - old
    same = target.literal(source) == origin.literal(number) and new == old and type(new) is type(old)
    return 0 if same else None


def _grouped(ways: Mapping[int, Sequence[Tree]]) -> list[tuple[frozenset[int], Tree]]:
    """The numbers that can be written in the same way, as few groups as a greedy choice finds."""
    able: dict[Tree, set[int]] = {}
    for number, trees in ways.items():
        for tree in trees:
            able.setdefault(tree, set()).add(number)
    groups = []
    left = set(ways)
    while left:
        best = max(able, key=lambda tree: len(able[tree] & left))
        groups.append((frozenset(able[best] & left), best))
        left -= able[best]
    return sorted(groups, key=lambda group: min(group[0]))


def _leaves(tree: Tree) -> Iterator[Do]:
    if isinstance(tree, Do):
        yield tree
    elif isinstance(tree, Choice):
        for _, inner in tree.groups:
            yield from _leaves(inner)


def _skeleton(tree: Tree | None) -> object:
    """What a tree decides on, whatever it does then."""
    if isinstance(tree, Choice):
        return tree.variable, tuple((numbers, _skeleton(inner)) for numbers, inner in tree.groups)
    return None


def _nodes(tree: Tree) -> int:
    """How many choices a tree has, and how many assignments."""
    if isinstance(tree, Choice):
        return 1 + sum(_nodes(inner) for _, inner in tree.groups)
    return len(tree.effects) if isinstance(tree, Do) else 0


def read(tree: Tree) -> set[int]:
    """The variables that a tree looks at or copies."""
    if isinstance(tree, Choice):
        return {tree.variable}.union(*(read(inner) for _, inner in tree.groups))
    effects = tree.effects if isinstance(tree, Do) else ()
    return {source.variable for _, source in effects if isinstance(source, Copy)}


def assigned(tree: Tree) -> set[int]:
    """The variables that a tree may assign."""
    return {target for leaf in _leaves(tree) for target, _ in leaf.effects}


def surely_changes(tree: Tree | None, known: Mapping[int, frozenset[int]]) -> bool:
    """Whether a tree leaves no state as it is.

    Args:
        tree: an event's.
        known: the numbers that variables may have here.
    """
    if isinstance(tree, Choice):
        return all(
            surely_changes(inner, {**known, tree.variable: numbers & known.get(tree.variable, numbers)})
            for numbers, inner in tree.groups
        )
    if not isinstance(tree, Do):
        return True
    return any(
        source.variable == target and source.plus != 0
        if isinstance(source, Copy)
        else target in known and source not in known[target]
        for target, source in tree.effects
    )


def _changed(tree: Tree, change: Callable[[Do], Do]) -> Tree:
    """The tree with other assignments, groups as they are."""
    if isinstance(tree, Do):
        return change(tree)
    if isinstance(tree, Choice):
        groups = tuple((numbers, _changed(inner, change)) for numbers, inner in tree.groups)
        return Choice(tree.variable, groups)
    return tree


def _settled(tree: Tree, variable: int, number: int) -> Tree:
    """The same where a variable has a number, without assigning it that number again."""
    return _changed(tree, lambda leaf: Do(tuple(one for one in leaf.effects if one != (variable, number))))


def _forced(tree: Tree, variable: int, number: int) -> Tree:
    """The same where a variable has a number, always assigning it."""

    def change(leaf: Do) -> Do:
        if any(target == variable for target, _ in leaf.effects):
            return leaf
        return Do(tuple(sorted((*leaf.effects, (variable, number)), key=lambda effect: effect[0])))

    return _changed(tree, change)
