"""Sorting: states into blocks by what a lens shows, and the counting of what leads from block to block.

Theory. States with the same numbers in all that a lens looks at, and the same answers, are a *class*; several
classes may look the same (a record that is missing, members that are counted), and whoever asks says which
block each class belongs to. So what is slow, looking at a value, is done once for each class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fsm.graph import Graph
from fsm.lens import Lens, Part, tell
from fsm.model import Event, Kind
from fsm.tables import Answer, Table

#: Whether an event that does not change what a lens shows, by its number, is to be counted all the same.
Concerns = Callable[[Event, int], bool]

#: The block of a state that looks like no state that was found, through a lens by its number.
Naming = Callable[[int, int], int]


@dataclass
class Gathered:
    """What a `Sorter` has counted, by the numbers of blocks, events and actions.

    Args:
        states, initial, final, stuck: of each block how many states.
        violating: the same for each property that is violated.
        transitions: from block by event to block, how many.
        first: for these the place, and the number of the lens, at which it comes first.
        leading: from block by action to block, from how many states.
    """

    states: Counter[int] = field(default_factory=Counter)
    initial: Counter[int] = field(default_factory=Counter)
    final: Counter[int] = field(default_factory=Counter)
    stuck: Counter[int] = field(default_factory=Counter)
    violating: dict[str, Counter[int]] = field(default_factory=dict)
    transitions: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    first: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)
    leading: Counter[tuple[int, int, int]] = field(default_factory=Counter)


class Sorter(Protocol):
    """Sorts the states of a graph."""

    def classes(self, lens: Lens) -> Sequence[int]:
        """Sort states by the numbers in what a lens looks at: the first place of each class, in order."""
        ...

    def gather(
        self, blocks: Sequence[Sequence[int]], concerns: Concerns, naming: Naming, telling: bool
    ) -> Gathered:
        """Count what there is between blocks.

        Args:
            blocks: for each lens that was sorted by, in order, the block of each class.
            concerns, naming: see there.
            telling: whether to count states, too, or transitions alone.
        """
        ...


class ListedSorter:
    """`Sorter` in Python."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._sights: list[Callable[[int], Any]] = []
        self._classes: list[dict[Any, int]] = []

    def classes(self, lens: Lens) -> Sequence[int]:
        """See `Sorter`."""
        slots = self._graph.model.layout.slots
        bits = sum(slots[cell].bits for cell in {cell for part in lens.parts for cell in part.cells})
        tables = [question(self._graph, part) for part in lens.parts if part.ask is not None]

        def sight(state: int) -> Any:
            seen = state & bits
            return (seen, *(tell(answer(table, state)) for table in tables)) if tables else seen

        known: dict[Any, int] = {}
        firsts: list[int] = []
        for place, state in enumerate(self._graph.states):
            if known.setdefault(sight(state), len(firsts)) == len(firsts):
                firsts.append(place)
        self._sights.append(sight)
        self._classes.append(known)
        return firsts

    def gather(
        self, blocks: Sequence[Sequence[int]], concerns: Concerns, naming: Naming, telling: bool
    ) -> Gathered:
        """See `Sorter`."""
        graph, found = self._graph, Gathered()
        events = graph.model.events
        numbers = {action.name: number for number, action in enumerate(graph.model.actions)}
        about = [numbers[event.action.name] for event in events]
        concerned = [[concerns(event, number) for event in events] for number in range(len(blocks))]
        named = [
            {sight: block[number] for sight, number in classes.items()}
            for classes, block in zip(self._classes, blocks, strict=True)
        ]

        def block_of(number: int, state: int) -> int:
            sight = self._sights[number](state)
            if sight not in named[number]:
                named[number][sight] = naming(number, state)
            return named[number][sight]

        expanded, leads = len(graph.states) - graph.unexpanded, _known(graph)
        for place, state in enumerate(graph.states):
            own = [block_of(number, state) for number in range(len(blocks))]
            steps = list(graph.successors(state)) if place < expanded else []
            if telling:
                self._tell(found, place, state, own, idle=place < expanded and not steps)
            leading = set()
            for event, after in steps:
                if not leads(after):
                    continue
                for number, source in enumerate(own):
                    target = block_of(number, after)
                    if target != source or concerned[number][event]:
                        found.transitions[source, event, target] += 1
                        found.first.setdefault((source, event, target), (place, number))
                        leading.add((number, about[event], target))
            for number, action, target in leading:
                found.leading[own[number], action, target] += 1
        return found

    def _tell(self, found: Gathered, place: int, state: int, own: Sequence[int], idle: bool) -> None:
        graph = self._graph
        final, initial = graph.model.is_final(state), place < graph.initial
        stuck = idle and not final and graph.is_stuck(state)
        names = {name for name, table in violated(graph) if table.leaf(state) is False}
        for block in own:
            found.states[block] += 1
            found.initial[block] += initial
            found.final[block] += final
            found.stuck[block] += stuck
            for name in names:
                found.violating.setdefault(name, Counter())[block] += 1


def _known(graph: Graph) -> Callable[[int], bool]:
    """Whether a state after a step was found; where everything was, nobody has to look."""
    if not graph.unexpanded and not graph.fault_bound:
        return lambda _: True
    known, canonical = set(graph.states), graph.symmetry.canonical if graph.symmetry is not None else int
    return lambda state: canonical(state) in known


def question(graph: Graph, part: Part) -> Table:
    """A new table of what a part asks."""
    assert part.ask is not None
    return graph.tables.answers(part.ask, part.text, part.where)


def violated(graph: Graph) -> Iterator[tuple[str, Table]]:
    """The tables of properties of states that some state violates, with the properties' names."""
    for bound, table in graph.tables.predicates.items():
        if bound.asked.kind is Kind.ALWAYS and bound in graph.alarms:
            yield bound.asked.name, table


def answer(table: Table, state: int) -> Any:
    """What the table of a question says of a state."""
    leaf: object = table.leaf(state)
    assert isinstance(leaf, Answer)
    return leaf.value
