"""What is to be reached, and what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.benchmarks.catalogue import CASES
from tests.benchmarks.kubelet import OURS as KUBELET
from tests.benchmarks.measure import Row
from tests.benchmarks.ours import ONE, SYMMETRY, TWO

HEADINGS = ("bar", "wanted", "measured", "")
WIDTHS = (72, 14, 14, 40)


@dataclass(frozen=True)
class Bar:
    """One bar: the least (or, with `most`, the greatest) that a figure may be; no figure, no verdict."""

    name: str
    wanted: float
    measured: float | None
    unit: str = "×"
    most: bool = False

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """As it is shown."""
        limit = f"{'<' if self.most else '>='} {self.wanted:g} {self.unit}"
        if self.measured is None:
            return self.name, limit, "", "not measured"
        passed = self.measured < self.wanted if self.most else self.measured >= self.wanted
        return self.name, limit, f"{self.measured:.2f} {self.unit}", "pass" if passed else "MISS"


def bars(rows: Iterable[Row], reads: float | None) -> list[Bar]:
    """Every bar, from the rows at full size."""
    rows = [row for row in rows if row.runs]
    a, b = CASES["a"].full, CASES["b"].full
    one, two = found(rows, "a", a, ONE), found(rows, "a", a, TWO)
    runs = found(rows, "runs", a, ONE)
    claims = min(
        (row.seconds for row in rows if row.model == "runs" and row.tool.startswith("Spin")), default=None
    )
    five = found(rows, "a", (5,), SYMMETRY)
    moved = one.transitions / one.seconds if one and one.transitions else None
    return [
        Bar("(a) states/s, one worker, against Spin's best", 12, faster(one, best(rows, "a", a, "Spin"))),
        Bar("(a) states/s, one worker, against TLC's best", 50, faster(one, best(rows, "a", a, "TLC"))),
        Bar(
            "(b) states/s, one worker, against Spin's best",
            4,
            faster(found(rows, "b", b, ONE), best(rows, "b", b, "Spin")),
        ),
        Bar("shipped kubelet spec, process start to verdict, against TLC", 4, sooner(rows)),
        Bar(
            "(a) transitions/s, one worker, against random reads/s",
            35,
            100 * moved / reads if moved and reads else None,
            "%",
        ),
        Bar("(a) five containers up to renaming", 10, five and five.seconds, "s", most=True),
        Bar("(a) two workers against one", 1.6, faster(two, one)),
        Bar("(runs) leads_to on (a), to its verdict", 60, runs and runs.seconds, "s", most=True),
        Bar("(runs) the same against Spin's -a, its best", 10, claims and runs and claims / runs.seconds),
    ]


def found(rows: Iterable[Row], model: str, size: tuple[int, ...], tool: str) -> Row | None:
    """The row of a tool."""
    return next((row for row in rows if (row.model, row.size, row.tool) == (model, size, tool)), None)


def best(rows: Iterable[Row], model: str, size: tuple[int, ...], tool: str) -> Row | None:
    """The quickest row, in states a second, of a tool's variants."""
    same = [row for row in rows if (row.model, row.size) == (model, size) and row.tool.startswith(tool)]
    return max(same, key=lambda row: row.rate, default=None)


def faster(row: Row | None, other: Row | None) -> float | None:
    """How many times as many states a second."""
    return row.rate / other.rate if row and other else None


def sooner(rows: list[Row]) -> float | None:
    """How many times sooner the verdict on the kubelet spec is there."""
    ours = found(rows, "kubelet", (), KUBELET)
    theirs = [row.process for row in rows if row.model == "kubelet" and row.tool.startswith("TLC")]
    return min(theirs) / ours.process if ours and theirs else None
