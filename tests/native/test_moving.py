"""A run that moves over to the native engine goes on as if it had never moved."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

import fsm.native.engine  # noqa: F401 - it has come, so less is worth a move
from fsm import action, always, eventually, many, model_of, require, spec, var
from fsm.capture import Tables
from fsm.checker import check_model, report
from fsm.choice import AHEAD, PATIENCE, READY, TOO_EARLY, Choice
from fsm.engine import Engine
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.interpreter import Interpreter
from fsm.limits import NO_LIMITS, Limits
from fsm.strategy import Strategy
from specs.classics.dining import DiningPhilosophers
from specs.classics.two_phase_commit import TwoPhaseCommit
from tests.benchmarks.containers import Container
from tests.native.wide import wide_specs
from tests.strategies import Drawn, specs
from tests.test_engines import PYTHON, same

AUTO, TWO = Strategy("auto"), Strategy("auto", workers=2)


@spec
class Failing:
    """Steps and faults that both lead on, through several layers."""

    n: int = var(range(8), 0)
    lost: frozenset[Annotated[int, range(3)]] = frozenset()

    @action
    def step(self) -> None:
        require(self.n < 7)
        self.n += 1

    @action
    def back(self) -> None:
        self.n = 0

    @action(fault=True)
    def lose(self, which: Annotated[int, range(3)]) -> None:
        require(self.n % 3 == which)
        self.lost |= {which}

    @always
    def something_is_left(self) -> bool:
        return len(self.lost) < 3


@spec
class Waiting:
    """It waits, and some day it no longer does."""

    waits: bool = True

    @action
    def go(self) -> None:
        require(self.waits)
        self.waits = False

    @eventually
    def goes(self) -> bool:
        return not self.waits


@contextmanager
def moving(look: int, size: int) -> Iterator[None]:
    """Move at some look at the clock; slices of some size have many of them."""
    looks = dict[int, int]()

    def pays(self: Choice, engine: Engine, expanded: int, waiting: int, seconds: float) -> bool:
        looks[id(self)] = looks.get(id(self), 0) + 1
        return self._strategy.engine == "auto" and isinstance(engine, Interpreter) and looks[id(self)] >= look

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fsm.interpreter.SLICE", size)
        patch.setattr("fsm.native.room.STATES", size)
        patch.setattr(Choice, "pays", pays)
        yield


@settings(max_examples=settings().max_examples // 2)
@given(
    specs() | wide_specs(),
    st.integers(1, 40),
    st.sampled_from([1, 3, 20, 1000]),
    st.builds(
        Limits, max_states=st.just(300) | st.integers(1, 300), max_faults=st.none() | st.integers(0, 2)
    ),
)
def test_moving_changes_nothing_wherever_it_happens(
    drawn: Drawn, look: int, size: int, limits: Limits
) -> None:
    with moving(look, size):
        same(model_of(drawn.cls), limits, PYTHON, AUTO)


@pytest.mark.parametrize("limits", [NO_LIMITS, Limits(max_faults=1), Limits(max_states=30)])
def test_a_run_may_move_at_every_look(limits: Limits) -> None:
    """Between the steps and the faults of a stage, amid either, and before what is only accounted for."""
    model = model_of(Failing)
    for look in range(1, 20):
        with moving(look, 2):
            same(model, limits, PYTHON, AUTO)
            assert explore(model, limits, strategy=AUTO).engine == "native"


def test_a_run_moves_when_much_of_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.choice.TOO_EARLY", 0)
    monkeypatch.setattr("fsm.choice.READY", 0)
    monkeypatch.setattr("fsm.choice.BRIEF", 0)
    model = many(Container, 2)
    graph = same(model, NO_LIMITS, PYTHON, AUTO, TWO)
    assert graph.engine == "python"
    assert explore(model, strategy=AUTO).engine == "native"


def test_what_is_left_is_twice_what_was_as_long_as_more_waits_and_what_waits_afterwards() -> None:
    graph = Graph(Tables(model_of(Container)))
    choice, engine = Choice(graph, AUTO), Interpreter(graph)
    assert not choice.pays(engine, expanded=20_000, waiting=10_000, seconds=READY / AHEAD)
    assert choice.pays(engine, expanded=30_000, waiting=10_001, seconds=TOO_EARLY)
    assert not choice.pays(engine, expanded=60_000, waiting=10_000, seconds=1.7)  # 0.28 s are left
    assert choice.pays(engine, expanded=60_000, waiting=10_000, seconds=1.9)


def test_a_move_has_to_be_worth_more_where_the_native_engine_is_not_there_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = Graph(Tables(model_of(Container)))
    choice, engine = Choice(graph, AUTO), Interpreter(graph)
    assert choice.pays(engine, expanded=20_000, waiting=10_000, seconds=PATIENCE / AHEAD)
    monkeypatch.delitem(sys.modules, "fsm.native.engine")
    assert not choice.pays(engine, expanded=20_000, waiting=10_000, seconds=PATIENCE / AHEAD)


def test_who_cannot_move_hears_of_it_where_it_would_have_been_worth_to_load_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fsm.native.fitness.BITS", 1)
    graph = Graph(Tables(model_of(Container)))
    choice, engine = Choice(graph, AUTO), Interpreter(graph)
    assert not choice.pays(engine, expanded=20_000, waiting=10_000, seconds=PATIENCE / AHEAD)
    assert not choice.missed
    assert not choice.pays(engine, expanded=20_000, waiting=10_000, seconds=PATIENCE)
    assert choice.missed
    assert "bits, and the native engine reads 1 at once" in choice.hindrance


def test_a_long_and_thin_run_stays() -> None:
    """Where little waits at any time, batches are too small to pay."""
    graph = Graph(Tables(model_of(Container)))
    choice, engine = Choice(graph, AUTO), Interpreter(graph)
    assert not choice.pays(engine, expanded=1_000_000, waiting=999, seconds=1.0)
    assert choice.pays(engine, expanded=1_000_000, waiting=1_000, seconds=1.0)


def test_small_runs_stay_where_they_are() -> None:
    assert explore(model_of(Container), strategy=AUTO).engine == "python"


@pytest.mark.parametrize("cls", [DiningPhilosophers, TwoPhaseCommit])
def test_what_is_promised_of_runs_is_judged_by_the_engine_that_pays(
    cls: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(cls)
    along_runs = any(one.kind.over_runs for one in model.properties)
    monkeypatch.setattr("fsm.choice.READY", 0)
    graph = explore(model, strategy=AUTO)
    assert graph.engine == ("native" if along_runs else "python")
    found, expected = report(graph), check_model(model, strategy=PYTHON)
    assert (found.properties, found.actions) == (expected.properties, expected.actions)


def test_up_to_renaming_and_where_it_stopped_nothing_moves_for_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.choice.READY", 0)
    model = model_of(DiningPhilosophers)
    assert explore(model, Limits(max_states=20), strategy=AUTO).engine == "python"
    renamed = many(Waiting, 2, symmetric=True)
    assert any(one.kind.over_runs for one in renamed.properties)
    assert explore(renamed, strategy=AUTO).engine == "python"
