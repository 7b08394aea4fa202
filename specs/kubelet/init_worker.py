"""The worker of a pod with two init containers: which one is started next, and with which restart count.

The worker decides anew in each sync, from what the runtime lists: it has no memory of what has succeeded.
So whatever changes the list (clocks, reboots, removals that failed) changes the decision.

    phase     what the worker does next                     rests on
    Idle      look: which container is next? prune          the newest status of each name
    Kill      StopContainer of one that is unknown          the decision
    Purge     stop all, remove all init containers          the decision: there is to be a new sandbox
    Sandbox   RunPodSandbox                                 the decision; the snapshot is not taken again
    Create    CreateContainer                               the snapshot's restart count + 1
    Start     StartContainer                                the id

How the next one is found depends on the version (pkg/kubelet/kuberuntime/kuberuntime_container.go).
Until 1.27 `findNextInitContainerToRun` looks for one that failed, and if there is none for the last one that
succeeded; since 1.28 `computeInitContainerActions` goes backward and stops at the first status that it meets.
What says that all are done already is the regular container: nothing until 1.20, that it runs since 1.21
(kubernetes/kubernetes#96572), that it runs or was created since 1.28 (kubernetes/kubernetes#140309).

Left out: back-off, which is a delay, as there are no times; restartable init containers; creates and starts
that complete late, which are in `pod_worker`.
"""

from dataclasses import replace

from fsm import action, limit, require

from .init_node import BACKWARD, INITS, PLACES, Init, InitNode, Name, Phase, Place
from .node import Instance, Policy, Sandbox, State
from .runtimes import Duplicate, Failed, LogFile
from .versions import CountRule, InitChoice

STARTABLE = frozenset({State.ABSENT, State.CREATED, State.UNKNOWN})  # under every policy
FAILURES = frozenset({State.FAILED, State.UNKNOWN})  # `isInitContainerFailed`


def marks_of(choice: InitChoice) -> frozenset[State]:
    """The states of the regular container that say: all init containers are done, do not look at them.

    >>> sorted(state.value for state in marks_of(InitChoice.UNLESS_RUNNING))
    ['running']
    """
    match choice:
        case InitChoice.FAILED_FIRST:
            return frozenset()
        case InitChoice.UNLESS_RUNNING:
            return frozenset({State.RUNNING})
        case InitChoice.BACKWARD:
            return frozenset({State.RUNNING, State.CREATED})


