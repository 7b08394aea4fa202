"""Transition coverage: what tests and workers have taken, and what they left to the implementation."""

from fsm.coverage import Coverage, left_to_it


def lines(coverage: Coverage) -> list[tuple[str, bool]]:
    return list(coverage.lines())


def test_what_was_left_to_the_implementation_is_counted_beside_what_was_taken() -> None:
    coverage = Coverage()
    coverage.record("Lock", [(0, 1)], 4, "path covers", left=[(0, 2), (1, 2)])
    told = "path covers, 2 of 4 transitions: the implementation answers otherwise"
    assert lines(coverage) == [(f"Lock  1 of 4 transitions, 25 %  ({told})", False)]


def test_what_one_worker_took_was_left_by_none() -> None:
    first, second = Coverage(), Coverage()
    first.record("Lock", [(0, 1)], 4, left=[(0, 2), (1, 2)])
    second.record("Lock", [(0, 2)], 4, left=[(0, 1), (1, 3)])
    first.add(second.dump())
    told = "2 of 4 transitions: the implementation answers otherwise"
    assert lines(first) == [(f"Lock  2 of 4 transitions, 50 %  ({told})", True)]


def test_nothing_is_missing_where_all_that_was_not_taken_was_left_to_the_implementation() -> None:
    coverage = Coverage()
    coverage.record("Lock", [(0, 1)], 3, left=[(0, 2)])
    assert [whole for _, whole in lines(coverage)] == [False]
    coverage.record("Lock", [(1, 1)], 3)
    assert [whole for _, whole in lines(coverage)] == [True]


def test_where_nothing_was_left_nothing_is_said() -> None:
    coverage = Coverage()
    coverage.record("Lock", [(0, 1)], 1)
    assert lines(coverage) == [("Lock  1 of 1 transitions, 100 %", True)]
    assert left_to_it(0, 1) == ""
