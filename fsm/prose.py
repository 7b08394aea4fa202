"""Reports and traces in words: what `print(report)` shows, and what a terminal shows in colours.

A line is a row of segments, each a text and the name of a style; `render.text` knows what a style looks
like, and plain text leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from fsm.remarks import abridged, counted, fairness_of, remark_on, standing

if TYPE_CHECKING:
    from fsm.verdict import PropertyResult, Report, Step, Trace

Style: TypeAlias = Literal["", "strong", "dim", "good", "bad", "unsure", "known", "fault"]
Segment: TypeAlias = tuple[str, Style]
Line: TypeAlias = tuple[Segment, ...]

WIDE = 96  #: how long the line with an initial state may be before it is broken
LABEL = 44  #: up to this width the events of a trace share one column

WORDS: dict[str, Style] = {
    "holds": "good",
    "witnessed": "good",
    "finding": "known",
    "violated": "bad",
    "vacuous": "bad",
    "gone": "bad",
    "unknown": "unsure",
}


def report_lines(report: Report) -> Iterator[str]:
    """A report as plain text."""
    return map(plain, report_text(report))


def trace_lines(trace: Trace) -> Iterator[str]:
    """A trace as plain text."""
    return map(plain, trace_text(trace))


def result_lines(result: PropertyResult, report: Report | None = None) -> Iterator[str]:
    """One property's verdict as plain text, with its trace where it is not as expected."""
    return map(plain, result_text(result, faulty=report is not None and has_faults(report)))


def plain(line: Line) -> str:
    """A line without its styles."""
    return "".join(text for text, _ in line).rstrip()


def report_text(report: Report, detail: int = 0) -> Iterator[Line]:
    """A report: sizes, a line a property, the trace under what is violated, what else there is to know.

    Args:
        report: what to show.
        detail: -1 for only what is not as expected; 1 for every trace, docstring and count as well.
    """
    yield from _header(report)
    shown = [result for result in report.properties if detail >= 0 or result.expected is not True]
    width = max((len(result.name) for result in shown), default=0)
    for result in shown:
        yield from result_text(result, has_faults(report), detail, width)
    yield from _afterwards(report, detail)


def result_text(
    result: PropertyResult, faulty: bool = False, detail: int = 0, width: int = 0
) -> Iterator[Line]:
    """One property: its verdict, its name, a remark; and its trace where that is called for.

    Args:
        result: what to show.
        faulty: whether the spec has faults, so that their number is worth a word.
        detail: as for `report_text`.
        width: how wide the column of names is.
    """
    word = standing(result)
    remark = remark_on(result, faulty)
    loud = word in ("violated", "vacuous")
    yield (
        ("  ", ""),
        (f"{word:<10}", WORDS[word]),
        (f"{result.name:<{width}}" if remark else result.name, "strong" if loud else ""),
        (f"  {remark}" if remark else "", "" if loud else "dim"),
    )
    if result.doc and (detail > 0 or loud):
        yield ((f"            {result.doc}", "dim"),)
    if detail > 0 or word == "violated":
        for row in _assumptions(result, whole=detail > 0):
            yield ((f"            {row}", "dim"),)
    if detail > 0 and result.vacuous and result.waiver:
        yield ((f"            waived: {result.waiver} ({result.vacuous})", "dim"),)
    if result.trace is not None and (word == "violated" or detail > 0):
        for line in trace_text(result.trace, whole=detail > 0):
            yield (("       ", ""), *line)
        if word == "violated":
            yield ()


def trace_text(trace: Trace, whole: bool = False) -> Iterator[Line]:
    """A trace, one step a row: number, event, only what changed; at the end how to see it again.

    The loop of one that never ends is bracketed in the margin.

    Args:
        trace: what to show.
        whole: whether to show the initial state even if it is long and steps follow it.
    """
    for mark, line in _marked(trace, whole):
        yield line if trace.loop is None else ((f"{mark:2}", "strong"), *line)


def step_text(number: int, step: Step, width: int = 0) -> Iterator[Line]:
    """A step of a trace: on one line, or on more where many things change.

    Args:
        number: its place in the trace, from 1.
        step: what to show.
        width: how wide the column of events is.
    """
    label = _label(step)
    head: Line = ((f"{number:3}. ", "dim"), (f"{label:<{width}}", "fault" if step.fault else "strong"))
    row, length = head, len(plain(head))
    for change in step.changes:
        told: Line = ((f"  {change.path}: ", ""), (f"{change.old} → ", "dim"), (change.new, ""))
        if row[2:] and length + len(plain(told)) > WIDE:
            yield row
            row = ((" " * 5, ""), (" " * width, ""))
            length = 5 + width
        row, length = (*row, *told), length + len(plain(told))
    yield row


