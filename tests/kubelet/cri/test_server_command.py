"""`fsm serve-runtime`, as somebody runs it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm.cli import run
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.client import connect
from tests.kubelet.cri.served import POD, SOON, config, socket_folder

FSM = [sys.executable, "-m", "fsm", "serve-runtime"]


class Command:
    """The command, started, once it listens."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.path = folder / "r.sock"
        self.endpoint = f"unix://{self.path}"
        self.process = subprocess.Popen(
            [*FSM, "--listen", self.endpoint, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.greeting = self.process.stderr.readline()

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(how)
        with self.process:
            err, out = self.process.stderr.read(), self.process.stdout.read()
        return self.process.returncode, out, err


@pytest.fixture
def folder() -> Iterator[Path]:
    with socket_folder() as folder:
        yield folder


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_serves_until_a_signal_and_removes_its_socket(folder, how, code) -> None:
    command = Command(folder, "--image", "local.test/app:1", "--seed", "s")
    try:
        with connect(command.endpoint, patience=SOON) as client:
            sandbox = client.run_pod_sandbox(POD)
            container = client.create_container(sandbox, config("c", "false"), POD)
            client.start_container(container)
            assert client.container_status(container).exit_code == 1
        assert "in which no process runs" in command.greeting
        assert command.endpoint in command.greeting
        assert "--seed s" in command.greeting
    finally:
        ended = command.end(how)
    assert ended == (code, "", "")
    assert list(folder.iterdir()) == []


def test_the_same_seed_makes_the_same_ids_and_logs_are_written_where_asked(folder) -> None:
    ids = []
    for seed in ("1", "1", "2"):
        command = Command(folder, "--image", "local.test/app:1", "--logs", "--seed", seed)
        try:
            with connect(command.endpoint, patience=SOON) as client:
                pod = cri.PodSandboxConfig(POD.metadata, log_directory=str(folder / "logs"))
                sandbox = client.run_pod_sandbox(pod)
                made = client.create_container(sandbox, config("c", "echo", "hi", log_path="0.log"), pod)
                client.start_container(made)
                ids.append((sandbox, made))
        finally:
            command.end()
    assert ids[0] == ids[1] != ids[2]
    assert [line[31:] for line in (folder / "logs" / "0.log").read_text().splitlines()] == ["stdout F hi"] * 3


def test_images_are_those_that_were_named(folder) -> None:
    command = Command(folder, "--image", "app:1,app", "--pullable", "web:1,user=www-data,size=9")
    try:
        with connect(command.endpoint, patience=SOON) as client:
            assert [one.repo_tags for one in client.list_images()] == [("app:1", "app:latest")]
            client.pull_image(cri.ImageSpec("web:1"))
            web = client.image_status(cri.ImageSpec("web:1"))
            assert (web.username, web.size) == ("www-data", 9)
            client.remove_image(cri.ImageSpec("app"))
            client.pull_image(cri.ImageSpec("app:1"))
    finally:
        command.end()


def test_without_an_image_it_says_so(folder) -> None:
    command = Command(folder)
    assert "listens at" in command.greeting
    code, out, err = command.end()
    assert (code, out) == (0, "")
    assert "--image NAME" in err


BAD = [
    ([], "Missing option '--listen'"),
    (["--listen", "tcp://127.0.0.1:9"], "not over 'tcp'"),
    (["--listen", "unix:///nowhere/r.sock"], "there is no directory /nowhere"),
    (["--listen", "unix:///tmp"], "is there, and is no socket"),
    (["--listen", f"unix:///tmp/{'x' * 103}"], "too long"),
    (["--listen", "SOCKET", "--image", ""], "invalid reference format"),
    (["--listen", "SOCKET", "--image", "App:1"], "repository name must be lowercase"),
    (["--listen", "SOCKET", "--image", "app:1,tag=2"], "'tag=2' says nothing of an image"),
    (["--listen", "SOCKET", "--image", "app:1,size=-1"], "'size=-1' says nothing of an image"),
    (["--listen", "SOCKET", "--image", "app:1,user="], "'user=' says nothing of an image"),
    (["--listen", "SOCKET", "--image", "user=1"], "has no name of an image"),
    (["--listen", "SOCKET", "--pullable", "a:1,,"], "invalid reference format"),
    (["--listen", "SOCKET", "--image", "a", "--pullable", "a:latest"], "is the name of two images"),
    (["--listen", "SOCKET", "--profile", "docker"], "'docker' is not one of"),
    (["--listen", "SOCKET", "-q", "-v"], "Choose one of --quiet and --verbose"),
    (["--listen", "SOCKET", "extra"], "unexpected extra argument"),
]


@pytest.mark.parametrize(("options", "said"), BAD, ids=[" ".join(one[0])[:40] for one in BAD])
def test_a_mistake_is_one_clear_message_and_nothing_is_made(folder, capsys, options, said) -> None:
    words = [word.replace("SOCKET", f"unix://{folder}/r.sock") for word in options]
    assert run(["serve-runtime", *words]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert "Traceback" not in err
    assert (out, list(folder.iterdir())) == ("", [])


def test_a_place_that_is_taken_is_told(folder, capsys) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "r.sock"))
        other.listen()
        assert run(["serve-runtime", "--listen", f"unix://{folder}/r.sock"]) == 2
    assert "somebody serves it" in capsys.readouterr().err
