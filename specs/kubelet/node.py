"""The node around a pod's worker: one container's instances in the runtime, and what may befall them.

The worker (`pod_sync`) is the only one that creates; everything here happens to it: containers exit, calls
that it has given up complete late, garbage is collected, the runtime restarts, the node reboots with or
without its runtime's state, clocks are set.

How it is written down. Instances stand newest first, *by the clock that the runtime read when each was
created*: that is the order in which the kubelet sorts statuses, and the first one is the only one it looks
at (`FindContainerStatusByName`, pkg/kubelet/container/runtime.go). A clock that was set back is the number
of instances that are newer than now: the next one is put behind them. The id that the worker holds is a mark
on an instance, so it moves with it.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, ClassVar, Literal

from fsm import action, each, limit, require, var

from .runtimes import CONTAINERD, Duplicate, LogFile, Runtime

COUNTS = range(8)  # restart counts that can be written down; how far a world goes is its `MOST`
PLACES = range(3)  # instances that the runtime may list at once
LAST = PLACES[-1]

Place = Literal[0, 1, 2]


class Phase(Enum):
    """What the pod's worker does next."""

    IDLE = "Idle"
    KILL = "Kill"
    SANDBOX = "Sandbox"
    CREATE = "Create"
    PRE_START = "PreStart"
    START = "Start"
    POST_START = "PostStart"


class State(Enum):
    """An instance's state, as the runtime lists it."""

    ABSENT = "absent"
    CREATED = "created"
    STARTING = "starting"  # listed as created: a start goes on that nobody waits for any more
    RUNNING = "running"
    SUCCEEDED = "exited with 0"
    FAILED = "exited"
    UNKNOWN = "unknown"


class Sandbox(Enum):
    """The newest sandbox of the pod."""

    NONE = "none"
    READY = "ready"
    LOST = "not ready"


class Policy(Enum):
    """The pod's restart policy."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


EXITED = frozenset({State.SUCCEEDED, State.FAILED})


@dataclass(frozen=True)
class Instance:
    """One container in the runtime.

    Args:
        attempt: of its name; the annotation with the restart count says the same.
        state: as it is listed.
        old: whether an older sandbox than the newest one holds it.
        held: whether the worker acts on it just now.
        announced: whether a `Created` event was sent for it (where the world tracks events).
    """

    attempt: Annotated[int, COUNTS] = 0
    state: State = State.ABSENT
    old: bool = False
    held: bool = False
    announced: bool = False

    @property
    def is_there(self) -> bool:
        """Whether it is listed at all."""
        return self.state is not State.ABSENT

    @property
    def is_current(self) -> bool:
        """Whether the newest sandbox holds it."""
        return self.is_there and not self.old

    @property
    def is_created(self) -> bool:
        """Whether it was created, and nothing else."""
        return self.state is State.CREATED

    @property
    def runs(self) -> bool:
        """Whether it is listed as running."""
        return self.state is State.RUNNING

    @property
    def is_starting(self) -> bool:
        """Whether a start goes on that nobody waits for."""
        return self.state is State.STARTING

    @property
    def can_be_stopped(self) -> bool:
        """Whether stopping it changes anything."""
        return self.state in {State.RUNNING, State.UNKNOWN}

    @property
    def has_exited(self) -> bool:
        """Whether it has run, or failed to, and ended."""
        return self.state in EXITED

    @property
    def is_dead(self) -> bool:
        """Whether garbage collection may take it: whatever does not run, created ones included."""
        return self.state in EXITED | {State.CREATED, State.UNKNOWN}

    @property
    def can_be_pruned(self) -> bool:
        """Whether the runtime's own clean-up takes it."""
        return self.state in EXITED | {State.CREATED}

    @property
    def was_up(self) -> bool:
        """Whether there is a process, or one is on its way."""
        return self.state in {State.RUNNING, State.STARTING}


NOTHING = Instance()


