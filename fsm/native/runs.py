"""`Runs` on arrays: see `fsm.runs`.

What it takes: for each step four bytes and one for its class, for each state twelve and two
for what its atoms answer, for each node of the product nine, and while a search is deep up to thirty more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from fsm.graph import Graph
from fsm.native.components import (
    AGAIN,
    OUTSIDE,
    STAYING,
    Bench,
    Demands,
    Product,
    begin,
    close,
    reach,
    stay,
)
from fsm.native.finality import Finality
from fsm.native.marks import answered, enabled
from fsm.native.rows import Leading, Rows
from fsm.native.visited import Visited
from fsm.question import Question
from fsm.runs import ListedRuns, Search
from fsm.tables import Table

DEMANDS = 62  #: demands up to which they are bits of a word
ATOMS = 16  #: atoms up to which a letter is two bytes
NODES = 1 << 31  #: nodes that have numbers

Classes = tuple[tuple[int, ...], ...]
Taking = Callable[[Sequence[int]], Leading]


class ArraySearch:
    """`Search` on arrays.

    Args:
        letters: what the atoms answer, by place.
        components: the number of each node's good component.
        marks: what is known of each node; see `components.STAYING`.
        reached: the automaton's states that were reached.
        found: whether there is a good component, or a node to stay in.
    """

    def __init__(
        self, letters: Any, components: Any, marks: Any, reached: frozenset[int], found: bool
    ) -> None:
        self._letters = letters
        self._components = components
        self._marks = marks
        self.reached = reached
        self.found = found

    def letter(self, place: int) -> int:
        """See `Search`."""
        return int(self._letters[place])

    def letters(self) -> frozenset[int]:
        """See `Search`."""
        known = np.zeros(1 << ATOMS, np.bool_)
        known[self._letters] = True
        return frozenset(np.flatnonzero(known).tolist())

    def component(self, node: int) -> int:
        """See `Search`."""
        return int(self._components[node])

    def stays(self, node: int) -> bool:
        """See `Search`."""
        return int(self._marks[node]) == STAYING


class ArrayRuns:
    """The runs through what the native engine has explored.

    Args:
        graph: explored.
        visited: its states.
        finality: tells final states.
        taking: takes the steps of some events; see `rows`.
    """

    def __init__(self, graph: Graph, visited: Visited, finality: Finality, taking: Taking) -> None:
        self._graph = graph
        self._visited = visited
        self._taking = taking
        self._events = graph.model.events
        self._rows: tuple[Classes, Rows] | None = None
        self._answers: dict[Table, Any] = {}
        self._finality = finality

    def seek(self, question: Question) -> Search:
        """See `Runs`."""
        size, places = len(question.automaton.states), len(self._visited)
        if len(question.waiting) + question.automaton.sets > DEMANDS or len(question.tables) > ATOMS:
            return self._listed.seek(question)
        if size * places >= NODES:
            raise MemoryError(f"{places:,} states times {size} of the formula's automaton")
        letters = self._letters(question)
        if not size:  # nothing breaks the promise, whatever happens
            return ArraySearch(letters, (), (), frozenset(), found=False)
        classes = _classes(question, len(self._events))
        rows = self._steps(classes)
        product, marks, reached = self._reach(question, _product(question, letters, rows), rows)
        goals = np.zeros(places * size, np.uint32)
        met = np.flatnonzero(marks if size == 1 else marks.reshape(-1, size).any(axis=1))
        demands, waiting = self._demands(question, classes, met)
        found = self._close(product, demands, marks, goals)
        stops = self._stops(rows, met)
        stops[met[waiting]] = False
        stays = stay(product, marks, stops, _constant(question))
        return ArraySearch(letters, goals, marks, reached, found or stays)

    @cached_property
    def _listed(self) -> ListedRuns:
        """For what is too much for bits of a word."""
        return ListedRuns(self._graph)

    def _reach(self, question: Question, product: Product, rows: Rows) -> tuple[Product, Any, frozenset[int]]:
        """Mark the nodes of runs that may yet be bad.

        Returns:
            The product with all steps that are needed, the marks, and the automaton's states that were met.
        """
        size = len(question.automaton.states)
        marks, met = np.zeros(len(self._visited) * size, np.uint8), np.zeros(size, np.bool_)
        pending = np.empty(len(marks), np.uint32)
        turns = np.array([letter & question.begins == question.begins for letter in _alphabet(question)])
        initial = np.array(question.automaton.initial, np.int64)
        places = len(self._visited) if question.anywhere else self._graph.initial
        count = begin(product, places, turns, initial, marks, pending)
        while count := reach(product, marks, pending, count, met):
            wanted = np.zeros(len(self._visited), np.bool_)
            wanted[pending[:count] // np.uint32(size)] = True
            rows.take(np.flatnonzero(wanted))
            product = product._replace(targets=rows.targets, labels=rows.labels)
        return product, marks, frozenset(np.flatnonzero(met).tolist())

    def _close(self, product: Product, demands: Demands, marks: Any, goals: Any) -> bool:
        """Find the good components among the nodes that are marked."""
        nodes = len(marks)
        low = np.where(marks, np.uint32(0), np.uint32(OUTSIDE))
        bench = Bench(
            low,
            np.empty(nodes, np.uint32),
            np.empty(nodes + 1, np.uint32),
            np.empty(nodes + 1, np.int64),
            np.empty(nodes + 1, np.uint32),
            np.empty(nodes + 1, np.uint32),
        )
        number, again = close(product, demands, bench, goals, 0)
        while again:
            low[:] = np.where(goals == AGAIN, np.uint32(0), np.uint32(OUTSIDE))
            goals[goals == AGAIN] = 0
            number, again = close(product, demands, bench, goals, number)
        return number > 0

    def _stops(self, rows: Rows, met: Any) -> Any:
        """A mark for each state that was met in which a run may come to its end; see `Tables.may_stop`."""
        graph, visited = self._graph, self._visited
        plain = [number for number, event in enumerate(self._events) if not event.action.fault]
        if len(plain) == len(self._events) and not graph.bounded:  # what has no steps has nothing enabled
            idle = rows.sizes[met] == 0
        else:
            idle = ~enabled(graph, visited, plain, met)
        stops = np.zeros(len(visited), np.bool_)
        stops[met] = self._finality.among(visited.states[met]) | idle
        stops[len(stops) - graph.unexpanded :] = False
        return stops

    def _letters(self, question: Question) -> Any:
        """What the atoms answer in each state."""
        letters = np.zeros(len(self._visited), np.uint16)
        for bit, table in enumerate(question.tables):
            if table not in self._answers:
                self._answers[table] = answered(self._graph, self._visited, table)
            letters |= self._answers[table].astype(np.uint16) << np.uint16(bit)
        return letters

    def _steps(self, classes: Classes) -> Rows:
        """The steps, as far as they are known, with events told apart by class."""
        if self._rows is None or self._rows[0] != classes:
            self._rows = None  # the old ones make room
            places, graph = len(self._visited), self._graph
            leading = [self._taking(events) for events in classes]
            self._rows = classes, Rows(leading, places, places - graph.unexpanded, graph.transitions)
        return self._rows[1]

    def _demands(
        self, question: Question, classes: Sequence[Sequence[int]], places: Any
    ) -> tuple[Demands, Any]:
        """What a loop through some places has to meet, and in which of them it is unfair to stay."""
        size = len(self._visited) if question.waiting else 0
        met, raised = np.zeros(size, np.int64), np.zeros(size, np.int64)
        waiting = np.zeros(len(places), np.bool_)
        for bit, constraint in question.waiting:
            on = enabled(self._graph, self._visited, sorted(constraint.events), places)
            if bit & question.must:
                met[places[~on]] |= bit
            else:
                raised[places[on]] |= bit
            waiting |= on
        accepting = np.array([state.accepting for state in question.automaton.states], np.int64)
        taken = np.array([question.taken(events[0]) for events in classes], np.int64)
        excluded = np.array([events[0] in question.excluded for events in classes], np.bool_)
        return Demands(question.must, met, raised, accepting, taken, excluded), waiting


def _classes(question: Question, events: int) -> Classes:
    """The classes of events that a question tells apart."""
    found: dict[tuple[int, bool], list[int]] = {}
    for event in range(events):
        found.setdefault((question.taken(event), event in question.excluded), []).append(event)
    return tuple(map(tuple, found.values()))


def _alphabet(question: Question) -> range:
    return range(1 << len(question.tables))


def _product(question: Question, letters: Any, rows: Rows) -> Product:
    states = question.automaton.states
    fits = np.array([[state.fits(letter) for state in states] for letter in _alphabet(question)], np.bool_)
    ends = np.cumsum([0, *(len(state.following) for state in states)]).astype(np.int64)
    following = np.array([after for state in states for after in state.following], np.int64)
    return Product(rows.starts, rows.sizes, rows.targets, rows.labels, letters, fits, ends, following)


def _constant(question: Question) -> Any:
    """For each letter and state of the automaton whether reading it for ever is accepted."""
    states = range(len(question.automaton.states))
    accepted = map(question.automaton.constant, _alphabet(question))
    return np.array([[at in good for at in states] for good in accepted], np.bool_).reshape(-1, len(states))
