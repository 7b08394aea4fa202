"""What a recording is made of: one entry for each thing that a kubelet asked of its surroundings.

In the order of a successful attempt:

    AttemptBegan
    ReferenceMade      or ReferenceFailed         the attempt's own reference
    TargetResolved     or TargetMissing
    ConfigGenerated    or ConfigFailed
    CreateRequested
    CreateSucceeded    or CreateFailed            as the kubelet saw it, lost replies included
    PreStartSucceeded  or PreStartFailed
    EventReferenceMade or EventReferenceFailed    the event's own reference, for each event
    EventRaised                                   before the filter
    EventEmitted                                  after the filter: absent if that dropped it
    ReferenceStored
    CleanupRun                                    only where a cleanup was owed
    AttemptReturned

An attempt that fails jumps from its failure to the event. Entries are values: equal contents are
equal entries. Errors are kept as the text that a user would read.
"""

from dataclasses import dataclass

from .errors import StartError, StatusCode
from .events import Event
from .messages import ContainerConfig
from .references import ObjectReference

__all__ = [
    "AttemptBegan",
    "AttemptReturned",
    "CleanupRun",
    "ConfigFailed",
    "ConfigGenerated",
    "CreateFailed",
    "CreateRequested",
    "CreateSucceeded",
    "Entry",
    "EventEmitted",
    "EventRaised",
    "EventReferenceFailed",
    "EventReferenceMade",
    "PreStartFailed",
    "PreStartSucceeded",
    "ReferenceFailed",
    "ReferenceMade",
    "ReferenceStored",
    "TargetMissing",
    "TargetResolved",
]


@dataclass(frozen=True)
class AttemptBegan:
    """`start_container` was called for this container of this pod."""

    pod_uid: str
    container: str


@dataclass(frozen=True)
class ReferenceMade:
    """The attempt has its reference."""

    reference: ObjectReference


@dataclass(frozen=True)
class ReferenceFailed:
    """The attempt goes on without a reference."""

    error: str


@dataclass(frozen=True)
class TargetResolved:
    """The target was asked for; None where there is none to have."""

    target_id: str | None


@dataclass(frozen=True)
class TargetMissing:
    """The target has no status."""

    error: str


@dataclass(frozen=True)
class ConfigGenerated:
    """The configuration is made; a cleanup may be owed from now on."""

    config: ContainerConfig
    cleanup_owed: bool


@dataclass(frozen=True)
class ConfigFailed:
    """The configuration could not be made; a cleanup may be owed all the same."""

    error: str
    cleanup_owed: bool


@dataclass(frozen=True)
class CreateRequested:
    """CreateContainer is called."""

    pod_sandbox_id: str
    config: ContainerConfig | None

    @property
    def attempt(self) -> int | None:
        """The restart count that goes to the runtime; None if the configuration says none."""
        if self.config is None or self.config.metadata is None:
            return None
        return self.config.metadata.attempt


@dataclass(frozen=True)
class CreateSucceeded:
    """CreateContainer answered with an id."""

    container_id: str


@dataclass(frozen=True)
class CreateFailed:
    """CreateContainer failed as far as its caller knows; `code` is None if it was no answer."""

    code: StatusCode | None
    error: str


@dataclass(frozen=True)
class PreStartSucceeded:
    """The internal hook accepted the container."""

    container_id: str


@dataclass(frozen=True)
class PreStartFailed:
    """The internal hook refused the container, which stays."""

    container_id: str
    error: str


@dataclass(frozen=True)
class EventReferenceMade:
    """An event has its reference."""

    reference: ObjectReference


@dataclass(frozen=True)
class EventReferenceFailed:
    """An event is lost, for want of a reference."""

    error: str


@dataclass(frozen=True)
class EventRaised:
    """An event was handed to the recorder, before its filter."""

    event: Event


@dataclass(frozen=True)
class EventEmitted:
    """An event has passed the filter."""

    event: Event


@dataclass(frozen=True)
class ReferenceStored:
    """SetRef was called."""

    container_id: str
    reference: ObjectReference


@dataclass(frozen=True)
class CleanupRun:
    """The cleanup that was owed has run."""


@dataclass(frozen=True)
class AttemptReturned:
    """`start_container` returned."""

    message: str
    error: StartError | None


Entry = (
    AttemptBegan
    | ReferenceMade
    | ReferenceFailed
    | TargetResolved
    | TargetMissing
    | ConfigGenerated
    | ConfigFailed
    | CreateRequested
    | CreateSucceeded
    | CreateFailed
    | PreStartSucceeded
    | PreStartFailed
    | EventReferenceMade
    | EventReferenceFailed
    | EventRaised
    | EventEmitted
    | ReferenceStored
    | CleanupRun
    | AttemptReturned
)
