"""Spin: the Promela twin, compiled to a program that searches exhaustively and compares full states.

`spin -a`, then `gcc -O2 -DSAFETY`; never hash-compaction, never bitstate. The hash table gets two to four
buckets a state (more of them were slower), the stack as much as is needed, and memory comes in large pages,
as it does for numpy: all of it in Spin's favour. Timed is the search; compiling is shown beside it.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.benchmarks.catalogue import Case, Size
from tests.benchmarks.measure import Contender, Run, WrongAnswer
from tests.benchmarks.process import HERE, output, workshop

MEGABYTES = 8_000
SMALL = 100_000  #: at most so many states and steps in a row has a small instance
LARGE_PAGES = "glibc.malloc.hugetlb=1"
FULL = "Spin"
VARIANTS = {
    f"{FULL}, no reduction": ("-DNOREDUCE",),
    f"{FULL}, no reduction, breadth first": ("-DNOREDUCE", "-DBFS"),
    f"{FULL}, partial-order reduction": (),
}
STORED = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)
TRANSITIONS = re.compile(r"^\s*(\d+) transitions \(= ", re.MULTILINE)


def contenders(case: Case, size: Size) -> Iterator[Contender]:
    """Spin in each variant."""
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    if missing:
        yield Contender(FULL, why_not=f"no {' and no '.join(missing)} on PATH")
        return
    for tool, options in VARIANTS.items():
        yield Contender(tool, lambda options=options: search(case, size, options))


def search(case: Case, size: Size, options: tuple[str, ...]) -> Run:
    """One search; the program is compiled when it is first wanted."""
    folder, build = compiled(case.promela.file, tuple(zip(case.promela.macros, size, strict=True)), options)
    whole = size == case.full
    buckets = (case.promela.states if whole else SMALL).bit_length() + 1
    depth = case.promela.depth if whole else min(case.promela.depth, SMALL)
    done = output(
        [str(folder / "pan"), f"-m{depth}", f"-w{buckets}"],
        folder,
        GLIBC_TUNABLES=LARGE_PAGES,
    )
    return replace(counted(done.text), seconds=done.seconds, process=done.seconds, cpu=done.cpu, build=build)


def counted(text: str) -> Run:
    """What a search says it found; raises unless it saw everything and nothing was wrong."""
    stored, transitions = STORED.search(text), TRANSITIONS.search(text)
    unseen = re.search(r"max search depth too small|out of memory|hash table full|Bit statespace", text)
    if stored is None or transitions is None or unseen or "errors: 0" not in text:
        raise WrongAnswer(f"Spin did not finish as it should:\n{text}")
    return Run(int(stored[1]), int(transitions[1]) - 1, 0.0, 0.0)  # it counts storing the initial state


@cache
def compiled(
    file: str, macros: tuple[tuple[str, int], ...], options: tuple[str, ...], safety: bool = True
) -> tuple[Path, float]:
    """A folder with the program `pan`, and how long it took to make it."""
    folder = workshop("spin")
    shutil.copytree(HERE / "promela", folder, dirs_exist_ok=True)
    shutil.copy(HERE / "promela" / f"{file}.pml", folder / "model.pml")
    sizes = [f"-D{name}={number}" for name, number in macros]
    translated = output(["spin", *sizes, "-a", "model.pml"], folder)
    program = folder / "pan.c"
    program.write_text(program.read_text().replace("%9.8g", "%.0f"))  # figures with all their digits
    kind = ["-DSAFETY"] if safety else []
    gcc = ["gcc", "-O2", "-w", *kind, f"-DMEMLIM={MEGABYTES}", *options, "-o", "pan", "pan.c"]
    return folder, translated.seconds + output(gcc, folder).seconds


def version() -> str:
    """Which Spin it is."""
    return output(["spin", "-V"]).text.split()[2] if shutil.which("spin") else ""
