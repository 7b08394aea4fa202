"""The engines agree, state for state and trace for trace, on specs that nobody thought of."""

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from fsm import model_of
from fsm.checker import report
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import Limits
from fsm.model import Model
from fsm.strategy import Strategy
from fsm.targets import find
from fsm.verdict import Report
from tests.strategies import Drawn, specs

pytest.importorskip("numba")

PYTHON, NATIVE, PAIR = Strategy("python"), Strategy("native"), Strategy("native", workers=2)
OURS = list(find(["specs"]).targets)

# Python needs minutes for our largest; where engines stop early they stop at the same state, and where they
# do so early two workers are hardly ever mustered.
ALL = os.environ.get("FSM_ENGINES") == "all"
OUR_STATES = None if ALL else 3_000


def same(model: Model, limits: Limits, *strategies: Strategy) -> Graph:
    """What all strategies find, after a look whether it is the same."""
    first, *others = (explore(model, limits, strategy=strategy) for strategy in strategies)
    for other in others:
        assert list(other.states) == list(first.states)
        assert [*map(other.states.origin, range(len(other.states)))] == [
            *map(first.states.origin, range(len(first.states)))
        ]
        for name in ("stages", "initial", "enabled", "bounded", "alarms", "stuck", "unexpanded", "stopped"):
            assert (name, getattr(other, name)) == (name, getattr(first, name))
        assert other.fault_bound == first.fault_bound
        assert plain(report(other)) == plain(report(first))
    return first


def plain(answer: Report) -> Report:
    """A report without what is an engine's own: the time that it took, how often it had to call a body."""
    return replace(answer, seconds=0.0, notes=())


@pytest.mark.parametrize("target", OURS, ids=lambda target: target.name)
def test_the_engines_agree_on_every_spec_of_ours(target: Any) -> None:
    same(target.model, Limits(max_states=OUR_STATES), PYTHON, PAIR, *([NATIVE] if ALL else []))


@pytest.mark.parametrize("part", range(4))
def test_the_engines_agree_on_random_specs(part: int) -> None:
    @seed(part)  # so that parts can be told to several processes, and each looks at others
    @settings(max_examples=300)
    @given(specs())
    def agree(drawn: Drawn) -> None:
        same(model_of(drawn.cls), Limits(), PYTHON, NATIVE)

    agree()


@given(
    specs(),
    st.builds(
        Limits,
        max_states=st.none() | st.integers(1, 60),
        max_depth=st.none() | st.integers(0, 6),
        max_faults=st.none() | st.integers(0, 2),
    ),
)
def test_the_engines_stop_at_the_same_state(drawn: Drawn, limits: Limits) -> None:
    same(model_of(drawn.cls), limits, PYTHON, NATIVE)
