"""The machine's own limit: independent random reads of eight bytes. `python -m tests.benchmarks.memory`.

An explorer looks up a state for every transition, somewhere in a table far larger than the caches. This is
how many reads a second the memory gives one core in a loop that does nothing else: indices come from a
generator, not from what was read, so that reads overlap as far as the machine can. The table is as large as a
hash table of model (a), and laid out like any array of numpy's (large pages where the system grants them).
"""

import sys
from math import ceil, log2
from statistics import median
from time import perf_counter

from tests.benchmarks.catalogue import CASES, container_counts

READS = 100_000_000
STATES = container_counts(*CASES["a"].full)[0]
BITS = ceil(log2(STATES * 1.5))  #: of the index: a table of so many states is at most two thirds full


def reads_per_second(runs: int = 5, bits: int = BITS, reads: int = READS) -> float:
    """The median of some runs, the first one (which compiles) not counted."""
    import numpy as np
    from numba import njit

    @njit
    def total(table, shift, reads, seed):  # a linear congruential generator, its upper bits
        x, found = seed, np.uint64(0)
        for _ in range(reads):
            x = x * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            found += table[x >> shift]
        return found

    table = np.arange(1 << bits, dtype=np.uint64)
    shift = np.uint64(64 - bits)
    total(table, shift, 1, np.uint64(0))
    took = []
    for run in range(runs):
        began = perf_counter()
        total(table, shift, reads, np.uint64(run))
        took.append(perf_counter() - began)
    return reads / median(took)


def main() -> None:
    """Measure and print."""
    sys.stdout.write(f"{reads_per_second():.0f}\n")


if __name__ == "__main__":
    main()
