"""Images in memory: an `ImageService` that behaves like containerd's."""

from collections.abc import Iterable

from .errors import InvalidImageNameError, RpcError, StatusCode
from .image_names import with_default_tag
from .messages import Image, ImageSpec

__all__ = ["MemoryImages"]


class MemoryImages:
    """The images that are `present`, and those that a `registry` could give."""

    def __init__(self, present: Iterable[Image] = (), registry: Iterable[Image] = ()) -> None:
        self._present = {image.id: image for image in present}
        self._registry = tuple(registry)

    def resolve(self, reference: str) -> Image:
        """The image that a tag, a digest or an id names. containerd 1.6.20, measured.

        Raises `RpcError`: NOT_FOUND, or UNKNOWN for an empty reference.
        """
        if not reference:
            raise RpcError(StatusCode.UNKNOWN, "ambiguous digest string")
        for image in self._present.values():
            if _names(image, reference):
                return image
        raise RpcError(StatusCode.NOT_FOUND, "not found")

    def list_images(self) -> tuple[Image, ...]:
        """All images that are present."""
        return tuple(self._present.values())

    def image_status(self, image: ImageSpec) -> Image | None:
        """The image, or None if it is absent.

        Raises `RpcError` for an empty reference; that wording is *inferred*.
        """
        try:
            return self.resolve(image.image)
        except RpcError as error:
            if error.code is StatusCode.NOT_FOUND:
                return None
            raise error.within(f'can not resolve "{image.image}" locally') from None

    def pull_image(self, image: ImageSpec) -> str:
        """Take the image from the registry; its id.

        Raises `RpcError`, code NOT_FOUND, if the registry lacks it; code and wording are
        *inferred*.
        """
        for candidate in self._registry:
            if _names(candidate, image.image):
                self._present[candidate.id] = candidate
                return candidate.id
        raise RpcError(
            StatusCode.NOT_FOUND,
            f'failed to pull and unpack image "{image.image}": '
            f'failed to resolve reference "{image.image}": {image.image}: not found',
        )

    def remove_image(self, image: ImageSpec) -> None:
        """Remove the image; removing an absent one succeeds."""
        found = self.image_status(image)
        if found is not None:
            del self._present[found.id]


def _names(image: Image, reference: str) -> bool:
    """Whether it is the image's id, or one of its names, with the tag that is meant where none is said."""
    names = (image.id, *image.repo_tags, *image.repo_digests)
    return reference in names or _tagged(reference) in map(_tagged, names)


def _tagged(reference: str) -> str:
    try:
        return with_default_tag(reference)
    except InvalidImageNameError:
        return reference
