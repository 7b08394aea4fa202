"""Side by side: the same models in every engine, medians and ratios. `python -m tests.benchmarks.bench`.

README.md beside this file says what is measured and what the figures show.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from tests.benchmarks import (
    by_hand,
    kubelet,
    memory,
    ours,
    peers,
    programs,
    promises,
    record,
    spin,
    table,
    tlc,
)
from tests.benchmarks.agreement import agree
from tests.benchmarks.bars import HEADINGS, WIDTHS, bars
from tests.benchmarks.catalogue import CASES, Case, Size
from tests.benchmarks.measure import Contender, Row, measured

PARTS = (*CASES, "runs", "kubelet", "memory", "programs")
SMALL_TABLE = (20, 1_000_000)  #: bits of the index, reads


def main() -> None:
    """Measure what is asked for, print the table and the bars."""
    given = arguments()
    parts = PARTS if given.only is None else (given.only,)
    rows: list[Row] = []
    reads = None
    say(f"load average when it began: {os.getloadavg()[0]:.1f}; other work makes every figure worse\n")
    say(table.line(table.HEADINGS))
    for part in parts:
        if part in CASES:
            for size, contenders in sections(CASES[part], quick=given.quick):
                rows += section(part, size, contenders, given.runs)
        elif part == "runs":
            n = 2 if given.quick else 4
            rows += section(part, (n,), promises.contenders(n), given.runs)
        elif part == "kubelet":
            rows += section(part, (), kubelet.contenders(), given.runs)
        elif part == "memory" and find_spec("numba") is not None:
            reads = memory.reads_per_second(given.runs, *(SMALL_TABLE if given.quick else ()))
            say(f"\nindependent random reads: {reads:,.0f} a second")
        if given.write:
            record.write(rows, None if given.quick else reads)
    say("\n" + table.line(HEADINGS, WIDTHS))
    for bar in bars(rows, reads):
        say(table.line(bar.cells, WIDTHS))
    if "programs" in parts:
        say("")
        programs.main()


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is run (default: 5)")
    parser.add_argument("--quick", action="store_true", help="small instances: whether everything works")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--write", action="store_true", help="keep what was measured")
    return parser.parse_args()


def sections(case: Case, *, quick: bool) -> Iterator[tuple[Size, Iterator[Contender]]]:
    """The sizes of a model, and who runs each."""
    if case.key == "a":
        yield (2,) if quick else (3,), peer_contenders(case, 2 if quick else 3)
        if not quick:
            yield (5,), ours.contenders(case, (5,), symmetry=True)
    size = case.quick if quick else case.full
    yield size, everybody(case, size)


def peer_contenders(case: Case, n: int) -> Iterator[Contender]:
    """Ours and the Python peers, which need it small."""
    yield from (contender for contender in ours.contenders(case, (n,)) if contender.tool == ours.ONE)
    yield Contender(ours.PYTHON, lambda: ours.run(case, (n,), engine="python"))
    yield from peers.contenders(n)


def everybody(case: Case, size: Size) -> Iterator[Contender]:
    """Ours and the model checkers."""
    yield from ours.contenders(case, size)
    if case.symmetric:
        yield from ours.contenders(case, size, symmetry=True)
    yield from spin.contenders(case, size)
    yield from tlc.contenders(case.tla, size)
    yield from by_hand.contenders(case, size)


def section(part: str, size: Size, contenders: Iterator[Contender], runs: int) -> list[Row]:
    """The rows of one model at one size, printed as they come; they must agree."""
    rows: list[Row] = []
    for contender in contenders:
        rows.append(measured(part, size, contender, runs))
        say(table.line(table.cells(rows[-1], table.reference(rows[-1], rows))))
        if part in CASES:
            agree(rows)
    return rows


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
