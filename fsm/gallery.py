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
from fsm.remarks import abridged, fairness_of, standing
from fsm.render import dot, folded, mermaid, plantuml, table
from fsm.render.diagram import Diagram
from fsm.render.difference import in_short, page
from fsm.render.extract import diagram, moves, rows, sequence, words
from fsm.render.overlay import overlay, title
from fsm.render.sequence import Sequence as SequencePicture
from fsm.strategy import Strategy
from fsm.targets import Target
from fsm.verdict import Outcome, PropertyResult, Report, Trace

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
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}.tmp")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_text(text, "utf-8")
                draft.replace(self.file)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise FsmError(f"{self.file} cannot be written: {error.strerror or error}") from error


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
            told_rows = rows(graph, found)
            text = _page(target, report, stem, told_rows, illustrated)
            pages.append(Page(stem.with_name(f"{stem.name}.md"), text))
        for parts in target.model.folds:
            pages += fold_pages(target, graph, parts, folder, formats, limits=limits)
        for result in _told(report) if illustrated else ():
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
    told: list[tuple[Path, Difference]] = []
    for one, other in pairs:
        first, second = known[id(one.spec)], known[id(other.spec)]
        difference = compare(first, second, limits=limits)
        shelf = folder / _shelf(one)
        pages += difference_pages(shelf, first, second, difference, formats)
        told.append((shelf / f"{_joint(first, second)}.md", difference))
    home = _home(targets)
    if home is not None and "md" in formats:
        pages.append(Page(home / INDEX, index(checked, home, folder, told)))
    return pages


def strays(pages: Sequence[Page], folder: Path) -> list[Path]:
    """Files in the gallery's folder that look like pages and belong to no spec."""
    ours = {page.file.resolve() for page in pages}
    found = (file for ending in FORMATS for file in sorted(folder.rglob(f"*.{ending}")))
    return [file for file in found if file.resolve() not in ours]


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
                page(difference, title(first.name, second.name), f"{stem.name}.svg", command),
            )
        )
    return pages


