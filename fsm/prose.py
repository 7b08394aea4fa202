"""Reports and traces as plain text: what `print(report)` shows, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsm.verdict import Report, Trace


def trace_lines(trace: Trace) -> Iterator[str]:
    """A trace, one step a line: number, event, only what changed."""
    for number, step in enumerate(trace.steps, 1):
        changed = "  ".join(f"{change.path}: {change.old} → {change.new}" for change in step.changes)
        yield f"{number:3}. {step.label}  {changed}"


def report_lines(report: Report) -> Iterator[str]:
    """A report: a line of sizes, a line a property, the trace under what is violated."""
    yield f"{report.spec}: {report.states:,} states, {report.transitions:,} transitions"
    for result in report.properties:
        yield f"  {result.outcome.value:9} {result.name}"
        if result.trace is not None and result.outcome.value == "violated":
            yield from trace_lines(result.trace)