class Node:
    """The runtime and the node, for one container of one pod."""

    RUNTIME: ClassVar[Runtime] = CONTAINERD
    POLICY: ClassVar[Policy] = Policy.ALWAYS
    MOST: ClassVar[int] = 2  # the highest attempt that is followed
    REMEMBERS: ClassVar[bool] = True  # whether the attempt created last is remembered; nobody on a node does

    phase: Phase = Phase.IDLE
    instances: dict[Place, Instance] = each(Place, NOTHING)  # newest first, by the runtime's clock
    pending: int | None = var(COUNTS, None)  # attempt of a create that its caller gave up
    sandbox: Sandbox = Sandbox.NONE
    behind: int = var(range(len(PLACES) + 1), 0)  # instances that are newer than the clock
    last: int | None = var(COUNTS, None)  # attempt of the container that was created last

    # the table of instances

    def insert(self, instance: Instance) -> None:
        """A new instance, as new as the clock says."""
        limit(not self.instances[LAST].is_there)
        for place in reversed(PLACES[1:]):
            if place > self.behind:
                self.instances[place] = self.instances[place - 1]
        self.instances[self.behind] = instance
        if self.RUNTIME.log is LogFile.AT_CREATE:
            self.write_log(instance.attempt)
        if self.REMEMBERS:
            self.last = instance.attempt

    def remove(self, removed: int) -> None:
        """The runtime no longer has it."""
        for place in PLACES[removed:LAST]:
            self.instances[place] = self.instances[place + 1]
        self.instances[LAST] = NOTHING
        if self.behind > removed:
            self.behind -= 1

    def become(self, place: int, state: State) -> None:
        """A change of state, and of nothing else."""
        self.instances[place] = replace(self.instances[place], state=state)

    def ends_with_its_sandbox(self, instance: Instance) -> bool:
        """Whether `StopPodSandbox` makes an exited container of it; what runs is stopped everywhere."""
        return instance.runs or (instance.state is State.UNKNOWN and self.RUNTIME.ends_unknown)

    def end_sync(self) -> None:
        """The worker returns, or dies: nothing of what it was about is kept."""
        self.phase = Phase.IDLE
        for place in PLACES:
            self.instances[place] = replace(self.instances[place], held=False)

    # what containers do

    @action(sender="container", receiver="runtime")
    def exits(self, place: Place, ok: bool) -> None:
        """A container's process ends. The exit code matters under OnFailure alone."""
        require(self.instances[place].runs)
        require(self.POLICY is Policy.ON_FAILURE or not ok)
        self.become(place, State.SUCCEEDED if ok else State.FAILED)

    # what calls do that nobody waits for

    @action(sender="runtime", receiver="runtime")
    def late_create_completes(self) -> None:
        """A container comes to be whose caller has gone; its creation time is now, as containerd has it.

        CRI-O keeps what it made and lists nothing: it is the answer to the next create of that name. Docker's
        creation time is that of the call, which is left out: tried, it makes no promise hold that is broken
        here, nor break one that holds, and I4a on dockershim takes 12 steps.
        """
        require(self.pending is not None and self.sandbox is Sandbox.READY)
        require(self.RUNTIME.duplicate is not Duplicate.ADOPTED)
        self.insert(Instance(self.pending, State.CREATED))
        self.pending = None

    @action(sender="runtime", receiver="runtime")
    def late_create_is_undone(self) -> None:
        """The runtime notices that the caller has gone: nothing is left, and the name is free."""
        require(self.pending is not None)
        self.pending = None

    @action(sender="runtime", receiver="runtime")
    def late_start_ends(self, place: Place, running: bool) -> None:
        """A start whose caller has gone succeeds all the same, or is given up."""
        require(self.instances[place].is_starting)
        fit = self.sandbox is Sandbox.READY and not self.instances[place].old
        require(not running or (self.RUNTIME.late_start and fit))
        self.become(place, State.RUNNING if running else State.FAILED)

    # garbage collection

    @action(sender="garbage collector", receiver="runtime")
    def collect(self, place: Place) -> None:
        """The oldest container that does not run is removed with its log, while there is a newer such one.

        `containerGC` (pkg/kubelet/kuberuntime/kuberuntime_gc.go): what was only created counts as dead,
        and `maximum-dead-containers-per-container` is 1. What is newer than the clock is left alone. The
        worker is not asked.
        """
        dead = [one for one in PLACES if one >= self.behind and self.instances[one].is_dead]
        require(len(dead) > 1 and place == dead[-1])
        self.forget_log(self.instances[place].attempt)
        self.remove(place)

    @action(sender="garbage collector", receiver="runtime")
    def collect_exited(self, place: Place) -> None:
        """After a container has died: the oldest exited one goes with its log, while there is a newer one.

        `podContainerDeletor` (pkg/kubelet/pod_container_deletor.go) looks at exited containers alone.
        """
        exited = [one for one in PLACES if self.instances[one].has_exited]
        require(len(exited) > 1 and place == exited[-1])
        self.forget_log(self.instances[place].attempt)
        self.remove(place)

    # faults

    @action(fault=True, sender="operator", receiver="runtime")
    def dead_containers_are_pruned(self) -> None:
        """Somebody removes whatever does not run, behind the kubelet's back; log files stay."""
        require(any(self.instances[place].can_be_pruned for place in PLACES))
        for place in reversed(PLACES):
            if self.instances[place].can_be_pruned:
                self.remove(place)

    @action(fault=True, sender="runtime", receiver="runtime")
    def instance_becomes_unreadable(self, place: Place) -> None:
        """The runtime cannot load a container's state, as after a restart: it is listed as unknown."""
        require(self.instances[place].state in {State.CREATED, State.RUNNING})
        self.become(place, State.UNKNOWN)

    @action(fault=True, sender="runtime", receiver="runtime")
    def runtime_restarts(self, unreadable: bool, started: bool) -> None:
        """A create that goes on is lost, or listed as unknown; a start that goes on is lost, or has worked.

        Measured with containerd 1.6.20, ended by `kill -9` during 89 creates and 40 starts, of which 9 ran.
        That a start behaves so when its caller has gone is inferred.
        """
        starting = any(self.instances[place].is_starting for place in PLACES)
        require(self.pending is not None or not unreadable)
        require(starting or not started)
        require(self.pending is not None or starting)
        for place in PLACES:
            if self.instances[place].is_starting:
                self.become(place, State.RUNNING if started else State.CREATED)
        if unreadable and self.pending is not None:
            self.insert(Instance(self.pending, State.UNKNOWN))
        self.pending = None

    @action(fault=True, sender="node", receiver="runtime")
    def sandbox_is_lost(self) -> None:
        """The pod's sandbox is no longer ready; its containers are not touched by that."""
        require(self.sandbox is Sandbox.READY)
        self.sandbox = Sandbox.LOST

    @action(fault=True, sender="node", receiver="runtime")
    def node_reboots(self, wiped: bool) -> None:
        """Nothing runs any more. What was only created stays so; a wiped runtime has forgotten everything."""
        require(self.sandbox is not Sandbox.NONE)
        if wiped:
            self.lose_everything()
            return
        self.end_sync()
        self.pending = None
        self.sandbox = Sandbox.LOST
        for place in PLACES:
            if self.instances[place].was_up:
                self.become(place, State.FAILED)

    def lose_everything(self) -> None:
        """The runtime begins anew; what is on the node's disk stays."""
        self.end_sync()
        self.pending = None
        self.sandbox = Sandbox.NONE
        self.behind = 0
        for place in PLACES:
            self.instances[place] = NOTHING

    @action(fault=True, sender="node", receiver="runtime")
    def clock_is_set_back(self, behind: Literal[1, 2, 3]) -> None:
        """Some of the instances are now newer than now."""
        require(self.behind < behind and self.instances[behind - 1].is_there)
        self.behind = behind

    @action(sender="node", receiver="runtime")
    def clock_goes_on(self, behind: Place) -> None:
        """Time passes, or the clock is corrected: fewer instances are newer than now."""
        require(behind < self.behind)
        self.behind = behind

    # for worlds with log files

    def write_log(self, attempt: int) -> None:
        """The runtime opens `<attempt>.log`."""

    def forget_log(self, attempt: int) -> None:
        """The kubelet deletes `<attempt>.log` with the container."""
