"""Runs, and rows of runs: what was counted and how long it took."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

ENOUGH = 300.0  #: seconds after which a row is not repeated any more


class WrongAnswer(SystemExit):
    """A tool's counts or verdict are not what they must be."""


@dataclass(frozen=True)
class Run:
    """One run of one tool.

    Args:
        states: distinct states.
        transitions: enabled steps, without the initial states; None where the tool does not tell.
        seconds: from the model to its verdict.
        process: from the start of the process to its end.
        cpu: how much of a core's time the process got, in seconds.
        build: what was compiled beforehand, if anything.
    """

    states: int
    transitions: int | None
    seconds: float
    process: float
    cpu: float = 0.0
    build: float = 0.0


@dataclass(frozen=True)
class Row:
    """One line of the table: medians of some runs, or why there are none."""

    model: str
    size: tuple[int, ...]
    tool: str
    states: int = 0
    transitions: int | None = None
    seconds: float = 0.0
    process: float = 0.0
    cpu: float = 0.0
    build: float = 0.0
    runs: int = 0
    note: str = ""

    @property
    def rate(self) -> float:
        """States a second, from the model to its verdict."""
        return self.states / self.seconds if self.seconds else 0.0

    def data(self) -> dict[str, Any]:
        """As it is recorded."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Row":
        """What was recorded."""
        return cls(**{**data, "size": tuple(data["size"])})


@dataclass(frozen=True)
class Contender:
    """A tool that can run a model, or the reason why it cannot."""

    tool: str
    run: Callable[[], Run] | None = None
    why_not: str = ""


def measured(model: str, size: tuple[int, ...], contender: Contender, runs: int) -> Row:
    """The medians of some runs; fewer where a single one takes minutes."""
    if contender.run is None:
        return Row(model, size, contender.tool, note=contender.why_not)
    done: list[Run] = []
    while len(done) < runs and sum(run.process for run in done) < ENOUGH:
        done.append(contender.run())
    if len({(run.states, run.transitions) for run in done}) > 1:
        raise WrongAnswer(f"{contender.tool} does not count the same twice: {done}")
    return Row(
        model,
        size,
        contender.tool,
        done[0].states,
        done[0].transitions,
        round(median(run.seconds for run in done), 4),
        round(median(run.process for run in done), 4),
        round(median(run.cpu for run in done), 4),
        round(done[0].build, 1),
        len(done),
    )
