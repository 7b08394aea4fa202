"""`Sorter` on arrays: see `fsm.sorting`.

Theory. What a lens looks at becomes columns of numbers, and the columns one number, its *code*: with each
further column the pairs that occur are numbered anew, so that codes stay small however wide a state is. The
steps of an event are taken for many states at once, by its table: states go down the tree together and part
where it branches. What follows is needed for its code alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fsm.graph import Graph
from fsm.lens import Lens, Part, tell
from fsm.native.finality import Finality
from fsm.native.marks import answered
from fsm.native.renaming import Renamer
from fsm.native.visited import Visited, packed
from fsm.packing import WORD, Slot
from fsm.sorting import Concerns, Gathered, Naming, question, violated
from fsm.tables import Answer, Branch, Step, Table

BATCH = 1 << 17  #: states whose steps are taken at once
WIDE = 62  #: bits that a column has at most
DENSE = 1 << 20  #: pairs of blocks up to which there is a counter for each
UNSEEN = -1  #: the code of what looks like no state that was found


class ArraySorter:
    """`Sorter` on arrays.

    Args:
        graph: explored by the native engine.
    """

    def __init__(self, graph: Graph) -> None:
        assert isinstance(graph.states, Visited)
        self._graph = graph
        self._visited = graph.states
        self._rows = graph.states.states[: len(graph.states)]
        self._coders: list[Coder] = []
        self._codes: list[Any] = []

    def classes(self, lens: Lens) -> Sequence[int]:
        """See `Sorter`."""
        coder = Coder(self._graph, lens)
        codes = coder.learn(self._rows)
        self._coders.append(coder)
        self._codes.append(codes)
        return coder.firsts

    def gather(
        self, blocks: Sequence[Sequence[int]], concerns: Concerns, naming: Naming, telling: bool
    ) -> Gathered:
        """See `Sorter`."""
        found, graph = Gathered(), self._graph
        names = [np.array(block, np.int64) for block in blocks]
        own = [name[codes] for name, codes in zip(names, self._codes, strict=True)]
        count = 1 + max((int(name.max()) for name in names if len(name)), default=0)
        counting = Counting(found, count)
        expanded = len(self._rows) - graph.unexpanded
        idle = np.zeros(len(self._rows), np.bool_)
        for first in range(0, expanded, BATCH):
            last = min(expanded, first + BATCH)
            idle[first:last] = self._take(first, last, own, names, concerns, naming, counting)
        if telling:
            self._tell(found, own, idle)
        return found

    def _take(
        self,
        first: int,
        last: int,
        own: Sequence[Any],
        names: Sequence[Any],
        concerns: Concerns,
        naming: Naming,
        counting: Counting,
    ) -> Any:
        """Take the steps of some states; a mark for each that has none."""
        graph, rows = self._graph, self._rows[first:last]
        idle = np.ones(last - first, np.bool_)
        for action, mine in enumerate(self._events()):
            leading: list[list[Any]] = [[] for _ in names]
            for event in mine:
                at, after = steps(graph.tables.events[event], rows)
                idle[at] = False
                if graph.unexpanded or graph.fault_bound:
                    known = self._is_known(after)
                    at, after = at[known], after[known]
                for number, name in enumerate(names):
                    target = self._blocks(number, name, after, naming)
                    source, moved = own[number][first + at], at
                    if not concerns(graph.model.events[event], number):
                        changed = source != target
                        source, target, moved = source[changed], target[changed], at[changed]
                    counting.steps(event, number, source, target, first + moved)
                    leading[number].append((moved, target))
            for number, parts in enumerate(leading):
                moved = np.concatenate([at for at, _ in parts])
                target = np.concatenate([to for _, to in parts])
                counting.leading(action, own[number][first + moved], target, moved, len(parts) == 1)
        return idle

    def _events(self) -> list[list[int]]:
        """The events of each action."""
        model = self._graph.model
        numbers = {action.name: number for number, action in enumerate(model.actions)}
        found: list[list[int]] = [[] for _ in numbers]
        for place, event in enumerate(model.events):
            found[numbers[event.action.name]].append(place)
        return found

    def _is_known(self, rows: Any) -> Any:
        """Of each row whether it was found."""
        rows = np.ascontiguousarray(rows)
        if self._graph.symmetry is not None:
            rows = rows.copy()
            marks = np.zeros(len(rows), np.uint16)
            Renamer(self._graph.symmetry).rename(rows, 0, len(rows), marks)
        return self._visited.find(rows) >= 0

    def _blocks(self, number: int, name: Any, rows: Any, naming: Naming) -> Any:
        """The blocks of rows."""
        codes = self._coders[number].codes(rows)
        blocks = name[codes]
        unseen = np.flatnonzero(codes == UNSEEN)
        if len(unseen):
            looks = self._coders[number].columns(rows[unseen])
            _, once, which = np.unique(np.stack(looks), axis=1, return_index=True, return_inverse=True)
            told = [naming(number, state) for state in packed(rows[unseen[once]])]
            blocks[unseen] = np.array(told, np.int64)[which.reshape(-1)]
        return blocks

    def _tell(self, found: Gathered, own: Sequence[Any], idle: Any) -> None:
        """Count the states, too."""
        graph, rows = self._graph, self._rows
        final = Finality(graph.model).among(rows)
        idle &= ~final
        stuck = np.zeros(len(rows), np.bool_)
        for place in np.flatnonzero(idle).tolist():
            stuck[place] = not graph.bounded or graph.is_stuck(self._visited[place])
        violating: dict[str, Any] = {}
        for name, table in violated(graph):
            wrong = answered(graph, self._visited, table) == 0
            violating[name] = violating.get(name, False) | wrong
        for block in own:
            _tally(found.states, block)
            _tally(found.initial, block[: graph.initial])
            _tally(found.final, block[final])
            _tally(found.stuck, block[stuck])
            for name, wrong in violating.items():
                _tally(found.violating.setdefault(name, Counter()), block[wrong])


class Counting:
    """Puts what arrays say into what was gathered.

    Args:
        found: where it goes.
        count: how many blocks there are.
    """

    def __init__(self, found: Gathered, count: int) -> None:
        self._found = found
        self._count = count

    def steps(self, event: int, number: int, source: Any, target: Any, places: Any) -> None:
        """Count the transitions of an event, seen through a lens, from places in ascending order."""
        found, keys = self._found, source * self._count + target
        for key, times in self._times(keys):
            move = key // self._count, event, key % self._count
            found.transitions[move] += times
            begins = found.first.get(move)
            if begins is None or (begins[0] >= int(places[0]) and begins[1] > number):
                first = int(places[np.argmax(keys == key)]), number
                found.first[move] = first if begins is None else min(first, begins)

    def leading(self, action: int, source: Any, target: Any, at: Any, once: bool) -> None:
        """Count the states from which an action leads to a block; `once` if no state is there twice."""
        if not once:
            _, first = np.unique(at * self._count + target, return_index=True)
            source, target = source[first], target[first]
        for key, times in self._times(source * self._count + target):
            self._found.leading[key // self._count, action, key % self._count] += times

    def _times(self, keys: Any) -> Iterator[tuple[int, int]]:
        """Each key, in order, with how often it is there."""
        if self._count * self._count <= min(DENSE, 16 * len(keys)):
            counts = np.bincount(keys)
            there = np.flatnonzero(counts)
            counts = counts[there]
        else:
            there, counts = np.unique(keys, return_counts=True)
        yield from zip(there.tolist(), counts.tolist(), strict=True)


class Coder:
    """Gives each look a number.

    Args:
        graph: explored.
        lens: what is looked at.

    Attributes:
        firsts: the first place of each code, once it has learnt them.
    """

    def __init__(self, graph: Graph, lens: Lens) -> None:
        slots = graph.model.layout.slots
        self._parts: list[tuple[Part, list[Slot], Table | None]] = [
            (part, [slots[cell] for cell in part.cells], None if part.ask is None else question(graph, part))
            for part in lens.parts
        ]
        self._answers: dict[str, int] = {}
        self._levels: list[Any] = []  # the sorted pairs of each level
        self._order: Any = None  # the code of each pair of the last level
        self.firsts: list[int] = []

    def learn(self, rows: Any) -> Any:
        """The codes of all rows, in the order in which they come first."""
        codes = np.zeros(len(rows), np.int64)
        for column in self.columns(rows):
            known, inner = np.unique(column, return_inverse=True)
            pairs, codes = np.unique(codes * len(known) + inner, return_inverse=True)
            self._levels += [known, pairs]
        _, firsts = np.unique(codes, return_index=True)
        self._order = np.empty(len(firsts), np.int64)
        self._order[np.argsort(firsts)] = np.arange(len(firsts))
        self.firsts = np.sort(firsts).tolist()
        return self._order[codes]

    def codes(self, rows: Any) -> Any:
        """The codes of rows; `UNSEEN` for what was not there when it learnt."""
        codes, seen = np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
        for number, column in enumerate(self.columns(rows)):
            known, pairs = self._levels[2 * number], self._levels[2 * number + 1]
            inner = _search(known, column, seen)
            codes = _search(pairs, codes * len(known) + inner, seen)
        found = self._order[codes]
        found[~seen] = UNSEEN
        return found

    def columns(self, rows: Any) -> list[Any]:
        """What parts look at, as columns of numbers."""
        found = []
        for part, slots, table in self._parts:
            found += [self._answered(table, rows)] if table is not None else _cells(rows, slots, part.even)
        return found

    def _answered(self, table: Table, rows: Any) -> Any:
        """The number of what a question answers for each row."""
        numbers = np.empty(len(rows), np.int64)
        for leaf, at in leaves(table, rows):
            assert isinstance(leaf, Answer)
            numbers[at] = self._answers.setdefault(tell(leaf.value), len(self._answers))
        return numbers


def steps(table: Table, rows: Any) -> tuple[Any, Any]:
    """The numbers of the rows in which an event is enabled, in order, and what follows from each."""
    places, after = [np.empty(0, np.int64)], [rows[:0]]
    for leaf, at in leaves(table, rows):
        if isinstance(leaf, Step):
            places.append(at)
            after.append(_applied(leaf, rows[at]))
    at = np.concatenate(places)
    order = np.argsort(at, kind="stable")
    return at[order], np.concatenate(after)[order]


def leaves(table: Table, rows: Any) -> Iterator[tuple[object, Any]]:
    """The leaves of a table that rows come to, each with the numbers of these rows."""
    if not len(rows):
        return
    if table.root is None:
        table.leaf(packed(rows[:1])[0])
    pending: list[tuple[object, Any]] = [(table.root, np.arange(len(rows)))]
    while pending:
        node, at = pending.pop()
        if node is None:  # the table is full, and each state is asked by itself
            yield from ((table.leaf(packed(rows[one])[0]), one) for one in np.split(at, len(at)))
            continue
        if type(node) is not Branch:
            yield node, at
            continue
        numbers = _numbers(rows[at], node.shift, node.mask)
        if node.classes is not None:
            numbers = np.array(node.classes, np.int64)[numbers]
        order = np.argsort(numbers.astype(np.uint16) if node.mask < 1 << 16 else numbers, kind="stable")
        at, numbers = at[order], numbers[order]
        starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
        for number, some in zip(numbers[starts].tolist(), np.split(at, starts[1:]), strict=True):
            if number not in node.children:
                table.leaf(packed(rows[some[:1]])[0])
            pending.append((node.children.get(number), some))


def _numbers(rows: Any, shift: int, mask: int) -> Any:
    word, low = divmod(shift, WORD)
    return (rows if rows.ndim == 1 else rows[:, word]) >> low & mask


def _applied(step: Step, rows: Any) -> Any:
    """Rows after a step."""
    flat = rows.ndim == 1
    after = rows.reshape(len(rows), -1).copy()
    before = after.copy() if step.moves else after
    words = after.shape[1]
    for word in range(words):
        keep, put = (_signed(bits >> WORD * word) for bits in (step.keep, step.put))
        after[:, word] = after[:, word] & keep | put
    for origin, mask, target in step.moves:
        word, low = divmod(target, WORD)
        after[:, word] |= _numbers(before, origin, mask) << low
    return after.reshape(-1) if flat else after


def _signed(bits: int) -> int:
    """The lowest word of some bits, as a number with a sign."""
    word = bits & (1 << WORD) - 1
    return word - (1 << WORD) if word >> WORD - 1 else word


def _cells(rows: Any, slots: Sequence[Slot], even: bool) -> list[Any]:
    """Cells as columns of at most so many bits; in ascending order if they may change places."""
    numbers = [_numbers(rows, slot.shift, slot.mask) for slot in slots]
    if even:
        numbers = list(np.sort(np.stack(numbers), axis=0))
    columns, room = list[Any](), 0
    for number, slot in zip(numbers, slots, strict=True):
        bits = slot.mask.bit_length()
        if not columns or bits > room:
            columns.append(number)
            room = WIDE - bits
        else:
            columns[-1] = columns[-1] << bits | number
            room -= bits
    return columns


def _search(known: Any, keys: Any, seen: Any) -> Any:
    """The places of keys among known ones; what is not there is no longer seen."""
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    seen &= known[places] == keys
    return places


def _tally(counter: Counter[int], blocks: Any) -> None:
    numbers, counts = np.unique(blocks, return_counts=True)
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        counter[number] += count
