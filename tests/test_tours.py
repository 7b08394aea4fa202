"""The shortest way to every transition, on specs that nobody thought of."""

from collections import Counter
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsm import action, model_of, require, spec, var
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import Limits
from fsm.tables import Step
from fsm.tours import LONGEST, Tour, is_cover, tours
from tests.strategies import Drawn, specs
from tests.textbook import Textbook, frozen

Transition = tuple[int, int]

half = settings(max_examples=settings.default.max_examples // 2)  # whole graphs, and all their tours


def transitions(graph: Graph) -> set[Transition]:
    """Every (state, event) pair of a graph."""
    edges = graph.edges
    return {
        (state, edges.events[edge])
        for place, state in enumerate(graph.states)
        for edge in range(edges.offsets[place], edges.offsets[place + 1])
    }


def taken(graph: Graph, tour: Tour) -> list[Transition]:
    """The transitions of a tour, after a look whether it is a run at all."""
    state, found = tour.initial, []
    assert graph.states.place(state) < graph.initial
    for number, after in tour.steps:
        leaf = graph.tables.events[number].leaf(state)
        assert isinstance(leaf, Step)
        assert leaf.apply(state) == after
        found.append((state, number))
        state = after
    return found


def graph_of(drawn: Drawn) -> Graph:
    return explore(model_of(drawn.cls))


@half
@given(specs())
def test_every_reachable_transition_has_exactly_one_tour_that_ends_with_it(drawn: Drawn) -> None:
    graph = graph_of(drawn)
    found = tours(graph)
    assert Counter(taken(graph, tour)[-1] for tour in found) == Counter(transitions(graph))
    assert all(tour.covers == {taken(graph, tour)[-1]} for tour in found)


@half
@given(specs())
def test_tours_are_ways_with_the_fewest_faults_and_then_the_fewest_steps_and_come_in_that_order(
    drawn: Drawn,
) -> None:
    graph = graph_of(drawn)
    book = Textbook(graph.model)
    costs = []
    for tour in tours(graph):
        way = taken(graph, tour)
        costs.append((sum(event.action.fault for event in tour.events(graph)), len(way)))
        for length, (state, _) in enumerate(way):
            faults = sum(graph.model.events[number].action.fault for _, number in way[:length])
            assert (faults, length) == book.cost[frozen(graph.model.layout.unpack(state))]
    assert costs == sorted(costs)


@half
@given(specs())
def test_path_covers_take_every_transition_and_each_one_takes_a_new_one(drawn: Drawn) -> None:
    graph = graph_of(drawn)
    left = transitions(graph)
    found = tours(graph, most=0)
    assert is_cover(graph, most=0) or not left
    for tour in found:
        way = set(taken(graph, tour))
        assert tour.covers == way
        assert way & left
        left -= way
    assert not left
    assert len(found) <= len(tours(graph))


@half
@given(specs(), st.data())
def test_tours_around_skipped_actions_take_exactly_what_can_be_reached_without_them(
    drawn: Drawn, data: st.DataObject
) -> None:
    graph = graph_of(drawn)
    events = graph.model.events
    skip = data.draw(st.sets(st.sampled_from([one.name for one in graph.model.actions]), max_size=2))
    seen, pending = set(), graph.states[: graph.initial]
    reached: set[Transition] = set()
    while pending:
        state = pending.pop()
        if state not in seen:
            seen.add(state)
            for number, after in graph.successors(state):
                if events[number].action.name not in skip:
                    reached.add((state, number))
                    pending.append(after)
    for most in (0, 5_000):
        found = tours(graph, most, skip)
        assert {one for tour in found for one in tour.covers} == reached
        for tour in found:
            assert not any(events[number].action.name in skip for _, number in taken(graph, tour))


@half
@given(specs())
def test_tours_are_the_same_every_time(drawn: Drawn) -> None:
    one, other = graph_of(drawn), graph_of(drawn)
    assert tours(one) == tours(other)
    assert tours(one, most=0) == tours(other, most=0)


@spec
class Grid:
    """Two counters: many ways to everywhere."""

    row: int = var(range(30), 0)
    column: int = var(range(30), 0)

    @action
    def down(self) -> None:
        require(self.row < 29)
        self.row += 1

    @action
    def right(self) -> None:
        require(self.column < 29)
        self.column += 1

    @action
    def back(self) -> None:
        self.row = self.column = 0


def test_path_covers_are_together_far_shorter_than_tours_and_none_is_endless() -> None:
    graph = explore(model_of(Grid))
    single, covers = tours(graph), tours(graph, most=1_000)
    assert len(single) == len(graph.edges.events) == 2_640
    assert len(covers) < len(single) / 3
    assert sum(len(tour.steps) for tour in covers) < sum(len(tour.steps) for tour in single) / 2
    assert max(len(tour.steps) for tour in covers) < LONGEST + 2 * 60


@spec
class Hill:
    """A long way over it, and a short one that is a fault."""

    height: int = var(range(6), 0)

    @action
    def climb(self, by: Literal[1, 2]) -> None:
        require(self.height + by < 5)
        self.height += by

    @action
    def descend(self) -> None:
        require(self.height == 4)
        self.height = 5

    @action(fault=True)
    def fall(self) -> None:
        require(self.height < 5)
        self.height = 5

    @action
    def rest(self) -> None:
        require(self.height == 5)


def way_to_rest(*skip: str) -> list[str]:
    graph = explore(model_of(Hill))
    (found,) = (one for one in tours(graph, skip=skip) if one.events(graph)[-1].action.name == "rest")
    return [event.label for event in found.events(graph)]


def test_a_tour_goes_a_long_way_around_a_fault_and_takes_it_where_there_is_no_other() -> None:
    assert way_to_rest() == ["climb(by=2)", "climb(by=2)", "descend", "rest"]
    assert way_to_rest("descend") == way_to_rest("climb") == ["fall", "rest"]


@pytest.mark.parametrize("states", [1, 5, 40])
def test_of_a_graph_that_was_not_explored_to_its_end_what_was_explored_has_tours(states: int) -> None:
    graph = explore(model_of(Grid), Limits(max_states=states))
    found = tours(graph)
    assert {taken(graph, tour)[-1] for tour in found} == transitions(graph)
