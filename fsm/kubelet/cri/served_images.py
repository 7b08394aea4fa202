"""The calls of `ImageService`, each from its request into its answer; see `served_runtime`."""

# ruff: noqa: ARG002  (a call is given its request and its answer, and need not look at either)

import time
from typing import Any

from .. import messages as cri
from ..runtime import ImageService
from .convert import fill, read
from .served_messages import said

__all__ = ["ServedImages"]


class ServedImages:
    """The answers of `images`, as `runtime.v1` and `runtime.v1alpha2` have them."""

    def __init__(self, images: ImageService) -> None:
        self._images = images

    def list_images(self, request: Any, answer: Any) -> None:
        """All images, or the one that is asked for."""
        wanted = read(cri.ImageSpec, request.filter.image)
        found: Any = self._images.list_images()
        if wanted.image:
            one = self._images.image_status(wanted)
            found = () if one is None else (one,)
        for image in found:
            _image(answer.images.add(), image)

    def image_status(self, request: Any, answer: Any) -> None:
        """The image; an absent one is no error and leaves the answer empty."""
        image = self._images.image_status(read(cri.ImageSpec, request.image))
        if image is not None:
            _image(answer.image, image)
            if request.verbose:
                answer.info["info"] = said(layers=0)

    def pull_image(self, request: Any, answer: Any) -> None:
        """The id of an image that is known; NOT_FOUND for any other."""
        answer.image_ref = self._images.pull_image(read(cri.ImageSpec, request.image))

    def remove_image(self, request: Any, answer: Any) -> None:
        """Succeeds for an absent image too."""
        self._images.remove_image(read(cri.ImageSpec, request.image))

    def image_fs_info(self, request: Any, answer: Any) -> None:
        """One filesystem, that of `/`, which the images fill as much as they say."""
        images = self._images.list_images()
        usage = answer.image_filesystems.add(timestamp=time.time_ns())
        usage.fs_id.mountpoint = "/"
        usage.used_bytes.value = sum(image.size for image in images)
        usage.inodes_used.value = len(images)


def _image(message: Any, image: cri.Image) -> None:
    fill(message, image)
    message.spec.image = (*image.repo_tags, *image.repo_digests, image.id)[0]
