"""Judging recordings: a file of JSON lines, a mapping that says what they mean, and a spec to follow.

The mapping of `lamp.py` is the function `subjects` in `lamp_recording.py` beside it:

    def subjects(lines: Sequence[Line]) -> list[Subject]: ...

It gets the lines of one recording and returns what they speak of. A line that makes no sense is a `LogError`
whose message begins with the line's number and a colon. A spec without a mapping is replayed from JSON lines
that speak in the spec's own words (see `spoken`). A file whose name ends in `.itf.json` is one trace of the
spec, in the Informal Trace Format.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from fsm.capture import Tables
from fsm.declaration import is_spec, model_of
from fsm.errors import AdapterError, LogError
from fsm.explorer import explore
from fsm.export.itf import is_itf, observations_of_itf
from fsm.folders import recording_file
from fsm.graph import Graph
from fsm.judgement import Judgement, Subject
from fsm.loading import load
from fsm.observation import Conformance
from fsm.recording import Line, read_lines
from fsm.replayer import Follower, follow
from fsm.spoken import spoken_subjects
from fsm.targets import Target
from fsm.verdict import Outcome

Mapping = Callable[[Sequence[Line]], Sequence[Subject]]


def judge_recording(target: Target, path: str | os.PathLike[str]) -> list[Judgement]:
    """Follow everything that a recording speaks of through a spec; see `Judge.recording`."""
    return Judge(target).recording(path)


def mapping_of(target: Target) -> Mapping | None:
    """What says how recordings are to be read for a spec, if anything does.

    Raises:
        AdapterError: if the file that should say it does not.
    """
    file = recording_file(target.file)
    if not file.is_file():
        return None
    mapping = getattr(load(file), "subjects", None)
    if not callable(mapping):
        raise AdapterError(f"{file} has no function `subjects`: it maps a recording's lines to subjects")
    found: Mapping = mapping
    return found


class Known:
    """What is found out about a spec, once for all subjects.

    Args:
        spec: a spec class or a model.
    """

    def __init__(self, spec: Any) -> None:
        self.spec = spec
        self.model = model_of(spec)

    @cached_property
    def tables(self) -> Tables:
        """The spec with its memory."""
        return Tables(self.model)

    @cached_property
    def graph(self) -> Graph:
        """Every reachable state."""
        return explore(self.model)


class Judge:
    """Judges recordings by a spec; what it finds out about the spec serves all of them.

    Args:
        target: the spec; what stands beside its file says how to read recordings.

    Raises:
        AdapterError: if that file has no mapping.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.mapping = mapping_of(target)
        self._known: dict[int, Known] = {}

    def recording(self, path: str | os.PathLike[str]) -> list[Judgement]:
        """Follow everything that a recording speaks of through the spec.

        Args:
            path: the recording.

        Returns:
            A verdict on each subject; at least one.

        Raises:
            LogError: if the recording cannot be read or makes no sense, with the place.
            AdapterError: if the mapping does not fit the spec.
        """
        if is_itf(path):
            return [self._itf(path)]
        return self.lines(read_lines(path), os.fspath(path))

    def _itf(self, path: str | os.PathLike[str]) -> Judgement:
        """Follow an ITF trace."""
        model = self.target.model
        try:
            observations = observations_of_itf(model, Path(path).read_text("utf-8"))
        except OSError as error:
            raise LogError(f"{path}: {error.strerror}: it cannot be read") from None
        except (LogError, UnicodeDecodeError) as error:
            raise LogError(f"{path}: {error}") from None
        subject = Subject("the trace", observations)
        return Judgement(os.fspath(path), subject, self.conformance(subject))

    def lines(self, lines: Sequence[Line], name: str) -> list[Judgement]:
        """As `recording`, for lines that were read already.

        Args:
            lines: at least one.
            name: what the recording is called.
        """
        try:
            if self.mapping is not None:
                subjects = self.mapping(lines)
            else:
                subjects = spoken_subjects(self.target.model, lines)
        except LogError as error:
            raise LogError(f"{name}:{error}") from None
        nothing = Subject("the whole recording", unknown="nothing in it is about this spec")
        return [Judgement(name, one, self.conformance(one)) for one in subjects or [nothing]]

    def conformance(self, subject: Subject) -> Conformance:
        """The verdict on a subject."""
        known = self._look_up(self.target.spec if subject.spec is None else subject.spec)
        if subject.unknown:
            return Conformance(known.model.name, Outcome.UNKNOWN, 0, reason=subject.unknown)
        if subject.start is None:
            return follow(Follower(known.tables, subject.hidden), subject.observations)
        agrees = Follower(known.graph.tables).agrees
        states = [state for state in known.graph.states if agrees(state, subject.start)]
        return follow(Follower(known.graph.tables, subject.hidden, states), subject.observations)

    def _look_up(self, spec: Any) -> Known:
        if id(spec) not in self._known:
            if not _akin(spec, self.target.spec):
                raise AdapterError(
                    f"{recording_file(self.target.file)} says nothing of `{self.target.name}`: "
                    f"it is about {model_of(spec).name}"
                )
            self._known[id(spec)] = Known(spec)
        return self._known[id(spec)]


def _akin(one: Any, other: Any) -> bool:
    """Whether two specs are variants of one."""
    if not isinstance(one, type) or not isinstance(other, type):
        return one is other
    return any(is_spec(base) and base in other.__mro__ for base in one.__mro__)
