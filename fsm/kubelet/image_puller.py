"""The image puller: has an image present, or says why it is not.

`EnsureImageExists` in pkg/kubelet/images/image_manager.go, as read in v1.19 (v1.17 and v1.18 are taken to be
the same), and where a `Version` says so in later ones. Its events are about the container, but they go to the
recorder directly; without a reference each is a line in the log instead.

    the name cannot be read            InspectFailed        InvalidImageName
    the runtime cannot say             InspectFailed        ImageInspectError
    present, and the policy is content Pulled               -
    absent, policy Never               ErrImageNeverPull    ErrImageNeverPull
    a pull failed not long ago         BackOff (Normal)     ImagePullBackOff
    pulled                             Pulling, Pulled      -
    the pull fails                     Pulling, Failed      ErrImagePull, or the registry's error

*Inferred*: how the registry's own errors are told from others, and the form in which a back-off carries the
error of the pull before (v1.32).
"""

from dataclasses import dataclass
from typing import NamedTuple

from .attempt import Attempt
from .errors import ERRORS, InvalidImageNameError, StartError, status_message
from .events import (
    BACK_OFF_PULL_IMAGE,
    FAILED_TO_INSPECT_IMAGE,
    FAILED_TO_PULL_IMAGE,
    IMAGE_NEVER_PULL,
    PULLED_IMAGE,
    PULLING_IMAGE,
    Event,
    EventType,
)
from .go_text import duration, quote
from .image_names import with_default_tag
from .messages import ImageSpec
from .pod import pod_text
from .references import ObjectReference
from .version import ReferenceRule

__all__ = ["ImageResult", "ensure_image_exists"]

_REGISTRY_ERRORS = (StartError.REGISTRY_UNAVAILABLE, StartError.SIGNATURE_VALIDATION_FAILED)


class ImageResult(NamedTuple):
    """An image's id, or an error; with either, perhaps a message."""

    image_ref: str
    message: str
    error: StartError | None


def ensure_image_exists(attempt: Attempt, reference: ObjectReference | None, handler: str) -> ImageResult:
    """Have the image of the attempt's container present.

    `reference` is the caller's from v1.31 on; before, the puller makes its own and asks nobody. `handler`
    is the runtime handler, empty where none was looked up.
    """
    if attempt.version.reference is not ReferenceRule.FOR_IMAGE:
        reference = _own_reference(attempt)
    return _Puller(attempt, reference, handler).ensure()


def _own_reference(attempt: Attempt) -> ObjectReference | None:
    try:
        return attempt.seams.make_image_reference(attempt.pod, attempt.container)
    except ERRORS as error:
        attempt.seams.logger.error(
            "Couldn't make a ref to pod %s, container %s: %s",
            pod_text(attempt.pod),
            attempt.container.name,
            error,
        )
        return None


@dataclass(frozen=True)
class _Puller:
    attempt: Attempt
    reference: ObjectReference | None
    handler: str

    @property
    def image(self) -> str:
        return self.attempt.container.image

    @property
    def policy(self) -> str:
        return self.attempt.container.image_pull_policy

    def ensure(self) -> ImageResult:
        seams, version = self.attempt.seams, self.attempt.version
        try:
            spec = ImageSpec(with_default_tag(self.image), runtime_handler=self.handler)
        except InvalidImageNameError as error:
            message = f"Failed to apply default image tag {quote(self.image)}: {error}"
            self.tell(EventType.WARNING, FAILED_TO_INSPECT_IMAGE, message)
            return ImageResult("", message, StartError.INVALID_IMAGE_NAME)

        found = None
        if self.policy != "Always" or version.always_looks_first:
            try:
                found = seams.images.image_status(spec)
            except ERRORS as error:
                message = f"Failed to inspect image {quote(self.image)}: {error}"
                self.tell(EventType.WARNING, FAILED_TO_INSPECT_IMAGE, message)
                return ImageResult("", message, StartError.IMAGE_INSPECT)

        if found is not None and self.policy != "Always":
            message = f"Container image {quote(self.image)} already present on machine"
            self.tell(EventType.NORMAL, PULLED_IMAGE, message)
            return ImageResult(found.id, message if version.present_message else "", None)
        if self.policy == "Never":
            message = f"Container image {quote(self.image)} is not present with pull policy of Never"
            self.tell(EventType.WARNING, IMAGE_NEVER_PULL, message)
            return ImageResult("", message, StartError.IMAGE_NEVER_PULL)
        return self.pull(spec)

    def pull(self, spec: ImageSpec) -> ImageResult:
        seams, version = self.attempt.seams, self.attempt.version
        key = f"{self.attempt.pod.uid}_{self.image}"
        if seams.back_off.active(key, seams.clock()):
            message = f"Back-off pulling image {quote(self.image)}"
            self.tell(EventType.NORMAL, BACK_OFF_PULL_IMAGE, message)
            cause = seams.back_off.cause(key)
            if version.back_off_tells and cause:
                message = f"{message}: {cause}"
            return ImageResult("", message, StartError.IMAGE_PULL_BACK_OFF)

        self.tell(EventType.NORMAL, PULLING_IMAGE, f"Pulling image {quote(self.image)}")
        began = seams.clock()
        try:
            image_ref = seams.images.pull_image(spec)
        except ERRORS as error:
            text = str(error)
            self.tell(
                EventType.WARNING, FAILED_TO_PULL_IMAGE, f"Failed to pull image {quote(self.image)}: {text}"
            )
            reason = _pull_error(error)
            seams.back_off.next(key, seams.clock(), cause=f"{reason}: {text}")
            return ImageResult("", text, reason)

        took = duration(seams.clock() - began)
        size = self.size(spec) if "{size}" in version.pulled else 0
        message = version.pulled.format(image=quote(self.image), took=took, size=size)
        self.tell(EventType.NORMAL, PULLED_IMAGE, message)
        return ImageResult(image_ref, "", None)

    def size(self, spec: ImageSpec) -> int:
        """The size of an image that was pulled; 0 if nobody can say."""
        try:
            found = self.attempt.seams.images.image_status(spec)
        except ERRORS:
            return 0
        return 0 if found is None else found.size

    def tell(self, type_: EventType, reason: str, message: str) -> None:
        if self.reference is None:
            level = self.attempt.seams.logger.warning
            if type_ is EventType.NORMAL:
                level = self.attempt.seams.logger.info
            level("%s/%s: %s", self.attempt.pod.name, self.image, message)
            return
        self.attempt.seams.events.recorder.event(Event(self.reference, type_, reason, message))


def _pull_error(error: Exception) -> StartError:
    """The registry's own errors are told by the beginning of their text."""
    text = status_message(error)
    for known in _REGISTRY_ERRORS:
        if text.startswith(known.value):
            return known
    return StartError.IMAGE_PULL
