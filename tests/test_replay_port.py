"""The port on containerd 1.6.20: a start whose deadline passed ends after its pod's sandbox was stopped.

Recorded by the proxy of the suite on a real runtime (`runtime_faults_conformance`), on a busy machine.
"""

from __future__ import annotations

import copy
from functools import cache

import pytest

from fsm.recording import Line, read_lines
from specs.kubelet.pod_recording import subjects
from specs.kubelet.runtime_faults_world import judged
from tests.altered_recordings import FOLDER

RECORDING = FOLDER / "of-the-port" / "start-outlasts-its-pod.cri.jsonl.gz"
STARTED, STOPPED, ENDED = 10, 47, 113  # the start is given up, the sandbox is stopped, the start ends


@cache
def recorded() -> tuple[Line, ...]:
    return read_lines(RECORDING)


def refused(lines: tuple[Line, ...]) -> list[str]:
    return [told for subject in subjects(lines) for told in judged(subject)]


def test_a_start_that_ends_when_its_sandbox_has_long_been_stopped_is_explained() -> None:
    (subject,) = subjects(recorded())
    assert not subject.unknown
    assert {STARTED, STOPPED, ENDED} <= {seen.line for seen in subject.observations}
    assert not refused(recorded())


@pytest.mark.parametrize("first", range(0, ENDED, 7))
def test_a_recording_may_begin_while_a_start_goes_on_that_nobody_waits_for(first: int) -> None:
    assert not refused(recorded()[first:])


@pytest.mark.parametrize("last", range(1, 125, 9))
def test_it_may_end_anywhere(last: int) -> None:
    assert not refused(recorded()[:last])


def test_a_start_that_was_given_up_never_ends_in_a_running_container() -> None:
    lines = [Line(one.number, copy.deepcopy(dict(one.data))) for one in recorded()]
    shown = lines[ENDED - 1].data["resp"]["containers"]
    (ended,) = (one for one in shown if one["state"] == "CONTAINER_EXITED")
    ended["state"] = "CONTAINER_RUNNING"
    assert f"line {ENDED} " in refused(tuple(lines))[0]


def test_a_container_that_was_never_started_does_not_exit() -> None:
    """Without the start, created is all that it can be."""
    lines = tuple(one for one in recorded() if one.number != STARTED)
    assert f"line {ENDED} " in refused(lines)[0]
