"""A small world for the port, and a bench for the runtime in memory alone."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fsm import kubelet as k
from fsm.kubelet import messages as cri

ROOT_IMAGE = k.Image("sha256:" + "a" * 64, repo_tags=("local.test/app:1",))
NAMED_IMAGE = k.Image("sha256:" + "b" * 64, repo_tags=("local.test/named:1",), username="app")
USER_IMAGE = k.Image("sha256:" + "c" * 64, repo_tags=("local.test/user:1",), uid=1000)


@dataclass
class World:
    """Everything an attempt needs; a test changes what it is about and leaves the rest."""

    clock: k.SteppingClock = field(default_factory=k.SteppingClock)
    images: k.MemoryImages = field(
        default_factory=lambda: k.MemoryImages([ROOT_IMAGE, NAMED_IMAGE, USER_IMAGE])
    )
    recorder: k.MemoryRecorder = field(default_factory=k.MemoryRecorder)
    refs: k.ContainerRefManager = field(default_factory=k.ContainerRefManager)
    subpaths: k.LockedSubpaths = field(default_factory=k.LockedSubpaths)
    recording: k.Recording = field(default_factory=k.Recording)
    files: k.MemoryFiles = field(default_factory=k.MemoryFiles)
    surroundings: k.Surroundings = field(default_factory=k.Surroundings)
    now: k.SteppingClock = field(default_factory=lambda: k.SteppingClock(step=0))  # the kubelet's

    def __post_init__(self) -> None:
        self.runtime = k.MemoryRuntime(self.images, self.clock, self.surroundings, self.files)
        self._sandboxes: dict[str, str] = {}

    def kubelet(self, **seams: Any) -> k.Kubelet:
        """A watched kubelet; `seams` are arguments of `assemble`."""
        given = {
            "runtime": self.runtime,
            "gates": k.FeatureGates(ephemeral_containers=True),
            "sources": k.ConfigSources(mounted_volumes=lambda pod: {"data": "/vols/data"}),
            "subpaths": self.subpaths,
            "ref_manager": self.refs,
            "files": self.files,
            "clock": self.now,
            "images": self.images,
        } | seams
        runtime, images = given.pop("runtime"), given.pop("images")
        return self.recording.watch(k.Kubelet(k.assemble(runtime, images, self.recorder, **given)))

    def sandbox(self, pod: k.Pod, attempt: int = 0) -> str:
        """The id of the pod's sandbox of that attempt, made when first asked for."""
        name = f"{pod.uid}/{attempt}"
        if name not in self._sandboxes:
            config = k.generate_pod_sandbox_config(pod, attempt)
            self._sandboxes[name] = self.runtime.run_pod_sandbox(config)
        return self._sandboxes[name]

    def start(self, kubelet: k.Kubelet, pod: k.Pod, spec: k.StartSpec | None = None) -> k.StartResult:
        """One sync of one container, the pod's first one if not said: a fresh snapshot, then an attempt."""
        return kubelet.start_container(
            self.sandbox(pod),
            k.generate_pod_sandbox_config(pod),
            spec or k.container_start_spec(pod.containers[0]),
            pod,
            kubelet.pod_status(pod),
        )

    def create(self, kubelet: k.Kubelet, pod: k.Pod, spec: k.StartSpec, attempt: int = 0) -> k.StartResult:
        """The same of the second step alone, in the pod's sandbox of that attempt."""
        image = self.images.image_status(k.messages.ImageSpec(spec.container.image))
        return kubelet.create_container(
            self.sandbox(pod, attempt),
            k.generate_pod_sandbox_config(pod, attempt),
            spec,
            pod,
            kubelet.pod_status(pod),
            image.id if image is not None else "",
        )

    def told(self) -> list[tuple[str, str, str]]:
        """Type, reason and message of every event that came through."""
        return [(each.type.value, each.reason, each.message) for each in self.recorder.events]

    def kinds(self) -> list[str]:
        """The names of the entries recorded so far."""
        return [type(entry).__name__ for entry in self.recording.entries]

    def containers(self) -> list[tuple[str, int, str]]:
        """Name, attempt and state of every container in the runtime."""
        return [
            (each.metadata.name, each.metadata.attempt, each.state.name)
            for each in self.runtime.list_containers()
        ]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def pod() -> k.Pod:
    return k.Pod(
        "web",
        "default",
        "uid-1",
        containers=(k.Container("app", "local.test/app:1"),),
    )


IMAGE = k.Image("sha256:" + "a" * 64, repo_tags=("local.test/busybox:1",))
OTHER = k.Image("sha256:" + "b" * 64, repo_digests=("local.test/b@sha256:" + "c" * 64,))
SURROUNDINGS = k.Surroundings(
    absent=frozenset({"/no/such/binary", "/nope"}),
    forbidden=frozenset({"/etc/passwd"}),
    unwritable=frozenset({"/proc/nope"}),
    endless=frozenset({"sleep"}),
    exit_codes={("sh", "-c", "exit 5"): 5},
)


@dataclass
class Bench:
    """A runtime and the shortest ways to ask it."""

    clock: k.SteppingClock = field(default_factory=k.SteppingClock)
    image: k.Image = IMAGE
    other: k.Image = OTHER

    def __post_init__(self) -> None:
        images = k.MemoryImages([self.image], registry=[self.other])
        self.runtime = k.MemoryRuntime(images, self.clock, SURROUNDINGS)
        self.id = ""  # the container or sandbox that a message will name
        self.sandbox = self.run()

    def sandbox_config(self, attempt: int = 0) -> cri.PodSandboxConfig:
        return cri.PodSandboxConfig(
            cri.PodSandboxMetadata("p", "u", "default", attempt),
            log_directory="/logs",
            labels={"pod": "p"},
        )

    def run(self, attempt: int = 0, handler: str = "") -> str:
        return self.runtime.run_pod_sandbox(self.sandbox_config(attempt), handler)

    def config(self, name: str = "c", attempt: int = 0, **changes: object) -> cri.ContainerConfig:
        config = cri.ContainerConfig(
            cri.ContainerMetadata(name, attempt),
            cri.ImageSpec("local.test/busybox:1"),
            log_path="c_0.log",
            labels={"l": "1"},
            annotations={"a": "2"},
        )
        return replace(config, **changes)

    def create(self, name: str = "c", attempt: int = 0, sandbox: str | None = None, **changes: object) -> str:
        where = self.sandbox if sandbox is None else sandbox
        return self.runtime.create_container(
            where, self.config(name, attempt, **changes), self.sandbox_config()
        )

    def created(self, **changes: object) -> str:
        self.id = self.create(**changes)
        return self.id

    def running(self) -> str:
        self.runtime.start_container(self.created())
        return self.id

    def exited(self, code: int = 3) -> str:
        self.runtime.exit_container(self.running(), code)
        return self.id

    def removed(self) -> str:
        self.runtime.remove_container(self.created())
        return self.id

    def unstartable(self, **changes: object) -> str:
        self.created(**changes)
        with pytest.raises(k.RpcError):
            self.runtime.start_container(self.id)
        return self.id

    def state(self) -> cri.ContainerStatus:
        return self.runtime.container_status(self.id)

    def stopped_sandbox(self) -> str:
        self.runtime.stop_pod_sandbox(self.sandbox)
        self.id = self.sandbox
        return self.sandbox

    def removed_sandbox(self) -> str:
        self.runtime.remove_pod_sandbox(self.stopped_sandbox())
        return self.sandbox


@pytest.fixture(scope="session")
def make_bench() -> Callable[[], Bench]:
    return Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
