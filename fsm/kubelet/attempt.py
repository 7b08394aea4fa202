"""One attempt to start a container: what it was called with, and how it tells of a failure.

The steps of startContainer are functions of an attempt. A step gives what the next ones need, or the
`StartResult` with which the attempt is over.
"""

from dataclasses import dataclass
from typing import NamedTuple

from .container import Container
from .errors import ERRORS, ErrorValue
from .events import EventType
from .messages import PodSandboxConfig
from .pod import Pod, pod_text
from .references import ObjectReference
from .seams import Seams
from .status import PodStatus
from .target import StartSpec
from .version import Version

__all__ = ["Attempt", "StartResult"]


class StartResult(NamedTuple):
    """What an attempt returns: `("", None)` for success, else a text and an error value."""

    message: str
    error: ErrorValue | None

    @property
    def reason(self) -> str:
        """What the API shows as the reason of waiting: the error's text, empty for success."""
        return "" if self.error is None else str(self.error)


@dataclass(frozen=True)
class Attempt:
    """The arguments of one call of startContainer. `pod_status` is a snapshot; nothing refreshes it."""

    seams: Seams
    pod_sandbox_id: str
    pod_sandbox_config: PodSandboxConfig
    spec: StartSpec
    pod: Pod
    pod_status: PodStatus

    @property
    def container(self) -> Container:
        """The container that shall be started."""
        return self.spec.container

    @property
    def version(self) -> Version:
        """The kubelet's version."""
        return self.seams.version

    def tell(self, type_: EventType, reason: str, message: str, container_id: str = "") -> None:
        """Record an event. With an id, every occurrence of it in the message becomes the name."""
        self.seams.events.record(self.pod, self.container, container_id, type_, reason, message)

    def reference(self) -> ObjectReference | None:
        """The reference to the container; None, and a log line, if it cannot be made."""
        reference = None
        try:
            reference = self.seams.make_reference(self.pod, self.container)
        except ERRORS as error:
            self.seams.logger.error(
                "Can't make a ref to pod %s, container %s: %s",
                pod_text(self.pod),
                self.container.name,
                error,
            )
        self.seams.logger.debug("Generating ref for container %s: %s", self.container.name, reference)
        return reference
