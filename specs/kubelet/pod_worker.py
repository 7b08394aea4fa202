"""The pod's worker: sync after sync it looks once, decides, and acts on what it saw.

What is modelled: `syncPod` and `SyncPod` (pkg/kubelet/kuberuntime/kuberuntime_manager.go) for a pod with one
regular container: the snapshot that a whole sync works on, `computePodActions`, the restart policy, back-off
(without its time), the killing of what is unhealthy or unknown, the re-creation of the sandbox, and
`startContainer` as far as the runtime sees it. The runtime and the node are in `node`.

    phase       what the worker does next          what it rests on
    Idle        look: snapshot, decision           the newest status alone
    Kill        StopContainer                      the decision
    Sandbox     RunPodSandbox                      the decision; the snapshot is not taken again
    Create      back-off, or CreateContainer       the snapshot's restart count + 1, or the version's rule
    PreStart    the internal hook, then `Created`  the id
    Start       StartContainer, then `Started`     the id
    PostStart   the user's hook                    the id

A version of the kubelet, a runtime and a restart policy are values: constants of the class.
Times are not modelled but as order: any step may take any time, so a deadline is a fault, not a duration.
"""

from dataclasses import replace
from typing import ClassVar

from fsm import action, limit, require, var

from .node import COUNTS, PLACES, Instance, Node, Phase, Policy, Sandbox, State
from .runtimes import Duplicate, Failed, LogFile
from .versions import Version, version

STARTABLE = frozenset({State.CREATED, State.STARTING, State.UNKNOWN, State.ABSENT})


