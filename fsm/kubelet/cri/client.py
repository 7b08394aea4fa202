"""A runtime behind a socket: the port's `RuntimeService` and `ImageService` over `runtime.v1`.

How long a call may take is the kubelet's own rule (pkg/kubelet/cri/remote/remote_runtime.go and
remote_image.go, v1.18 to v1.26; later staging/src/k8s.io/cri-client/pkg):

    most calls         the deadline: runtimeRequestTimeout, 2 minutes by default
                       (pkg/kubelet/apis/config/v1beta1/defaults.go)
    RunPodSandbox      twice the deadline
    StopContainer      the deadline and the grace period
    ExecSync           the deadline and the command's timeout; without a timeout it may take for ever
    PullImage          it may take for ever
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import grpc
from cri_api.v1 import api_pb2, api_pb2_grpc
from google.protobuf.message import Message

from .. import messages as cri
from ..errors import RpcError, StatusCode
from ..usage import ContainerStats
from .channel import CLOSED, open_channel, rpc_error, wait_until_ready
from .convert import fill, read, read_field
from .endpoint import socket_of
from .greeting import greet

__all__ = ["DEADLINE", "CriRuntime", "connect"]

DEADLINE = 120.0  #: seconds: runtimeRequestTimeout


class CriRuntime:
    """A `RuntimeService` and an `ImageService` of a runtime that listens on a unix socket.

    Nothing is connected before the first call, and a runtime that was away is connected to again. No call is
    made twice. Several threads may use one client, and any of them may close it: calls under way then fail.

    Args:
        endpoint: such as `unix:///run/containerd/containerd.sock`.
        deadline: seconds for each call, grace periods and timeouts of commands added.

    Every call raises `RpcError` with the code and the details that the runtime answered, or with
    UNAVAILABLE where it is away, DEADLINE_EXCEEDED where it did not answer in time, CANCELLED where the
    client was closed, INTERNAL for a message that cannot be written.

    Raises:
        EndpointError: for what is no unix socket's address.
        ValueError: for a deadline that is not positive.
    """

    def __init__(self, endpoint: str, deadline: float = DEADLINE) -> None:
        if not deadline > 0:
            raise ValueError(f"a deadline of {deadline} s: no call could be answered in time; give more")
        self.endpoint = endpoint
        self.deadline = deadline
        self._channel = open_channel(endpoint)
        self._runtime = api_pb2_grpc.RuntimeServiceStub(self._channel)
        self._images = api_pb2_grpc.ImageServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the channel, also more than once."""
        self._channel.close()

    def version(self, deadline: float | None = None) -> Any:
        """The answer of Version: `runtime_name`, `runtime_version`, `runtime_api_version`."""
        return self._call(self._runtime.Version, api_pb2.VersionRequest(), deadline or self.deadline)

    def status(self, deadline: float | None = None) -> Any:
        """The answer of Status: `status.conditions`, each with a `type` and a `status`."""
        return self._call(self._runtime.Status, api_pb2.StatusRequest(), deadline or self.deadline)

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the runtime serves calls, as after it was started anew.

        Raises:
            RpcError: if it does not within `seconds`.
        """
        wait_until_ready(self.status, seconds)

    def list_images(self) -> Sequence[cri.Image]:
        """As `ImageService` says."""
        answer = self._call(self._images.ListImages, api_pb2.ListImagesRequest())
        return tuple(read(cri.Image, image) for image in answer.images)

    def image_status(self, image: cri.ImageSpec) -> cri.Image | None:
        """As `ImageService` says."""
        answer = self._call(self._images.ImageStatus, _with(api_pb2.ImageStatusRequest(), image=image))
        return read_field(cri.Image, answer, "image")

    def pull_image(self, image: cri.ImageSpec) -> str:
        """As `ImageService` says."""
        answer = self._call(self._images.PullImage, _with(api_pb2.PullImageRequest(), image=image), None)
        return str(answer.image_ref)

    def remove_image(self, image: cri.ImageSpec) -> None:
        """As `ImageService` says."""
        self._call(self._images.RemoveImage, _with(api_pb2.RemoveImageRequest(), image=image))

    def run_pod_sandbox(self, config: cri.PodSandboxConfig | None, runtime_handler: str = "") -> str:
        """As `RuntimeService` says."""
        request = _with(api_pb2.RunPodSandboxRequest(runtime_handler=runtime_handler), config=config)
        return str(self._call(self._runtime.RunPodSandbox, request, 2 * self.deadline).pod_sandbox_id)

    def stop_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """As `RuntimeService` says."""
        self._call(self._runtime.StopPodSandbox, api_pb2.StopPodSandboxRequest(pod_sandbox_id=pod_sandbox_id))

    def remove_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """As `RuntimeService` says."""
        self._call(
            self._runtime.RemovePodSandbox, api_pb2.RemovePodSandboxRequest(pod_sandbox_id=pod_sandbox_id)
        )

    def pod_sandbox_status(self, pod_sandbox_id: str) -> cri.PodSandboxStatus:
        """As `RuntimeService` says."""
        request = api_pb2.PodSandboxStatusRequest(pod_sandbox_id=pod_sandbox_id)
        return read(cri.PodSandboxStatus, self._call(self._runtime.PodSandboxStatus, request).status)

    def list_pod_sandbox(
        self,
        filter: cri.PodSandboxFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.PodSandbox]:
        """As `RuntimeService` says."""
        request = _with(api_pb2.ListPodSandboxRequest(), filter=filter)
        return tuple(
            read(cri.PodSandbox, one) for one in self._call(self._runtime.ListPodSandbox, request).items
        )

    def create_container(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        """As `RuntimeService` says."""
        request = api_pb2.CreateContainerRequest(pod_sandbox_id=pod_sandbox_id)
        _with(request, config=config, sandbox_config=sandbox_config)
        return str(self._call(self._runtime.CreateContainer, request).container_id)

    def start_container(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        self._call(self._runtime.StartContainer, api_pb2.StartContainerRequest(container_id=container_id))

    def stop_container(self, container_id: str, timeout: int) -> None:
        """As `RuntimeService` says."""
        request = api_pb2.StopContainerRequest(container_id=container_id, timeout=timeout)
        self._call(self._runtime.StopContainer, request, self.deadline + timeout)

    def remove_container(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        self._call(self._runtime.RemoveContainer, api_pb2.RemoveContainerRequest(container_id=container_id))

    def list_containers(
        self,
        filter: cri.ContainerFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.Container]:
        """As `RuntimeService` says."""
        request = _with(api_pb2.ListContainersRequest(), filter=filter)
        return tuple(
            read(cri.Container, one) for one in self._call(self._runtime.ListContainers, request).containers
        )

    def container_status(self, container_id: str) -> cri.ContainerStatus:
        """As `RuntimeService` says."""
        request = api_pb2.ContainerStatusRequest(container_id=container_id)
        return read(cri.ContainerStatus, self._call(self._runtime.ContainerStatus, request).status)

    def container_stats(self, container_id: str) -> ContainerStats:
        """As `RuntimeService` says."""
        request = api_pb2.ContainerStatsRequest(container_id=container_id)
        return read(ContainerStats, self._call(self._runtime.ContainerStats, request).stats)

    def update_container_resources(self, container_id: str, linux: cri.LinuxContainerResources) -> None:
        """As `RuntimeService` says."""
        request = _with(api_pb2.UpdateContainerResourcesRequest(container_id=container_id), linux=linux)
        self._call(self._runtime.UpdateContainerResources, request)

    def reopen_container_log(self, container_id: str) -> None:
        """As `RuntimeService` says."""
        request = api_pb2.ReopenContainerLogRequest(container_id=container_id)
        self._call(self._runtime.ReopenContainerLog, request)

    def exec_sync(self, container_id: str, cmd: Sequence[str], timeout: int) -> cri.ExecSyncResponse:
        """As `RuntimeService` says."""
        request = api_pb2.ExecSyncRequest(container_id=container_id, cmd=list(cmd), timeout=timeout)
        answer = self._call(self._runtime.ExecSync, request, self.deadline + timeout if timeout else None)
        return cri.ExecSyncResponse(answer.stdout, answer.stderr, answer.exit_code)

    def _call(self, method: Any, request: Message, deadline: float | None = 0) -> Any:
        """One call; a deadline of 0 is the client's own, None is none."""
        try:
            return method(request, timeout=self.deadline if deadline == 0 else deadline)
        except grpc.RpcError as error:
            raise rpc_error(error) from None
        except ValueError:  # what gRPC raises on a channel that is closed
            raise CLOSED.with_traceback(None) from None


def _with(request: Any, **parts: Any) -> Any:
    """The request with messages filled in; one that is None is left out."""
    for name, value in parts.items():
        if value is not None:
            part = getattr(request, name)
            part.SetInParent()
            try:
                fill(part, value)
            except ValueError as error:  # Go's gRPC gives this code to what it cannot write
                raise RpcError(StatusCode.INTERNAL, f"grpc: error while marshaling: {error}") from None
    return request


def connect(endpoint: str, deadline: float = DEADLINE, patience: float = 10.0) -> CriRuntime:
    """A runtime that serves calls.

    Args:
        endpoint: such as `unix:///run/containerd/containerd.sock`.
        deadline: seconds for each call.
        patience: seconds that it may take to be there and ready; with 0 it is asked once.

    Raises:
        EndpointError: if there is no CRI runtime there, or it is not ready in time; the text says which, why,
            and what to do.
        ValueError: for a deadline that is not positive.
    """
    runtime = CriRuntime(endpoint, deadline)
    try:
        greet(runtime._channel, socket_of(endpoint), patience)
    except BaseException:
        runtime.close()
        raise
    return runtime
