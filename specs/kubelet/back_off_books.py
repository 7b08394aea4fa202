"""The books of a back-off: which windows there are, and how long ago something was.

An entry has a level: its place among the windows, of which each is the double of the one before, 300 s at
most. Whether a window is over is asked of a clock; which clock that is, is where containers (`back_off`) and
pulls (`pull_back_off`) differ. An entry that was not written for 600 s is thrown away.

Source: `util/flowcontrol/backoff.go` of client-go. Time goes in ticks of 10 s. A clock stops just above the
largest number that it is compared with: no decision asks for more.
"""

from dataclasses import dataclass
from typing import Annotated

WINDOWS = (1, 2, 4, 8, 16, 30)  # in ticks: 10 s, doubled, capped at 300 s
TOP = len(WINDOWS) - 1
STABLE = 60  # ticks: 2 x 300 s, after which an entry is void
FORGOTTEN = STABLE + 1  # where the clock since `Next` stops


@dataclass(frozen=True)
class Clock:
    """How long ago something was.

    Args:
        ticks: of ten seconds each.
    """

    ticks: Annotated[int, range(FORGOTTEN + 1)] = 0

    @property
    def over(self) -> int:
        """How many of the windows are over that began then."""
        return sum(window <= self.ticks for window in WINDOWS)

    @property
    def long_ago(self) -> bool:
        """More than 600 s ago."""
        return self.ticks > STABLE
