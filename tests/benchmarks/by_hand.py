"""A model by hand: what is left of exploring it when a program knows nothing else; see `by_hand/*.c`.

No checker, and nobody's rival: a bound. What it takes on this machine to write every state down and to look
successors up, the rest having been taken away, says how far anything that stores states can come here.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.benchmarks.catalogue import Case, Size
from tests.benchmarks.measure import Contender, Run, WrongAnswer
from tests.benchmarks.process import HERE, output

NAME = "by hand, C"
VARIANTS = {NAME: (), f"{NAME}, diamonds": ("-DDIAMONDS",)}
COUNTED = re.compile(r"(\d+) states, (\d+) transitions")


def contenders(case: Case, size: Size) -> Iterator[Contender]:
    """The program in each variant, if the model has one."""
    if not case.by_hand:
        return
    if shutil.which("gcc") is None:
        yield Contender(NAME, why_not="no gcc on PATH")
        return
    for tool, options in VARIANTS.items():
        yield Contender(tool, lambda options=options: explored(case.by_hand, size, options))


def explored(file: str, size: Size, options: tuple[str, ...]) -> Run:
    """One run."""
    program, build = compiled(file, size, options)
    done = output([str(program)])
    counts = COUNTED.search(done.text)
    if counts is None:
        raise WrongAnswer(f"the program by hand says nothing: {done.text}")
    return Run(int(counts[1]), int(counts[2]), done.seconds, done.seconds, done.cpu, build)


@cache
def compiled(file: str, size: Size, options: tuple[str, ...]) -> tuple[Path, float]:
    """The program, and how long it took to make it."""
    program = Path(tempfile.mkdtemp(prefix="fsm-by-hand-")) / file
    source = str(HERE / "by_hand" / f"{file}.c")
    (members,) = size
    flags = ["-O3", "-march=native", "-Wall", "-Werror", f"-DN={members}", *options]
    made = output(["gcc", *flags, "-o", str(program), source])
    return program, made.seconds
