"""The cells of containers that start, run, stop and are removed."""

import time
from typing import Any

from fsm.kubelet import messages as cri

from .cells import Cell
from .cells_creation import NOPE, UNEXECUTABLE, UNWRITABLE, counted, targeting
from .cells_scene import ABSENT, Scene
from .cells_show import show_all

__all__ = ["RUNNING"]

RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: exec: "
)
NOT_FOUND = RUNC + '"/no/such/binary": stat /no/such/binary: no such file or directory: unknown'
DENIED = RUNC + '"/etc/passwd": permission denied: unknown'
NO_LOG = (
    "failed to create containerd task: failed to create container loggers: "
    "failed to create and open log file: mkdir /proc/nope: no such file or directory"
)
HEED = "no process heeds or ignores a signal"
SANDBOX_DOWN = 'sandbox container "<S1>" is not running'
GONE = 'an error occurred when try to find container "{}": not found'
NO_PREFIX = 'an error occurred when try to find container "": Prefix can\'t be empty'


def not_startable(state: str) -> str:
    return f'failed to set starting state for container "<C1>": container is in {state} state'


def status(state: str, code: int = 0, reason: str = "", started: str = "0", message: str = "") -> str:
    """A container's status; one that has exited has an end."""
    finished = "set" if state == "CONTAINER_EXITED" else "0"
    return (
        f"{state} exit_code={code} reason={reason!r} started_at={started} "
        f"finished_at={finished} message={message!r}"
    )


def exited(code: int, reason: str, started: str = "set", message: str = "") -> str:
    return status("CONTAINER_EXITED", code, reason, started, message)


def whole_status(scene: Scene, id_: Any) -> str:
    return show_all(scene.runtime.container_status(id_))


def image_of(scene: Scene, id_: Any) -> str:
    found = scene.runtime.container_status(id_)
    return f"image={found.image.image} image_ref={found.image_ref}"


def log_path_of(scene: Scene, id_: Any) -> str:
    return scene.runtime.container_status(id_).log_path


def heeding(scene: Scene) -> Scene:
    """A container that ends at SIGTERM, which the first process of a container ignores if it says nothing."""
    command = "trap 'exit 0' TERM; : > /heeds; while :; do sleep 0.05; done"
    scene.create(command=("sh", "-c", command)).start()
    while scene.runtime.exec_sync(scene.id, ("sh", "-c", "test -e /heeds"), 10).exit_code:
        time.sleep(0.05)
    return scene


def ten_at_once(scene: Scene, id_: Any) -> str:
    def start() -> str:
        scene.runtime.start_container(id_)
        return ""

    return counted(scene, list(scene.world.at_once([start] * 10)))


CREATED = status("CONTAINER_CREATED")
WHOLE = (
    f"{CREATED} created_at=set name='c' attempt=7 image=<IMAGE> image_ref=<IMAGE ID> "
    "log_path=<DIR>/<POD>/c_7.log labels={'l': '1'} annotations={'a': '2'} "
    "mounts=[('/x', '/tmp', True)]"
)
START, STOP, REMOVE, STATUS = "StartContainer", "StopContainer", "RemoveContainer", "ContainerStatus"

