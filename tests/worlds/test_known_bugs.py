"""The bugs of the pod's worker that were reported in public: each is found step by step; where mended, not.

A scenario is the shortest trace with the fewest faults that the checker finds; what the reports tell is
written beside each step.
"""

import pytest

from fsm import check
from fsm.verdict import Outcome, Report
from specs.kubelet.node import Policy
from specs.kubelet.pod_events import PodEvents
from specs.kubelet.pod_logs import PodLogs
from specs.kubelet.pod_reboots import PodReboots
from specs.kubelet.pod_restarts import PodRestarts
from specs.kubelet.pod_sync import PodSync
from specs.kubelet.pod_worker import PodWorker
from specs.kubelet.runtimes import CONTAINERD, CRI_O_1_31, RUNTIMES, Runtime
from specs.kubelet.versions import Version, version
from specs.kubelet.worlds import pod

RUN = ["begin_sync(unhealthy=False)", "create_sandbox", "create", "pre_start", "start"]


def judged(
    base: type[PodWorker],
    name: str,
    kubelet: str,
    runtime: Runtime = CONTAINERD,
    policy: Policy = Policy.ALWAYS,
) -> Report:
    """What one promise comes to; one restart is enough for every scenario here."""
    row: Version = version(kubelet)
    return check(pod(base, MOST=1)(row, runtime, policy), properties=[name])


def scenario(report: Report, name: str) -> list[str]:
    """The steps of the shortest violation; faults are marked."""
    trace = report[name].trace
    assert report[name].outcome is Outcome.VIOLATED
    assert trace is not None
    return [f"fault: {step.label}" if step.fault else step.label for step in trace.steps]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda one: one.name)
@pytest.mark.parametrize("kubelet", ["1.17", "1.20", "1.21.5"])
def test_a_wiped_runtime_sets_the_count_back_until_1_21_5(kubelet: str, runtime: Runtime) -> None:
    name = "a_container_that_ran_is_counted"
    assert scenario(judged(PodReboots, name, kubelet, runtime), name) == [
        *RUN,  # a pod runs
        "fault: node_reboots(wiped=True)",  # reboot; the runtime has forgotten it
        *RUN,  # no status: count 0 again, and log 0 is written over
    ]


@pytest.mark.parametrize("policy", Policy, ids=lambda one: one.value)
@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda one: one.name)
@pytest.mark.parametrize("kubelet", ["1.21.6", "1.22", "1.27", "1.36"])
def test_since_1_21_6_the_count_goes_on_however_often_the_node_reboots(
    kubelet: str, runtime: Runtime, policy: Policy
) -> None:
    report = judged(PodReboots, "a_container_that_ran_is_counted", kubelet, runtime, policy)
    assert report["a_container_that_ran_is_counted"].outcome is Outcome.HOLDS
    assert report.exhaustive


def test_a_static_pod_that_is_installed_anew_begins_where_the_last_one_ended() -> None:
    name = "a_new_life_begins_at_zero"
    assert (
        scenario(judged(PodLogs, name, "1.27"), name)
        == [
            *RUN,
            "fault: node_is_installed_anew",  # /var/log/pods is left, and the uid is a hash of the manifest
            *RUN[:3],  # attempt 1
        ]
    )


def test_before_there_was_a_log_rule_nothing_was_inherited() -> None:
    assert not hasattr(pod(PodSync)(version("1.21"), CONTAINERD, Policy.ALWAYS), "logs")


@pytest.mark.parametrize("kubelet", ["1.20", "1.36"])
def test_a_clock_that_was_set_back_hides_the_container_that_runs(kubelet: str) -> None:
    name = "the_running_container_is_seen"
    assert (
        scenario(judged(PodSync, name, kubelet), name)
        == [
            *RUN[:3],  # attempt 0
            "fault: clock_is_set_back(behind=1)",  # 40 seconds
            *RUN[3:],
            "exits(place=0, ok=False)",
            "begin_sync(unhealthy=False)",
            "create",  # attempt 1, with a creation time before that of attempt 0
            "pre_start",
            "start",
            "begin_sync(unhealthy=False)",  # attempt 0, exited, is the newest: 1 is asked for again
        ]
    )


@pytest.mark.parametrize("kubelet", ["1.18", "1.31"])
def test_a_create_that_timed_out_is_asked_for_again_and_refused(kubelet: str) -> None:
    name = "no_create_meets_its_own_name"
    assert scenario(judged(PodSync, name, kubelet), name) == [
        *RUN[:2],
        "fault: create_times_out",  # context deadline exceeded; the name stays reserved
        "begin_sync(unhealthy=False)",  # nothing is listed, so it is attempt 0 again
        "create_is_refused",  # failed to reserve container name
    ]


def test_cri_o_answers_a_create_that_is_asked_for_again_with_the_first_ones_id() -> None:
    report = judged(PodSync, "no_create_meets_its_own_name", "1.31", CRI_O_1_31)
    assert "create_answers_with_the_holder" in {action.name for action in report.actions if action.enabled}


@pytest.mark.parametrize("kubelet", ["1.18", "1.36"])
def test_a_hook_is_never_run_when_the_reply_to_the_start_is_lost(kubelet: str) -> None:
    name = "no_hook_is_left_out"
    assert scenario(judged(PodEvents, name, kubelet), name) == [*RUN[:4], "fault: start_reply_is_lost"]


def test_what_was_created_and_not_started_stays_beside_the_container_that_runs() -> None:
    name = "a_created_container_is_started_or_removed"
    assert (
        scenario(judged(PodSync, name, "1.21"), name)
        == [
            *RUN[:3],
            "fault: kubelet_restarts",  # recorded: killed between create and start
            "begin_sync(unhealthy=False)",  # what is created counts as dead, and is not taken up
            *RUN[2:],  # attempt 1 runs, and attempt 0 is the one dead container that is kept
        ]
    )


def test_an_unknown_container_is_counted_once_and_then_forgotten_by_the_api() -> None:
    name = "the_api_count_never_decreases"
    assert (
        scenario(judged(PodRestarts, name, "1.20"), name)
        == [
            *RUN,
            "exits(place=0, ok=False)",  # an older one that has exited: the next start may have to wait
            "begin_sync(unhealthy=False)",
            *RUN[2:],
            "report_status",
            "fault: instance_becomes_unreadable(place=0)",
            "begin_sync(unhealthy=False)",  # one more than before, and terminated
            "kill",
            "back_off",
            "begin_sync(unhealthy=False)",  # no longer running before: the runtime's count, which is lower
        ]
    )


@pytest.mark.parametrize("runtime", [CONTAINERD, CRI_O_1_31], ids=lambda one: one.name)
def test_from_1_36_on_the_api_count_never_goes_down(runtime: Runtime) -> None:
    report = judged(PodRestarts, "the_api_count_never_decreases", "1.36", runtime)
    assert report["the_api_count_never_decreases"].outcome is Outcome.HOLDS
