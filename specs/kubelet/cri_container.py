"""A container's own life in a runtime, with its sandbox, under every CRI call that touches them.

The CRI's messages name four states of a container and two of a sandbox and define no transition between them.
What the calls do to them is said by comments in `pkg/apis/runtime/v1/api.proto` (cri-api v0.36.1), as far as
it is said at all. Here both stand together: the relation that the text promises, wide open where it is
silent (`cri_container_life`), and, below, what it promises of every state and of every call.

What is modelled: one container of one name and attempt in one sandbox; beside them, one at a time, the next
attempt, or a second sandbox of the same pod and the same name in it. What is not: calls that overlap (see
`cri_container_races`), images but for one that is missing, networks, grace periods, and faults while there is
more than one of anything.

    fsm check specs/kubelet/cri_container.py
    cd specs/kubelet; fsm diff "cri_container_profiles.py::profile('containerd 1.6')" cri_container.py
"""

from fsm import always, recoverable, sometimes, spec

from .cri_container_life import ContainerLife
from .cri_container_words import LISTED, PRESENT, Container, Exit, Name, Other, Sandbox


@spec
class CriContainer(ContainerLife):
    """A container and its sandbox in any runtime that keeps what the CRI's text promises."""

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

    @always(on=ContainerLife.run_pod_sandbox)
    def a_new_sandbox_is_ready(self, after: "CriContainer") -> bool:
        """RunPodSandbox succeeds with a sandbox that is ready."""
        return after.sandbox in (self.sandbox, Sandbox.READY)

    @always(on=(ContainerLife.stop_container, ContainerLife.stop_pod_sandbox))
    def nothing_runs_after_a_stop(self, after: "CriContainer") -> bool:
        """A stop that succeeds has ended what ran, by force if need be."""
        return after.container is not Container.RUNNING

    @always(on=ContainerLife.remove_container)
    def nothing_is_left_after_a_remove(self, after: "CriContainer") -> bool:
        """RemoveContainer removes what runs too."""
        return after.container in (Container.ABSENT, Container.REMOVED)

    @always(on=ContainerLife.remove_pod_sandbox)
    def nothing_is_left_after_a_remove_of_the_sandbox(self, after: "CriContainer") -> bool:
        """RemovePodSandbox removes the containers in it."""
        return after.sandbox not in PRESENT and after.container not in LISTED

    @always(
        on=(
            ContainerLife.pod_sandbox_status,
            ContainerLife.list_pod_sandbox,
            ContainerLife.container_status,
            ContainerLife.list_containers,
            ContainerLife.exec_sync,
            ContainerLife.update_container_resources,
            ContainerLife.container_stats,
            ContainerLife.reopen_container_log,
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

    @always(on=(ContainerLife.create_container, ContainerLife.create_in_second_sandbox))
    def a_create_never_touches_who_has_the_name(self, after: "CriContainer") -> bool:
        """Whether it is refused or answers with the holder."""
        return self.container not in LISTED or after.container is self.container

    @always(on=(ContainerLife.reboot, ContainerLife.runtime_is_killed))
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
