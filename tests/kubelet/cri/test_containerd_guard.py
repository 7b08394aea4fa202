"""The guard of a private containerd: what it does when its owner has died, and nothing before."""

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fsm.kubelet.cri import containerd_guard
from fsm.kubelet.cri.containerd_directory import Directory
from fsm.kubelet.cri.containerd_guard import dismiss, post, watch
from fsm.kubelet.cri.process import process_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Directory:
    """A directory that this process has claimed; standard input is closed, and nobody is waited for."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO()))
    monkeypatch.setattr(containerd_guard, "PATIENCE", 0)
    made = Directory(tmp_path / "d")
    made.claim()
    return made


def test_what_a_dead_owner_left_is_ended_and_removed(directory: Directory) -> None:
    told = (directory.path / "owner").read_text().split()
    (directory.path / "owner").write_text(" ".join((str(2**22 + 1), *told[1:])))
    idle = [sys.executable, "-c", "print(flush=True); import time; time.sleep(600)"]
    with subprocess.Popen([*idle, "--config", str(directory.config)], stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        daemon.stdout.readline()
        watch(directory)
        assert daemon.wait() == -9
    assert not directory.path.exists()


def test_an_owner_that_lives_keeps_what_it_has(directory: Directory) -> None:
    watch(directory)
    assert directory.owner is not None
    assert directory.path.is_dir()


def test_a_directory_that_is_gone_is_no_trouble(tmp_path: Path, directory: Directory) -> None:
    watch(Directory(tmp_path / "gone"))
    assert directory.path.is_dir()


def test_a_guard_waits_until_it_is_dismissed(directory: Directory) -> None:
    guard = post(directory)
    process = process_of(guard.pid)
    assert process is not None
    assert process.alive
    dismiss(guard)
    assert not process.alive
    assert guard.returncode == -9
    assert directory.owner is not None


def test_its_program_is_quiet_where_there_is_nothing_to_end(directory: Directory) -> None:
    done = subprocess.run(
        [sys.executable, "-m", containerd_guard.__name__, str(directory.path.parent / "gone")],
        input=b"",
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert directory.path.is_dir()
