"""Ours: the spec itself, in a process of its own. `python -m tests.benchmarks.ours KEY SIZE… [--workers N]`.

Timed are the check, from the model to its verdict with every property judged and bodies run anew, and the
process around it, from Python's start to its end. Before the first run, the native engine is started once on
the model's first thousand states: its machine code then comes from numba's cache on disk, as it does for
everybody after their first check.
"""

import argparse
import time
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

from tests.benchmarks.catalogue import CASES, Case, Size
from tests.benchmarks.measure import Contender, Run
from tests.benchmarks.process import child, tell

ONE = "fsm, 1 worker"  #: what the others are compared with
TWO = "fsm, 2 workers"
SYMMETRY = "fsm, 1 worker, symmetry"
SYMMETRY_TWO = "fsm, 2 workers, symmetry"
PYTHON = "fsm, pure Python"


def contenders(case: Case, size: Size, *, symmetry: bool = False) -> Iterator[Contender]:
    """The native engine with one worker and with two, of everything or up to renaming."""
    if find_spec("numba") is None:
        yield Contender(ONE, why_not="numba is not installed")
        return
    for workers, tool in enumerate((SYMMETRY, SYMMETRY_TWO) if symmetry else (ONE, TWO), 1):
        yield Contender(tool, lambda workers=workers: run(case, size, workers=workers, symmetry=symmetry))


def run(case: Case, size: Size, *, engine: str = "native", workers: int = 1, symmetry: bool = False) -> Run:
    """One check in a process of its own."""
    warm(case.key, size, engine, workers, symmetry)
    return child("ours", case.key, *map(str, size), *options(engine, workers, symmetry))


@cache
def warm(key: str, size: Size, engine: str, workers: int, symmetry: bool) -> None:
    """Have everything compiled that a check needs."""
    if engine == "native":
        child("ours", key, *map(str, size), *options(engine, workers, symmetry), "--max-states", "1000")


def options(engine: str, workers: int, symmetry: bool) -> list[str]:
    return ["--engine", engine, "--workers", str(workers), *(["--symmetry"] if symmetry else [])]


def main() -> None:
    """Check one model and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("key", choices=CASES)
    parser.add_argument("size", type=int, nargs="+")
    parser.add_argument("--engine", default="native")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--symmetry", action="store_true")
    parser.add_argument("--max-states", type=int)
    given = parser.parse_args()
    from fsm import check

    model = CASES[given.key].model(tuple(given.size))
    began = time.perf_counter()
    report = check(
        model,
        engine=given.engine,
        workers=given.workers,
        symmetry=given.symmetry,
        max_states=given.max_states,
    )
    took = time.perf_counter() - began
    if report.exit_code and given.max_states is None:
        raise SystemExit(f"not as expected:\n{report}")
    tell(report.states, report.transitions, took)


if __name__ == "__main__":
    main()
