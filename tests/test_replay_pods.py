"""Whole recordings of a real kubelet (v1.20.2, containerd 1.6.20) against its pod's world: also altered."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsm.errors import LogError
from fsm.judgement import Judgement
from fsm.recording import Line
from fsm.replaying import Judge
from fsm.targets import find
from fsm.verdict import Outcome
from specs.kubelet.pod_coverage import PAGE, exercised, page, taken
from tests.altered_recordings import (
    FOLDER,
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

SPEC = ROOT / "specs" / "kubelet" / "pod.py"


@cache
def the_judge() -> Judge:
    (target,) = find([str(SPEC)]).targets
    return Judge(target)


def judge(lines: Sequence[Line]) -> list[Judgement]:
    return the_judge().lines(lines, "recording")


@cache
def as_recorded(name: str) -> tuple[Judgement, ...]:
    return tuple(judge(lines_of(name)))


def verdicts(lines: Sequence[Line]) -> dict[str, Outcome]:
    return {one.subject.name: one.outcome for one in judge(lines)}


def story(judgement: Judgement) -> str:
    """What happened to a container: a letter for each call that is explained, with its attempt or place."""
    told = []
    for seen in judgement.explained:
        if seen.actions and seen.actions != ("relist",):
            letter = next(letter for letter, action in LETTERS.items() if action in seen.actions)
            about = seen.arguments.get("attempt", seen.arguments.get("place", ""))
            told.append(f"{letter}{about}")
    return " ".join(told)


LETTERS = {
    "P": "create_sandbox", "C": "create", "E": "create_call_fails", "S": "start", "H": "post_start",
    "F": "post_start_fails", "K": "kill", "G": "collect", "X": "stop_sandbox", "R": "kubelet_restarts",
}  # fmt: skip


# as recorded


@dataclass(frozen=True)
class Row:
    """A subject, and what is known to have happened to it, in order.

    P a sandbox is made, C create and E its failure (with the attempt), S start, H hook, F hook that fails and
    is followed by a kill, K kill, G garbage collection (each with the place, counted from the newest), X the
    sandbox is stopped, R the kubelet restarts.
    """

    recording: str
    pod: str
    happened: str


TABLE = [
    Row(S01, "ok-node1", "P C0 S0 K0 X"),
    Row(S03, "exit-node1", "P C0 S0 C1 S0 G1 C2 S0 G1 C3 S0 G1 C4 S0 G1"),
    Row(S05, "createerr-node1", "P E0 E0 C0 S0"),
    Row(S06, "createdrop-node1", "P E0 C1 S0"),
    Row(S09, "kkill-node1", "P C0 R C1 S0"),
    Row(S12, "hookok-node1", "P C0 S0 H0"),
    Row(S12, "hookbad-node1", "P C0 S0 F0 C1 S0 F0 G1 C2 S0 F0 G1"),
    Row(S15, "keep-node1", "P C0 S0 R"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_recording_of_a_real_kubelet_conforms(name):
    for one in as_recorded(name):
        assert one.outcome is Outcome.HOLDS, one.conformance
        assert one.conformance.observations == len(one.subject.observations)
    found = {one.subject.name.split("/")[1].split(" ")[0]: story(one) for one in as_recorded(name)}
    assert found == {row.pod: row.happened for row in TABLE if row.recording == name}


def acts(seen: Any) -> bool:
    return set(seen.actions) - {"relist"} != set()


DEEDS = {
    "CreateContainer", "StartContainer", "StopContainer", "RemoveContainer",
    "RunPodSandbox", "StopPodSandbox", "RemovePodSandbox",
}  # fmt: skip
LOOKS = {"ListContainers", "ListPodSandbox", "ContainerStatus", "PodSandboxStatus"}


@pytest.mark.parametrize("name", NAMES)
def test_every_call_that_does_something_is_judged(name):
    recorded = {line.number for line in lines_of(name) if line.data.get("call") in DEEDS}
    judged = {seen.line for one in as_recorded(name) for seen in one.explained if acts(seen)}
    others = {line.number for line in lines_of(name) if line.data.get("call") not in DEEDS}
    assert recorded <= judged
    assert judged - recorded <= others  # hooks and restarts


@pytest.mark.parametrize("name", NAMES)
def test_nine_of_ten_replies_that_show_something_are_looked_at(name):
    recorded = {line.number for line in lines_of(name) if line.data.get("call") in LOOKS}
    looked = {seen.line for one in as_recorded(name) for seen in one.explained if not acts(seen)}
    assert looked <= recorded
    assert len(looked) >= 0.9 * len(recorded)


@pytest.mark.parametrize("name", [S09, S15])
def test_where_a_kubelet_restarts_is_inferred_from_its_calls(name):
    (one,) = as_recorded(name)
    (restart,) = [seen for seen in one.explained if seen.actions == ("kubelet_restarts",)]
    (note,) = [line for line in lines_of(name) if "note" in line.data]
    assert restart.line == note.number + 1


@pytest.mark.parametrize("name", sorted(set(NAMES) - {S09, S15}))
def test_where_none_restarts_none_is_inferred(name):
    assert not any("kubelet_restarts" in seen.actions for one in as_recorded(name) for seen in one.explained)


def test_no_explanation_of_a_lost_reply_does_without_a_container_that_comes_late():
    (one,) = as_recorded(S06)
    steps = taken(one.subject)
    assert {"create_times_out", "late_create_completes"} <= steps.sure
    assert not {"create_call_fails", "create_is_refused", "late_create_is_undone"} & steps.some


def test_what_the_recordings_show_of_the_world_is_written_down_as_it_is():
    """RECORDINGS.md is written by `python -m specs.kubelet.pod_coverage tests/recordings/*.gz`."""
    assert PAGE.read_text("utf-8") == page(exercised(sorted(FOLDER.glob("*.gz"))))


def test_only_what_conforms_is_explained():
    altered = Altered(S03)
    altered.count(52, 2)
    (one,) = judge(altered.lines())
    with pytest.raises(ValueError, match="only what conforms"):
        taken(one.subject)


def test_the_command_line_judges_all_recordings():
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "fsm",
            "replay",
            str(SPEC),
            *(str(path) for path in sorted(FOLDER.glob("*.gz"))),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.rstrip().endswith("8 conforming")
    assert found.stderr == ""


# altered


FIRST, SECOND, THIRD = "78af52bcaf41", "76c7655c2c1a", "c8b81bd81249"  # the containers of s03
OTHER = "e" * 64


def whole(one: Altered, container: str) -> str:
    """An id, from its beginning."""
    return next(
        row["resp"]["container_id"]
        for row in one.rows
        if row.get("call") == "CreateContainer"
        and row.get("resp", {}).get("container_id", "").startswith(container)
    )


def attempt_repeated_after_an_exit(one: Altered) -> None:
    one.count(52, 0)


def create_removed(one: Altered) -> None:
    one.remove(52)


def start_removed(one: Altered) -> None:
    one.remove(53)


def start_of_a_container_that_was_never_created(one: Altered) -> None:
    one[53]["req"]["container_id"] = OTHER


def start_of_an_older_container(one: Altered) -> None:
    one[53]["req"]["container_id"] = whole(one, FIRST)


def start_repeated(one: Altered) -> None:
    one.repeat(61, 53)


def start_before_its_create(one: Altered) -> None:
    one.rows[51], one.rows[52] = one[53], one[52]
    one[52]["t"], one[53]["t"] = one[53]["t"], one[52]["t"]


def container_adopted_after_a_lost_reply(one: Altered) -> None:
    one.remove(49)
    one[50]["req"]["container_id"] = one[35]["upstream"][2]["container_id"]


def create_while_the_newest_runs(one: Altered) -> None:
    one.repeat(61, 142, container_id=OTHER)


def second_create_with_the_same_attempt(one: Altered) -> None:
    one.repeat(61, 52, container_id=OTHER)


def create_with_a_running_container_after_the_kubelet_restarted(one: Altered) -> None:
    one.repeat(87, 30, container_id=OTHER)
    one.count(87, 1)


def create_for_a_deleted_pod(one: Altered) -> None:
    one.repeat(105, 30, container_id=OTHER)
    one.count(105, 1)


def create_after_the_sandbox_was_stopped(one: Altered) -> None:
    one.call(81, "StopPodSandbox", pod_sandbox_id=one[52]["req"]["pod_sandbox_id"])


def created_container_that_is_never_listed(one: Altered) -> None:
    one[39].update(code="OK", resp={"container_id": OTHER})


def removal_of_the_running_container(one: Altered) -> None:
    one.call(61, "RemoveContainer", container_id=whole(one, SECOND))


def removal_of_the_newest_dead_container(one: Altered) -> None:
    one[74]["req"]["container_id"] = whole(one, SECOND)


def removal_of_the_only_dead_container(one: Altered) -> None:
    one.call(81, "RemoveContainer", container_id=whole(one, SECOND))


def removal_of_the_sandbox_of_a_running_container(one: Altered) -> None:
    one.call(38, "RemovePodSandbox", pod_sandbox_id=one[30]["req"]["pod_sandbox_id"])


def container_vanished(one: Altered) -> None:
    one[76]["resp"] = {}


def removed_container_is_back(one: Altered) -> None:
    one[76]["resp"]["containers"].append(copy.deepcopy(one.shown(65, FIRST)))


def exited_container_runs_again(one: Altered) -> None:
    one.shown(76, SECOND)["state"] = "CONTAINER_RUNNING"


def created_container_runs_unstarted(one: Altered) -> None:
    one.shown(78, "f2e5e3")["state"] = "CONTAINER_RUNNING"


def container_that_nobody_created(one: Altered) -> None:
    made = copy.deepcopy(one.shown(55, SECOND))
    made.update(id=OTHER, metadata={"name": "main", "attempt": 3}, created_at="1795445010000000000")
    made["annotations"]["io.kubernetes.container.restartCount"] = "3"
    one[55]["resp"]["containers"].append(made)


def annotation_changed_by_the_runtime(one: Altered) -> None:
    one.shown(55, SECOND)["annotations"]["io.kubernetes.container.restartCount"] = "7"


def container_in_another_sandbox(one: Altered) -> None:
    one.shown(55, SECOND)["pod_sandbox_id"] = "another"


def second_sandbox_while_the_first_is_ready(one: Altered) -> None:
    one.repeat(38, 26)


def sandbox_of_a_running_pod_gone(one: Altered) -> None:
    one[39]["resp"] = one[43]["resp"] = {}


def stop_before_the_hook_has_failed(one: Altered) -> None:
    one.rows[40], one.rows[59] = one[60], one[41]
    one[41]["t"], one[60]["t"] = one[60]["t"], one[41]["t"]
    one[41]["ms"] = 40


def hook_that_is_never_run(one: Altered) -> None:
    one.remove(72)


def container_that_is_not_killed_after_its_hook_failed(one: Altered) -> None:
    one.remove(60)


def hook_that_passed_is_followed_by_a_create(one: Altered) -> None:
    one[72]["resp"] = {}
    one.remove(86)
    one.repeat(87, 185, container_id=OTHER)


ALTERATIONS: list[tuple[str, Callable[[Altered], None], int, str]] = [
    (S03, attempt_skipped, 52, "create(attempt=1)"),
    (S03, attempt_repeated_after_an_exit, 52, "create(attempt=1)"),
    (S03, attempt_going_down, 294, "create(attempt=3)"),
    (S01, first_attempt_not_zero, 30, "create(attempt=0)"),
    (S05, attempt_raised_after_a_refusal, 39, "create_call_fails(attempt=0)"),
    (S06, attempt_repeated_after_a_lost_reply_was_seen, 49, "create(attempt=1)"),
    (S03, annotation_behind_the_attempt, 52, "create(attempt=1)"),
    (S03, log_path_behind_the_attempt, 52, "create(attempt=1)"),
    (S03, create_removed, 53, "create(attempt=1)"),
    (S03, create_and_start_removed, 55, "instances[0].attempt"),
    (S09, create_of_a_container_that_is_never_started_removed, 32, "instances[0].state"),
    (S03, start_removed, 55, "instances[0].state"),
    (S03, start_of_a_container_that_was_never_created, 53, "create_sandbox"),
    (S03, start_of_an_older_container, 53, "start(place=0)"),
    (S03, start_repeated, 61, "kill(place=0)"),
    (S03, start_before_its_create, 52, "create(attempt=1)"),
    (S06, container_adopted_after_a_lost_reply, 50, "create(attempt=1)"),
    (S03, create_while_the_newest_runs, 61, "kill(place=0)"),
    (S03, second_create_with_the_same_attempt, 61, "kill(place=0)"),
    (S15, create_with_a_running_container_after_the_kubelet_restarted, 87, "kill(place=0)"),
    (S01, create_for_a_deleted_pod, 105, "remove_container(place=0)"),
    (S03, create_after_the_sandbox_was_stopped, 83, "sandbox"),
    (S05, created_container_that_is_never_listed, 45, "instances[0].state"),
    (S03, removal_of_the_running_container, 61, "kill(place=0)"),
    (S03, removal_of_the_newest_dead_container, 74, "collect(place=1)"),
    (S03, removal_of_the_only_dead_container, 81, "create(attempt=2)"),
    (S01, removal_of_the_sandbox_of_a_running_container, 38, "stop_sandbox"),
    (S03, container_vanished, 76, "instances[0].state"),
    (S03, removed_container_is_back, 76, "instances[1].state"),
    (S03, exited_container_runs_again, 76, "instances[0].state"),
    (S09, created_container_runs_unstarted, 78, "instances[1].state"),
    (S03, container_that_nobody_created, 55, "instances[0].attempt"),
    (S03, annotation_changed_by_the_runtime, 55, "annotation 7"),
    (S03, container_in_another_sandbox, 55, "instances[0].old"),
    (S01, second_sandbox_while_the_first_is_ready, 38, "kill(place=0)"),
    (S01, sandbox_of_a_running_pod_gone, 39, "sandbox"),
    (S12, stop_before_the_hook_has_failed, 41, "post_start_fails(place=0, killed=True)"),
    (S12, hook_that_is_never_run, 86, "post_start(place=0)"),
    (S12, container_that_is_not_killed_after_its_hook_failed, 70, "post_start(place=0)"),
    (S12, hook_that_passed_is_followed_by_a_create, 87, "kill(place=0)"),
]


def first_refusal(lines: Sequence[Line]) -> Judgement:
    refused = [one for one in judge(lines) if one.outcome is Outcome.VIOLATED]
    assert refused, "nothing was refused"
    return min(refused, key=lambda one: one.conformance.refusal.observation.line)


@pytest.mark.parametrize(
    ("name", "alter", "line", "told"),
    ALTERATIONS,
    ids=[f"{name[:3]}-{alter.__name__}" for name, alter, _, _ in ALTERATIONS],
)
def test_an_altered_recording_is_refused_at_the_first_line_that_nothing_explains(name, alter, line, told):
    altered = Altered(name)
    alter(altered)
    refused = first_refusal(altered.lines())
    assert refused.conformance.refusal.observation.line == line, refused.conformance
    assert told in str(refused.conformance)


# told by notes


def test_a_container_is_not_restarted_under_policy_never():
    refused = first_refusal(Altered(S03).note(restart_policy="Never"))
    assert refused.conformance.refusal.observation.line == 52
    assert "create(" not in str(refused.conformance.refusal.expected)


def test_one_that_failed_is_restarted_under_policy_on_failure():
    (one,) = judge(Altered(S03).note(restart_policy="OnFailure"))
    assert one.outcome is Outcome.HOLDS


def test_one_that_succeeded_is_not_restarted_under_policy_on_failure():
    altered = Altered(S03)
    for row in altered.rows:
        if row.get("call") == "ContainerStatus" and "resp" in row:
            row["resp"]["status"].pop("exit_code", None)
    refused = first_refusal(altered.note(restart_policy="OnFailure"))
    assert refused.conformance.refusal.observation.line == 52


def test_the_sandbox_of_a_pod_that_is_done_may_be_stopped():
    altered = Altered(S03)
    altered.call(49, "StopPodSandbox", pod_sandbox_id=altered[30]["req"]["pod_sandbox_id"])
    (one,) = judge(altered.note(restart_policy="Never")[:50])
    assert (one.outcome, story(one)) == (Outcome.HOLDS, "P C0 S0 X")


BACK_OFFS = (
    "31.987", "33.014", "48.092", "60.933", "76.315", "90.926", "103.927", "119.597", "130.925",
)  # fmt: skip
"""When the kubelet's log of s03 tells of a back-off, in seconds since 14:43."""


