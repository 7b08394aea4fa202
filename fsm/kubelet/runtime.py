"""The runtime as the kubelet calls it: protocols in the shape of the CRI.

The calls and their arguments follow the kubelet's own interface to a runtime
(staging/src/k8s.io/cri-api/pkg/apis/services.go, v1.18.6), in snake case. Every call may raise
`RpcError`. A message that proto3 may leave out is `None` here, so that a wrong call can be made.
"""

from collections.abc import Sequence
from typing import Protocol

from . import messages as cri
from .usage import ContainerStats

__all__ = ["ImageService", "RuntimeService"]


class ImageService(Protocol):
    """The calls about images."""

    def list_images(self) -> Sequence[cri.Image]:
        """All images that are present."""

    def image_status(self, image: cri.ImageSpec) -> cri.Image | None:
        """The image of that name or id, or None if it is not present, which is no error."""

    def pull_image(self, image: cri.ImageSpec) -> str:
        """Make the image present and return its id."""

    def remove_image(self, image: cri.ImageSpec) -> None:
        """Remove the image; removing an absent one succeeds."""


class RuntimeService(Protocol):
    """The calls about sandboxes and containers."""

    def run_pod_sandbox(self, config: cri.PodSandboxConfig | None, runtime_handler: str = "") -> str:
        """Make a sandbox, ready when the call returns; its id."""

    def stop_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """Stop the sandbox and what runs in it."""

    def remove_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """Remove the sandbox and its containers, running or not."""

    def pod_sandbox_status(self, pod_sandbox_id: str) -> cri.PodSandboxStatus:
        """The status of the sandbox."""

    def list_pod_sandbox(
        self,
        filter: cri.PodSandboxFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.PodSandbox]:
        """The sandboxes that match."""

    def create_container(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        """Make a container in the sandbox, not started; its id. Not promised to be idempotent."""

    def start_container(self, container_id: str) -> None:
        """Start a created container."""

    def stop_container(self, container_id: str, timeout: int) -> None:
        """Stop the container after at most `timeout` seconds of grace."""

    def remove_container(self, container_id: str) -> None:
        """Remove the container, by force if it runs; removing an absent one succeeds."""

    def list_containers(
        self,
        filter: cri.ContainerFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.Container]:
        """The containers that match."""

    def container_status(self, container_id: str) -> cri.ContainerStatus:
        """The status of the container; an absent one is an error."""

    def container_stats(self, container_id: str) -> ContainerStats:
        """What the container uses; an absent one is an error."""

    def update_container_resources(self, container_id: str, linux: cri.LinuxContainerResources) -> None:
        """Change what the container may use."""

    def reopen_container_log(self, container_id: str) -> None:
        """Open the container's log file anew, after it was moved away."""

    def exec_sync(self, container_id: str, cmd: Sequence[str], timeout: int) -> cri.ExecSyncResponse:
        """Run a command in a running container, at most `timeout` seconds; 0 is no limit."""
