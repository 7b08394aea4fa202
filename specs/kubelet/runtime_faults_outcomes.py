"""What came of the faults: a row for each outcome that was seen, so that a run shows what it exercised."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

NOTHING = "nothing"


@dataclass
class Trial:
    """One fault, and what came of it.

    Args:
        runtime: where.
        fault: in words.
        answer: the gRPC code that the caller saw.
        found: the state of the container that the struck sync made, once the runtime answers again.
        later: its state when the pod is at rest.
        met: what the next attempt met.
        syncs: how many it took until the pod was at rest.
    """

    runtime: str
    fault: str
    answer: str
    found: str = NOTHING
    later: str = NOTHING
    met: str = ""
    syncs: int = 0


@dataclass
class Tally:
    """All that was seen.

    Args:
        trials: the faults that struck, in order.
        remarks: what else is worth telling, with how often.
    """

    trials: list[Trial] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[tuple[str, ...]]:
        """Outcomes, with how often each was seen and how many syncs it took at most; in the faults' order."""
        seen: dict[tuple[str, ...], list[int]] = {}
        for one in self.trials:
            state = one.found if one.found == one.later else f"{one.found}, then {one.later}"
            key = (one.runtime, one.fault, one.answer, state, one.met or "-")
            seen.setdefault(key, []).append(one.syncs)
        order = list(dict.fromkeys((one.runtime, one.fault) for one in self.trials))
        by_fault = sorted(seen, key=lambda key: order.index(key[:2]))
        return [(*key, str(len(seen[key])), str(max(seen[key]))) for key in by_fault]

    def table(self) -> Iterator[str]:
        """The rows and the remarks as lines of text."""
        head = ("runtime", "fault", "answer", "its container", "the next attempt", "seen", "syncs")
        rows = [head, *self.rows()]
        widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
        before: tuple[str, ...] = ()
        for row in rows:
            shown = ("", "", *row[2:]) if row[:2] == before[:2] else row
            yield "  ".join(cell.ljust(width) for cell, width in zip(shown, widths, strict=True)).rstrip()
            before = row
        for remark, often in sorted(self.remarks.items()):
            yield f"{often} × {remark}"


WORDS = {
    "is reserved for": "its name is reserved",
    "failed to rename": "rename: file exists",
    "already exists": "already exists",
}


def kind_of(ended: str) -> str:
    """How an attempt ended, in few words and without ids."""
    for words, kind in WORDS.items():
        if words in ended:
            return kind
    return re.sub(r"[0-9a-f]{64}", "<id>", ended)[:70]
