"""The snapshot reader: a pod's status made from what the runtime answers now.

pkg/kubelet/kuberuntime/kuberuntime_manager.go (`GetPodStatus`) and kuberuntime_container.go
(`getPodContainerStatuses`, `toKubeContainerStatus`), v1.18.6.
"""

import logging

from . import messages as cri
from .labels import CONTAINER_NAME_LABEL, POD_UID_LABEL
from .pod import Pod
from .restart_count import read_restart_count
from .runtime import RuntimeService
from .status import ContainerStatus, PodStatus

__all__ = ["read_pod_status", "to_container_status"]


def read_pod_status(runtime: RuntimeService, pod: Pod, logger: logging.Logger) -> PodStatus:
    """The status of the pod with this uid: all its containers, newest first, and its sandboxes.

    Containers of equal `created_at` keep the order of the listing; upstream's sort leaves it
    open. Raises `RpcError` when any call fails, and that includes a container that went away
    between the listing and its own status (read in v1.19; *inferred* for v1.18).
    """
    selector = {POD_UID_LABEL: pod.uid}
    sandboxes = tuple(
        runtime.pod_sandbox_status(sandbox.id)
        for sandbox in runtime.list_pod_sandbox(cri.PodSandboxFilter(label_selector=selector))
    )
    statuses = [
        to_container_status(runtime.container_status(container.id), logger)
        for container in runtime.list_containers(cri.ContainerFilter(label_selector=selector))
    ]
    statuses.sort(key=lambda status: status.created_at, reverse=True)
    return PodStatus(pod.uid, pod.name, pod.namespace, tuple(statuses), sandboxes)


def to_container_status(status: cri.ContainerStatus, logger: logging.Logger) -> ContainerStatus:
    """One container as the kubelet sees it.

    The name comes from a label and the restart count from an annotation, neither from the
    metadata. `started_at` is read unless CREATED, the exit fields only if EXITED.
    """
    exited = status.state is cri.ContainerState.CONTAINER_EXITED
    created = status.state is cri.ContainerState.CONTAINER_CREATED
    return ContainerStatus(
        id=status.id,
        name=status.labels.get(CONTAINER_NAME_LABEL, ""),
        state=status.state,
        created_at=status.created_at,
        restart_count=read_restart_count(status.annotations, logger),
        started_at=0 if created else status.started_at,
        finished_at=status.finished_at if exited else 0,
        exit_code=status.exit_code if exited else 0,
        reason=status.reason if exited else "",
        message=status.message if exited else "",
        image=status.image.image,
        image_id=status.image_ref,
    )
