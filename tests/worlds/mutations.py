"""Changes of a spec, each in one place, and whether its properties tell.

A changed spec is compared with the spec as it is, both in small: with smaller numbers and the same rules. A
change is noticed by every property that only one of the two violates (a `sometimes`: witnesses), or that
takes another number of faults. What only the spec as it is shows is a finding, or an example, that is taken
away.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from fsm import check
from fsm.errors import SpecError
from fsm.verdict import Outcome

ERROR = "a value outside of its domain"


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


@contextmanager
def changed(file: Path, mutations: Sequence[Mutation]) -> Iterator[ModuleType]:
    """A fresh module of a spec of the kubelet with changes in it; forgotten in the end."""
    text = file.read_text()
    for mutation in mutations:
        text = mutation.applied(text)
    module = ModuleType(f"specs.kubelet.changed_{file.stem}")
    module.__package__ = "specs.kubelet"
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, str(file), "exec"), vars(module))
        yield module
    finally:
        del sys.modules[module.__name__]


def shown(cls: type) -> frozenset[tuple[str, int]]:
    """The properties that are violated and the examples that are witnessed, with the faults that it takes."""
    try:
        report = check(cls)
    except SpecError:
        return frozenset({(ERROR, 0)})
    return frozenset(
        (one.name, one.trace.faults if one.trace and one.trace.loop is None else 0)
        for one in report.properties
        if one.outcome is (Outcome.HOLDS if one.kind == "sometimes" else Outcome.VIOLATED)
    )
