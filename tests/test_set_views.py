"""Sets as bodies see them: what they answer is what a frozenset answers, and they read what it takes."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import action, always, require, spec
from fsm.declaration import model_of
from fsm.domains import Scalar
from fsm.elements import SetOf
from fsm.explorer import explore
from fsm.packing import Layout
from fsm.run import Run
from fsm.set_views import SetView
from fsm.values import OrderedSet, show
from tests.strategies import Color

FIVE = Scalar("range(5)", tuple(range(5)))
SETS = SetOf(FIVE)
LAYOUT = Layout({"one": SETS, "other": SETS})

subsets = st.frozensets(st.integers(0, 4))
strangers = st.frozensets(st.integers(0, 7))  # some of them are no elements
plain = st.one_of(strangers, strangers.map(set), subsets.map(lambda some: SETS.decode(SETS.encode(some))))


def views(one: frozenset[int], other: frozenset[int]) -> tuple[Run, SetView, SetView]:
    """Two sets of a state, unread."""
    run = Run(LAYOUT, LAYOUT.pack({"one": one, "other": other}), pure=True)
    unread = [tuple(~cell for cell in range(first, first + 5)) for first in (0, 5)]
    return run, SetView(SETS, run, unread[0]), SetView(SETS, run, unread[1])


def read(run: Run) -> list[int]:
    return [cell for cell, _ in run.reads]


BINARY = [
    operator.or_, operator.and_, operator.sub, operator.xor,
    operator.eq, operator.ne, operator.le, operator.lt, operator.ge, operator.gt,
]  # fmt: skip
METHODS = [
    "union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint",
]  # fmt: skip


@pytest.mark.parametrize("does", BINARY)
@given(subsets, plain)
def test_an_operator_does_what_it_does_with_frozensets(
    does: Callable[[Any, Any], Any], one: frozenset[int], other: Any
) -> None:
    _, view, _ = views(one, frozenset())
    assert does(view, other) == does(one, frozenset(other))
    _, view, _ = views(one, frozenset())
    assert does(other, view) == does(frozenset(other), one)


@pytest.mark.parametrize("does", BINARY)
@given(subsets, subsets)
def test_an_operator_does_so_with_two_of_them(
    does: Callable[[Any, Any], Any], one: frozenset[int], other: frozenset[int]
) -> None:
    _, mine, theirs = views(one, other)
    assert does(mine, theirs) == does(one, other)
    assert does(mine, mine) == does(one, one)


@pytest.mark.parametrize("does", BINARY)
@given(subsets, strangers)
def test_an_operator_does_so_with_the_keys_of_a_dict(
    does: Callable[[Any, Any], Any], one: frozenset[int], other: frozenset[int]
) -> None:
    keys = dict.fromkeys(other).keys()
    _, view, _ = views(one, frozenset())
    assert does(view, keys) == does(one, keys)
    assert does(keys, view) == does(keys, one)


@pytest.mark.parametrize("name", METHODS)
@given(subsets, plain)
def test_a_method_does_what_it_does_with_frozensets(name: str, one: frozenset[int], other: Any) -> None:
    for given_ in (lambda: other, lambda: list(other), lambda: iter(other)):
        _, view, _ = views(one, frozenset())
        assert getattr(view, name)(given_()) == getattr(one, name)(given_())


@given(subsets, st.sampled_from([0, 4, 7, 1.0, True, "x", None]))
def test_what_is_in_it_is_what_is_in_the_frozenset(one: frozenset[int], element: object) -> None:
    _, view, _ = views(one, frozenset())
    assert (element in view) == (element in one)


@given(subsets)
def test_as_a_value_it_is_the_frozenset(one: frozenset[int]) -> None:
    _, view, _ = views(one, frozenset())
    assert (list(view), len(view), bool(view)) == (sorted(one), len(one), bool(one))
    assert (hash(view), show(view), repr(view)) == (hash(one), show(one), repr(SETS.decode(SETS.encode(one))))
    assert isinstance(view, frozenset)
    assert isinstance(view, OrderedSet)
    assert {one: 1}[view] == 1  # type: ignore[index]
    assert copy.copy(view) is copy.deepcopy(view) is view.copy() is view
    assert pickle.loads(pickle.dumps(view)) == one
    assert frozenset(view) == frozenset().union(view) == one
    assert SETS.encode(view) == SETS.encode(one)


@pytest.mark.parametrize("does", [operator.or_, operator.sub, operator.xor, operator.and_])
def test_a_set_that_may_be_changed_stays_one(does: Callable[[Any, Any], Any]) -> None:
    _, view, _ = views(frozenset({1, 2}), frozenset())
    made = does({1, 3}, view)
    assert type(made) is set
    assert made == does({1, 3}, {1, 2})


def test_what_no_set_can_hold_is_refused_as_by_a_frozenset() -> None:
    _, view, _ = views(frozenset(), frozenset())
    with pytest.raises(TypeError, match="unhashable"):
        _ = [] in view
    with pytest.raises(TypeError):
        _ = view | [1]
    with pytest.raises(TypeError):
        _ = view < 3
    assert view != [1]


def test_one_element_is_one_cell() -> None:
    run, view, _ = views(frozenset({3}), frozenset())
    assert 3 in view
    assert 1 not in view
    assert read(run) == [3, 1]


def test_adding_and_taking_away_read_nothing() -> None:
    run, view, _ = views(frozenset({3}), frozenset())
    made = ((view | {1, 2}) - {3}) & {0, 1, 3}
    assert made.contents == (~0, 1, 0, 0, 0)
    assert not run.reads
    assert ((view - {0}) | view).contents == view.contents
    assert read(run) == []


def test_a_set_beside_another_one_is_read_where_that_decides() -> None:
    run, mine, theirs = views(frozenset({0}), frozenset({1}))
    made = (mine & {0, 1}) | (theirs & {1, 2})
    assert made.contents == (~0, ~6, ~7, 0, 0)  # of element 1 it was asked whether mine has it
    assert read(run) == [1]


def test_comparing_stops_where_it_is_decided() -> None:
    run, view, _ = views(frozenset({1, 2}), frozenset())
    assert view != {0, 4}
    assert not view >= {0, 3}
    assert read(run) == [0]
    assert view <= {1, 2, 3, 4}


def test_what_was_not_touched_is_equal_unread() -> None:
    run, view, _ = views(frozenset({1, 2}), frozenset())
    after = view | {3}
    assert view <= after
    assert after >= view
    assert not run.reads
    assert view != after
    assert read(run) == [3]


@given(subsets, subsets)
def test_its_elements_are_asked_for_in_their_order_whatever_order_the_other_set_has(
    one: frozenset[int], other: frozenset[int]
) -> None:
    for does in (SetView.__ge__, SetView.isdisjoint, SetView.__rsub__, SetView.__or__, SetView.__eq__):
        run, view, _ = views(one, frozenset())
        does(view, other)
        assert read(run) == sorted(read(run))


@spec
class Groups:
    """A set of sets: what was sent stays, and is put together in pairs."""

    on: bool = True
    sent: frozenset[Color] = frozenset()
    groups: frozenset[frozenset[Color]] = frozenset()

    @action
    def send(self, color: Color) -> None:
        self.sent |= {color}

    @action
    def group(self, one: Color, other: Color) -> None:
        require({one, other} <= self.sent)
        self.groups |= {frozenset({one, other})}

    @always
    def groups_are_of_what_was_sent(self) -> bool:
        return all(some <= self.sent for some in self.groups)


def test_a_spec_of_sets_has_tables_as_small_as_what_is_asked_of_them() -> None:
    graph = explore(model_of(Groups))
    assert len(graph.states) == sum(
        2 ** (len(some) * (len(some) + 1) // 2) for some in SetOf(Scalar("Color", tuple(Color)))
    )
    leaves = {
        event.label: table.leaves
        for event, table in zip(graph.model.events, graph.tables.events, strict=True)
    }
    assert leaves["send(color=RED)"] == 1
    assert leaves["group(one=RED, other=BLUE)"] == 3
    assert not graph.alarms