RUNNING = (
    Cell(START, "command not found", lambda s: s.create(command=NOPE).id, "UNKNOWN", NOT_FOUND),
    Cell(
        STATUS,
        "after failed start: command not found",
        lambda s: s.create(command=NOPE).fail_to_start().id,
        text=exited(128, "StartError", "0", NOT_FOUND),
    ),
    Cell(
        START,
        "again after failed start: command not found",
        lambda s: s.create(command=NOPE).fail_to_start().id,
        "UNKNOWN",
        not_startable("CONTAINER_EXITED"),
    ),
    Cell(
        REMOVE, "after failed start: command not found", lambda s: s.create(command=NOPE).fail_to_start().id
    ),
    Cell(START, "command not executable", lambda s: s.create(command=UNEXECUTABLE).id, "UNKNOWN", DENIED),
    Cell(
        STATUS,
        "after failed start: command not executable",
        lambda s: s.create(command=UNEXECUTABLE).fail_to_start().id,
        text=exited(128, "StartError", "0", DENIED),
    ),
    Cell(
        START,
        "again after failed start: command not executable",
        lambda s: s.create(command=UNEXECUTABLE).fail_to_start().id,
        "UNKNOWN",
        not_startable("CONTAINER_EXITED"),
    ),
    Cell(
        REMOVE,
        "after failed start: command not executable",
        lambda s: s.create(command=UNEXECUTABLE).fail_to_start().id,
    ),
    Cell(START, "log_path unwritable", lambda s: s.create(log_path=UNWRITABLE).id, "UNKNOWN", NO_LOG),
    Cell(
        STATUS,
        "log_path unwritable",
        lambda s: s.create(log_path=UNWRITABLE).fail_to_start().id,
        text=exited(128, "StartError", "0", NO_LOG),
    ),
    Cell(STATUS, "CREATED", lambda s: s.create().id, text=CREATED),
    Cell(
        STATUS,
        "annotations, labels, metadata.attempt, image, log_path, mounts round trip",
        lambda s: (
            s.create(
                attempt=7, labels={"l": "1"}, annotations={"a": "2"}, mounts=(cri.Mount("/x", "/tmp", True),)
            ).id
        ),
        text=WHOLE,
        ask=whole_status,
    ),
    Cell(
        STATUS,
        "CREATED by image id",
        lambda s: s.create(image=cri.ImageSpec(s.image_id)).id,
        text="image=<IMAGE> image_ref=<IMAGE ID>",
        ask=image_of,
    ),
    Cell(STATUS, "CREATED without log_path", lambda s: s.create(log_path="").id, ask=log_path_of),
    Cell(
        STATUS,
        "CREATED in a sandbox without log directory, but sandbox_config has one",
        lambda s: s.run(1, log_directory="").create().id,
        text="<DIR>/<POD>/c_0.log",
        ask=log_path_of,
    ),
    Cell(
        STATUS,
        "CREATED, sandbox_config without log directory",
        lambda s: s.made(s.sandbox, s.config(), s.sandbox_config(log_directory="")).id,
        ask=log_path_of,
    ),
    Cell(
        STATUS,
        "CREATED with an absolute log_path",
        lambda s: s.create(log_path="/x/c.log").id,
        text="<DIR>/<POD>/x/c.log",
        ask=log_path_of,
    ),
    Cell(START, "CREATED", lambda s: s.create().id),
    Cell(STATUS, "RUNNING", lambda s: s.create().start().id, text=status("CONTAINER_RUNNING", started="set")),
    Cell(
        START,
        "already RUNNING",
        lambda s: s.create().start().id,
        "UNKNOWN",
        not_startable("CONTAINER_RUNNING"),
    ),
    Cell(STOP, "RUNNING, timeout 0 (SIGKILL)", lambda s: (s.create().start().id, 0)),
    Cell(
        STATUS,
        "after stop with timeout 0",
        lambda s: s.create().start().stop().id,
        text=exited(137, "Error"),
    ),
    Cell(
        START,
        "EXITED",
        lambda s: s.create().start().stop().id,
        "UNKNOWN",
        not_startable("CONTAINER_EXITED"),
    ),
    Cell(STOP, "EXITED (second stop)", lambda s: (s.create().start().stop().id, 0)),
    Cell(REMOVE, "EXITED", lambda s: s.create().start().stop().id),
    Cell(REMOVE, "already removed", lambda s: s.create().remove().id),
    Cell(START, "removed", lambda s: s.create().remove().id, "NOT_FOUND", GONE.format("<C1>")),
    Cell(STOP, "removed", lambda s: (s.create().remove().id, 0), "NOT_FOUND", GONE.format("<C1>")),
    Cell(STATUS, "removed", lambda s: s.create().remove().id, "NOT_FOUND", GONE.format("<C1>")),
    Cell(START, "empty id", lambda s: "", "UNKNOWN", NO_PREFIX),
    Cell(STOP, "unknown id", lambda s: (ABSENT, 0), "NOT_FOUND", GONE.format("<ID64>")),
    Cell(REMOVE, "unknown id", lambda s: ABSENT),
    Cell(REMOVE, "empty id", lambda s: "", "UNKNOWN", NO_PREFIX),
    Cell(STOP, "CREATED (never started)", lambda s: (s.create().id, 0)),
    Cell(STATUS, "CREATED, after StopContainer", lambda s: s.create().stop().id, text=CREATED),
    Cell(START, "CREATED, after StopContainer", lambda s: s.create().stop().id),
    Cell(REMOVE, "RUNNING", lambda s: s.create().start().id),
    Cell(
        STATUS,
        "after remove of RUNNING",
        lambda s: s.create().start().remove().id,
        "NOT_FOUND",
        GONE.format("<C1>"),
    ),
    Cell(
        STOP,
        "RUNNING, ignores SIGTERM, timeout 1",
        lambda s: (s.create().start().id, 1),
    ),
    Cell(
        STATUS,
        "RUNNING, ignores SIGTERM, after stop with timeout 1",
        lambda s: s.create().start().stop(1).id,
        text=exited(137, "Error"),
    ),
    Cell(
        STATUS,
        "RUNNING, heeds SIGTERM, after stop with timeout 10",
        lambda s: heeding(s).stop(10).id,
        text=exited(0, "Completed"),
        unmodelled=HEED,
    ),
    Cell(STATUS, "process exited 0", lambda s: s.end(0).id, text=exited(0, "Completed")),
    Cell(STATUS, "process exited 3", lambda s: s.end(3).id, text=exited(3, "Error")),
    Cell(
        STATUS,
        "process ended by kill -9",
        lambda s: s.create().start().after("kill_process", s.id).id,
        text=exited(137, "Error"),
        private=True,
    ),
    Cell(
        START,
        "10 concurrent",
        lambda s: s.create().id,
        text='1 OK, 9 UNKNOWN failed to set starting state for container "<C1>": '
        "container is already in starting state",
        ask=ten_at_once,
        unmodelled="one call at a time",
    ),
    Cell(
        START,
        "pid namespace of a container that has ended since",
        lambda s: s.create().start().create(attempt=1, linux=targeting(s.id)).stop_first().id,
        "UNKNOWN",
        'invalid target container: container "<C1>" is not running - in state CONTAINER_EXITED',
    ),
    Cell(
        STATUS, "CREATED container after StopPodSandbox", lambda s: s.create().stop_sandbox().id, text=CREATED
    ),
    Cell(
        STATUS,
        "RUNNING container after StopPodSandbox",
        lambda s: s.create().start().stop_sandbox().id,
        text=exited(137, "Error"),
    ),
    Cell(
        START,
        "CREATED container whose sandbox was stopped",
        lambda s: s.create().stop_sandbox().id,
        "UNKNOWN",
        SANDBOX_DOWN,
    ),
    Cell(
        STATUS,
        "CREATED container whose sandbox was stopped, after a failed start",
        lambda s: s.create().stop_sandbox().fail_to_start().id,
        text=exited(128, "StartError", "0", SANDBOX_DOWN),
    ),
    Cell(
        STATUS,
        "container of removed sandbox",
        lambda s: s.create().remove_sandbox().id,
        "NOT_FOUND",
        GONE.format("<C1>"),
    ),
)
