"""Events: their reasons, who records them, and which are dropped.

pkg/kubelet/events/event.go, pkg/kubelet/container/helpers.go and
pkg/kubelet/kuberuntime/kuberuntime_container.go, v1.18.6. Delivery to the API (goroutines, spam
filter, aggregation) is not ported: a recorder here sees each event once, in order.
"""

import logging
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from .container import Container
from .errors import ERRORS
from .pod import Pod, pod_text
from .references import IMPLICIT_PREFIX, MakeReference, ObjectReference

__all__ = [
    "BACK_OFF_PULL_IMAGE",
    "CREATED_CONTAINER",
    "FAILED_POST_START_HOOK",
    "FAILED_PRE_STOP_HOOK",
    "FAILED_TO_CREATE_CONTAINER",
    "FAILED_TO_INSPECT_IMAGE",
    "FAILED_TO_PULL_IMAGE",
    "FAILED_TO_START_CONTAINER",
    "IMAGE_NEVER_PULL",
    "KILLING_CONTAINER",
    "PULLED_IMAGE",
    "PULLING_IMAGE",
    "STARTED_CONTAINER",
    "ContainerEvents",
    "Event",
    "EventRecorder",
    "EventType",
    "FilterEventRecorder",
    "MemoryRecorder",
]

CREATED_CONTAINER = "Created"
# Two names, one value: from its reason nobody can tell a failed create from a failed start.
FAILED_TO_CREATE_CONTAINER = "Failed"
FAILED_TO_START_CONTAINER = "Failed"
STARTED_CONTAINER = "Started"
KILLING_CONTAINER = "Killing"
FAILED_POST_START_HOOK = "FailedPostStartHook"
FAILED_PRE_STOP_HOOK = "FailedPreStopHook"
PULLING_IMAGE = "Pulling"
PULLED_IMAGE = "Pulled"
FAILED_TO_PULL_IMAGE = "Failed"
FAILED_TO_INSPECT_IMAGE = "InspectFailed"
IMAGE_NEVER_PULL = "ErrImageNeverPull"
BACK_OFF_PULL_IMAGE = "BackOff"


class EventType(Enum):
    """The two types of events."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True)
class Event:
    """One event: about what, of which type, why in a word, and a message."""

    reference: ObjectReference | None
    type: EventType
    reason: str
    message: str


class EventRecorder(Protocol):
    """Whoever takes events."""

    def event(self, event: Event) -> None:
        """Take one event; never fails."""


@dataclass
class MemoryRecorder:
    """A recorder that keeps its events in the order in which they came."""

    events: list[Event] = field(default_factory=list)

    def event(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)


@dataclass(frozen=True)
class FilterEventRecorder:
    """Hands events on to `inner`, except those about containers that the pod does not name.

    Also dropped: events without a reference. Nobody is told.
    """

    inner: EventRecorder

    def event(self, event: Event) -> None:
        """Hand the event on or drop it."""
        if event.reference is None or event.reference.field_path.startswith(IMPLICIT_PREFIX):
            return
        self.inner.event(event)


@dataclass(frozen=True)
class ContainerEvents:
    """Records events about containers. Each makes a reference of its own.

    So a reference that could not be made at the beginning of an attempt mutes none of its events,
    unless making one fails again.
    """

    make_reference: MakeReference
    recorder: EventRecorder
    logger: logging.Logger

    def record(
        self,
        pod: Pod,
        container: Container,
        container_id: str,
        type: EventType,  # noqa: A002  (the API's field name)
        reason: str,
        message: str,
    ) -> None:
        """Record one event; without a reference only a log line is left.

        Where `container_id` is not empty, every occurrence of it in `message` becomes the
        container's name. A caller without an id gets its message through unchanged, ids quoted
        by the runtime included.
        """
        try:
            reference = self.make_reference(pod, container)
        except ERRORS as error:
            self.logger.error(
                "Can't make a ref to pod %s, container %s: %s",
                pod_text(pod),
                container.name,
                error,
            )
            return
        if container_id:
            message = message.replace(container_id, container.name)
        self.recorder.event(Event(reference, type, reason, message))
