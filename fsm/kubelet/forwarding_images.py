"""An image service that hands every call to another one, and a place to step in between."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from . import messages as cri
from .runtime import ImageService

__all__ = ["IMAGE_METHODS", "ForwardingImages"]

T = TypeVar("T")

IMAGE_METHODS = frozenset(name for name in vars(ImageService) if not name.startswith("_"))
"""The names of the calls of an `ImageService`."""


class ForwardingImages:
    """An `ImageService` that calls `inner`; what stands in between overrides `_forward`."""

    def __init__(self, inner: ImageService) -> None:
        self.inner = inner

    def _forward(self, method: str, call: Callable[[], T]) -> T:  # noqa: ARG002
        return call()

    def list_images(self) -> Sequence[cri.Image]:
        """As `ImageService` says."""
        return self._forward("list_images", self.inner.list_images)

    def image_status(self, image: cri.ImageSpec) -> cri.Image | None:
        """As `ImageService` says."""
        return self._forward("image_status", lambda: self.inner.image_status(image))

    def pull_image(self, image: cri.ImageSpec) -> str:
        """As `ImageService` says."""
        return self._forward("pull_image", lambda: self.inner.pull_image(image))

    def remove_image(self, image: cri.ImageSpec) -> None:
        """As `ImageService` says."""
        self._forward("remove_image", lambda: self.inner.remove_image(image))
