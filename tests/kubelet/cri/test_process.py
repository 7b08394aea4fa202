"""Processes that cannot be taken for others."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fsm.kubelet.cri.process import Process, process_of, processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def of(child: subprocess.Popen[bytes]) -> Process:
    found = process_of(child.pid)
    assert found is not None
    return found


def test_a_process_is_found_by_its_pid_and_among_all(child: subprocess.Popen[bytes]) -> None:
    assert of(child).alive
    assert of(child) in set(processes())
    assert of(child).arguments == ("sleep", "600")


def test_one_with_the_same_pid_that_started_at_another_time_is_never_signalled(
    child: subprocess.Popen[bytes],
) -> None:
    former = replace(of(child), started=of(child).started - 1)
    assert not former.alive
    assert not former.send(signal.SIGKILL)
    assert former.wait(0)
    assert of(child).alive


def test_one_that_has_ended_is_gone_before_its_parent_waits_for_it(child: subprocess.Popen[bytes]) -> None:
    process = of(child)
    assert process.send(signal.SIGKILL)
    assert process.wait(10)
    assert not process.send(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert process_of(child.pid) != process


def test_one_that_lives_is_waited_for_no_longer_than_told(child: subprocess.Popen[bytes]) -> None:
    assert not of(child).wait(0.01)


def test_a_stopped_process_is_stopped_when_stop_returns(child: subprocess.Popen[bytes]) -> None:
    process = of(child)
    assert not process.stopped
    assert process.stop(10)
    assert process.stopped
    assert process.alive
    process.send(signal.SIGCONT)
    assert process.send(signal.SIGKILL)


def test_a_name_with_blanks_and_parentheses_is_read_past() -> None:
    rename = "import pathlib, time; pathlib.Path('/proc/self/comm').write_text(') Z 1 (')"
    code = f"{rename}; print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert of(process).alive
        process.kill()


def test_a_pid_that_nobody_has_is_nobody() -> None:
    assert process_of(2**22 + 1) is None  # beyond the kernel's largest, proc(5)
    nobody = Process(2**22 + 1, 1)
    assert (nobody.alive, nobody.stopped, nobody.arguments) == (False, False, ())
