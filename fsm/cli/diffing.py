"""`fsm diff` (over `fsm.comparison`): what differs between two specs."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click

from fsm.cli.checking import no_nan
from fsm.cli.options import only_one, output, say, shared
from fsm.cli.output import Output
from fsm.cli.watching import Watcher
from fsm.comparison import Checked, compare
from fsm.difference import Difference
from fsm.errors import FsmError
from fsm.limits import Limits
from fsm.render.difference import difference_text
from fsm.targets import Target

ACTIONS = "actions"  #: what `--seen` says for nothing of the state


@click.command("diff")
@click.argument("first", metavar="FIRST")
@click.argument("second", metavar="SECOND")
@click.option(
    "--seen",
    metavar="VARIABLES",
    help="What of the state tells behaviours apart: `phase,events`, or `actions` for nothing of it; all that "
    "both specs have otherwise.",
)
@click.option(
    "--hide",
    "hidden",
    multiple=True,
    metavar="ACTION",
    help="Do not look at this action, and let it happen in between; repeatable.",
)
@click.option("--draw", "folder", metavar="FOLDER", help="Draw both phase graphs as one picture there.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@output
@click.option(
    "--max-states", type=click.IntRange(1), metavar="N", help="End after N states, and after N pairs of them."
)
@click.option("--max-depth", type=click.IntRange(0), metavar="N", help="End N steps from the beginning.")
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    callback=no_nan,
    metavar="SECONDS",
    help="End each search after so long.",
)
@shared
def command(
    first: str,
    second: str,
    seen: str | None,
    hidden: tuple[str, ...],
    folder: str | None,
    form: str,
    output: str | None,
    max_states: int | None,
    max_depth: int | None,
    timeout: float | None,
    detail: int,
    color: bool | None,
) -> int:
    """Say what differs between the specs FIRST and SECOND, which are often two versions of one.

    Declarations, transitions of the phase, verdicts, and behaviours: the shortest run of each that the other
    cannot follow. Specs are compared by the names in them.

    Exit codes: 0 no difference, 1 they differ, 2 wrong usage or wrong spec, 3 unknown, 130 interrupted.
    """
    out = Output(output, color)
    if folder is not None and Path(folder).exists() and not Path(folder).is_dir():
        raise FsmError(f"{folder} is no folder: pictures need one; choose it with --draw")
    limits = Limits(max_states=max_states, max_depth=max_depth, timeout=timeout)
    with redirect_stdout(sys.stderr):  # what a spec prints is no result
        one, other = only_one([first]), only_one([second])
        named = one.model.name != other.model.name
        parts = None if seen is None else _names(seen)
        difference = _look(one, other, named, parts, hidden, limits, folder, detail)
    if form == "json":
        out.text(difference.to_json())
    else:
        out.lines(difference_text(difference, detail))
    out.close()
    return difference.exit_code


def _look(
    first: Target,
    second: Target,
    named: bool,
    seen: list[str] | None,
    hidden: tuple[str, ...],
    limits: Limits,
    folder: str | None,
    detail: int,
) -> Difference:
    """Check both, compare them, and draw the picture if it is wanted."""
    checked = []
    for target in (first, second):
        name = target.model.name if named else target.id
        with Watcher(name, silent=detail < 0) as watcher:
            checked.append(Checked.of(target.model, name, target.id, limits, watcher))
    with Watcher("behaviours", silent=detail < 0) as watcher:
        difference = compare(checked[0], checked[1], seen, hidden, limits, watcher)
    if folder is not None:
        from fsm.gallery import difference_pages

        for page in difference_pages(Path(folder), checked[0], checked[1], difference):
            page.write()
            if detail >= 0:
                say(f"wrote {page.file}")
    return difference


def _names(text: str) -> list[str]:
    """The names in a list with commas; none for `actions`."""
    names = [name.strip() for name in text.split(",")]
    if names == [ACTIONS]:
        return []
    if not all(names):
        raise click.UsageError(
            f"--seen {text!r} has an empty name: write `--seen phase,events`, or `--seen {ACTIONS}` for "
            "nothing of the state"
        )
    return names
