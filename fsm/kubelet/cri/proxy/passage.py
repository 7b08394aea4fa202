"""One call on its way through the proxy, and its line in the record.

    {"n": 30, "t": 1795445244.82, "svc": "runtime.v1.RuntimeService", "call": "CreateContainer", "nth": 1,
     "deadline_s": 120.0, "req": {…}, "fault": {…}, "upstream": ["OK", "", {…}], "ms": 36.8,
     "code": "DEADLINE_EXCEEDED", "details": "context deadline exceeded", "resp": {…}}

`code` and `details` are what the caller was told; where the runtime answered something else, that is
`upstream`. `resp` is the runtime's reply, whether or not the caller got it. A call that was broken off before
the runtime answered has neither, and nobody knows what the runtime made of it.

A line without `n` is a note, which readers of calls skip: a call of another service than the CRI's, `of` the
same numbering, and every message of a stream, with the number of its call.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from .hpack import Header
from .names import NOBODY, Who
from .reading import Method, as_json, read
from .rules import Rule

if TYPE_CHECKING:
    from .caller import Caller

__all__ = ["CUT", "Outcome", "Passage"]

SERVICES = ("runtime.v1.", "runtime.v1alpha2.")

# A caller that gives up this late does so since its own clock says that the time is over, which is inferred:
# it does not tell. gRPC rounds the deadline that it sends up, by a hundredth at most.
LATE = 0.02  # seconds
SHARE = 0.01  # of the deadline


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    Args:
        code: the name of the gRPC code.
        details: the text beside it.
        reply: the message on the wire, of a call that has one.
        message: the same as it was read, if it could be.
        shown: the same for the record.
        leading, trailing: the runtime's headers; a status that comes alone is in the leading ones.
    """

    code: str
    details: str = ""
    reply: bytes = b""
    message: Message | None = None
    shown: Any = None
    leading: Sequence[Header] = ()
    trailing: Sequence[Header] = ()

    def says(self, other: "Outcome") -> bool:
        """Whether a caller is told the same."""
        return (self.code, self.details, self.reply) == (other.code, other.details, other.reply)


CUT = Outcome("UNAVAILABLE", "the connection was cut")


@dataclass(eq=False)
class Passage:
    """A call that is under way.

    Args:
        number: in order of sending, from 1.
        nth: which of the calls of its method.
        caller: who made it.
        task: what serves it.
        raw: its message; None of a stream.

    Attributes:
        request: the message as it was read, until it is shown.
        shown: the message for the record.
        who: whom it is about.
        fault: the rule that fires at it.
        told: what the runtime answered.
        broken: why the proxy breaks it off: `cut`, `late`, `ended`, or an empty text.
        messages: of a stream: how many went to the runtime, and to the caller.
        held: whether it waits for a fault's sake.
    """

    number: int
    method: Method
    nth: int
    caller: "Caller"
    task: "asyncio.Task[Any] | None"
    raw: bytes | None = None
    sent: float = field(default_factory=time.time)
    began: float = field(default_factory=time.perf_counter)
    request: Message | None = None
    shown: Any = None
    who: Who = NOBODY
    fault: Rule | None = None
    told: Outcome | None = None
    broken: str = ""
    messages: list[int] = field(default_factory=lambda: [0, 0])
    held: bool = False

    def __post_init__(self) -> None:
        if self.raw is not None:
            self.request = read(self.method.request, self.raw)

    @property
    def left(self) -> float | None:
        """The seconds that the caller gave it."""
        return self.caller.left

    @property
    def elapsed(self) -> float:
        """Seconds since it came."""
        return time.perf_counter() - self.began

    @property
    def remaining(self) -> float | None:
        """Seconds until the caller's deadline."""
        return None if self.left is None else max(self.left - self.elapsed, 0.0)

    def has(self, *actions: str) -> bool:
        """Whether its fault is one of these."""
        return self.fault is not None and self.fault.action in actions

    def show(self) -> None:
        """Read the request for the record."""
        if self.raw is not None and self.shown is None:
            self.shown = as_json(self.request, self.raw)
            self.raw = self.request = None

    def break_off(self, why: str) -> None:
        """Break it off: `late`, since its deadline has passed, or `ended`, since the proxy ends."""
        self.broken = why
        if self.task is not None:
            self.task.cancel()

    def broken_off(self) -> Outcome:
        """How it ended when it was broken off: by the proxy, by its deadline, or by its caller."""
        if self.broken == "cut":
            return CUT
        late = self.left is not None and self.left - self.elapsed <= LATE + SHARE * self.left
        if self.broken == "late" or late:
            return Outcome("DEADLINE_EXCEEDED", "context deadline exceeded")
        if self.broken == "ended":
            return Outcome("UNAVAILABLE", "the proxy was ended")
        return Outcome("CANCELLED", "the caller cancelled")

    def entry(self, outcome: Outcome) -> dict[str, Any]:
        """The line in the record."""
        self.show()
        cri = self.method.service.startswith(SERVICES)
        line: dict[str, Any] = {"n": self.number} if cri else {"note": "call", "of": self.number}
        line |= {
            "t": round(self.sent, 4),
            "svc": self.method.service,
            "call": self.method.name,
            "nth": self.nth,
            "deadline_s": None if self.left is None else round(self.left, 2),
        }
        if self.shown is not None:
            line["req"] = self.shown
        if self.fault is not None:
            line["fault"] = self.fault.data()
        if self.told is not None and not outcome.says(self.told):
            line["upstream"] = [self.told.code, self.told.details, self.told.shown]
        if not self.method.unary:
            line["messages"] = self.messages
        line |= {"ms": round(self.elapsed * 1000, 1), "code": outcome.code}
        if outcome.details:
            line["details"] = outcome.details
        answer = self.told or outcome
        if answer.shown is not None:
            line["resp"] = answer.shown
        return line
