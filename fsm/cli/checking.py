"""`fsm check`: explore every reachable state and judge every property."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import click

from fsm.checker import check_model
from fsm.cli.options import complain, messages, output, say_whose, shared, targets
from fsm.cli.output import Output
from fsm.cli.watching import Watcher
from fsm.errors import FsmError, SpecError, TargetError, did_you_mean
from fsm.limits import Limits
from fsm.prose import report_text, summary_text
from fsm.reproduction import with_commands
from fsm.strategy import ENGINES, EngineName, Strategy
from fsm.targets import Target, find
from fsm.verdict import SCHEMA, Report


@dataclass
class Session:
    """What one call of `fsm check` has found so far."""

    reports: list[tuple[Target, Report]] = field(default_factory=list)
    mistakes: list[FsmError] = field(default_factory=list)
    left: list[Target] = field(default_factory=list)
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """130 interrupted, 2 something is wrong, 1 violated, 3 unknown, 0 all is as it should be."""
        if self.interrupted:
            return 130
        codes = {report.exit_code for _, report in self.reports}
        if self.mistakes or not codes:
            return 2
        return next(code for code in (1, 3, 0) if code in codes)


def no_nan(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """A number, if it is one."""
    if value is not None and isnan(value):
        raise click.BadParameter("this is no number of seconds")
    return value


def _bytes(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """A size such as 8G as a number of bytes."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
    size = int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " ")) if found else 0
    if size < 1:
        raise click.BadParameter(f"{value!r} is no size: write 8G, 500M or a number of bytes")
    return size


@click.command("check")
@targets
@click.option("--property", "names", multiple=True, metavar="NAME", help="Judge only this one; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json", "junit"]), default="text")
@output
@click.option("--max-states", type=click.IntRange(1), metavar="N", help="End after N states of a spec.")
@click.option("--max-depth", type=click.IntRange(0), metavar="N", help="End N steps from the beginning.")
@click.option("--max-faults", type=click.IntRange(0), metavar="N", help="Follow runs with at most N faults.")
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    callback=no_nan,
    metavar="SECONDS",
    help="End each spec's exploration after so long.",
)
@click.option(
    "--max-memory",
    callback=_bytes,
    metavar="SIZE",
    help="End when the process holds so much: 8G, 500M; by default, when the machine has no more.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    help="Python, compiled code (the extra `fast`), or Python first and then what pays.",
)
@click.option("--workers", type=click.IntRange(1, 2), default=1, help="Cores for the native engine.")
@click.option(
    "--symmetry/--no-symmetry",
    default=None,
    help="Explore interchangeable members up to renaming; by default where a spec declares them.",
)
@click.option(
    "--checkpoint",
    default="",
    metavar="FILE",
    help="Keep what was explored in FILE, and go on from there if it is there.",
)
@shared
def command(
    targets: tuple[str, ...],
    names: tuple[str, ...],
    form: str,
    output: str | None,
    detail: int,
    color: bool | None,
    engine: EngineName,
    workers: int,
    symmetry: bool | None,
    checkpoint: str,
    **limits: Any,
) -> int:
    """Explore every reachable state of specs and judge their properties.

    What ends early (--max-…, --timeout, Ctrl-C) is unknown, unless a violation was found by then: exit
    code 3, never 0.
    """
    out, session = Output(output, color), Session()
    with redirect_stdout(sys.stderr):  # what a spec prints is no result
        try:
            _check(
                session, targets, names, Limits(**limits), out if form == "text" else None, detail,
                Strategy(engine, workers, symmetry, checkpoint),
            )  # fmt: skip
        except KeyboardInterrupt:
            session.interrupted = True
    for error in session.mistakes:
        complain(error, detail > 0)
    if form == "text":
        left = [target.name for target in session.left]
        reports = [report for _, report in session.reports]
        out.lines(summary_text(reports, sum(len(messages(e)) for e in session.mistakes), left))
    elif form == "json":
        out.text(_json(session))
    else:
        from fsm.render.junit import junit

        wrong = [message for error in session.mistakes for message in messages(error)]
        out.text(junit([(target.id, report) for target, report in session.reports], wrong))
    out.close()
    return session.exit_code


def _check(
    session: Session,
    texts: Sequence[str],
    names: Sequence[str],
    limits: Limits,
    out: Output | None,
    detail: int,
    strategy: Strategy,
) -> None:
    """Find the targets, and check one after the other; text is shown as soon as it is known."""
    say_whose(texts)
    found = find(texts)
    session.mistakes += found.mistakes
    session.left = _asked(found.targets, names, session.mistakes)
    while session.left:
        target = session.left[0]
        known = [name for name in names if _has(target, name)]
        try:
            with Watcher(target.name, silent=detail < 0) as watcher:
                report = check_model(target.model, limits, known, watcher, strategy=strategy)
        except SpecError as error:
            session.mistakes.append(error)
            session.left.pop(0)
            continue
        report = with_commands(report, target.id, limits, strategy)
        session.reports.append((target, report))
        session.left.pop(0)
        if out is not None and (detail >= 0 or report.exit_code):
            out.lines([*report_text(report, detail), ()])
        if report.stopped == "interrupted":
            raise KeyboardInterrupt


def _asked(found: Sequence[Target], names: Sequence[str], mistakes: list[FsmError]) -> list[Target]:
    """The targets that have a property that was asked for; a name that none has is a mistake."""
    if not names or not found:
        return list(found)
    known = dict.fromkeys(asked.name for target in found for asked in target.model.properties)
    mistakes += [
        TargetError(f"there is no property `{name}`: {did_you_mean(name, known)}")
        for name in dict.fromkeys(names)
        if name not in known
    ]
    return [target for target in found if any(_has(target, name) for name in names)]


def _has(target: Target, name: str) -> bool:
    return any(asked.name == name for asked in target.model.properties)


def _json(session: Session) -> str:
    data = {
        "schema": SCHEMA,
        "exit_code": session.exit_code,
        "reports": [
            {"target": target.id, "report": json.loads(report.to_json())}
            for target, report in session.reports
        ],
        "mistakes": [message for error in session.mistakes for message in messages(error)],
        "not_checked": [target.id for target in session.left],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
