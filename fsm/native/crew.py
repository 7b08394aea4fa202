"""Two workers, or one: who does what at the same time, and whether it pays.

Threads of one process do; the kernel does not hold the interpreter lock. On a machine that has no second
core to spare two workers are slower than one, so it is measured as it goes. A trial is a few batches by two
and a few by one, in turn; the better way is kept until the next trial. Only what was measured in one trial
is compared: batches become slower as the table grows, so what was measured long ago would always win. The
medians count: a batch in which shards grow, or in which another program had the core, is no reason to change.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

WORTH = 2048  #: states from which on a batch is shared
TRIAL = 3  #: batches of each way in a trial
AGAIN = 64  #: batches from one trial to the next
WORSE = 0.95  #: how much slower two may seem before one works alone


class Crew:
    """The workers of one exploration.

    Args:
        size: how many there may be, 1 or 2.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._second = ThreadPoolExecutor(1, "fsm-worker") if size > 1 else None
        self._rates: dict[int, list[float]] = {1: [], 2: []}  # of the last trial
        self._batches = 0
        self._better = 2
        self._began = 0.0
        self._compares = False
        self.at_work = 1

    def muster(self, states: int, alone: bool = False) -> int:
        """How many workers should share the next batch.

        Args:
            states: of the batch.
            alone: whether one has to do it.
        """
        self._compares = self.size > 1 and states >= WORTH and not alone
        if not self._compares:
            self.at_work = 1
            return 1
        turn = self._batches % AGAIN
        self._batches += 1
        if turn == 0:
            self._rates = {1: [], 2: []}
        elif turn == 2 * TRIAL and all(self._rates.values()):
            self._better = 2 if median(self._rates[2]) >= WORSE * median(self._rates[1]) else 1
        self.at_work = 2 - turn % 2 if turn < 2 * TRIAL else self._better
        self._began = time.perf_counter()
        return self.at_work

    def report(self, states: int) -> None:
        """The batch is done: it had so many states."""
        if not self._compares:
            return
        rate = states / max(time.perf_counter() - self._began, 1e-9)
        if len(self._rates[self.at_work]) < TRIAL:
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
