"""The matrix: every question, asked of every version on every runtime under every restart policy.

A *cell* is one spec and all the places (version, runtime, policy) that it answers for. Two places share a
cell exactly if they agree in runtime, policy and everything that the question's world can read of a version
(or if the world is the very same class). So what is shared is shared by construction; cells that were
explored each for itself and came out equal stay two.

Results are data, `matrix.json` beside this file: one report for each cell, with the digest of what it rests
on (see `matrix_sources`). A result whose digest is another one now is stale, and says nothing.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from fsm import __version__, check
from fsm.limits import available_memory
from fsm.verdict import Outcome, Report

from .matrix_sources import digest_of
from .node import Policy
from .runtimes import RUNTIMES
from .versions import VERSIONS, numbers
from .worlds import QUESTIONS, Question, part

FILE = Path(__file__).with_name("matrix.json")
SCHEMA = 1
LONGEST = 1800.0  # seconds for one cell; what takes longer is unknown


class Place(NamedTuple):
    """Where a question is asked: the names of a version's row, a runtime and a restart policy."""

    version: str
    runtime: str
    policy: str

    def __str__(self) -> str:
        return f"{self.version}, {self.runtime}, {self.policy}"


@dataclass(frozen=True)
class Cell:
    """One spec, and all the places that it answers for.

    Args:
        question: what is asked.
        world: the spec.
        places: where, oldest version first; the first one names the cell.
    """

    question: Question
    world: type
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """What the cell is called: `instances: 1.17, containerd, Always`."""
        return f"{self.question.name}: {self.places[0]}"


@dataclass(frozen=True)
class Result:
    """What is known of one cell.

    Args:
        cell: its name.
        places: where it answers.
        digest: of what it rests on.
        data: the report as JSON has it.
    """

    cell: str
    places: tuple[Place, ...]
    digest: str
    data: Mapping[str, Any]

    @cached_property
    def report(self) -> Report:
        """What the check found."""
        return Report.from_json(json.dumps(self.data))


@dataclass(frozen=True)
class Wanted:
    """Which cells are meant; an empty choice means all.

    Args:
        questions, versions, runtimes, policies: names.
    """

    questions: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    runtimes: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()

    def takes(self, cell: Cell) -> bool:
        """Whether a cell is among them."""
        return (not self.questions or cell.question.name in self.questions) and any(
            (not self.versions or place.version in self.versions)
            and (not self.runtimes or place.runtime in self.runtimes)
            and (not self.policies or place.policy in self.policies)
            for place in cell.places
        )


@cache
def cells() -> tuple[Cell, ...]:
    """All cells, question by question, runtime by runtime, policy by policy, oldest version first."""
    return tuple(cell for question in QUESTIONS for cell in cells_of(question))


def cells_of(question: Question) -> Iterator[Cell]:
    """The cells of one question."""
    shared: dict[Any, list[Place]] = {}
    worlds: dict[Any, type | None] = {}
    for runtime in RUNTIMES:
        for policy in Policy:
            for version in VERSIONS:
                key = (part(version, question.reads), runtime, policy)
                if key not in worlds:
                    worlds[key] = question.spec(version, runtime, policy)
                world = worlds[key]
                if world is not None:  # the question arises
                    place = Place(version.name, runtime.name, policy.value)
                    shared.setdefault(world, []).append(place)
    for world, places in shared.items():
        yield Cell(question, world, tuple(sorted(places, key=lambda place: numbers(place.version))))


def load(file: Path) -> dict[str, Result]:
    """The results that are kept, by the names of their cells; none if there is no file yet.

    Raises:
        ValueError: if it is a file of something else.
    """
    try:
        data = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(
            f"{file} is no matrix: it is not JSON ({error}); remove it and run it anew"
        ) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or not {"traces", "cells"} <= data.keys():
        raise ValueError(f"{file} is no matrix of schema {SCHEMA}: remove it and run it anew")
    traces = data["traces"]
    return {name: _result(name, one, traces) for name, one in data["cells"].items()}


