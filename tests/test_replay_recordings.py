"""Recordings of a real kubelet (v1.20.2, containerd 1.6.20, CRI v1alpha2): as they are, and altered."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.errors import LogError
from fsm.judgement import Judgement
from fsm.recording import Line
from fsm.replaying import Judge
from fsm.targets import find
from fsm.verdict import Outcome
from tests.altered_recordings import (
    NAMES,
    ROOT,
    S01,
    S03,
    S05,
    S06,
    S09,
    S12,
    S15,
    Altered,
    annotation_behind_the_attempt,
    attempt_going_down,
    attempt_raised_after_a_refusal,
    attempt_repeated_after_a_lost_reply_was_seen,
    attempt_skipped,
    create_and_start_removed,
    create_of_a_container_that_is_never_started_removed,
    first_attempt_not_zero,
    lines_of,
    log_path_behind_the_attempt,
    places,
)

ERROR = "create_is_refused or create_reply_is_lost"

ABOUT_CONTAINERS = {
    "CreateContainer", "StartContainer", "ListContainers", "ContainerStatus", "RemoveContainer",
    "RemovePodSandbox",
}  # fmt: skip


@cache
def the_judge() -> Judge:
    (target,) = find([str(ROOT / "specs" / "kubelet" / "container_creation.py")]).targets
    return Judge(target)


def judge(lines: Sequence[Line]) -> list[Judgement]:
    return the_judge().lines(lines, "recording")


def verdicts(lines: Sequence[Line]) -> dict[str, Outcome]:
    return {one.subject.name: one.outcome for one in judge(lines)}


# as recorded


@dataclass(frozen=True)
class Row:
    """A subject, and what is known to have happened to it, in order: C OK, E error, S start; a count each."""

    recording: str
    pod: str
    uid: str
    happened: str


TABLE = [
    Row(S01, "ok-node1", "b0e2635b4b70b5be1dfae49ff6b45fe5", "C0 S0"),
    Row(S03, "exit-node1", "20258589841cc8fe203cea50dd6a9887", "C0 S0 C1 S1 C2 S2 C3 S3 C4 S4"),
    Row(S05, "createerr-node1", "ca100e7eeee58a320cbdafba75849b6f", "E0 E0 C0 S0"),
    Row(S06, "createdrop-node1", "e2728fd60a1de5ad20dc5db2b70acda5", "E0 C1 S1"),
    Row(S09, "kkill-node1", "11c54892cb280d2a71652f9ac5854e93", "C0 C1 S1"),
    Row(S12, "hookok-node1", "3d794084b81a834b7568b7ab2e4d2930", "C0 S0"),
    Row(S12, "hookbad-node1", "608e6e92abc8f4c1ee4f074c7b903747", "C0 S0 C1 S1 C2 S2"),
    Row(S15, "keep-node1", "212f573ad0c9e7b7ca2206f4c3f9e219", "C0 S0"),
]

LETTERS = {("create",): "C", ("create_is_refused", "create_reply_is_lost"): "E", ("pre_start",): "S"}


@pytest.mark.parametrize("name", NAMES)
def test_everything_recorded_of_a_real_kubelet_conforms(name):
    found = {}
    for one in judge(lines_of(name)):
        assert one.outcome is Outcome.HOLDS, one.conformance
        found[one.subject.name] = " ".join(
            f"{LETTERS[seen.actions]}{seen.state['restart_count']}" for seen in one.explained if seen.actions
        )
    assert found == {
        f"container main of pod default/{row.pod} ({row.uid})": row.happened
        for row in TABLE
        if row.recording == name
    }


DEEDS = ("CreateContainer", "StartContainer")


@pytest.mark.parametrize("name", NAMES)
def test_every_create_and_start_of_a_recording_is_judged(name):
    recorded = [line.number for line in lines_of(name) if line.data.get("call") in DEEDS]
    judged = [seen.line for one in judge(lines_of(name)) for seen in one.explained if seen.actions]
    assert sorted(judged) == recorded


def test_there_are_eighteen_creations_and_fourteen_starts():
    happened = " ".join(row.happened for row in TABLE)
    assert happened.count("C") + happened.count("E") == 18
    assert happened.count("S") == 14


def test_the_report_names_the_kubelet_of_the_spec_and_that_of_the_recording():
    (one,) = judge(lines_of(S01))
    (note,) = one.subject.notes
    assert "the spec describes kubelet v1.18" in note
    assert "v1.20.2 is inferred" in note


def test_a_note_in_the_recording_names_its_kubelet():
    told = Line(0, {"note": "taken on node1", "kubelet": "v1.19.3"})
    (one,) = judge([told, *lines_of(S01)])
    assert one.subject.notes[0].endswith("the recording says that its kubelet is v1.19.3")


# altered

Rows = list[dict[str, Any]]


def attempt_repeated_after_its_container_was_seen(one: Altered) -> None:
    one.count(52, 0)


def annotation_missing(one: Altered) -> None:
    del one[52]["req"]["config"]["annotations"]["io.kubernetes.container.restartCount"]


def attempt_behind_annotation_and_log_path(one: Altered) -> None:
    del one[52]["req"]["config"]["metadata"]["attempt"]


def attempt_beyond_everything(one: Altered) -> None:
    one.count(52, 2**32 - 1)


def create_removed_before_its_start(one: Altered) -> None:
    one.remove(52)


def start_of_a_container_whose_create_failed(one: Altered) -> None:
    one[50]["req"]["container_id"] = one[35]["upstream"][2]["container_id"]


def start_after_a_create_that_was_answered_with_an_error(one: Altered) -> None:
    one[30].update(code="UNKNOWN", details="the runtime is busy")


def start_of_a_container_that_was_never_heard_of(one: Altered) -> None:
    one[31]["req"]["container_id"] = "f" * 64


def start_of_an_older_container(one: Altered) -> None:
    one[53]["req"]["container_id"] = one[31]["req"]["container_id"]


def start_repeated(one: Altered) -> None:
    one.rows[53] = one[53]


def annotation_changed_by_the_runtime(one: Altered) -> None:
    annotations = one[55]["resp"]["containers"][0]["annotations"]
    annotations["io.kubernetes.container.restartCount"] = "7"


def container_that_nobody_created(one: Altered) -> None:
    made = copy.deepcopy(one[55]["resp"]["containers"][0])
    made.update(id="e" * 64, metadata={"name": "main", "attempt": 3})
    made["annotations"]["io.kubernetes.container.restartCount"] = "3"
    one[60]["resp"] = {"containers": [made]}
    one[60]["call"] = "ListContainers"


ALTERATIONS: list[tuple[str, Callable[[Altered], None], int, str]] = [
    (S03, attempt_skipped, 52, "restart_count  1          2"),
    (S03, attempt_repeated_after_its_container_was_seen, 52, "restart_count  1          0"),
    (S06, attempt_repeated_after_a_lost_reply_was_seen, 49, "restart_count  1          0"),
    (S05, attempt_raised_after_a_refusal, 99, "restart_count"),
    (S03, attempt_going_down, 294, "restart_count  3          1"),
    (S01, first_attempt_not_zero, 30, "restart_count  0          1"),
    (S03, annotation_behind_the_attempt, 52, "attempt 1, annotation 0, log path 1"),
    (S03, annotation_missing, 52, "attempt 1, annotation None, log path 1"),
    (S03, log_path_behind_the_attempt, 52, "attempt 1, annotation 1, log path 0"),
    (S03, attempt_behind_annotation_and_log_path, 52, "attempt 0, annotation 1, log path 1"),
    (S03, attempt_beyond_everything, 52, "restart_count  1          4294967295"),
    (S03, create_removed_before_its_start, 53, "StartContainer 76c7655c2c1a"),
    (S03, create_and_start_removed, 55, "ListContainers shows 76c7655c2c1a"),
    (S09, create_of_a_container_that_is_never_started_removed, 32, "newest  None"),
    (S06, start_of_a_container_whose_create_failed, 50, "a container which no CreateContainer returned"),
    (S01, start_after_a_create_that_was_answered_with_an_error, 31, "StartContainer c84807eeca96"),
    (S01, start_of_a_container_that_was_never_heard_of, 31, "StartContainer ffffffffffff"),
    (S03, start_of_an_older_container, 53, "restart_count  1          0"),
    (S03, start_repeated, 54, "StartContainer 76c7655c2c1a"),
    (S03, annotation_changed_by_the_runtime, 55, "annotation 7"),
    (S03, container_that_nobody_created, 60, "newest"),
]


@pytest.mark.parametrize(
    ("name", "alter", "line", "told"),
    ALTERATIONS,
    ids=[f"{name[:3]}-{alter.__name__}" for name, alter, _, _ in ALTERATIONS],
)
def test_an_altered_recording_is_refused_at_the_first_line_that_nothing_explains(name, alter, line, told):
    altered = Altered(name)
    alter(altered)
    refused = [one for one in judge(altered.lines()) if one.outcome is Outcome.VIOLATED]
    assert len(refused) == 1
    refusal = refused[0].conformance.refusal
    assert refusal.observation.line == line
    assert told in str(refused[0].conformance)


def test_a_create_that_came_back_without_an_id_is_an_error_to_the_kubelet():
    altered = Altered(S01)
    altered[30]["resp"] = {}
    assert [str(one.conformance.refusal.observation) for one in judge(altered.lines())] == [
        "StartContainer c84807eeca96: OK"
    ]
    altered.remove(31)
    before_it_is_seen = altered.lines()[:30]
    (one,) = judge(before_it_is_seen)
    assert (one.outcome, one.steps) == (Outcome.HOLDS, {ERROR: 1})


def test_what_the_proxy_knows_of_a_lost_reply_is_not_used():
    altered = Altered(S06)
    for key in ("upstream", "fault", "resp"):
        del altered[35][key]
    assert [one.steps for one in judge(altered.lines())] == [one.steps for one in judge(lines_of(S06))]


def test_a_container_is_shown_before_its_create_was_answered():
    altered = Altered(S03)
    shown, create = altered[55], altered[52]
    (young,) = (one for one in shown["resp"]["containers"] if one["metadata"].get("attempt") == 1)
    del young["state"]  # proto3: it is CREATED
    altered.rows[50] = {**shown, "t": create["t"] + 0.008, "ms": 0.5}
    assert [one.outcome for one in judge(altered.lines())] == [Outcome.HOLDS]
    assert [one.outcome for one in judge(altered.lines()[:51])] == [Outcome.HOLDS]


def test_a_start_counts_when_it_was_sent():
    """A kubelet is killed during a start; its successor creates while the runtime still starts."""
    altered = Altered(S03)
    altered.rows.insert(51, altered.rows.pop(30))
    assert [altered[number]["call"] for number in (51, 52)] == ["CreateContainer", "StartContainer"]
    assert [one.outcome for one in judge(altered.lines())] == [Outcome.HOLDS]
    altered[52]["t"] = altered[51]["t"] + 1
    assert [one.conformance.refusal.observation.line for one in judge(altered.lines())] == [52]


def test_after_the_newest_container_was_removed_nothing_is_judged_and_the_note_says_so():
    altered = Altered(S03)
    altered[74]["req"]["container_id"] = altered[53]["req"]["container_id"]
    (one,) = judge(altered.lines())
    assert (one.outcome, one.steps) == (Outcome.HOLDS, {"create": 2, "pre_start": 2})
    assert any("judged up to line 74, where its newest container was removed" in n for n in one.subject.notes)


def test_the_removal_of_a_sandbox_removes_its_containers():
    altered = Altered(S03)
    sandbox = altered[52]["req"]["pod_sandbox_id"]
    altered[74].update(call="RemovePodSandbox", req={"pod_sandbox_id": sandbox})
    (one,) = judge(altered.lines())
    assert one.steps == {"create": 2, "pre_start": 2}


def test_a_recording_that_begins_later_is_judged_from_what_its_first_list_shows():
    (one,) = judge(lines_of(S03)[200:])
    assert (one.outcome, one.steps) == (Outcome.HOLDS, {"create": 2, "pre_start": 2})
    assert one.subject.start == {"newest": 2}
    altered = Altered(S03)
    altered.count(294, 2)
    (one,) = judge(altered.lines()[200:])
    assert one.conformance.refusal.observation.line == 294


def test_a_recording_that_begins_between_create_and_start_conforms():
    (one,) = judge(lines_of(S03)[294:])
    assert (one.outcome, one.steps) == (Outcome.HOLDS, {"pre_start": 2, "create": 1})


def test_a_restart_count_too_high_to_follow_is_unknown_with_the_reason():
    altered = Altered(S03)
    altered.count(294, 5000)
    (one,) = judge([line for line in altered.lines()[293:] if line.data["call"] in DEEDS][:2])
    assert one.outcome is Outcome.UNKNOWN
    assert one.conformance.reason == "it is at restart count 5000, and those above 1000 are not followed"


def test_a_recording_without_any_creation_is_too_thin_to_tell():
    (one,) = judge(lines_of(S15)[60:])
    assert (one.outcome, one.subject.name) == (Outcome.UNKNOWN, "the whole recording")


# properties


@given(st.sampled_from(NAMES), st.data())
def test_lines_that_are_not_about_containers_change_no_verdict(name, data):
    lines = lines_of(name)
    others = [line for line in lines if line.data.get("call") not in ABOUT_CONTAINERS]
    dropped = data.draw(st.sets(st.sampled_from([line.number for line in others])))
    kept = [line for line in lines if line.number not in dropped]
    assert verdicts(kept) == verdicts(lines)


@given(st.sampled_from(ALTERATIONS), st.data())
def test_nor_do_they_save_an_altered_recording(alteration, data):
    name, alter, at, _ = alteration
    altered = Altered(name)
    alter(altered)
    lines = altered.lines()
    others = [line.number for line in lines if line.data.get("call") not in ABOUT_CONTAINERS]
    dropped = data.draw(st.sets(st.sampled_from(others)))
    judged = judge([line for line in lines if line.number not in dropped])
    refusals = [one.conformance.refusal for one in judged if one.conformance.refusal]
    assert [refusal.observation.line for refusal in refusals] == [at]


@given(st.sampled_from(NAMES), st.data())
def test_no_end_of_a_recording_turns_conforming_into_not_conforming(name, data):
    lines = lines_of(name)
    end = data.draw(st.integers(1, len(lines)))
    assert Outcome.VIOLATED not in verdicts(lines[:end]).values()


@given(st.sampled_from(NAMES), st.data())
def test_no_beginning_of_a_recording_turns_conforming_into_not_conforming(name, data):
    lines = lines_of(name)
    begin = data.draw(st.integers(0, len(lines) - 1))
    assert Outcome.VIOLATED not in verdicts(lines[begin:]).values()


@given(st.sampled_from(ALTERATIONS), st.data())
def test_what_is_refused_stays_refused_when_the_recording_goes_on(alteration, data):
    name, alter, at, _ = alteration
    altered = Altered(name)
    alter(altered)
    lines = altered.lines()
    end = data.draw(st.integers(1, len(lines)))
    refused = Outcome.VIOLATED in verdicts(lines[:end]).values()
    assert end > len([line for line in lines if line.number < at]) or not refused


SHORT = {S01: 36, S03: 60, S06: 55, S09: 80}  # lines, with all that matters in them
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 6), st.just(10**400), st.floats(),
    st.sampled_from(["", "0", "x"]), st.just([]), st.just({}), st.just(["x"]), st.just({"x": 1}),
)  # fmt: skip


@given(st.sampled_from(sorted(SHORT)), st.data())
def test_whatever_is_damaged_in_a_line_the_answer_is_a_verdict_or_names_that_line(name, data):
    altered = Altered(name)
    altered.rows = altered.rows[: SHORT[name]]
    told = [number for number, row in enumerate(altered.rows, 1) if row.get("call") in ABOUT_CONTAINERS]
    at = data.draw(st.sampled_from(told))
    *outer, last = data.draw(st.sampled_from(places(altered[at])))
    value: Any = altered[at]
    for key in outer:
        value = value[key]
    value[last] = data.draw(ANYTHING)
    try:
        judged = judge(altered.lines())
    except LogError as error:
        message = str(error)
    else:
        message = f"recording:{at}: {len(judged)} verdicts"
    assert message.startswith(f"recording:{at}: ")
