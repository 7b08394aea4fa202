"""Records what TLC answers, in recorded.json: `TLA2TOOLS=tla2tools.jar python -m tests.export.record`.

Shipped specs are named, random ones kept as source text. Where TLC needs too much memory or time for a
promise over runs, nothing is recorded of it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from fsm.declaration import model_of
from fsm.errors import SpecError
from fsm.export.tla import tla
from fsm.export.translation import machine_of
from fsm.model import Model
from fsm.targets import find
from tests.export import tlc
from tests.strategies import NAMES, specs, specs_with_runs

RECORDED = Path(__file__).with_name("recorded.json")
DRAWN = 30  #: random specs of each sort


def main() -> None:
    """Ask TLC everything again."""
    shipped = find(["specs/classics", "specs/kubelet"]).targets
    data = {
        "tool": "TLC",
        "shipped": {target.id: answered(target.model) for target in shipped},
        "random": [
            {"source": source, **answered(model)}
            for strategy in (specs(), specs_with_runs())
            for source, model in drawn(strategy)
        ],
    }
    RECORDED.write_text(json.dumps(data, indent=1) + "\n")


def answered(model: Model) -> dict[str, Any]:
    """What TLC says of a model: counts, violated claims, and which promises over runs are broken."""
    machine = machine_of(model)
    files = tla(machine)
    answer = tlc.check(files, machine.name)
    runs = {}
    for promise in machine.promises:
        if f"    {promise.name}\n" in files[f"{machine.name}_runs.cfg"]:
            try:
                runs[promise.label] = tlc.is_broken(files, machine.name, promise.name)
            except (AssertionError, subprocess.TimeoutExpired):
                sys.stderr.write(f"too large: {machine.name} {promise.label}\n")
    counts = {"states": answer.states, "generated": answer.generated}
    return {**counts, "violated": list(answer.violated), "runs": runs}


def drawn(strategy: Any) -> Iterator[tuple[str, Model]]:
    """Random specs that are right, the same ones each time."""
    sources: dict[str, None] = {}

    @seed(1)
    @settings(
        max_examples=2 * DRAWN, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def draw(spec: Any) -> None:
        sources[spec.source] = None

    draw()
    for source in list(sources)[:DRAWN]:
        try:
            yield source, model_from(source)
        except SpecError:
            continue


def model_from(source: str) -> Model:
    """The model of a random spec's source."""
    names: dict[str, Any] = {**NAMES, "__name__": "tests.strategies"}
    exec(source, names)
    return model_of(names["Drawn"])


if __name__ == "__main__":
    main()
