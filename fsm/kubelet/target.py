"""Whose processes an ephemeral container shall see.

pkg/kubelet/kuberuntime/kuberuntime_container.go, v1.18.6 (`startSpec`, `getTargetID`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from .container import Container, EphemeralContainer
from .errors import TargetNotFoundError
from .gates import FeatureGates
from .status import PodStatus

__all__ = [
    "GetTargetId",
    "StartSpec",
    "container_start_spec",
    "ephemeral_container_start_spec",
    "get_target_id",
    "target_finder",
]


@dataclass(frozen=True)
class StartSpec:
    """What shall be started: a container and, if it is an ephemeral one, where it came from."""

    container: Container
    ephemeral_container: EphemeralContainer | None = None


def container_start_spec(container: Container) -> StartSpec:
    """A regular or an init container shall be started."""
    return StartSpec(container)


def ephemeral_container_start_spec(ephemeral_container: EphemeralContainer) -> StartSpec:
    """An ephemeral container shall be started."""
    return StartSpec(ephemeral_container.container, ephemeral_container)


GetTargetId = Callable[[StartSpec, PodStatus], str | None]
"""The id of the target's container, or None; raises `TargetNotFoundError`."""


def get_target_id(spec: StartSpec, pod_status: PodStatus, gates: FeatureGates) -> str | None:
    """The id of the container that `spec` targets; None if it targets none or the gate is off.

    The newest status of that name counts, whatever its state and sandbox: a target that has
    exited is found all the same. Raises `TargetNotFoundError` if there is no such status.
    """
    ephemeral = spec.ephemeral_container
    if ephemeral is None or not ephemeral.target_container_name:
        return None
    if not gates.ephemeral_containers:
        return None
    target = pod_status.find_container_status_by_name(ephemeral.target_container_name)
    if target is None:
        raise TargetNotFoundError(f"unable to find target container {ephemeral.target_container_name}")
    return target.id


def target_finder(gates: FeatureGates) -> GetTargetId:
    """`get_target_id` under these gates."""
    return lambda spec, pod_status: get_target_id(spec, pod_status, gates)
