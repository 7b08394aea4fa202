"""Images in memory: an `ImageService` that behaves like containerd's."""

import re
from collections.abc import Iterable
from hashlib import sha256

from .errors import InvalidImageNameError, RpcError, StatusCode
from .image_names import with_default_tag
from .messages import Image, ImageSpec

__all__ = ["MemoryImages", "image_of"]


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

        Raises `RpcError` for an empty reference. containerd 1.6.20, measured.
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


def image_of(text: str) -> Image:
    """An image from its names, in which the first one makes the id.

    Args:
        text: names with commas between; one with `@` is a digest, one without a tag has `latest`. Further
            `user=UID` or `user=NAME`, and `size=BYTES`.

    Raises:
        InvalidImageNameError: for what is none of this.

    Example:
        >>> image = image_of("app:1,app,user=1000")
        >>> image.id[:15], image.repo_tags, image.uid, image.size
        ('sha256:d2bb92ca', ('app:1', 'app:latest'), 1000, 1)
    """
    names, facts = [], {"user": "", "size": "1"}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if not equals:
            names.append(with_default_tag(part))
        elif key in facts and value and (key == "user" or re.fullmatch("[0-9]{1,19}", value)):
            facts[key] = value
        else:
            raise InvalidImageNameError(f"{part!r} says nothing of an image: write user=1000 or size=5000000")
    if not names:
        raise InvalidImageNameError(f"{text!r} has no name of an image: write a name first, such as app:1")
    user = facts["user"]
    is_number = re.fullmatch("[0-9]{1,10}", user) is not None
    return Image(
        id=f"sha256:{sha256(names[0].encode()).hexdigest()}",
        repo_tags=tuple(name for name in names if "@" not in name),
        repo_digests=tuple(name for name in names if "@" in name),
        size=int(facts["size"]),
        uid=int(user) if is_number else None,
        username="" if is_number else user,
    )


def _names(image: Image, reference: str) -> bool:
    """Whether it is the image's id, or one of its names, with the tag that is meant where none is said."""
    names = (image.id, *image.repo_tags, *image.repo_digests)
    return reference in names or _tagged(reference) in map(_tagged, names)


def _tagged(reference: str) -> str:
    try:
        return with_default_tag(reference)
    except InvalidImageNameError:
        return reference
