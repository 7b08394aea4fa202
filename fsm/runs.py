"""Searching the runs of an explored graph: from where does a fair loop go round that an automaton accepts?

Theory. The *product* of graph and automaton has a node for each state of both. A run that the automaton
accepts is a path through it; one that never ends comes into a strongly connected component and stays there.
A component is good if a loop through all of it meets the demands (see `question`). If one misses a demand
that every loop has to meet, so does every part of it. If it misses one that some of its states raise, a
good loop keeps away from these: they are taken out, and what is left is looked at again. So nothing good is
missed, and what is called good is.

A run that comes to its end stays in one state: that is no step, and is looked at by itself.

After E. A. Emerson, C.-L. Lei, "Modalities for Model Checking", Science of Computer Programming 8(3), 1987.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from fsm.components import components
from fsm.graph import Graph
from fsm.question import Question
from fsm.tables import Table


class Search(Protocol):
    """What was found.

    A node is a place of the graph times the number of the automaton's states, plus one of these.
    """

    @property
    def found(self) -> bool:
        """Whether there is a run of the kind that was asked for."""
        ...

    @property
    def reached(self) -> frozenset[int]:
        """The automaton's states in which the graph's states were read."""
        ...

    def letter(self, place: int) -> int:
        """What the atoms answer in a state."""
        ...

    def letters(self) -> frozenset[int]:
        """All that they answer anywhere."""
        ...

    def component(self, node: int) -> int:
        """The number of the good component that a node is in, from 1 on, or 0."""
        ...

    def stays(self, node: int) -> bool:
        """Whether a run may stay in a node for ever."""
        ...


class Runs(Protocol):
    """What an engine knows of the runs."""

    def seek(self, question: Question) -> Search:
        """Search for runs.

        Raises:
            MemoryError: if they are too many.
        """
        ...


class ListedSearch:
    """`Search` in pure Python.

    Args:
        graph: explored.
        question: what is asked.
        letters: what the atoms answer, by place.
        stops: whether a run may come to its end, by place.
    """

    def __init__(
        self, graph: Graph, question: Question, letters: Sequence[int], stops: Sequence[int]
    ) -> None:
        self._graph = graph
        self._question = question
        self._letters = letters
        self._stops = stops
        self._size = len(question.automaton.states)
        self._components: dict[int, int] = {}
        self._stays: set[int] = set()
        self._taken = [question.taken(event) for event in range(len(graph.model.events))]
        self._excluded = [event in question.excluded for event in range(len(graph.model.events))]
        self._standing: dict[int, tuple[int, int]] = {}
        nodes = self._reach()
        self.reached = frozenset(node % self._size for node in nodes)
        self._find_stays(nodes)
        self._find_components(nodes)
        self.found = bool(self._components or self._stays)

    def letter(self, place: int) -> int:
        """See `Search`."""
        return self._letters[place]

    def letters(self) -> frozenset[int]:
        """See `Search`."""
        return frozenset(self._letters)

    def component(self, node: int) -> int:
        """See `Search`."""
        return self._components.get(node, 0)

    def stays(self, node: int) -> bool:
        """See `Search`."""
        return node in self._stays

    def _reach(self) -> dict[int, None]:
        """Every node of a run that may yet be bad, in the order in which they are met."""
        pending = list(begins(self._graph, self._question, self.letter))
        seen = dict.fromkeys(pending)
        for node in pending:  # which grows
            for _, after in self._steps(node):
                if after not in seen:
                    seen[after] = None
                    pending.append(after)
        return seen

    def _steps(self, node: int) -> Iterator[tuple[int, int]]:
        """The steps from a node: the event, and the node after it."""
        place, at = divmod(node, self._size)
        states, edges = self._question.automaton.states, self._graph.edges
        for edge in range(edges.offsets[place], edges.offsets[place + 1]):
            target = edges.targets[edge]
            letter = self._letters[target]
            for after in states[at].following:
                if states[after].fits(letter):
                    yield edges.events[edge], target * self._size + after

    def _find_stays(self, nodes: Iterable[int]) -> None:
        automaton, tables = self._question.automaton, self._graph.tables
        constant = {letter: automaton.constant(letter) for letter in self.letters()}
        for node in nodes:
            place, at = divmod(node, self._size)
            if self._stops[place] and at in constant[self._letters[place]]:
                enabled = self._question.enabled(tables, self._graph.states[place])
                if self._question.may_stay(enabled):
                    self._stays.add(node)

    def _find_components(self, nodes: Iterable[int]) -> None:
        regions, number = [dict.fromkeys(nodes)], 0
        while regions:
            region = regions.pop()

            def following(node: int, region: dict[int, None] = region) -> list[int]:
                return [
                    after
                    for event, after in self._steps(node)
                    if after in region and not self._excluded[event]
                ]

            for part in components(region, following):
                missing, raised = self._missing(part)
                if not missing:
                    number += 1
                    self._components.update(dict.fromkeys(part, number))
                elif raised:
                    regions.append({n: None for n in part if not self._stand(n)[1] & raised})

    def _missing(self, part: Sequence[int]) -> tuple[bool, int]:
        """Whether a component misses anything; and what its states raise, if only that is missing."""
        inside, met, raised, loops = set(part), 0, 0, False
        states = self._question.automaton.states
        for node in part:
            standing = self._stand(node)
            met |= standing[0] | states[node % self._size].accepting
            raised |= standing[1]
            for event, after in self._steps(node):
                if after in inside and not self._excluded[event]:
                    loops = True
                    met |= self._taken[event]
        if not loops or self._question.must & ~met:
            return True, 0
        return bool(raised & ~met), raised & ~met

    def _stand(self, node: int) -> tuple[int, int]:
        """The demands that a node's state meets and raises."""
        place = node // self._size
        if place not in self._standing:
            state = self._graph.states[place]
            enabled = self._question.enabled(self._graph.tables, state)
            self._standing[place] = self._question.standing(enabled)
        return self._standing[place]


class ListedRuns:
    """`Runs` in pure Python.

    Args:
        graph: explored.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        expanded = len(graph.states) - graph.unexpanded
        self._stops = bytes(
            place < expanded and graph.tables.may_stop(state) for place, state in enumerate(graph.states)
        )
        self._answers: dict[Table, bytes] = {}

    def seek(self, question: Question) -> Search:
        """See `Runs`."""
        letters = array("q", bytes(8 * len(self._graph.states)))
        for bit, table in enumerate(question.tables):
            for place, answer in enumerate(self._answered(table)):
                letters[place] |= answer << bit
        return ListedSearch(self._graph, question, letters, self._stops)

    def _answered(self, table: Table) -> bytes:
        if table not in self._answers:
            self._answers[table] = bytes(table.leaf(state) is True for state in self._graph.states)
        return self._answers[table]


def begins(graph: Graph, question: Question, letter_at: Callable[[int], int]) -> Iterator[int]:
    """The nodes where a run may turn bad, in the order of their places.

    Args:
        graph, question: what is searched.
        letter_at: what the atoms answer at a place.
    """
    states, size = question.automaton.states, len(question.automaton.states)
    for place in range(len(graph.states) if question.anywhere else graph.initial):
        letter = letter_at(place)
        if letter & question.begins == question.begins:
            for at in question.automaton.initial:
                if states[at].fits(letter):
                    yield place * size + at
