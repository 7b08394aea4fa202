"""Good components over arrays, against the definition: a set of nodes that a good loop goes through."""

from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np

from fsm.components import components
from fsm.native.components import AGAIN, OUTSIDE, Bench, Demands, Product, close, reach, stay

NODES = 5
WEAK, STRONG, ACCEPTING = 1, 2, 4  #: the demands: the first and the last are always to be met
bits = st.integers(0, 7)


@st.composite
def products(draw: Any) -> tuple[list[list[tuple[int, int]]], Demands]:
    """A graph, for each node its steps (where to, and the class), and demands on its loops."""
    steps = st.tuples(st.integers(0, NODES - 1), st.integers(0, 2))
    graph = [draw(st.lists(steps, max_size=4)) for _ in range(NODES)]
    marks = st.lists(bits, min_size=NODES, max_size=NODES)
    met = [one & (WEAK | ACCEPTING) for one in draw(marks)]
    raised = [one & STRONG for one in draw(marks)]
    taken = [one & (WEAK | STRONG) for one in draw(st.lists(bits, min_size=3, max_size=3))]
    excluded = draw(st.lists(st.booleans(), min_size=3, max_size=3))
    must = draw(st.sampled_from([0, WEAK, WEAK | ACCEPTING]))
    arrays = (np.array(one, np.int64) for one in (met, raised, [0], taken))
    return graph, Demands(must, *arrays, np.array(excluded))


def product_of(graph: list[list[tuple[int, int]]]) -> Product:
    sizes = np.array([len(steps) for steps in graph], np.uint32)
    starts = np.cumsum([1, *sizes[:-1]]).astype(np.int64)  # 0 would be an unknown one
    flat = list(chain.from_iterable(graph))
    targets = np.array([0, *(target for target, _ in flat)], np.uint32)
    labels = np.array([0, *(label for _, label in flat)], np.uint8)
    alone = np.array([0, 1], np.int64)
    return Product(
        starts, sizes, targets, labels, np.zeros(len(graph), np.uint16), np.ones((1, 1), np.bool_), alone,
        np.zeros(1, np.int64),
    )  # fmt: skip


def found(product: Product, demands: Demands) -> dict[int, int]:
    """For each node in a good component the component's number."""
    size = len(product.starts)
    low, goals, number = np.zeros(size, np.uint32), np.zeros(size, np.uint32), 0
    while True:
        room = [np.empty(size + 1, kind) for kind in (np.uint32, np.uint32, np.int64, np.uint32, np.uint32)]
        number, again = close(product, demands, Bench(low, *room), goals, number)
        if not again:
            return {node: goal for node, goal in enumerate(goals.tolist()) if goal}
        low[:] = np.where(goals == AGAIN, np.uint32(0), np.uint32(OUTSIDE))
        goals[goals == AGAIN] = 0


def is_good(graph: list[list[tuple[int, int]]], demands: Demands, inside: set[int]) -> bool:
    """Whether a loop goes through exactly these nodes and meets the demands."""

    def following(node: int) -> list[int]:
        return [target for target, label in graph[node] if target in inside and not demands.excluded[label]]

    parts = list(components(inside, following))
    if len(parts) > 1 or not any(following(node) for node in inside):
        return False
    met = raised = 0
    for node in inside:
        met |= int(demands.met[node])
        raised |= int(demands.raised[node])
        for target, label in graph[node]:
            if target in inside and not demands.excluded[label]:
                met |= int(demands.taken[label])
    return not (demands.must | raised) & ~met


@settings(max_examples=500)
@given(products())
def test_the_nodes_of_good_components_are_those_that_good_loops_go_through(drawn: Any) -> None:
    graph, demands = drawn
    sets = chain.from_iterable(combinations(range(NODES), size) for size in range(1, NODES + 1))
    good = [set(one) for one in sets if is_good(graph, demands, set(one))]
    numbers = found(product_of(graph), demands)
    assert set(numbers) == set().union(*good)
    for one in good:
        assert len({numbers[node] for node in one}) == 1
    for number in set(numbers.values()):
        assert is_good(graph, demands, {node for node, other in numbers.items() if other == number})


def test_a_long_way_round_is_one_component() -> None:
    size = 50_000
    graph = [[((node + 1) % size, 0)] for node in range(size)]
    nothing = np.zeros(0, np.int64)
    one = np.zeros(1, np.int64)
    demands = Demands(0, nothing, nothing, one, one, np.zeros(1, np.bool_))
    assert set(found(product_of(graph), demands).values()) == {1}


def test_what_is_reached_waits_for_steps_that_are_not_known() -> None:
    product = product_of([[(1, 0)], [(2, 0)], []])
    product.starts[1] = 0
    marks, pending, met = np.zeros(3, np.uint8), np.zeros(3, np.uint32), np.zeros(1, np.bool_)
    marks[0] = 1
    assert reach(product, marks, pending, 1, met) == 1
    assert (pending[0], marks.tolist()) == (1, [1, 1, 0])
    product.starts[1] = 2
    assert reach(product, marks, pending, 1, met) == 0
    assert marks.tolist() == [1, 1, 1]


def test_only_what_is_reached_and_read_for_ever_stays() -> None:
    product = product_of([[], [], []])
    marks = np.array([1, 0, 1], np.uint8)
    stops, constant = np.array([True, True, False]), np.ones((1, 1), np.bool_)
    assert stay(product, marks, stops, constant)
    assert marks.tolist() == [2, 0, 1]
    assert not stay(product, np.ones(3, np.uint8), stops, ~constant)
