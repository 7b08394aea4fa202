"""What a recording is made of: one entry for each thing that a kubelet asked of its surroundings.

In the order of a successful attempt, and what stands there instead when something fails:

    AttemptBegan
    HandlerFound          HandlerFailed          from v1.29, behind its gate
    ReferenceMade         ReferenceFailed        from v1.31: the attempt's own reference
    ImageReferenceMade    ImageReferenceFailed   up to v1.30: the puller's own reference
    ImageInspected        ImageInspectFailed
    PullRequested                                if the image is pulled
    PullSucceeded         PullFailed
    ReferenceMade         ReferenceFailed        up to v1.18: the attempt's own reference
    LogDirectoryListed    LogDirectoryFailed     from v1.21.6, without a status, if it is there
    TargetResolved        TargetMissing          from v1.18
    ConfigGenerated       ConfigFailed
    ResourcesActuated     ResourcesFailed        from v1.33
    PreCreateSucceeded    PreCreateFailed        from v1.21
    CreateRequested
    CreateSucceeded       CreateFailed           as the kubelet saw it, lost replies included
    PreStartSucceeded     PreStartFailed
    ReferenceStored                              up to v1.18, after the event
    StartRequested
    StartSucceeded        StartFailed
    LogLinked             LogLinkFailed          if the log is there
    ExecRequested                                for a hook of the user
    ExecSucceeded         ExecFailed
    HookSucceeded         HookFailed
    StopRequested                                after a failed post-start hook
    StopSucceeded         StopFailed
    ReferenceCleared                             up to v1.18
    CleanupRun                                   only where a cleanup was owed
    AttemptReturned

and for each event

    EventReferenceMade    EventReferenceFailed   its own reference; the puller's events have none
    EventRaised                                  before the filter
    EventEmitted                                 after the filter: absent if that dropped it

An attempt that fails jumps from its failure to the event. Entries are values: equal contents are
equal entries. Errors are kept as the text that a user would read.
"""

from dataclasses import dataclass

from .creation_entries import (
    ConfigFailed,
    ConfigGenerated,
    CreateFailed,
    CreateRequested,
    CreateSucceeded,
    LogDirectoryFailed,
    LogDirectoryListed,
    PreCreateFailed,
    PreCreateSucceeded,
    PreStartFailed,
    PreStartSucceeded,
    ReferenceFailed,
    ReferenceMade,
    ReferenceStored,
    ResourcesActuated,
    ResourcesFailed,
    TargetMissing,
    TargetResolved,
)
from .events import Event
from .image_entries import (
    HandlerFailed,
    HandlerFound,
    ImageInspected,
    ImageInspectFailed,
    ImageReferenceFailed,
    ImageReferenceMade,
    PullFailed,
    PullRequested,
    PullSucceeded,
)
from .references import ObjectReference
from .running_entries import (
    ExecFailed,
    ExecRequested,
    ExecSucceeded,
    HookFailed,
    HookSucceeded,
    LogLinked,
    LogLinkFailed,
    ReferenceCleared,
    StartFailed,
    StartRequested,
    StartSucceeded,
    StopFailed,
    StopRequested,
    StopSucceeded,
)

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
    "ExecFailed",
    "ExecRequested",
    "ExecSucceeded",
    "HandlerFailed",
    "HandlerFound",
    "HookFailed",
    "HookSucceeded",
    "ImageInspectFailed",
    "ImageInspected",
    "ImageReferenceFailed",
    "ImageReferenceMade",
    "LogDirectoryFailed",
    "LogDirectoryListed",
    "LogLinkFailed",
    "LogLinked",
    "PreCreateFailed",
    "PreCreateSucceeded",
    "PreStartFailed",
    "PreStartSucceeded",
    "PullFailed",
    "PullRequested",
    "PullSucceeded",
    "ReferenceCleared",
    "ReferenceFailed",
    "ReferenceMade",
    "ReferenceStored",
    "ResourcesActuated",
    "ResourcesFailed",
    "StartFailed",
    "StartRequested",
    "StartSucceeded",
    "StopFailed",
    "StopRequested",
    "StopSucceeded",
    "TargetMissing",
    "TargetResolved",
]


@dataclass(frozen=True)
class AttemptBegan:
    """An attempt was begun for this container of this pod."""

    pod_uid: str
    container: str


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
class CleanupRun:
    """The cleanup that was owed has run."""


@dataclass(frozen=True)
class AttemptReturned:
    """The attempt returned; `reason` is the text of its error value, empty for success."""

    message: str
    reason: str


Entry = (
    AttemptBegan
    | HandlerFound
    | HandlerFailed
    | ImageReferenceMade
    | ImageReferenceFailed
    | ImageInspected
    | ImageInspectFailed
    | PullRequested
    | PullSucceeded
    | PullFailed
    | ReferenceMade
    | ReferenceFailed
    | LogDirectoryListed
    | LogDirectoryFailed
    | TargetResolved
    | TargetMissing
    | ConfigGenerated
    | ConfigFailed
    | ResourcesActuated
    | ResourcesFailed
    | PreCreateSucceeded
    | PreCreateFailed
    | CreateRequested
    | CreateSucceeded
    | CreateFailed
    | PreStartSucceeded
    | PreStartFailed
    | ReferenceStored
    | StartRequested
    | StartSucceeded
    | StartFailed
    | LogLinked
    | LogLinkFailed
    | ExecRequested
    | ExecSucceeded
    | ExecFailed
    | HookSucceeded
    | HookFailed
    | StopRequested
    | StopSucceeded
    | StopFailed
    | ReferenceCleared
    | EventReferenceMade
    | EventReferenceFailed
    | EventRaised
    | EventEmitted
    | CleanupRun
    | AttemptReturned
)
