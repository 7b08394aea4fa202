"""Runs on arrays: what is found is what pure Python finds, lassos included."""

import pytest
from hypothesis import given, settings

pytest.importorskip("numba")

from fsm import check, many
from tests.strategies import Drawn, specs_with_runs


@settings(max_examples=150)
@given(specs_with_runs())
def test_both_engines_judge_runs_alike(drawn: Drawn) -> None:
    listed, arrays = (check(drawn.cls, engine=engine) for engine in ("python", "native"))
    assert arrays.properties == listed.properties


@settings(max_examples=15)
@given(specs_with_runs(most_states=12))
def test_both_engines_judge_the_runs_of_copies_alike(drawn: Drawn) -> None:
    two = many(drawn.cls, 2)
    listed, arrays = (check(two, engine=engine, max_states=3000) for engine in ("python", "native"))
    assert arrays.properties == listed.properties