class InitWorker(InitNode):
    """The pod's worker: sync after sync it looks once, decides, and acts on what it saw."""

    # Idle

    @action(Phase.IDLE, sender="pod worker", receiver="kubelet")
    def begin_sync(self) -> None:
        """`computePodActions` on a new snapshot; a sync that has nothing to do is left out."""
        if self.sandbox is not Sandbox.READY:
            require(self.wants_a_sandbox())
            self.target = Name.FIRST
            self.phase = Phase.PURGE
        else:
            self.target = self.choose()
            require(self.target)
            self.phase = Phase.CREATE
            self.prune()
        if self.target is not Name.MAIN:
            init = self.target
            newest = self.instances[init][0]
            self.seen = newest.attempt if newest.is_there else None
            if self.phase is Phase.CREATE and newest.state is State.UNKNOWN:
                self.instances[init][0] = replace(newest, held=True)
                self.phase = Phase.KILL

    def wants_a_sandbox(self) -> bool:
        """Under Never a pod of which anything is left gets none; nor under OnFailure one that is through."""
        if self.POLICY is Policy.NEVER and self.sandbox is Sandbox.LOST:
            return not self.main.is_there and not any(self.instances[init][0].is_there for init in INITS)
        if self.POLICY is Policy.ON_FAILURE and self.main.state is State.SUCCEEDED:
            return self.choose() is not Name.MAIN
        return True

    def choose(self) -> Name | None:
        """Whom to start next; nobody, if there is nothing to do but wait."""
        if self.main.state in marks_of(self.KUBELET.init_choice):
            return self.main_if_wanted()
        if self.KUBELET.init_choice is InitChoice.BACKWARD:
            return self.choose_backward()
        return self.choose_failed_first()

    def choose_failed_first(self) -> Name | None:
        """`findNextInitContainerToRun`, until 1.27: what was only created counts for nothing."""
        for init in BACKWARD:
            if self.instances[init][0].state in FAILURES:
                return self.again(init)
        for init in BACKWARD:
            newest = self.instances[init][0]
            if newest.runs:
                return None
            if newest.has_exited:
                return self.after(init)
        return Name.FIRST

    def choose_backward(self) -> Name | None:
        """`computeInitContainerActions`, since 1.28: the last one that has a status decides."""
        for init in BACKWARD:
            newest = self.instances[init][0]
            if newest.is_created:
                return init if self.KUBELET.created_init_is_selected else None
            if newest.runs:
                return None
            if newest.state in FAILURES:
                return self.again(init)
            if newest.has_exited:
                return self.after(init)
        return Name.FIRST

    def again(self, init: Init) -> Name | None:
        """One that failed is retried; under Never it ends its pod."""
        return None if self.POLICY is Policy.NEVER else init

    def after(self, init: Init) -> Name | None:
        """The one after it."""
        return self.main_if_wanted() if init is Name.SECOND else Name.SECOND

    def main_if_wanted(self) -> Name | None:
        """`ShouldContainerBeRestarted`, for the regular container."""
        again = {
            Policy.ALWAYS: STARTABLE | {State.FAILED, State.SUCCEEDED},
            Policy.ON_FAILURE: STARTABLE | {State.FAILED},
            Policy.NEVER: STARTABLE,
        }
        return Name.MAIN if self.main.state in again[self.POLICY] else None

    def prune(self) -> None:
        """`pruneInitContainersBeforeStart`: of the exited and unknown ones of a name the newest stays."""
        for init in INITS:
            table = self.instances[init]
            if all(one.has_exited or one.state is State.UNKNOWN for one in table.values()):
                self.remove_with_log(init, 1)

    # Kill, Purge, Sandbox

    @action(Phase.KILL, sender="kubelet", receiver="runtime")
    def kill(self) -> None:
        """CRI `StopContainer` of the unknown one."""
        for init in INITS:
            if self.instances[init][0].held:
                self.instances[init][0] = replace(self.instances[init][0], state=State.FAILED, held=False)
        self.phase = Phase.CREATE

    @action(Phase.PURGE, sender="kubelet", receiver="runtime")
    def purge(self) -> None:
        """The pod is killed; `purgeInitContainers` removes all init containers with their logs."""
        self.purge_but(None)

    @action(Phase.PURGE, fault=True, sender="runtime", receiver="kubelet")
    def purge_fails(self, init: Init) -> None:
        """One cannot be removed. The error is logged, and the sync goes on (kubernetes/kubernetes#137710)."""
        require(self.instances[init][0].is_there)
        self.purge_but(init)

    def purge_but(self, kept: Init | None) -> None:
        """Everything is stopped, and the init containers are removed but one."""
        for init in INITS:
            for place in reversed(PLACES):
                one = self.instances[init][place]
                if init is kept:
                    if one.can_be_stopped:
                        self.become(init, place, State.FAILED)
                elif one.is_there:
                    self.remove_with_log(init, place)
        if self.main.runs:
            self.main = replace(self.main, state=State.FAILED)
        self.phase = Phase.SANDBOX

    @action(Phase.SANDBOX, sender="kubelet", receiver="runtime")
    def create_sandbox(self) -> None:
        """CRI `RunPodSandbox`; what is left belongs to an older one now. The snapshot stays as it is."""
        for init in INITS:
            for place in PLACES:
                if self.instances[init][place].is_there:
                    self.instances[init][place] = replace(self.instances[init][place], old=True)
        if self.main.is_there:
            self.main = replace(self.main, old=True)
        self.note_sandbox()
        self.sandbox = Sandbox.READY
        self.phase = Phase.CREATE

    # Create

    def restart_count(self, init: Init) -> int:
        """The number that the next container gets: attempt, annotation and log file alike."""
        if self.seen is not None:
            count = self.seen + 1
        elif self.KUBELET.count_rule is CountRule.STATUS:
            count = 0
        else:
            count = max(self.logs[init], default=-1) + 1
        limit(count <= self.MOST)
        return count

    def holder(self, init: Init, attempt: int) -> int | None:
        """Where the instance stands that has the name: names are the pod's, not the sandbox's."""
        for place in PLACES:
            one = self.instances[init][place]
            if one.is_there and one.attempt == attempt:
                return place
        return None

    @action(Phase.CREATE, sender="kubelet", receiver="runtime")
    def create(self, init: Init) -> None:
        """CRI `CreateContainer` for an init container: the name is free, and the id comes back."""
        require(self.target is init and self.sandbox is Sandbox.READY)
        count = self.restart_count(init)
        require(self.holder(init, count) is None)
        self.insert(init, Instance(count, State.CREATED, held=True))
        if self.RUNTIME.log is LogFile.AT_CREATE:
            self.write_log(init, count)
        self.phase = Phase.START

    def write_log(self, init: Init, attempt: int) -> None:
        """The runtime opens `<attempt>.log`; versions that do not count log files never look."""
        if self.KUBELET.count_rule is not CountRule.STATUS:
            self.logs[init] |= {attempt}

    @action(Phase.CREATE, sender="runtime", receiver="kubelet")
    def create_is_refused(self) -> None:
        """The sandbox is not ready, or another container has the name; docker's shim removes that one."""
        if self.sandbox is Sandbox.READY:
            require(self.target is not Name.MAIN)
            init = self.target
            holder = self.holder(init, self.restart_count(init))
            require(holder is not None and self.RUNTIME.duplicate is not Duplicate.ADOPTED)
            removes = self.RUNTIME.duplicate is Duplicate.HOLDER_REMOVED
            if removes and not self.instances[init][holder].was_up:
                self.remove(init, holder)
        self.end_sync()

    @action(Phase.CREATE, sender="runtime", receiver="kubelet")
    def create_answers_with_the_holder(self, init: Init) -> None:
        """CRI-O: a create with the name of a listed container returns that one's id as success."""
        require(self.RUNTIME.duplicate is Duplicate.ADOPTED and self.sandbox is Sandbox.READY)
        require(self.target is init)
        holder = self.holder(init, self.restart_count(init))
        require(holder is not None)
        self.instances[init][holder] = replace(self.instances[init][holder], held=True)
        self.phase = Phase.START

    @action(Phase.CREATE, sender="kubelet", receiver="runtime")
    def create_main(self) -> None:
        """CRI `CreateContainer` for the regular container."""
        require(self.target is Name.MAIN and self.sandbox is Sandbox.READY)
        self.main = Instance(0, State.CREATED, held=True)
        self.phase = Phase.START

    @action(Phase.CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_fails(self) -> None:
        """Image, configuration, hook or create: an error before anything was made."""
        self.end_sync()

    # Start

    def may_start(self, one: Instance) -> bool:
        """Whether the runtime would accept a start of what the worker holds."""
        return one.held and one.is_created and not one.old and self.sandbox is Sandbox.READY

    @action(Phase.START, sender="kubelet", receiver="runtime")
    def start(self, init: Init, place: Place) -> None:
        """CRI `StartContainer` of an init container, answered OK."""
        require(self.may_start(self.instances[init][place]))
        if self.RUNTIME.log is LogFile.AT_START:
            self.write_log(init, self.instances[init][place].attempt)
        self.become(init, place, State.RUNNING)
        self.end_sync()

    @action(Phase.START, sender="kubelet", receiver="runtime")
    def start_main(self) -> None:
        """CRI `StartContainer` of the regular container, answered OK."""
        require(self.may_start(self.main))
        self.main = replace(self.main, state=State.RUNNING)
        self.end_sync()

    @action(Phase.START, sender="runtime", receiver="kubelet")
    def start_is_refused(self) -> None:
        """The container is gone, not in the created state, or its sandbox is not ready."""
        held = [(init, place) for init in INITS for place in PLACES if self.instances[init][place].held]
        require(not any(self.may_start(self.instances[init][place]) for init, place in held))
        require(not self.may_start(self.main))
        for init, place in held:
            if self.instances[init][place].is_created:
                self.become(init, place, State.FAILED)  # measured: exited, 128, StartError
        if self.main.held and self.main.is_created:
            self.main = replace(self.main, state=State.FAILED)
        self.end_sync()

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_fails(self, init: Init, place: Place, kept_created: bool) -> None:
        """A command that is not there, a log that cannot be opened: what is left is the runtime's choice."""
        require(self.may_start(self.instances[init][place]))
        require(not kept_created or self.RUNTIME.failed is Failed.EXITED_OR_CREATED)
        if self.RUNTIME.failed is Failed.REMOVED:
            self.remove(init, place)
        elif not kept_created:
            self.become(init, place, State.FAILED)
        self.end_sync()

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_is_not_served(self) -> None:
        """The runtime answers with an error and does nothing, as when it is overloaded: it stays created."""
        self.end_sync()

    @action(fault=True, sender="node", receiver="kubelet")
    def kubelet_restarts(self) -> None:
        """In the middle of a sync: what it knew is gone, what it did stays."""
        require(self.phase is not Phase.IDLE)
        self.end_sync()
