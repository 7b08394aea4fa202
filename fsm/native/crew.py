"""Two workers, or one: who does what at the same time, and whether it pays.

Threads of one process do; the kernel does not hold the interpreter lock. On a machine that has no second
core to spare two workers are slower than one, so it is measured as it goes: batches by two and batches by
one are timed, the better way is kept, and the other one is tried again now and then. Of the last rates of
each the median counts: a batch in which shards grow, or in which another program had the core, is no reason
to change.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

WORTH = 2048  #: states from which on a batch is shared
TRIAL = 3  #: batches of a trial
AGAIN = 64  #: batches between two trials
WORSE = 0.95  #: how much slower two may seem before one works alone
KEPT = 5  #: rates of which the median counts


class Crew:
    """The workers of one exploration.

    Args:
        size: how many there may be, 1 or 2.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._second = ThreadPoolExecutor(1, "fsm-worker") if size > 1 else None
        self._rates = {workers: deque([0.0], KEPT) for workers in (1, 2)}
        self._batches = 0
        self._began = 0.0
        self.at_work = 1

    def muster(self, states: int) -> int:
        """How many workers should share the next batch of so many states."""
        if self.size == 1 or states < WORTH:
            self.at_work = 1
            return 1
        self._batches += 1
        better = 2 if median(self._rates[2]) >= WORSE * median(self._rates[1]) else 1
        if self._batches <= 2 * TRIAL:
            self.at_work = 2 if self._batches <= TRIAL else 1
        else:
            self.at_work = 3 - better if self._batches % AGAIN < TRIAL else better
        self._began = time.perf_counter()
        return self.at_work

    def report(self, states: int) -> None:
        """The batch is done: it had so many states."""
        if self.size == 1 or states < WORTH:
            return
        rate = states / max(time.perf_counter() - self._began, 1e-9)
        self._rates[self.at_work].append(rate)

    def together(self, *jobs: Callable[[], None]) -> None:
        """Do one job, or two at the same time."""
        if len(jobs) < 2 or self._second is None:
            for job in jobs:
                job()
            return
        other = self._second.submit(jobs[1])
        try:
            jobs[0]()
        finally:
            other.result()
