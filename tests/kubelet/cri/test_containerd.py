"""A private containerd before it is started: what it needs, its directory, its configuration."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fsm.kubelet.cri import containerd_needs
from fsm.kubelet.cri.containerd import ContainerdError, PrivateContainerd
from fsm.kubelet.cri.containerd_config import PAUSE, config_of, hosts
from fsm.kubelet.cri.containerd_directory import Directory
from fsm.kubelet.cri.containerd_needs import APT, programs, wanting

NAMES = ("containerd", "containerd-shim-runc-v2", "runc", "ctr", "busybox")
STATIC = b"\x7fELF\x02\x01" + bytes(26) + (64).to_bytes(8, "little") + bytes(14) + b"\x38\0\0\0" + bytes(8)
DYNAMIC = b"#!/bin/sh\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers are Linux's")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has what it takes: root, and a directory on PATH with the programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NAMES:
        program(folder / name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    return folder


def program(path: Path, data: bytes = STATIC) -> None:
    path.write_bytes(data)
    path.chmod(0o755)


def test_a_machine_that_has_all_wants_nothing(machine: Path) -> None:
    assert wanting() == ""
    assert programs().busybox == str(machine / "busybox")


@pytest.mark.parametrize("name", NAMES)
def test_a_program_that_is_not_there_is_named_with_the_remedy(machine: Path, name: str) -> None:
    (machine / name).unlink()
    assert wanting() == f"no program {name} ({APT})"


def test_all_that_is_not_there_is_named_at_once(machine: Path) -> None:
    for name in NAMES:
        (machine / name).unlink()
    told = ", ".join(f"no program {name}" for name in NAMES)
    assert wanting() == f"{told} ({APT})"


def test_a_program_that_may_not_be_run_is_not_there(machine: Path) -> None:
    (machine / "runc").chmod(0o644)
    assert wanting() == f"no program runc ({APT})"


def test_a_busybox_that_needs_libraries_is_none(machine: Path) -> None:
    program(machine / "busybox", DYNAMIC)
    assert wanting() == f"busybox is not statically linked ({APT})"
    program(machine / "busybox.static")
    assert wanting() == ""
    assert programs().busybox == str(machine / "busybox.static")


def test_only_root_may(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert wanting() == "only root may start a containerd"
    with pytest.raises(ContainerdError, match="no containerd can be started: only root may"):
        PrivateContainerd(Path("/nowhere"))


def test_another_system_has_no_containers(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert wanting() == "containers are Linux's"


def test_what_stands_beside_the_daemon_comes_before_what_is_on_path(machine: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("containerd", "ctr"):
        program(other / name)
    found = programs(str(other / "containerd"))
    assert (found.containerd, found.ctr) == (str(other / "containerd"), str(other / "ctr"))
    assert shutil.which("runc", path=found.path) == str(machine / "runc")
    assert wanting(str(other / "nothing")) == f"no program {other / 'nothing'} ({APT})"


# its directory


def test_a_directory_is_made_and_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    one = Directory(tmp_path / "a/b")
    one.claim()
    assert one.path.stat().st_mode & 0o777 == 0o700
    assert not one.deserted


def test_a_directory_that_holds_something_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(ContainerdError, match="is not empty: a containerd wants a directory of its own"):
        Directory(tmp_path).claim()
    assert (tmp_path / "letter").read_text() == "dear"


def test_a_directory_of_a_living_owner_is_not_taken(tmp_path: Path) -> None:
    Directory(tmp_path).claim()
    with pytest.raises(ContainerdError, match="is not empty"):
        Directory(tmp_path).claim()


@pytest.mark.parametrize("path", ["/proc/nope", "/dev/null/nope", "/dev/null"])
def test_what_cannot_be_a_directory_is_told_in_one_line(path: str) -> None:
    with pytest.raises(ContainerdError, match=f"^{path} is no place for a containerd: [A-Z][a-z ]+$"):
        Directory(Path(path)).claim()


def test_a_path_that_is_too_long_for_a_socket_is_told_before_anything_is_made(tmp_path: Path) -> None:
    fits = Directory(tmp_path / ("x" * (107 - len(f"{tmp_path}//s.ttrpc"))))
    fits.claim()
    long = Directory(Path(f"{fits.path}x"))
    with pytest.raises(ContainerdError, match=r"may have 107 bytes, and .* has 108; choose a shorter one"):
        long.claim()
    assert not long.path.exists()


# its configuration


def flat(text: str) -> dict[str, Any]:
    """Every setting by its path."""

    def walk(prefix: str, value: Any) -> Any:
        if isinstance(value, dict):
            for key, below in value.items():
                yield from walk(f"{prefix}/{key}", below)
        else:
            yield prefix, value

    return dict(walk("", tomllib.loads(text)))


HERE = Directory(Path("/tmp/d"))


@pytest.mark.parametrize(
    ("version", "number"), [((1, 6, 20), 2), ((1, 7, 27), 2), ((2, 0, 0), 3), ((2, 2, 9), 3)]
)
def test_everything_is_kept_below_the_directory(version: tuple[int, ...], number: int) -> None:
    settings = flat(config_of(HERE, "overlayfs", version))
    assert settings["/version"] == number
    paths = {key: value for key, value in settings.items() if str(value).startswith("/")}
    assert len(paths) >= 9
    assert {value for value in paths.values() if not value.startswith("/tmp/d/")} == set()


@pytest.mark.parametrize("version", [(1, 6, 20), (2, 2, 9)])
@pytest.mark.parametrize("snapshotter", ["overlayfs", "native"])
def test_what_matters_is_said_in_each_versions_words(version: tuple[int, ...], snapshotter: str) -> None:
    settings = flat(config_of(HERE, snapshotter, version))
    last = {key.rpartition("/")[2]: value for key, value in settings.items()}
    assert last["snapshotter"] == snapshotter
    assert last["sandbox_image" if version < (2,) else "sandbox"] == PAUSE
    assert last["restrict_oom_score_adj"] is True
    assert last["disable_apparmor"] is True
    assert last["runtime_type"] == "io.containerd.runc.v2"


def test_every_registry_is_a_closed_port_of_this_machine() -> None:
    told = tomllib.loads(hosts())
    assert {told["server"], *told["host"]} == {"http://127.0.0.1:9"}


def test_the_answer_at_the_command_line_is_an_exit_code_and_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    words = [sys.executable, "-m", containerd_needs.__name__, "no-such-containerd"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("no runtime to test: ")
    assert done.stderr.count("\n") == 1
