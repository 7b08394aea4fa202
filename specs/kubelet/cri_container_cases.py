"""What a call to a container runtime may meet: cases, told apart.

Theory. What a runtime may answer depends on the call and on a part of the state, not on all of it. A *case*
is such a part, said in words: "StartContainer: it runs". Each call has a function here from the state to its
case, or to nothing where the call is not made. `cri_container_rules` says of each case what may be answered
and who says so; the spec asks for the case, and so do the matrix and its page.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from .cri_container_words import (
    Container,
    Name,
    Other,
    Sandbox,
    is_alone,
    is_listed,
    is_present,
)


class Case(Enum):
    """A call and what it meets."""

    RUN = "RunPodSandbox: there is none"
    RUN_AFTER_REMOVAL = "RunPodSandbox: one of the same metadata was removed"
    RUN_AGAIN = "RunPodSandbox: one of the same metadata is there"
    RUN_NEXT = "RunPodSandbox: the next attempt, while the first is there"
    RUN_WITHOUT_CONFIG = "RunPodSandbox: no config"
    RUN_UNKNOWN_HANDLER = "RunPodSandbox: a runtime handler that is not configured"
    STOP_SANDBOX = "StopPodSandbox: it is ready, and nothing runs in it"
    STOP_SANDBOX_AGAIN = "StopPodSandbox: it is not ready, and nothing runs in it"
    STOP_SANDBOX_RUNNING = "StopPodSandbox: a container runs in it"
    STOP_SANDBOX_UNKNOWN = "StopPodSandbox: nobody knows whether its container runs"
    STOP_ABSENT_SANDBOX = "StopPodSandbox: it is not there"
    REMOVE_SANDBOX = "RemovePodSandbox: it is there"
    REMOVE_ABSENT_SANDBOX = "RemovePodSandbox: it is not there"
    SANDBOX_STATUS = "PodSandboxStatus: it is there"
    ABSENT_SANDBOX_STATUS = "PodSandboxStatus: it is not there"
    LIST_SANDBOXES = "ListPodSandbox"
    CREATE = "CreateContainer: the name is free"
    CREATE_AFTER_FAILURE = "CreateContainer: the last create with this name failed"
    CREATE_AFTER_REMOVAL = "CreateContainer: the one that had the name was removed"
    CREATE_STUCK = "CreateContainer: something was left behind by a create that was cut short"
    CREATE_AGAIN = "CreateContainer: the name is held, and the holder does not run"
    CREATE_AGAIN_RUNNING = "CreateContainer: the name is held, and the holder runs"
    CREATE_NOT_READY = "CreateContainer: the sandbox is not ready"
    CREATE_AGAIN_NOT_READY = "CreateContainer: the sandbox is not ready, and the name is held"
    CREATE_NO_SANDBOX = "CreateContainer: the sandbox is not there"
    CREATE_NEXT = "CreateContainer: the next attempt, while the first is there"
    CREATE_IN_SECOND = "CreateContainer: in a second sandbox, and nobody has the name"
    CREATE_TWIN = "CreateContainer: in a second sandbox, while the first one's container has the name"
    CREATE_MISSING_IMAGE = "CreateContainer: an image that is not present"
    CREATE_WITHOUT_METADATA = "CreateContainer: no metadata in the config"
    CREATE_WITHOUT_SANDBOX_CONFIG = "CreateContainer: no sandbox_config"
    START = "StartContainer: it was created"
    START_IMPOSSIBLE = "StartContainer: it was created, and cannot run"
    START_NOT_READY = "StartContainer: it was created, and its sandbox is not ready"
    START_RUNNING = "StartContainer: it runs"
    START_EXITED = "StartContainer: it has exited"
    START_UNKNOWN = "StartContainer: its state is unknown"
    START_ABSENT = "StartContainer: it is not there"
    STOP_RUNNING = "StopContainer: it runs"
    STOP_EXITED = "StopContainer: it has exited"
    STOP_CREATED = "StopContainer: it was created and never started"
    STOP_UNKNOWN = "StopContainer: its state is unknown"
    STOP_ABSENT = "StopContainer: it is not there"
    REMOVE = "RemoveContainer: it does not run"
    REMOVE_RUNNING = "RemoveContainer: it runs"
    REMOVE_ABSENT = "RemoveContainer: it is not there"
    STATUS = "ContainerStatus: it is there"
    STATUS_ABSENT = "ContainerStatus: it is not there"
    LIST = "ListContainers"
    EXEC_RUNNING = "ExecSync: it runs"
    EXEC_IDLE = "ExecSync: it does not run"
    EXEC_ABSENT = "ExecSync: it is not there"
    UPDATE_RUNNING = "UpdateContainerResources: it runs"
    UPDATE_CREATED = "UpdateContainerResources: it was created"
    UPDATE_ENDED = "UpdateContainerResources: it has exited, or is unknown"
    UPDATE_ABSENT = "UpdateContainerResources: it is not there"
    STATS_RUNNING = "ContainerStats: it runs"
    STATS_IDLE = "ContainerStats: it does not run"
    STATS_ABSENT = "ContainerStats: it is not there"
    REOPEN_RUNNING = "ReopenContainerLog: it runs"
    REOPEN_IDLE = "ReopenContainerLog: it does not run"
    REOPEN_ABSENT = "ReopenContainerLog: it is not there"
    EXIT_UNSEEN = "ContainerStatus: it ended while the runtime was down"

    @property
    def rpc(self) -> str:
        """The call's name in the CRI."""
        return self.value.partition(":")[0]

    @property
    def meets(self) -> str:
        """What the call meets, in words."""
        return self.value.partition(": ")[2]


