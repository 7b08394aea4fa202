"""What `startContainer` tells: its events, its error values and the texts that it returns, word for word.

Capitals stand for names (NAME, IMAGE), brackets for what somebody else says. Formats are those of
`pkg/kubelet/kuberuntime/kuberuntime_container.go` and `pkg/kubelet/images/image_manager.go`; where they
differ, `versions` says from when on. `FailedToCreateContainer` and `FailedToStartContainer` are two constants
with one value, `Failed` (`pkg/kubelet/events/event.go`): the reason does not tell which of the two it was.
"""

from enum import Enum

from .container_creation import Type
from .versions import (
    BackOffText,
    CreatedText,
    HandlerLookUp,
    HookError,
    HookText,
    PulledText,
    StartedText,
    Version,
)

NORMAL, WARNING = Type.NORMAL, Type.WARNING


class Event(Enum):
    """An event as the recorder is given it: its type, its reason and its message."""

    # the image puller's
    PRESENT = NORMAL, "Pulled", 'Container image "IMAGE" already present on machine'
    PULLING = NORMAL, "Pulling", 'Pulling image "IMAGE"'
    PULLED = NORMAL, "Pulled", PulledText.DURATION.value
    PULLED_WITH_WAITING = NORMAL, "Pulled", PulledText.WAITING.value
    PULLED_WITH_SIZE = NORMAL, "Pulled", PulledText.SIZE.value
    INVALID_NAME = WARNING, "InspectFailed", 'Failed to apply default image tag "IMAGE": (why)'
    NOT_INSPECTED = WARNING, "InspectFailed", 'Failed to inspect image "IMAGE": (why)'
    NEVER_PULLED = (
        WARNING, "ErrImageNeverPull", 'Container image "IMAGE" is not present with pull policy of Never',
    )  # fmt: skip
    BACK_OFF = NORMAL, "BackOff", 'Back-off pulling image "IMAGE"'
    PULL_FAILED = WARNING, "Failed", 'Failed to pull image "IMAGE": (why)'
    # `startContainer`'s own, of the image
    ERROR_INVALID_NAME = WARNING, "Failed", "Error: InvalidImageName"
    ERROR_NOT_INSPECTED = WARNING, "Failed", "Error: ImageInspectError"
    ERROR_NEVER_PULLED = WARNING, "Failed", "Error: ErrImageNeverPull"
    ERROR_BACK_OFF = WARNING, "Failed", "Error: ImagePullBackOff"
    ERROR_PULL_FAILED = WARNING, "Failed", "Error: ErrImagePull"
    # and of the container
    TARGET = WARNING, "Failed", "Error: unable to find target container NAME"
    CONFIG = WARNING, "Failed", "Error: (what the config generator said)"
    RESOURCES = WARNING, "Failed", "Error: (what the checkpoint said)"
    PRE_CREATE = WARNING, "Failed", "Internal PreCreateContainer hook failed: (what the hook said)"
    CREATE = WARNING, "Failed", "Error: (what the runtime said to the create)"
    PRE_START = WARNING, "Failed", "Internal PreStartContainer hook failed: (what the hook said)"
    CREATED = NORMAL, "Created", CreatedText.NAMED.value
    CREATED_WITH_COLON = NORMAL, "Created", CreatedText.COLON.value
    CREATED_BARE = NORMAL, "Created", CreatedText.BARE.value
    START = WARNING, "Failed", "Error: (what the runtime said to the start)"
    STARTED = NORMAL, "Started", StartedText.NAMED.value
    STARTED_BARE = NORMAL, "Started", StartedText.BARE.value
    POST_START = WARNING, "FailedPostStartHook", HookText.DETAILED.value
    POST_START_FIXED = WARNING, "FailedPostStartHook", HookText.FIXED.value
    KILLING = NORMAL, "Killing", "FailedPostStartHook"

    def __init__(self, kind: Type, reason: str, message: str) -> None:
        self.type = kind
        self.reason = reason
        self.message = message


class Error(Enum):
    """The error value returned; its text becomes the API's `state.waiting.reason`."""

    NONE = ""
    HANDLER = "(what the look-up said)"
    INVALID_IMAGE_NAME = "InvalidImageName"
    IMAGE_INSPECT = "ImageInspectError"
    IMAGE_NEVER_PULL = "ErrImageNeverPull"
    IMAGE_PULL_BACK_OFF = "ImagePullBackOff"
    IMAGE_PULL = "ErrImagePull"
    CREATE_CONTAINER_CONFIG = "CreateContainerConfigError"
    PRE_CREATE_HOOK = "PreCreateHookError"
    CREATE_CONTAINER = "CreateContainerError"
    PRE_START_HOOK = "PreStartHookError"
    RUN_CONTAINER = "RunContainerError"
    POST_START_HOOK_DETAILED = HookError.DETAILED.value
    POST_START_HOOK = HookError.BARE.value


class Text(Enum):
    """What is returned beside the error; it becomes the API's `state.waiting.message`."""

    NONE = ""
    HANDLER = "Failed to lookup runtimeHandler for runtimeClassName (and why)"
    INVALID_NAME = Event.INVALID_NAME.message
    NOT_INSPECTED = Event.NOT_INSPECTED.message
    NEVER_PULLED = Event.NEVER_PULLED.message
    BACK_OFF = BackOffText.PLAIN.value
    BACK_OFF_TELLS_WHY = BackOffText.TELLS_WHY.value
    PULL_FAILED = "(why the pull failed)"
    TARGET = "unable to find target container NAME"
    CONFIG = "(what the config generator said)"
    RESOURCES = "(what the checkpoint said)"
    PRE_CREATE = "(what the pre-create hook said)"
    CREATE = "(what the runtime said to the create)"
    PRE_START = "(what the pre-start hook said)"
    START = "(what the runtime said to the start)"
    POST_START = "(what the post-start hook said)"


Texts = PulledText | CreatedText | StartedText | HookText


def event_of(text: Texts) -> Event:
    """The event that reads like this.

    >>> event_of(CreatedText.COLON)
    <Event.CREATED_WITH_COLON: (<Type.NORMAL: 'Normal'>, 'Created', 'Created container: NAME')>
    """
    (found,) = (event for event in Event if event.message == text.value)
    return found


def events_of(version: Version) -> tuple[Event, ...]:
    """The events that a version can emit, in the order in which they are listed."""
    texts = (version.pulled_text, version.created_text, version.started_text, version.hook_text)
    spelt = [
        event.message
        for kinds in (PulledText, CreatedText, StartedText, HookText)
        for event in map(event_of, kinds)
    ]
    never = {*spelt} - {text.value for text in texts}
    if not version.target_id:
        never.add(Event.TARGET.message)
    if not version.actuated_resources:
        never.add(Event.RESOURCES.message)
    if not version.pre_create:
        never.add(Event.PRE_CREATE.message)
    if not version.pre_start_can_fail:
        never.add(Event.PRE_START.message)
    return tuple(event for event in Event if event.message not in never)


def errors_of(version: Version) -> tuple[Error, ...]:
    """The error values that a version can return; `Error.NONE` is one."""
    never = {
        Error.HANDLER: version.handler_look_up is HandlerLookUp.NONE,
        Error.PRE_CREATE_HOOK: not version.pre_create,
        Error.PRE_START_HOOK: not version.pre_start_can_fail,
        Error.POST_START_HOOK: version.hook_error is not HookError.BARE,
        Error.POST_START_HOOK_DETAILED: version.hook_error is not HookError.DETAILED,
    }
    return tuple(error for error in Error if not never.get(error))
