"""`fsm proxy`, as a user runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc
import pytest
from cri_api.v1 import api_pb2 as cri

from fsm import cli
from tests.kubelet.cri.proxy_bench import SOON, Fake, channel_to, create_request, refusal, short_folder

COMMAND = [sys.executable, "-m", "fsm", "proxy"]


def command(folder: Path) -> list[str]:
    return [*COMMAND, "--listen", f"unix://{folder}/p.sock", "--runtime", f"unix://{folder}/f.sock"]


VERSION = "/runtime.v1.RuntimeService/Version"


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


@pytest.fixture
def fake(folder: Path) -> Iterator[Fake]:
    found = Fake(folder / "f.sock")
    yield found
    found.stop()


@contextmanager
def running(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command, once it says that it listens."""
    process = subprocess.Popen(
        [*command(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "listening at" in line:
                break
        else:
            pytest.fail("".join(said))
        process.said = said  # type: ignore[attr-defined]
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], by: int = signal.SIGTERM) -> tuple[int, str, str]:
    process.send_signal(by)
    out, err = process.communicate(timeout=SOON)
    return process.returncode, out, err


@pytest.fixture
def refused(folder: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What the command says that will not start."""

    def start(*options: str, listen: str = "p.sock", runtime: str = "f.sock") -> str:
        ends = [name if "/" in name else f"unix://{folder}/{name}" for name in (listen, runtime)]
        assert cli.run(["proxy", "--listen", ends[0], "--runtime", ends[1], *options]) == 2
        out, err = capfd.readouterr()
        assert out == ""
        return err

    return start


def calls(record: Path) -> list[dict]:
    return [json.loads(line) for line in record.read_text().splitlines()]


@pytest.mark.parametrize(("by", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_serves_until_a_signal_then_tells_what_there_was(folder, fake, by, code):
    record = folder / "calls.jsonl"
    rules = ["--fault", "Version#2 error ABORTED no", "--fault", "StopContainer cut_after"]
    with running(folder, "--record", str(record), *rules) as process:
        with channel_to(f"unix:{folder}/p.sock") as channel:
            ask = channel.unary_unary(VERSION)
            assert ask(b"", timeout=SOON) == b""
            assert refusal(ask, b"", timeout=SOON) == ("ABORTED", "no")
            assert ask(b"", timeout=SOON) == b""
        told = [
            "Version  1 ABORTED, 2 OK",
            'fault Version#2 error ABORTED "no"  1 ×',
            "never fired: StopContainer cut_after",
            "3 calls, 1 fault",
        ]
        assert ended(process, by) == (code, "\n".join([*told, ""]), "")
    assert sorted(path.name for path in folder.iterdir()) == ["calls.jsonl", "f.sock"]
    assert [line["code"] for line in calls(record)] == ["OK", "ABORTED", "OK"]


def test_calls_under_way_end_in_order_when_it_ends(folder, fake):
    begun, released = threading.Semaphore(0), threading.Event()

    def answer(raw, context):
        begun.release()
        released.wait(SOON)
        return raw

    fake.unary["Version"] = answer
    record = folder / "calls.jsonl"
    with running(folder, "--record", str(record), "--fault", "Status hang_before") as process:
        with channel_to(f"unix:{folder}/p.sock") as channel:
            held = channel.unary_unary(VERSION.replace("Version", "Status")).future(b"", timeout=SOON)
            asked = channel.unary_unary(VERSION).future(b"", timeout=SOON)
            assert begun.acquire(timeout=SOON)
            process.send_signal(signal.SIGTERM)
            assert (held.code(), held.details()) == (grpc.StatusCode.UNAVAILABLE, "the proxy was ended")
            released.set()
            assert asked.result() == b""
        _, err = process.communicate(timeout=SOON)
        assert (process.returncode, err) == (0, "")
    assert [(line["call"], line["code"]) for line in calls(record)] == [
        ("Status", "UNAVAILABLE"),
        ("Version", "OK"),
    ]


def test_no_call_that_was_answered_is_lost_when_it_is_killed(folder, fake):
    record = folder / "calls.jsonl"
    answered: list[str] = []
    enough = threading.Event()

    def call(worker: int) -> None:
        with channel_to(f"unix:{folder}/p.sock") as channel, suppress(grpc.RpcError):
            create = channel.unary_unary("/runtime.v1.RuntimeService/CreateContainer")
            for at in range(1000):
                name = f"c{worker}-{at}"
                create(create_request(name).SerializeToString(), timeout=SOON)
                answered.append(name)
                if len(answered) >= 100:
                    enough.set()

    with running(folder, "--record", str(record)) as process, ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(call, worker) for worker in range(4)]
        assert enough.wait(SOON)
        process.kill()
        for worker in workers:
            worker.result(SOON)
    text = record.read_text()
    whole = text[: text.rfind("\n") + 1].splitlines()
    recorded = {json.loads(line)["req"]["config"]["metadata"]["name"] for line in whole}
    assert set(answered) <= recorded
    assert len(answered) >= 100


def test_a_killed_proxy_is_replaced_and_its_record_continued(folder, fake):
    record = folder / "calls.jsonl"
    with running(folder, "--record", str(record)) as process, channel_to(f"unix:{folder}/p.sock") as channel:
        channel.unary_unary(VERSION)(b"", timeout=SOON)
        process.kill()
        process.wait()
    with record.open("a") as end:
        end.write('{"n": 2, "t": 17')
    assert (folder / "p.sock").exists()
    with running(folder, "--record", str(record)) as process:
        with channel_to(f"unix:{folder}/p.sock") as channel:
            channel.unary_unary(VERSION)(b"", timeout=SOON)
        assert ended(process)[0] == 0
    first, note, second = calls(record)
    assert (first["n"], note["torn"]) == (1, '{"n": 2, "t": 17')
    assert second["n"] == 3


def test_a_runtime_that_is_not_there_yet_is_said_and_waited_for(folder):
    with running(folder) as process:
        assert any("nobody listens at" in line for line in process.said)
        with channel_to(f"unix:{folder}/p.sock") as channel:
            ask = channel.unary_unary(VERSION)
            assert refusal(ask, b"", timeout=SOON)[0] == "UNAVAILABLE"
            fake = Fake(folder / "f.sock")
            assert ask(b"", timeout=SOON) == b""
            fake.stop()
        assert ended(process)[0] == 0


def test_what_cannot_be_recorded_is_refused_and_told(folder, fake):
    with running(folder, "--record", "/dev/full") as process:
        with channel_to(f"unix:{folder}/p.sock") as channel:
            ask = channel.unary_unary(VERSION)
            why = "fsm proxy: the record /dev/full cannot be written: No space left on device"
            assert refusal(ask, cri.VersionRequest(version="v1").SerializeToString(), timeout=SOON) == (
                "UNAVAILABLE",
                why,
            )
            assert refusal(ask, b"", timeout=SOON) == ("UNAVAILABLE", why)
        assert len(fake.seen) == 1  # the second one did not reach the runtime
        code, out, err = ended(process)
    assert code == 2
    (line,) = err.splitlines()
    kept = json.loads(line.partition("written: ")[2])
    assert (kept["code"], kept["upstream"][0], kept["req"]) == ("UNAVAILABLE", "OK", {"version": "v1"})
    assert "2 UNAVAILABLE" in out


def test_quiet_says_only_what_is_not_as_it_should_be(folder, fake):
    process = subprocess.Popen(
        [*command(folder), "-q", "--fault", "Status cut_after"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with channel_to(f"unix:{folder}/p.sock") as channel:
        channel.unary_unary(VERSION)(b"", timeout=SOON, wait_for_ready=True)
    assert ended(process) == (0, "never fired: Status cut_after\n", "")


def test_faults_come_from_a_file_then_from_the_line(folder, fake):
    rules = folder / "rules.json"
    rules.write_text(
        '[{"method": "Version", "nth": 1, "action": "error", "code": "ABORTED", "details": "file"}]'
    )
    with running(folder, "--faults", str(rules), "--fault", "Version error INTERNAL line") as process:
        with channel_to(f"unix:{folder}/p.sock") as channel:
            ask = channel.unary_unary(VERSION)
            assert refusal(ask, b"", timeout=SOON) == ("ABORTED", "file")
            assert refusal(ask, b"", timeout=SOON) == ("INTERNAL", "line")
        assert ended(process)[0] == 0


def test_chaos_is_told_in_the_summary(folder, fake):
    with running(folder, "--chaos", "1", "1.0") as process:
        with channel_to(f"unix:{folder}/p.sock") as channel, suppress(grpc.RpcError):
            channel.unary_unary(VERSION)(b"", timeout=SOON)
        code, out, _ = ended(process)
    assert code == 0
    assert "1 call, 1 fault" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fault", "CreateContaner cut_after"], "did you mean CreateContainer"),
        (["--fault", ""], "an empty text is no rule"),
        (["--faults", "/no/such/file"], "cannot be read"),
        (["--chaos", "1", "2"], "from 0 to 1"),
        (["--chaos", "x", "0.1"], "'x' is not a valid integer"),
        (["--record", "/"], "/ cannot be written: Is a directory: name a file in it"),
        (["--record", "/no/such/folder/calls.jsonl"], "No such file or directory"),
        (["--record", "/etc/hostname"], "/etc/hostname is no record of calls"),
        (["--record", "/proc/no"], "No such file or directory"),
        (["--nonsense"], "No such option"),
    ],
)
def test_wrong_options_are_refused_in_one_message(folder, refused, options, said):
    err = refused(*options)
    assert said in err
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("tcp://127.0.0.1:1", "unix socket"),
        ("unix:///" + "x" * 200, "too long"),
        ("some/p.sock", "relative"),
        ("unix:///no/such/folder/p.sock", "no directory /no/such/folder"),
        ("unix:///etc/hostname", "no socket"),
        ("unix:///proc/p.sock", "cannot be listened at"),
        ("unix:///tmp/", "directory"),
    ],
)
def test_a_place_where_nobody_can_listen_is_refused_and_no_record_begun(folder, refused, listen, said):
    err = refused("--record", str(folder / "calls.jsonl"), listen=listen)
    assert said in err
    assert len([line for line in err.splitlines() if line.startswith("fsm: ")]) == 1
    assert not list(folder.iterdir())


def test_a_socket_that_somebody_serves_is_refused_and_left_alone(folder, fake, refused):
    assert "somebody serves it" in refused(listen="f.sock", runtime="unix:///x.sock")
    with channel_to(f"unix:{folder}/f.sock") as channel:
        assert channel.unary_unary(VERSION)(b"", timeout=SOON) == b""


def test_the_runtimes_own_socket_is_refused(refused):
    assert "is the runtime's own socket" in refused(listen="f.sock")


def test_a_file_that_is_no_socket_is_left_alone(folder, refused):
    file = folder / "p.sock"
    file.write_text("kept")
    assert "no socket" in refused()
    assert file.read_text() == "kept"


def test_a_stale_socket_is_replaced(folder, fake):
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(folder / "p.sock"))
    with running(folder) as process:
        assert ended(process)[0] == 0


def test_a_record_that_another_proxy_writes_is_refused(folder, fake, refused):
    record = str(folder / "calls.jsonl")
    with running(folder, "--record", record):
        err = refused("--record", record, listen="q.sock")
        assert "being written by another proxy" in err
        assert not (folder / "q.sock").exists()
