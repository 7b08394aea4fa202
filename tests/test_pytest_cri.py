"""The pytest plugin for container runtimes: where one is, what is skipped, and what is never touched."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fsm.kubelet.cri.client import CriRuntime
    from fsm.kubelet.cri.containerd import PrivateContainerd
    from fsm.kubelet.cri.pods import Pods

RUNS = """
from fsm.kubelet import messages as cri


def start(runtime, pod, image):
    sandbox = runtime.run_pod_sandbox(pod)
    command = ("sleep", "1000")
    made = cri.ContainerConfig(cri.ContainerMetadata("c"), cri.ImageSpec(image), command)
    container = runtime.create_container(sandbox, made, pod)
    runtime.start_container(container)
    return container


def test_it_runs(cri_runtime, cri_pod, cri_image):
    container = start(cri_runtime, cri_pod(), cri_image)
    assert cri_runtime.container_status(container).state is cri.ContainerState.CONTAINER_RUNNING
"""

FAILS = """

def test_it_fails(cri_runtime, cri_pod, cri_image):
    start(cri_runtime, cri_pod(), cri_image)
    start(cri_runtime, cri_pod(), cri_image)
    raise ValueError("a bug")


def test_it_is_interrupted(cri_runtime, cri_pod, cri_image):
    start(cri_runtime, cri_pod(), cri_image)
    raise KeyboardInterrupt
"""

NEEDS_ITS_OWN = """
def test_its_own(private_containerd):
    assert private_containerd.alive
"""

ASKS_FOR_NONE = """
import sys


def test_nothing():
    assert not {"grpc", "google.protobuf", "cri_api", "fsm.kubelet"} & set(sys.modules)
"""

NOWHERE = "/nowhere/containerd"


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A run of pytest in a process of its own, whose containerds are made where nobody looks."""
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:cacheprovider --strict-markers\n")
    for name in ("FSM_REQUIRE_RUNTIME", "FSM_CONTAINERD"):
        monkeypatch.delenv(name, raising=False)
    with tempfile.TemporaryDirectory(prefix="fsm-") as place:
        monkeypatch.setenv("TMPDIR", place)
        yield pytester
        assert list(Path(place).glob("fsm-cri-*")) == []


def lines(result: pytest.RunResult, start: str) -> list[str]:
    return [line for line in result.outlines + result.errlines if line.startswith(start)]


# where there is no runtime


def test_a_run_that_asks_for_no_runtime_loads_nothing(session: pytest.Pytester) -> None:
    session.makepyfile(ASKS_FOR_NONE)
    session.runpytest_subprocess(f"--cri-containerd={NOWHERE}").assert_outcomes(passed=1)


