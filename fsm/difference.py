"""What differs between two specs, as data: what they declare, do to the phase, promise, and how they behave.

Of two specs the *first* is read as the one before and the *second* as the one after: what only the first has
is marked −, what only the second has +. Nothing here explores anything; `comparison` makes differences, and
`render.difference` puts them into words.

Three answers, as everywhere: what only one spec has and the other was not wholly explored for is no
difference, and it is not "the same" either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import Enum
from typing import NoReturn

from fsm.remarks import standing
from fsm.values import show
from fsm.verdict import SCHEMA, Outcome, PropertyResult, Report, Trace


class Mark(Enum):
    """Who has it."""

    BOTH = ""
    REMOVED = "−"  #: the first one only
    ADDED = "+"  #: the second one only

    @property
    def mirrored(self) -> Mark:
        """The same, seen from the other side."""
        return {Mark.REMOVED: Mark.ADDED, Mark.ADDED: Mark.REMOVED}.get(self, self)


@dataclass(frozen=True)
class Declared:
    """Something that is declared, or reached, in one spec only, or otherwise in the other.

    Args:
        kind: `variable`, `initial value`, `initial state`, `phase`, `final phases`, `action` or `property`.
        name: which one.
        first, second: how each of them has it, in words; empty where it has none.
    """

    kind: str
    name: str
    first: str
    second: str

    @property
    def mark(self) -> Mark:
        """Who has it; of both there are two versions."""
        if self.first and self.second:
            return Mark.BOTH
        return Mark.REMOVED if self.first else Mark.ADDED


@dataclass(frozen=True)
class Move:
    """A transition of the phase graph that only one spec has.

    Args:
        mark: which one.
        source, target: the phases before and after.
        action: what happens.
        arguments: those that matter, in words; of one choice.
        fault: whether it is something that the world does wrong.
    """

    mark: Mark
    source: str
    action: str
    arguments: tuple[str, ...]
    target: str
    fault: bool = False

    @property
    def label(self) -> str:
        """What happens, as a call."""
        return f"{self.action}({', '.join(self.arguments)})" if self.arguments else self.action


@dataclass(frozen=True)
class Judged:
    """The verdicts on a property that both have, where they differ or one is unknown."""

    name: str
    first: PropertyResult
    second: PropertyResult

    @property
    def differ(self) -> bool:
        """Whether both are known, and are not the same."""
        return Outcome.UNKNOWN not in (self.first.outcome, self.second.outcome) and (
            verdict(self.first) != verdict(self.second)
        )


@dataclass(frozen=True)
class Unlike:
    """A part of the state that the two show differently after the same step.

    Args:
        path: the part, such as `slots[0].state`.
        ours: what the one that takes the step shows.
        theirs: what the other may show.
    """

    path: str
    ours: str
    theirs: tuple[str, ...]


@dataclass(frozen=True)
class Inclusion:
    """Whether one spec does nothing that the other cannot do.

    Args:
        of, within: whose behaviours were looked for in whose.
        outcome: holds, if the other can do all of it; violated, if it refuses `run`; or unknown.
        reason: why it is unknown; or with what reservation it holds (`within bounds`).
        run: the shortest run of `of` that `within` cannot follow; its last step is the one that is refused,
            and it has no steps where they begin differently.
        instead: what `within` may do there, as calls.
        unlike: where it can take the step, what is then not the same.
        pairs: how many pairs of a state of the one and what is possible in the other were looked at.
    """

    of: str
    within: str
    outcome: Outcome
    reason: str = ""
    run: Trace | None = None
    instead: tuple[str, ...] = ()
    unlike: tuple[Unlike, ...] = ()
    pairs: int = 0

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is no bool: look at `.outcome`, which may be unknown")


@dataclass(frozen=True)
class Side:
    """One of the two specs: what it is called, and how large it is."""

    name: str
    target: str
    states: int
    transitions: int
    depth: int
    exhaustive: bool
    stopped: str = ""
    bounded: int = 0

    @staticmethod
    def of(report: Report, name: str, target: str = "") -> Side:
        """The side whose check gave this report."""
        return Side(
            name, target, report.states, report.transitions, report.depth, report.exhaustive,
            report.stopped, report.bounded,
        )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """What differs between two specs.

    Args:
        first, second: the two.
        declared: what is declared or begins otherwise.
        moves: the transitions of the phase graph that only one has.
        judged: the verdicts on what both promise that differ, or of which one is unknown.
        forth: whether the first does nothing that the second cannot do.
        back: the other way round.
        seen: the parts of the state by which behaviours are told apart.
        hidden: the actions that nobody sees, and that may happen in between.
    """

    first: Side
    second: Side
    declared: tuple[Declared, ...]
    moves: tuple[Move, ...]
    judged: tuple[Judged, ...]
    forth: Inclusion
    back: Inclusion
    seen: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def inclusions(self) -> tuple[Inclusion, Inclusion]:
        """Both ways."""
        return self.forth, self.back

    @property
    def differ(self) -> bool:
        """Whether anything is known to differ."""
        return bool(self.declared or self.moves or any(one.differ for one in self.judged)) or any(
            one.outcome is Outcome.VIOLATED for one in self.inclusions
        )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Why something could not be compared; empty if everything was."""
        reasons = [f"{side.name}: {side.stopped}" for side in (self.first, self.second) if side.stopped]
        reasons += [
            f"{one.name}: {result.reason or 'unknown'}"
            for one in self.judged
            for result in (one.first, one.second)
            if result.outcome is Outcome.UNKNOWN
        ]
        reasons += [
            f"whether {one.within} can do all that {one.of} does: {one.reason}"
            for one in self.inclusions
            if one.outcome is Outcome.UNKNOWN
        ]
        return tuple(dict.fromkeys(reasons))

    @property
    def exit_code(self) -> int:
        """0 no difference, 1 they differ, 3 unknown, 130 interrupted before a difference was seen."""
        if self.differ:
            return 1
        if any("interrupted" in reason for reason in self.unknown):
            return 130
        return 3 if self.unknown else 0

    def __bool__(self) -> NoReturn:
        raise TypeError("a difference is no bool: look at `.differ`, and at `.unknown`")

    def to_json(self) -> str:
        """The difference as JSON, with the schema's version."""
        data = {
            "schema": SCHEMA,
            "exit_code": self.exit_code,
            "differ": self.differ,
            "unknown": self.unknown,
            **asdict(self),
        }
        return json.dumps(data, indent=1, ensure_ascii=False, default=_plain) + "\n"


def verdict(result: PropertyResult) -> tuple[str, int]:
    """What two verdicts have to share to be the same: the word, and how many faults it takes."""
    return standing(result), result.trace.faults if result.trace is not None else 0


def alike(value: object) -> str:
    """A value as it is compared: as `show` shows it, but sets and maps in an order that no domain decides.

    >>> alike(frozenset({"b", "a"})), alike({2: "b", 1: "a"})
    ("{'a', 'b'}", "{1: 'a', 2: 'b'}")
    """
    if isinstance(value, (frozenset, set)):
        return "{" + ", ".join(sorted(map(alike, value))) + "}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{alike(key)}: {alike(one)}" for key, one in value.items())) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(alike, value)) + ("," if len(value) == 1 else "") + ")"
    if is_dataclass(value) and not isinstance(value, type):
        inner = ", ".join(f"{one.name}={alike(getattr(value, one.name))}" for one in fields(value))
        return f"{type(value).__name__}({inner})"
    return show(value)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{value!r} has no JSON form")
