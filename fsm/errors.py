"""What can go wrong, as a tree.

    FsmError                       everything that this package raises on purpose
    ├── SpecError                  a spec that is not one: every mistake found, each with its place
    ├── TargetError                a name on the command line that leads to no spec
    ├── LogError                   a recording that cannot be read, with the line
    ├── AdapterError               an adapter that does not fit its spec
    ├── EventError                 an event that a running machine does not accept
    ├── NonConformance             an implementation that does not do what its spec says
    └── Violation                  a verdict that `assert_holds` was asked to insist on

Each message says what was written, why it cannot be, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Where:
    """A place in a source file.

    Args:
        file: the path as Python knows it, or `""` where there is no file (a REPL).
        line: counted from 1, or 0 where it is not known.
    """

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        if not self.file:
            return "<unknown>"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in a spec, and where."""

    message: str
    where: Where = Where()

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where.file else self.message


class FsmError(Exception):
    """Everything that `fsm` raises on purpose."""


class SpecError(FsmError):
    """A spec that cannot be used.

    Args:
        mistakes: all that was found wrong, in source order; never empty.

    Attributes:
        state: the packed state in which a body went wrong while exploring; a note then shows the way there.
    """

    state: int | None = None

    def __init__(self, mistakes: Sequence[Mistake] | str) -> None:
        if isinstance(mistakes, str):
            mistakes = [Mistake(mistakes)]
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


class TargetError(FsmError):
    """A target (`file.py`, `file.py::Spec`, `package.module:Spec`) that leads to no spec."""


class LogError(FsmError):
    """A recording that cannot be read."""


class AdapterError(FsmError):
    """An adapter that does not fit the spec that it is to be tested against."""


class EventError(FsmError):
    """An event that no transition of the running machine accepts."""


class Violation(FsmError, AssertionError):  # noqa: N818 - it is the verdict's own word
    """A report or verdict that does not hold, raised by `assert_holds`."""


class NonConformance(FsmError, AssertionError):  # noqa: N818 - it is the verdict's own word
    """An implementation that does not do what its spec says, with a program that shows it.

    Args:
        text: all that is to be said.
        hung: whether it is that a call did not come back.
    """

    def __init__(self, text: str, hung: bool = False) -> None:
        super().__init__(text)
        self.hung = hung


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, or all of them.

    >>> did_you_mean("creat", ["create", "start"])
    'did you mean `create`?'
    >>> did_you_mean("zzz", ["create", "start"])
    'there are: `create`, `start`'
    >>> did_you_mean("zzz", [])
    'there are none'
    """
    names = list(known)
    near = get_close_matches(word, names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    if not names:
        return "there are none"
    return "there are: " + ", ".join(f"`{name}`" for name in names)
