"""The pictures and tables of checked specs, as files: what they are, and which of them are stale.

For each spec a state diagram (DOT, SVG, Mermaid, PlantUML) and a page with its table of transitions; for
each finding and each violation the diagram again with the path highlighted, and its message sequence; for
each fold that the spec asks for (`@spec(folds=…)`) its picture and a page that lists all of it. For each
pair in a file's `DIFFERENCES` a page of what differs, with a picture of both. An index of all specs stands
beside the specs.

Freshness is judged by text: an SVG differs from one Graphviz to the next, so it carries the digest of the
DOT text that it was drawn from, and is drawn again only when that has changed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fsm.checker import report as report_of
from fsm.comparison import Checked, compare, neighbours
from fsm.difference import Difference
from fsm.errors import FsmError
from fsm.explorer import explore
from fsm.folding import MOST_BLOCKS, fold
from fsm.graph import Graph
from fsm.illustration import is_illustrated
from fsm.lens import lens_of
from fsm.limits import NO_LIMITS, Limits, Progress
from fsm.render import difference as differing
from fsm.render import dot, folded, mermaid, plantuml
from fsm.render.diagram import Diagram
from fsm.render.extract import diagram, moves, rows, sequence
from fsm.render.index import Entry, index
from fsm.render.overlay import overlay, title
from fsm.render.page import page, told
from fsm.render.sequence import Sequence as SequencePicture
from fsm.saving import save
from fsm.strategy import Strategy
from fsm.targets import Target
from fsm.verdict import Report

FORMATS = ("dot", "svg", "mmd", "puml", "md")
SPECS = "specs"
INDEX = "README.md"


@dataclass(frozen=True)
class Page:
    """One file of the gallery.

    Args:
        file: where it belongs.
        text: what it says; for an SVG the DOT text that it is drawn from.
    """

    file: Path
    text: str

    @property
    def is_stale(self) -> bool:
        """Whether the file is missing or says something else."""
        try:
            there = self.file.read_text("utf-8")
        except FileNotFoundError:
            return True
        except (OSError, UnicodeDecodeError) as error:
            raise FsmError(f"{self.file} cannot be compared: {error}") from None
        if self.file.suffix == ".svg":
            return _stamp(self.text) not in there
        return there != self.text

    def write(self) -> None:
        """Write the file under another name and rename it; raises `FsmError` if that fails."""
        text = self.text
        if self.file.suffix == ".svg":
            drawn = dot.render(text, "svg").decode("utf-8")
            text = drawn.rstrip() + f"\n{_stamp(text)}\n"
        save(self.file, text)


def gallery(
    targets: Sequence[Target],
    folder: Path,
    formats: Sequence[str] = FORMATS,
    limits: Limits = NO_LIMITS,
    progress: Callable[[Target], Callable[[Progress], None] | None] | None = None,
) -> list[Page]:
    """Every page of the gallery of some specs.

    Args:
        targets: the specs.
        folder: where pictures go; the specs' own folders are kept below it.
        formats: which of `FORMATS` are wanted.
        limits: where exploring a spec ends early; what was not seen is not drawn, and the page says so.
        progress: asked for each spec.

    Returns:
        The pages, the index of specs last if the targets are a whole folder of specs.
    """
    pages: list[Page] = []
    checked: list[tuple[Target, Report]] = []
    pairs = neighbours(targets)
    compared = {id(target.spec): target for pair in pairs for target in pair}
    known: dict[int, Checked] = {}
    for target in targets:
        graph = explore(target.model, limits, progress(target) if progress else None)
        report = report_of(graph)
        stem = folder / _shelf(target) / _snake(target.model.name)
        found, illustrated = moves(graph), is_illustrated(target)
        pages += _pictures(stem, diagram(graph, found=found), formats)
        if "md" in formats:
            text = page(report, target.id, stem.name, rows(graph, found), illustrated)
            pages.append(Page(stem.with_name(f"{stem.name}.md"), text))
        for parts in target.model.folds:
            pages += fold_pages(target, graph, parts, folder, formats, limits=limits)
        for result in told(report) if illustrated else ():
            path = stem.with_name(f"{stem.name}.{result.name}")
            pages += _pictures(path, diagram(graph, result, found), formats)
            said = stem.with_name(f"{stem.name}.{result.name}.sequence")
            pages += _pictures(said, sequence(graph.model, result), formats)
        checked.append((target, report))
        if id(target.spec) in compared:
            known[id(target.spec)] = Checked(graph, report, target.name, target.id)
    for spec, target in compared.items():
        if spec not in known:
            watch = progress(target) if progress else None
            known[spec] = Checked.of(target.model, target.name, target.id, limits, watch)
    differences: list[tuple[Path, Difference]] = []
    for one, other in pairs:
        first, second = known[id(one.spec)], known[id(other.spec)]
        difference = compare(first, second, limits=limits)
        shelf = folder / _shelf(one)
        pages += difference_pages(shelf, first, second, difference, formats)
        differences.append((shelf / f"{_joint(first, second)}.md", difference))
    home = _home(targets)
    if home is not None and "md" in formats:
        pages.append(Page(home / INDEX, _index(checked, home, folder, differences)))
    return pages


def strays(pages: Sequence[Page], folder: Path) -> list[Path]:
    """Files in the gallery's folder that look like pages and belong to no spec.

    A folder inside a shelf that holds none of our pages is somebody else's, and left alone.
    """
    ours = {page.file.resolve() for page in pages}
    shelves = {file.parent for file in ours}
    found = (file for ending in FORMATS for file in sorted(folder.rglob(f"*.{ending}")))
    return [
        file
        for file in found
        if file.resolve() not in ours
        and (file.parent.resolve() in shelves or not shelves & set(file.resolve().parent.parents))
    ]


def fold_pages(
    target: Target,
    graph: Graph,
    text: str,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    loops: bool = True,
    limits: Limits = NO_LIMITS,
) -> list[Page]:
    """The picture of a folded graph, and the page that lists all of it.

    Args:
        target: the spec.
        graph: its explored states; if they were explored up to renaming and the fold tells members apart,
            they are explored once more.
        text: what the fold looks at; see `fsm.lens`.
        folder: where pictures go.
        formats: which of `FORMATS` are wanted.
        loops: whether nodes say what stays in them.
        limits: where exploring once more ends early.

    Raises:
        FsmError: if the text is no fold, or nobody could read the picture.
    """
    lens = lens_of(target.model, text)
    if graph.symmetry is not None and not lens.steady:
        graph = explore(target.model, limits, strategy=Strategy(symmetry=False))
    quotient = fold(graph, lens, MOST_BLOCKS)
    stem = folder / _shelf(target) / f"{_snake(target.model.name)}.{folded.stem(lens.text)}"
    pages: list[Page] = []
    if set(formats) - {"md"}:
        pages += _pictures(stem, folded.diagram(quotient, loops, listed="md" in formats), formats)
    if "md" in formats:
        picture = f"{stem.name}.svg" if "svg" in formats else ""
        command = shlex.join(["fsm", "draw", target.id, "--fold", lens.text])
        pages.append(Page(stem.with_name(f"{stem.name}.md"), folded.page(quotient, picture, command)))
    return pages


def difference_pages(
    folder: Path,
    first: Checked,
    second: Checked,
    difference: Difference,
    formats: Sequence[str] = FORMATS,
) -> list[Page]:
    """The picture of two specs, and the page of what differs between them.

    Args:
        folder: where they go.
        first, second: the two.
        difference: what `compare` found.
        formats: which of `FORMATS` are wanted.
    """
    stem = folder / _joint(first, second)
    pages = list(_pictures(stem, overlay(first.sheet, second.sheet), formats))
    if "md" in formats:
        command = shlex.join(["fsm", "diff", first.target or first.name, second.target or second.name])
        pages.append(
            Page(
                stem.with_name(f"{stem.name}.md"),
                differing.page(difference, title(first.name, second.name), f"{stem.name}.svg", command),
            )
        )
    return pages


def _index(
    checked: Sequence[tuple[Target, Report]],
    home: Path,
    folder: Path,
    compared: Sequence[tuple[Path, Difference]],
) -> str:
    """The index of the specs in a folder, in the order of their files; its links are relative to there."""

    def seen(file: Path) -> str:
        return Path(os.path.relpath(file, home)).as_posix()

    ordered = sorted(checked, key=lambda one: (one[0].file.as_posix(), one[0].model.where.line))
    entries = [
        Entry(report, seen(folder / _shelf(target) / f"{_snake(report.spec)}.md"), seen(target.file))
        for target, report in ordered
    ]
    return index(entries, [(seen(file), difference) for file, difference in compared])


def _pictures(stem: Path, picture: Diagram | SequencePicture, formats: Sequence[str]) -> Iterator[Page]:
    drawn = dot.write(picture)
    texts: dict[str, Callable[[], str]] = {
        "dot": lambda: drawn,
        "svg": lambda: drawn,
        "mmd": lambda: mermaid.write(picture),
        "puml": lambda: plantuml.write(picture),
    }
    for ending, text in texts.items():
        if ending in formats:
            yield Page(stem.with_name(f"{stem.name}.{ending}"), text())


def _shelf(target: Target) -> Path:
    """The folder of a spec's file below the nearest folder named `specs`."""
    parts = target.file.resolve().parent.parts
    if SPECS in parts:
        return Path(*parts[len(parts) - parts[::-1].index(SPECS) :])
    return Path()


def _home(targets: Sequence[Target]) -> Path | None:
    """The folder named `specs` here that all targets stand in, if they are all that it has."""
    from fsm.targets import find

    homes = set()
    for target in targets:
        parts = target.file.resolve().parents
        homes.add(next((parent for parent in parts if parent.name == SPECS), None))
    if len(homes) != 1 or None in homes:
        return None
    home = next(iter(homes))
    assert home is not None
    if not home.is_relative_to(Path.cwd()):  # our own specs, inside of an installed package
        return None
    whole = {target.id for target in find([os.path.relpath(home)]).targets}
    return Path(os.path.relpath(home)) if whole == {target.id for target in targets} else None


def _snake(name: str) -> str:
    """A class name as a file name.

    >>> _snake("ContainerCreation"), _snake("many(Lamp, 3)")
    ('container_creation', 'many_lamp_3')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", spaced).strip("_").lower()


def _joint(first: Checked, second: Checked) -> str:
    """The name of the files of two specs."""
    return f"{_snake(first.name)}-{_snake(second.name)}"


def _stamp(text: str) -> str:
    return f"<!-- drawn from {sha256(text.encode()).hexdigest()} -->"
