"""What would have to be assumed: enough, and no less would do."""

from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings

from fsm.advice import candidates
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.liveness import judge_runs
from tests.strategies import Drawn, specs_with_runs


@settings(max_examples=60)
@given(specs_with_runs(most_states=30))
def test_what_is_advised_is_enough_and_nothing_smaller_is(drawn: Drawn) -> None:
    model = model_of(drawn.cls)
    graph = explore(model)
    for asked in model.properties:
        if not asked.kind.over_runs:
            continue

        def holds(*fair, asked=asked) -> bool:
            more = replace(asked, fair=(*asked.fair, *fair), finding="no advice is wanted")
            return judge_runs(graph, more).lasso is None

        advice = judge_runs(graph, asked).advice
        if advice:
            assert holds(*advice)
            for size in range(len(advice)):
                for fewer in combinations(candidates(model), size):
                    assert not holds(*fewer)
