"""One run of a body: what it reads of the state before the step, what it writes, how it ends.

A cell's *content* during a run is one integer: a number n >= 0 that the body wrote, or ~cell, the cell of
the state before the step, unread. Reading resolves a content and records the cell; copying moves it
unresolved. Reading what the body itself wrote is not a read.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from types import FrameType

from fsm.errors import Mistake, SpecError, Where
from fsm.packing import Layout

Classes = tuple[int, ...]  #: for each number of a cell, which class of its partition it is in
Read = tuple[int, Classes | None]  #: the cell that was read, and through which partition


class Refused(BaseException):
    """`require` was not met. Not an Exception, so that no body catches it by accident."""


class Bounded(BaseException):
    """`limit` was not met."""


class Run:
    """One run of one body on one state: what it read, what it wrote.

    Args:
        layout: where the cells lie.
        state: the packed state before the step.
        pure: whether this is a property, which may neither write nor `require`.
    """

    __slots__ = (
        "_divided",
        "_slots",
        "bounded",
        "error",
        "pure",
        "reads",
        "refused",
        "seen",
        "state",
        "written",
    )

    def __init__(self, layout: Layout, state: int, pure: bool = False) -> None:
        self._slots = layout.slots
        self.state = state
        self.pure = pure
        self.reads: list[Read] = []
        self.written: dict[int, int] = {}
        self.refused = False
        self.bounded = False
        self.error: SpecError | None = None
        self.seen: dict[int, int] = {}  #: the cells that were read whole, with their numbers
        self._divided: set[Read] = set()  # those that were looked at through a partition

    def read(self, content: int) -> int:
        """The number that a content stands for; a cell of the state before is recorded."""
        if content >= 0:
            return content
        number = self.seen.get(~content)
        return self.look(~content) if number is None else number

    def look(self, cell: int) -> int:
        """The number in a cell of the state before, which was not read so far."""
        slot = self._slots[cell]
        number = self.seen[cell] = self.state >> slot.shift & slot.mask
        self.reads.append((cell, None))
        return number

    def read_class(self, content: int, classes: Classes) -> int:
        """Which class of a partition a content is in; only that is recorded."""
        if content >= 0:
            return classes[content]
        cell = ~content
        if cell not in self.seen and (cell, classes) not in self._divided:
            self._divided.add((cell, classes))
            self.reads.append((cell, classes))
        slot = self._slots[cell]
        return classes[self.state >> slot.shift & slot.mask]

    def fail(self, message: str, frame: FrameType | None) -> SpecError:
        """The error to raise; it is remembered, so that a body that catches it gains nothing."""
        while frame is not None and frame.f_back is not None and is_between(frame):
            frame = frame.f_back
        where = Where(frame.f_code.co_filename, frame.f_lineno) if frame else Where()
        error = SpecError([Mistake(message, where)])
        self.error = self.error or error
        return error


def is_between(frame: FrameType) -> bool:
    """Whether a frame is no place to send somebody to: the standard library, what it generates, `fsm`."""
    if frame.f_code.co_filename == "<string>" and frame.f_code.co_name.startswith("__"):
        return True  # a method that `dataclass` wrote
    package, _, rest = str(frame.f_globals.get("__name__", "")).partition(".")
    return package in sys.stdlib_module_names or (package == "fsm" and not rest.startswith("specs"))


CURRENT: ContextVar[Run | None] = ContextVar("fsm_run", default=None)


def require(condition: object) -> None:
    """Inside an action: not enabled unless the condition holds.

    Args:
        condition: anything; its truth counts.

    Raises:
        SpecError: outside of an action, and in a property.

    >>> require(True)
    Traceback (most recent call last):
    ...
    fsm.errors.SpecError: `require` means something only inside an action of a spec that is being run
    """
    run = _running("require")
    if not condition:
        run.refused = True
        raise Refused


def limit(condition: object) -> None:
    """Inside an action: outside the bounds of this model unless the condition holds.

    The step is counted, verdicts then read "within bounds", and a state that only a limit stops is
    not stuck.

    Args:
        condition: anything; its truth counts.

    Raises:
        SpecError: outside of an action, and in a property.
    """
    run = _running("limit")
    if not condition:
        run.bounded = True
        raise Bounded


def _running(word: str) -> Run:
    run = CURRENT.get()
    if run is None:
        raise SpecError(f"`{word}` means something only inside an action of a spec that is being run")
    if run.pure:
        raise run.fail(
            f"`{word}` in a property: a property answers True or False; write `return not (...) or ...`",
            sys._getframe(2),
        )
    return run