def told_by_the_log(lines: Sequence[int]) -> list[Line]:
    """The recording s03 with a back-off before each of these lines."""
    rows = list(lines_of(S03))
    for number in sorted(lines, reverse=True):
        note = {"note": "as the kubelet's log has it", "happened": "back_off"}
        rows.insert(number - 1, Line(number, note))
    return rows


def test_every_back_off_that_the_kubelets_log_tells_of_fits():
    begin = datetime(2026, 11, 23, 14, 43, tzinfo=UTC).timestamp()
    sent = {line.number: line.data["t"] - begin for line in lines_of(S03)}
    places = [min(number for number in sent if sent[number] > float(time)) for time in BACK_OFFS]
    (one,) = judge(told_by_the_log(places))
    assert one.outcome is Outcome.HOLDS
    assert sum(seen.actions == ("back_off",) for seen in one.explained) == len(BACK_OFFS)
    assert "back_off" in taken(one.subject).sure


@pytest.mark.parametrize("line", [26, 31, 38, 60])
def test_a_back_off_before_anything_has_exited_is_refused(line):
    """Also at line 60, where a container runs whose predecessor has exited: then nothing is to be started."""
    refused = first_refusal(told_by_the_log([line])).conformance.refusal
    assert (refused.observation.line, refused.observation.actions) == (line, ("back_off",))


