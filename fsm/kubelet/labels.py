"""Labels and annotations: how the kubelet finds its containers again.

pkg/kubelet/kuberuntime/labels.go and pkg/kubelet/types/labels.go, v1.18.6.
"""

import json
from typing import Any

from .container import Container, ContainerPort
from .pod import Pod
from .restart_count import RESTART_COUNT_ANNOTATION

__all__ = [
    "CONTAINER_NAME_LABEL",
    "POD_NAMESPACE_LABEL",
    "POD_NAME_LABEL",
    "POD_UID_LABEL",
    "container_annotations",
    "container_hash",
    "container_labels",
    "pod_labels",
]

POD_NAME_LABEL = "io.kubernetes.pod.name"
POD_NAMESPACE_LABEL = "io.kubernetes.pod.namespace"
POD_UID_LABEL = "io.kubernetes.pod.uid"
CONTAINER_NAME_LABEL = "io.kubernetes.container.name"


def pod_labels(pod: Pod) -> dict[str, str]:
    """The labels of everything that belongs to the pod."""
    return {
        POD_NAME_LABEL: pod.name,
        POD_NAMESPACE_LABEL: pod.namespace,
        POD_UID_LABEL: pod.uid,
    }


def container_labels(pod: Pod, container: Container) -> dict[str, str]:
    """The labels of a container of the pod."""
    return pod_labels(pod) | {CONTAINER_NAME_LABEL: container.name}


def container_annotations(pod: Pod, container: Container, restart_count: int) -> dict[str, str]:
    """The annotations of a container: what a later kubelet must know of it, the count above all."""
    annotations = {
        "io.kubernetes.container.hash": container_hash(container),
        RESTART_COUNT_ANNOTATION: str(restart_count),
        "io.kubernetes.container.terminationMessagePath": container.termination_message_path,
        "io.kubernetes.container.terminationMessagePolicy": container.termination_message_policy,
    }
    if pod.deletion_grace_period_seconds is not None:
        annotations["io.kubernetes.pod.deletionGracePeriod"] = str(pod.deletion_grace_period_seconds)
    if pod.termination_grace_period_seconds is not None:
        annotations["io.kubernetes.pod.terminationGracePeriod"] = str(pod.termination_grace_period_seconds)
    if container.lifecycle.pre_stop is not None:
        command = list(container.lifecycle.pre_stop.command)
        annotations["io.kubernetes.container.preStopHandler"] = _json(
            {"exec": {"command": command} if command else {}}
        )
    if container.ports:
        annotations["io.kubernetes.container.ports"] = _json([_port(port) for port in container.ports])
    return annotations


def container_hash(container: Container) -> str:
    """A 32-bit FNV-1a hash of the container's spec in hex.

    It changes when the spec does, as upstream's; the numbers themselves differ, since upstream
    hashes Go's own rendering of the spec.
    """
    value = 0x811C9DC5
    for byte in repr(container).encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:x}"


def _port(port: ContainerPort) -> dict[str, Any]:
    fields = {
        "name": port.name,
        "hostPort": port.host_port,
        "containerPort": port.container_port,
        "protocol": port.protocol,
    }
    return {key: value for key, value in fields.items() if value or key == "containerPort"}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
