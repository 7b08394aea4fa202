"""What differs between versions of the kubelet, as values: one row a change, read from top to bottom.

    >>> version("1.20").name, version("v1.34.9").name
    ('1.19', '1.33')
    >>> version("1.31").created
    'Created container: {name}'

A row holds until the next one. The code asks a version for a mechanism by its name and never compares
numbers. Each row was read in one patch release of its minor version; in which patch a change came is known
only where the name has three numbers. Rows 1.25, 1.28, 1.30, 1.32 and 1.36 differ from their elders in what
`startContainer` calls: in what the image puller says and does, in a gate, in a field of the configuration.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

__all__ = ["V1_18", "VERSIONS", "CountRule", "HandlerRule", "ReferenceRule", "Version", "version"]


class ReferenceRule(Enum):
    """What becomes of the reference that an attempt makes to its container."""

    STORED = "made before create, stored after it, forgotten when the container is killed"
    NONE = "the attempt makes none; the image puller and each event make their own"
    FOR_IMAGE = "made before the image is ensured, and handed to the image puller only"


class CountRule(Enum):
    """What the restart count of a container without a status is taken from."""

    ZERO = "nothing: it is 0"
    LOGS_LOOSE = "log files, by a pattern that is not anchored; an error keeps what was counted so far"
    LOGS_STRICT = "log files, by an anchored pattern; too big a number is passed over, an error gives 0"


class HandlerRule(Enum):
    """Whether the runtime handler is looked up first, and what its failure says."""

    NONE = "it is not looked up"
    WITH_TEXT = "a failure returns a text and the error"
    BARE = "a failure returns an empty text and the error"


@dataclass(frozen=True)
class Version:
    """How `startContainer` behaves from version `name` on. Defaults are those of 1.17.

    Texts are formats: `{name}` is the container's name, `{image}` is the image as the pod writes it,
    quoted, `{took}` a duration as Go prints it, `{size}` a number of bytes.
    """

    name: str
    handler: HandlerRule = HandlerRule.NONE
    reference: ReferenceRule = ReferenceRule.STORED
    count_rule: CountRule = CountRule.ZERO
    target: bool = False  # getTargetID: ephemeral containers may name a target
    ephemeral_gate: bool = True  # the gate EphemeralContainers is asked
    user_specified_image: bool = False  # CreateContainer is told the image as the pod names it, too
    actuated_resources: bool = False
    pre_create: bool = False  # the internal hook between configuration and CreateContainer
    created: str = "Created container {name}"
    started: str = "Started container {name}"
    hook_event_tells: bool = True  # events of failed user hooks carry the hook's message
    hook_error_tells: bool = True  # the error value of a failed post-start hook carries its cause
    always_looks_first: bool = True  # policy Always looks for the image before it pulls
    pulled: str = "Successfully pulled image {image} in {took}"
    present_message: bool = False  # an image that is present is told in the message, too
    back_off_tells: bool = False  # the message of a pull back-off carries the pull's error


V1_17 = Version("1.17")
V1_18 = replace(V1_17, name="1.18", target=True)
V1_19 = replace(V1_18, name="1.19", reference=ReferenceRule.NONE)
V1_21 = replace(V1_19, name="1.21", pre_create=True)
V1_21_6 = replace(V1_21, name="1.21.6", count_rule=CountRule.LOGS_LOOSE)
V1_22 = replace(V1_21_6, name="1.22", hook_error_tells=False)
V1_25 = replace(
    V1_22,
    name="1.25",
    ephemeral_gate=False,
    pulled="Successfully pulled image {image} in {took} ({took} including waiting)",
)
V1_26 = replace(V1_25, name="1.26", hook_event_tells=False)
V1_27 = replace(V1_26, name="1.27", count_rule=CountRule.LOGS_STRICT)
V1_28 = replace(V1_27, name="1.28", user_specified_image=True)
V1_29 = replace(V1_28, name="1.29", handler=HandlerRule.WITH_TEXT)
V1_30 = replace(V1_29, name="1.30", pulled=f"{V1_29.pulled}. Image size: {{size}} bytes.")
V1_31 = replace(
    V1_30,
    name="1.31",
    handler=HandlerRule.BARE,
    reference=ReferenceRule.FOR_IMAGE,
    created="Created container: {name}",
)
V1_32 = replace(V1_31, name="1.32", present_message=True, back_off_tells=True)
V1_33 = replace(V1_32, name="1.33", actuated_resources=True)
V1_35 = replace(V1_33, name="1.35", created="Container created", started="Container started")
V1_36 = replace(V1_35, name="1.36", always_looks_first=False)

VERSIONS = (
    V1_17,
    V1_18,
    V1_19,
    V1_21,
    V1_21_6,
    V1_22,
    V1_25,
    V1_26,
    V1_27,
    V1_28,
    V1_29,
    V1_30,
    V1_31,
    V1_32,
    V1_33,
    V1_35,
    V1_36,
)
"""Every row, oldest first."""

_NEWEST = (1, 36)
_TEXT = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


def version(text: str) -> Version:
    """The version that `text` belongs to: `1.20`, `1.21.6` or `v1.18.6`.

    Without a patch number it is the first patch of its minor version. Raises ValueError for what is no
    version, and for one outside of what was read: 1.17 to 1.36.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no Kubernetes version: write 1.20, or 1.21.6, or v1.18.6")
    asked = _numbers(text)
    if not _numbers(VERSIONS[0].name) <= asked < (_NEWEST[0], _NEWEST[1] + 1):
        newest = ".".join(map(str, _NEWEST))
        raise ValueError(
            f"Kubernetes {text} was not read: the port knows {VERSIONS[0].name} to {newest}; "
            "choose one of these"
        )
    return [row for row in VERSIONS if _numbers(row.name) <= asked][-1]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.removeprefix("v").split(".")))
