"""The messages of the Container Runtime Interface, with its field names and its numbers.

`pkg/apis/runtime/v1alpha2/api.proto`, v1.18; only what creating and watching containers needs.
A field left out of a message has its zero value, as in proto3. Times are nanoseconds since the
epoch, 0 where there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

__all__ = [
    "Container",
    "ContainerConfig",
    "ContainerFilter",
    "ContainerMetadata",
    "ContainerState",
    "ContainerStatus",
    "ExecSyncResponse",
    "Image",
    "ImageSpec",
    "KeyValue",
    "LinuxContainerConfig",
    "LinuxContainerResources",
    "LinuxContainerSecurityContext",
    "LinuxPodSandboxConfig",
    "LinuxSandboxSecurityContext",
    "Mount",
    "NamespaceMode",
    "NamespaceOption",
    "PodSandbox",
    "PodSandboxConfig",
    "PodSandboxFilter",
    "PodSandboxMetadata",
    "PodSandboxState",
    "PodSandboxStatus",
]


class ContainerState(Enum):
    """The states of a container."""

    CONTAINER_CREATED = 0
    CONTAINER_RUNNING = 1
    CONTAINER_EXITED = 2
    CONTAINER_UNKNOWN = 3


class PodSandboxState(Enum):
    """The states of a sandbox."""

    SANDBOX_READY = 0
    SANDBOX_NOTREADY = 1


class NamespaceMode(Enum):
    """Whose namespace a container uses: the pod's, its own, the node's, another container's."""

    POD = 0
    CONTAINER = 1
    NODE = 2
    TARGET = 3


@dataclass(frozen=True)
class NamespaceOption:
    """The namespaces of a container; `target_id` has a meaning for `TARGET` only."""

    network: NamespaceMode = NamespaceMode.POD
    pid: NamespaceMode = NamespaceMode.POD
    ipc: NamespaceMode = NamespaceMode.POD
    target_id: str = ""


@dataclass(frozen=True)
class PodSandboxMetadata:
    """What identifies a sandbox. `attempt` is in range(2**32)."""

    name: str = ""
    uid: str = ""
    namespace: str = ""
    attempt: int = 0


@dataclass(frozen=True)
class LinuxSandboxSecurityContext:
    """Whether a sandbox may hold privileged containers."""

    privileged: bool = False
    namespace_options: NamespaceOption = field(default_factory=NamespaceOption)


@dataclass(frozen=True)
class LinuxPodSandboxConfig:
    """The Linux part of a sandbox configuration."""

    security_context: LinuxSandboxSecurityContext = field(default_factory=LinuxSandboxSecurityContext)


@dataclass(frozen=True)
class PodSandboxConfig:
    """How a sandbox shall be made."""

    metadata: PodSandboxMetadata | None = None
    hostname: str = ""
    log_directory: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    linux: LinuxPodSandboxConfig = field(default_factory=LinuxPodSandboxConfig)


@dataclass(frozen=True)
class PodSandbox:
    """A sandbox as a listing shows it."""

    id: str
    metadata: PodSandboxMetadata
    state: PodSandboxState
    created_at: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class PodSandboxStatus(PodSandbox):
    """A sandbox as a status shows it; here the same fields."""


@dataclass(frozen=True)
class PodSandboxFilter:
    """Which sandboxes to list: all conditions hold; an empty one is no condition."""

    id: str = ""
    state: PodSandboxState | None = None
    label_selector: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ContainerMetadata:
    """What identifies a container in its sandbox. `attempt` is in range(2**32)."""

    name: str = ""
    attempt: int = 0


@dataclass(frozen=True)
class ImageSpec:
    """A name or an id of an image.

    `user_specified_image` is the name that the pod gives it (from v1.28 on), `runtime_handler` for which of
    several runtimes it is (from v1.29 on); empty: not said.
    """

    image: str = ""
    user_specified_image: str = ""
    runtime_handler: str = ""


@dataclass(frozen=True)
class Image:
    """An image that is present. Its user is `uid`, or `username`, or not said at all."""

    id: str
    repo_tags: tuple[str, ...] = ()
    repo_digests: tuple[str, ...] = ()
    size: int = 1
    uid: int | None = None
    username: str = ""


@dataclass(frozen=True)
class KeyValue:
    """One environment variable."""

    key: str
    value: str


@dataclass(frozen=True)
class Mount:
    """One host path in a container."""

    container_path: str
    host_path: str
    readonly: bool = False


@dataclass(frozen=True)
class LinuxContainerResources:
    """What a running container may use; only the processors are modelled."""

    cpuset_cpus: str = ""


@dataclass(frozen=True)
class LinuxContainerSecurityContext:
    """Who the container runs as and in whose namespaces."""

    privileged: bool = False
    namespace_options: NamespaceOption = field(default_factory=NamespaceOption)
    run_as_user: int | None = None
    run_as_username: str = ""


@dataclass(frozen=True)
class LinuxContainerConfig:
    """The Linux part of a container configuration."""

    resources: LinuxContainerResources = field(default_factory=LinuxContainerResources)
    security_context: LinuxContainerSecurityContext = field(default_factory=LinuxContainerSecurityContext)


@dataclass(frozen=True)
class ContainerConfig:
    """How a container shall be made. `log_path` is relative to the sandbox's log directory."""

    metadata: ContainerMetadata | None = None
    image: ImageSpec = field(default_factory=ImageSpec)
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    envs: tuple[KeyValue, ...] = ()
    mounts: tuple[Mount, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    log_path: str = ""
    linux: LinuxContainerConfig = field(default_factory=LinuxContainerConfig)


@dataclass(frozen=True)
class Container:
    """A container as a listing shows it."""

    id: str
    pod_sandbox_id: str
    metadata: ContainerMetadata
    image: ImageSpec
    image_ref: str
    state: ContainerState
    created_at: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class ContainerStatus:
    """A container as a status shows it. `exit_code` means something once `finished_at` is set."""

    id: str
    metadata: ContainerMetadata
    state: ContainerState
    created_at: int
    started_at: int
    finished_at: int
    exit_code: int
    image: ImageSpec
    image_ref: str
    reason: str
    message: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    mounts: tuple[Mount, ...]
    log_path: str


@dataclass(frozen=True)
class ContainerFilter:
    """Which containers to list: all conditions hold; an empty one is no condition."""

    id: str = ""
    state: ContainerState | None = None
    pod_sandbox_id: str = ""
    label_selector: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ExecSyncResponse:
    """What a command in a container printed and how it ended."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int = 0
