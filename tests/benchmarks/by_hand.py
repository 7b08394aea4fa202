"""A model by hand: what is left of exploring it when a program knows nothing else; see `by_hand/*.c`.

No checker, and nobody's rival: a bound. What it takes on this machine to write every state down and to look
successors up, the rest having been taken away, says how far anything that stores states can come here. Run
twice at once, by two processes that share nothing, it says what the memory gives a second core.
"""

import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.benchmarks.catalogue import Case, Size
from tests.benchmarks.measure import Contender, Run, WrongAnswer
from tests.benchmarks.process import HERE, output, used_by_children, workshop

NAME = "by hand, C"


@dataclass(frozen=True)
class Variant:
    """A way to run the program.

    Args:
        options: for the compiler.
        copies: how many explore at once, each of them everything; a row has the time over their number.
    """

    options: tuple[str, ...] = ()
    copies: int = 1


VARIANTS = {
    NAME: Variant(),
    f"{NAME}, diamonds": Variant(("-DDIAMONDS",)),
    f"{NAME}, two at once": Variant(copies=2),
    f"{NAME}, diamonds, two at once": Variant(("-DDIAMONDS",), copies=2),
}
COUNTED = re.compile(r"(\d+) states, (\d+) transitions")


def contenders(case: Case, size: Size) -> Iterator[Contender]:
    """The program in each variant, if the model has one."""
    if not case.by_hand:
        return
    if shutil.which("gcc") is None:
        yield Contender(NAME, why_not="no gcc on PATH")
        return
    for tool, variant in VARIANTS.items():
        yield Contender(tool, lambda variant=variant: explored(case.by_hand, size, variant))


def explored(file: str, size: Size, variant: Variant) -> Run:
    """One run, of all the copies."""
    program, build = compiled(file, size, variant.options)
    used, began = used_by_children(), time.perf_counter()
    with ThreadPoolExecutor(variant.copies) as pool:
        texts = {done.text for done in pool.map(output, [[str(program)]] * variant.copies)}
    took, cpu = time.perf_counter() - began, used_by_children() - used
    counts = COUNTED.search("".join(texts))
    if counts is None or len(texts) > 1:
        raise WrongAnswer(f"the program by hand says nothing, or two things: {texts}")
    each = took / variant.copies
    return Run(int(counts[1]), int(counts[2]), each, each, cpu / variant.copies, build)


@cache
def compiled(file: str, size: Size, options: tuple[str, ...]) -> tuple[Path, float]:
    """The program, and how long it took to make it."""
    program = workshop("by-hand") / file
    source = str(HERE / "by_hand" / f"{file}.c")
    (members,) = size
    flags = ["-O3", "-march=native", "-Wall", "-Werror", f"-DN={members}", *options]
    made = output(["gcc", *flags, "-o", str(program), source])
    return program, made.seconds