def test_what_somebody_removed_is_not_missed_where_a_note_tells_of_it():
    altered = Altered(S03)
    container_vanished(altered)
    assert first_refusal(altered.lines()[:76]).conformance.refusal.observation.line == 76
    altered.rows[73] = {"note": "crictl rm", "happened": "dead_containers_are_pruned"}
    (one,) = judge(altered.lines()[:76])
    assert one.outcome is Outcome.HOLDS


def test_a_note_names_the_kubelet():
    (one,) = judge(Altered(S01).note(kubelet="v1.20.2"))
    assert one.subject.notes[0].endswith("the recording says that its kubelet is v1.20.2")
    assert "v1.20.2 is inferred" in as_recorded(S01)[0].subject.notes[0]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (
            {"restart_policy": "never"},
            "`restart_policy` is 'never', where it is one of Always, OnFailure, Never",
        ),
        ({"restart_policy": None}, "`restart_policy` is None"),
        ({"restart_policy": ["Never"]}, "`restart_policy` is ['Never']"),
        ({"restart_policy": 0}, "`restart_policy` is 0"),
        ({"happened": "node_reboot"}, "`happened` is 'node_reboot', where it is one of kubelet_restarts"),
        ({"happened": "create"}, "`happened` is 'create'"),
        ({"happened": ["kubelet_restarts"]}, "`happened` is ['kubelet_restarts']"),
        ({"happened": None}, "`happened` is None"),
        ({"happened": {}}, "`happened` is {}"),
        ({"happened": 3}, "`happened` is 3"),
        ({"happened": ""}, "`happened` is ''"),
    ],
)
def test_a_note_that_says_what_none_can_say_is_a_mistake_with_its_line(told, why):
    with pytest.raises(LogError) as raised:
        judge(Altered(S01).note(**told))
    assert str(raised.value).startswith(f"recording:0: {why}")


