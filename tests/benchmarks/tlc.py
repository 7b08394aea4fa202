"""TLC: the TLA+ twin, checked by the jar that the environment variable TLA2TOOLS names.

A process is timed from start to end, Java's start included. TLC keeps 64-bit fingerprints of states, and says
itself how likely it is to have missed one.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.catalogue import Size, Tla
from tests.benchmarks.measure import Contender, Run, WrongAnswer
from tests.benchmarks.process import HERE, output

COUNTS = re.compile(r"^(\d+) states generated, (\d+) distinct states found, 0 states left", re.MULTILINE)
STILL = "---- MODULE Still ----\nVARIABLE x\nSpec == x = 0 /\\ [][x' = x]_x\n====\n"
JAVA = ("-XX:+UseParallelGC", "-Xms2g", "-Xmx6g")
SMALL_JAVA = ("-XX:+UseParallelGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def contenders(twin: Tla, size: Size, java: tuple[str, ...] = JAVA) -> Iterator[Contender]:
    """TLC with one worker and with two."""
    why_not = missing()
    if why_not:
        yield Contender("TLC", why_not=why_not)
        return
    for workers in (1, 2):
        name = f"TLC, {workers} worker{'s' * (workers > 1)}"
        yield Contender(name, lambda workers=workers: check(twin, size, workers, java))


def missing() -> str:
    """Why TLC cannot be run, if it cannot."""
    jar = os.environ.get("TLA2TOOLS", "")
    if not jar:
        return "no TLA2TOOLS given"
    if not Path(jar).is_file():
        return "TLA2TOOLS is no file"
    return "" if shutil.which("java") else "no java on PATH"


def check(twin: Tla, size: Size, workers: int, java: tuple[str, ...] = JAVA) -> Run:
    """One check; raises unless TLC saw everything and nothing was wrong."""
    with tempfile.TemporaryDirectory(prefix="fsm-tlc-") as name:
        folder = Path(name)
        shutil.copy(HERE / "tla" / f"{twin.module}.tla", folder)
        (folder / f"{twin.module}.cfg").write_text(configuration(twin, size))
        command = ["java", *java, "-cp", os.environ["TLA2TOOLS"], "tlc2.TLC"]
        options = ["-workers", str(workers), "-checkpoint", "0", "-metadir", str(folder / "states")]
        ends = ["-deadlock"] if twin.ends else []
        done = output([*command, *options, *ends, twin.module], folder)
    found = COUNTS.search(done.text)
    if found is None or "No error has been found" not in done.text:
        raise WrongAnswer(f"TLC did not finish as it should:\n{done.text}")
    return Run(int(found[2]), int(found[1]) - 1, done.seconds, done.seconds, done.cpu)


def configuration(twin: Tla, size: Size) -> str:
    """What TLC reads beside the module."""
    constants = {**dict(zip(twin.constants, size, strict=True)), **twin.fixed}
    return "\n".join(
        [
            "SPECIFICATION Spec",
            "CONSTANTS",
            *(f"  {name} = {number}" for name, number in constants.items()),
            "INVARIANTS",
            *(f"  {name}" for name in twin.invariants),
            "PROPERTIES",
            *(f"  {name}" for name in twin.steps),
            "",
        ]
    )


def version() -> str:
    """Which TLC and Java it is."""
    if missing():
        return ""
    java = re.search(r'"(.+?)"', output(["java", "-version"]).text)
    with tempfile.TemporaryDirectory(prefix="fsm-tlc-") as folder:
        Path(folder, "Still.tla").write_text(STILL)
        Path(folder, "Still.cfg").write_text("SPECIFICATION Spec\n")
        text = output(["java", "-cp", os.environ["TLA2TOOLS"], "tlc2.TLC", "Still"], Path(folder)).text
    found = re.search(r"TLC2 Version ([\d.]+).*?(\(rev: \w+\))", text)
    return f"{' '.join(found.groups()) if found else '?'} on Java {java[1] if java else '?'}"
