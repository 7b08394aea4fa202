"""A trace is kept, run against an implementation, and stays as a regression test."""

import json
from dataclasses import replace
from enum import Enum
from types import SimpleNamespace

import pytest

from fsm import Observation, action, always, check, conform, limit, spec, var
from fsm.cli import run as shell
from fsm.declaration import model_of
from fsm.errors import AdapterError, LogError, NonConformance
from fsm.journey import Journey, read_trace
from fsm.verdict import Trace
from tests.workspace import GOOD, workspace_in

Phase = Enum("Phase", "IDLE BUSY DONE")


@spec(final={Phase.DONE})
class Task:
    """One task."""

    phase: Phase = Phase.IDLE

    @action(Phase.IDLE)
    def start(self) -> None:
        self.phase = Phase.BUSY

    @action(Phase.BUSY)
    def finish(self, ok: bool) -> None:
        self.phase = Phase.DONE if ok else Phase.IDLE

    @always(finding="tasks end")
    def never_done(self) -> bool:
        return self.phase is not Phase.DONE


class Adapter:
    ENDS_IN = Phase.DONE

    def __init__(self):
        self.phase = Phase.IDLE

    def start(self):
        self.phase = Phase.BUSY

    def finish(self, ok):
        self.phase = self.ENDS_IN if ok else Phase.IDLE

    def observe(self):
        return {"phase": self.phase}


class Endless(Adapter):
    ENDS_IN = Phase.BUSY


@pytest.fixture
def kept(tmp_path):
    """The trace of the finding, in a file."""
    file = tmp_path / "task_ends.json"
    file.write_text(check(Task)["never_done"].trace.to_json())
    return file


def run(suite, name):
    getattr(suite(), name)(request=SimpleNamespace(config=None))


def test_a_kept_trace_is_a_test_of_its_own_that_an_implementation_passes(kept):
    suite = conform(Task, Adapter, traces=[kept])
    run(suite, "test_trace[task_ends]")
    assert len(suite.suite.covered) == 2


def test_an_implementation_that_leaves_the_trace_fails_at_that_step(kept):
    with pytest.raises(NonConformance, match=r"(?s)finish\(ok=True\).*DONE +BUSY"):
        run(conform(Task, Endless, traces=[kept]), "test_trace[task_ends]")


def test_a_trace_may_be_given_as_it_is():
    suite = conform(Task, Adapter, traces=[check(Task)["never_done"].trace])
    run(suite, "test_trace[#1]")


def test_a_trace_of_another_spec_is_refused(kept):
    data = json.loads(kept.read_text())
    kept.write_text(json.dumps({**data, "spec": "Other"}))
    with pytest.raises(LogError, match="this is a trace of Other, and the spec is Task"):
        run(conform(Task, Adapter, traces=[kept]), "test_trace[task_ends]")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": 1, "spec": "Task"'])
def test_a_file_that_is_no_trace_is_refused_by_name(tmp_path, text):
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(LogError, match=r"broken\.json"):
        read_trace(tmp_path / "broken.json")


# traces that never end


@spec(final={Phase.DONE})
class Retry:
    """A task that may fail again and again; when it is given up by a fault nobody has to do anything."""

    phase: Phase = Phase.IDLE
    tries: int = var(range(3), 0)

    @action(Phase.IDLE)
    def start(self) -> None:
        limit(self.tries < 2)
        self.tries += 1
        self.phase = Phase.BUSY

    @action(Phase.BUSY)
    def fail(self) -> None:
        self.phase, self.tries = Phase.IDLE, max(0, self.tries - 1)

    @action(Phase.BUSY)
    def finish(self) -> None:
        self.phase = Phase.DONE

    @action(Phase.DONE, fault=True)
    def forget(self) -> None:
        self.phase, self.tries = Phase.BUSY, 2


def lasso(*labels: str, loop: int) -> Trace:
    """A run of `Retry`, whose last steps are a loop."""
    journey = Journey(model_of(Retry))
    for label in labels:
        journey.take(next(choice for choice in journey.choices() if choice[0].label == label))
    return replace(journey.trace(), loop=loop)


