"""The node around a pod with two init containers: what the runtime lists of them, and what may befall it.

The records, the marks and the order of instances are those of `node`: newest first, by the clock that the
runtime read when each was created. Here they stand in one table for each init container. Of the regular
container only the newest instance is followed, and no attempt.
"""

from dataclasses import replace
from enum import Enum
from typing import ClassVar, Literal

from fsm import action, each, limit, require, var

from .node import COUNTS, NOTHING, Instance, Policy, Sandbox, State
from .runtimes import CONTAINERD, Runtime
from .versions import Version, version

Place = Literal[0, 1]  # an init container's instances: pruning leaves little
PLACES = (0, 1)


class Phase(Enum):
    """What the pod's worker does next."""

    IDLE = "Idle"
    KILL = "Kill"
    PURGE = "Purge"
    SANDBOX = "Sandbox"
    CREATE = "Create"
    START = "Start"


class Name(Enum):
    """A container of the pod, in the order of its spec."""

    FIRST = "first"
    SECOND = "second"
    MAIN = "main"


Init = Literal[Name.FIRST, Name.SECOND]
INITS = (Name.FIRST, Name.SECOND)
BACKWARD = (Name.SECOND, Name.FIRST)


class InitNode:
    """What the runtime lists of the pod, and what may befall it."""

    RUNTIME: ClassVar[Runtime] = CONTAINERD
    POLICY: ClassVar[Policy] = Policy.ALWAYS
    KUBELET: ClassVar[Version] = version("1.20")
    MOST: ClassVar[int] = 1  # the highest attempt that is followed

    phase: Phase = Phase.IDLE
    instances: dict[Init, dict[Place, Instance]] = each(INITS, each(Place, NOTHING))  # newest first
    main: Instance = NOTHING  # the regular container's newest instance
    sandbox: Sandbox = Sandbox.NONE
    behind: dict[Init, int] = each(INITS, var(range(3), 0))  # instances that are newer than the clock
    logs: dict[Init, frozenset[Literal[0, 1, 2]]] = each(INITS, frozenset())  # where they are counted
    target: Name | None = None  # the decision
    seen: int | None = var(COUNTS, None)  # the snapshot: restart count of the target's newest status

    # for worlds that remember what nobody on a node does

    def note_created(self, init: Init, attempt: int) -> None:
        """A container came to be."""

    def note_succeeded(self, init: Init) -> None:
        """One of the newest sandbox has exited with 0."""

    def note_sandbox(self) -> None:
        """There is a new sandbox."""

    # the tables of instances

    def insert(self, init: Init, instance: Instance) -> None:
        """A new instance, as new as the clock says."""
        table, place = self.instances[init], self.behind[init]
        limit(not table[1].is_there)
        if place == 0:
            table[1] = table[0]
        table[place] = instance
        self.note_created(init, instance.attempt)

    def remove(self, init: Init, place: int) -> None:
        """The runtime no longer has it."""
        table = self.instances[init]
        if place == 0:
            table[0] = table[1]
        table[1] = NOTHING
        if self.behind[init] > place:
            self.behind[init] -= 1

    def remove_with_log(self, init: Init, place: int) -> None:
        """`removeContainer` of the kubelet: the log goes first, the container after it."""
        self.logs[init] -= {self.instances[init][place].attempt}
        self.remove(init, place)

    def become(self, init: Init, place: int, state: State) -> None:
        """A change of state, and of nothing else."""
        self.instances[init][place] = replace(self.instances[init][place], state=state)

    def end_sync(self) -> None:
        """The worker returns, or dies: nothing of what it was about is kept."""
        self.phase = Phase.IDLE
        self.target = None
        self.seen = None
        self.main = replace(self.main, held=False)
        for init in INITS:
            for place in PLACES:
                self.instances[init][place] = replace(self.instances[init][place], held=False)

    # what containers do

    @action(sender="container", receiver="runtime")
    def exits(self, init: Init, place: Place, ok: bool) -> None:
        """An init container's process ends."""
        require(self.instances[init][place].runs)
        self.become(init, place, State.SUCCEEDED if ok else State.FAILED)
        if ok and not self.instances[init][place].old:
            self.note_succeeded(init)

    @action(sender="container", receiver="runtime")
    def main_exits(self, ok: bool) -> None:
        """The regular container's process ends. The exit code matters under OnFailure alone."""
        require(self.main.runs)
        require(self.POLICY is Policy.ON_FAILURE or not ok)
        self.main = replace(self.main, state=State.SUCCEEDED if ok else State.FAILED)

    # garbage collection

    @action(sender="garbage collector", receiver="runtime")
    def collect(self, init: Init) -> None:
        """Of two dead ones the older is removed; one from the future is not old enough to be looked at."""
        require(all(one.is_dead for one in self.instances[init].values()) and self.behind[init] == 0)
        self.remove_with_log(init, 1)

    # faults

    @action(fault=True, sender="runtime", receiver="runtime")
    def instance_becomes_unreadable(self, init: Init) -> None:
        """The runtime cannot load the newest container's state: it is listed as unknown."""
        require(self.instances[init][0].state in {State.CREATED, State.RUNNING})
        self.become(init, 0, State.UNKNOWN)

    @action(fault=True, sender="node", receiver="runtime")
    def sandbox_is_lost(self) -> None:
        """The pod's sandbox is no longer ready; its containers are not touched by that."""
        require(self.sandbox is Sandbox.READY)
        self.sandbox = Sandbox.LOST

    @action(fault=True, sender="node", receiver="runtime")
    def node_reboots(self, wiped: bool) -> None:
        """Nothing runs any more. What was only created stays so; a wiped runtime has forgotten everything."""
        require(self.sandbox is not Sandbox.NONE)
        self.end_sync()
        self.sandbox = Sandbox.NONE if wiped else Sandbox.LOST
        for init in INITS:
            self.behind[init] = 0 if wiped else self.behind[init]
            for place in PLACES:
                if wiped:
                    self.instances[init][place] = NOTHING
                elif self.instances[init][place].runs:
                    self.become(init, place, State.FAILED)
        if wiped:
            self.main = NOTHING
        elif self.main.runs:
            self.main = replace(self.main, state=State.FAILED)
