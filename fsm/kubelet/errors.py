"""The errors of the port, drawn as a tree.

    Exception
    ├── OSError                     the operating system's, from the file seams
    └── KubeletError                an error value in Go's sense: expected, with a text
        ├── RpcError                answered by the runtime: a gRPC code and details
        ├── MakeReferenceError      no reference could be made
        ├── TargetNotFoundError     an ephemeral container names a container without a status
        ├── ContainerConfigError    the configuration of a container could not be generated
        │   └── ObjectNotFoundError     a ConfigMap or Secret does not exist
        ├── InvalidImageNameError   the name of an image cannot be read
        ├── RuntimeReplyError       the runtime answered with success, and not with what it must say
        ├── HookError               an internal lifecycle hook refused
        ├── CommandError            a command in a container ended with another code than 0
        └── PostStartHookError      what startContainer returns of a failed user's hook, up to v1.21

Go returns errors as values, the port raises them. `ERRORS` is what a seam may raise and the port
handles. Every other exception is a bug and passes through, as a Go panic would.
"""

from enum import Enum

__all__ = [
    "ERRORS",
    "CommandError",
    "ContainerConfigError",
    "ErrorValue",
    "HookError",
    "InvalidImageNameError",
    "KubeletError",
    "MakeReferenceError",
    "ObjectNotFoundError",
    "PostStartHookError",
    "RpcError",
    "RuntimeReplyError",
    "StartError",
    "StatusCode",
    "TargetNotFoundError",
    "status_message",
]


class KubeletError(Exception):
    """An error value: expected, handled by the port, read through its text."""


class MakeReferenceError(KubeletError):
    """No object reference could be made for a pod and a container."""


class TargetNotFoundError(KubeletError):
    """The target of an ephemeral container has no status in the snapshot."""


class ContainerConfigError(KubeletError):
    """The configuration of a container could not be generated."""


class ObjectNotFoundError(ContainerConfigError):
    """A ConfigMap or a Secret does not exist. An optional reference forgives it."""


class InvalidImageNameError(KubeletError):
    """The name of an image cannot be read."""


class RuntimeReplyError(KubeletError):
    """The runtime answered with success, and left out what it must say."""


class HookError(KubeletError):
    """An internal lifecycle hook refused the container."""


class CommandError(KubeletError):
    """A command in a container ended with another exit code than 0."""


class PostStartHookError(KubeletError):
    """The error value of a failed post-start hook with its cause: `PostStartHookError: <cause>`."""


class StatusCode(Enum):
    """The gRPC status codes, with their numbers on the wire."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16

    @property
    def go_name(self) -> str:
        """The spelling that Go prints: `NotFound`, `OK`, and `Canceled` with one l."""
        if self is StatusCode.OK:
            return "OK"
        if self is StatusCode.CANCELLED:
            return "Canceled"
        return self.name.title().replace("_", "")


class RpcError(KubeletError):
    """What a CRI call answers when it fails.

    `code` is any `StatusCode` but OK, `details` the description. `str()` gives Go's text:
    `rpc error: code = NotFound desc = …`. Raises ValueError for OK, which is no error.
    """

    def __init__(self, code: StatusCode, details: str) -> None:
        if code is StatusCode.OK:
            raise ValueError("RpcError with code OK: a call that succeeds raises nothing")
        super().__init__(f"rpc error: code = {code.go_name} desc = {details}")
        self.code = code
        self.details = details

    def within(self, context: str) -> "RpcError":
        """The same code with `context` before the details, as `%w` wraps inside a runtime."""
        return RpcError(self.code, f"{context}: {self.details}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RpcError):
            return NotImplemented
        return (self.code, self.details) == (other.code, other.details)

    def __hash__(self) -> int:
        return hash((self.code, self.details))


ERRORS = (KubeletError, OSError)


class StartError(Enum):
    """The error constants that startContainer returns; the value is the API's waiting reason.

    pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/container/sync_result.go and
    pkg/kubelet/images/types.go, in the order in which an attempt comes to them.
    """

    INVALID_IMAGE_NAME = "InvalidImageName"
    IMAGE_INSPECT = "ImageInspectError"
    IMAGE_NEVER_PULL = "ErrImageNeverPull"
    IMAGE_PULL_BACK_OFF = "ImagePullBackOff"
    IMAGE_PULL = "ErrImagePull"
    REGISTRY_UNAVAILABLE = "RegistryUnavailable"
    SIGNATURE_VALIDATION_FAILED = "SignatureValidationFailed"
    CREATE_CONTAINER_CONFIG = "CreateContainerConfigError"
    PRE_CREATE_HOOK = "PreCreateHookError"
    CREATE_CONTAINER = "CreateContainerError"
    PRE_START_HOOK = "PreStartHookError"
    RUN_CONTAINER = "RunContainerError"
    POST_START_HOOK = "PostStartHookError"

    def __str__(self) -> str:
        return self.value


ErrorValue = StartError | Exception
"""What startContainer returns beside its message: a constant, or an error with a text of its own."""


def status_message(error: BaseException) -> str:
    """The text that events and waiting messages show for `error`.

    An `RpcError` gives its details without code; any other exception its whole text, and that
    includes one that wraps an `RpcError`: only the error itself is looked at, never its cause.
    The code is never inspected. grpcstatus.FromError as called in
    pkg/kubelet/kuberuntime/kuberuntime_container.go, v1.18.6.
    """
    if isinstance(error, RpcError):
        return error.details
    return str(error)
