"""Entries of steps 3 and 4: the start, the log's second name, the user's hooks, the kill."""

from dataclasses import dataclass

from .errors import StatusCode
from .hooks import Hook

__all__ = [
    "ExecFailed",
    "ExecRequested",
    "ExecSucceeded",
    "HookFailed",
    "HookSucceeded",
    "LogLinkFailed",
    "LogLinked",
    "ReferenceCleared",
    "StartFailed",
    "StartRequested",
    "StartSucceeded",
    "StopFailed",
    "StopRequested",
    "StopSucceeded",
]


@dataclass(frozen=True)
class StartRequested:
    """StartContainer is called."""

    container_id: str


@dataclass(frozen=True)
class StartSucceeded:
    """StartContainer answered: the container runs, or has run."""

    container_id: str


@dataclass(frozen=True)
class StartFailed:
    """StartContainer failed as far as its caller knows; `code` is None if it was no answer."""

    container_id: str
    code: StatusCode | None
    error: str


@dataclass(frozen=True)
class LogLinked:
    """The container's log has its second name."""

    link: str
    target: str


@dataclass(frozen=True)
class LogLinkFailed:
    """The second name of the container's log could not be made."""

    link: str
    error: str


@dataclass(frozen=True)
class ExecRequested:
    """ExecSync is called; a `timeout` of 0 is none."""

    container_id: str
    command: tuple[str, ...]
    timeout: int


@dataclass(frozen=True)
class ExecSucceeded:
    """ExecSync answered: the command has ended with this code."""

    container_id: str
    exit_code: int


@dataclass(frozen=True)
class ExecFailed:
    """ExecSync failed; `code` is None if it was no answer."""

    container_id: str
    code: StatusCode | None
    error: str


@dataclass(frozen=True)
class HookSucceeded:
    """A hook of the user has succeeded."""

    hook: Hook
    container_id: str


@dataclass(frozen=True)
class HookFailed:
    """A hook of the user has failed: what the user is told, and why."""

    hook: Hook
    container_id: str
    message: str
    error: str


@dataclass(frozen=True)
class StopRequested:
    """StopContainer is called, with the seconds of grace."""

    container_id: str
    timeout: int


@dataclass(frozen=True)
class StopSucceeded:
    """StopContainer answered: the container does not run."""

    container_id: str


@dataclass(frozen=True)
class StopFailed:
    """StopContainer failed as far as its caller knows; `code` is None if it was no answer."""

    container_id: str
    code: StatusCode | None
    error: str


@dataclass(frozen=True)
class ReferenceCleared:
    """ClearRef was called."""

    container_id: str
