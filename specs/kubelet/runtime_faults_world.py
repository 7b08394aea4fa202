"""The calls of a struck pod, as a proxy recorded them, followed through the pod's world (`pod`).

What a recording of a kubelet is held to, the worker of the bench on a real runtime is held to as well: that
it decides, creates, kills and collects as the world says, and that the runtime answers as the world's does.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fsm import Subject, model_of
from fsm.capture import Tables
from fsm.failure import refusal_lines
from fsm.recording import Line
from fsm.replayer import Follower, follow

from .pod_recording import subjects


def judge_calls(record: Path, begin: int) -> list[str]:
    """What is wrong with the calls of a record, line by line; nothing if the world explains them.

    Args:
        record: a file of JSON lines.
        begin: the byte at which they begin.
    """
    return [told for subject in subjects(list(lines(record, begin))) for told in judged(subject)]


def lines(record: Path, begin: int) -> Iterator[Line]:
    """The lines behind a byte, counted from there."""
    with record.open("rb") as file:
        file.seek(begin)
        for number, text in enumerate(file, 1):
            yield Line(number, json.loads(text))


def judged(subject: Subject) -> Iterator[str]:
    """What the world does not explain of a pod."""
    if subject.unknown:
        return
    verdict = follow(Follower(tables(subject.spec), subject.hidden), subject.observations)
    if verdict.refusal is not None:
        seen = verdict.refusal.observation
        yield f"{verdict.spec} does not explain line {seen.line} of the recorded calls: {seen.name}"
        yield from refusal_lines(verdict.refusal)


@cache
def tables(world: type) -> Tables:
    """The world with its memory."""
    return Tables(model_of(world))