class PodWorker(Node):
    """The worker of a pod with one container; what is promised of it stands in `pod_sync` and its kin."""

    KUBELET: ClassVar[Version] = version("1.20")
    HOOK: ClassVar[bool] = False  # whether the container has a post-start hook
    EVENTS: ClassVar[bool] = False  # whether it is tracked for which instance `Created` was sent

    seen: int | None = var(COUNTS, None)  # the snapshot: restart count of the newest status
    seen_exited: bool = False  # the snapshot: is there an exited one, which back-off goes by?
    starts: bool = False  # the decision: is the container to be started?

    def end_sync(self) -> None:
        """The sync returns, with an error or without, or dies with the kubelet."""
        super().end_sync()
        self.seen = None
        self.seen_exited = self.starts = False

    # Idle

    @action(Phase.IDLE, sender="pod worker", receiver="kubelet")
    def begin_sync(self, unhealthy: bool) -> None:
        """`computePodActions` on a new snapshot; `unhealthy` is a failed liveness probe.

        A sync that has nothing to do leaves everything as it is, and is left out.
        """
        newest = self.instances[0]
        require(newest.state is State.RUNNING or not unhealthy)
        ready = self.sandbox is Sandbox.READY
        starts, kills = self.decide(unhealthy)
        require(starts or kills)
        if starts:
            self.seen = None if newest.state is State.ABSENT else newest.attempt
            self.seen_exited = any(self.instances[place].has_exited for place in PLACES)
        self.starts = starts
        if kills:
            if ready:
                self.instances[0] = replace(newest, held=True)
            self.phase = Phase.KILL
        else:
            self.phase = Phase.CREATE if ready else Phase.SANDBOX

    def decide(self, unhealthy: bool) -> tuple[bool, bool]:
        """Whether the container is to be started, and whether something is to be killed before."""
        state = self.instances[0].state
        if self.sandbox is Sandbox.READY:
            return self.is_wanted(state, unhealthy), unhealthy or state is State.UNKNOWN
        once = self.sandbox is Sandbox.LOST and self.POLICY is Policy.NEVER
        starts = not (once and state is not State.ABSENT)
        starts = starts and not (self.POLICY is Policy.ON_FAILURE and state is State.SUCCEEDED)
        return starts, any(self.is_killed_with_the_pod(self.instances[place]) for place in PLACES)

    def is_killed_with_the_pod(self, instance: Instance) -> bool:
        """`killPod`, before a new sandbox: `StopContainer` for what runs, then `StopPodSandbox`."""
        return self.ends_with_its_sandbox(instance)

    def is_wanted(self, state: State, unhealthy: bool) -> bool:
        """`ShouldContainerBeRestarted`: what was only created or is unknown counts under every policy."""
        if state in STARTABLE:
            return True
        if state is State.RUNNING:
            return unhealthy and self.POLICY is not Policy.NEVER
        if self.POLICY is Policy.ON_FAILURE:
            return state is State.FAILED
        return self.POLICY is Policy.ALWAYS

    # Kill

    @action(Phase.KILL, sender="kubelet", receiver="runtime")
    def kill(self) -> None:
        """CRI `StopContainer`: the unhealthy or unknown one; or, for a new sandbox, what ends with it."""
        whole = self.sandbox is not Sandbox.READY
        for place in PLACES:
            one = self.instances[place]
            if self.is_killed_with_the_pod(one) if whole else one.held and one.can_be_stopped:
                self.become(place, State.FAILED)
            self.instances[place] = replace(self.instances[place], held=False)
        if self.starts:
            self.phase = Phase.SANDBOX if whole else Phase.CREATE
        else:
            self.end_sync()

    @action(Phase.KILL, fault=True, sender="runtime", receiver="kubelet")
    def kill_fails(self) -> None:
        """An error aborts the sync; nothing was stopped."""
        self.end_sync()

    # Sandbox

    @action(Phase.SANDBOX, sender="kubelet", receiver="runtime")
    def create_sandbox(self) -> None:
        """CRI `RunPodSandbox`. The snapshot stays as it is."""
        self.replace_sandbox(Sandbox.READY)
        self.phase = Phase.CREATE

    def replace_sandbox(self, sandbox: Sandbox) -> None:
        """There is a new one; what was there belongs to an older one now."""
        for place in PLACES:
            one = self.instances[place]
            if one.is_there:
                self.instances[place] = replace(one, old=True)
        self.pending = None  # inferred: a create in a sandbox that is gone cannot complete
        self.sandbox = sandbox

    @action(Phase.SANDBOX, fault=True, sender="runtime", receiver="kubelet")
    def create_sandbox_fails(self) -> None:
        """`CreatePodSandboxError` ends the sync."""
        self.end_sync()

    @action(Phase.SANDBOX, fault=True, sender="runtime", receiver="kubelet")
    def create_sandbox_leaves_one(self, ready: bool) -> None:
        """The worker sees an error, and a sandbox is there: the reply is lost, or what failed stays.

        Measured with containerd 1.6.20, ended by `kill -9` during the call: one that is not ready.
        """
        self.replace_sandbox(Sandbox.READY if ready else Sandbox.LOST)
        self.end_sync()

    # Create

    @action(Phase.CREATE, sender="kubelet", receiver="kubelet")
    def back_off(self) -> None:
        """`doBackOff`: an exited instance may have to wait; one that never ran does not."""
        require(self.seen_exited)
        self.end_sync()

    def restart_count(self) -> int:
        """The number that the next container gets: attempt, annotation and log file alike."""
        count = self.count_by_logs() if self.seen is None else self.seen + 1
        limit(count <= self.MOST)
        return count

    def count_by_logs(self) -> int:
        """Without a status: 0, until 1.21.5."""
        return 0

    def holder(self, attempt: int) -> int | None:
        """Where the instance stands that has the name: names are the pod's, not the sandbox's."""
        for place in PLACES:
            one = self.instances[place]
            if one.is_there and one.attempt == attempt:
                return place
        return None

    @action(Phase.CREATE, sender="kubelet", receiver="runtime")
    def create(self) -> None:
        """CRI `CreateContainer`: the name is free, and the id comes back."""
        count = self.restart_count()
        require(self.sandbox is Sandbox.READY)
        require(self.holder(count) is None)
        if self.pending == count:
            require(self.RUNTIME.duplicate is Duplicate.ADOPTED)  # what the first one made is the answer
            self.pending = None
        self.make(count)

    def make(self, attempt: int) -> None:
        """A container that the worker knows by its id."""
        self.insert(Instance(attempt, State.CREATED, held=True))
        self.phase = Phase.PRE_START

    @action(Phase.CREATE, sender="runtime", receiver="kubelet")
    def create_is_refused(self) -> None:
        """The sandbox is not ready, or another container has the name; docker's shim removes that one."""
        count = self.restart_count()
        holder = self.holder(count)
        if self.sandbox is Sandbox.READY:
            require(holder is not None or (self.pending == count and not self.RUNTIME.renames))
            require(holder is None or self.RUNTIME.duplicate is not Duplicate.ADOPTED)
            removes = self.RUNTIME.duplicate is Duplicate.HOLDER_REMOVED
            if holder is not None and removes and not self.instances[holder].was_up:
                self.remove(holder)
        self.end_sync()

    @action(Phase.CREATE, sender="runtime", receiver="kubelet")
    def create_answers_with_the_holder(self) -> None:
        """CRI-O: a create with the name of a listed container returns that one's id as success."""
        require(self.RUNTIME.duplicate is Duplicate.ADOPTED and self.sandbox is Sandbox.READY)
        holder = self.holder(self.restart_count())
        require(holder is not None)
        self.instances[holder] = replace(self.instances[holder], held=True)
        self.phase = Phase.PRE_START

    @action(Phase.CREATE, sender="kubelet", receiver="runtime")
    def create_under_another_name(self) -> None:
        """Docker's shim: the name is taken by nobody who can be found, so a random one is used."""
        count = self.restart_count()
        require(self.RUNTIME.renames and self.sandbox is Sandbox.READY)
        require(self.pending == count and self.holder(count) is None)
        self.make(count)

    @action(Phase.CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_fails(self) -> None:
        """Image, configuration, hook or create: an error before anything was made."""
        self.end_sync()

    @action(Phase.CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_times_out(self) -> None:
        """The worker sees an error (a deadline, a lost reply) while the runtime works on."""
        count = self.restart_count()
        require(self.sandbox is Sandbox.READY and self.holder(count) is None and self.pending != count)
        limit(self.pending is None)
        self.pending = count
        self.end_sync()

    # PreStart

    @action(Phase.PRE_START, sender="kubelet", receiver="lifecycle")
    def pre_start(self) -> None:
        """The internal hook passes, and `Created` is sent."""
        for place in PLACES:
            one = self.instances[place]
            if self.EVENTS and one.held:
                self.instances[place] = replace(one, announced=True)
        self.phase = Phase.START

    @action(Phase.PRE_START, fault=True, sender="lifecycle", receiver="kubelet")
    def pre_start_fails(self) -> None:
        """Until 1.20 the CPU manager may fail here; the container stays, created."""
        require(self.KUBELET.pre_start_can_fail)
        self.end_sync()

    # Start

    def held(self) -> int | None:
        """Where the instance stands whose id the worker holds; it may have been removed meanwhile."""
        return next((place for place in PLACES if self.instances[place].held), None)

    def may_start(self) -> bool:
        """Whether the runtime would accept a start of the id that the worker holds."""
        place = self.held()
        if place is None or self.sandbox is not Sandbox.READY:
            return False
        return self.instances[place].state is State.CREATED and not self.instances[place].old

    @action(Phase.START, sender="kubelet", receiver="runtime")
    def start(self) -> None:
        """CRI `StartContainer`, answered OK: `Started` is sent."""
        require(self.may_start())
        self.run()
        self.phase = Phase.POST_START
        if not self.HOOK:
            self.end_sync()

    def run(self) -> None:
        """The held container runs, and has a log."""
        place = self.held()
        assert place is not None
        if self.RUNTIME.log is LogFile.AT_START:
            self.write_log(self.instances[place].attempt)
        self.become(place, State.RUNNING)

    @action(Phase.START, sender="runtime", receiver="kubelet")
    def start_is_refused(self) -> None:
        """The container is gone, not in the created state, or its sandbox is not ready."""
        require(not self.may_start())
        place = self.held()
        if place is not None and self.instances[place].state is State.CREATED:
            self.become(place, State.FAILED if self.RUNTIME.refused_start_exits else State.CREATED)
        self.end_sync()

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_fails(self, kept_created: bool) -> None:
        """A command that is not there, a log that cannot be opened: what is left is the runtime's choice."""
        require(self.may_start())
        require(not kept_created or self.RUNTIME.failed is Failed.EXITED_OR_CREATED)
        place = self.held()
        assert place is not None
        if self.RUNTIME.failed is Failed.REMOVED:
            self.remove(place)
        elif not kept_created:
            self.become(place, State.FAILED)
        self.end_sync()

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_is_never_served(self) -> None:
        """The runtime is away, or nobody looks at the call in time: the container stays created."""
        require(self.may_start())
        self.end_sync()

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_times_out(self) -> None:
        """The worker sees an error while the runtime is still starting the container."""
        require(self.may_start())
        place = self.held()
        assert place is not None
        self.become(place, State.STARTING)
        self.end_sync()

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_reply_is_lost(self) -> None:
        """The container runs, and the worker sees an error; a hook will never be run for it."""
        require(self.may_start())
        self.run()
        self.end_sync()

    # PostStart

    @action(Phase.POST_START, sender="kubelet", receiver="container")
    def post_start(self) -> None:
        """The user's hook passes."""
        self.end_sync()

    @action(Phase.POST_START, fault=True, sender="container", receiver="kubelet")
    def post_start_fails(self, killed: bool) -> None:
        """The container is killed; that this may fail is only logged."""
        for place in PLACES:
            one = self.instances[place]
            if killed and one.held and one.runs:
                self.become(place, State.FAILED)
        self.end_sync()

    @action(fault=True, sender="node", receiver="kubelet")
    def kubelet_restarts(self) -> None:
        """In the middle of a sync: what it knew is gone, what it did stays."""
        require(self.phase is not Phase.IDLE)
        self.end_sync()
