"""Time for the runtime in memory: a number that somebody else decides."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Clock", "SteppingClock"]

Clock = Callable[[], int]
"""The time now, in nanoseconds since the epoch."""


@dataclass
class SteppingClock:
    """A clock that gives `now` and then moves on by `step`; both may be set at any time.

    Set `now` back for a wall clock that was corrected, `step` to 0 for two events in one instant.
    """

    now: int = 1_600_000_000_000_000_000
    step: int = 1_000_000_000

    def __call__(self) -> int:
        """The time now."""
        now = self.now
        self.now += self.step
        return now
