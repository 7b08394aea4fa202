"""The first steps of a call: the runtime handler, the reference to the container, and the image.

Where the reference comes, and whether there is one, is what versions differ in; without one the image puller
of the newer versions tells nothing.
"""

from fsm import action, require

from .start_call import Call
from .start_events import Error, Event, Text, event_of
from .start_phases import Phase
from .versions import BackOffText, HandlerLookUp, ReferenceUse

BEFORE_IMAGE = (Phase.PENDING, Phase.HANDLER_FOUND, Phase.REF_GENERATED)  # whichever is last on the route


class Image(Call):
    """The actions up to the image."""

    # step 0: the runtime handler (`RuntimeClassInImageCriAPI`, off by default)

    @action(Phase.PENDING, sender="kubelet", receiver="kubelet")
    def look_up_handler(self, asked: bool) -> None:
        """The pod's runtime class names a handler; asked only behind its gate, and of a pod with a class."""
        self.phase = Phase.HANDLER_FOUND

    @action(Phase.PENDING, fault=True, sender="kubelet", receiver="kubelet")
    def handler_is_unknown(self) -> None:
        """The look-up fails: no event, and the error as it is; the text with it is gone in 1.31."""
        tells = self.VERSION.handler_look_up is HandlerLookUp.TELLS
        self.end_with(Error.HANDLER, Text.HANDLER if tells else Text.NONE)

    # the reference

    @action(Phase.HANDLER_FOUND, Phase.IMAGE_READY, sender="kubelet", receiver="kubelet")
    def generate_ref(self) -> None:
        """`GenerateContainerRef` makes the reference."""
        self.step_to(Phase.REF_GENERATED)
        self.ref_made = True
        self.phase = Phase.REF_GENERATED

    @action(Phase.HANDLER_FOUND, Phase.IMAGE_READY, fault=True, sender="kubelet", receiver="kubelet")
    def generate_ref_fails(self) -> None:
        """No reference: logged, and nothing more. Hypothetical: no real pod makes it fail since 1.17.1.

        Events of the function are not muted by it: `recordContainerEvent` makes a reference of its own. From
        1.31 on those of the image puller are: it was to use this one.
        """
        self.step_to(Phase.REF_GENERATED)
        self.phase = Phase.REF_GENERATED

    # step 1: the image (`EnsureImageExists`, `pkg/kubelet/images/image_manager.go`)

    @action(*BEFORE_IMAGE, sender="kubelet", receiver="images")
    def image_is_present(self) -> None:
        """The image is there, and the policy does not ask for another pull.

        A back-off is not followed any further: the image would have to go away again while it lasts.
        """
        self.step_to(Phase.IMAGE_READY)
        self.pull_failed = False
        self.puller_emits(Event.PRESENT)
        self.phase = Phase.IMAGE_READY

    @action(*BEFORE_IMAGE, sender="kubelet", receiver="images")
    def pull_image(self) -> None:
        """The image is pulled; where a pull had failed, its back-off has expired."""
        self.step_to(Phase.IMAGE_READY)
        self.pull_failed = False
        self.puller_emits(Event.PULLING, event_of(self.VERSION.pulled_text))
        self.phase = Phase.IMAGE_READY

    @action(*BEFORE_IMAGE, fault=True, sender="kubelet", receiver="kubelet")
    def image_name_is_invalid(self) -> None:
        """The image's name cannot be parsed."""
        self.step_to(Phase.IMAGE_READY)
        self.puller_emits(Event.INVALID_NAME)
        self.fail(Error.INVALID_IMAGE_NAME, Event.ERROR_INVALID_NAME, Text.INVALID_NAME)

    @action(*BEFORE_IMAGE, fault=True, sender="images", receiver="kubelet")
    def image_is_not_inspected(self) -> None:
        """CRI `ImageStatus` answers an error."""
        self.step_to(Phase.IMAGE_READY)
        self.puller_emits(Event.NOT_INSPECTED)
        self.fail(Error.IMAGE_INSPECT, Event.ERROR_NOT_INSPECTED, Text.NOT_INSPECTED)

    @action(*BEFORE_IMAGE, fault=True, sender="kubelet", receiver="kubelet")
    def image_is_never_pulled(self) -> None:
        """The image is not there, and the policy is Never."""
        self.step_to(Phase.IMAGE_READY)
        self.puller_emits(Event.NEVER_PULLED)
        self.fail(Error.IMAGE_NEVER_PULL, Event.ERROR_NEVER_PULLED, Text.NEVER_PULLED)

    @action(*BEFORE_IMAGE, sender="kubelet", receiver="kubelet")
    def pull_backs_off(self) -> None:
        """A pull has failed, and its back-off has not expired: nothing is tried, and the event is Normal."""
        self.step_to(Phase.IMAGE_READY)
        require(self.pull_failed)
        self.puller_emits(Event.BACK_OFF)
        tells = self.VERSION.back_off_text is BackOffText.TELLS_WHY
        text = Text.BACK_OFF_TELLS_WHY if tells else Text.BACK_OFF
        self.fail(Error.IMAGE_PULL_BACK_OFF, Event.ERROR_BACK_OFF, text)

    @action(*BEFORE_IMAGE, fault=True, sender="images", receiver="kubelet")
    def pull_fails(self) -> None:
        """CRI `PullImage` answers an error; the next pull backs off for 10 s, and twice that each time."""
        self.step_to(Phase.IMAGE_READY)
        self.pull_failed = True
        self.puller_emits(Event.PULLING, Event.PULL_FAILED)
        self.fail(Error.IMAGE_PULL, Event.ERROR_PULL_FAILED, Text.PULL_FAILED)

    def puller_emits(self, *events: Event) -> None:
        """The image puller needs a reference for its events; up to 1.30 it makes its own."""
        if self.ref_made or self.VERSION.reference is not ReferenceUse.FOR_PULLER:
            self.emit(*events)
