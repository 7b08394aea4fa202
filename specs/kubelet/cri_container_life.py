"""What calls and the world do to a container, its sandbox and its name: the actions of `CriContainer`.

`cri_container_cases` tells apart what a call may meet, `cri_container_rules` what may be answered there and
why, and this file what then becomes of everything. `cri_container` adds what the CRI promises of it.

The answer is an argument, `reply`, and where the runtime may also choose what becomes of the container,
`fate`: both are the implementation's choice (`answers=("reply", "fate")` of `conform`). Whether a container
can run at all (`startable`) is the client's: it may ask for a command that does not exist.
"""

from typing import ClassVar, Literal

from fsm import action, require

from .cri_container_cases import Case, case_of
from .cri_container_rules import RULES, Rules
from .cri_container_words import (
    Container,
    Exit,
    Fate,
    Name,
    Other,
    Reply,
    Sandbox,
    is_alone,
    is_listed,
    is_present,
)

CLIENT = {"sender": "client", "receiver": "runtime"}
WORLD = {"sender": "world", "receiver": "runtime"}

Ends = Literal[Fate.KEPT, Fate.EXITED]
Removes = Literal[Fate.KEPT, Fate.REMOVED]


class ContainerLife:
    """The variables and the actions of `CriContainer`."""

    RULES: ClassVar[Rules] = RULES

    container: Container = Container.ABSENT
    sandbox: Sandbox = Sandbox.ABSENT
    name: Name = Name.FREE
    exit: Exit = Exit.NONE
    other: Other = Other.NONE
    startable: bool = False  # it was created, and nothing is known that keeps it from running
    faithful: bool = False  # status and listing show it, agree, and say of it what was said at create

    def answered(self, call: str, reply: Reply, fate: Fate = Fate.KEPT) -> Case:
        """What the call meets, provided that it may be answered so there."""
        case = case_of(call, self)
        require(case is not None)
        require(self.RULES[case].allows(reply, fate))
        return case

    # sandboxes

    @action(**CLIENT)
    def run_pod_sandbox(self, reply: Reply) -> None:
        """`RunPodSandbox` with the pod's first metadata."""
        self.answered("run_pod_sandbox", reply)
        if reply is Reply.OK:
            self.sandbox = Sandbox.READY

    @action(**CLIENT)
    def run_next_pod_sandbox(self, reply: Reply) -> None:
        """`RunPodSandbox` for the same pod with the next attempt, while the first one is there."""
        self.answered("run_next_pod_sandbox", reply)
        if reply is Reply.OK:
            self.other = Other.SECOND

    @action(**CLIENT)
    def run_pod_sandbox_without_config(self, reply: Reply) -> None:
        """`RunPodSandbox` with nothing in it."""
        self.answered("run_pod_sandbox_without_config", reply)

    @action(**CLIENT)
    def run_pod_sandbox_with_unknown_handler(self, reply: Reply) -> None:
        """`RunPodSandbox` with a runtime handler that nobody configured."""
        self.answered("run_pod_sandbox_with_unknown_handler", reply)

    @action(**CLIENT)
    def stop_pod_sandbox(self, reply: Reply, fate: Literal[Fate.KEPT, Fate.EXITED, Fate.SPARED]) -> None:
        """`StopPodSandbox`: what runs is killed; of what does not run only the runtime knows."""
        self.answered("stop_pod_sandbox", reply, fate)
        require(fate is not Fate.EXITED or self.container in (Container.CREATED, Container.UNKNOWN))
        if reply is Reply.OK and is_present(self):
            self.sandbox = Sandbox.NOT_READY
            if self.container is Container.RUNNING and fate is Fate.KEPT:
                self.end(Exit.KILLED)
        if fate is Fate.EXITED:
            self.end(Exit.NEVER_RAN if self.container is Container.CREATED else Exit.LOST)

    @action(**CLIENT)
    def remove_pod_sandbox(self, reply: Reply) -> None:
        """`RemovePodSandbox`: everything in it goes too."""
        self.answered("remove_pod_sandbox", reply)
        if reply is Reply.OK and is_present(self):
            self.sandbox = Sandbox.REMOVED
            self.name = Name.FREE
            if is_listed(self):
                self.forget()
            if self.other is Other.NEXT:
                self.other = Other.NONE

    @action(**CLIENT)
    def pod_sandbox_status(self, reply: Reply) -> None:
        """`PodSandboxStatus`."""
        self.answered("pod_sandbox_status", reply)

    @action(**CLIENT)
    def list_pod_sandbox(self, reply: Reply) -> None:
        """`ListPodSandbox`."""
        self.answered("list_pod_sandbox", reply)

    # creates

    @action(**CLIENT)
    def create_container(self, startable: bool, reply: Reply, fate: Removes) -> None:
        """`CreateContainer` with one name and attempt: the first time, again, after a failure, a removal."""
        self.answered("create_container", reply, fate)
        require(startable or not is_listed(self))
        require(fate is Fate.KEPT or is_listed(self))
        if reply is Reply.OK:
            self.make(startable)
        elif self.name is Name.STUCK:
            self.name = Name.FREE
        elif is_present(self) and self.name is Name.FREE:
            self.name = Name.TRIED
        if fate is Fate.REMOVED:
            self.forget()

    @action(**CLIENT)
    def create_next_attempt(self, reply: Reply) -> None:
        """`CreateContainer` with the same name and the next attempt, while the first one is there."""
        self.answered("create_next_attempt", reply)
        if reply is Reply.OK:
            self.other = Other.NEXT

    @action(**CLIENT)
    def create_in_second_sandbox(self, reply: Reply, fate: Removes) -> None:
        """`CreateContainer` with the same name and attempt, in the pod's second sandbox."""
        self.answered("create_in_second_sandbox", reply, fate)
        require(fate is Fate.KEPT or is_listed(self))
        if reply is Reply.OK:
            self.other = Other.TWIN
        if fate is Fate.REMOVED:
            self.forget()

    @action(**CLIENT)
    def create_with_missing_image(self, reply: Reply) -> None:
        """`CreateContainer` with an image that is not there."""
        self.answered("create_with_missing_image", reply)
        self.name = Name.TRIED

    @action(**CLIENT)
    def create_without_metadata(self, reply: Reply) -> None:
        """`CreateContainer` with a config that names nothing."""
        self.answered("create_without_metadata", reply)

    @action(**CLIENT)
    def create_without_sandbox_config(self, reply: Reply) -> None:
        """`CreateContainer` without the sandbox's config, which is passed for easy reference only."""
        self.answered("create_without_sandbox_config", reply)
        if reply is Reply.OK:
            self.make(startable=True)

    @action(**CLIENT)
    def remove_other(self) -> None:
        """`RemoveContainer` of the next attempt, `RemovePodSandbox` of the second sandbox."""
        require(not is_alone(self))
        self.other = Other.NONE

    # the container's life

    @action(**CLIENT)
    def start_container(self, reply: Reply, fate: Fate) -> None:
        """`StartContainer`."""
        self.answered("start_container", reply, fate)
        if reply is Reply.OK:
            self.container = Container.RUNNING
            self.startable = False
            self.exit = Exit.NONE
        if fate is Fate.EXITED:
            self.end(Exit.NEVER_RAN)
        if fate is Fate.REMOVED:
            self.forget()

    @action(**CLIENT)
    def stop_container(self, reply: Reply, fate: Ends) -> None:
        """`StopContainer` with no grace period."""
        self.answered("stop_container", reply, fate)
        if self.container is Container.RUNNING and reply is Reply.OK:
            self.end(Exit.KILLED)
        if fate is Fate.EXITED:
            self.end(Exit.NEVER_RAN if self.container is Container.CREATED else Exit.LOST)

    @action(**CLIENT)
    def remove_container(self, reply: Reply) -> None:
        """`RemoveContainer`, by force if it runs."""
        self.answered("remove_container", reply)
        if reply is Reply.OK and is_listed(self):
            self.forget()

    @action(**CLIENT)
    def container_status(self, reply: Reply) -> None:
        """`ContainerStatus`."""
        self.answered("container_status", reply)

    @action(**CLIENT)
    def list_containers(self, reply: Reply) -> None:
        """`ListContainers`."""
        self.answered("list_containers", reply)

    @action(**CLIENT)
    def exec_sync(self, reply: Reply) -> None:
        """`ExecSync` of a command that works."""
        self.answered("exec_sync", reply)

    @action(**CLIENT)
    def update_container_resources(self, reply: Reply) -> None:
        """`UpdateContainerResources`."""
        self.answered("update_container_resources", reply)

    @action(**CLIENT)
    def container_stats(self, reply: Reply) -> None:
        """`ContainerStats`."""
        self.answered("container_stats", reply)

    @action(**CLIENT)
    def reopen_container_log(self, reply: Reply) -> None:
        """`ReopenContainerLog`."""
        self.answered("reopen_container_log", reply)

    def make(self, startable: bool) -> None:
        """There is a container, which was never started, and the name is its own."""
        self.container = Container.CREATED
        self.name = Name.HELD
        self.startable = startable
        self.faithful = True
        self.exit = Exit.NONE

    def end(self, exit: Exit) -> None:  # noqa: A002  (the variable's name)
        """It has exited, and its status says how."""
        self.container = Container.EXITED
        self.startable = False
        self.exit = exit

    def forget(self) -> None:
        """It is gone, and its name is free."""
        self.container = Container.REMOVED
        self.name = Name.FREE
        self.startable = False
        self.faithful = False
        self.exit = Exit.NONE

    # what the world does

    @action(Container.RUNNING, **WORLD)
    def process_exits(self) -> None:
        """The container's process ends by itself, with a code that is not 0."""
        self.end(Exit.OWN)

    @action(fault=True, **WORLD)
    def runtime_is_killed(self) -> None:
        """The runtime ends by `kill -9` and comes back: containers outlive it, running ones run on."""
        require(is_alone(self))

    @action(Container.RUNNING, fault=True, **WORLD)
    def process_exits_unseen(self, fate: Literal[Fate.EXITED, Fate.LOST]) -> None:
        """The process ends while the runtime is down, which tells of it when it is back."""
        self.answered("process_exits_unseen", Reply.OK, fate)
        self.end(Exit.LOST if fate is Fate.LOST else Exit.OWN)

    @action(Container.ABSENT, Container.REMOVED, fault=True, **WORLD)
    def create_is_cut_short(
        self, left: Literal[None, Name.STUCK, Container.UNKNOWN, Container.CREATED]
    ) -> None:
        """The runtime is killed within a create: nothing is left, or a trace, or a container after all."""
        require(self.sandbox is Sandbox.READY and is_alone(self) and self.name in (Name.FREE, Name.TRIED))
        self.name = Name.FREE
        match left:
            case Name.STUCK:
                self.name = Name.STUCK
            case Container.CREATED:
                self.make(startable=True)
            case Container.UNKNOWN:
                self.make(startable=False)
                self.container = Container.UNKNOWN

    @action(Container.CREATED, fault=True, **WORLD)
    def start_is_cut_short(self, left: Literal[Container.CREATED, Container.RUNNING]) -> None:
        """The runtime is killed within a start: it runs, or it never will."""
        require(self.sandbox is Sandbox.READY and is_alone(self) and self.startable)
        self.container = left
        self.startable = False

    @action(Container.CREATED, Container.EXITED, fault=True, **WORLD)
    def container_is_lost(self) -> None:
        """After a restart the runtime cannot read what it kept of the container, which does not run.

        One that runs is UNKNOWN too, and found again by what looks for its process (D16): not modelled.
        """
        require(is_alone(self))
        self.container = Container.UNKNOWN
        self.startable = False
        self.exit = Exit.NONE

    @action(fault=True, **WORLD)
    def sandbox_is_killed(self, fate: Ends) -> None:
        """The sandbox's own process ends; what runs in it runs on, or ends with it."""
        require(self.sandbox is Sandbox.READY and is_alone(self))
        require(fate is Fate.KEPT or self.container is Container.RUNNING)
        self.sandbox = Sandbox.NOT_READY
        if fate is Fate.EXITED:
            self.end(Exit.LOST)

    @action(fault=True, **WORLD)
    def reboot(self) -> None:
        """The machine restarts: nothing runs, no sandbox is ready, and what was created is still created."""
        require(is_alone(self))
        if self.sandbox is Sandbox.READY:
            self.sandbox = Sandbox.NOT_READY
        if self.container is Container.RUNNING:
            self.end(Exit.LOST)
