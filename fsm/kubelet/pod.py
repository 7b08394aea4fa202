"""A pod as the API describes it: the fields that creating a container reads."""

from dataclasses import dataclass, field

from .container import Container, EphemeralContainer

__all__ = ["Pod", "PodSecurityContext", "Volume", "pod_text"]


@dataclass(frozen=True)
class Volume:
    """A volume that the pod declares. Whether it is mounted is the volume source's to say."""

    name: str


@dataclass(frozen=True)
class PodSecurityContext:
    """Who the pod's containers run as, unless one says otherwise. `None` means "not set"."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None


@dataclass(frozen=True)
class Pod:
    """A pod: its identity, its containers of the three kinds, and what they share.

    `enable_service_links` is `None` where nothing defaulted it; that is an error of its own.
    `runtime_class_name` is empty where the pod names none.
    """

    name: str
    namespace: str
    uid: str
    resource_version: str = ""
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    ephemeral_containers: tuple[EphemeralContainer, ...] = ()
    volumes: tuple[Volume, ...] = ()
    security_context: PodSecurityContext = field(default_factory=PodSecurityContext)
    enable_service_links: bool | None = True
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    share_process_namespace: bool = False
    deletion_grace_period_seconds: int | None = None
    termination_grace_period_seconds: int | None = None
    runtime_class_name: str = ""


def pod_text(pod: Pod) -> str:
    """The pod as log lines name it: `name_namespace(uid)`. pkg/kubelet/util/format, v1.18.6."""
    return f"{pod.name}_{pod.namespace}({pod.uid})"
