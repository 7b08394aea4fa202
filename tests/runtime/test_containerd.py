"""A real containerd of one's own: it runs containers, is made to fail, and leaves nothing behind."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from fsm.kubelet import RpcError, StatusCode
from fsm.kubelet import messages as cri
from fsm.kubelet.cri import containerd as module
from fsm.kubelet.cri.client import CriRuntime, connect
from fsm.kubelet.cri.containerd import IMAGES, ContainerdError, PrivateContainerd
from fsm.kubelet.cri.containerd_config import BUSYBOX
from fsm.kubelet.cri.containerd_directory import Directory
from fsm.kubelet.cri.leftovers import end_deserted, find, ids_of
from fsm.kubelet.cri.pods import Pods

CREATED, RUNNING, EXITED = (
    cri.ContainerState[f"CONTAINER_{one}"] for one in ("CREATED", "RUNNING", "EXITED")
)
PATIENCE = 60.0  #: seconds that a containerd which was started may take to serve a client that it had failed
READY, NOT_READY = cri.PodSandboxState.SANDBOX_READY, cri.PodSandboxState.SANDBOX_NOTREADY


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with a short path."""
    with tempfile.TemporaryDirectory(prefix="fsm-") as path:
        yield Path(path)


@pytest.fixture
def another(private_containerd: PrivateContainerd, place: Path) -> Iterator[PrivateContainerd]:
    """A second containerd, beside the session's; started."""
    with PrivateContainerd(place / "c", private_containerd.program) as containerd:
        yield containerd


