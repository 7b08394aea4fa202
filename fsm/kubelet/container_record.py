"""One container of the runtime in memory: its configuration, its state, and its two faces."""

from dataclasses import dataclass, replace
from posixpath import normpath

from . import messages as cri
from .memory_sandboxes import Sandbox
from .messages import ContainerState
from .usage import ContainerAttributes, ContainerStats, CpuUsage, MemoryUsage

__all__ = ["ContainerRecord", "log_path"]


@dataclass
class ContainerRecord:
    """A container that exists. `metadata` is the one of its `config`; times are nanoseconds."""

    id: str
    sandbox: Sandbox
    metadata: cri.ContainerMetadata
    config: cri.ContainerConfig
    image: cri.Image
    log_path: str
    created_at: int
    state: ContainerState = ContainerState.CONTAINER_CREATED
    started_at: int = 0
    finished_at: int = 0
    exit_code: int = 0
    reason: str = ""
    message: str = ""

    def run(self, now: int) -> None:
        """The container runs from now on."""
        self.state = ContainerState.CONTAINER_RUNNING
        self.started_at = now

    def exit(self, exit_code: int, reason: str, now: int, message: str = "") -> None:
        """The container has ended. One that never ran keeps `started_at` 0."""
        self.state = ContainerState.CONTAINER_EXITED
        self.finished_at = now
        self.exit_code = exit_code
        self.reason = reason
        self.message = message

    @property
    def command(self) -> tuple[str, ...]:
        """What it runs; empty where that is the image's own."""
        return (*self.config.command, *self.config.args) if self.config.command else ()

    def listed(self) -> cri.Container:
        """The container as ListContainers shows it."""
        return cri.Container(
            id=self.id,
            pod_sandbox_id=self.sandbox.id,
            metadata=self.metadata,
            image=self.config.image,
            image_ref=self.image.id,
            state=self.state,
            created_at=self.created_at,
            labels=dict(self.config.labels),
            annotations=dict(self.config.annotations),
        )

    def status(self) -> cri.ContainerStatus:
        """The container as ContainerStatus shows it: its image by the first tag, if it has one."""
        return cri.ContainerStatus(
            id=self.id,
            metadata=self.metadata,
            state=self.state,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            exit_code=self.exit_code,
            image=replace(self.config.image, image=next(iter(self.image.repo_tags), self.config.image.image)),
            image_ref=self.image.id,
            reason=self.reason,
            message=self.message,
            labels=dict(self.config.labels),
            annotations=dict(self.config.annotations),
            mounts=self.config.mounts,
            log_path=self.log_path,
        )

    def stats(self, now: int) -> ContainerStats:
        """The container as ContainerStats shows it: nothing runs here, so nothing is used."""
        labels, annotations = dict(self.config.labels), dict(self.config.annotations)
        return ContainerStats(
            ContainerAttributes(self.id, self.metadata, labels, annotations),
            CpuUsage(now, 0),
            MemoryUsage(now, 0),
        )


def log_path(sandbox: cri.PodSandboxConfig, container: cri.ContainerConfig) -> str:
    """The log file: the container's path below the sandbox's directory, an absolute one too.

    Empty, and no log is written, where either is. containerd 1.6.20, measured.
    """
    if not sandbox.log_directory or not container.log_path:
        return ""
    return normpath(f"{sandbox.log_directory}/{container.log_path}")
