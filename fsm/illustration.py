"""Which specs have their counterexamples drawn, where a file has many variants of one spec.

A dozen versions of one system have the same few defects, and a dozen times the same picture helps nobody. A
file may name the specs to be illustrated at its top level, `ILLUSTRATED = [Newest]`; in the pages of the
others counterexamples are lists of steps. A file that says nothing has them all drawn.
"""

from __future__ import annotations

from typing import Any

from fsm.errors import FsmError
from fsm.loading import load
from fsm.model import Model
from fsm.targets import Target
from fsm.values import show

WANTED = "ILLUSTRATED"


def is_illustrated(target: Target) -> bool:
    """Whether the counterexamples of a spec are to be drawn.

    Args:
        target: the spec, with its file.

    Raises:
        FsmError: where an `ILLUSTRATED` is no list of specs of its file.
    """
    wanted: Any = getattr(load(target.file), WANTED, None)
    if wanted is None:
        return True
    if not isinstance(wanted, (list, tuple)) or not all(isinstance(one, (type, Model)) for one in wanted):
        raise FsmError(
            f"{target.file.name}: `{WANTED}` is {show(wanted)}: write a list of this file's specs, `[Newest]`"
        )
    return any(one is target.spec for one in wanted)
