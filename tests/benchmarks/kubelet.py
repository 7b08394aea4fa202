"""The shipped kubelet spec, from process start to verdict, against TLC on a spec of about that size.

The spec has no twin: TLC gets one container of model (a) that is started again up to ten times, 209 states.
What is compared is how long a first answer on a small spec takes.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import tlc
from tests.benchmarks.catalogue import CASES
from tests.benchmarks.measure import Contender, Run
from tests.benchmarks.process import output

SPEC = Path("specs", "kubelet", "container_creation.py")
OURS = f"fsm check {SPEC.name}"
RESTARTS = 10
COUNTS = re.compile(r"^\s*([\d,]+) states, ([\d,]+) transitions", re.MULTILINE)


def contenders() -> Iterator[Contender]:
    """Our command, then TLC as given and with Java's quickest start."""
    yield Contender(OURS, ours)
    twin = replace(CASES["a"].tla, fixed={"MaxRestarts": RESTARTS})
    for name, java in (("", ("-XX:+UseParallelGC",)), (", quickest start", tlc.SMALL_JAVA)):
        for contender in tlc.contenders(twin, (1,), java):
            yield replace(contender, tool=contender.tool + name)


def ours() -> Run:
    """One run of the command, as everybody runs it."""
    done = output([sys.executable, "-m", "fsm", "check", str(SPEC)], NO_COLOR="1", PYTHONDONTWRITEBYTECODE="")
    states, transitions = COUNTS.search(done.text).groups()
    return Run(
        int(states.replace(",", "")),
        int(transitions.replace(",", "")),
        done.seconds,
        done.seconds,
        done.cpu,
    )
