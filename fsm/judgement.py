"""Subjects of recordings, and what became of them: the data of `fsm replay`, and its words.

A *mapping* turns the lines of a recording into subjects: each is one thing that a spec describes (a
container, a lamp), with what was observed of it. A judgement is the verdict on one subject.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fsm.observation import Conformance, Observation, Refusal, difference_lines
from fsm.prose import Line, Style
from fsm.verdict import SCHEMA, Outcome

VERDICTS: dict[Outcome, tuple[str, Style]] = {
    Outcome.HOLDS: ("conforming", "good"),
    Outcome.VIOLATED: ("not conforming", "bad"),
    Outcome.UNKNOWN: ("too thin to tell", "unsure"),
}
EXIT_CODES = {Outcome.HOLDS: 0, Outcome.VIOLATED: 1, Outcome.UNKNOWN: 3}

WIDTH = max(len(word) for word, _ in VERDICTS.values())


@dataclass(frozen=True)
class Subject:
    """One thing that a recording speaks of, and what was observed of it.

    Args:
        name: what it is called in the report.
        observations: in the order in which they were made; each knows its line.
        hidden: the actions that the recording does not show and that may happen in between.
        start: the known part of the state in which the recording finds it; every reachable state that
            agrees is tried. `None` for the spec's beginning.
        spec: the spec that it is to follow, if not the one that was named on the command line.
        notes: what a reader of the verdict must know.
        unknown: why it cannot be judged, if it cannot.
    """

    name: str
    observations: Sequence[Observation] = ()
    hidden: frozenset[str] = frozenset()
    start: Mapping[str, Any] | None = None
    spec: Any = None
    notes: tuple[str, ...] = ()
    unknown: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdict on one subject of one recording.

    Args:
        recording: the path as it was given.
        subject: what was judged.
        conformance: how its observations went through the spec.
    """

    recording: str
    subject: Subject
    conformance: Conformance

    @property
    def outcome(self) -> Outcome:
        """Conforming, not conforming, or too thin to tell."""
        return self.conformance.outcome

    @property
    def explained(self) -> Sequence[Observation]:
        """The observations that the spec explains."""
        return self.subject.observations[: self.conformance.observations]

    @property
    def steps(self) -> dict[str, int]:
        """How often the spec explains which action; `a or b` where it may have been either."""
        return dict(Counter(" or ".join(seen.actions) for seen in self.explained if seen.actions))

    @property
    def expected(self) -> tuple[str, ...]:
        """What might have been observed where the spec explains nothing any more."""
        refusal = self.conformance.refusal
        shown = {name for seen in self.subject.observations for name in seen.actions}
        hidden = self.subject.hidden - shown
        calls = refusal.expected if refusal is not None else ()
        return tuple(one for one in calls if one.partition("(")[0] not in hidden)


