"""Reports of a run of pytest, kept as files: a dashboard reads them, or a later test that would check again.

A report is JSON as `Report.to_json` writes it. It lies in a folder under the spec's file and name:
`specs/lamp.py::Lamp` is kept as `specs/lamp/Lamp.json`.
"""

from __future__ import annotations

from pathlib import Path

from fsm.saving import save
from fsm.verdict import Report

__all__ = ["keep", "kept"]


def keep(folder: Path, spec: Path, name: str, report: Report) -> None:
    """Write a report, whole or not at all.

    Args:
        folder: where reports are kept; made if it is not there.
        spec: the file of the spec, below the project's root where it is.
        name: of the spec's class.
        report: what was found.

    Raises:
        FsmError: if it cannot be written.
    """
    save(_file(folder, spec, name), report.to_json())


def kept(folder: Path, spec: Path, name: str) -> Report | None:
    """The report of a spec, or `None` if none was kept; the arguments are those of `keep`.

    Raises:
        ValueError: for a file that holds something else.
    """
    try:
        text = _file(folder, spec, name).read_text("utf-8")
    except FileNotFoundError:
        return None
    return Report.from_json(text)


def _file(folder: Path, spec: Path, name: str) -> Path:
    parts = [part for part in spec.with_suffix("").parts if part not in ("..", spec.anchor)]
    return folder.joinpath(*parts, f"{name}.json")
