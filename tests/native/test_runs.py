"""Runs on arrays: what is found is what pure Python finds, lassos included, in however small a room."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from fsm import check, eventually, leads_to, many, recurs, spec, weak
from fsm.capture import bind
from fsm.checker import report
from fsm.constraints import assumed
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.question import question
from fsm.strategy import Strategy
from tests.native.test_engine import TIGHT, Flags, patched
from tests.native.wide import wide_specs
from tests.strategies import Color, Drawn, specs_with_runs


def alike(model: Any, **options: Any) -> None:
    listed, arrays = (check(model, engine=engine, **options) for engine in ("python", "native"))
    assert arrays.properties == listed.properties


@settings(max_examples=150)
@given(specs_with_runs())
def test_both_engines_judge_runs_alike(drawn: Drawn) -> None:
    alike(drawn.cls)


@settings(max_examples=15)
@given(specs_with_runs(most_states=12))
def test_both_engines_judge_the_runs_of_copies_alike(drawn: Drawn) -> None:
    alike(many(drawn.cls, 2), max_states=3000)


@settings(max_examples=25)
@given(specs_with_runs(most_states=40), st.sampled_from([0, 1, 3]), st.fixed_dictionaries(TIGHT))
def test_runs_are_judged_alike_where_tables_are_full(drawn: Drawn, most: int, sizes: dict[str, int]) -> None:
    with patched({"fsm.capture.MOST_ROWS": most / 50, "fsm.native.rows.BATCH": 3, **sizes}):
        alike(drawn.cls)


@settings(max_examples=25)
@given(wide_specs(), st.fixed_dictionaries(TIGHT))
def test_runs_through_states_of_several_words_are_judged_alike(drawn: Drawn, sizes: dict[str, int]) -> None:
    body = {
        "turns_green": eventually(fair=weak())(lambda self: self.near is Color.GREEN),
        "comes_back": recurs(fair=weak("paint"))(lambda self: self.near is self.far),
        "is_carried": leads_to(lambda self: (self.ballast0[0], self.ballast0[39])),
    }
    made = spec(type("Runs", (drawn.cls,), body))
    with patched(sizes):
        alike(made, max_states=150)


@pytest.mark.parametrize("most", [0, 1, 62])
def test_more_demands_than_a_word_has_bits_are_judged_all_the_same(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsm.native.runs.DEMANDS", most)
    body = {"all_on": eventually(fair=weak("flip", each="bit"))(lambda self: all(self.on.values()))}
    alike(spec(type("Runs", (Flags,), body)))


def test_too_many_nodes_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.native.runs.NODES", 10)
    made = spec(type("Runs", (Flags,), {"all_on": eventually(lambda self: all(self.on.values()))}))
    result = report(explore(model_of(made), strategy=Strategy("native")))["all_on"]
    assert result.outcome.value == "unknown"
    assert "not enough memory to look along all runs: 64 states times 1" in result.reason


def test_steps_that_nobody_counted_find_room() -> None:
    made = spec(type("Runs", (Flags,), {"all_on": eventually(lambda self: all(self.on.values()))}))
    graph = explore(model_of(made), strategy=Strategy("native"))
    (asked,) = (one for one in graph.model.properties if one.kind.over_runs)
    (bound,) = bind(asked)
    graph.enabled = [0] * len(graph.enabled)
    assert graph.runs.seek(question(graph.tables, bound, assumed(graph.model, asked))).found
