"""The answers of real runtimes, kept so that they can be looked at without one.

    python -m tests.runtime.cells_record [PROGRAM]

asks a containerd (the one on PATH, if no program is named) every cell, keeps the answers under its version
in `specs/kubelet/cells.json`, and writes the page anew.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from .cells import answer
from .cells_all import CELLS
from .cells_page import FILE, page
from .cells_scene import Scene
from .cells_show import Answer

__all__ = ["KEPT", "Answers", "kept", "record", "save"]

KEPT = Path(__file__).parents[2] / "specs" / "kubelet" / "cells.json"
Answers = Mapping[str, Answer]  #: by the cells' names


def kept(file: Path = KEPT) -> dict[str, Answers]:
    """The answers that were recorded, by the version of containerd."""
    found = json.loads(file.read_text("utf-8"))
    return {
        version: {name: Answer(*given) for name, given in answers.items()}
        for version, answers in found.items()
    }


def save(answers: Mapping[str, Answers], file: Path = KEPT) -> None:
    """Write them, a line a cell."""
    lines = []
    for version, given in sorted(answers.items()):
        cells = [f"  {json.dumps(name)}: {json.dumps(found)}" for name, found in given.items()]
        lines.append(f" {json.dumps(version)}: {{\n" + ",\n".join(cells) + "\n }")
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def record(program: str) -> tuple[str, Answers]:
    """Ask a private containerd every cell; its version and its answers."""
    from fsm.kubelet.cri.client import connect
    from fsm.kubelet.cri.containerd import PrivateContainerd

    from .cells_containerd import ContainerdWorld

    found = {}
    with TemporaryDirectory(prefix="fsm-cells-") as folder:
        private = PrivateContainerd(Path(folder) / "c", program)
        with private, connect(private.endpoint) as runtime:
            for cell in CELLS:
                scene = Scene(runtime, runtime, ContainerdWorld(runtime, Path(folder), private))
                try:
                    found[cell.name] = answer(cell, scene)
                finally:
                    scene.tidy()
        return private.version, found


def main(program: str = "containerd") -> None:
    """Record the answers of one containerd, and write the page."""
    version, answers = record(program)
    everything = {**(kept() if KEPT.exists() else {}), version: answers}
    save(everything)
    FILE.write_text(page(everything), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
