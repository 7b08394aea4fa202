"""Every tool that visits every state must find the same states and transitions."""

from collections.abc import Iterable

from tests.benchmarks.catalogue import CASES, container_counts
from tests.benchmarks.measure import Row, WrongAnswer

PARTIAL = ("reduction", "symmetry")


def agree(rows: Iterable[Row]) -> None:
    """Raise unless the rows of one model at one size tell the same."""
    rows = [row for row in rows if row.runs]
    whole = [row for row in rows if not partial(row)]
    for row in rows:
        if partial(row):
            wanted = CASES[row.model].symmetric if "symmetry" in row.tool else None
            states = wanted(*row.size) if wanted else None
            at_most = max((other.states for other in whole), default=row.states)
            same = row.states == states if states else row.states <= at_most
        else:
            same = (row.states, True) == (whole[0].states, moves(row, whole[0]))
        if not same:
            raise WrongAnswer(f"counts differ: {row}\n  beside {whole[0] if whole else states}")
    if whole and whole[0].model == "a" and whole[0].states != container_counts(*whole[0].size)[0]:
        raise WrongAnswer(f"{whole[0]}: {container_counts(*whole[0].size)} by arithmetic")


def partial(row: Row) -> bool:
    """Whether a row visits fewer states, on purpose."""
    return "no reduction" not in row.tool and any(word in row.tool for word in PARTIAL)


def moves(row: Row, other: Row) -> bool:
    """Whether two rows have as many transitions, as far as they tell."""
    return None in (row.transitions, other.transitions) or row.transitions == other.transitions
