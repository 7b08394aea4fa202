"""Lassos: none begins its loop earlier, or with fewer faults, than the one that is shown."""

from itertools import islice

from hypothesis import given, settings

from fsm import action, always, check, eventually, recurs, require, spec, strong, var, weak
from fsm.capture import bind
from fsm.constraints import assumed
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.lasso import Seeker
from fsm.model import Kind
from fsm.question import question
from tests.strategies import Drawn, specs_with_runs
from tests.textbook import Textbook
from tests.textbook_runs import TextbookRuns, said

MANY = 400  #: of the runs that are enumerated, the shortest ones


@settings(max_examples=60)
@given(specs_with_runs(most_states=20))
def test_no_lasso_begins_its_loop_with_fewer_faults_or_earlier(drawn: Drawn) -> None:
    runs = TextbookRuns(Textbook(model_of(drawn.cls)))
    model, lassos = runs.model, list(islice(runs.lassos(), MANY))
    graph = explore(model)
    faults = [event.action.fault for event in model.events]
    for asked in model.properties:
        if asked.kind not in (Kind.EVENTUALLY, Kind.RECURS):
            continue
        fair = assumed(model, asked)
        for bound in bind(asked):
            posed = question(graph.tables, bound, fair)
            search = graph.runs.seek(posed)
            if not search.found:
                continue
            path, loop = Seeker(graph, posed, search).lasso()
            stem = [event for event, _ in path[1 : loop + 1]]
            cost = sum(event.action.fault for event in stem), len(stem)
            formula = said(model, asked, bound.arguments)
            for lasso in lassos:
                if runs.is_violated_on(formula, fair, lasso):
                    taken = [number for _, number in lasso.stem if number is not None]
                    assert cost <= (sum(faults[number] for number in taken), len(taken))


@spec
class Ring:
    """A ring of twelve places, with a short cut that misses half of it."""

    at: int = var(range(12), 0)

    @action
    def walk(self) -> None:
        self.at = (self.at + 1) % 12

    @action
    def cut(self) -> None:
        require(self.at == 2)
        self.at = 9

    @action
    def knock(self) -> None:
        require(self.at == 5)
        self.at = 6

    @always
    def moves(self, after) -> bool:
        return after.at != self.at

    @recurs
    def comes_to_six(self) -> bool:
        return self.at == 6

    @eventually(fair=[strong("cut"), weak("walk")])
    def never_comes(self) -> bool:
        return self.at > 11

    @recurs(fair=[strong("cut"), strong("knock")])
    def avoids_three(self) -> bool:
        return self.at > 11


def test_a_loop_is_a_shortest_one() -> None:
    trace = check(Ring)["comes_to_six"].trace
    assert (trace.loop, [step.action for step in trace.steps]) == (
        0,
        ["walk", "walk", "cut", "walk", "walk", "walk"],
    )


def test_a_strongly_fair_loop_takes_what_it_passes_and_no_more() -> None:
    trace = check(Ring)["never_comes"].trace
    assert [step.action for step in trace.steps].count("cut") == 1
    assert len(trace) - trace.loop == 6
    assert len(check(Ring)["avoids_three"].trace) == 6


def test_a_loop_that_takes_too_much_to_make_shortest_is_fair_all_the_same() -> None:
    graph = explore(model_of(Ring))
    asked = next(one for one in graph.model.properties if one.name == "never_comes")
    (bound,) = bind(asked)
    posed = question(graph.tables, bound, assumed(graph.model, asked))
    path, loop = Seeker(graph, posed, graph.runs.seek(posed)).lasso(most=0)
    taken = [event.action.name for event, _ in path[loop + 1 :]]
    assert {"cut", "walk"} <= set(taken)
    assert path[loop][1] == path[-1][1]


def test_a_run_may_go_round_where_another_one_may_stay() -> None:
    @spec
    class Switch:
        on: bool = False

        @action
        def turn_on(self) -> None:
            require(not self.on)
            self.on = True

        @action
        def wait(self) -> None:
            require(not self.on)

        @action(fault=True)
        def slip(self) -> None:
            require(self.on)
            self.on = False

        @recurs(fair=weak("wait"))
        def impossible(self) -> bool:
            return False

    trace = check(Switch)["impossible"].trace
    assert (trace.loop, [step.action for step in trace.steps]) == (0, ["wait"])
