"""The kubelet's internal lifecycle hooks: called around a container's life, not the user's hooks.

pkg/kubelet/cm/internal_container_lifecycle.go and internal_container_lifecycle_linux.go. Up to v1.20 the CPU
manager binds a created container by a call to the runtime, which may fail; from v1.21 on it writes the
processors into the configuration before, which cannot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from .container import Container
from .messages import ContainerConfig, LinuxContainerResources
from .pod import Pod
from .runtime import RuntimeService

__all__ = ["CpuSetConfigLifecycle", "CpuSetLifecycle", "InternalContainerLifecycle", "NoLifecycle"]

CpuSets = Mapping[tuple[str, str], str]


class InternalContainerLifecycle(Protocol):
    """The hooks before a container is created and before it is started."""

    def pre_create_container(
        self, pod: Pod, container: Container, config: ContainerConfig
    ) -> ContainerConfig:
        """What to create, `config` or a changed one; raises an error of `ERRORS` to refuse. From v1.21 on."""

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Prepare the created container; raises an error of `ERRORS` to refuse it."""


class NoLifecycle:
    """Hooks that do nothing, as with the CPU manager's policy `none`."""

    def pre_create_container(
        self,
        pod: Pod,  # noqa: ARG002  (the protocol's arguments)
        container: Container,  # noqa: ARG002
        config: ContainerConfig,
    ) -> ContainerConfig:
        """The configuration as it is."""
        return config

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class CpuSetLifecycle(NoLifecycle):
    """The CPU manager's hook up to v1.20: containers with processors of their own are bound to them.

    `cpusets` maps (pod uid, container name) to a list of processors such as `2-3`; they were
    allocated when the pod was admitted. The binding is a call to the runtime, so it can fail.
    """

    runtime: RuntimeService
    cpusets: CpuSets

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Bind the container; raises what UpdateContainerResources answers."""
        cpuset = self.cpusets.get((pod.uid, container.name), "")
        if cpuset:
            self.runtime.update_container_resources(container_id, LinuxContainerResources(cpuset))


@dataclass(frozen=True)
class CpuSetConfigLifecycle(NoLifecycle):
    """The CPU manager's hook from v1.21 on: the configuration names the processors. It never fails."""

    cpusets: CpuSets

    def pre_create_container(
        self, pod: Pod, container: Container, config: ContainerConfig
    ) -> ContainerConfig:
        """The configuration with the processors that the container has for its own, if any."""
        cpuset = self.cpusets.get((pod.uid, container.name), "")
        if not cpuset:
            return config
        resources = replace(config.linux.resources, cpuset_cpus=cpuset)
        return replace(config, linux=replace(config.linux, resources=resources))
