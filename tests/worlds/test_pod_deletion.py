"""What a deleted pod goes through, and the world in which each call says what it is about."""

from __future__ import annotations

from typing import Any

import pytest

from fsm import machine
from fsm.declaration import model_of
from fsm.errors import EventError
from fsm.explorer import explore
from specs.kubelet.node import PLACES, Phase, Policy, Sandbox, State
from specs.kubelet.pod import Pod, pod
from specs.kubelet.pod_deletion import PodDeletion


class Never(PodDeletion):
    POLICY = Policy.NEVER


class OnFailure(PodDeletion):
    POLICY = Policy.ON_FAILURE


class Roomy(PodDeletion):
    MOST = 3


def running(cls: type = PodDeletion) -> Any:
    """A pod whose first container runs."""
    model = machine(cls).model
    for step in ("create_sandbox", "create", "pre_start", "start"):
        if step == "create_sandbox":
            model.begin_sync(False)
        getattr(model, step)()
    return model


def restart(model: Any) -> None:
    """The newest container exits, and another one runs."""
    model.exits(0, False)
    model.begin_sync(False)
    for step in ("create", "pre_start", "start"):
        getattr(model, step)()


def states(model: Any) -> list[State]:
    return [model.instances[place].state for place in PLACES if model.instances[place].is_there]


def test_a_deleted_pod_goes_from_its_container_to_its_sandbox():
    """The order of s01, and the garbage collection that the recording was too short for."""
    model = running()
    model.pod_is_deleted()
    model.stop_container(0)
    assert states(model) == [State.FAILED]
    model.stop_sandbox()
    assert model.sandbox is Sandbox.LOST
    model.remove_container(0)
    model.remove_sandbox()
    assert (states(model), model.sandbox) == ([], Sandbox.NONE)


def test_what_runs_when_its_sandbox_is_stopped_has_failed():
    model = running()
    model.pod_is_deleted()
    model.stop_sandbox()
    assert states(model) == [State.FAILED]


def test_a_start_that_nobody_waits_for_outlasts_its_sandbox_and_then_fails():
    """Measured with containerd 1.6.20: listed as created meanwhile, and not to be removed."""
    model = machine(PodDeletion).model
    model.begin_sync(False)
    for step in ("create_sandbox", "create", "pre_start", "start_times_out"):
        getattr(model, step)()
    model.pod_is_deleted()
    model.stop_sandbox()
    assert states(model) == [State.STARTING]
    assert not model.may_remove_container(0)
    assert not model.may_late_start_ends(0, True)
    model.late_start_ends(0, False)
    model.remove_container(0)
    assert states(model) == []


def test_a_deleted_pod_is_not_synced_again():
    model = running()
    model.exits(0, False)
    model.pod_is_deleted()
    with pytest.raises(EventError, match="begin_sync"):
        model.begin_sync(False)


def test_a_sync_that_goes_on_when_its_pod_is_deleted_creates_all_the_same():
    model = machine(PodDeletion).model
    model.begin_sync(False)
    model.pod_is_deleted()
    model.create_sandbox()
    model.create()
    assert (states(model), model.phase) == ([State.CREATED], Phase.PRE_START)


@pytest.mark.parametrize("step", ["stop_container", "remove_container"])
def test_nothing_is_stopped_or_removed_of_a_pod_that_is_to_run(step):
    model = running()
    assert not getattr(model, f"may_{step}")(0)
    assert not model.may_stop_sandbox()


def test_a_running_container_is_stopped_before_it_is_removed_and_a_sandbox_goes_last():
    model = running()
    model.pod_is_deleted()
    assert not model.may_remove_container(0)
    assert not model.may_remove_sandbox()
    model.stop_sandbox()
    assert not model.may_remove_sandbox()


@pytest.mark.parametrize(
    ("cls", "ok", "done"),
    [(Never, False, True), (OnFailure, True, True), (OnFailure, False, False), (PodDeletion, False, False)],
)
def test_a_pod_is_done_when_its_policy_asks_for_nothing_more(cls, ok, done):
    model = running(cls)
    assert not model.may_stop_sandbox()
    model.exits(0, ok)
    assert model.may_stop_sandbox() is done


def test_the_collector_after_a_death_takes_the_oldest_exited_and_leaves_what_was_only_created():
    """The container of a lost reply stays; the garbage collector of each minute would take it."""
    model = machine(Roomy).model
    model.begin_sync(False)
    model.create_sandbox()
    model.create_times_out()
    model.late_create_completes()
    model.begin_sync(False)
    for step in ("create", "pre_start", "start"):
        getattr(model, step)()
    restart(model)
    model.exits(0, False)
    assert states(model) == [State.FAILED, State.FAILED, State.CREATED]
    assert [model.may_collect_exited(place) for place in PLACES] == [False, True, False]
    assert [model.may_collect(place) for place in PLACES] == [False, False, True]
    model.collect_exited(1)
    assert states(model) == [State.FAILED, State.CREATED]
    assert not any(model.may_collect_exited(place) for place in PLACES)


def test_a_container_of_unknown_state_is_stopped_before_it_is_collected():
    model = running()
    model.instance_becomes_unreadable(0)
    model.stop_unknown(0)
    assert states(model) == [State.FAILED]


def test_a_stop_that_fails_changes_nothing():
    model = running()
    model.pod_is_deleted()
    model.stop_container_fails(0)
    assert states(model) == [State.RUNNING]


# the world of the calls


class SmallPod(Pod):
    MOST = 0


class SmallDeletion(PodDeletion):
    MOST = 0


def reachable(cls: type, left_out: str) -> set[tuple[str, ...]]:
    graph = explore(model_of(cls))
    layout = graph.tables.layout
    return {
        tuple(f"{path}={value}" for path, value in layout.items(state) if path != left_out)
        for state in graph.states
    }


def test_calls_show_the_same_world_that_they_are_about():
    """Pod, less what is unseen, has just the states of PodDeletion: its arguments only name what happens."""
    assert reachable(SmallPod, "unseen") == reachable(SmallDeletion, "")


def test_a_container_that_exited_unseen_is_not_restarted_before_a_list_shows_it():
    model = machine(Pod).model
    model.begin_sync(False)
    model.create_sandbox()
    model.create(attempt=0)
    model.pre_start()
    model.start(place=0)
    model.exits(place=0, ok=False)
    assert not model.may_begin_sync(False)
    model.relist()
    model.begin_sync(False)
    assert not model.may_create(attempt=0)
    model.create(attempt=1)


@pytest.mark.parametrize("policy", ["always", "", "Sometimes", None])
def test_a_restart_policy_is_written_as_kubernetes_writes_it(policy):
    with pytest.raises(ValueError, match="is not a valid Policy"):
        pod(policy)