# restarts of the kubelet


def test_a_restart_that_only_a_note_tells_of_counts():
    altered = Altered(S09)
    for row in altered.rows[43:]:
        row.update(n=row["n"] + 100, t=row["t"] - 4.5)
    unknown = verdicts(altered.lines())
    altered.rows[42]["happened"] = "kubelet_restarts"
    (told,) = judge(altered.lines())
    assert [*unknown.values()] == [Outcome.HOLDS]  # a pre-start hook may have failed instead
    assert story(told) == "P C0 R C1 S0"


def test_a_call_that_the_kubelet_did_not_outlast_was_answered_to_nobody():
    altered = Altered(S09)
    created = altered[30]
    begun = {
        "n": 31, "t": created["t"] + 0.5, "ms": 9000, "svc": created["svc"], "call": "StartContainer",
        "req": {"container_id": created["resp"]["container_id"]}, "code": "OK",
    }  # fmt: skip
    altered.rows.insert(46, begun)
    (one,) = judge(altered.lines())
    assert one.outcome is Outcome.HOLDS, one.conformance
    (start,) = [seen for seen in one.explained if seen.line == 47]
    assert set(start.actions) >= {"start_times_out", "start_reply_is_lost", "start"}
    assert one.explained[one.explained.index(start) + 1].actions == ("kubelet_restarts",)


