"""What is left of a private containerd: found by its directory and ids alone, and ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from fsm.kubelet.cri import leftovers
from fsm.kubelet.cri.containerd_directory import Directory
from fsm.kubelet.cri.leftovers import Leftovers, end, end_deserted, find, ids_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MINE, THEIRS = "a" * 64, "b" * 64
Run = Callable[..., int]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs a process with a command line of one's choice, which does nothing; its pid."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> int:
        idle = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)", *words]
        process = subprocess.Popen(idle, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        started.append(process)
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where cgroups and the sockets of shims are."""
    cgroups, shims = tmp_path / "cgroups", tmp_path / "shims"
    for folder in (cgroups / "k8s.io", cgroups / "memory/k8s.io", cgroups / "other", shims):
        folder.mkdir(parents=True)
    monkeypatch.setattr(leftovers, "CGROUPS", cgroups)
    monkeypatch.setattr(leftovers, "SHIMS", shims)
    return cgroups, shims


def directory(path: Path) -> Directory:
    path.mkdir()
    return Directory(path)


def alive(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG) == (0, 0)


def test_its_processes_are_told_by_the_directory_that_they_were_given(tmp_path: Path, run: Run) -> None:
    one, two = directory(tmp_path / "one"), directory(tmp_path / "one-more")
    shim = run("-namespace", "k8s.io", "-id", MINE, "-address", str(one.socket))
    daemon = run("--config", str(one.config))
    runc = run("--root", str(one.state / "runc/k8s.io"), "start", MINE)
    run("--config", str(two.config))
    run("-address", str(two.socket))
    assert [process.pid for process in find(one, ()).processes] == [daemon, *sorted((shim, runc))]


def test_who_merely_reads_its_files_is_none_of_them(tmp_path: Path, run: Run) -> None:
    one = directory(tmp_path / "one")
    run("-f", str(one.log))
    run(str(one.config))
    run("--config", str(tmp_path / "config.toml"))
    assert not find(one, (MINE,))


def test_its_cgroups_are_told_by_id_among_those_of_others(tmp_path: Path, places: tuple[Path, Path]) -> None:
    cgroups, _ = places
    for parent in ("k8s.io", "memory/k8s.io", "other"):
        for name in (MINE, THEIRS):
            (cgroups / parent / name).mkdir()
    one = directory(tmp_path / "one")
    mine = (cgroups / "k8s.io" / MINE, cgroups / "memory/k8s.io" / MINE)
    assert find(one, (MINE,)) == Leftovers(cgroups=mine)
    assert not end(one, (MINE,))
    assert sorted(path.name for path in cgroups.rglob("?" * 64)) == [MINE, THEIRS, THEIRS, THEIRS]


def test_its_sockets_are_told_by_the_hash_of_an_address_and_id(
    tmp_path: Path, places: tuple[Path, Path]
) -> None:
    _, shims = places
    one, two = directory(tmp_path / "one"), directory(tmp_path / "two")

    def socket(of: Directory, container: str) -> Path:
        path = shims / sha256(f"{of.socket}/k8s.io/{container}".encode()).hexdigest()
        path.touch()
        return path

    mine, others = socket(one, MINE), [socket(two, MINE), socket(one, THEIRS)]
    assert find(one, (MINE,)) == Leftovers(sockets=(mine,))
    assert not end(one, (MINE,))
    assert not mine.exists()
    assert all(path.exists() for path in others)


def test_ids_are_read_from_folders_and_from_the_log(tmp_path: Path) -> None:
    one = directory(tmp_path / "one")
    assert ids_of(one) == frozenset()
    ids = [letter * 64 for letter in "cdef"]
    for folder, name in zip((*one.records, one.bundles), ids, strict=False):
        (folder / name).mkdir(parents=True)
    one.log.write_text(f'msg="RunPodSandbox returns sandbox id \\"{ids[3]}\\"" short=abc{"0" * 70}\n')
    assert ids_of(one) == set(ids)


