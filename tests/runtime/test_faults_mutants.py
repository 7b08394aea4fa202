"""The suite of faults is tested too: a bug in the port, in the worker or in the runtime must be caught."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import fsm.kubelet
from specs.kubelet.node import Policy
from specs.kubelet.runtime_faults import FAULTS, GARBAGE, START, Fault, What
from specs.kubelet.runtime_faults_bench import Bench, Broken
from specs.kubelet.runtime_faults_conformance import histories, strike
from specs.kubelet.runtime_faults_memory import GIVEN_UP, MemoryNode
from specs.kubelet.runtime_faults_outcomes import Tally
from specs.kubelet.runtime_faults_sync import RUNNING, UNKNOWN, Decision, Worker, decide
from tests.conformance.mutants import CREATE, Mutant, planted


def chosen() -> Iterator[Fault]:
    """Every fault with every outcome."""
    for fault in (*FAULTS, *GARBAGE):
        names = MemoryNode(fsm.kubelet).outcomes(fault)
        yield from (replace(fault, chance=(number + 0.5) / len(names)) for number in range(len(names)))


def failures(k: ModuleType, version: str, worker: type[Worker] = Worker) -> str:
    """What the suite says of every fault that it finds something wrong with."""
    told = []
    for fault in chosen():
        try:
            strike(Bench(MemoryNode(k), version, worker=worker), fault)
        except Broken as error:
            told.append(str(error))
    if told:
        return "\n\n".join(told)
    quick = settings(
        max_examples=300,
        stateful_step_count=8,
        phases=(Phase.generate,),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine = histories(lambda: Bench(MemoryNode(k), version, worker=worker))
    try:
        run_state_machine_as_test(machine, settings=quick)
    except Broken as error:
        return str(error)
    return ""


# bugs in the port

CREATE_CALL = """        container_id = seams.runtime.create_container(
            attempt.pod_sandbox_id, config, attempt.pod_sandbox_config
        )
"""
AGAIN = """        try:
            container_id = seams.runtime.create_container(
                attempt.pod_sandbox_id, config, attempt.pod_sandbox_config
            )
        except ERRORS:
            raised = replace(config, metadata=replace(config.metadata, attempt=config.metadata.attempt + 1))
            container_id = seams.runtime.create_container(
                attempt.pod_sandbox_id, raised, attempt.pod_sandbox_config
            )
"""
SORT = "    statuses.sort("
NOT_UNKNOWN = (
    "    statuses = [one for one in statuses if one.state is not cri.ContainerState.CONTAINER_UNKNOWN]\n"
)
NO_ID = "        if not container_id:  # the container exists all the same, and the kubelet forgets it\n"

PORT = [
    Mutant("the attempt is used again", CREATE, "status.restart_count + 1", "status.restart_count",
           ("restart_count  1          0", "the CRI attempt says 0")),
    Mutant("a status reader that drops what is unknown", "pod_status.py", SORT, NOT_UNKNOWN + SORT,
           ("the snapshot does not show", "unknown", "the runtime is killed during the call")),
    Mutant("the statuses come oldest first", "pod_status.py", ", reverse=True)", ")",
           ("has not come to rest", "is reserved for")),
    Mutant("a create that failed is tried again with the next attempt", CREATE, CREATE_CALL, AGAIN,
           ("create_container: the reply is lost", "events  (PRESENT, CREATE)  (PRESENT,)")),
    Mutant("it goes on without an id", CREATE, NO_ID, "        if container_id is None:\n",
           ("create_container: the id is lost",)),
    Mutant("what the runtime answered is not told", CREATE,
           "        create_text = status_message(error)\n", '        create_text = "the create failed"\n',
           ("'the create failed'", "create_container: refused")),
    Mutant("a failed start counts as done", "run_container.py",
           "        return StartResult(start_text, StartError.RUN_CONTAINER)\n", "        return None\n",
           ("start_container: the reply is lost",)),
]  # fmt: skip


@pytest.mark.parametrize("mutant", PORT, ids=str)
def test_a_bug_in_the_port_is_caught(tmp_path: Path, mutant: Mutant):
    with planted(tmp_path, mutant) as port:
        if mutant.new == AGAIN:
            port.create_container.__globals__["replace"] = replace
        told = failures(port, "1.20")
    assert told, f"nothing is wrong although {mutant}"
    assert [text for text in mutant.says if text not in told] == [], told[:5000]


# bugs in what decides


class TriesAgainBlindly(Worker):
    """A start that failed is tried again at once with the next number."""

    def start(self, sandbox: str, config: Any, status: Any) -> str:
        ended = super().start(sandbox, config, status)
        if ended == "started":
            return ended
        newest = status.find_container_status_by_name(self.name)
        count = 0 if newest is None else newest.restart_count + 1
        guessed = self.k.ContainerStatus("", self.name, self.k.ContainerState.CONTAINER_EXITED, 2**62, count)
        guess = replace(status, container_statuses=(guessed, *status.container_statuses))
        return super().start(sandbox, config, guess)


class TakesUpWhatWasCreated(Worker):
    """A container that was created and not started is started."""

    def start(self, sandbox: str, config: Any, status: Any) -> str:
        newest = status.find_container_status_by_name(self.name)
        if newest is not None and newest.state.name == "CONTAINER_CREATED":
            with suppress(self.k.RpcError):
                self.runtime.start_container(newest.id)
            return "taken up"
        return super().start(sandbox, config, status)


class KillsNothing(Worker):
    """What is unknown is left alone."""

    def kill(self, decision: Decision, status: Any) -> None:
        spared = [one for one in decision.kills if one.state.name != UNKNOWN]
        super().kill(replace(decision, kills=tuple(spared)), status)


class TakesAnErrorForNothing(Worker):
    """A status that cannot be read is taken for an empty one."""

    def sync(self) -> str:
        ended = super().sync()
        if self.snapshot is None:
            self.snapshot = self.k.PodStatus(self.pod.uid, self.pod.name, self.pod.namespace)
            decision = decide(self.snapshot, self.name, self.policy)
            with suppress(self.k.RpcError):
                sandbox, attempt = self.sandbox(decision)
                return self.start(sandbox, self.config(attempt), self.snapshot)
        return ended


class KeepsTheSandboxesNumber(Worker):
    """A new sandbox has the attempt of the one before it."""

    def sandbox(self, decision: Decision) -> tuple[str, int]:
        return super().sandbox(replace(decision, attempt=max(decision.attempt - 1, 0)))


class KeepsNoDeadContainer(Worker):
    """The collector takes every container that does not run."""

    def dead(self, deleted: bool) -> list[Any]:
        return super().dead(True)


class CollectsWhatRuns(Worker):
    """The collector takes all but the newest, whether they run or not, and then that, too."""

    def dead(self, deleted: bool) -> list[Any]:
        status = self.kubelet.pod_status(self.pod)
        return [one for one in status.container_statuses if one.state.name == RUNNING]


class ForgetsTheSandbox(Worker):
    """A deleted pod's sandbox stays."""

    def remove_sandbox(self, one: Any) -> None:
        self.runtime.stop_pod_sandbox(one.id)


