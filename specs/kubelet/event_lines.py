"""What an event of a container says, and what a user sees of it: texts, numbers, and lines.

An event is its text (reason and message) and its number, its place in the order of emission. Equal events
are one line with a count, and different ones of `Failed` may be combined under one text.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal

EVENTS = 4  # emitted at most: two attempts, or the bucket emptied and one attempt


class Text(Enum):
    """Reason and message: what makes two events of a container equal."""

    CREATED = "Created: Created container NAME"
    STARTED = "Started: Started container NAME"
    NO_IMAGE = "Failed: Error: ErrImageNeverPull"
    NO_START = "Failed: Error: (why it did not start)"
    BACK_OFF = "BackOff: Back-off restarting failed container"
    KILLING = "Killing: (why it is killed)"
    COMBINED = "Failed: (combined from similar events): (the last of them)"  # made by the correlator only


FAILED = (Text.NO_IMAGE, Text.NO_START)
SINGLE = (
    Text.CREATED,
    Text.STARTED,
    Text.BACK_OFF,
    Text.KILLING,
)  # one message for each reason: never combined

Failure = Literal[Text.NO_IMAGE, Text.NO_START]
Single = Literal[Text.CREATED, Text.STARTED, Text.BACK_OFF, Text.KILLING]
Number = Annotated[int, range(EVENTS)]  # of an event: its place in the order of emission
Count = Annotated[int, range(EVENTS + 1)]
Name = Annotated[int, range(2 * EVENTS)]
"""A line's name ends in the nanosecond at which it was made. Event n has 2n, and what the correlator makes
while k events are emitted has 2k - 1, which lies between."""


@dataclass(frozen=True)
class Line:
    """A line of `kubectl get events`.

    Args:
        name: of the event that it was made for; it never changes.
        last: the number of the event written last, which `lastTimestamp` is taken from.
        count: how often, as the kubelet has counted.
    """

    name: Name = 0
    last: Number = 0
    count: Count = 0


@dataclass(frozen=True)
class Counted:
    """What the kubelet remembers of equal events (`eventLogger`): the first one's name, and how many came."""

    name: Name = 0
    count: Count = 0


@dataclass(frozen=True)
class Write:
    """What is being written: an event, and the line that it goes to."""

    number: Number = 0
    line: Text = Text.CREATED
