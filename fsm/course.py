"""How far an exploration has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Course:
    """How far an exploration has come.

    Args:
        until: the end of the last stage that is whole.
        expanded: the first place whose steps were not taken.
        followed: the first place whose faults were not taken, in the stage `source`.
        faults, depth: of the stage that is being gathered.
    """

    until: int = 0
    expanded: int = 0
    followed: int = 0
    source: int = 0
    faults: int = 0
    depth: int = 0
