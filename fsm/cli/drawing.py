"""`fsm draw` (over `fsm.gallery`): the pictures and tables of checked specs, written or compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from fsm.cli.options import complain, say, say_whose, shared, targets
from fsm.cli.output import Output
from fsm.errors import FsmError
from fsm.explorer import explore
from fsm.gallery import FORMATS, Page, fold_pages, gallery, strays
from fsm.lens import lens_of
from fsm.limits import Limits
from fsm.targets import Target, find


@click.command("draw")
@targets
@click.option(
    "-o",
    "--output",
    "folder",
    default="diagrams",
    show_default=True,
    metavar="FOLDER",
    help="Where pictures go.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Only this one; repeatable. All of them otherwise.",
)
@click.option(
    "--fold",
    "folds",
    multiple=True,
    metavar="VARIABLES",
    help="Draw states folded by these, such as 'phase, slot.state', instead; repeatable.",
)
@click.option("--loops/--no-loops", default=True, help="With --fold: whether nodes say what stays in them.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something is stale.")
@click.option("--max-states", type=click.IntRange(1), metavar="N", help="End after N states of a spec.")
@shared
def command(
    targets: tuple[str, ...],
    folder: str,
    formats: tuple[str, ...],
    folds: tuple[str, ...],
    loops: bool,
    check: bool,
    max_states: int | None,
    detail: int,
    color: bool | None,
) -> int:
    """Draw specs: state diagrams, tables, and the path and message sequence of each finding.

    DOT, SVG, Mermaid, PlantUML and Markdown files go to FOLDER; only what has changed is written. Drawing
    all of a folder named specs/ also writes its index, specs/README.md.

    With --fold, states that have the same values of some variables are one node: `phase`, a field
    (`slot.state`), a key (`phase[0]`), how many there are of each (`phase[*]`), or a method without
    arguments, with commas between them. Arrows are solid where every state of the node has them.

    Exit codes: 0 done (or all fresh), 1 something is stale, 2 wrong usage or wrong spec.
    """
    out, found = Output(None, color), find(targets)
    say_whose(targets)
    for error in found.mistakes:
        complain(error, detail > 0)
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise FsmError(f"{folder} is no folder: pictures need one; choose it with -o")
    limits = Limits(max_states=max_states)
    if folds:
        pages = _folded(found.targets, folds, place, formats or FORMATS, limits, loops)
    else:
        pages = gallery(found.targets, place, formats or FORMATS, limits)
    stale = [page for page in pages if page.is_stale]
    whole = not targets and not formats and not folds and not found.mistakes
    left = strays(pages, place) if whole else []
    if check:
        for page in stale:
            say(f"{page.file} is stale: run `fsm draw`")
        for file in left:
            say(f"{file} belongs to no spec: remove it")
        if detail >= 0 and not stale and not left:
            out.text(f"{len(pages)} files in {folder} are fresh\n")
        return 2 if found.mistakes else int(bool(stale or left))
    _write(stale, detail, out)
    for file in left:
        say(f"{file} belongs to no spec any more: remove it if nobody links to it")
    if detail >= 0:
        out.text(f"{len(stale)} of {len(pages)} files written, the others were fresh: see {folder}\n")
    return 2 if found.mistakes else 0


def _folded(
    targets: Sequence[Target],
    folds: Sequence[str],
    place: Path,
    formats: Sequence[str],
    limits: Limits,
    loops: bool,
) -> list[Page]:
    """The pages of folds; none is made before all of them can be read."""
    wrong: dict[str, FsmError] = {}
    for target in targets:
        for text in folds:
            try:
                lens_of(target.model, text)
            except FsmError as error:
                wrong.setdefault(str(error), error)
    if wrong:
        *others, last = wrong.values()
        for other in others:
            complain(other)
        raise last
    pages: list[Page] = []
    for target in targets:
        graph = explore(target.model, limits)
        for text in dict.fromkeys(lens_of(target.model, text).text for text in folds):
            pages += fold_pages(target, graph, text, place, formats, loops, limits)
    return pages


def _write(stale: list[Page], detail: int, out: Output) -> None:
    for page in stale:
        page.write()
        if detail >= 0:
            out.text(f"  {page.file}\n")