@pytest.mark.parametrize("how", ["option", "ini", "environment"])
def test_without_a_runtime_tests_are_skipped_with_one_line(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    session.makepyfile(test_runs=RUNS, test_own=NEEDS_ITS_OWN)
    words = [f"--cri-containerd={NOWHERE}"] if how == "option" else []
    if how == "ini":
        session.makeini(f"[pytest]\ncri_containerd = {NOWHERE}\n")
    if how == "environment":
        monkeypatch.setenv("FSM_CONTAINERD", NOWHERE)
    result = session.runpytest_subprocess("-rs", *words)
    result.assert_outcomes(skipped=2)
    for line in lines(result, "SKIPPED"):
        assert re.search(rf": no runtime to test: (no program {NOWHERE} \(apt-get|only root may)", line), line


def test_where_a_runtime_is_required_its_want_is_a_failure(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.makepyfile(RUNS)
    monkeypatch.setenv("FSM_REQUIRE_RUNTIME", "1")
    result = session.runpytest_subprocess(f"--cri-containerd={NOWHERE}")
    result.assert_outcomes(errors=1)
    assert "FSM_REQUIRE_RUNTIME is set, and there is no runtime to test: " in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    monkeypatch.setenv("FSM_REQUIRE_RUNTIME", "0")
    session.runpytest_subprocess(f"--cri-containerd={NOWHERE}").assert_outcomes(skipped=1)


def test_what_asks_for_a_runtime_has_the_marker(session: pytest.Pytester) -> None:
    session.makepyfile(test_runs=RUNS, test_own=NEEDS_ITS_OWN, test_none=ASKS_FOR_NONE)

    def chosen(expression: str) -> list[str]:
        result = session.runpytest("--collect-only", "-q", "-m", expression)
        return [line.rpartition("::")[2] for line in result.outlines if "::" in line]

    assert chosen("cri") == ["test_its_own", "test_it_runs"]
    assert chosen("not cri") == ["test_nothing"]
    assert "cri: needs a container runtime" in session.runpytest("--markers").stdout.str()


# endpoints that are none

BAD = {
    "": "the endpoint of the runtime is empty",
    "unix:///no/such.sock": "there is no such file",
    "unix://": "write unix:///run/containerd/containerd.sock",
    "/": "is a directory's name",
    "containerd.sock": "is relative to wherever this runs",
    "tcp://127.0.0.1:9": "not over 'tcp'",
    "http://localhost/": "not over 'http'",
    "unix://host/run/containerd.sock": "has a host where the path begins",
    f"unix:///{'x' * 120}": "is too long for a socket",
    "unix:///dev/null": "this is a device",
    "unix:///etc": "this is a directory",
    "unix:///etc/passwd": "this is a regular file",
}


@pytest.mark.parametrize("endpoint", BAD)
def test_a_bad_endpoint_is_one_message_before_any_test(session: pytest.Pytester, endpoint: str) -> None:
    session.makepyfile(ASKS_FOR_NONE)
    result = session.runpytest(f"--cri-endpoint={endpoint}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = lines(result, "ERROR")
    assert line.startswith("ERROR: --cri-endpoint: ")
    assert BAD[endpoint] in line
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_a_bad_endpoint_in_the_ini_file_fails_only_the_tests_that_ask(session: pytest.Pytester) -> None:
    session.makeini("[pytest]\ncri_endpoint = unix:///no/such.sock\n")
    session.makepyfile(test_runs=RUNS, test_none="def test_nothing(): pass\n")
    result = session.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    assert lines(result, "no container runtime at /no/such.sock within 1 s: there is no such file")
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("endpoint", ["unix:///no/such.sock", "tcp://127.0.0.1:9", ""])
def test_fsm_conform_ends_with_2_at_a_bad_endpoint(session: pytest.Pytester, endpoint: str) -> None:
    session.makepyfile(lamp_conformance=ASKS_FOR_NONE)
    words = [sys.executable, "-m", "fsm", "conform", "lamp_conformance.py", f"--cri-endpoint={endpoint}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().startswith("ERROR: --cri-endpoint: ")
    assert len(done.stderr.strip().splitlines()) == 1


# a runtime that others use


@pytest.fixture
def bystander(cri_runtime: CriRuntime, cri_pod: Pods) -> Iterator[str]:
    """A container that runs before and after, and is the only one."""
    from fsm.kubelet import messages as cri

    pod = cri_pod()
    sandbox = cri_runtime.run_pod_sandbox(pod)
    made = cri.ContainerConfig(
        cri.ContainerMetadata("c"), cri.ImageSpec("local.test/busybox:1"), ("sleep", "1000")
    )
    container = cri_runtime.create_container(sandbox, made, pod)
    cri_runtime.start_container(container)
    before = cri_runtime.container_status(container)
    images = {image.id for image in cri_runtime.list_images()}
    yield container
    assert cri_runtime.container_status(container) == before
    assert [one.id for one in cri_runtime.list_pod_sandbox()] == [sandbox]
    assert [one.id for one in cri_runtime.list_containers()] == [container]
    assert {image.id for image in cri_runtime.list_images()} == images


def test_nothing_is_touched_but_what_the_tests_made(
    session: pytest.Pytester, private_containerd: PrivateContainerd, bystander: str
) -> None:
    session.makepyfile(test_runs=RUNS + FAILS, test_own=NEEDS_ITS_OWN)
    result = session.runpytest_subprocess("-rs", "--cri-endpoint", private_containerd.endpoint)
    result.assert_outcomes(passed=1, skipped=1, failed=1)
    assert "the runtime of --cri-endpoint is not ours to end and to start" in result.stdout.str()
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_fsm_conform_tests_the_runtime_that_it_is_told(
    session: pytest.Pytester, private_containerd: PrivateContainerd, bystander: str
) -> None:
    session.makepyfile(lamp_conformance=RUNS)
    words = [sys.executable, "-m", "fsm", "conform", "lamp_conformance.py"]
    words += ["--cri-endpoint", private_containerd.endpoint, "--cri-image", "local.test/busybox:2"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 passed" in done.stdout


def test_an_image_that_is_not_there_is_one_message_with_those_that_are(
    session: pytest.Pytester, private_containerd: PrivateContainerd
) -> None:
    session.makepyfile(RUNS)
    words = ("--cri-endpoint", private_containerd.endpoint, "--cri-image", "local.test/nope:1")
    result = session.runpytest_subprocess(*words)
    result.assert_outcomes(errors=1)
    (line,) = lines(result, "the runtime has no image local.test/nope:1: name one that it has")
    assert "local.test/busybox:1, local.test/busybox:2" in line


# a containerd of the session's own


def test_what_a_test_did_to_the_containerd_is_over_when_the_next_begins(
    session: pytest.Pytester, private_containerd: PrivateContainerd
) -> None:
    session.makepyfile(
        RUNS
        + """

def test_kills(private_containerd, cri_runtime, cri_pod, cri_image):
    start(cri_runtime, cri_pod(), cri_image)
    private_containerd.kill()


def test_pauses(private_containerd, cri_runtime, cri_pod, cri_image):
    start(cri_runtime, cri_pod(), cri_image)
    private_containerd.pause()


def test_all_is_well(cri_runtime):
    assert not cri_runtime.list_pod_sandbox()
"""
    )
    result = session.runpytest_subprocess(f"--cri-containerd={private_containerd.program}")
    result.assert_outcomes(passed=4)


def test_workers_have_a_containerd_each(
    session: pytest.Pytester, private_containerd: PrivateContainerd
) -> None:
    pytest.importorskip("xdist")
    text = "def test_it({}private_containerd): print('endpoint', private_containerd.endpoint)\n"
    session.makepyfile(test_one=text.format(""), test_two=text.format(""))
    words = ("-n", "2", "--dist", "loadfile", "-rP", f"--cri-containerd={private_containerd.program}")
    result = session.runpytest_subprocess(*words)
    result.assert_outcomes(passed=2)
    assert len(set(lines(result, "endpoint unix://"))) == 2


def test_what_is_left_behind_fails_the_run_and_is_named(
    session: pytest.Pytester, private_containerd: PrivateContainerd, tmp_path: Path
) -> None:
    name, place = "d" * 64, tmp_path / "cgroups"
    session.makepyfile(
        f"""
        from pathlib import Path
        from fsm.kubelet.cri import leftovers

        def test_it(private_containerd, monkeypatch):
            leftovers.CGROUPS = Path({str(place)!r})
            (leftovers.CGROUPS / "k8s.io/{name}/busy").mkdir(parents=True)
            with private_containerd.log.open("a") as log:
                log.write("{name}\\n")
        """
    )
    result = session.runpytest_subprocess(f"--cri-containerd={private_containerd.program}")
    result.assert_outcomes(passed=1, errors=1)
    assert lines(result, f"cgroup {place}/k8s.io/{name}")
    (line,) = lines(result, "the containerd of ")
    (kept,) = Path(re.split(" ", line)[3]).parent.glob("fsm-cri-*")
    assert line == f"the containerd of {kept} left behind"
    shutil.rmtree(kept, ignore_errors=True)  # its guard may be at it, too


def test_a_containerd_that_does_not_start_fails_with_its_last_words(
    session: pytest.Pytester, private_containerd: PrivateContainerd, tmp_path: Path
) -> None:
    program = tmp_path / "containerd"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo v1.6.20; exit; }\necho the disk is full; exit 1\n'
    )
    program.chmod(0o755)
    session.makepyfile(RUNS)
    result = session.runpytest_subprocess(f"--cri-containerd={program}")
    result.assert_outcomes(errors=1)
    assert lines(result, "containerd 1.6.20 did not start, it ended with code 1; its last words:")
    assert "the disk is full" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