def start(runtime: CriRuntime, pod: cri.PodSandboxConfig, *command: str) -> tuple[str, str]:
    """A sandbox with a running container; their ids."""
    sandbox = runtime.run_pod_sandbox(pod)
    made = cri.ContainerConfig(
        cri.ContainerMetadata("c"), cri.ImageSpec(BUSYBOX), command or ("sleep", "1000")
    )
    container = runtime.create_container(sandbox, made, pod)
    runtime.start_container(container)
    return sandbox, container


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within ten seconds."""
    give_up = time.monotonic() + 10
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


# what it is


def test_it_has_its_images_and_its_version(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime
) -> None:
    tags = {tag for image in cri_runtime.list_images() for tag in image.repo_tags}
    assert tags >= {image.name for image in IMAGES}
    assert private_containerd.version in cri_runtime.version().runtime_version
    assert cri_runtime.image_status(cri.ImageSpec("local.test/user:1")).uid == 1000  # type: ignore[union-attr]


def test_a_pull_is_refused_at_once_and_never_leaves_the_machine(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime
) -> None:
    began = time.monotonic()
    for name in ("local.test/nope:1", "docker.io/library/busybox:latest", "registry.k8s.io/pause:3.9"):
        with pytest.raises(RpcError, match=r"127\.0\.0\.1:9"):
            cri_runtime.pull_image(cri.ImageSpec(name))
    assert time.monotonic() - began < 10


def test_its_containers_run_what_a_busybox_has(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime, cri_pod: Pods
) -> None:
    _, container = start(cri_runtime, cri_pod())
    answer = cri_runtime.exec_sync(container, ["sh", "-c", "echo $PATH; id -un; exit 3"], 10)
    assert (answer.stdout, answer.exit_code) == (b"/bin\nroot\n", 3)


# what may happen to it


def test_containers_run_on_while_the_daemon_is_away(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime, cri_pod: Pods
) -> None:
    sandbox, container = start(cri_runtime, cri_pod())
    before, process = private_containerd.pid, private_containerd.process(container)
    private_containerd.kill()
    assert not private_containerd.alive
    assert process.alive
    with pytest.raises(RpcError) as failure:
        cri_runtime.version()
    assert failure.value.code is StatusCode.UNAVAILABLE
    private_containerd.start()
    cri_runtime.wait_until_ready(PATIENCE)
    assert private_containerd.pid != before
    assert cri_runtime.container_status(container).state is RUNNING
    assert cri_runtime.pod_sandbox_status(sandbox).state is READY
    assert private_containerd.process(container) == process


def test_a_paused_daemon_answers_when_it_is_resumed(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime
) -> None:
    private_containerd.pause()
    with pytest.raises(RpcError) as failure:
        cri_runtime.version(deadline=0.1)
    assert failure.value.code is StatusCode.DEADLINE_EXCEEDED
    private_containerd.resume()
    assert cri_runtime.version().runtime_name == "containerd"


def test_a_process_that_is_killed_is_an_exit_with_137(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime, cri_pod: Pods
) -> None:
    sandbox, container = start(cri_runtime, cri_pod())
    private_containerd.kill_process(container)
    assert soon(lambda: cri_runtime.container_status(container).state is EXITED)
    assert cri_runtime.container_status(container).exit_code == 137
    assert cri_runtime.pod_sandbox_status(sandbox).state is READY
    with pytest.raises(ContainerdError, match="no process of container"):
        private_containerd.kill_process(container)


def test_a_shim_that_is_killed_ends_its_containers(
    private_containerd: PrivateContainerd, cri_runtime: CriRuntime, cri_pod: Pods
) -> None:
    sandbox, container = start(cri_runtime, cri_pod())
    beside, other = start(cri_runtime, cri_pod())
    private_containerd.kill_shim(sandbox)
    assert soon(lambda: cri_runtime.container_status(container).state is EXITED)
    assert soon(lambda: cri_runtime.pod_sandbox_status(sandbox).state is NOT_READY)
    assert cri_runtime.container_status(container).exit_code == 255
    assert cri_runtime.pod_sandbox_status(beside).state is READY
    assert cri_runtime.container_status(other).state is RUNNING
    with pytest.raises(ContainerdError, match=f"no shim of sandbox {sandbox} runs"):
        private_containerd.kill_shim(sandbox)


def test_a_reboot_ends_what_runs_and_keeps_what_is_known(
    another: PrivateContainerd, private_containerd: PrivateContainerd, cri_runtime: CriRuntime, cri_pod: Pods
) -> None:
    _, bystander = start(cri_runtime, cri_pod())
    with connect(another.endpoint) as runtime:
        pod = Pods(runtime, another.directory / "logs")()
        sandbox, container = start(runtime, pod)
        metadata = cri.ContainerMetadata("later")
        created = runtime.create_container(
            sandbox, cri.ContainerConfig(metadata, cri.ImageSpec(BUSYBOX), ("true",)), pod
        )
        another.reboot()
        runtime.wait_until_ready(PATIENCE)
        assert runtime.container_status(container).state is EXITED
        assert runtime.container_status(container).exit_code == 255
        assert runtime.container_status(created).state is CREATED
        assert runtime.pod_sandbox_status(sandbox).state is NOT_READY
    assert cri_runtime.container_status(bystander).state is RUNNING
    assert another.pid != private_containerd.pid


def test_a_deed_without_an_object_says_so(private_containerd: PrivateContainerd) -> None:
    with pytest.raises(ContainerdError, match="runs already, as"):
        private_containerd.start()
    for name in ("nothing", "f" * 64, ""):
        with pytest.raises(ContainerdError, match="no process of container"):
            private_containerd.kill_process(name)
    private_containerd.kill()
    for deed in (private_containerd.kill, private_containerd.pause, private_containerd.resume):
        with pytest.raises(ContainerdError, match="does not run"):
            deed()
    private_containerd.recover()
    assert private_containerd.alive


# its end

ACCIDENTS: dict[str, Callable[[PrivateContainerd, str], None]] = {
    "none": lambda containerd, sandbox: None,
    "the daemon was killed": lambda containerd, sandbox: containerd.kill(),
    "the daemon is paused": lambda containerd, sandbox: containerd.pause(),
    "a shim was killed": lambda containerd, sandbox: containerd.kill_shim(sandbox),
    "daemon and shim were killed": lambda containerd, sandbox: (
        containerd.kill(),
        containerd.kill_shim(sandbox),
    )[0],
}


@pytest.mark.parametrize("accident", ACCIDENTS.values(), ids=ACCIDENTS)
def test_nothing_is_left_of_it(
    another: PrivateContainerd,
    cri_runtime: CriRuntime,
    cri_pod: Pods,
    accident: Callable[[PrivateContainerd, str], None],
) -> None:
    _, bystander = start(cri_runtime, cri_pod())
    with connect(another.endpoint) as runtime:
        pods = Pods(runtime, another.directory / "logs")
        sandbox, _ = start(runtime, pods())
        start(runtime, pods())
        there = another.leftovers()
        assert len(there.processes) == 7  # the daemon, and twice a shim, a pause and a container
        assert len(there.mounts) == 6  # two roots and /dev/shm of each sandbox
        assert len({cgroup.name for cgroup in there.cgroups}) == 4
        assert len(there.sockets) == 2
        accident(another, sandbox)
    ids = another.ids()
    assert not another.end()
    assert not another.directory.exists()
    assert not find(Directory(another.directory), ids)
    assert not any(process.alive for process in there.processes)
    assert not any(path.exists() for path in (*there.cgroups, *there.sockets))
    assert cri_runtime.container_status(bystander).state is RUNNING


def test_it_can_be_started_again_after_its_end(another: PrivateContainerd) -> None:
    another.end()
    assert not another.end()
    another.start()
    with connect(another.endpoint) as runtime:
        assert runtime.image_status(cri.ImageSpec(BUSYBOX)) is not None


def test_images_have_the_same_ids_in_every_containerd(
    another: PrivateContainerd, cri_runtime: CriRuntime
) -> None:
    names = {image.name for image in IMAGES}

    def ids(runtime: CriRuntime) -> dict[str, str]:
        return {tag: image.id for image in runtime.list_images() for tag in image.repo_tags if tag in names}

    with connect(another.endpoint) as runtime:
        assert ids(runtime) == ids(cri_runtime)
        assert len(set(ids(runtime).values())) == len(names)


OWNER = """
    import os, sys
    from pathlib import Path
    from fsm.kubelet.cri.client import connect
    from fsm.kubelet.cri.containerd import PrivateContainerd
    from fsm.kubelet.cri.pods import Pods

    containerd = PrivateContainerd(Path(sys.argv[1]), sys.argv[2])
    containerd.start()
    runtime = connect(containerd.endpoint)
    runtime.run_pod_sandbox(Pods(runtime, containerd.directory)())
    if sys.argv[3] == "unguarded":
        containerd._guard.kill()
    print(containerd.pid, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("guard", ["guarded", "unguarded"])
def test_what_a_killed_owner_left_is_ended_by_its_guard_or_else_by_the_next(
    private_containerd: PrivateContainerd, place: Path, cri_runtime: CriRuntime, cri_pod: Pods, guard: str
) -> None:
    _, bystander = start(cri_runtime, cri_pod())
    path = place / "left-1"
    words = [sys.executable, "-c", dedent(OWNER), str(path), private_containerd.program, guard]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    directory, ids = Directory(path), ids_of(Directory(path))
    if guard == "unguarded":
        assert int(done.stdout) in {process.pid for process in find(directory, ids).processes}
        assert end_deserted(place, "left-") == [path]
    assert soon(lambda: not path.exists())
    assert not find(directory, ids)
    assert cri_runtime.container_status(bystander).state is RUNNING


# starts that fail


def script(path: Path, text: str) -> str:
    path.write_text("#!/bin/sh\n" + dedent(text))
    path.chmod(0o755)
    return str(path)


FAILURES = {
    "ends": (
        'echo "no space left"; exit 7',
        "did not start, it ended with code 7; its last words:\n  no space",
    ),
    "hangs": ("exec sleep 60", "did not start, it is not ready after 1 seconds"),
    "says no version": ("exit 0", "names no version of containerd: ''"),
}


@pytest.mark.parametrize(("deed", "told"), FAILURES.values(), ids=FAILURES)
def test_a_start_that_fails_is_one_message_and_leaves_nothing(
    private_containerd: PrivateContainerd,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    deed: str,
    told: str,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    version = "" if "version" in told else '[ "$1" = --version ] && { echo containerd v1.6.20; exit; }\n'
    containerd = PrivateContainerd(place / "c", script(place / "containerd", version + deed))
    with pytest.raises(ContainerdError) as failure:
        containerd.start()
    assert told in str(failure.value)
    assert not containerd.directory.exists()
    assert not containerd.leftovers()


def test_the_directory_of_another_is_neither_used_nor_ended(
    private_containerd: PrivateContainerd,
) -> None:
    before = private_containerd.pid
    intruder = PrivateContainerd(private_containerd.directory, private_containerd.program)
    with pytest.raises(ContainerdError, match="is not empty"):
        intruder.start()
    assert not intruder.end()
    assert private_containerd.alive
    assert private_containerd.pid == before
    assert private_containerd.log.exists()


def test_where_no_overlay_can_be_mounted_snapshots_are_copies(
    private_containerd: PrivateContainerd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "overlay_works", lambda directory: False)
    with PrivateContainerd(place / "c", private_containerd.program) as containerd:
        assert containerd.snapshotter == "native"
        assert containerd.refusal() == ""
        assert "overlay" not in {
            line.split()[0]
            for line in Path("/proc/mounts").read_text().splitlines()
            if str(containerd.directory) in line
        }


def test_a_machine_that_runs_no_containers_says_why(
    private_containerd: PrivateContainerd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(place / "runc", "exit 1")
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    program = script(place / "containerd", f'exec {private_containerd.program} "$@"')
    with PrivateContainerd(place / "c", program) as containerd:
        assert "runc did not terminate successfully" in containerd.refusal()