ROUND = lasso("start", "fail", loop=0)
KNOT = lasso("start", "finish", "forget", "fail", "start", "fail", "start", loop=5)


class Worker:
    """Fails as it should, so many times."""

    PATIENCE = 9

    def __init__(self):
        self.phase, self.failures = Phase.IDLE, 0

    def start(self):
        self.phase = Phase.BUSY

    def fail(self):
        self.failures += 1
        self.phase = Phase.IDLE if self.failures <= self.PATIENCE else Phase.DONE

    def finish(self):
        self.phase = Phase.DONE

    def forget(self):
        self.phase = Phase.BUSY

    def observe(self):
        return {"phase": self.phase}


class Impatient(Worker):
    PATIENCE = 1


def carry_out(plan):
    """Do all that is planned."""
    return [Observation((step.action,), step.arguments) for step in plan.steps]


def test_a_loop_is_gone_round_twice_unless_something_else_is_said():
    made = []

    class Counted(Worker):
        def __init__(self):
            super().__init__()
            made.append(self)

    run(conform(Retry, Counted, traces=[ROUND]), "test_trace[#1]")
    run(conform(Retry, Counted, traces=[ROUND], turns=5), "test_trace[#1]")
    assert [worker.failures for worker in made] == [2, 5]


def test_a_failure_in_a_loop_says_in_which_turn():
    with pytest.raises(NonConformance, match=r"(?s)IDLE +DONE\n\n  in turn 2 of 3 of the loop$"):
        run(conform(Retry, Impatient, traces=[ROUND], turns=3), "test_trace[#1]")


def test_a_failure_before_the_loop_speaks_of_no_turn():
    class Absent(Worker):
        def start(self):
            pass

    with pytest.raises(NonConformance) as failure:
        run(conform(Retry, Absent, traces=[KNOT]), "test_trace[#1]")
    assert "turn" not in str(failure.value)


def test_a_run_is_planned_with_every_turn():
    plans = []
    suite = conform(Retry, run=lambda plan: plans.append(plan) or carry_out(plan), traces=[KNOT], turns=3)
    run(suite, "test_trace[#1]")
    assert [step.action for step in plans[0].steps][3:] == ["fail", "start", *["fail", "start"] * 3]


def test_a_run_that_leaves_out_a_turn_fails_in_that_turn():
    suite = conform(Retry, run=lambda plan: carry_out(plan)[:-2], traces=[ROUND], turns=3)
    with pytest.raises(NonConformance, match=r"(?s)start was planned, and nothing more.*in turn 3 of 3"):
        run(suite, "test_trace[#1]")


def test_a_run_that_does_something_else_in_a_loop_fails_in_that_turn():
    def odd(plan):
        return [*carry_out(plan)[:3], Observation(("forget",))]

    with pytest.raises(NonConformance, match=r"(?s)observed:  forget.*in turn 2 of 2 of the loop"):
        run(conform(Retry, run=odd, traces=[ROUND]), "test_trace[#1]")


def test_a_step_of_a_run_that_is_refused_fails_in_its_own_turn():
    def odd(plan):
        return [*carry_out(plan)[:1], Observation(("fail",), state={"phase": Phase.DONE})]

    with pytest.raises(NonConformance, match="in turn 1 of 2 of the loop"):
        run(conform(Retry, run=odd, traces=[ROUND]), "test_trace[#1]")


def test_a_loop_is_gone_round_at_least_once():
    with pytest.raises(AdapterError, match="turns=0 goes round no loop: give at least 1"):
        conform(Retry, Worker, traces=[ROUND], turns=0)


def test_a_run_that_stays_is_carried_out_up_to_there():
    suite = conform(Retry, Worker, traces=[lasso("start", "finish", loop=2)])
    run(suite, "test_trace[#1]")
    assert len(suite.suite.covered) == 2