@dataclass
class Session:
    """What one call of `fsm replay` found.

    Args:
        judgements: recording by recording.
        mistakes: what is wrong with the recordings that could not be judged.
    """

    judgements: list[Judgement] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """2 something is wrong, 1 something does not conform, 3 something is unknown, 0 all conforms."""
        codes = {EXIT_CODES[one.outcome] for one in self.judgements}
        if self.mistakes or not codes:
            return 2
        return next(code for code in (1, 3, 0) if code in codes)

    def to_json(self) -> str:
        """Everything as JSON, with the schema's version."""
        data = {
            "schema": SCHEMA,
            "exit_code": self.exit_code,
            "judgements": [judgement_data(one) for one in self.judgements],
            "mistakes": self.mistakes,
        }
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def judgement_data(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON has it."""
    subject, conformance = judgement.subject, judgement.conformance
    refusal = conformance.refusal
    return {
        "recording": judgement.recording,
        "subject": subject.name,
        "spec": conformance.spec,
        "verdict": VERDICTS[judgement.outcome][0],
        "reason": conformance.reason,
        "notes": list(subject.notes),
        "observations": len(subject.observations),
        "explained": conformance.observations,
        "steps": judgement.steps,
        "explanations": conformance.explanations,
        "refusal": None
        if refusal is None
        else {
            "line": refusal.observation.line,
            "observed": str(refusal.observation),
            "label": refusal.observation.label,
            "expected": list(judgement.expected),
            "differences": [
                {"path": one.path, "specified": list(one.specified), "observed": one.observed}
                for one in refusal.differences
            ],
        },
    }


def recording_text(judgements: Sequence[Judgement], detail: int = 0) -> Iterator[Line]:
    """The judgements on one recording, as lines of prose.

    Args:
        judgements: at least one, all of the same recording.
        detail: -1 for only what does not conform; 1 for everything that was explained, too.
    """
    shown = [one for one in judgements if detail >= 0 or one.outcome is not Outcome.HOLDS]
    if shown:
        yield ((printable(shown[0].recording), "strong"),)
    for one in shown:
        yield from _judgement_text(one, detail)


def summary_text(session: Session, detail: int = 0) -> Iterator[Line]:
    """The last lines: what a reader must know, and how many subjects got which verdict.

    Args:
        session: everything that was found.
        detail: -1 for no notes.
    """
    notes = dict.fromkeys(note for one in session.judgements for note in one.subject.notes)
    for note in notes if detail >= 0 else ():
        yield (("note: ", "unsure"), (printable(note), "dim"))
    outcomes = Counter(one.outcome for one in session.judgements)
    parts: list[tuple[str, Style]] = [
        (f"{outcomes[outcome]} {word}", style)
        for outcome, (word, style) in VERDICTS.items()
        if outcomes[outcome]
    ]
    if session.mistakes:
        count = len(session.mistakes)
        parts.append((f"{count} mistake{'s' * (count > 1)}", "bad"))
    separated: list[tuple[str, Style]] = []
    for part in parts:
        if separated:
            separated.append((", ", ""))
        separated.append(part)
    yield tuple(separated)


def printable(text: str, most: int = 500) -> str:
    """Text from a recording as a terminal may have it: nothing that moves the cursor, nothing endless."""
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text[: most + 1])
    return shown if len(shown) <= most else shown[:most] + "…"


def _judgement_text(judgement: Judgement, detail: int) -> Iterator[Line]:
    word, style = VERDICTS[judgement.outcome]
    conformance, name = judgement.conformance, printable(judgement.subject.name)
    steps = ", ".join(f"{count} × {label}" for label, count in judgement.steps.items())
    told = conformance.reason if judgement.outcome is Outcome.UNKNOWN else steps
    told_style: Style = "" if judgement.outcome is Outcome.UNKNOWN else "dim"
    yield (
        (f"  {word:<{WIDTH}}  ", style),
        (name, "strong" if judgement.outcome is Outcome.VIOLATED else ""),
        (f": {printable(told)}" if told else "", told_style),
    )
    for seen in judgement.explained if detail > 0 else ():
        yield ((f"{'':{WIDTH + 4}}{_place(seen)}", "dim"), (printable(str(seen)), "dim"))
    if conformance.refusal is not None:
        yield from _refusal_text(conformance.refusal, judgement.expected)


def _refusal_text(refusal: Refusal, expected: Iterable[str]) -> Iterator[Line]:
    margin = " " * (WIDTH + 4)
    seen = refusal.observation
    yield ((margin + _place(seen), "strong"), (printable(str(seen)), "strong"))
    if seen.text:
        yield ((f"{margin}in the spec's words: {printable(seen.label)}", "dim"),)
    for row in difference_lines(refusal.differences):
        yield ((margin + printable(row), ""),)
    if not refusal.differences:
        calls = ", ".join(expected) or "nothing that would be seen"
        yield ((f"{margin}specified there: ", ""), (printable(calls), ""))


def _place(seen: Observation) -> str:
    return f"line {seen.line}: " if seen.line else ""
