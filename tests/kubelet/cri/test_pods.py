"""Pods of one's own in a runtime that others use."""

from dataclasses import replace
from pathlib import Path

import pytest

from fsm.kubelet import (
    FaultyRuntime,
    MemoryImages,
    MemoryRuntime,
    Refuse,
    RpcError,
    StatusCode,
    SteppingClock,
)
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.pods import Pods

BUSY = RpcError(StatusCode.UNKNOWN, "container is in starting state, can't be removed")
IMAGE = "local.test/busybox:1"


@pytest.fixture
def runtime() -> MemoryRuntime:
    images = MemoryImages([cri.Image("sha256:" + "a" * 64, repo_tags=(IMAGE,))])
    return MemoryRuntime(images, SteppingClock())


def test_every_pod_has_a_uid_of_its_own(runtime: MemoryRuntime) -> None:
    pods, others = Pods(runtime, Path("/logs")), Pods(runtime, Path("/logs"))
    configs = [pods(), pods(), pods("other", namespace="ns"), others()]
    uids = {config.metadata.uid for config in configs if config.metadata}
    assert len(uids) == 4
    assert {config.log_directory for config in configs} == {f"/logs/{uid}" for uid in uids}


def test_a_pod_is_labelled_as_by_a_kubelet_and_with_its_run(runtime: MemoryRuntime) -> None:
    pods = Pods(runtime, Path("/logs"), run="r")
    assert pods("web", labels={"app": "x"}).labels == {
        "io.kubernetes.pod.name": "web",
        "io.kubernetes.pod.namespace": "default",
        "io.kubernetes.pod.uid": "r-0",
        "fsm.run": "r",
        "app": "x",
    }


def test_all_that_was_made_under_its_pods_is_removed_and_nothing_else(runtime: MemoryRuntime) -> None:
    pods, others = Pods(runtime, Path("/logs"), run="r"), Pods(runtime, Path("/logs"), run="r2")
    bystander = runtime.run_pod_sandbox(others())
    config = pods()
    assert config.metadata is not None
    sandboxes = [runtime.run_pod_sandbox(config)]
    sandboxes.append(runtime.run_pod_sandbox(replace(config, metadata=replace(config.metadata, attempt=1))))
    made = cri.ContainerConfig(cri.ContainerMetadata("c"), cri.ImageSpec(IMAGE))
    runtime.start_container(runtime.create_container(sandboxes[0], made, config))
    assert {one.id for one in pods.sandboxes()} == set(sandboxes)
    pods.remove()
    assert [one.id for one in runtime.list_pod_sandbox()] == [bystander]
    assert not runtime.list_containers()


def test_the_pods_of_a_part_of_a_run_are_the_runs(runtime: MemoryRuntime) -> None:
    whole, part = Pods(runtime, Path("/logs"), run="r"), Pods(runtime, Path("/logs"), run="r-7")
    runtime.run_pod_sandbox(part())
    whole.remove()
    assert not part.sandboxes()


def test_a_refusal_to_remove_is_not_believed_at_once(runtime: MemoryRuntime) -> None:
    faulty = FaultyRuntime(runtime)
    faulty.plan(Refuse("remove_pod_sandbox", 1, BUSY))
    faulty.plan(Refuse("stop_pod_sandbox", 2, BUSY))
    pods = Pods(faulty, Path("/logs"))
    faulty.run_pod_sandbox(pods())
    faulty.run_pod_sandbox(pods())
    pods.remove()
    assert not runtime.list_pod_sandbox()


def test_a_refusal_that_lasts_is_raised_after_the_others_are_removed(runtime: MemoryRuntime) -> None:
    faulty = FaultyRuntime(runtime)
    pods = Pods(faulty, Path("/logs"))
    first, _ = faulty.run_pod_sandbox(pods()), faulty.run_pod_sandbox(pods())
    faulty.plan(Refuse("remove_pod_sandbox", 1, BUSY))
    with pytest.raises(RpcError, match="starting state"):
        pods.remove(patience=0)
    assert [one.id for one in runtime.list_pod_sandbox()] == [first]
