"""A pod's worker over the port, and the collector: what a kubelet does with one container, sync after sync.

The port starts containers; when, and what is killed before, decides the worker. It is `pod_worker` in code,
so that a port can be driven by it over any runtime; nothing is kept between two syncs.

    step     what it does                                     upstream, in pkg/kubelet
    look     one snapshot for the whole sync                  kuberuntime_manager.go, GetPodStatus
    decide   from the newest sandbox and the newest status    computePodActions, podSandboxChanged;
                                                              container/helpers.go, ShouldContainerBeRestarted
    kill     what is unknown; for a new sandbox what runs,    SyncPod, killPodWithSyncResult
             and every sandbox is stopped
    sandbox  with the newest one's attempt + 1                kuberuntime_sandbox.go, createPodSandbox
    start    from the snapshot, which is not taken again      kuberuntime_container.go, startContainer
    collect  all but the newest of what does not run goes,    kuberuntime_gc.go, evictContainers,
             and sandboxes that hold nothing                  removeOldestN, evictSandboxes
    delete   everything is killed, and then collected         KillPod

Two things are left out. Back-off is time alone, and here every sync comes when it is over. And a pod that is
done keeps its sandbox: upstream stops it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .node import Policy

RUNNING, EXITED, UNKNOWN = "CONTAINER_RUNNING", "CONTAINER_EXITED", "CONTAINER_UNKNOWN"
READY = "SANDBOX_READY"
LEAST_GRACE = 2  # seconds: minimumGracePeriodInSeconds
KILLED = "Container is in unknown state"  # inferred: how exactly this event reads was not looked up


@dataclass(frozen=True)
class Decision:
    """What a sync is about, decided on one snapshot.

    Args:
        starts: whether the container is to be started.
        kills: the containers that are to be stopped before.
        sandbox: the one that is ready; `None` where a new one is needed, and the whole pod is killed first.
        attempt: the new sandbox's.
    """

    starts: bool
    kills: tuple[Any, ...]
    sandbox: Any
    attempt: int

    @property
    def rests(self) -> bool:
        """Whether there is nothing to do."""
        return not self.starts and not self.kills


def decide(status: Any, name: str, policy: Policy) -> Decision:
    """What a snapshot asks for; see `PodWorker.decide`.

    Args:
        status: a `PodStatus` of the port.
        name: the container's.
        policy: the pod's restart policy.
    """
    newest = status.find_container_status_by_name(name)
    sandboxes = sorted(status.sandbox_statuses, key=lambda one: one.created_at, reverse=True)
    ready = [one for one in sandboxes if one.state.name == READY]
    attempt = max((one.metadata.attempt + 1 for one in sandboxes), default=0)
    if len(ready) == 1 and ready[0] is sandboxes[0]:
        kills = (newest,) if newest is not None and newest.state.name == UNKNOWN else ()
        return Decision(is_wanted(newest, policy), kills, ready[0], attempt)
    running = tuple(one for one in status.container_statuses if one.state.name == RUNNING)
    done = policy is Policy.NEVER and attempt and newest is not None
    done = done or (policy is Policy.ON_FAILURE and succeeded(newest))
    return Decision(not done, running, None, attempt)


def is_wanted(newest: Any, policy: Policy) -> bool:
    """`ShouldContainerBeRestarted`: what was only created or is unknown counts under every policy."""
    if newest is None or newest.state.name not in (RUNNING, EXITED):
        return True
    if newest.state.name == RUNNING or policy is Policy.NEVER:
        return False
    return policy is Policy.ALWAYS or not succeeded(newest)


def succeeded(newest: Any) -> bool:
    """Whether the newest one has exited with 0."""
    return newest is not None and newest.state.name == EXITED and newest.exit_code == 0


class Worker:
    """The worker of one pod with one container.

    Args:
        k: the package of the port: `fsm.kubelet`, or a copy with a bug in it.
        kubelet: over the runtime that is tested.
        pod: what is to run.
        policy: its restart policy.
        config: the configuration of a sandbox, from its attempt.
        forget_log: removes the file of that path.
    """

    def __init__(
        self,
        k: Any,
        kubelet: Any,
        pod: Any,
        policy: Policy,
        config: Callable[[int], Any],
        forget_log: Callable[[str], None],
    ) -> None:
        self.k, self.kubelet, self.pod, self.policy = k, kubelet, pod, policy
        self.config, self.forget_log = config, forget_log
        self.spec = k.container_start_spec(pod.containers[0])
        self.name = pod.containers[0].name
        self.runtime = kubelet.seams.runtime
        self.labels = {k.labels.POD_UID_LABEL: pod.uid}
        self.snapshot: Any = None  # of the last sync; `None` if it could not be taken

    # a sync

    def sync(self) -> str:
        """One sync; how it ended, in a few words. It is empty where there was nothing to do."""
        self.snapshot = None
        try:
            self.snapshot = status = self.kubelet.pod_status(self.pod)
        except self.k.RpcError as error:
            return f"the status cannot be read: {error.details}"
        decision = decide(status, self.name, self.policy)
        if decision.rests:
            return ""
        try:
            self.kill(decision, status)
            if not decision.starts:
                return "killed"
            sandbox, attempt = self.sandbox(decision)
        except self.k.RpcError as error:
            return f"it ends before the start: {error.details}"
        return self.start(sandbox, self.config(attempt), status)

    def kill(self, decision: Decision, status: Any) -> None:
        """Stop what must not run beside a new container; the first failure ends the sync."""
        for one in decision.kills:
            sandbox = decision.sandbox.id if decision.sandbox is not None else ""
            config = self.config(max(decision.attempt - 1, 0))
            attempt = self.k.attempt.Attempt(self.kubelet.seams, sandbox, config, self.spec, self.pod, status)
            self.k.kill_container.kill_container(attempt, one.id, KILLED)
        if decision.sandbox is None:
            for one in status.sandbox_statuses:
                self.runtime.stop_pod_sandbox(one.id)

    def sandbox(self, decision: Decision) -> tuple[str, int]:
        """The id and the attempt of the sandbox to start in; a new one where that is decided."""
        if decision.sandbox is not None:
            return decision.sandbox.id, decision.sandbox.metadata.attempt
        made = self.runtime.run_pod_sandbox(self.config(decision.attempt))
        self.runtime.pod_sandbox_status(made)
        return made, decision.attempt

    def start(self, sandbox: str, config: Any, status: Any) -> str:
        """`startContainer`, once."""
        result = self.kubelet.start_container(sandbox, config, self.spec, self.pod, status)
        return f"{result.reason}: {result.message}" if result.reason else "started"

    # garbage

    def collect(self, deleted: bool = False) -> None:
        """One round of garbage collection; what fails is only logged, and left to the next round.

        Args:
            deleted: whether the pod is: then no dead container is kept, and no sandbox.
        """
        for listed, remove in ((self.dead, self.remove), (self.empty, self.remove_sandbox)):
            try:
                found = list(listed(deleted))
            except self.k.RpcError:
                return
            for one in found:
                with suppress(self.k.RpcError):
                    remove(one)

    def dead(self, deleted: bool) -> list[Any]:
        """The containers that go, oldest first: what was only created counts as dead, too."""
        status = self.kubelet.pod_status(self.pod)
        dead = [one for one in status.container_statuses if one.state.name != RUNNING]
        return dead[0 if deleted else 1 :][::-1]

    def remove(self, one: Any) -> None:
        """Stop it if its state is unknown, forget its log, and remove it (`removeContainer`)."""
        if one.state.name == UNKNOWN:
            self.runtime.stop_container(one.id, LEAST_GRACE)
        log = self.runtime.container_status(one.id).log_path
        if log:
            self.forget_log(log)
        self.runtime.remove_container(one.id)

    def empty(self, deleted: bool) -> list[Any]:
        """The sandboxes that go: not ready, nothing in them, and not the newest of a pod that is there."""
        messages = self.k.messages
        containers = self.runtime.list_containers(messages.ContainerFilter(label_selector=self.labels))
        inhabited = {one.pod_sandbox_id for one in containers}
        sandboxes = self.runtime.list_pod_sandbox(messages.PodSandboxFilter(label_selector=self.labels))
        newest_first = sorted(sandboxes, key=lambda one: one.created_at, reverse=True)
        return [
            one
            for one in newest_first[0 if deleted else 1 :]
            if one.state.name != READY and one.id not in inhabited
        ]

    def remove_sandbox(self, one: Any) -> None:
        """`removeSandbox`: it is stopped again, to be sure."""
        self.runtime.stop_pod_sandbox(one.id)
        self.runtime.remove_pod_sandbox(one.id)

    def delete(self) -> None:
        """Kill the pod, and collect what is left of it; raises what the runtime answers to the kill."""
        status = self.kubelet.pod_status(self.pod)
        for one in status.container_statuses:
            if one.state.name == RUNNING:
                self.runtime.stop_container(one.id, LEAST_GRACE)
        for one in status.sandbox_statuses:
            self.runtime.stop_pod_sandbox(one.id)
        self.collect(deleted=True)