# what is not judged


def test_a_recording_that_begins_later_is_judged_from_its_first_list():
    (one,) = judge(lines_of(S03)[200:])
    assert (one.outcome, story(one)) == (Outcome.HOLDS, "C3 S0 G1 C4 S0 G1")
    assert any("is judged from line 20" in note for note in one.subject.notes)
    altered = Altered(S03)
    altered.count(294, 2)
    assert first_refusal(altered.lines()[200:]).conformance.refusal.observation.line == 294


def test_a_recording_that_begins_between_create_and_start_is_judged_from_the_list_after_both():
    (one,) = judge(lines_of(S03)[294:])
    assert (one.outcome, story(one)) == (Outcome.HOLDS, "G1 C4 S0 G1")


def test_a_pod_of_several_containers_is_too_much_for_the_world():
    altered = Altered(S03)
    for row in altered.rows[:140]:
        config = row.get("req", {}).get("config", {})
        if row.get("call") == "CreateContainer" and config["metadata"].get("attempt") == 1:
            config["labels"]["io.kubernetes.container.name"] = "other"
    found = judge(altered.lines()[:54])
    assert {one.outcome for one in found} == {Outcome.UNKNOWN}
    assert {one.conformance.reason for one in found} == {
        "its pod has other containers (other), and the world has pods of one",
        "its pod has other containers (main), and the world has pods of one",
    }