def test_ending_ends_its_processes_and_nobody_elses(tmp_path: Path, run: Run) -> None:
    one, two = directory(tmp_path / "one"), directory(tmp_path / "two")
    mine = [run("--config", str(one.config)), run("-address", str(one.socket))]
    theirs = [run("--config", str(two.config)), run("-address", str(two.socket))]
    assert not end(one, ())
    assert [alive(pid) for pid in theirs] == [True, True]
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in mine] == [-signal.SIGKILL] * 2


def test_what_cannot_be_ended_is_named(tmp_path: Path, places: tuple[Path, Path]) -> None:
    cgroups, _ = places
    busy = cgroups / "k8s.io" / MINE
    (busy / "child").mkdir(parents=True)  # as one with processes: it cannot be removed
    left = end(directory(tmp_path / "one"), (MINE,))
    assert left
    assert str(left) == f"cgroup {busy}"
    assert str(Leftovers()) == "nothing"


# containerds whose owners were killed


NOBODY = 2**22 + 1  #: beyond the largest pid, proc(5)


def claim(path: Path, **changed: object) -> Directory:
    """A directory that was claimed, and its claim changed."""
    made = Directory(path)
    made.claim()
    names = ("pid", "started", "boot", "namespace")
    told = dict(zip(names, (path / "owner").read_text().split(), strict=True)) | changed
    (path / "owner").write_text(" ".join(map(str, told.values())))
    return made


def test_what_a_killed_owner_left_is_ended_and_removed(tmp_path: Path, run: Run) -> None:
    one = claim(tmp_path / "fsm-one", pid=NOBODY)
    daemon = run("--config", str(one.config))
    assert end_deserted(tmp_path, "fsm-") == [one.path]
    assert not one.path.exists()
    assert os.waitstatus_to_exitcode(os.waitpid(daemon, 0)[1]) == -signal.SIGKILL


def test_what_has_an_owner_or_never_had_one_is_left_alone(tmp_path: Path, run: Run) -> None:
    owned = claim(tmp_path / "fsm-owned")
    unclaimed = directory(tmp_path / "fsm-unclaimed")
    another = claim(tmp_path / "another", pid=NOBODY)
    daemons = [run("--config", str(one.config)) for one in (owned, unclaimed, another)]
    (tmp_path / "fsm-file").touch()
    assert end_deserted(tmp_path, "fsm-") == []
    assert all(map(alive, daemons))
    assert all(one.path.is_dir() for one in (owned, unclaimed, another))


def test_a_directory_that_others_may_write_to_is_believed_nothing(tmp_path: Path, run: Run) -> None:
    trap = claim(tmp_path / "fsm-trap", pid=NOBODY)
    victim = run("--config", str(trap.config))
    trap.path.chmod(0o777)
    assert end_deserted(tmp_path, "fsm-") == []
    assert alive(victim)


@pytest.mark.parametrize("owner", ["", "1", "one two three four", "1 2 3", "1 2 3 4 5", "\0"])
def test_a_claim_that_cannot_be_read_may_be_one_that_is_being_written(tmp_path: Path, owner: str) -> None:
    one = claim(tmp_path / "one")
    (one.path / "owner").write_text(owner)
    assert (one.owner, one.deserted) == (None, False)


@pytest.mark.parametrize(
    ("changed", "owned", "deserted"),
    [
        ({}, True, False),
        ({"pid": NOBODY}, False, True),
        ({"started": 1}, False, True),  # the pid is in use again
        ({"boot": "another"}, False, True),
        ({"namespace": "pid:[1]"}, False, False),  # a process that cannot be seen from here
        ({"namespace": "pid:[1]", "pid": NOBODY}, False, False),
        ({"namespace": "pid:[1]", "boot": "another"}, False, True),
    ],
)
def test_whose_a_directory_is(
    tmp_path: Path, changed: dict[str, object], owned: bool, deserted: bool
) -> None:
    one = claim(tmp_path / "one", **changed)
    assert (one.owner is not None) == owned
    assert one.deserted == deserted
    assert one.owner is None or one.owner.pid == os.getpid()