def running_sandbox(at: Any) -> Case | None:
    """RunPodSandbox with the metadata of the first one."""
    match at.sandbox:
        case Sandbox.ABSENT:
            return Case.RUN
        case Sandbox.REMOVED:
            return Case.RUN_AFTER_REMOVAL
    return Case.RUN_AGAIN


def running_next_sandbox(at: Any) -> Case | None:
    """RunPodSandbox with the next attempt."""
    return Case.RUN_NEXT if is_present(at) and is_alone(at) and at.name is not Name.STUCK else None


def stopping_sandbox(at: Any) -> Case | None:
    """StopPodSandbox."""
    if not is_present(at):
        return Case.STOP_ABSENT_SANDBOX
    match at.container:
        case Container.RUNNING:
            return Case.STOP_SANDBOX_RUNNING
        case Container.UNKNOWN:
            return Case.STOP_SANDBOX_UNKNOWN
    return Case.STOP_SANDBOX if at.sandbox is Sandbox.READY else Case.STOP_SANDBOX_AGAIN


def creating(at: Any) -> Case | None:
    """CreateContainer with one name and attempt, in the first sandbox."""
    if at.other is Other.TWIN:  # beyond this spec: the name would be asked for a third time
        return None
    if not is_present(at):
        return Case.CREATE_NO_SANDBOX
    if at.sandbox is Sandbox.NOT_READY:
        return Case.CREATE_AGAIN_NOT_READY if is_listed(at) else Case.CREATE_NOT_READY
    match at.name:
        case Name.STUCK:
            return Case.CREATE_STUCK
        case Name.TRIED:
            return Case.CREATE_AFTER_FAILURE
        case Name.HELD:
            return Case.CREATE_AGAIN_RUNNING if at.container is Container.RUNNING else Case.CREATE_AGAIN
    return Case.CREATE if at.container is Container.ABSENT else Case.CREATE_AFTER_REMOVAL


def creating_next(at: Any) -> Case | None:
    """CreateContainer with the next attempt."""
    return Case.CREATE_NEXT if at.sandbox is Sandbox.READY and is_listed(at) and is_alone(at) else None


def creating_in_second(at: Any) -> Case | None:
    """CreateContainer with the same name and attempt, in the second sandbox."""
    if at.other is not Other.SECOND or at.name is Name.STUCK:
        return None
    return Case.CREATE_TWIN if is_listed(at) else Case.CREATE_IN_SECOND


def creating_wrongly(case: Case) -> Callable[[Any], Case | None]:
    """A create that lacks something, where nothing else is in its way."""

    def asked(at: Any) -> Case | None:
        there = at.sandbox is Sandbox.READY and not is_listed(at) and is_alone(at)
        return case if there and at.name in (Name.FREE, Name.TRIED) else None

    return asked


def starting(at: Any) -> Case | None:
    """StartContainer."""
    match at.container:
        case Container.CREATED if at.sandbox is not Sandbox.READY:
            return Case.START_NOT_READY
        case Container.CREATED:
            return Case.START if at.startable else Case.START_IMPOSSIBLE
        case Container.RUNNING:
            return Case.START_RUNNING
        case Container.EXITED:
            return Case.START_EXITED
        case Container.UNKNOWN:
            return Case.START_UNKNOWN
    return Case.START_ABSENT


