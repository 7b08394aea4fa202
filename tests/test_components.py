"""Strongly connected components, against what can be reached there and back."""

from hypothesis import given
from hypothesis import strategies as st

from fsm.components import components

graphs = st.lists(st.lists(st.integers(0, 7), max_size=4), min_size=8, max_size=8)


def reached(graph: list[list[int]], begin: int) -> set[int]:
    seen = {begin}
    while more := {after for node in seen for after in graph[node]} - seen:
        seen |= more
    return seen


@given(graphs, st.lists(st.integers(0, 7), min_size=1))
def test_a_component_is_what_can_be_reached_there_and_back(graph: list[list[int]], roots: list[int]) -> None:
    found = list(components(roots, graph.__getitem__))
    assert sorted(node for part in found for node in part) == sorted(
        set().union(*(reached(graph, root) for root in roots))
    )
    for part in found:
        for node in part:
            together = {other for other in reached(graph, node) if node in reached(graph, other)}
            assert set(part) == together


@given(graphs)
def test_a_component_comes_after_all_that_it_leads_to(graph: list[list[int]]) -> None:
    known: set[int] = set()
    for part in components(range(8), graph.__getitem__):
        known.update(part)
        assert all(after in known for node in part for after in graph[node])


def test_a_chain_of_a_hundred_thousand_is_no_trouble() -> None:
    many = 100_000
    assert sum(1 for _ in components([0], lambda n: [n + 1] if n < many else [])) == many + 1
