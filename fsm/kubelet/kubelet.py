"""The kubelet as far as it is ported: read a pod's status, start a container.

One sync of one container is

    pod_status = kubelet.pod_status(pod)
    message, error = kubelet.start_container(sandbox_id, sandbox_config, spec, pod, pod_status)

and the next sync is the same again. Nothing is kept in between but what the runtime holds, the files on the
node, and the back-off of failed pulls.
"""

from dataclasses import dataclass

from .attempt import StartResult
from .create_container import CreateContainer, create_container
from .messages import PodSandboxConfig
from .pod import Pod
from .pod_status import read_pod_status
from .seams import Seams
from .start_container import StartContainer, start_container
from .status import PodStatus
from .target import StartSpec

__all__ = ["Kubelet"]


@dataclass(frozen=True)
class Kubelet:
    """A kubelet over its seams. `start` and `create` may be replaced, to record or to plant a bug."""

    seams: Seams
    start: StartContainer = start_container
    create: CreateContainer = create_container

    def pod_status(self, pod: Pod) -> PodStatus:
        """A fresh snapshot of the pod; raises `RpcError`. See `read_pod_status`."""
        return read_pod_status(self.seams.runtime, pod, self.seams.logger)

    def start_container(
        self,
        pod_sandbox_id: str,
        pod_sandbox_config: PodSandboxConfig,
        spec: StartSpec,
        pod: Pod,
        pod_status: PodStatus,
    ) -> StartResult:
        """One attempt to start the container of `spec`. See `start_container`."""
        return self.start(self.seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status)

    def create_container(
        self,
        pod_sandbox_id: str,
        pod_sandbox_config: PodSandboxConfig,
        spec: StartSpec,
        pod: Pod,
        pod_status: PodStatus,
        image_ref: str,
    ) -> StartResult:
        """One attempt to create the container of `spec`, and no more. See `create_container`."""
        return self.create(self.seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status, image_ref)
