"""Changes of a spec, each in one place, and whether its properties tell.

A changed spec is compared with the spec as it is, both in small: with smaller numbers and the same rules. A
change is noticed by every property that only one of the two violates (a `sometimes`: witnesses), or that
takes another number of faults. What only the spec as it is shows is a finding, or an example, that is taken
away.

Every third change is tried; all of them with `FSM_MUTATIONS=all`, which takes minutes.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from fsm import check
from fsm.errors import SpecError
from fsm.verdict import Outcome, Report

Case = TypeVar("Case")

EACH = 1 if os.environ.get("FSM_MUTATIONS") == "all" else 3

ERROR = "a value outside of its domain"
BREAK = "\f"  # between the texts of two files


@dataclass(frozen=True)
class Mutation:
    """A change.

    Args:
        name: what is changed.
        old: the text in the file, exactly once.
        new: what stands there instead.
        noticed_by: a property that tells, or `ERROR`; empty if none does.
    """

    name: str
    old: str
    new: str
    noticed_by: str

    def __str__(self) -> str:
        return self.name

    def applied(self, text: str) -> str:
        """A text with the change in it."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self}: {self.old!r} stands {text.count(self.old)} times")
        return text.replace(self.old, self.new)


def sampled(cases: Sequence[Case]) -> Sequence[Case]:
    """The cases that are tried: every third, or all that there are."""
    return cases[::EACH]


@contextmanager
def changed(file: Path, mutations: Sequence[Mutation]) -> Iterator[ModuleType]:
    """A fresh module of a spec of the kubelet with changes in it; forgotten in the end."""
    with changed_together([file], mutations) as module:
        yield module


@contextmanager
def changed_together(files: Sequence[Path], mutations: Sequence[Mutation]) -> Iterator[ModuleType]:
    """Fresh modules of a spec that stands in several files, with changes in them; forgotten in the end.

    Args:
        files: in the order in which they import one another; what they import from each other is fresh, too.
        mutations: each of something that stands in one of the files, once.

    Returns:
        The last module.
    """
    text = BREAK.join(file.read_text() for file in files)
    for mutation in mutations:
        text = mutation.applied(text)
    for file in files:
        text = text.replace(f"from .{file.stem} import", f"from .changed_{file.stem} import")
    with ExitStack() as stack:
        for file, part in zip(files, text.split(BREAK), strict=True):
            module = ModuleType(f"specs.kubelet.changed_{file.stem}")
            module.__package__ = "specs.kubelet"
            sys.modules[module.__name__] = module
            stack.callback(sys.modules.pop, module.__name__)
            exec(compile(part, str(file), "exec"), vars(module))
        yield module


def shown(cls: type) -> frozenset[tuple[str, int]]:
    """The properties that are violated and the examples that are witnessed, with the faults that it takes."""
    try:
        return told_by(check(cls))
    except SpecError:
        return frozenset({(ERROR, 0)})


def told_by(report: Report) -> frozenset[tuple[str, int]]:
    """The same, of what was checked already."""
    return frozenset(
        (one.name, one.trace.faults if one.trace and one.trace.loop is None else 0)
        for one in report.properties
        if one.outcome is (Outcome.HOLDS if one.kind == "sometimes" else Outcome.VIOLATED)
    )
