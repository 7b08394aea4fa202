"""What the kubelet knows of a pod's containers: one snapshot, taken from the runtime.

pkg/kubelet/container/runtime.go, v1.18.6. A sync works on one snapshot from its beginning to its
end; nothing refreshes it.
"""

from dataclasses import dataclass

from .messages import ContainerState, PodSandboxStatus

__all__ = ["ContainerStatus", "PodStatus"]


@dataclass(frozen=True)
class ContainerStatus:
    """One container of the pod, in any state, in any of its sandboxes.

    `restart_count` is an int, from an annotation, negative only if that was. Times are
    nanoseconds, 0 where there is none; the exit fields say something for EXITED only.
    """

    id: str
    name: str
    state: ContainerState
    created_at: int = 0
    restart_count: int = 0
    started_at: int = 0
    finished_at: int = 0
    exit_code: int = 0
    reason: str = ""
    message: str = ""
    image: str = ""
    image_id: str = ""


@dataclass(frozen=True)
class PodStatus:
    """The pod's containers, newest `created_at` first, and its sandboxes."""

    id: str
    name: str
    namespace: str
    container_statuses: tuple[ContainerStatus, ...] = ()
    sandbox_statuses: tuple[PodSandboxStatus, ...] = ()

    def find_container_status_by_name(self, name: str) -> ContainerStatus | None:
        """The first status of that name, which is the newest by `created_at`; None if none.

        Neither the highest attempt nor the one that runs: containers that were created and never
        started count, and so do those of older sandboxes.
        """
        for status in self.container_statuses:
            if status.name == name:
                return status
        return None