def test_an_attempt_that_the_world_has_no_room_for_ends_the_judging():
    altered = Altered(S03)
    altered.count(523, 9)
    (one,) = judge(altered.lines())
    assert (one.outcome, story(one)) == (Outcome.HOLDS, "P C0 S0 C1 S0 G1 C2 S0 G1 C3 S0 G1")
    assert any("up to line 523: attempt 9 is more than the 7" in note for note in one.subject.notes)


def test_more_containers_than_the_world_has_room_for_end_the_judging():
    altered, there = Altered(S03), {}
    for number, row in enumerate(altered.rows, 1):
        if row["call"] == "RemoveContainer":
            altered.remove(number)
        elif row["call"] == "ListContainers" and "state" not in row["req"].get("filter", {}):
            there |= {one["id"]: one for one in row.get("resp", {}).get("containers", [])}
            row["resp"] = {"containers": [*there.values()]}
    (one,) = judge(altered.lines())
    assert (one.outcome, story(one)) == (Outcome.HOLDS, "P C0 S0 C1 S0 C2 S0")
    assert any("4 containers are there at once" in note for note in one.subject.notes)


def test_a_recording_without_a_list_of_everything_is_too_thin_to_tell():
    deeds = [line for line in lines_of(S03) if line.data.get("call") in DEEDS]
    (one,) = judge(deeds)
    assert (one.outcome, one.conformance.reason) == (
        Outcome.UNKNOWN,
        "no list shows what there is of its pod at a time when nothing is done with it",
    )


