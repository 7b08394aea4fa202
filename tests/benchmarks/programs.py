"""What starting costs, and what the engine of pure Python does: `python -m tests.benchmarks.programs`.

Programs are timed from process start to process end, each run after one of bare Python so that both meet the
same machine; medians are shown. The engine is timed with every property judged; its best run is shown,
since whatever else the machine does can only slow it down.
"""

import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
SPEC = Path("specs", "kubelet", "container_creation.py")
RUNS = 7
COPIES = 3
MOST_IMPORT_MS = 50
LEAST_STATES_PER_SECOND = 500_000


def main() -> None:
    """Measure everything and print a table."""
    sys.path.insert(0, str(ROOT))
    say("program", "seconds", "above bare Python")
    bare = seconds("-c", "pass")
    say("python -c pass", f"{bare:.3f}", "")
    program("import fsm", "-c", "import fsm", most=MOST_IMPORT_MS)
    program("the words of a spec", "-c", "from fsm import action, always, spec, var")
    command = Path(sys.executable).with_name("fsm")
    if command.exists() and find_spec("fsm.cli") is not None and (ROOT / SPEC).exists():
        program(f"fsm check {SPEC}", str(command), "check", str(SPEC))
    else:
        say(f"fsm check {SPEC}", "skipped", "the command or the spec is missing")
    engine()


def program(name: str, *arguments: str, most: float | None = None) -> None:
    """One row: a program beside bare Python."""
    pairs = [(once("-c", "pass"), once(*arguments)) for _ in range(RUNS)]
    took = median(with_it for _, with_it in pairs)
    above = median(with_it - without for without, with_it in pairs) * 1000
    promised = f"   promised: at most {most} ms" if most is not None else ""
    say(name, f"{took:.3f}", f"{above:.0f} ms{promised}")


def engine() -> None:
    """Three containers: how many states a second, and what the properties cost."""
    from dataclasses import replace

    from fsm import check, many
    from fsm.model import Kind
    from tests.benchmarks.containers import STATES, Container

    model = many(Container, COPIES)
    bare = replace(model, properties=tuple(p for p in model.properties if p.kind is Kind.NEVER_STUCK))
    best = {}
    say("", "", "")
    say(f"{COPIES} containers, {STATES**COPIES:,} states", "seconds", "states a second")
    for name, checked in (("without properties", bare), ("with every property", model)):
        reports = []
        for _ in range(RUNS):
            began = time.perf_counter()
            reports.append((check(checked), time.perf_counter() - began))
        if any(report.states != STATES**COPIES or report.exit_code for report, _ in reports):
            raise SystemExit(f"a wrong answer:\n{reports[0][0]}")
        best[name] = min(took for _, took in reports)
        say(name, f"{best[name]:.3f}", f"{STATES**COPIES / best[name]:,.0f}")
    cost = best["with every property"] / best["without properties"]
    rate = STATES**COPIES / best["with every property"]
    say("properties: ratio", f"{cost:.2f}", "")
    say("promised: ratio", f"{rate / LEAST_STATES_PER_SECOND:.2f}", f"of {LEAST_STATES_PER_SECOND:,}")


def seconds(*arguments: str) -> float:
    """How long a program takes: the median of some runs."""
    return median(once(*arguments) for _ in range(RUNS))


def once(*arguments: str) -> float:
    """How long one run of a program takes; what starts with a dash is for Python."""
    line = [sys.executable, *arguments] if arguments[0].startswith("-") else list(arguments)
    began = time.perf_counter()
    subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def say(*cells: str) -> None:
    """One row of the table."""
    name, figure, rest = cells
    sys.stdout.write(f"{name:<52}{figure:>10}   {rest}".rstrip() + "\n")


if __name__ == "__main__":
    main()
