"""Progress, and Ctrl-C at a good moment."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm.cli.watching import Watcher
from fsm.limits import Progress
from tests.test_explorer import ROOT

SEEN = Progress(1000, 10, 3, 1, 1.5)


class Clock:
    """Time as a test wants it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("fsm.cli.watching.time.monotonic", made)
    return made


def looks(watcher: Watcher, clock: Clock, *times: float) -> None:
    for clock.now in times:
        watcher(SEEN)


def test_a_terminal_is_told_at_most_once_a_second(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Watcher("Lamp") as watcher:
        looks(watcher, clock, 100.5, 100.9, 101.1, 101.2, 102.0, 102.2)
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.count("\rLamp: 1,000 states, 10 waiting, depth 3, 1 faults") == 2
    assert capsys.readouterr().err == "\r\x1b[K"


def test_elsewhere_there_is_a_line_each_ten_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Watcher("Lamp") as watcher:
        looks(watcher, clock, 101, 109.9, 110.1, 119, 120.2, 121)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Lamp: 1,000 states")
    assert "99/s" in lines[0]
    assert "\x1b" not in lines[0]


def test_the_bound_is_told_where_it_is_known(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    watcher = Watcher("Lamp")
    clock.now = 200
    watcher(Progress(5, 1, 1, 0, 1.0, "native", 4096))
    assert "5 states, of at most 4,096, 1 waiting" in capsys.readouterr().err


def test_somebody_who_wants_to_hear_nothing_hears_nothing(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with Watcher("Lamp", silent=True) as watcher:
        looks(watcher, clock, 150, 200)
    assert capsys.readouterr().err == ""


@pytest.fixture
def _own_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("_own_handler")
def test_ctrl_c_waits_for_the_next_look(clock: Clock) -> None:
    with Watcher("Lamp") as watcher:
        watcher(SEEN)
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            watcher(SEEN)


@pytest.mark.usefixtures("_own_handler")
def test_ctrl_c_does_not_wait_for_a_look_that_does_not_come(clock: Clock) -> None:
    with Watcher("Lamp") as watcher:
        watcher(SEEN)
        clock.now += 0.6
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("_own_handler")
def test_a_second_ctrl_c_does_not_wait(clock: Clock) -> None:
    with Watcher("Lamp") as watcher:
        watcher(SEEN)
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


SPEC = """
from fsm import many
from tests.benchmarks.containers import Container

five = many(Container, 5)
"""


@pytest.mark.parametrize("engine", ["python", "native"])
def test_a_long_check_that_is_interrupted_reports_what_is_known(tmp_path: Path, engine: str) -> None:
    if engine == "native":
        pytest.importorskip("numba")
    (tmp_path / "five.py").write_text(SPEC)
    code = "import fsm.cli.watching as w; w.ELSEWHERE = 0.0; from fsm.cli import main; main()"
    command = [sys.executable, "-c", code, "check", str(tmp_path / "five.py"), "--engine", engine]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as child:  # fmt: skip
        assert child.stderr is not None
        for line in child.stderr:
            if " states" in line and int(line.split(": ")[1].split(" ")[0].replace(",", "")) > 20_000:
                break
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert child.returncode == 130, err
    assert "not all explored, so unknown: interrupted" in out
    assert "unknown   failed_iff_faulted" in out
    assert "witnessed starts_without_ref" in out
    assert "Traceback" not in err
