"""The one table: a row a tool, and how many times faster ours is."""

from collections.abc import Iterable, Sequence

from tests.benchmarks.catalogue import CASES
from tests.benchmarks.kubelet import OURS as KUBELET
from tests.benchmarks.measure import Row
from tests.benchmarks.ours import ONE

HEADINGS = (
    "model",
    "tool",
    "states",
    "transitions",
    "verdict s",
    "process s",
    "cpu s",
    "build s",
    "states/s",
    "ours ×",
    "verdict ×",
    "runs",
)
WIDTHS = (40, 38, 12, 12, 10, 10, 9, 8, 12, 8, 10, 5)
LEFT = 2  #: columns of words; the rest are figures


def cells(row: Row, ours: Row | None) -> tuple[str, ...]:
    """One row, beside ours of the same model and size."""
    name = CASES[row.model].name(row.size) if row.model in CASES else row.model
    if not row.runs:
        return name, row.tool, row.note
    compared = ours is not None and ours.runs and row.rate
    return (
        name,
        row.tool,
        f"{row.states:,}" if row.states else "",
        "" if row.transitions is None else f"{row.transitions:,}",
        f"{row.seconds:.3f}",
        f"{row.process:.3f}",
        f"{row.cpu:.3f}" if row.cpu else "",
        f"{row.build:.1f}" if row.build else "",
        f"{row.rate:,.0f}" if row.states else "",
        f"{ours.rate / row.rate:.2f}" if compared else "",
        f"{row.seconds / ours.seconds:.2f}" if compared else "",
        str(row.runs),
    )


def reference(row: Row, rows: Iterable[Row]) -> Row | None:
    """Our row with one worker, or our only one, of the same model and size."""
    same = (other for other in rows if (other.model, other.size) == (row.model, row.size))
    return next((other for other in same if other.tool in (ONE, KUBELET)), None)


def line(texts: Sequence[str], widths: Sequence[int] = WIDTHS) -> str:
    """One line of the terminal's table; the last cell of a short row may be long."""
    left = LEFT if len(texts) > LEFT + 1 else len(texts)
    placed = [
        f"{text:<{width}}" if number < left else f"{text:>{width}}"
        for number, (text, width) in enumerate(zip(texts, widths, strict=False))
    ]
    return " ".join(placed).rstrip()


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]], left: int = LEFT) -> list[str]:
    """The same in Markdown."""
    ruled = ["---" if number < left else "---:" for number in range(len(headings))]
    full = ([*texts, *[""] * (len(headings) - len(texts))] for texts in rows)
    return ["| " + " | ".join(texts) + " |" for texts in (headings, ruled, *full)]
