"""What the suite of faults is made of: the worker's decisions, the reading of attempts, and the table."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

import fsm.kubelet as k
from fsm.kubelet import messages as cri
from specs.kubelet.node import NOTHING, PLACES, Instance, Policy, Sandbox, State
from specs.kubelet.pod import Pod
from specs.kubelet.pod_worker import PodWorker
from specs.kubelet.runtime_faults import CREATE, FAULTS, START, Fault, KubeletEnds, What, When, Wire
from specs.kubelet.runtime_faults_bench import Bench
from specs.kubelet.runtime_faults_checks import Shown, does_not_rise, does_not_run, is_not_told, two_run
from specs.kubelet.runtime_faults_conformance import moments, strike
from specs.kubelet.runtime_faults_containerd import Disk
from specs.kubelet.runtime_faults_memory import MemoryNode
from specs.kubelet.runtime_faults_outcomes import Tally, Trial, kind_of
from specs.kubelet.runtime_faults_sync import decide

LISTED = {
    State.CREATED: cri.ContainerState.CONTAINER_CREATED,
    State.RUNNING: cri.ContainerState.CONTAINER_RUNNING,
    State.SUCCEEDED: cri.ContainerState.CONTAINER_EXITED,
    State.FAILED: cri.ContainerState.CONTAINER_EXITED,
    State.UNKNOWN: cri.ContainerState.CONTAINER_UNKNOWN,
}
ALONE = [State.ABSENT, *LISTED]


def status_of(sandbox: Sandbox, *states: State) -> k.PodStatus:
    """A snapshot with these containers, newest first."""
    containers = tuple(
        k.ContainerStatus(str(place), "app", LISTED[state], 9 - place, exit_code=int(state is State.FAILED))
        for place, state in enumerate(states)
        if state in LISTED
    )
    ready = (
        cri.PodSandboxState.SANDBOX_READY
        if sandbox is Sandbox.READY
        else cri.PodSandboxState.SANDBOX_NOTREADY
    )
    metadata = cri.PodSandboxMetadata("web", "uid", "default", 0)
    sandboxes = () if sandbox is Sandbox.NONE else (cri.PodSandboxStatus("s", metadata, ready, 1, {}, {}),)
    return k.PodStatus("uid", "web", "default", containers, sandboxes)


@pytest.mark.parametrize("policy", Policy)
def test_the_worker_decides_as_the_pods_world_does(policy: Policy):
    for sandbox, newest, older in product(Sandbox, ALONE, ALONE):
        if newest is State.ABSENT and older is not State.ABSENT:
            continue
        instances = dict.fromkeys(PLACES, NOTHING) | {0: Instance(1, newest), 1: Instance(0, older)}
        world = SimpleNamespace(instances=instances, sandbox=sandbox, POLICY=policy)
        world.is_wanted = lambda state, unhealthy, world=world: PodWorker.is_wanted(world, state, unhealthy)
        world.is_killed_with_the_pod = lambda one, world=world: Pod.is_killed_with_the_pod(world, one)
        decision = decide(status_of(sandbox, newest, older), "app", policy)
        starts, kills = PodWorker.decide(world, unhealthy=False)
        assert (decision.starts, bool(decision.kills)) == (starts, kills), (sandbox, newest, older)


def test_two_ready_sandboxes_are_one_too_many():
    status = status_of(Sandbox.READY, State.RUNNING)
    other = replace(status.sandbox_statuses[0], id="t", created_at=2)
    decision = decide(
        replace(status, sandbox_statuses=(*status.sandbox_statuses, other)), "app", Policy.ALWAYS
    )
    assert decision.starts
    assert decision.sandbox is None
    assert [one.id for one in decision.kills] == ["0"]


def test_a_fault_strikes_one_call_and_no_other():
    node = MemoryNode(k)
    wire = Wire(node, node.line, "uid")
    wire.arm(Fault("list_containers", What.REFUSED))
    assert list(wire.list_pod_sandbox()) == []
    with pytest.raises(k.RpcError, match="busy"):
        wire.list_containers()
    assert list(wire.list_containers()) == []
    assert wire.answer == "UNKNOWN"


def test_a_kubelet_that_ends_has_done_its_call():
    node = MemoryNode(k)
    wire = Wire(node, node.line, "uid")
    wire.arm(Fault("run_pod_sandbox", What.KUBELET_ENDS, When.AFTER))
    with pytest.raises(KubeletEnds):
        wire.run_pod_sandbox(cri.PodSandboxConfig(cri.PodSandboxMetadata("web", "uid", "default", 0)))
    assert len(node.runtime.list_pod_sandbox()) == 1


def test_every_outcome_in_memory_has_a_chance_of_its_own():
    for fault in FAULTS:
        names = MemoryNode(k).outcomes(fault)
        assert names
        assert len(set(names)) == len(names)


def test_moments_are_spread_over_the_call_and_the_same_in_every_run():
    fault = Fault(START, What.DEADLINE)
    found = [one.chance for one in moments(fault)]
    assert found == [one.chance for one in moments(fault)]
    assert [int(chance * len(found)) for chance in found] == list(range(len(found)))


def test_what_came_of_faults_is_counted_and_told():
    tally = Tally()
    for chance in (0.1, 0.5, 0.9, 0.5):
        strike(Bench(MemoryNode(k), tally=tally), Fault(CREATE, What.DEADLINE, chance=chance))
    label = "create_container: the deadline passes"
    assert tally.rows() == [
        ("embedded", label, "DEADLINE_EXCEEDED", "created", "started", "1", "2"),
        ("embedded", label, "DEADLINE_EXCEEDED", "nothing", "its name is reserved", "2", "3"),
        ("embedded", label, "DEADLINE_EXCEEDED", "nothing", "started", "1", "2"),
    ]
    lines = list(tally.table())
    assert lines[0].startswith("runtime   fault")
    assert [line.count(label) for line in lines] == [0, 1, 0, 0]


def test_a_state_that_changed_is_told_and_remarks_are_counted():
    tally = Tally([Trial("r", "f", "OK", "created", "exited", "started", 2)])
    tally.remarks["a folder stays"] = 3
    assert tally.rows() == [("r", "f", "OK", "created, then exited", "started", "1", "2")]
    assert list(tally.table())[-1] == "3 × a folder stays"


def test_what_an_attempt_met_is_told_without_ids():
    assert kind_of(f'X: name "c_0" is reserved for "{"a" * 64}"') == "its name is reserved"
    assert kind_of(f"X: failed to rename {'b' * 64}: file exists") == "rename: file exists"
    assert kind_of(f"no sandbox {'0a' * 32}") == "no sandbox <id>"


def shown(state: str, attempt: int = 0) -> Shown:
    return Shown(f"id{attempt}", attempt, state, attempt)


def test_checks_say_what_is_wrong_and_nothing_where_nothing_is():
    assert two_run([shown("running"), shown("exited", 1)]) == []
    assert "2 instances run at once" in two_run([shown("running"), shown("running", 1)])[0]
    assert does_not_rise(shown("created", 2), {"a": 0, "b": 1}) == []
    assert does_not_rise(shown("created", 0), {}) == []
    assert "attempts 0, 1 before it" in does_not_rise(shown("created", 1), {"a": 0, "b": 1})[0]
    assert is_not_told([shown("running")], {"id0": "sh"}) == []
    assert is_not_told([shown("exited")], {"id0": "sh"}) == ["a process (sh) of a container that is exited"]
    assert is_not_told([], {"id0": "sh"}) == ["a process (sh) of a container that is not listed"]
    assert does_not_run(Policy.ALWAYS, [shown("running")]) == []
    assert does_not_run(Policy.NEVER, []) == []
    assert "newest container is not there" in does_not_run(Policy.ALWAYS, [])[0]


def test_a_disk_keeps_the_nodes_files_below_its_root(tmp_path: Path):
    disk = Disk(tmp_path)
    disk.make_directory("/var/log/pods/p")
    (tmp_path / "var/log/pods/p/0.log").touch()
    disk.stat("/var/log/pods/p/0.log")
    disk.stat(f"{tmp_path}/var/log/pods/p/0.log")
    assert [one.name for one in disk.list_directory("/var/log/pods/p")] == ["0.log"]
    disk.symlink("/var/log/pods/p/0.log", "/var/log/containers/c.log")
    assert (tmp_path / "var/log/containers/c.log").resolve() == tmp_path / "var/log/pods/p/0.log"
    disk.remove("/var/log/pods/p/0.log")
    disk.remove("/var/log/pods/p/0.log")
    with pytest.raises(FileNotFoundError):
        disk.stat("/var/log/pods/p/0.log")
