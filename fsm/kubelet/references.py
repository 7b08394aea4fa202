"""References: what an event is about, and which container id belongs to what.

pkg/kubelet/container/ref.go and container_reference_manager.go, v1.18.6.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from .container import Container
from .gates import FeatureGates
from .pod import Pod

__all__ = [
    "IMPLICIT_PREFIX",
    "ContainerRefManager",
    "MakeReference",
    "ObjectReference",
    "ReferenceStore",
    "generate_container_ref",
    "reference_maker",
]

IMPLICIT_PREFIX = "implicitly required container "


@dataclass(frozen=True)
class ObjectReference:
    """An API object, and by `field_path` a part of it."""

    kind: str
    api_version: str
    namespace: str
    name: str
    uid: str
    resource_version: str
    field_path: str


MakeReference = Callable[[Pod, Container], ObjectReference]
"""Makes the reference to a container of a pod; raises `MakeReferenceError` if it cannot."""


def generate_container_ref(pod: Pod, container: Container, gates: FeatureGates) -> ObjectReference:
    """The reference to `container` in `pod`.

    A container that the pod does not name is no error: its field path says so, and the event
    filter drops its events. For a real pod this cannot fail (v1.17.1 and later).
    """
    return ObjectReference(
        kind="Pod",
        api_version="v1",
        namespace=pod.namespace,
        name=pod.name,
        uid=pod.uid,
        resource_version=pod.resource_version,
        field_path=_field_path(pod, container, gates) or IMPLICIT_PREFIX + container.name,
    )


def reference_maker(gates: FeatureGates) -> MakeReference:
    """`generate_container_ref` under these gates."""
    return lambda pod, container: generate_container_ref(pod, container, gates)


def _field_path(pod: Pod, container: Container, gates: FeatureGates) -> str | None:
    ephemeral = tuple(each.container for each in pod.ephemeral_containers)
    places = {"spec.containers": pod.containers, "spec.initContainers": pod.init_containers}
    if gates.ephemeral_containers:
        places["spec.ephemeralContainers"] = ephemeral
    for place, containers in places.items():
        for index, candidate in enumerate(containers):
            if candidate.name == container.name:
                return f"{place}{{{candidate.name}}}" if candidate.name else f"{place}[{index}]"
    return None


class ReferenceStore(Protocol):
    """Where the reference of a created container goes."""

    def set_ref(self, container_id: str, reference: ObjectReference) -> None:
        """Remember the reference of a container."""

    def clear_ref(self, container_id: str) -> None:
        """Forget the reference of a container."""


@dataclass
class ContainerRefManager:
    """The map from container id to reference; only the prober reads it. Gone in v1.19."""

    _references: dict[str, ObjectReference] = field(default_factory=dict)

    def set_ref(self, container_id: str, reference: ObjectReference) -> None:
        """Remember the reference of a container, in place of an older one."""
        self._references[container_id] = reference

    def get_ref(self, container_id: str) -> ObjectReference | None:
        """The reference of a container, or None."""
        return self._references.get(container_id)

    def clear_ref(self, container_id: str) -> None:
        """Forget the reference of a container; forgetting an unknown one does nothing."""
        self._references.pop(container_id, None)
