"""What exploring leaves behind."""

import pytest

from fsm import action, limit, model_of, require, spec, var
from fsm.explorer import explore
from fsm.graph import Graph, Stage
from fsm.limits import Limits


@spec
class Ring:
    """0 → 1 → 2 → 3 → 0; a fault leads anywhere up to 1, and 4 lies beyond a limit."""

    n: int = var(range(5), 0)

    @action
    def turn(self) -> None:
        self.n = (self.n + 1) % 4

    @action(fault=True)
    def jump(self, to: int = var(range(2))) -> None:
        require(to != self.n)
        self.n = to

    @action
    def leave(self) -> None:
        limit(self.n != 3)
        require(False)

    @action(fault=True)
    def fall_off(self) -> None:
        limit(self.n != 2)
        require(False)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return explore(model_of(Ring))


def test_states_are_numbered_as_they_were_found(graph: Graph) -> None:
    assert graph.states == [0, 1, 2, 3]
    assert [graph.states.place(state) for state in (0, 1, 2, 3)] == [0, 1, 2, 3]
    assert [graph.stage(place).depth for place in range(4)] == [0, 1, 2, 3]
    assert graph.stages[0] == Stage(0, 0, 0)


def test_generated_counts_initial_states_too(graph: Graph) -> None:
    assert graph.transitions == 4 + 6
    assert graph.generated == 11


def test_edges_are_all_transitions_in_rows(graph: Graph) -> None:
    edges = graph.edges
    rows = [
        [
            (edges.events[at], edges.targets[at])
            for at in range(edges.offsets[place], edges.offsets[place + 1])
        ]
        for place in range(4)
    ]
    assert rows == [list(graph.successors(state)) for state in graph.states]
    assert [len(row) for row in rows] == [2, 2, 3, 3]


def test_edges_leave_out_what_a_bound_hid() -> None:
    graph = explore(model_of(Ring), Limits(max_depth=1))
    assert (graph.unexpanded, len(graph.states)) == (1, 2)
    assert list(graph.edges.targets) == [1, 1]


def test_a_path_is_told_with_the_event_of_each_step_and_no_fault_where_there_is_a_choice(
    graph: Graph,
) -> None:
    (first, at), *steps = graph.path(2)
    assert (first, at) == (None, 0)
    assert [(event.label, after) for event, after in steps] == [("turn", 1), ("turn", 2)]


def test_bounded_states_are_known_with_and_without_faults(graph: Graph) -> None:
    assert [graph.is_bounded(state) for state in graph.states] == [False, False, True, True]
    assert [graph.is_bounded(state, faults=False) for state in graph.states] == [False, False, False, True]