def stopping(at: Any) -> Case | None:
    """StopContainer."""
    match at.container:
        case Container.CREATED:
            return Case.STOP_CREATED
        case Container.RUNNING:
            return Case.STOP_RUNNING
        case Container.EXITED:
            return Case.STOP_EXITED
        case Container.UNKNOWN:
            return Case.STOP_UNKNOWN
    return Case.STOP_ABSENT


def removing(at: Any) -> Case | None:
    """RemoveContainer."""
    if not is_listed(at):
        return Case.REMOVE_ABSENT
    return Case.REMOVE_RUNNING if at.container is Container.RUNNING else Case.REMOVE


def updating(at: Any) -> Case | None:
    """UpdateContainerResources."""
    match at.container:
        case Container.RUNNING:
            return Case.UPDATE_RUNNING
        case Container.CREATED:
            return Case.UPDATE_CREATED
    return Case.UPDATE_ENDED if is_listed(at) else Case.UPDATE_ABSENT


def by_life(running: Case, idle: Case, absent: Case) -> Callable[[Any], Case | None]:
    """A call for which it matters whether the container runs, is there, or neither."""

    def asked(at: Any) -> Case | None:
        if at.container is Container.RUNNING:
            return running
        return idle if is_listed(at) else absent

    return asked


def by_sandbox(present: Case, absent: Case) -> Callable[[Any], Case | None]:
    """A call for which it matters whether the sandbox is there."""
    return lambda at: present if is_present(at) else absent


CASES: Mapping[str, Callable[[Any], Case | None]] = MappingProxyType(
    {
        "run_pod_sandbox": running_sandbox,
        "run_next_pod_sandbox": running_next_sandbox,
        "run_pod_sandbox_without_config": lambda at: Case.RUN_WITHOUT_CONFIG if is_alone(at) else None,
        "run_pod_sandbox_with_unknown_handler": lambda at: (
            Case.RUN_UNKNOWN_HANDLER if at.sandbox in (Sandbox.ABSENT, Sandbox.REMOVED) else None
        ),
        "stop_pod_sandbox": stopping_sandbox,
        "remove_pod_sandbox": by_sandbox(Case.REMOVE_SANDBOX, Case.REMOVE_ABSENT_SANDBOX),
        "pod_sandbox_status": by_sandbox(Case.SANDBOX_STATUS, Case.ABSENT_SANDBOX_STATUS),
        "list_pod_sandbox": lambda _: Case.LIST_SANDBOXES,
        "create_container": creating,
        "create_next_attempt": creating_next,
        "create_in_second_sandbox": creating_in_second,
        "create_with_missing_image": creating_wrongly(Case.CREATE_MISSING_IMAGE),
        "create_without_metadata": creating_wrongly(Case.CREATE_WITHOUT_METADATA),
        "create_without_sandbox_config": creating_wrongly(Case.CREATE_WITHOUT_SANDBOX_CONFIG),
        "start_container": starting,
        "stop_container": stopping,
        "remove_container": removing,
        "container_status": by_life(Case.STATUS, Case.STATUS, Case.STATUS_ABSENT),
        "list_containers": lambda _: Case.LIST,
        "exec_sync": by_life(Case.EXEC_RUNNING, Case.EXEC_IDLE, Case.EXEC_ABSENT),
        "update_container_resources": updating,
        "container_stats": by_life(Case.STATS_RUNNING, Case.STATS_IDLE, Case.STATS_ABSENT),
        "reopen_container_log": by_life(Case.REOPEN_RUNNING, Case.REOPEN_IDLE, Case.REOPEN_ABSENT),
    }
)
"""The calls, by the spec's actions, and the case that each meets in a state."""


WORLD_CASES: Mapping[str, Callable[[Any], Case | None]] = MappingProxyType(
    {
        "process_exits_unseen": lambda at: (
            Case.EXIT_UNSEEN if at.container is Container.RUNNING and is_alone(at) else None
        ),
    }
)
"""What the world does that a runtime then tells one way or the other, likewise."""


def case_of(call: str, at: Any) -> Case | None:
    """What a call meets.

    Args:
        call: an action of the spec, of `CASES` or of `WORLD_CASES`.
        at: a state.

    Returns:
        The case, or nothing where the call is not made.
    """
    return (CASES.get(call) or WORLD_CASES[call])(at)
