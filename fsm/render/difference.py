"""A difference between two specs in words: lines for a terminal, and a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fsm.difference import Declared, Difference, Inclusion, Judged, Mark, Move, Side
from fsm.prose import Line, Style, plain, trace_text
from fsm.remarks import abridged, counted, standing, way_of
from fsm.render import table
from fsm.render.words import columns
from fsm.verdict import Outcome, PropertyResult

CHANGED: Final = "~"  #: both have it, each in its own way
STYLES: Final[dict[str, Style]] = {Mark.REMOVED.value: "bad", Mark.ADDED.value: "good", CHANGED: "unsure"}
MARGIN: Final = " " * 4


def difference_text(difference: Difference, detail: int = 0) -> Iterator[Line]:
    """A difference: sizes, what is declared, the phase's transitions, verdicts, behaviours, and a last word.

    Args:
        difference: what to show.
        detail: -1 for only what differs; 1 for every call that is possible where a step is refused, too.
    """
    sides = difference.first, difference.second
    if detail >= 0:
        width = max(columns(side.name) for side in sides)
        for mark, side in zip((Mark.REMOVED, Mark.ADDED), sides, strict=True):
            yield (
                _sign(mark.value),
                (_padded(side.name, width), "strong"),
                (f"  {sizes(side)}", ""),
                (_at(side), "dim"),
            )
        yield ()
    yield from _section("declared", map(_declared_line, difference.declared))
    yield from _section("transitions", map(_move_line, difference.moves))
    yield from _section("verdicts", (line for one in difference.judged for line in _judged(one, sides)))
    shown = [one for one in difference.inclusions if detail >= 0 or one.outcome is not Outcome.HOLDS]
    yield from _section("behaviour", _behaviours(difference, shown, detail))
    yield from _last_word(difference)


def page(difference: Difference, title: str, picture: str, command: str) -> str:
    """A difference as a page of Markdown.

    Args:
        difference: what to show.
        title: what stands above it.
        picture: the file of the picture, as seen from the page.
        command: what shows the same on a terminal.
    """
    first, second = difference.first, difference.second
    removed, added = Mark.REMOVED.value, Mark.ADDED.value
    lines = [
        f"# {title}",
        "",
        f"What only `{first.name}` has is marked {removed}, what only `{second.name}` has {added}.",
        f"Generated from what `{command}` says; do not edit.",
        "",
        f"![{title}]({picture})",
        "",
        table.write(["", "states", "transitions", "depth"], [_size_row(side) for side in (first, second)]),
    ]
    if difference.declared:
        rows = [[sign(one), one.kind, one.name, one.first, one.second] for one in difference.declared]
        lines += ["## What is declared", "", table.write(["", "", "", first.name, second.name], rows)]
    if difference.moves:
        moves = [[one.mark.value, one.source, _happens(one), one.target] for one in difference.moves]
        lines += ["## Transitions that only one has", ""]
        lines += [table.write(["", "from", "what happens", "to"], moves)]
    if difference.judged:
        verdicts = [
            [one.name, verdict_words(one.first), verdict_words(one.second)] for one in difference.judged
        ]
        lines += ["## Verdicts", "", table.write(["property", first.name, second.name], verdicts)]
    lines += ["## Behaviour", ""]
    for inclusion in difference.inclusions:
        lines += [f"{headline(inclusion)}.".replace(":.", ":"), ""]
        told = [plain(line) for line in _run(inclusion, 0)]
        lines += ["```text", *told, "```", ""] if told else []
    return "\n".join(lines)


def headline(inclusion: Inclusion) -> str:
    """One direction in one line.

    >>> headline(Inclusion("Old", "New", Outcome.HOLDS))
    'Old does nothing that New cannot do'
    """
    of, within = inclusion.of, inclusion.within
    if inclusion.outcome is Outcome.UNKNOWN:
        return f"whether {within} can do all that {of} does is unknown: {inclusion.reason}"
    if inclusion.outcome is Outcome.HOLDS:
        reservation = f", {inclusion.reason}" if inclusion.reason else ""
        return f"{of} does nothing that {within} cannot do{reservation}"
    steps = len(inclusion.run.steps) if inclusion.run is not None else 0
    if not steps:
        return f"{of} begins as {within} does not:"
    return f"{of} does what {within} cannot do, in {counted(steps, 'step')}:"


def in_short(difference: Difference) -> str:
    """What is known to differ, counted."""
    counts = (
        (len(difference.declared), "declaration"),
        (len(difference.moves), "transition"),
        (sum(one.differ for one in difference.judged), "verdict"),
    )
    told = [counted(count, noun) for count, noun in counts if count]
    ways = [one.of for one in difference.inclusions if one.outcome is Outcome.VIOLATED]
    if ways:
        told.append(
            f"behaviour that only {ways[0]} has" if len(ways) == 1 else "behaviour that each alone has"
        )
    return ", ".join(told) or ("unknown" if difference.unknown else "no difference")


def verdict_words(result: PropertyResult) -> str:
    """A verdict with the length of its trace, and the faults in it."""
    word = standing(result)
    if result.outcome is Outcome.UNKNOWN:
        return f"{word}: {result.reason}" if result.reason else word
    way = f" {way_of(result.trace)}" if result.trace is not None else ""
    match word:
        case "finding":
            return f"violated{way}, as stated"
        case "gone":
            return "holds, though a finding is stated"
    return word + way


def sizes(side: Side) -> str:
    """How large a spec is, and whether all of it was seen."""
    told = [counted(side.states, "state"), counted(side.transitions, "transition"), f"depth {side.depth}"]
    if not side.exhaustive:
        told.append(f"not all explored: {side.stopped}")
    elif side.bounded:
        told.append("within its own bounds")
    return ", ".join(told)


def sign(declared: Declared) -> str:
    """The mark of something declared; of what both have, in two versions, that it has changed."""
    return declared.mark.value or CHANGED


def _sign(text: str) -> tuple[str, Style]:
    return f"  {text} ", STYLES[text]


def _at(side: Side) -> str:
    return f"  {side.target}" if side.target != side.name else ""


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _size_row(side: Side) -> list[table.Cell]:
    return [side.name, side.states, side.transitions, side.depth]


def _section(title: str, lines: Iterable[Line]) -> Iterator[Line]:
    shown = list(lines)
    if shown:
        yield ((title, "strong"),)
        yield from shown
        yield ()


def _declared_line(one: Declared) -> Line:
    told = f"{one.kind} {one.name}".strip()
    if one.mark is Mark.BOTH:
        return (_sign(CHANGED), (f"{told}: ", ""), (one.first, ""), (" → ", "dim"), (one.second, ""))
    text = one.first or one.second
    if one.kind in ("action", "property"):  # their texts hold the name
        return (_sign(sign(one)), (f"{one.kind} ", ""), (text, ""))
    return (_sign(sign(one)), (told, ""), ("" if one.kind == "phase" else f": {text}", ""))


def _move_line(move: Move) -> Line:
    return (
        _sign(move.mark.value),
        (move.source, "strong"),
        (f" {_happens(move)} ", "fault" if move.fault else ""),
        ("→ ", "dim"),
        (move.target, "strong"),
    )


def _happens(move: Move) -> str:
    return f"{'fault: ' if move.fault else ''}{move.label}"


def _judged(one: Judged, sides: tuple[Side, Side]) -> Iterator[Line]:
    unknown = not one.differ
    yield (
        ("  ? " if unknown else f"  {CHANGED} ", "unsure"),
        (f"{one.name}  ", "strong"),
        (verdict_words(one.first), ""),
        (" → ", "dim"),
        (verdict_words(one.second), ""),
    )
    for side, result in zip(sides, (one.first, one.second), strict=True):
        if result.trace is not None and not unknown:
            yield ((f"{MARGIN}{side.name}", "dim"),)
            for line in trace_text(result.trace):
                yield ((MARGIN, ""), *line)


def _behaviours(difference: Difference, shown: Iterable[Inclusion], detail: int) -> Iterator[Line]:
    styles: dict[Outcome, Style] = {Outcome.HOLDS: "good", Outcome.VIOLATED: "bad", Outcome.UNKNOWN: "unsure"}
    for one in shown:
        yield (("  ", ""), (headline(one), styles[one.outcome]))
        yield from _run(one, detail, MARGIN)
    if detail >= 0:
        seen = ", ".join(abridged(difference.seen)) or "nothing of the state"
        hidden = f"; hidden: {', '.join(difference.hidden)}" if difference.hidden else ""
        yield ((f"  seen: the actions, and {seen}{hidden}", "dim"),)


def _run(inclusion: Inclusion, detail: int, margin: str = "") -> Iterator[Line]:
    """The run that only one spec has, and what the other does instead."""
    if inclusion.run is None:
        return
    for line in trace_text(inclusion.run, whole=detail > 0 or not inclusion.run.steps):
        yield ((margin, ""), *line)
    refused = inclusion.run.steps[-1].label if inclusion.run.steps else ""
    rows = [(one.path, one.ours, " or ".join(abridged(one.theirs))) for one in inclusion.unlike]
    if rows:
        rows.insert(0, ("", inclusion.of, inclusion.within))
        wide = [max(columns(row[place]) for row in rows) for place in (0, 1)]
        for path, ours, theirs in rows:
            cells = [
                text + " " * (width - columns(text)) for text, width in zip((path, ours), wide, strict=True)
            ]
            yield ((f"{margin}     {cells[0]}  {cells[1]}  {theirs}", "" if path else "dim"),)
        return
    calls = inclusion.instead if detail > 0 else abridged(inclusion.instead)
    may = f"it may: {', '.join(calls)}" if calls else "it may do nothing"
    yield ((f"{margin}     {inclusion.within} refuses {refused} here; ", ""), (may, ""))


def _last_word(difference: Difference) -> Iterator[Line]:
    if difference.differ:
        yield (("they differ: ", "bad"), (in_short(difference), ""))
    elif not difference.unknown:
        bounds = dict.fromkeys(one.within for one in difference.inclusions if one.reason)
        within = f" within the bounds of {' and '.join(bounds)}" if bounds else ""
        yield (("no difference", "good"), (within, ""))
    if difference.unknown:
        yield (("unknown is not the same: ", "unsure"), ("; ".join(difference.unknown), ""))
