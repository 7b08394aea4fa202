"""What is violated in the matrix, each way once: where, why, the trace, and what later versions make of it.

Two violations are one if they break the same promise, are explained by the same finding, and take the same
actions in the same order. The trace that is shown is that of the oldest version on the first runtime.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from typing import Any

from fsm.declaration import model_of
from fsm.render import table
from fsm.render.extract import sequence, words
from fsm.render.sequence import AGAIN, REST
from fsm.render.sequence import Sequence as Picture
from fsm.verdict import Outcome, PropertyResult

from .matrix import Cell, Place, Result, asks, cells, count
from .node import Policy
from .runtimes import RUNTIMES
from .versions import VERSIONS, numbers
from .worlds import Question

NAMES = tuple(version.name for version in VERSIONS)
NOT_EXPLAINED = "unexplained"
TOLD = "told in the spec"


@dataclass(frozen=True)
class Violation:
    """One way to break a promise.

    Args:
        name: unique on the page, "I2-1".
        promise: as the matrix calls it.
        finding: what explains it, if anything does (see `findings`).
        cell: where its trace is from.
        result: with the trace.
        places: all that it occurs at, and the result there.
    """

    name: str
    promise: str
    finding: Any
    cell: Cell
    result: PropertyResult
    places: Mapping[Place, PropertyResult]

    @property
    def label(self) -> str:
        """The finding's name; or that the spec itself tells of it."""
        if self.finding is None:
            return TOLD if self.result.finding else NOT_EXPLAINED
        return str(self.finding.name)

    @property
    def picture(self) -> Picture:
        """Who says what to whom."""
        drawn = sequence(model_of(self.cell.world), self.result)
        return replace(drawn, title=f"{self.name}: {self.cell.places[0]}")


def violations(results: Mapping[str, Result]) -> tuple[Violation, ...]:
    """Every way in which a promise is broken, in the order of the promises, fewest faults first."""
    found: dict[tuple[Any, ...], list[tuple[Cell, Place, PropertyResult, Any]]] = {}
    for cell in cells():
        if cell.name not in results:
            continue
        for promise, name in cell.question.promises.items():
            if not asks(results[cell.name], name):
                continue
            result = results[cell.name].report[name]
            if result.outcome is not Outcome.VIOLATED or result.trace is None:
                continue
            actions = tuple(step.action for step in result.trace.steps)
            for place in cell.places:
                finding = explanation(cell.question, promise, place, result)
                label = finding.name if finding else ""
                key = (cell.question.name, promise, label, actions, result.trace.loop)
                found.setdefault(key, []).append((cell, place, result, finding))
    return tuple(_numbered(found))


def _numbered(
    found: Mapping[tuple[Any, ...], list[tuple[Cell, Place, PropertyResult, Any]]],
) -> Iterator[Violation]:
    order = {promise: n for n, promise in enumerate(promises())}

    def rank(key: tuple[Any, ...]) -> tuple[Any, ...]:
        trace = found[key][0][2].trace
        assert trace is not None
        return order[key[1]], trace.faults, len(trace), list(found).index(key)

    for promise, keys in groupby(sorted(found, key=rank), key=lambda key: key[1]):
        for number, key in enumerate(keys, 1):
            cell, _, result, finding = found[key][0]
            places = {place: there for _, place, there, _ in found[key]}
            yield Violation(f"{promise}-{number}", promise, finding, cell, result, places)


def promises() -> dict[str, Question]:
    """Every promise and the question that it belongs to, in order."""
    return {promise: cell.question for cell in cells() for promise in cell.question.promises}


def explanation(question: Question, promise: str, place: Place, result: PropertyResult) -> Any:
    """The finding that explains a violation, if there are findings, and one of them does."""
    module = f"{__name__.rpartition('.')[0]}.findings"
    if find_spec(module) is None:
        return None
    version = next(one for one in VERSIONS if one.name == place.version)
    runtime = next(one for one in RUNTIMES if one.name == place.runtime)
    findings = import_module(module)
    if hasattr(findings, "explain"):
        return findings.explain(question, promise, version, runtime, Policy(place.policy), result)
    actions = [step.action for step in result.trace.steps] if result.trace else []
    return next((one for one in findings.FINDINGS if one.explains(promise, actions)), None)


