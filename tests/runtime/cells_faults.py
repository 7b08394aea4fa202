"""The cells of a runtime that is ended, and of calls that are given up: on a runtime of one's own.

Only what has a single answer. What a call leaves behind that is given up, or whose runtime is killed within
it, may be one of several things, and is looked for by trying often.
"""

from typing import Any

from fsm.kubelet import RpcError, StatusCode
from fsm.kubelet import messages as cri
from fsm.kubelet.messages import ContainerState

from .cells import Cell
from .cells_creation import taken
from .cells_lists import of
from .cells_running import CREATED, HEED, exited, not_startable, status
from .cells_sandboxes import TAKEN
from .cells_scene import Scene

__all__ = ["FAULTS"]

CREATE, START, STOP, STATUS = "CreateContainer", "StartContainer", "StopContainer", "ContainerStatus"
REMOVE, LIST, EXEC, SANDBOX = "RemoveContainer", "ListContainers", "ExecSync", "PodSandboxStatus"
UNKNOWN_STATE = "CONTAINER_UNKNOWN"


def in_half_a_second(scene: Scene, id_: Any) -> str:
    try:
        return scene.world.raw("StopContainer", deadline=0.5, container_id=id_, timeout=5)
    except RpcError as error:
        if error.code is StatusCode.DEADLINE_EXCEEDED:  # whose words come first is a race
            raise RpcError(error.code, "Deadline Exceeded") from None
        raise


def on_a_new_channel(scene: Scene, _: Any) -> Any:
    """Of a channel that was open the first words are others, and of the moment."""
    try:
        return scene.world.raw("ListContainers")
    except LookupError:  # no channel at all
        return scene.runtime.list_containers()


def given_up(scene: Scene) -> Scene:
    """A stop was given up before its grace was over."""
    scene.create().start()
    try:
        in_half_a_second(scene, scene.id)
    except RpcError:
        return scene
    raise AssertionError("the stop was to take longer")


def killed_between(scene: Scene, **changes: Any) -> Scene:
    """The runtime was killed between Create and Start, and started again."""
    return scene.create(**changes).after("restart")


def ended_meanwhile(scene: Scene) -> Scene:
    """A process ended while the runtime was down."""
    scene.create(command=("sh", "-c", "sleep 1; exit 3")).start()
    return scene.after("end_while_down", scene.id, 3)


def lost(scene: Scene) -> Scene:
    """After a restart the runtime cannot tell what state the container is in."""
    return scene.create().after("lose_container", scene.id)


def rebooted(scene: Scene) -> Scene:
    """After a reboot: the last container was created only, attempt 1 ran."""
    return scene.create(attempt=1).start().create().after("reboot")


def ran_before(scene: Scene) -> str:
    return scene.create().start().after("reboot").id


def without_shim(scene: Scene) -> Scene:
    return scene.create().start().after("kill_shim", scene.sandbox)


def only(scene: Scene, state: ContainerState) -> cri.ContainerFilter:
    return of(scene, state=state)


