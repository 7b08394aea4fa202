"""The kubelet's internal lifecycle hooks: called around a container's life, not the user's hooks.

pkg/kubelet/cm/internal_container_lifecycle.go, v1.18.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .container import Container
from .messages import LinuxContainerResources
from .pod import Pod
from .runtime import RuntimeService

__all__ = ["CpuSetLifecycle", "InternalContainerLifecycle", "NoLifecycle"]


class InternalContainerLifecycle(Protocol):
    """The hook between creating a container and starting it."""

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Prepare the created container; raises an error of `ERRORS` to refuse it."""


class NoLifecycle:
    """A hook that does nothing, as with the CPU manager's policy `none`."""

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class CpuSetLifecycle:
    """The CPU manager's hook: containers with processors of their own are bound to them.

    `cpusets` maps (pod uid, container name) to a list of processors such as `2-3`; they were
    allocated when the pod was admitted. The binding is a call to the runtime, so it can fail.
    """

    runtime: RuntimeService
    cpusets: Mapping[tuple[str, str], str]

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Bind the container; raises what UpdateContainerResources answers."""
        cpuset = self.cpusets.get((pod.uid, container.name), "")
        if cpuset:
            self.runtime.update_container_resources(container_id, LinuxContainerResources(cpuset))
