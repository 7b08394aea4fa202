"""The runtime's two services, with the calls of an attempt written down.

Reading statuses is no part of an attempt, and neither is what garbage collection does.
"""

from collections.abc import Sequence

from . import entries as e
from . import messages as cri
from .errors import status_message
from .forwarding_images import ForwardingImages
from .forwarding_runtime import ForwardingRuntime
from .recorders import Append, code_of
from .runtime import ImageService, RuntimeService

__all__ = ["RecordingImages", "RecordingRuntime"]


class RecordingImages(ForwardingImages):
    """Writes down ImageStatus and PullImage."""

    def __init__(self, inner: ImageService, add: Append) -> None:
        super().__init__(inner)
        self.add = add

    def image_status(self, image: cri.ImageSpec) -> cri.Image | None:
        """As `ImageService` says."""
        try:
            found = super().image_status(image)
        except Exception as error:
            self.add(e.ImageInspectFailed(image.image, code_of(error), status_message(error)))
            raise
        self.add(e.ImageInspected(image.image, None if found is None else found.id))
        return found

    def pull_image(self, image: cri.ImageSpec) -> str:
        """As `ImageService` says."""
        self.add(e.PullRequested(image.image))
        try:
            image_ref = super().pull_image(image)
        except Exception as error:
            self.add(e.PullFailed(code_of(error), status_message(error)))
            raise
        self.add(e.PullSucceeded(image_ref))
        return image_ref


class RecordingRuntime(ForwardingRuntime):
    """Writes down CreateContainer, StartContainer, ExecSync and StopContainer."""

    def __init__(self, inner: RuntimeService, add: Append) -> None:
        super().__init__(inner)
        self.add = add

    def create_container(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        """As `RuntimeService` says."""
        self.add(e.CreateRequested(pod_sandbox_id, config))
        try:
            container_id = super().create_container(pod_sandbox_id, config, sandbox_config)
        except Exception as error:
            self.add(e.CreateFailed(code_of(error), status_message(error)))
            raise
        self.add(e.CreateSucceeded(container_id))
        return container_id

    def start_container(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        self.add(e.StartRequested(container_id))
        try:
            super().start_container(container_id)
        except Exception as error:
            self.add(e.StartFailed(container_id, code_of(error), status_message(error)))
            raise
        self.add(e.StartSucceeded(container_id))

    def exec_sync(self, container_id: str, cmd: Sequence[str], timeout: int) -> cri.ExecSyncResponse:
        """As `RuntimeService` says."""
        self.add(e.ExecRequested(container_id, tuple(cmd), timeout))
        try:
            response = super().exec_sync(container_id, cmd, timeout)
        except Exception as error:
            self.add(e.ExecFailed(container_id, code_of(error), status_message(error)))
            raise
        self.add(e.ExecSucceeded(container_id, response.exit_code))
        return response

    def stop_container(self, container_id: str, timeout: int) -> None:
        """As `RuntimeService` says."""
        self.add(e.StopRequested(container_id, timeout))
        try:
            super().stop_container(container_id, timeout)
        except Exception as error:
            self.add(e.StopFailed(container_id, code_of(error), status_message(error)))
            raise
        self.add(e.StopSucceeded(container_id))
