"""Entries of step 2: everything up to a created container whose hooks have passed."""

from dataclasses import dataclass

from .errors import StatusCode
from .messages import ContainerConfig
from .references import ObjectReference

__all__ = [
    "ConfigFailed",
    "ConfigGenerated",
    "CreateFailed",
    "CreateRequested",
    "CreateSucceeded",
    "LogDirectoryFailed",
    "LogDirectoryListed",
    "PreCreateFailed",
    "PreCreateSucceeded",
    "PreStartFailed",
    "PreStartSucceeded",
    "ReferenceFailed",
    "ReferenceMade",
    "ReferenceStored",
    "ResourcesActuated",
    "ResourcesFailed",
    "TargetMissing",
    "TargetResolved",
]


@dataclass(frozen=True)
class ReferenceMade:
    """The attempt has its reference."""

    reference: ObjectReference


@dataclass(frozen=True)
class ReferenceFailed:
    """The attempt goes on without a reference."""

    error: str


@dataclass(frozen=True)
class LogDirectoryListed:
    """The log directory was read, to count what is in it."""

    path: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class LogDirectoryFailed:
    """The log directory is there and cannot be read."""

    path: str
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
class ResourcesActuated:
    """The container's resources are written down."""


@dataclass(frozen=True)
class ResourcesFailed:
    """The container's resources could not be written down."""

    error: str


@dataclass(frozen=True)
class PreCreateSucceeded:
    """The internal hook accepted the configuration, perhaps with changes."""


@dataclass(frozen=True)
class PreCreateFailed:
    """The internal hook refused the configuration."""

    error: str


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
class ReferenceStored:
    """SetRef was called."""

    container_id: str
    reference: ObjectReference
