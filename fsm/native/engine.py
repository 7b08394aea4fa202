"""The native engine: batches of states through the kernel, bodies run where the kernel has not been.

Theory of operation. A batch of states walks the forest; the entries that were empty are filled by running
bodies, and the batch goes on where it stopped. What follows is looked up in the table, and what is new gets
its places in the order that all engines keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from fsm.capture import Bound, Tables
from fsm.engine import Watch, alarm, watched
from fsm.errors import SpecError
from fsm.graph import Found, Graph, Listed
from fsm.native.backward import ArrayBackward
from fsm.native.crew import Crew
from fsm.native.diamonds import Footprints
from fsm.native.expansion import Expansion
from fsm.native.finality import Finality
from fsm.native.forest import Forest
from fsm.native.grouping import Tree
from fsm.native.renaming import Renamer
from fsm.native.rows import Leading
from fsm.native.runs import ArrayRuns
from fsm.native.visited import Visited, unpacked
from fsm.native.walk import Walk
from fsm.runs import Runs
from fsm.symmetry import Symmetry
from fsm.tables import Table

REPLANT = 16  #: the places at which forests are planted anew grow by this factor
FEW = 1 << 19  #: states up to which a new leaf of a table is a reason to plant anew
PRUNED = 24  #: leaves up to which a promise is looked at as a whole, to see that nothing can break it
LOOKED_THROUGH = 500  #: and a step property, to see whether steps that change nothing it looks at can


class Native:
    """An engine; see `fsm.engine.Engine`.

    Args:
        graph: where alarms and counts go.
        workers: how many cores to use, 1 or 2.
        symmetry: what to explore up to, if anything.
        most: how many states there can be.
    """

    name = "native"

    def __init__(
        self, graph: Graph, workers: int = 1, symmetry: Symmetry | None = None, most: int = 1 << 32
    ) -> None:
        self.graph = graph
        self.words = graph.model.layout.words
        self.visited = Visited(self.words, most)
        self._crew = Crew(workers)
        self._watches = [watch for watch in watched(graph.tables) if not _cannot_speak(watch)]
        #: for each step property what it looks at; with members renamed all of its answers are compared
        self._sights = {
            bound: _sight(graph.tables, bound) if symmetry is None else -1 for bound in graph.tables.steps
        }
        self._few = True  #: whether there were few states when the forests were planted
        self._planted: list[int] = []  #: what was known of the tables then
        self._replant_at = REPLANT
        self._footprints = Footprints(self.words)
        self._plant()
        self._finality = Finality(graph.model)
        self._stuck = -1  #: the place of the first stuck state
        renamer = Renamer(symmetry) if symmetry is not None else None
        trees = len(graph.model.events) + len(self._watches)
        self._expansion = Expansion(graph, self.visited, self._crew, trees, renamer)

    def _plant(self) -> None:
        """Make the forests, by what is known of the tables; done again when more is known."""
        faults = [event.action.fault for event in self.graph.model.events]
        about_states = [watch for watch in self._watches if watch.event is None]
        about_steps = [watch for watch in self._watches if watch.event is not None]
        self._steps = self._walks(self._watches, [n for n, fault in enumerate(faults) if not fault])
        self._faults = self._walks(about_steps, [n for n, fault in enumerate(faults) if fault])
        self._judging = self._walks(about_states, [])
        self._few = len(self.visited) < FEW
        self._planted = self._known()

    def _known(self) -> list[int]:
        """How much is known of each table: its leaves, if there were few states when the forests were
        planted, and else the bits that it looks at or changes, since nodes hardly change for a leaf.
        """
        return [table.leaves if self._few else table.mask for table in self.graph.tables.all()]

    def _replant(self, place: int) -> None:
        """Plant the forests anew, now and then, if more is known of the tables."""
        if place < self._replant_at:
            return
        self._replant_at = place * REPLANT
        if self._known() != self._planted:
            self.settle()
            self._plant()

    def _walks(self, watches: Sequence[Watch], events: Sequence[int]) -> list[Walk]:
        tables, chosen = self.graph.tables, set(events)
        trees = [Tree(tables.events[number], number) for number in events]
        promises: dict[int, list[Tree]] = {}
        for watch in watches:
            sight = self._sights.get(watch.bound, -1)
            tree = Tree(watch.table, watch.event, watch.sought, watch, sight)
            if watch.event is None:
                trees.append(tree)
            elif watch.event in chosen:
                promises.setdefault(watch.event, []).append(tree)
        layout = self.graph.model.layout
        forest = Forest(layout, trees, self.words, self._footprints, promises=promises)
        return [Walk(forest) for _ in range(self._crew.size)]

    @property
    def states(self) -> Found:
        """See `Engine`."""
        return self.visited

    @property
    def full(self) -> str:
        """See `Engine`."""
        if len(self.visited) + self._expansion.most_news <= self.visited.most:
            return ""
        return f"{len(self.visited):,} states: the native engine has no addresses for more here"

    def add(self, states: Iterable[int]) -> None:
        """See `Engine`."""
        self.visited.add(list(states))

    def take_over(self, states: Listed) -> None:
        """Go on where another engine has come to."""
        places = {state: place for place, state in enumerate(states)}
        origins = [places[states.origins[state]] for state in states]
        self.visited.load(unpacked(states, self.words), np.array(origins, np.uint32))
        self._expansion.since = len(self.visited)

    def export(self, first: int) -> tuple[bytes, bytes]:
        """See `Engine`."""
        visited = self.visited
        states, origins = visited.states[first : visited.size], visited.origins[first : visited.size]
        return states.astype("<i8", copy=False).tobytes(), origins.astype("<u4", copy=False).tobytes()

    def restore(self, states: bytes, origins: bytes) -> None:
        """See `Engine`."""
        rows = np.frombuffer(states, "<i8").astype(np.int64)
        shape = (-1,) if self.words == 1 else (-1, self.words)
        self.visited.load(rows.reshape(shape), np.frombuffer(origins, "<u4"))
        self._expansion.since = len(self.visited)

    def expand(self, first: int, last: int) -> int:
        """See `Engine`."""
        self._replant(first)
        idle = self._find_stuck if self._stuck < 0 else None
        return self._expansion.advance(self._steps, first, last, idle, seeing=True)

    def follow(self, first: int, last: int) -> int:
        """See `Engine`."""
        if not self._faults[0].forest.trees_in:
            return last
        return self._expansion.advance(self._faults, first, last)

    def account(self, first: int, last: int) -> bool:
        """See `Engine`."""
        return self._look_ahead(self._faults[0], first, last, counting=True)

    def leads_on(self, first: int, last: int) -> bool:
        """See `Engine`."""
        walks = (self._steps[0], self._faults[0])
        return any(self._look_ahead(walk, first, last, counting=False) for walk in walks)

    def _look_ahead(self, walk: Walk, first: int, last: int, counting: bool) -> bool:
        """Whether anything new lies behind some places."""
        found = False
        while first < last and walk.forest.trees_in and (counting or not found):
            first, rows, _ = self._expansion.survey(walk, first, last, counting)
            found = found or bool((self.visited.find(rows) < 0).any())
        return found

    def judge(self, first: int, last: int) -> None:
        """See `Engine`."""
        while first < last:
            first, _, _ = self._expansion.survey(self._judging[0], first, last, counting=True)

    def backward(self) -> ArrayBackward:
        """See `Engine`."""
        return ArrayBackward(self.graph, self.visited, self._all_steps)

    def runs(self) -> Runs:
        """See `Engine`."""
        return ArrayRuns(self.graph, self.visited, self._finality, self._taking)

    def _taking(self, events: Sequence[int]) -> Leading:
        """Where the steps of some events lead, those that change nothing included; see `Leading`."""
        tables, numbers = self.graph.tables.events, self.visited.numbers()
        trees = [Tree(tables[number], number) for number in events]
        walk = Walk(Forest(self.graph.model.layout, trees, self.words, self._footprints))

        def leading(places: Any) -> tuple[Any, Any]:
            parts, ends = [np.empty(0, np.int64)], np.empty(len(places), np.int64)
            filled = 0
            for first, rows, part in self._expansion.lead(walk, places):
                parts.append(self.visited.find(rows, numbers))
                ends[first : first + len(part)] = part + filled
                filled += len(rows)
            return np.concatenate(parts), ends

        return leading

    def _all_steps(self) -> Iterator[tuple[int, int, Any, Any]]:
        """The steps that are no faults from all states that were expanded; see `ArrayBackward`."""
        walk, numbers = self._steps[0], self.visited.numbers()
        first, last = 0, len(self.visited) - self.graph.unexpanded
        while first < last and walk.forest.trees_in:
            end, rows, ends = self._expansion.survey(walk, first, last, counting=False)
            yield first, end - first, self.visited.find(rows, numbers), ends
            first = end

    def settle(self) -> None:
        """See `Engine`."""
        graph = self.graph
        for walk in (*self._steps, *self._faults, *self._judging):
            for bundle, hits, place in walk.tally():
                graph.bounded += hits * bundle.bounded
                for event in bundle.events:
                    graph.enabled[event] += hits
                for tree in bundle.told:
                    assert tree.watch is not None
                    alarm(graph, tree.watch.bound, self.visited[place], place, tree.event)

    def _find_stuck(self, idle: Any) -> None:
        """Look for the first stuck state among those at which nothing but a fault is enabled."""
        states = self.visited.states
        idle = idle[~self._finality.among(states[idle])]
        if len(idle) and self._faults[0].forest.trees_in:
            rows = np.ascontiguousarray(states[idle])
            idle = idle[Walk(self._faults[0].forest).idle_among(rows)]
        for place in idle.tolist():
            if 0 <= self._stuck < place:
                return
            if self.graph.is_stuck(self.visited[place]):
                self._stuck, self.graph.stuck = place, self.visited[place]
                return


def _sight(tables: Tables, bound: Bound) -> int:
    """The bits that a step has to change for a step property to have a say; all where that is not known."""
    table = tables.stutter(bound)
    return table.mask if _always_kept(table, LOOKED_THROUGH) else -1


def _cannot_speak(watch: Watch) -> bool:
    """Whether a promise is kept at every leaf of a table that is small enough to be looked at whole."""
    return watch.event is not None and watch.table.leaves < PRUNED and _always_kept(watch.table, PRUNED)


def _always_kept(table: Table, most: int) -> bool:
    """Whether a table has no more than so many leaves, and each of them says that a promise is kept."""
    try:
        return table.complete(most) and all(leaf is True for _, leaf in table.rows())
    except SpecError:  # a state that meets it will tell
        return False
