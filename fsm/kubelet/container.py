"""Containers as the API describes them: the fields that creating one reads.

core/v1 types, v1.18. A field that the API may leave out is `None` where "not set" and "zero"
mean different things.
"""

from dataclasses import dataclass, field

__all__ = [
    "ConfigMapKeySelector",
    "Container",
    "ContainerPort",
    "EnvVar",
    "EphemeralContainer",
    "Handler",
    "Lifecycle",
    "SecretKeySelector",
    "SecurityContext",
    "VolumeMount",
]


@dataclass(frozen=True)
class ConfigMapKeySelector:
    """One key of a ConfigMap in the pod's namespace; `optional` forgives its absence."""

    name: str
    key: str
    optional: bool = False


@dataclass(frozen=True)
class SecretKeySelector:
    """One key of a Secret in the pod's namespace; `optional` forgives its absence."""

    name: str
    key: str
    optional: bool = False


@dataclass(frozen=True)
class EnvVar:
    """An environment variable: a `value`, which may use `$(OTHER)`, or one source.

    `value_from`, when set, is used only while `value` is empty.
    """

    name: str
    value: str = ""
    value_from: ConfigMapKeySelector | SecretKeySelector | None = None


@dataclass(frozen=True)
class VolumeMount:
    """Where a volume of the pod appears in the container; `sub_path` selects part of it."""

    name: str
    mount_path: str
    sub_path: str = ""
    read_only: bool = False


@dataclass(frozen=True)
class ContainerPort:
    """A port that the container declares; 0 and empty text mean "not set"."""

    container_port: int
    name: str = ""
    host_port: int = 0
    protocol: str = "TCP"


@dataclass(frozen=True)
class Handler:
    """A lifecycle handler; only the exec form is modelled."""

    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lifecycle:
    """The user's hooks: one after a start, one before a stop, which is also written into an annotation."""

    post_start: Handler | None = None
    pre_stop: Handler | None = None


@dataclass(frozen=True)
class SecurityContext:
    """Who the container runs as. `None` leaves the choice to the pod, then to the image."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    privileged: bool = False


@dataclass(frozen=True)
class Container:
    """A container of a pod: a regular one, an init one, or what an ephemeral one is cast to.

    `name` is unique within the pod when the pod is valid; an empty name is possible here, since
    references have a spelling for it. `image_pull_policy` is `Always`, `IfNotPresent` or `Never`, of
    which the API chooses one where the pod does not.
    """

    name: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    env: tuple[EnvVar, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    security_context: SecurityContext = field(default_factory=SecurityContext)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    termination_message_path: str = "/dev/termination-log"
    termination_message_policy: str = "File"
    image_pull_policy: str = "IfNotPresent"


@dataclass(frozen=True)
class EphemeralContainer:
    """A container added to a running pod, beside `target_container_name` if that is not empty."""

    container: Container
    target_container_name: str = ""
