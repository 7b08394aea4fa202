"""What engines answer: traces, verdicts and reports, as data. They never print.

A property's *verdict* is holds, violated or unknown. Whether that is *as expected* is another matter: a
property with a `finding` states a known defect, so it is as expected when it is violated. Nothing here has
a truth value of its own: `if report:` would hide the third answer, and raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, NoReturn

from fsm.errors import Violation
from fsm.prose import report_lines, trace_lines

SCHEMA = 1


class Outcome(Enum):
    """The three answers."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """One part of the state that a step changes, shown: `restart_count: 0 → 1`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Step:
    """One step of a trace.

    Args:
        action: the action's name.
        arguments: each argument's name and shown value.
        changes: what differs after it.
        fault: whether the action is a fault.
    """

    action: str
    arguments: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    fault: bool = False

    @property
    def label(self) -> str:
        """The step as a call."""
        if not self.arguments:
            return self.action
        return f"{self.action}({', '.join(f'{name}={value}' for name, value in self.arguments)})"


@dataclass(frozen=True)
class Trace:
    """A run from an initial state: what it was, and the steps.

    One that never ends is a *lasso*: a stem, and a loop that goes round for ever.

    Args:
        spec: the spec's name.
        initial: each part of the initial state, shown.
        steps: in order.
        command: a shell command that reproduces it, or empty.
        loop: of a lasso the number of steps after which the loop begins, to whose first state the last step
            leads back; where no steps follow, the run stays in its last state for ever.
    """

    spec: str
    initial: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    command: str = ""
    loop: int | None = None

    @property
    def faults(self) -> int:
        """How many of the steps are faults."""
        return sum(step.fault for step in self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return "\n".join(trace_lines(self))

    def to_json(self) -> str:
        """The trace as JSON, to be kept; `from_json` reads it back."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1)

    @staticmethod
    def from_json(text: str) -> Trace:
        """The trace that `to_json` wrote; raises `ValueError` for anything else."""
        return _trace(_checked(text, "trace", {"spec", "initial", "steps"}))


@dataclass(frozen=True)
class PropertyResult:
    """What is known of one property.

    Args:
        name: the property's name.
        kind: `always`, `always, step`, `sometimes`, `recoverable`, `never_stuck`, `eventually`, `leads_to`,
            `recurs` or `temporal`.
        outcome: the verdict.
        finding: the known defect that it states, if it does.
        reason: why it is unknown; or with what reservation it holds (`within bounds`).
        arguments: the argument values at which it is violated.
        trace: the shortest violation, or the witness of a `sometimes`.
        fair: what was assumed of runs.
        advice: the least that would have to be assumed for it to hold, where it holds only then.
        vacuous: why it asks nothing of any run, if it does not.
        waiver: why it may be vacuous, if it may.
        doc: the first line of its docstring.
        place: `file:line`.
    """

    name: str
    kind: str
    outcome: Outcome
    finding: str = ""
    reason: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    trace: Trace | None = None
    doc: str = ""
    place: str = ""
    fair: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    vacuous: str = ""
    waiver: str = ""

    @property
    def expected(self) -> bool | None:
        """Whether this is as it should be; `None` where it is unknown."""
        if self.outcome is Outcome.UNKNOWN:
            return None
        if self.vacuous and not self.waiver:
            return False
        return (self.outcome is Outcome.VIOLATED) == bool(self.finding)

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is no bool: look at `.outcome` or `.expected`, which may be unknown")


@dataclass(frozen=True)
class ActionResult:
    """How often an action was enabled, over all states and arguments."""

    name: str
    enabled: int
    fault: bool = False
    place: str = ""


@dataclass(frozen=True)
class Report:
    """What a check found.

    Args:
        spec: the spec's name.
        states, transitions, initial, depth: sizes of what was explored.
        faults: the most faults that a state needs.
        bounded: how many steps a `limit` of the spec stopped.
        exhaustive: whether every reachable state (within the spec's limits) was seen.
        stopped: why not, if not.
        seconds: how long it took.
        properties, actions: in source order.
        notes: what a reader should know, such as a property that was too wide for a table.
        doc: the first line of the spec's docstring.
        place: `file:line` of the spec.
    """

    spec: str
    states: int
    transitions: int
    initial: int
    depth: int
    faults: int
    bounded: int
    exhaustive: bool
    stopped: str
    seconds: float
    properties: tuple[PropertyResult, ...]
    actions: tuple[ActionResult, ...]
    notes: tuple[str, ...] = ()
    doc: str = ""
    place: str = ""

    @property
    def generated(self) -> int:
        """Transitions and initial states together, as TLC counts."""
        return self.transitions + self.initial

    @property
    def never_enabled(self) -> tuple[str, ...]:
        """The actions that no explored state allows."""
        return tuple(action.name for action in self.actions if not action.enabled)

    @property
    def exit_code(self) -> int:
        """0 all as expected, 1 something is not, 3 something is unknown (130 interrupted)."""
        if any(result.expected is False for result in self.properties):
            return 1
        if self.stopped == "interrupted":
            return 130
        return 3 if any(result.expected is None for result in self.properties) else 0

    def __getitem__(self, name: str) -> PropertyResult:
        for result in self.properties:
            if result.name == name:
                return result
        raise KeyError(name)

    def __bool__(self) -> NoReturn:
        raise TypeError("a report is no bool: call `.assert_holds()`, or look at `.exit_code`")

    def __str__(self) -> str:
        return "\n".join(report_lines(self))

    def assert_holds(self) -> None:
        """Raise `Violation`, with the report, unless everything is known and as expected."""
        if self.exit_code != 0:
            raise Violation(str(self))

    def to_json(self) -> str:
        """The report as JSON with a schema version; `from_json` reads it back."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, default=_plain)

    @staticmethod
    def from_json(text: str) -> Report:
        """The report that `to_json` wrote; raises `ValueError` for anything else."""
        data = _checked(text, "report", {"spec", "properties", "actions"})
        try:
            properties = tuple(
                PropertyResult(
                    **{
                        **one,
                        "outcome": Outcome(one["outcome"]),
                        "arguments": _pairs(one["arguments"]),
                        "trace": _trace(one["trace"]) if one["trace"] else None,
                        "fair": tuple(one.get("fair", ())),
                        "advice": tuple(one.get("advice", ())),
                    }
                )
                for one in data["properties"]
            )
            actions = tuple(ActionResult(**one) for one in data["actions"])
            rest = {"properties": properties, "actions": actions, "notes": tuple(data["notes"])}
            return Report(**{**data, **rest})
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"this JSON is no report of schema {SCHEMA}: {error}") from None


def _checked(text: str, what: str, fields: set[str]) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no {what}: it is not JSON ({error})") from None
    if not isinstance(data, dict) or not fields <= data.keys():
        raise ValueError(f"this JSON is no {what}: it wants the fields {', '.join(sorted(fields))}")
    schema = data.pop("schema", None)
    if schema != SCHEMA:
        raise ValueError(f"this {what} has schema {schema}, and this version reads schema {SCHEMA}")
    return data


def _trace(data: Mapping[str, Any]) -> Trace:
    try:
        steps = tuple(
            Step(
                one["action"],
                _pairs(one["arguments"]),
                tuple(Change(**change) for change in one["changes"]),
                one["fault"],
            )
            for one in data["steps"]
        )
        loop = data.get("loop")
        if loop is not None and not (type(loop) is int and 0 <= loop <= len(steps)):
            raise ValueError(f"the loop begins after {loop!r} of {len(steps)} steps")
        return Trace(data["spec"], _pairs(data["initial"]), steps, data["command"], loop)
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"this JSON is no trace of schema {SCHEMA}: {error}") from None


def _pairs(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in data)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{value!r} has no JSON form")
