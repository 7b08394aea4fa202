"""Checkpoints: killed at any moment, a run goes on and answers the same; what is wrong is left alone."""

import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsm import action, always, each, many, model_of, require, spec, var
from fsm.checker import report
from fsm.errors import FsmError, SpecError
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import Limits, Progress
from fsm.model import Model
from fsm.strategy import EngineName, Strategy
from fsm.verdict import Report
from tests.benchmarks.containers import Container
from tests.conftest import Written
from tests.strategies import Drawn, Side, specs
from tests.test_explorer import ROOT, Falls, Line

ENGINES: list[EngineName] = ["python", "native"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture(autouse=True)
def _keep_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.keeper.KEEP_EVERY", 0.0)


def run(model: Model, file: Path, engine: EngineName = "python", **how: Any) -> Graph:
    if engine == "native":
        pytest.importorskip("numba")
    symmetry = how.pop("symmetry", None)
    progress = how.pop("progress", None)
    return explore(model, Limits(**how), progress, Strategy(engine, symmetry=symmetry, checkpoint=str(file)))


def plain(graph: Graph) -> Report:
    return replace(report(graph), seconds=0.0, notes=())


def stop_after(states: int) -> Callable[[Progress], None]:
    def progress(seen: Progress) -> None:
        if seen.states >= states:
            raise KeyboardInterrupt

    return progress


def assert_goes_on(model: Model, file: Path, first: EngineName, second: EngineName, states: int) -> None:
    whole = explore(model)
    begun = run(model, file, first, progress=stop_after(states))
    assert begun.stopped == "interrupted"
    graph = run(model, file, second)
    assert any("gone on from" in note for note in graph.notes)
    assert list(graph.states) == list(whole.states)
    assert (graph.stages, graph.enabled, graph.alarms) == (whole.stages, whole.enabled, whole.alarms)
    assert plain(graph) == plain(whole)


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_either_engine_goes_on_where_either_was(file: Path, first: EngineName, second: EngineName) -> None:
    assert_goes_on(many(Container, 2), file, first, second, 2000)


@pytest.mark.parametrize("states", [1, 3, 5, 8])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_goes_on_in_the_middle_of_the_faults(file: Path, engine: EngineName, states: int) -> None:
    assert_goes_on(model_of(Falls), file, engine, engine, states)


def test_a_run_of_several_words_goes_on(file: Path) -> None:
    model = many(Falls, 20)
    assert model.layout.words > 1
    begun = run(model, file, max_depth=2)
    graph = run(model, file, "native", max_depth=3)
    assert len(begun.states) < len(graph.states) == len(explore(model, Limits(max_depth=3)).states)


def test_what_was_found_up_to_renaming_goes_on_up_to_renaming(file: Path) -> None:
    model = many(Container, 2)
    run(model, file, symmetry=True, progress=stop_after(500))
    graph = run(model, file, symmetry=True)
    assert len(graph.states) == 76 * 77 // 2
    with pytest.raises(FsmError, match="was explored up to renaming, and this is not"):
        run(model, file)


@pytest.mark.parametrize("engine", ENGINES)
def test_members_that_are_not_alike_are_refused_again_by_the_run_that_goes_on(
    file: Path, engine: EngineName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsm.keeper.SAMPLE", 1)  # hardly any state is looked at again

    @spec
    class Favoured:
        n: dict[Side, int] = each(Side, var(range(5), 0), symmetric=True)

        @action
        def up(self, who: Side) -> None:
            require(self.n[who] < 4)
            self.n[who] = 0 if who is Side.LEFT and self.n[who] == 3 else self.n[who] + 1

    for _ in range(2):
        with pytest.raises(SpecError, match="up"):
            run(model_of(Favoured), file, engine)


def test_a_run_that_is_over_answers_at_once(file: Path) -> None:
    whole = run(many(Container, 2), file)
    size = file.stat().st_size
    again = run(many(Container, 2), file)
    assert plain(again) == plain(whole)
    assert file.stat().st_size - size < 10_000


def test_a_limit_that_stopped_a_run_may_be_wider_the_next_time(file: Path) -> None:
    model = model_of(Falls)
    assert run(model, file, max_faults=0).fault_bound
    assert run(model, file, max_faults=1).fault_bound
    graph = run(model, file)
    assert plain(graph) == plain(explore(model))


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(specs(), st.integers(1, 30))
def test_random_specs_go_on(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, states: int) -> None:
    file = tmp_path_factory.mktemp("kept") / "kept"
    model = model_of(drawn.cls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fsm.interpreter.SLICE", 3)
        run(model, file, progress=stop_after(states))
        assert plain(run(model, file)) == plain(explore(model))


PROGRAM = """
import sys
import fsm.keeper
from fsm import many
from fsm.explorer import explore
from fsm.strategy import Strategy
from tests.benchmarks.containers import Container
fsm.keeper.KEEP_EVERY = 0.0
sys.stdout.write("begun\\n"); sys.stdout.flush()
explore(many(Container, 2), strategy=Strategy("python", checkpoint=sys.argv[1]),
        progress=lambda seen: (sys.stdout.write(f"{seen.states}\\n"), sys.stdout.flush()))
"""


def test_a_run_that_is_killed_at_any_moment_goes_on(file: Path) -> None:
    random, whole = Random(4711), plain(explore(many(Container, 2)))
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(random.randint(1, 5)):
            child.stdout.readline()
        child.kill()
        child.communicate()
    graph = run(many(Container, 2), file)
    assert plain(graph) == whole


def test_a_record_that_breaks_off_is_left_out_and_said(file: Path) -> None:
    model = many(Container, 2)
    run(model, file, progress=stop_after(3000))
    data = file.read_bytes()
    for cut in (1, 100, len(data) // 2):
        file.write_bytes(data[:-cut])
        graph = run(model, file, progress=stop_after(10))
        assert any("no whole record" in note for note in graph.notes)
        assert plain(run(model, file)) == plain(explore(model))


def test_a_record_that_was_damaged_is_not_believed(file: Path) -> None:
    model = many(Container, 2)
    run(model, file, progress=stop_after(3000))
    data = bytearray(file.read_bytes())
    data[-50] ^= 1
    file.write_bytes(data)
    graph = run(model, file)
    assert any("no whole record" in note for note in graph.notes)
    assert plain(graph) == plain(explore(model))


WRONG = {
    "text": (b"hello\n", "is no checkpoint of fsm, and is left as it is"),
    "a head that breaks off": (b'fsm checkpoint\n{"format": 1', "breaks off in its first lines"),
    "another format": (b'fsm checkpoint\n{"format": 99}\n', "of format 99, and this version of fsm reads"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_something_else_is_refused_and_left_alone(file: Path, name: str) -> None:
    data, message = WRONG[name]
    file.write_bytes(data)
    with pytest.raises(FsmError, match=message):
        run(model_of(Line), file)
    assert file.read_bytes() == data


def test_a_checkpoint_of_another_spec_is_refused_and_left_alone(file: Path) -> None:
    run(model_of(Line), file)
    data = file.read_bytes()
    with pytest.raises(FsmError, match="is a checkpoint of Line, and this is Falls"):
        run(model_of(Falls), file)
    assert file.read_bytes() == data


def test_a_spec_that_was_changed_does_not_go_on(file: Path, written: Callable[..., Written]) -> None:
    text = """
    @spec
    class Steps:
        n: int = var(range(9), 0)

        @action
        def up(self) -> None:
            require(self.n < 8)
            self.n += 1
    """
    run(model_of(written(text, "one").load().Steps), file)
    with pytest.raises(FsmError, match="of another version of Steps: the spec has changed since"):
        run(model_of(written(text.replace("self.n < 8", "self.n < 7"), "two").load().Steps), file)


STRIDE = 1


def test_a_helper_that_was_changed_is_found_out(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @spec
    class Strides:
        n: int = var(range(40), 0)

        @action
        def stride(self) -> None:
            require(self.n < 30)
            self.n += STRIDE

        @always
        def small(self) -> bool:
            return self.n < 39

    run(model_of(Strides), file, max_depth=20)
    monkeypatch.setattr(f"{__name__}.STRIDE", 7)
    with pytest.raises(FsmError, match="`stride` no longer leads where it led"):
        run(model_of(Strides), file)


def test_a_place_that_cannot_be_written_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(FsmError, match="cannot be written: No such file or directory"):
        run(model_of(Line), tmp_path / "nowhere" / "kept")
    with pytest.raises(FsmError, match="is a folder: name a file"):
        run(model_of(Line), tmp_path)


def test_a_record_has_the_states_and_their_origins_and_a_checksum_over_both(file: Path) -> None:
    run(model_of(Line), file)
    magic, head, record, rest = file.read_bytes().split(b"\n", 3)
    assert (magic, json.loads(head)["spec"]) == (b"fsm checkpoint", "Line")
    count = json.loads(record)["to"]
    assert json.loads(record)["checksum"] == zlib.crc32(rest[: count * 12])
    assert rest[:8] == bytes(8)