WORKERS = {
    TriesAgainBlindly: ("2 instances run at once", "start_container: the reply is lost"),
    TakesUpWhatWasCreated: ("is started, and not by the attempt that made it",),
    KillsNothing: ("was not killed before another one was started", "the runtime is killed during"),
    TakesAnErrorForNothing: ("the snapshot does not show", "list_containers: the reply is lost"),
    KeepsTheSandboxesNumber: ("has not come to rest", "is reserved for"),
    KeepsNoDeadContainer: ("is new, and there were attempts 0 before it",),
    CollectsWhatRuns: ("is new, and there were attempts",),
    ForgetsTheSandbox: ("the pod is deleted, and there still is sandbox",),
}


@pytest.mark.parametrize(
    ("worker", "says"), WORKERS.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_bug_in_the_worker_is_caught(worker: type[Worker], says: tuple[str, ...]):
    told = failures(fsm.kubelet, "1.20", worker)
    assert told, f"nothing is wrong although {worker.__doc__}"
    assert [text for text in says if text not in told] == [], told[:5000]


# other runtimes


class LateStarts(MemoryNode):
    """A start that was given up works after all."""

    def _fail_start(self, call: Any) -> None:
        with suppress(self.k.RpcError):
            call()


class LosesNames(MemoryNode):
    """A create that was given up keeps its name, and nothing is ever listed."""

    def wait(self, turn: int) -> None:
        """What is late never comes."""


class LeavesProcesses(MemoryNode):
    """What was removed still has a process."""

    def leftovers(self, pod: str) -> list[str]:
        return ["a process of a container"]


class HoldsOn(MemoryNode):
    """Nothing can be removed before the runtime was started again."""

    holds = True

    def pass_on(self, method: str, call: Any) -> Any:
        if self.holds and method.startswith("remove_"):
            raise self._error("FAILED_PRECONDITION", "cannot delete running task")
        return super().pass_on(method, call)

    def restart(self) -> bool:
        self.holds = False
        return True


def test_what_only_a_restart_lets_go_of_is_remarked_where_a_call_was_given_up():
    tally = Tally()
    strike(Bench(HoldsOn(fsm.kubelet), tally=tally), Fault(START, What.DEADLINE))
    assert [
        one for one in tally.remarks if "could not be removed before the runtime was started again" in one
    ]


def test_what_only_a_restart_lets_go_of_is_wrong_where_nothing_was_given_up():
    with pytest.raises(Broken, match="the pod is deleted, and there still is"):
        strike(Bench(HoldsOn(fsm.kubelet)), Fault(START, What.REFUSED))


NODES = [
    (LateStarts, Fault(START, What.DEADLINE), "2 instances run at once"),  # P7
    (LosesNames, Fault("create_container", What.DEADLINE, chance=0.5), "has not come to rest"),  # B5
    (LeavesProcesses, Fault(START, What.REFUSED), "the pod is gone, and there still is a process"),
]


@pytest.mark.parametrize(("node", "fault", "says"), NODES)
def test_a_runtime_that_behaves_otherwise_is_told(node: type[MemoryNode], fault: Fault, says: str):
    with pytest.raises(Broken, match=says):
        strike(Bench(node(fsm.kubelet)), fault)


def test_a_failure_tells_the_steps_and_the_chance():
    with pytest.raises(Broken) as failure:
        strike(Bench(LateStarts(fsm.kubelet), "1.36", Policy.NEVER), Fault(START, What.DEADLINE, chance=0.25))
    told = str(failure.value)
    assert "on embedded, kubelet 1.36, restart policy Never:" in told
    assert f"1. sync, start_container: the deadline passes (0.250): RunContainerError: {GIVEN_UP}" in told
    assert "there is: " in told
