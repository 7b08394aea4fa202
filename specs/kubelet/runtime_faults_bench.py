"""A pod on a node where faults happen, and what must hold of it whatever does.

    a   at most one instance of the container runs: by the runtime's list, and by the processes that are there
    b   after the faults, a few syncs bring the pod to rest: no name stays reserved for ever
    c   every attempt of the port is one that `startContainer` of its version allows; the snapshot shows all
        there is; a new container has a higher number than every one before it
    d   when the pod is deleted, everything of it goes

A failure prints the steps that led to it.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count, groupby
from typing import Any

from .node import Policy
from .runtime_faults import Fault, KubeletEnds, Node, What, Wire
from .runtime_faults_checks import (
    Shown,
    does_not_rise,
    does_not_run,
    is_anothers,
    is_not_seen,
    is_not_told,
    is_still_unknown,
    shown,
    two_run,
)
from .runtime_faults_outcomes import Tally, Trial, kind_of
from .runtime_faults_reading import Found, Moment, judge
from .runtime_faults_sync import Worker
from .start_bench import NAME, QUIET

PATIENCE = 12  #: syncs that a pod may take to come to rest
ENDING = 12  #: tries to delete it
LATE = (What.DEADLINE, What.DELAYED, What.CUT, What.PAUSED, What.SHIM)  #: what may have its effect later
BREAKS_OFF = (*LATE, What.KILLED, What.REBOOTED)  #: what may make a runtime stop in the middle of something
WAITS_FOR_TERM = ("/bin/sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait")

NUMBERS = count()


class Broken(AssertionError):
    """Something that must hold did not; the text tells the steps."""


class Bench:
    """One pod of a kubelet of some version on a node.

    Args:
        node: where.
        version: which kubelet.
        policy: the pod's restart policy.
        tally: what has been seen, for the report.
        worker: decides and acts; another class than `Worker` to plant a bug in it.
    """

    def __init__(
        self,
        node: Node,
        version: str = "1.20",
        policy: Policy = Policy.ALWAYS,
        tally: Tally | None = None,
        worker: type[Worker] = Worker,
    ) -> None:
        self.node, self.version, self.tally = node, version, Tally() if tally is None else tally
        self.steps: list[str] = []
        self.made: dict[str, int] = {}  # the attempt of every container that was ever listed
        self.late = False  # may something that was given up still come?
        self.broken = False
        self.broken_off = ""  # the fault that made the runtime break off what it did
        self.was_restarted = False  # the pod could not be deleted otherwise; the pod's world has no such leak
        self.trial: Trial | None = None
        self.trial_id = ""
        k = self.k = node.k
        container = k.Container(NAME, node.image, command=WAITS_FOR_TERM)
        uid = f"fsm-faults-{next(NUMBERS)}-{node.run}"
        self.pod = k.Pod("web", "default", uid, containers=(container,), host_network=True)
        self.wire = Wire(node, node.line, uid)
        seams = k.assemble(
            self.wire,
            Wire(node, node.images, uid),
            k.MemoryRecorder(),
            version=k.version(version),
            sources=k.ConfigSources(make_directory=node.disk.make_directory),
            files=node.disk,
            logger=QUIET,
        )
        self.recording = k.Recording()
        kubelet = self.recording.watch(k.Kubelet(seams))
        self.worker = worker(k, kubelet, self.pod, policy, self.config, node.disk.remove)
        self.log_directory = k.sandbox_config.container_logs_directory(self.pod, NAME)

    def config(self, attempt: int) -> Any:
        """How a sandbox of the pod is made; its logs are kept where this node has them."""
        made = self.k.generate_pod_sandbox_config(self.pod, attempt)
        return replace(made, log_directory=self.node.logs + made.log_directory)

    # what is done

    def glance(self) -> None:
        """The kubelet looks while there is nothing yet; what it does comes a moment later."""
        self.worker.kubelet.pod_status(self.pod)
        self.node.wait(-4)

    def sync(self, fault: Fault | None = None) -> str:
        """One sync, which a fault may strike; how it ended, empty where there was nothing to do."""
        before, logs = self.look(), self.logs()
        attempts, entries = len(self.recording.attempts()), len(self.recording.entries)
        down = self.node.down
        ended, struck = self.under(fault, self.worker.sync)
        self.steps.append(f"sync{told(fault, struck)}: {ended or 'nothing to do'}")
        self.recover()
        after = self.check()
        if self.worker.snapshot is not None:
            self.demand(is_not_seen(self.worker.snapshot, before))
        self.demand(is_anothers(self.recording.entries[entries:]))
        shaken = struck or down or self.late
        for attempt in self.recording.attempts()[attempts:]:
            self.check_attempt(attempt, before, logs, shaken)
        if struck:
            self.await_outcome(str(fault), before, after)
        elif self.trial is not None and ended and not self.trial.met:
            self.trial.met = kind_of(ended)
        return ended

    def collect(self, fault: Fault | None = None) -> None:
        """A round of garbage collection, which a fault may strike."""
        before = self.look()
        _, struck = self.under(fault, lambda: self.worker.collect() or "")
        self.steps.append(f"garbage is collected{told(fault, struck)}")
        self.recover()
        after = self.check()
        if struck:
            self.await_outcome(str(fault), before, after)

    def under(self, fault: Fault | None, do: Callable[[], str]) -> tuple[str, bool]:
        """Do something while a fault is armed; whether it has struck."""
        self.wire.arm(fault)
        try:
            ended = do()
        except KubeletEnds:
            ended = "it is never heard of again"
        self.wire.arm(None)
        struck, self.wire.struck = bool(self.wire.struck), []
        if struck and fault is not None:
            self.late = self.late or fault.what in LATE
            if fault.what in BREAKS_OFF:
                self.broken_off = str(fault)
        return ended, struck

    def happen(self, what: What) -> None:
        """Something befalls the node while nothing is asked; a runtime that is away comes back first."""
        self.recover()
        self.node.happen(what, self.pod.uid)
        self.steps.append(what.value)

    def exit(self, ok: bool) -> None:
        """The process of the container ends, if it runs."""
        for one in self.look():
            if one.state == "running":
                self.node.exit(one.id, ok)
                self.steps.append(f"{one} exits {'well' if ok else 'badly'}")

    def recover(self) -> None:
        """The runtime is there again, if it was not."""
        if self.node.down:
            self.node.recover()
            self.steps.append("the runtime is there again")

    def settle(self) -> int:
        """Sync until there is nothing to do; how many syncs that took.

        What was given up may still come: then it has to be so twice, with time in between.
        """
        self.recover()
        rests = 0
        for turn in range(PATIENCE):
            rests = 0 if self.sync() else rests + 1
            if rests > int(self.late):
                break
            self.node.wait(turn)
        else:
            self.demand([f"the pod has not come to rest after {PATIENCE} syncs"])
        self.late = False
        self.close_trial(turn)
        self.check_rest()
        return turn

    def end(self) -> None:
        """Delete the pod; everything of it must go.

        containerd 1.6.20 may hold on to a container whose start was given up, until it is started again: its
        task was created, and the container is told to have exited. That is remarked.
        """
        self.recover()
        left = self.delete()
        if left and self.broken_off and self.node.restart():
            self.was_restarted = True
            told = "a container that could not be removed before the runtime was started again"
            self.tally.remarks[f"{told}, after: {self.broken_off}"] += 1
            left = self.delete()
        self.demand([f"the pod is deleted, and there still is {', '.join(left)}"] if left else [])
        self.steps.append("the pod is deleted")
        self.demand(f"the pod is gone, and there still is {one}" for one in self.node.leftovers(self.pod.uid))
        for one in self.node.litter():
            if not self.broken_off:
                self.demand([f"the pod is gone, and there still is {one}"])
            self.tally.remarks[f"{one} stays behind, after: {self.broken_off}"] += 1

    def delete(self) -> list[str]:
        """Delete the pod, again and again if need be; what is left of it."""
        for turn in range(ENDING):
            with suppress(self.k.RpcError):
                self.worker.delete()
            left = [*map(str, self.look()), *(f"sandbox {one.id[:8]}" for one in self.sandboxes())]
            if not left:
                break
            self.node.wait(turn)
        return left

    # what is seen

    def look(self) -> list[Shown]:
        """The pod's containers as the runtime lists them, newest first; none while it is away."""
        if self.node.down:
            return []
        asked = self.k.messages.ContainerFilter(label_selector=self.worker.labels)
        listed = self.node.runtime.list_containers(asked)
        return sorted(map(shown, listed), key=lambda one: one.created_at, reverse=True)

    def sandboxes(self) -> Sequence[Any]:
        """The pod's sandboxes."""
        asked = self.k.messages.PodSandboxFilter(label_selector=self.worker.labels)
        listed: Sequence[Any] = self.node.runtime.list_pod_sandbox(asked)
        return listed

    def logs(self) -> int:
        """One more than the number of the newest log file."""
        try:
            names = [one.name for one in self.node.disk.list_directory(self.log_directory)]
        except OSError:
            return 0
        return max((int(name.removesuffix(".log")) + 1 for name in names), default=0)

    def await_outcome(self, fault: str, before: Sequence[Shown], after: Sequence[Shown]) -> None:
        """A fault has struck: what came of its container is told when the pod is at rest."""
        self.close_trial(0)
        known = {one.id for one in before}
        made = next((one for one in after if one.id not in known), None)
        self.trial = Trial(self.node.name, fault, self.wire.answer)
        self.trial_id = "" if made is None else made.id
        if made is not None:
            self.trial.found = self.trial.later = made.state

    def close_trial(self, syncs: int) -> None:
        """The pod is at rest, or another fault strikes."""
        if self.trial is None:
            return
        found = next((one for one in self.look() if one.id == self.trial_id), None)
        if self.trial_id:
            self.trial.later = "gone" if found is None else found.state
        self.trial.syncs = syncs
        self.tally.trials.append(self.trial)
        self.trial = None

    # what must hold

    def check(self) -> list[Shown]:
        """At any time: one runs, numbers rise; processes that nobody is told of are remarked."""
        there = self.look()
        self.demand(two_run(there))
        for one in reversed(there):
            if one.id not in self.made:
                self.demand(does_not_rise(one, self.made))
                self.made[one.id] = one.attempt
        for untold in is_not_told(there, self.node.processes(self.pod.uid)):
            self.tally.remarks[f"{untold}, right after: {self.steps[-1].partition(' (')[0]}"] += 1
        return there

    def check_rest(self) -> None:
        """At rest: what is wanted runs, and nothing else has a process, once it has had time to end."""
        for turn in range(PATIENCE):
            there = self.look()
            untold = is_not_told(there, self.node.processes(self.pod.uid))
            if not untold:
                break
            self.node.wait(turn)
        self.demand(f"the pod is at rest, and there is {one}" for one in untold)
        self.demand(does_not_run(self.worker.policy, there))

    def check_attempt(self, entries: Sequence[Any], before: Sequence[Shown], logs: int, shaken: bool) -> None:
        """(c): the attempt conforms to `startContainer`."""
        status = self.worker.snapshot.find_container_status_by_name(NAME)
        newest = before[0] if before else None
        if status is not None and not shaken:
            self.demand(is_still_unknown(status, self.look()))
        began = Moment(None if status is None else status.restart_count, newest, logs)
        after, known = self.look(), {one.id for one in before}
        made = next((one for one in after if one.id not in known), newest)
        opened = made is not None and self.has_log(made.attempt)
        found = Found(made, self.logs(), opened)
        self.demand(judge(self.version, entries, began, found, self.node.image, shaken))

    def has_log(self, attempt: int) -> bool:
        """Whether there is a log of that attempt."""
        try:
            self.node.disk.stat(f"{self.log_directory}/{attempt}.log")
        except OSError:
            return False
        return True

    def demand(self, wrong: Iterable[str]) -> None:
        """Raise what is wrong, if anything is, with the steps that led to it."""
        told = list(wrong)
        if not told:
            return
        self.broken = True
        there = [str(one) for one in self.look()] or ["no container"]
        head = f"on {self.node.name}, kubelet {self.version}, restart policy {self.worker.policy.value}:"
        often = [(step, len(list(same))) for step, same in groupby(self.steps)]
        steps = [
            f"  {number}. {step}{f' ({times} times)' if times > 1 else ''}"
            for number, (step, times) in enumerate(often, 1)
        ]
        raise Broken("\n".join([*told, head, *steps, f"  there is: {', '.join(there)}"]))


def told(fault: Fault | None, struck: bool) -> str:
    """What a step says of a fault."""
    return f", {fault.exactly}" if struck and fault is not None else ""