FAULTS = (
    Cell(
        STOP,
        "ignores SIGTERM, timeout 5, client deadline 0.5 s",
        lambda s: s.create().start().id,
        "DEADLINE_EXCEEDED",
        "Deadline Exceeded",
        ask=in_half_a_second,
        unmodelled=HEED,
    ),
    Cell(
        STATUS,
        "after a stop that was given up",
        lambda s: given_up(s).id,
        text=status("CONTAINER_RUNNING", started="set"),
        unmodelled=HEED,
    ),
    Cell(STOP, "retry after that, timeout 0", lambda s: (given_up(s).id, 0), unmodelled=HEED),
    Cell(
        LIST,
        "runtime down",
        lambda s: s.after("kill"),
        "UNAVAILABLE",
        "failed to connect to all addresses",
        ask=on_a_new_channel,
        private=True,
    ),
    Cell(
        STATUS,
        "CREATED, runtime killed and restarted",
        lambda s: killed_between(s).id,
        text=CREATED,
        private=True,
    ),
    Cell(
        CREATE,
        "same metadata+attempt, first is CREATED, runtime killed and restarted",
        lambda s: killed_between(s).request(),
        "UNKNOWN",
        taken("c"),
        private=True,
    ),
    Cell(START, "CREATED, runtime killed and restarted", lambda s: killed_between(s).id, private=True),
    Cell(
        STATUS,
        "RUNNING, runtime killed and restarted",
        lambda s: s.create().start().after("restart").id,
        text=status("CONTAINER_RUNNING", started="set"),
        private=True,
    ),
    Cell(
        SANDBOX,
        "READY, runtime killed and restarted",
        lambda s: s.after("restart").sandbox,
        text="SANDBOX_READY attempt=0",
        private=True,
    ),
    Cell(
        STATUS,
        "process exited 3 while the runtime was down",
        lambda s: ended_meanwhile(s).id,
        text=exited(3, "Error"),
        private=True,
    ),
    Cell(
        STATUS,
        "state lost in a restart",
        lambda s: lost(s).id,
        text=status(UNKNOWN_STATE, 255, "Unknown"),
        private=True,
    ),
    Cell(
        LIST,
        "filter by state UNKNOWN, state lost in a restart",
        lambda s: only(lost(s), ContainerState.CONTAINER_UNKNOWN),
        text=f"c 0 {UNKNOWN_STATE}",
        private=True,
    ),
    Cell(
        CREATE,
        "same metadata+attempt, first is UNKNOWN",
        lambda s: lost(s).request(),
        "UNKNOWN",
        taken("c"),
        private=True,
    ),
    Cell(START, "UNKNOWN", lambda s: lost(s).id, "UNKNOWN", not_startable("CONTAINER_UNKNOWN"), private=True),
    Cell(
        EXEC,
        "UNKNOWN",
        lambda s: (lost(s).id, ("true",), 0),
        "UNKNOWN",
        "failed to exec in container: container is in CONTAINER_UNKNOWN state",
        private=True,
    ),
    Cell(STOP, "UNKNOWN", lambda s: (lost(s).id, 0), private=True),
    Cell(
        STATUS,
        "UNKNOWN, after StopContainer",
        lambda s: lost(s).stop().id,
        text=exited(255, "Unknown", "0"),
        private=True,
    ),
    Cell(REMOVE, "UNKNOWN", lambda s: lost(s).id, private=True),
    Cell(REMOVE, "UNKNOWN, after StopContainer", lambda s: lost(s).stop().id, private=True),
    Cell(
        CREATE,
        "same metadata+attempt after Stop and Remove of an UNKNOWN one",
        lambda s: lost(s).stop().remove().request(),
        text="<C2>",
        private=True,
    ),
    Cell(STATUS, "CREATED, after a reboot", lambda s: rebooted(s).id, text=CREATED, private=True),
    Cell(STATUS, "RUNNING before a reboot", ran_before, text=exited(255, "Unknown"), private=True),
    Cell(
        SANDBOX,
        "READY before a reboot",
        lambda s: s.after("reboot").sandbox,
        text="SANDBOX_NOTREADY attempt=0",
        private=True,
    ),
    Cell(
        START,
        "CREATED, after a reboot",
        lambda s: rebooted(s).id,
        "UNKNOWN",
        'sandbox container "<S1>" is not running',
        private=True,
    ),
    Cell(
        CREATE,
        "in a sandbox from before a reboot",
        lambda s: s.after("reboot").request(),
        "NOT_FOUND",
        "failed to get sandbox container task: no running task found: task <S1> not found: not found",
        private=True,
    ),
    Cell(
        "RunPodSandbox",
        "same metadata+attempt, after a reboot",
        lambda s: s.after("reboot").sandbox_config(),
        "UNKNOWN",
        TAKEN,
        private=True,
    ),
    Cell(
        STATUS,
        "RUNNING, its shim is killed",
        lambda s: without_shim(s).id,
        text=exited(255, "Error"),
        private=True,
    ),
    Cell(
        STATUS,
        "CREATED, its shim is killed",
        lambda s: s.create().after("kill_shim", s.sandbox).id,
        text=CREATED,
        private=True,
    ),
    Cell(
        SANDBOX,
        "READY, its shim is killed",
        lambda s: without_shim(s).sandbox,
        text="SANDBOX_NOTREADY attempt=0",
        private=True,
    ),
    Cell(
        CREATE,
        "in a sandbox whose shim was killed",
        lambda s: without_shim(s).request(attempt=1),
        "NOT_FOUND",
        "failed to get sandbox container task: no running task found: not found",
        private=True,
    ),
    Cell(
        CREATE,
        "no sandbox_config (containerd panics and exits)",
        lambda s: (s.sandbox, s.config(), None),
        "UNAVAILABLE",
        "Stream removed",
        private=True,
    ),
    Cell(
        CREATE,
        "sandbox_config without metadata (containerd panics and exits)",
        lambda s: (s.sandbox, s.config(), s.sandbox_config(metadata=None)),
        "UNAVAILABLE",
        "Stream removed",
        private=True,
    ),
    Cell(
        STATUS,
        "RUNNING, after a panic and a restart",
        lambda s: (
            s.create()
            .start()
            .refused("create_container", s.sandbox, s.config(attempt=1), None)
            .after("start_after_panic")
            .id
        ),
        text=status("CONTAINER_RUNNING", started="set"),
        private=True,
    ),
    Cell(
        REMOVE,
        "RUNNING, its shim is killed",
        lambda s: without_shim(s).id,
        private=True,
    ),
)