def span(names: Iterable[str]) -> str:
    """Versions as people say it: what neighbours are written from–to.

    >>> span(["1.17", "1.18", "1.19", "1.20"]), span(["1.21", "1.21.6"]), span(["1.21"]), span(["1.36"])
    ('1.17–1.20', '1.21', '1.21–1.21.5', '1.36')
    >>> span(["1.21.6"]), span(["1.21.6", "1.22"]), span(["1.17", "1.36"])
    ('1.21.6 and later patches', '1.21.6–1.24', '1.17, 1.36')
    """
    rows = sorted(NAMES.index(name) for name in set(names))
    runs = [[row for _, row in run] for _, run in groupby(enumerate(rows), lambda one: one[1] - one[0])]
    return ", ".join(_run(NAMES[run[0]], [*NAMES, ""][run[-1] + 1]) for run in runs)


def _run(first: str, after: str) -> str:
    """From one version to the one before another."""
    if not after:
        return first if first == NAMES[-1] else f"{first}–{NAMES[-1]}"
    *head, tail = numbers(after)
    last = ".".join(map(str, [*head, tail - 1]))
    if numbers(last) == numbers(first)[: len(numbers(last))]:
        return first if last == first else f"{first} and later patches"
    return f"{first}–{last}"


def steps(violation: Violation) -> str:
    """The trace as a table."""
    picture = violation.picture
    rows: list[tuple[str, str, str, str]] = []
    for number, message in enumerate(picture.messages, 1):
        who = message.source if message.source == message.target else f"{message.source} → {message.target}"
        what = f"{message.text}{' (fault)' if message.fault else ''}"
        rows.append((_place(number, picture.loop), who, what, message.note))
    if picture.loop is not None and picture.loop == len(picture.messages):
        rows.append(("", "", f"{AGAIN}: {REST}", ""))
    return table.write(["step", "who", "what happens", "what changes"], rows)


def _place(number: int, loop: int | None) -> str:
    return f"{number}, {AGAIN}" if loop is not None and number > loop else str(number)


def aftermath(
    violation: Violation, results: Mapping[str, Result], links: Mapping[tuple[str, Place], Violation]
) -> Iterator[tuple[str, str, str]]:
    """What the version after the last one makes of the promise, on each runtime and under each policy.

    Args:
        violation: which one.
        results: what is known.
        links: what is violated where.

    Yields:
        Where; in which versions it is broken, and with what; and the version after these with its verdict.
    """
    question, name = violation.cell.question, violation.cell.question.promises[violation.promise]
    home = {place: cell for cell in cells() if cell.question is question for place in cell.places}
    columns: dict[tuple[str, str], list[Place]] = {}
    for place in violation.places:
        columns.setdefault((place.runtime, place.policy), []).append(place)
    told: dict[tuple[str, str], list[str]] = {}
    for (runtime, policy), places in columns.items():
        last = max(NAMES.index(place.version) for place in places)
        before = f"{span(place.version for place in places)}: {_numbers(violation.places[places[-1]])}"
        after = ""
        if last + 1 < len(NAMES):
            next_place = Place(NAMES[last + 1], runtime, policy)
            cell = home.get(next_place)
            if cell is not None and cell.name in results:
                there = links.get((violation.promise, next_place))
                after = f"{next_place.version}: {_sequel(violation, results[cell.name], name, there)}"
        told.setdefault((before, after), []).append(f"{runtime}, {policy}")
    everywhere = len(RUNTIMES) * len(Policy)
    for (before, after), where in told.items():
        yield "everywhere" if len(where) == everywhere else "<br>".join(where), before, after


def _sequel(violation: Violation, result: Result, name: str, there: Violation | None) -> str:
    """What becomes of a promise; whether it holds under the same faults, or because one of them is gone."""
    report = result.report
    if there is not None:
        return f"[{_numbers(report[name])}](#{there.name.lower()}) → {there.label}"
    if report[name].outcome is not Outcome.HOLDS:
        return f"unknown: {report[name].reason}"
    assert violation.result.trace is not None
    faults = {step.action for step in violation.result.trace.steps if step.fault}
    gone = sorted(faults - {action.name for action in report.actions if action.enabled})
    if gone:
        return f"holds, without the fault {', '.join(map(words, gone))}"
    return f"**holds** under the same faults, in {report.states:,} states"


def _numbers(result: PropertyResult) -> str:
    assert result.trace is not None
    return f"{count(result.trace.faults, 'fault')}, {count(len(result.trace), 'step')}"


def unexplained(found: Sequence[Violation]) -> list[Violation]:
    """The violations that no finding explains, and no spec tells of."""
    return [one for one in found if one.label == NOT_EXPLAINED]