def summary_text(reports: Sequence[Report], mistakes: int = 0, left: Iterable[str] = ()) -> Iterator[Line]:
    """The last lines over several reports: how many properties are what, and what to look at next.

    Args:
        reports: all of them.
        mistakes: how many targets were wrong.
        left: the names of specs that were not checked any more.
    """
    results = [result for report in reports for result in report.properties]
    counts = {word: sum(standing(result) == word for result in results) for word in WORDS}
    parts: list[Segment] = [(counted(len(reports), "spec"), "strong"), (": ", "")]
    for word, count in counts.items():
        if count:
            parts += [(f"{count} {_agreeing(word, count)}", WORDS[word]), (", ", "")]
    if mistakes:
        parts += [(counted(mistakes, "mistake"), "bad"), (", ", "")]
    if len(parts) > 2 or not results:
        yield (*parts[:-1], (f"  ({sum(report.seconds for report in reports):.2f} s)", "dim"))
    pending = list(left)
    if pending:
        yield (("not checked: ", "unsure"), (", ".join(pending), ""))
    worst = [result for result in results if result.expected is False]
    if worst:
        nearest = min(worst, key=lambda one: (standing(one) == "vacuous", len(one.trace) if one.trace else 0))
        at = f" ({short(nearest.place)})" if nearest.place else ""
        yield (("look first at ", ""), (nearest.name, "strong"), (at, "dim"))
    elif counts["unknown"]:
        reasons = dict.fromkeys(result.reason for result in results if standing(result) == "unknown")
        yield (("unknown is no pass: ", "unsure"), ("; ".join(reasons), ""))


def has_faults(report: Report) -> bool:
    """Whether the spec has actions that the world does wrong."""
    return any(action.fault for action in report.actions)


def short(path: str | Path) -> str:
    """A path as it is shown: from the current folder where it lies below it."""
    text = str(path)
    try:
        return text.removeprefix(f"{Path.cwd()}/")
    except OSError:
        return text


def _header(report: Report) -> Iterator[Line]:
    yield (
        (report.spec, "strong"),
        (f"  {report.doc}" if report.doc else "", ""),
        (f"  {short(report.place)}" if report.place else "", "dim"),
    )
    sizes = [counted(report.states, "state"), counted(report.transitions, "transition")]
    if report.initial != 1:
        sizes.append(counted(report.initial, "initial state"))
    sizes.append(f"depth {report.depth}")
    if report.faults:
        sizes.append(f"up to {counted(report.faults, 'fault')} needed")
    yield (("  ", ""), (", ".join(sizes), ""), (f"  ({report.seconds:.2f} s)", "dim"))
    yield (("  ", ""), _explored(report))


def _explored(report: Report) -> Segment:
    """How far the verdicts reach."""
    if not report.exhaustive:
        return f"not all explored, so unknown: {report.stopped}", "unsure"
    reach = ["all explored"]
    if has_faults(report):
        reach.append("under any number of faults")
    if report.bounded:
        beyond = counted(report.bounded, "step")
        reach.append(f"within the spec's own bounds ({beyond} beyond a `limit` not followed)")
    return ", ".join(reach), "good"


def _afterwards(report: Report, detail: int) -> Iterator[Line]:
    if report.never_enabled:
        when = "never enabled" if report.exhaustive else "not enabled in what was explored"
        yield ((f"  {when}: ", "unsure"), (", ".join(report.never_enabled), ""))
    for note in report.notes if detail >= 0 else ():
        yield (("  note: ", "unsure"), (note, ""))
    if detail > 0:
        width = max((len(action.name) for action in report.actions), default=0)
        for action in report.actions:
            mark = "  fault" if action.fault else ""
            yield ((f"  {action.name:<{width}}  enabled {counted(action.enabled, 'time')}{mark}", "dim"),)


def _assumptions(result: PropertyResult, whole: bool) -> Iterator[str]:
    """What was assumed of runs, and what would have to be, in rows."""
    for opening, fair in fairness_of(result):
        parts = list(fair) if whole else abridged(fair)
        yield from _rows([opening, *(f"{part}," for part in parts[:-1]), *parts[-1:]], " ")


def _marked(trace: Trace, whole: bool) -> Iterator[tuple[str, Line]]:
    """The lines of a trace, each with its mark in the margin."""
    initial = [f"{name}={value}" for name, value in trace.initial]
    wide = sum(map(len, initial)) + 2 * len(initial) > WIDE
    if initial and (whole or not wide or not trace.steps):
        for number, row in enumerate(_rows(initial)):
            yield "", (("  0. " if not number else "     ", "dim"), (row, "dim"))
    width = min(LABEL, max((len(_label(step)) for step in trace.steps), default=0))
    told = [list(step_text(number, step, width)) for number, step in enumerate(trace.steps, 1)]
    begin = len(told) if trace.loop is None else trace.loop
    yield from (("", line) for rows in told[:begin] for line in rows)
    loop = [line for rows in told[begin:] for line in rows]
    yield from zip(_bracket(len(loop)), loop, strict=True)
    if trace.loop is not None:
        yield "", (("     ", ""), (_onward(trace.loop, len(trace)), "strong"))
    if trace.command:
        yield "", (("     $ ", "dim"), (trace.command, "dim"))


def _bracket(rows: int) -> Sequence[str]:
    """The marks of a loop that takes so many rows."""
    return "↻" * rows if rows < 2 else f"┌{'│' * (rows - 2)}└"


def _onward(begin: int, end: int) -> str:
    """How a trace goes on for ever whose last steps are a loop."""
    if begin == end:
        return "stays there for ever"
    return f"loop back to the state after step {begin}" if begin else "loop back to the beginning"


def _label(step: Step) -> str:
    return f"fault: {step.label}" if step.fault else step.label


def _rows(parts: Sequence[str], gap: str = "  ") -> Iterator[str]:
    row = ""
    for part in parts:
        if row and len(row) + len(part) > WIDE:
            yield row
            row = ""
        row = f"{row}{gap}{part}" if row else part
    yield row


def _agreeing(word: str, count: int) -> str:
    if word == "finding":
        return "finding as stated" if count == 1 else "findings as stated"
    return "hold" if word == "holds" and count > 1 else word
