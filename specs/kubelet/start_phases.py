"""The phases of a call of `startContainer`, and which of them a version goes through: its route.

phase           what has been done                      in
Pending         a sync has begun                        all versions
HandlerFound    the runtime handler is known            1.29 on
RefGenerated    a reference to the container            up to 1.18, after the image; 1.31 on, before it
ImageReady      the image is there                      all
Counted         the restart count is known              all
Configured      a config, perhaps a clean-up            all
Actuated        resources written to a checkpoint       1.33 on
PreCreated      the pre-create hook has passed          1.21 on
Created         container in the runtime                all
PreStarted      `Created` event, `SetRef` up to 1.18    all
Started         `Started` event, perhaps a log link     all
HookFailed      the post-start hook has failed          all
Succeeded       no error returned                       all
Failed          an error returned                       all
"""

from enum import Enum

from .versions import HandlerLookUp, ReferenceUse, Version


class Phase(Enum):
    """How far the call has come."""

    PENDING = "Pending"
    HANDLER_FOUND = "HandlerFound"
    REF_GENERATED = "RefGenerated"
    IMAGE_READY = "ImageReady"
    COUNTED = "Counted"
    CONFIGURED = "Configured"
    ACTUATED = "Actuated"
    PRE_CREATED = "PreCreated"
    CREATED = "Created"
    PRE_STARTED = "PreStarted"
    STARTED = "Started"
    HOOK_FAILED = "HookFailed"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


ENDED = frozenset({Phase.SUCCEEDED, Phase.FAILED})


def route_of(version: Version) -> tuple[Phase, ...]:
    """The phases of a call that succeeds, in their order.

    >>> from .versions import version
    >>> [phase.value for phase in route_of(version("1.19"))][:4]
    ['Pending', 'ImageReady', 'Counted', 'Configured']
    """
    steps = (
        (Phase.PENDING, True),
        (Phase.HANDLER_FOUND, version.handler_look_up is not HandlerLookUp.NONE),
        (Phase.REF_GENERATED, version.reference is ReferenceUse.FOR_PULLER),
        (Phase.IMAGE_READY, True),
        (Phase.REF_GENERATED, version.reference is ReferenceUse.STORED),
        (Phase.COUNTED, True),
        (Phase.CONFIGURED, True),
        (Phase.ACTUATED, version.actuated_resources),
        (Phase.PRE_CREATED, version.pre_create),
        (Phase.CREATED, True),
        (Phase.PRE_STARTED, True),
        (Phase.STARTED, True),
        (Phase.SUCCEEDED, True),
    )
    return tuple(phase for phase, taken in steps if taken)
