"""Clients that share no code with the served runtime: in Node, in Go with the CRI's own library, cri-tools.

`FSM_CRI_TOOLS` names the directory of `crictl` and `critest`, if they are not on PATH. What is not there is
skipped in one line; with `FSM_REQUIRE_FOREIGN` set, a missing Node client is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from cri_api.v1 import api_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from fsm.kubelet import MemoryImages, MemoryRuntime, StatusCode
from fsm.kubelet.cri.server import Server, serve
from fsm.kubelet.memory_images import image_of
from fsm.kubelet.memory_logs import DiskLogs
from fsm.kubelet.memory_programs import known_program

SOURCES = Path(__file__).parent / "foreign"
REQUIRED = "FSM_REQUIRE_FOREIGN"
BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.29-2"
STAGING = "gcr.io/k8s-staging-cri-tools"
TAGS = ",".join(f"{STAGING}/test-image-tags:{number}" for number in (1, 2, 3))
PULLABLE = [
    f"{STAGING}/test-image-latest",
    f"{STAGING}/test-image-tag:test",
    f"{STAGING}/test-image-tag:all",
    f"{STAGING}/test-image-digest@sha256:9700f9a2f5bf2c45f2f605a0bd3bce7cf37420ec9d3ed50ac2758413308766bf",
    f"{STAGING}/test-image-user-uid,user=1002",
    f"{STAGING}/test-image-user-username,user=www-data",
    f"{STAGING}/test-image-user-uid-group,user=1003",
    f"{STAGING}/test-image-user-username-group,user=www-data",
    *(f"{STAGING}/test-image-{number}" for number in (1, 2, 3)),
    TAGS,
]  #: the images that critest asks for

EXPECTED = """\
Version: fsm-memory v1
ImageStatus: busybox:latest
PullImage, absent: NOT_FOUND: failed to pull and unpack image "local.test/absent:1": \
failed to resolve reference "local.test/absent:1": local.test/absent:1: not found
RunPodSandbox:
RunPodSandbox, again: UNKNOWN: failed to reserve sandbox name "pod_default_uid-1_0": \
name "pod_default_uid-1_0" is reserved for "<sandbox>"
CreateContainer:
CreateContainer, again: UNKNOWN: failed to reserve container name "app_pod_default_uid-1_3": \
name "app_pod_default_uid-1_3" is reserved for "<container>"
CreateContainer, image absent: NOT_FOUND: failed to resolve image "local.test/absent:1": not found
StartContainer:
StartContainer, again: UNKNOWN: failed to set starting state for container "<container>": \
container is in CONTAINER_RUNNING state
ContainerStatus: CONTAINER_RUNNING 3 0  3
ExecSync: hello
Exec: UNIMPLEMENTED: fsm-memory is a runtime for tests: no process runs in it; \
Exec: ExecSync answers for commands that are known
CheckpointContainer: UNIMPLEMENTED: method CheckpointContainer not implemented
StopContainer:
ContainerStatus: CONTAINER_EXITED 3 137 Error 3
RemoveContainer:
ContainerStatus: NOT_FOUND: an error occurred when try to find container "<container>": not found
RemovePodSandbox:
event: CONTAINER_CREATED_EVENT <sandbox>
event: CONTAINER_STARTED_EVENT <sandbox>
event: CONTAINER_CREATED_EVENT <container>
event: CONTAINER_STARTED_EVENT <container>
event: CONTAINER_STOPPED_EVENT <container>
event: CONTAINER_DELETED_EVENT <container>
event: CONTAINER_STOPPED_EVENT <sandbox>
event: CONTAINER_DELETED_EVENT <sandbox>
events end: CANCELLED
ListContainers, too late: DEADLINE_EXCEEDED
ListContainers: 0
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    here = [image_of(name) for name in ("busybox", BUSYBOX)]
    registry = [*here, *(image_of(text) for text in PULLABLE)]
    images = MemoryImages(here, registry)
    runtime = MemoryRuntime(images, time.time_ns, logs=DiskLogs(), programs=known_program)
    folder = tmp_path_factory.mktemp("s")
    with serve(runtime, images, f"unix://{folder}/r.sock") as server:
        yield server


def missing(what: str) -> NoReturn:
    if os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, and {what}", pytrace=False)
    pytest.skip(what)


def built(command: list[str], folder: Path, seconds: float) -> None:
    """Build a client; a build that fails, for want of a network say, is a client that is missing."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        missing(f"`{' '.join(command)}` took more than {seconds:.0f} seconds")
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "nothing said").splitlines()[-1]
        missing(f"`{' '.join(command)}` failed: {last}")


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the Node client: its packages installed, and the CRI as a descriptor set beside it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("a client in Node needs `node` and `npm`")
    folder = tmp_path_factory.mktemp("node")
    for name in ("client.mjs", "package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, folder)
    built(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, 120)
    descriptors = FileDescriptorSet()
    api_pb2.DESCRIPTOR.CopyToProto(descriptors.file.add())
    (folder / "cri.bin").write_bytes(descriptors.SerializeToString())
    return ["node", str(folder / "client.mjs")]


@pytest.fixture(scope="session")
def go_client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the Go client, built. That takes a minute of a processor, so it must be asked for."""
    if not os.environ.get("FSM_FOREIGN_GO"):
        pytest.skip("a client in Go takes a minute to build: set FSM_FOREIGN_GO to have it")
    if shutil.which("go") is None:
        missing("a client in Go needs `go`")
    program = tmp_path_factory.mktemp("go") / "client"
    built(["go", "build", "-buildvcs=false", "-o", str(program), "."], SOURCES, 600)
    return [str(program)]


