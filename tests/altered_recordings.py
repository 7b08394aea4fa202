"""The recordings of a real kubelet (v1.20.2, containerd 1.6.20, CRI v1alpha2), and what is done to them.

An alteration is a function that changes a recording as its name says; the tests name the line at which a spec
has to refuse it.
"""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from fsm.recording import Line, read_lines

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "recordings"
NAMES = sorted(path.name.removesuffix(".cri.jsonl.gz") for path in FOLDER.glob("*.cri.jsonl.gz"))

S01, S03, S05, S06, S09, S12, S15 = NAMES


@cache
def lines_of(name: str) -> tuple[Line, ...]:
    return read_lines(FOLDER / f"{name}.cri.jsonl.gz")


class Altered:
    """A recording to change: its rows, counted from 1 like its lines."""

    def __init__(self, name: str) -> None:
        self.rows: list[dict[str, Any]] = [copy.deepcopy(dict(line.data)) for line in lines_of(name)]

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self.rows[number - 1]

    def lines(self) -> list[Line]:
        return [Line(number, row) for number, row in enumerate(self.rows, 1) if row]

    def count(
        self, number: int, count: int, *, annotation: int | None = None, log: int | None = None
    ) -> None:
        """Set the restart count of a create, everywhere or differing."""
        config = self[number]["req"]["config"]
        config["metadata"]["attempt"] = count
        written = count if annotation is None else annotation
        config["annotations"]["io.kubernetes.container.restartCount"] = str(written)
        config["log_path"] = f"main/{count if log is None else log}.log"

    def remove(self, number: int) -> None:
        """Remove a row; the lines below keep their numbers, so that the tests can name them."""
        self.rows[number - 1] = {}

    def call(self, number: int, name: str, **request: Any) -> None:
        """Put another call in the place of one that says nothing."""
        assert self[number]["call"] in ("Version", "Status", "ImageStatus", "ImageFsInfo"), self[number][
            "call"
        ]
        row = self[number]
        row.update(svc="runtime.v1alpha2.RuntimeService", call=name, req=request, resp={}, code="OK")

    def repeat(self, number: int, source: int, **changes: Any) -> None:
        """Put a call in the place of one that says nothing, as another line has it."""
        row = self[source]
        self.call(number, row["call"], **copy.deepcopy(row["req"]))
        self[number]["resp"] = {**copy.deepcopy(row.get("resp", {})), **changes}

    def shown(self, number: int, container: str) -> dict[str, Any]:
        """A container in a list."""
        (found,) = (one for one in self[number]["resp"]["containers"] if one["id"].startswith(container))
        return found

    def note(self, **told: Any) -> list[Line]:
        """The lines, with a note before them."""
        return [Line(0, {"note": "a note", **told}), *self.lines()]


def attempt_skipped(one: Altered) -> None:
    one.count(52, 2)


def attempt_repeated_after_a_lost_reply_was_seen(one: Altered) -> None:
    one.count(49, 0)


def attempt_raised_after_a_refusal(one: Altered) -> None:
    one.count(39, 1)


def attempt_going_down(one: Altered) -> None:
    one.count(294, 1)


def first_attempt_not_zero(one: Altered) -> None:
    one.count(30, 1)


def annotation_behind_the_attempt(one: Altered) -> None:
    one.count(52, 1, annotation=0)


def log_path_behind_the_attempt(one: Altered) -> None:
    one.count(52, 1, log=0)


def create_and_start_removed(one: Altered) -> None:
    one.remove(52)
    one.remove(53)


def create_of_a_container_that_is_never_started_removed(one: Altered) -> None:
    one.remove(30)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [one for key, value in inner for one in places(value, (*path, key))]
