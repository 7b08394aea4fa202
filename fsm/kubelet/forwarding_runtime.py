"""A runtime that hands every call to another one, and a place to step in between."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from . import messages as cri
from .runtime import RuntimeService
from .usage import ContainerStats

__all__ = ["METHODS", "ForwardingRuntime"]

T = TypeVar("T")

METHODS = frozenset(name for name in vars(RuntimeService) if not name.startswith("_"))
"""The names of the calls of a `RuntimeService`."""


class ForwardingRuntime:
    """A `RuntimeService` that calls `inner`; what stands in between overrides `_forward`."""

    def __init__(self, inner: RuntimeService) -> None:
        self.inner = inner

    def _forward(self, method: str, call: Callable[[], T]) -> T:  # noqa: ARG002
        return call()

    def run_pod_sandbox(self, config: cri.PodSandboxConfig | None, runtime_handler: str = "") -> str:
        """As `RuntimeService` says."""
        return self._forward("run_pod_sandbox", lambda: self.inner.run_pod_sandbox(config, runtime_handler))

    def stop_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """As `RuntimeService` says."""
        self._forward("stop_pod_sandbox", lambda: self.inner.stop_pod_sandbox(pod_sandbox_id))

    def remove_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """As `RuntimeService` says."""
        self._forward("remove_pod_sandbox", lambda: self.inner.remove_pod_sandbox(pod_sandbox_id))

    def pod_sandbox_status(self, pod_sandbox_id: str) -> cri.PodSandboxStatus:
        """As `RuntimeService` says."""
        return self._forward("pod_sandbox_status", lambda: self.inner.pod_sandbox_status(pod_sandbox_id))

    def list_pod_sandbox(
        self,
        filter: cri.PodSandboxFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.PodSandbox]:
        """As `RuntimeService` says."""
        return self._forward("list_pod_sandbox", lambda: self.inner.list_pod_sandbox(filter))

    def create_container(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        """As `RuntimeService` says."""
        return self._forward(
            "create_container",
            lambda: self.inner.create_container(pod_sandbox_id, config, sandbox_config),
        )

    def start_container(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        self._forward("start_container", lambda: self.inner.start_container(container_id))

    def stop_container(self, container_id: str, timeout: int) -> None:
        """As `RuntimeService` says."""
        self._forward("stop_container", lambda: self.inner.stop_container(container_id, timeout))

    def remove_container(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        self._forward("remove_container", lambda: self.inner.remove_container(container_id))

    def list_containers(
        self,
        filter: cri.ContainerFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.Container]:
        """As `RuntimeService` says."""
        return self._forward("list_containers", lambda: self.inner.list_containers(filter))

    def container_status(self, container_id: str) -> cri.ContainerStatus:
        """As `RuntimeService` says."""
        return self._forward("container_status", lambda: self.inner.container_status(container_id))

    def container_stats(self, container_id: str) -> ContainerStats:
        """As `RuntimeService` says."""
        return self._forward("container_stats", lambda: self.inner.container_stats(container_id))

    def update_container_resources(self, container_id: str, linux: cri.LinuxContainerResources) -> None:
        """As `RuntimeService` says."""
        self._forward(
            "update_container_resources",
            lambda: self.inner.update_container_resources(container_id, linux),
        )

    def reopen_container_log(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        self._forward("reopen_container_log", lambda: self.inner.reopen_container_log(container_id))

    def exec_sync(self, container_id: str, cmd: Sequence[str], timeout: int) -> cri.ExecSyncResponse:
        """As `RuntimeService` says."""
        return self._forward("exec_sync", lambda: self.inner.exec_sync(container_id, cmd, timeout))
