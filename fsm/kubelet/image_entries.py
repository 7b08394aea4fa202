"""Entries of steps 0 and 1: the runtime handler, the reference of the puller, the image."""

from dataclasses import dataclass

from .errors import StatusCode
from .references import ObjectReference

__all__ = [
    "HandlerFailed",
    "HandlerFound",
    "ImageInspectFailed",
    "ImageInspected",
    "ImageReferenceFailed",
    "ImageReferenceMade",
    "PullFailed",
    "PullRequested",
    "PullSucceeded",
]


@dataclass(frozen=True)
class HandlerFound:
    """The runtime handler was looked up."""

    handler: str


@dataclass(frozen=True)
class HandlerFailed:
    """The runtime handler could not be looked up."""

    error: str


@dataclass(frozen=True)
class ImageReferenceMade:
    """The image puller has a reference of its own."""

    reference: ObjectReference


@dataclass(frozen=True)
class ImageReferenceFailed:
    """The image puller has no reference: it tells its log what would be events."""

    error: str


@dataclass(frozen=True)
class ImageInspected:
    """ImageStatus answered: an image id, or None where the image is absent."""

    image: str
    image_ref: str | None


@dataclass(frozen=True)
class ImageInspectFailed:
    """ImageStatus failed; `code` is None if it was no answer."""

    image: str
    code: StatusCode | None
    error: str


@dataclass(frozen=True)
class PullRequested:
    """PullImage is called."""

    image: str


@dataclass(frozen=True)
class PullSucceeded:
    """PullImage answered with an image id."""

    image_ref: str


@dataclass(frozen=True)
class PullFailed:
    """PullImage failed; `code` is None if it was no answer."""

    code: StatusCode | None
    error: str
