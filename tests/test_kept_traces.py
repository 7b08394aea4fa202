"""A trace is kept, run against an implementation, and stays as a regression test."""

import json
from enum import Enum
from types import SimpleNamespace

import pytest

from fsm import action, always, check, conform, spec
from fsm.errors import LogError, NonConformance
from fsm.journey import read_trace

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
