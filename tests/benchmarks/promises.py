"""A promise over runs on model (a): `leads_to` by us, the same as a never claim by Spin's `-a`.

Whenever the first container was created, it is pre-started or fails then or later, on every run. Timed is all
from the model to the verdict. Spin's states are those of its product with the claim. As a process of its own:
`python -m tests.benchmarks.promises N WORKERS`.
"""

import resource
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from fsm import leads_to, many, spec
from fsm.domains import Scalar
from fsm.model import Parameter
from tests.benchmarks import spin
from tests.benchmarks.containers import Container, Phase
from tests.benchmarks.measure import Contender, Run
from tests.benchmarks.ours import ONE, TWO
from tests.benchmarks.process import child, output, tell

PROMISE = "what_was_created_is_settled"
VARIANTS = {"Spin -a, no reduction": ("-DNOREDUCE",), "Spin -a, partial-order reduction": ()}
MOST_BYTES = 12e9


@spec(final={Phase.PRE_STARTED, Phase.FAILED})
class Settled(Container):
    """A container that is promised to get over its creation."""

    @leads_to
    def what_was_created_is_settled(self) -> tuple[bool, bool]:
        return self.phase is Phase.CREATED, self.phase in (Phase.PRE_STARTED, Phase.FAILED)


def settled(n: int) -> Any:
    """n containers, and the promise about the first of them alone."""
    model = many(Settled, n)
    asked = next(one for one in model.properties if one.name == PROMISE)
    first = Parameter("copy", Scalar("first", (0,)))
    return replace(model, properties=(replace(asked, parameters=(first,)),))


def contenders(n: int) -> Iterator[Contender]:
    """Ours with one worker and with two, and Spin."""
    if find_spec("numba") is None:
        yield Contender(ONE, why_not="numba is not installed")
    else:
        for workers, tool in ((1, ONE), (2, TWO)):
            yield Contender(tool, lambda workers=workers: child("promises", str(n), str(workers)))
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    for tool, options in VARIANTS.items():
        if missing:
            yield Contender(tool, why_not=f"no {' and no '.join(missing)} on PATH")
        else:
            yield Contender(tool, lambda options=options: claim(n, options))


def claim(n: int, options: tuple[str, ...]) -> Run:
    """Spin's answer."""
    folder, build = spin.compiled("containers_settled", (("N", n),), options, safety=False)
    done = output([str(folder / "pan"), "-a", "-m100000", "-w26"], folder, GLIBC_TUNABLES=spin.LARGE_PAGES)
    found = spin.counted(done.text)
    return replace(found, seconds=done.seconds, process=done.seconds, cpu=done.cpu, build=build)


def main() -> None:
    """Judge the promise and tell what was found."""
    from fsm import check

    n, workers = map(int, sys.argv[1:])
    model = settled(n)
    began = time.perf_counter()
    report = check(model, engine="native", workers=workers)
    took = time.perf_counter() - began
    if report.exit_code:
        raise SystemExit(f"not as expected:\n{report}")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if held > MOST_BYTES:
        raise SystemExit(f"it held {held / 1e9:.1f} GB")
    sys.stdout.write(f"peak memory: {held / 1e9:.1f} GB\n")
    tell(report.states, report.transitions, took)


if __name__ == "__main__":
    main()
