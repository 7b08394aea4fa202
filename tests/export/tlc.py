"""TLC on an exported module: what it counts, and which claims it finds violated.

Needs the jar that the environment variable TLA2TOOLS names; what it answered once is kept in recorded.json.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COUNTS = re.compile(r"^(\d+) states generated, (\d+) distinct states found, 0 states left", re.MULTILINE)
JAVA = ("-XX:+UseParallelGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx1g")


@dataclass(frozen=True)
class Answer:
    """What TLC found."""

    states: int
    generated: int
    violated: tuple[str, ...]


def missing() -> str:
    """Why TLC cannot be run, if it cannot."""
    jar = os.environ.get("TLA2TOOLS", "")
    if not Path(jar).is_file():
        return "TLA2TOOLS names no jar of TLC"
    return "" if shutil.which("java") else "no java on PATH"


def check(files: Mapping[str, str], module: str) -> Answer:
    """Check a module with its configuration to the end, whatever is violated."""
    with tempfile.TemporaryDirectory(prefix="fsm-tlc-") as name:
        for file, text in files.items():
            Path(name, file).write_text(text)
        command = [
            "java",
            *JAVA,
            "-cp",
            os.environ["TLA2TOOLS"],
            "tlc2.TLC",
            "-workers",
            "1",
            "-continue",
            "-deadlock",
        ]
        command += ["-checkpoint", "0", "-metadir", str(Path(name, "states")), module]
        done = subprocess.run(command, cwd=name, capture_output=True, text=True, timeout=120)
    found = COUNTS.search(done.stdout)
    if found is None:
        raise AssertionError(f"TLC did not finish:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    told = re.findall(r"(?:Invariant|Action property) (\w+) is violated", done.stdout)
    if "Temporal properties were violated" in done.stdout:
        told.append("a temporal property")
    return Answer(int(found[2]), int(found[1]), tuple(sorted(set(told))))


def is_broken(files: Mapping[str, str], module: str, name: str) -> bool:
    """Whether a promise over runs is broken."""
    chosen = f"SPECIFICATION SpecRuns\nPROPERTIES\n    {name}\n"
    answer = check({**files, f"{module}_runs.cfg": chosen}, f"{module}_runs")
    return bool(answer.violated)
