"""Log files on the disk: there when a container starts, with what its program prints."""

from __future__ import annotations

import os
import re

import pytest

from fsm import kubelet as k
from fsm.kubelet import messages as cri
from fsm.kubelet.memory_logs import DiskLogs, NoLogs, log_lines
from fsm.kubelet.memory_programs import known_program

IMAGE = k.Image("sha256:1", repo_tags=("app:1",))


class Bench:
    def __init__(self, folder, logs) -> None:
        self.runtime = k.MemoryRuntime(k.MemoryImages([IMAGE]), logs=logs, programs=known_program)
        metadata = cri.PodSandboxMetadata("p", "u", "n")
        self.pod = cri.PodSandboxConfig(metadata, log_directory=str(folder))
        self.sandbox = self.runtime.run_pod_sandbox(self.pod)

    def start(self, log_path: str, *command: str) -> str:
        metadata = cri.ContainerMetadata(log_path or "c")
        config = cri.ContainerConfig(metadata, cri.ImageSpec("app:1"), command, log_path=log_path)
        self.id = self.runtime.create_container(self.sandbox, config, self.pod)
        self.runtime.start_container(self.id)
        return self.id


def test_a_started_container_has_its_file_and_a_created_one_has_none(tmp_path) -> None:
    Bench(tmp_path / "logs", DiskLogs())
    assert not (tmp_path / "logs").exists()
    Bench(tmp_path / "logs", DiskLogs()).start("a/0.log", "nginx")
    assert (tmp_path / "logs" / "a" / "0.log").read_bytes() == b""


def test_what_a_known_program_prints_is_a_line_of_the_file(tmp_path) -> None:
    Bench(tmp_path, DiskLogs()).start("0.log", "sh", "-c", "echo one; echo -n two; exit 1")
    lines = (tmp_path / "0.log").read_text().splitlines()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"
    assert [bool(re.fullmatch(rf"{moment} stdout F one", lines[0])), lines[1][-12:]] == [True, "stdout P two"]


def test_a_container_without_a_log_path_makes_no_file(tmp_path) -> None:
    Bench(tmp_path, DiskLogs()).start("", "echo", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_fails_the_start_in_containerd_s_words(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    bench = Bench(tmp_path / "file" / "logs", DiskLogs())
    with pytest.raises(k.RpcError) as caught:
        bench.start("0.log")
    assert caught.value.details == (
        "failed to create containerd task: failed to create container loggers: "
        f"failed to create and open log file: mkdir {tmp_path}/file/logs: not a directory"
    )
    status = bench.runtime.container_status(bench.id)
    assert (status.exit_code, status.reason) == (128, "StartError")


def test_a_directory_in_the_file_s_place_fails_it_too(tmp_path) -> None:
    (tmp_path / "0.log").mkdir()
    with pytest.raises(k.RpcError, match=r"open .*/0\.log: is a directory"):
        Bench(tmp_path, DiskLogs()).start("0.log")


def test_a_full_disk_ends_no_container(tmp_path) -> None:
    class Full(NoLogs):
        def append(self, path: str, output: bytes, now: int) -> None:
            raise OSError(28, "no space left on device")

    bench = Bench(tmp_path, Full())
    assert bench.runtime.container_status(bench.start("0.log", "echo", "x")).started_at > 0


def test_a_log_that_was_moved_away_is_made_anew_on_demand(tmp_path) -> None:
    bench = Bench(tmp_path, DiskLogs())
    id_ = bench.start("0.log", "nginx")
    os.rename(tmp_path / "0.log", tmp_path / "0.log.old")  # noqa: PTH104
    bench.runtime.reopen_container_log(id_)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["0.log", "0.log.old"]
    (tmp_path / "0.log").unlink()
    (tmp_path / "0.log").mkdir()
    with pytest.raises(k.RpcError, match="failed to create and open log file: open"):
        bench.runtime.reopen_container_log(id_)


@pytest.mark.parametrize("output", [b"", b"\n", b"a\r\nb", b"\xff\n"])
def test_every_line_of_the_output_is_one_line_of_the_log(output) -> None:
    lines = log_lines(output, 0).split(b"\n")[:-1]
    tails = [line.split(b" ", 3) for line in lines]
    assert b"".join(text + b"\n" * (tag == b"F") for _, _, tag, text in tails) == output
