"""What was measured, kept: `recorded.json` beside this file, and the results in README.md made of it."""

import json
import os
import platform
import re
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks import peers, spin, table, tlc
from tests.benchmarks.bars import HEADINGS, bars
from tests.benchmarks.catalogue import CASES
from tests.benchmarks.measure import Row
from tests.benchmarks.process import HERE

RECORDED = HERE / "recorded.json"
README = HERE / "README.md"
BLOCK = re.compile(r"(?<=<!-- results -->\n).*(?=<!-- /results -->)", re.DOTALL)


def recorded() -> tuple[list[Row], dict[str, Any]]:
    """The rows that were kept, and everything else."""
    kept = json.loads(RECORDED.read_text()) if RECORDED.exists() else {"rows": []}
    return [Row.of(row) for row in kept.pop("rows")], kept


def write(rows: Iterable[Row], reads: float | None) -> None:
    """Keep new rows instead of older ones of the same model, size and tool; README.md gets all of them."""
    old, kept = recorded()
    merged = {(row.model, row.size, row.tool): row for row in old}
    merged |= {(row.model, row.size, row.tool): row for row in rows if row.runs}
    kept["machine"] = machine()
    kept["tools"] = kept.get("tools", {}) | tools()
    kept["reads_per_second"] = round(reads) if reads else kept.get("reads_per_second")
    every = sorted(merged.values(), key=lambda row: (row.model, row.size))
    RECORDED.write_text(json.dumps({**kept, "rows": [row.data() for row in every]}, indent=1) + "\n")
    text = "\n".join(shown(every, kept)) + "\n"
    README.write_text(BLOCK.sub(lambda _: text, README.read_text()))


def machine() -> dict[str, Any]:
    """What it was measured on."""
    told = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.*)", told.read_text()) if told.exists() else None
    cpu = named[1].strip() if named else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory)}


def tools() -> dict[str, str]:
    """Which tools there are, by version."""
    found = {"python": platform.python_version(), "spin": spin.version(), "tlc": tlc.version()}
    found |= {name: peers.version(name) for name in peers.TOOLS}
    with suppress(PackageNotFoundError):
        found["numba"] = version("numba")
    return {name: text for name, text in found.items() if text}


def shown(rows: list[Row], kept: dict[str, Any]) -> list[str]:
    """The rows at full size, and the bars."""
    small = {(case.key, case.quick) for case in CASES.values()}
    full = [row for row in rows if (row.model, row.size) not in small]
    on = kept["machine"]
    lines = [
        f"Measured on {on['cores']} cores of {on['cpu']} with {on['memory_gib']} GiB, with "
        + ", ".join(f"{name} {text}" for name, text in kept["tools"].items())
        + ".",
        "",
        *table.markdown(table.HEADINGS, (table.cells(row, table.reference(row, full)) for row in full)),
        "",
        *table.markdown(HEADINGS, (bar.cells for bar in bars(full, kept["reads_per_second"])), left=1),
    ]
    if kept["reads_per_second"]:
        lines += ["", f"Independent random reads: {kept['reads_per_second']:,} a second."]
    return lines