def index(
    checked: Sequence[tuple[Target, Report]],
    home: Path,
    folder: Path,
    compared: Sequence[tuple[Path, Difference]] = (),
) -> str:
    """The index of a folder of specs, in Markdown.

    Args:
        checked: the specs with their reports.
        home: the folder; links are relative to it.
        folder: the folder of the pictures.
        compared: the pages of pairs of specs, and what differs.
    """
    lines = [
        "# The specs",
        "",
        "Generated by `fsm draw` from what was checked; do not edit.",
        "",
    ]
    cells = []
    checked = sorted(checked, key=lambda one: (one[0].file.as_posix(), one[0].model.where.line))
    for target, report in checked:
        page = Path(os.path.relpath(folder / _shelf(target) / f"{_snake(report.spec)}.md", home))
        source = Path(os.path.relpath(target.file, home)).as_posix()
        verdicts = {0: "as expected", 1: f"**{_worst(report)}**", 3: "unknown"}.get(
            report.exit_code, "interrupted"
        )
        findings = sum(bool(result.finding) for result in report.properties)
        count = len(report.properties) - findings
        cells.append(
            (
                f"[{report.spec}]({page.as_posix()})",
                f"[{source}]({source})",
                f"{report.states:,}",
                f"{report.transitions:,}",
                f"{count} properties {verdicts}"
                + (f", {findings} finding{'s' * (findings > 1)}" if findings else ""),
                report.doc,
            )
        )
    lines += ["| spec | source | states | transitions | verdicts | what it is |"]
    lines += ["| --- | --- | ---: | ---: | --- | --- |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    findings_of = [(report, r) for _, report in checked for r in report.properties if r.finding]
    if findings_of:
        lines += ["", "## Findings", "", "Known defects of what is modelled; each must still be seen.", ""]
        lines += [f"- **{report.spec}**: {r.finding} (`{r.name}`)" for report, r in findings_of]
    if compared:
        lines += ["", "## Compared", ""]
    for file, difference in compared:
        link = Path(os.path.relpath(file, home)).as_posix()
        names = f"{difference.first.name} and {difference.second.name}"
        lines.append(f"- [{names}]({link}): {in_short(difference)}")
    return "\n".join(lines) + "\n"


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


def _page(
    target: Target, report: Report, stem: Path, transitions: Sequence[Sequence[str]], illustrated: bool
) -> str:
    """A spec's own page: picture, table, properties; counterexamples drawn, or step by step."""
    whole = "all explored" if report.exhaustive else f"not all explored: {report.stopped}"
    plain = [[cell.replace("`", "") for cell in row] for row in transitions]
    states = [[result.name, _verdict(result), _why(result)] for result in report.properties]
    states = [[cell.replace("`", "") for cell in row] for row in states]
    lines = [
        f"# {words(report.spec)}",
        "",
        f"{report.doc}".strip(),
        "",
        f"{report.states:,} states, {report.transitions:,} transitions, {whole}"
        + (", within the spec's own bounds." if report.bounded else "."),
        f"Generated by `fsm draw` from `{target.id}`; do not edit.",
        "",
        f"![{words(report.spec)}]({stem.name}.svg)",
        "",
        "## What happens",
        "",
        table.write(["from", "what happens", "to", "meaning"], plain),
        "## What is promised",
        "",
        table.write(["property", "verdict", "why"], states),
    ]
    for result in _told(report):
        lines += [
            f"## Finding: {result.finding}" if result.finding else f"## Violated: {words(result.name)}",
            "",
            f"{_way(result)} that violates `{result.name}`" + (f": {result.doc}" if result.doc else "."),
            *(_sentence(opening, fair) for opening, fair in fairness_of(result)),
            "",
        ]
        if illustrated:
            lines += [
                f"![the path]({stem.name}.{result.name}.svg)",
                "",
                f"![the sequence]({stem.name}.{result.name}.sequence.svg)",
                "",
            ]
        elif result.trace is not None:
            lines += [*_steps(result.trace), ""]
    return "\n".join(lines)


def _steps(trace: Trace) -> Iterator[str]:
    """A trace as a numbered list, with what goes round for ever."""
    for number, step in enumerate(trace.steps, 1):
        again = " (from here on again and again)" if trace.loop == number - 1 else ""
        yield f"{number}. {'fault: ' if step.fault else ''}`{step.label}`{again}"
    if trace.loop == len(trace.steps):
        yield f"{len(trace.steps) + 1}. and it stays there for ever"


def _told(report: Report) -> list[PropertyResult]:
    """The properties whose traces are drawn: findings that are seen, and violations."""
    return [
        result
        for result in report.properties
        if result.outcome is Outcome.VIOLATED and result.trace is not None and _is_drawn(result.trace)
    ]


def _is_drawn(trace: Trace) -> bool:
    """Whether there is something to draw: a step, or that nothing happens for ever."""
    return bool(trace.steps) or trace.loop is not None


def _way(result: PropertyResult) -> str:
    return "The shortest run" if result.trace is None or result.trace.loop is None else "A run without end"


def _sentence(opening: str, fair: Sequence[str]) -> str:
    return f"{opening.capitalize()} {', '.join(abridged(fair))}".strip() + "."


def _why(result: PropertyResult) -> str:
    """What a property is about, and what of runs it was judged with."""
    told = result.finding or (result.vacuous if _verdict(result) == "vacuous" else result.doc)
    fair = f"assumed fair: {', '.join(abridged(result.fair))}" if result.fair else ""
    return f"{told} ({fair})" if told and fair else told or fair


def _verdict(result: PropertyResult) -> str:
    return result.outcome.value if standing(result) == "gone" else standing(result)


def _worst(report: Report) -> str:
    """What is said of a report in which something is not as expected."""
    wrong = {standing(result) for result in report.properties if result.expected is False}
    return "vacuous" if wrong == {"vacuous"} else "violated"


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