def test_a_recording_in_which_nothing_is_done_is_too_thin_to_tell():
    (one,) = judge(lines_of(S15)[88:])
    assert (one.outcome, one.subject.name) == (Outcome.UNKNOWN, "the whole recording")


def test_a_container_in_a_state_that_the_cri_does_not_have_is_a_mistake_with_its_line():
    altered = Altered(S03)
    altered.shown(55, SECOND)["state"] = "CONTAINER_PAUSED"
    with pytest.raises(LogError, match="recording:55: a container is in the state 'PAUSED'; the CRI has"):
        judge(altered.lines())


# properties


FEW = settings(max_examples=12)


@FEW
@given(st.sampled_from(NAMES), st.data())
def test_fewer_replies_turn_nothing_that_conforms_into_something_that_does_not(name, data):
    lines = lines_of(name)
    looked = [line.number for line in lines if line.data.get("call") in LOOKS]
    dropped = data.draw(st.sets(st.sampled_from(looked)))
    kept = [line for line in lines if line.number not in dropped]
    assert Outcome.VIOLATED not in verdicts(kept).values()


@FEW
@given(st.sampled_from(NAMES), st.data())
def test_no_end_of_a_recording_turns_conforming_into_not_conforming(name, data):
    lines = lines_of(name)
    assert Outcome.VIOLATED not in verdicts(lines[: data.draw(st.integers(1, len(lines)))]).values()


@FEW
@given(st.sampled_from(NAMES), st.data())
def test_no_beginning_of_a_recording_turns_conforming_into_not_conforming(name, data):
    lines = lines_of(name)
    assert Outcome.VIOLATED not in verdicts(lines[data.draw(st.integers(0, len(lines) - 1)) :]).values()


@FEW
@given(st.sampled_from(ALTERATIONS), st.data())
def test_what_is_refused_stays_refused_when_the_recording_goes_on(alteration, data):
    name, alter, at, _ = alteration
    altered = Altered(name)
    alter(altered)
    lines = altered.lines()
    end = data.draw(st.integers(1, len(lines)))
    refused = Outcome.VIOLATED in verdicts(lines[:end]).values()
    assert refused == (lines[end - 1].number >= at)


SHORT = {S01: 90, S03: 80, S06: 60, S09: 80, S12: 75}  # lines, with all that matters in them
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 6), st.just(10**400), st.floats(),
    st.sampled_from(["", "0", "x"]), st.just([]), st.just({}), st.just(["x"]), st.just({"x": 1}),
)  # fmt: skip


@given(st.sampled_from(sorted(SHORT)), st.data())
def test_whatever_is_damaged_in_a_line_the_answer_is_a_verdict_or_names_that_line(name, data):
    altered = Altered(name)
    altered.rows = altered.rows[: SHORT[name]]
    at = data.draw(
        st.sampled_from([n for n, row in enumerate(altered.rows, 1) if row.get("call") in DEEDS | LOOKS])
    )
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