@pytest.mark.parametrize(
    ("trace", "why"),
    [
        (lasso("start", "fail", "start", loop=1), None),
        (
            lasso("start", "fail", "start", loop=0),
            "back to the state after step 0: phase=IDLE there, phase=BUSY",
        ),
        (lasso("start", loop=1), "no longer stays after step 1: `fail` may happen there"),
        (lasso("start", "finish", loop=2), None),
        (lasso("start", "finish", "forget", loop=3), "no longer stays after step 3: `fail`"),
    ],
)
def test_a_lasso_fits_where_its_loop_closes_or_nothing_has_to_happen(trace, why):
    journey = Journey(model_of(Retry))
    if why is None:
        journey.follow(trace)
        assert journey.trace() == trace
    else:
        with pytest.raises(LogError, match=why):
            journey.follow(trace)


def test_faults_do_not_have_to_happen():
    @spec
    class Hung:
        broken: bool = False

        @action(fault=True)
        def smash(self) -> None:
            self.broken = True

    stays = replace(Journey(model_of(Hung)).trace(), loop=0)
    journey = Journey(model_of(Hung))
    journey.follow(stays)
    assert journey.trace() == stays


def test_where_a_limit_stops_a_step_no_run_stays():
    @spec
    class Short:
        count: int = var(range(3), 0)

        @action
        def up(self) -> None:
            limit(self.count < 2)
            self.count += 1

    whole = Journey(model_of(Short))
    for _ in range(2):
        whole.take(whole.choices()[0])
    with pytest.raises(LogError, match="stays after step 2: a step beyond the bounds"):
        Journey(model_of(Short)).follow(replace(whole.trace(), loop=2))


def test_a_trace_of_an_older_version_has_no_loop():
    data = json.loads(ROUND.to_json())
    del data["loop"]
    assert Trace.from_json(json.dumps(data)) == replace(ROUND, loop=None)


HOPEFUL = GOOD.replace("import action,", "import action, eventually,").replace(
    "    @always\n", "    @eventually\n    def breaks(self) -> bool:\n        return False\n\n    @always\n"
)


@pytest.fixture
def switch(tmp_path, capsys):
    """A command line beside a switch, and the run in which it is pressed and released for ever."""
    with workspace_in(tmp_path) as here:
        here.write("switch.py", GOOD)
        here.write("hopeful.py", HOPEFUL)
        assert shell(["run", "switch.py", "--walk", "2", "-o", "walk.json"]) == 0
        kept = json.loads((tmp_path / "walk.json").read_text())
        (tmp_path / "lasso.json").write_text(json.dumps({**kept, "loop": 0}))
        capsys.readouterr()
        yield lambda *words, of="switch.py": (shell(["run", of, *words]), *capsys.readouterr())


def test_a_lasso_is_shown_with_its_loop_and_saved_with_it(switch, tmp_path):
    code, out, _ = switch("--trace", "lasso.json", "-o", "again.json")
    assert code == 0
    assert out.splitlines()[1:] == [
        "┌   1. press    on: False → True",
        "└   2. release  on: True → False",
        "       loop back to the beginning",
    ]
    assert (tmp_path / "again.json").read_text().strip() == Trace.to_json(read_trace("lasso.json"))


def test_a_promise_over_runs_that_a_shown_lasso_breaks_is_named(switch):
    code, out, _ = switch("--trace", "lasso.json", of="hopeful.py")
    assert (code, out.splitlines()[-1].strip()) == (1, "violates breaks")
    assert switch("--trace", "walk.json", of="hopeful.py")[0] == 0


def test_the_turns_of_a_shown_lasso_can_be_chosen(switch):
    assert "┌   5. press" in switch("--trace", "lasso.json", "--turns", "3")[1]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--turns", "2"], "--turns is for --trace"),
        (["--trace", "walk.json", "--turns", "2"], "walk.json has no loop to go round: leave --turns out"),
        (["--trace", "lasso.json", "--turns", "0"], "0 is not in the range"),
    ],
)
def test_turns_without_a_loop_are_refused(switch, words, why):
    code, _, err = switch(*words)
    assert code == 2
    assert why in err
