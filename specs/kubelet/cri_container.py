"""A container's own life in a runtime, with its sandbox, under every CRI call that touches them.

The CRI's messages name four states of a container and two of a sandbox and define no transition between them.
What the calls do to them is said by comments in `pkg/apis/runtime/v1/api.proto` (cri-api v0.36.1), as far as
it is said at all. Here both stand together: the relation that the text promises, wide open where it is
silent. `cri_container_cases` tells apart what a call may meet, `cri_container_rules` what may be answered
there and why, and this file what then becomes of the container, its sandbox and its name.

The answer is an argument, `reply`, and where the runtime may also choose what becomes of the container,
`fate`: both are the implementation's choice (`answers=("reply", "fate")` of `conform`). Whether a container
can run at all (`startable`) is the client's: it may ask for a command that does not exist.

What is modelled: one container of one name and attempt in one sandbox; beside them, one at a time, the next
attempt, or a second sandbox of the same pod and the same name in it. What is not: calls that overlap (see
`cri_container_races`), images but for one that is missing, networks, grace periods, and faults while there is
more than one of anything.

    fsm check specs/kubelet/cri_container.py
    cd specs/kubelet; fsm diff "cri_container_profiles.py::profile('containerd 1.6')" cri_container.py
"""

from typing import ClassVar, Literal

from fsm import action, always, recoverable, require, sometimes, spec

from .cri_container_cases import (
    LISTED,
    PRESENT,
    Case,
    Container,
    Exit,
    Fate,
    Name,
    Other,
    Reply,
    Sandbox,
    case_of,
    is_alone,
    is_listed,
    is_present,
)
from .cri_container_rules import RULES, Rules

CLIENT = {"sender": "client", "receiver": "runtime"}
WORLD = {"sender": "world", "receiver": "runtime"}

Ends = Literal[Fate.KEPT, Fate.EXITED]
Removes = Literal[Fate.KEPT, Fate.REMOVED]


@spec
class CriContainer:
    """A container and its sandbox in any runtime that keeps what the CRI's text promises."""

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
    def process_exits_unseen(self) -> None:
        """The process ends while the runtime is down; the code is known all the same when it is back."""
        require(is_alone(self))
        self.end(Exit.OWN)

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

    @action(Container.CREATED, Container.RUNNING, Container.EXITED, fault=True, **WORLD)
    def container_is_lost(self) -> None:
        """After a restart the runtime cannot read what it kept of the container."""
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

    # what the text promises, of states

    @always
    def a_container_is_in_a_sandbox_that_is_there(self) -> bool:
        """RemovePodSandbox takes the containers with it."""
        return self.container not in LISTED or self.sandbox in PRESENT

    @always
    def an_exit_code_is_told_of_what_has_exited_and_of_nothing_else(self) -> bool:
        """The code has a meaning only where there is a finished_at (ContainerStatus)."""
        return (self.exit is not Exit.NONE) == (self.container is Container.EXITED)

    @always
    def a_name_is_held_exactly_as_long_as_its_container_is_there(self) -> bool:
        """(name, attempt) is unique within a sandbox (ContainerMetadata)."""
        return (self.name is Name.HELD) == (self.container in LISTED)

    @always
    def what_was_said_at_create_is_shown_unaltered(self) -> bool:
        """Annotations are returned as they came, and metadata tell which container it is."""
        return self.faithful == (self.container in LISTED)

    # what the text promises, of calls

    @always(on=run_pod_sandbox)
    def a_new_sandbox_is_ready(self, after: "CriContainer") -> bool:
        """RunPodSandbox succeeds with a sandbox that is ready."""
        return after.sandbox in (self.sandbox, Sandbox.READY)

    @always(on=(stop_container, stop_pod_sandbox))
    def nothing_runs_after_a_stop(self, after: "CriContainer") -> bool:
        """A stop that succeeds has ended what ran, by force if need be."""
        return after.container is not Container.RUNNING

    @always(on=remove_container)
    def nothing_is_left_after_a_remove(self, after: "CriContainer") -> bool:
        """RemoveContainer removes what runs too."""
        return after.container in (Container.ABSENT, Container.REMOVED)

    @always(on=remove_pod_sandbox)
    def nothing_is_left_after_a_remove_of_the_sandbox(self, after: "CriContainer") -> bool:
        """RemovePodSandbox removes the containers in it."""
        return after.sandbox not in PRESENT and after.container not in LISTED

    @always(
        on=(
            pod_sandbox_status,
            list_pod_sandbox,
            container_status,
            list_containers,
            exec_sync,
            update_container_resources,
            container_stats,
            reopen_container_log,
        )
    )
    def who_asks_changes_nothing(self, after: "CriContainer") -> bool:
        """A question, or a command in the container, leaves its life as it is."""
        return after.container is self.container and after.sandbox is self.sandbox

    # what practice adds

    @always
    def what_has_exited_never_runs_again(self, after: "CriContainer") -> bool:
        """Another attempt does. The text does not say it; the kubelet relies on it."""
        return self.container is not Container.EXITED or after.container not in (
            Container.CREATED,
            Container.RUNNING,
        )

    @always
    def only_what_was_created_comes_to_run(self, after: "CriContainer") -> bool:
        """There is one way to run, and it is StartContainer."""
        return after.container is not Container.RUNNING or self.container in (
            Container.CREATED,
            Container.RUNNING,
        )

    @always(on=(create_container, create_in_second_sandbox))
    def a_create_never_touches_who_has_the_name(self, after: "CriContainer") -> bool:
        """Whether it is refused or answers with the holder."""
        return self.container not in LISTED or after.container is self.container

    @always(on=(reboot, runtime_is_killed))
    def what_was_created_outlives_the_runtime(self, after: "CriContainer") -> bool:
        """A created container is neither forgotten nor started by a restart."""
        return self.container is not Container.CREATED or after.container is Container.CREATED

    @recoverable
    def a_container_can_be_made_to_run(self) -> bool:
        """Whatever has happened, calls alone lead to a container that runs."""
        return self.container is Container.RUNNING

    # nothing above holds for want of examples

    @sometimes
    def every_state_of_a_container_is_reached(self, state: Container) -> bool:
        """Each state occurs."""
        return self.container is state

    @sometimes
    def every_state_of_a_sandbox_is_reached(self, state: Sandbox) -> bool:
        """Each state occurs."""
        return self.sandbox is state

    @sometimes
    def every_way_of_a_name_is_reached(self, name: Name) -> bool:
        """Each occurs."""
        return self.name is name

    @sometimes
    def every_end_is_told(self, exit: Exit) -> bool:  # noqa: A002
        """Each occurs."""
        return self.exit is exit

    @sometimes
    def everything_else_is_reached(self, other: Other) -> bool:
        """Each occurs."""
        return self.other is other

    @sometimes
    def a_container_outlives_its_sandbox(self) -> bool:
        """It runs, and its sandbox is not ready."""
        return self.container is Container.RUNNING and self.sandbox is Sandbox.NOT_READY

    @sometimes
    def what_is_created_may_never_run(self) -> bool:
        """A command that is not there, or a start that was cut short."""
        return self.container is Container.CREATED and not self.startable