def told(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return re.sub(r"(DEADLINE_EXCEEDED|DeadlineExceeded): .*", r"\1", done.stdout)


def test_a_client_in_node_is_told_what_containerd_would_tell(server: Server, node_client: list[str]) -> None:
    descriptors = str(Path(node_client[1]).with_name("cri.bin"))
    assert told([*node_client, server.endpoint, "busybox", descriptors]) == EXPECTED


def test_a_client_in_go_is_told_what_containerd_would_tell(server: Server, go_client: list[str]) -> None:
    in_go = re.sub(
        rf"(?<=: )({'|'.join(one.name for one in StatusCode)})\b",
        lambda found: StatusCode[found[0]].go_name,
        EXPECTED,
    )
    assert told([*go_client, server.endpoint, "busybox"]) == in_go


def tool(name: str) -> str:
    folder = os.environ.get("FSM_CRI_TOOLS")
    found = shutil.which(name, path=folder) if folder else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} of cri-tools is not on PATH, nor in FSM_CRI_TOOLS")
    return found


@pytest.fixture
def crictl(server: Server, tmp_path: Path):
    program = tool("crictl")

    def call(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [program, "--config", "/dev/null", "--runtime-endpoint", server.endpoint, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return call


def test_crictl_lives_a_container_s_life(crictl, tmp_path: Path) -> None:
    pod, container = tmp_path / "pod.json", tmp_path / "container.json"
    metadata = {"name": "p", "namespace": "default", "uid": "u", "attempt": 1}
    pod.write_text(json.dumps({"metadata": metadata, "log_directory": str(tmp_path), "linux": {}}))
    shell = ["sh", "-c", "echo hi; sleep 3600"]
    image = {"image": "busybox"}
    container.write_text(
        json.dumps({"metadata": {"name": "c"}, "image": image, "command": shell, "log_path": "c.log"})
    )
    assert "RuntimeName:  fsm-memory" in crictl("version")
    assert "no process runs" in crictl("info")
    assert "busybox" in crictl("images")
    sandbox = crictl("runp", str(pod)).strip()
    id_ = crictl("create", sandbox, str(container), str(pod)).strip()
    crictl("start", id_)
    assert "Running" in crictl("ps")
    assert crictl("logs", id_) == "hi\n"
    assert crictl("exec", "-s", id_, "echo", "hello").startswith("hello\n")
    assert "no process runs" in crictl("exec", id_, "ls", code=1)
    assert json.loads(crictl("stats", "-o", "json"))["stats"][0]["attributes"]["id"] == id_
    assert json.loads(crictl("statsp", "-o", "json"))["stats"][0]["attributes"]["id"] == sandbox
    crictl("stop", id_)
    assert json.loads(crictl("inspect", id_))["status"]["exitCode"] == 137
    crictl("rm", id_)
    crictl("stopp", sandbox)
    assert "NotReady" in crictl("pods")
    crictl("rmp", sandbox)
    assert json.loads(crictl("pods", "-o", "json"))["items"] == []
    assert "not found" in crictl("pull", "nosuch", code=1)


FOCUS = [
    "Container runtime should support basic operations on container",
    "Container runtime should support log runtime should support starting container with log",
    "Idempotence",
    "Image Manager",
    "PodSandbox runtime should support basic operations on PodSandbox",
    "Runtime info",
]
REFUSED = {
    "[k8s.io] Idempotence StopPodSandbox should not return an error if not found",
    "[k8s.io] Idempotence StopContainer should not return an error if not found",
}


def test_critest_s_scenarios_of_containers_pass(server: Server, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    subprocess.run(
        [
            tool("critest"),
            f"-runtime-endpoint={server.endpoint}",
            f"-ginkgo.focus={'|'.join(map(re.escape, FOCUS))}",
            "-ginkgo.skip=public image should timeout",  # a pull takes no time here, and is done within 1 ms
            f"-ginkgo.json-report={report}",
        ],
        capture_output=True,
        timeout=300,
        check=False,
    )
    (suite,) = json.loads(report.read_text())
    states: dict[str, set[str]] = {}
    for spec in suite["SpecReports"]:
        name = " ".join([*(spec["ContainerHierarchyTexts"] or []), spec["LeafNodeText"]])
        states.setdefault(spec["State"], set()).add(name)
    assert states["failed"] == REFUSED  # containerd 1.6.20 answers NOT_FOUND there, and so does this
    assert len(states["passed"]) >= 30