def save(results: Mapping[str, Result], file: Path) -> None:
    """Keep results, in the order of the cells, one on each line; the file is replaced at once.

    Many cells have the same traces: each is kept once, under its digest.
    """
    order = {cell.name: number for number, cell in enumerate(cells())}
    kept = sorted((one for one in results.values() if one.cell in order), key=lambda one: order[one.cell])
    traces: dict[str, Any] = {}
    rows = {one.cell: _data(one, traces) for one in kept}
    text = (
        f'{{"schema": {SCHEMA}, "fsm": "{__version__}",\n"traces": {_lines(traces)},\n'
        f'"cells": {_lines(rows)}}}\n'
    )
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _lines(data: Mapping[str, Any]) -> str:
    """A JSON object with each of its members on a line."""
    rows = (f"{json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in data.items())
    return "{\n" + ",\n".join(rows) + "\n}"


def _data(result: Result, traces: dict[str, Any]) -> dict[str, Any]:
    """A result as it is kept: its traces are put with the others, and what is empty is left out."""
    properties = [
        {name: value for name, value in {**one, "trace": _kept(one["trace"], traces)}.items() if value}
        for one in result.data["properties"]
    ]
    report = {**result.data, "properties": properties}
    return {"places": result.places, "digest": result.digest, "report": report}


def _kept(trace: Any, traces: dict[str, Any]) -> str | None:
    if trace is None:
        return None
    name = sha256(json.dumps(trace).encode()).hexdigest()[:12]
    traces[name] = trace
    return name


def _result(name: str, data: Mapping[str, Any], traces: Mapping[str, Any]) -> Result:
    properties = [
        {"arguments": [], **one, "trace": traces.get(one.get("trace"))}
        for one in data["report"]["properties"]
    ]
    report = {**data["report"], "properties": properties}
    return Result(name, tuple(Place(*one) for one in data["places"]), data["digest"], report)


def is_fresh(cell: Cell, results: Mapping[str, Result]) -> bool:
    """Whether there is a result for a cell that rests on what is there now."""
    known = results.get(cell.name)
    return known is not None and known.places == cell.places and known.digest == digest_of(cell.world)


def stale(results: Mapping[str, Result]) -> list[Cell]:
    """The cells that there is no result for, or a stale one."""
    return [cell for cell in cells() if not is_fresh(cell, results)]


def fresh(results: Mapping[str, Result]) -> dict[str, Result]:
    """The results that rest on what is there now; what is stale says nothing."""
    return {cell.name: results[cell.name] for cell in cells() if is_fresh(cell, results)}


def explore(cell: Cell, max_memory: int | None = None, timeout: float | None = LONGEST) -> Result:
    """Check one cell.

    Args:
        cell: which one.
        max_memory, timeout: bytes and seconds; what they keep from being seen is unknown.
    """
    report = check(cell.world, engine="native", max_memory=max_memory, timeout=timeout)
    plain = tuple(
        replace(one, doc="", place="", trace=None if one.kind == "sometimes" else one.trace)
        for one in report.properties
    )  # examples are not shown
    actions = tuple(replace(one, place="") for one in report.actions)
    report = replace(report, doc="", place="", properties=plain, actions=actions)
    return Result(cell.name, cell.places, digest_of(cell.world), json.loads(report.to_json()))


def run(
    wanted: Sequence[Cell],
    results: Mapping[str, Result],
    keep: Callable[[Result], None],
    processes: int = 2,
) -> None:
    """Check cells in processes of their own, the largest first as far as that is known.

    Args:
        wanted: which cells.
        results: what was known of them; for their sizes.
        keep: called with each result as soon as it is there.
        processes: how many run at once, each on one core; they share the memory that there is.
    """

    def size(cell: Cell) -> int:
        return results[cell.name].report.states if cell.name in results else 1 << 62

    memory = available_memory() // processes
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        order = sorted(wanted, key=size, reverse=True)
        going = [pool.submit(_explore, cell.question.name, cell.name, memory) for cell in order]
        try:
            for one in as_completed(going):
                keep(one.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _explore(question: str, name: str, memory: int) -> Result:
    """In a process of its own: a cell by its name."""
    asked = next(one for one in QUESTIONS if one.name == question)
    return explore(next(cell for cell in cells_of(asked) if cell.name == name), memory)


def told(result: Result, question: Question) -> str:
    """A result in one line.

    Args:
        result: of a cell.
        question: that it answers.
    """
    report = result.report
    found = [f"{promise} {short(report, name)}" for promise, name in question.promises.items()]
    size = f"{report.states:,} states in {report.seconds:.1f} s"
    return f"{result.cell}: {size}; {', '.join(found)}"


def asks(result: Result, name: str) -> bool:
    """Whether a promise was judged in a cell; where it would be empty, its world does not have it."""
    return any(one.name == name for one in result.report.properties)


def short(report: Report, name: str) -> str:
    """A verdict in a few words: `holds`, `2 faults, 18 steps`, `unknown`; `–` where it was not asked."""
    if all(one.name != name for one in report.properties):
        return "–"
    found = report[name]
    if found.outcome is not Outcome.VIOLATED or found.trace is None:
        return found.outcome.value
    return f"{count(found.trace.faults, 'fault')}, {count(len(found.trace), 'step')}"


def count(number: int, what: str) -> str:
    """A number of things.

    >>> count(0, "fault"), count(1, "step"), count(2, "step")
    ('no fault', '1 step', '2 steps')
    """
    return f"{number or 'no'} {what}{'s' * (number > 1)}"


def unreached(results: Iterable[Result]) -> dict[str, tuple[str, ...]]:
    """The actions that no state of a cell allows, by the cells' names."""
    return {one.cell: one.report.never_enabled for one in results if one.report.never_enabled}


def summary(results: Mapping[str, Result]) -> dict[str, Any]:
    """What is kept, in numbers."""
    reports = [one.report for one in results.values()]
    return {
        "cells": len(reports),
        "states": sum(report.states for report in reports),
        "transitions": sum(report.transitions for report in reports),
        "seconds": sum(report.seconds for report in reports),
    }
