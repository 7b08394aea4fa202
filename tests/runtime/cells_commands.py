"""The cells of commands in containers, and of calls that are none of the port's."""

from fsm.kubelet import messages as cri

from .cells import Cell

__all__ = ["COMMANDS"]

EXEC, UPDATE = "ExecSync", "UpdateContainerResources"
REOPEN, STATS = "ReopenContainerLog", "ContainerStats"
RUNC = (
    'failed to exec in container: failed to start exec "<ID64>": OCI runtime exec failed: '
    "exec failed: unable to start container process: exec: "
)
SERVICE = "for service runtime.v1.RuntimeService"
GONE = 'an error occurred when try to find container "<C1>": not found'
EXIT_5 = ("sh", "-c", "exit 5")


def not_running(state: str) -> str:
    return f"failed to exec in container: container is in {state} state"


def resources(container_id: str) -> tuple[str, cri.LinuxContainerResources]:
    return container_id, cri.LinuxContainerResources()


COMMANDS = (
    Cell(
        EXEC,
        "container not running",
        lambda s: (s.create().id, ("true",), 0),
        "UNKNOWN",
        not_running("CONTAINER_CREATED"),
    ),
    Cell(
        EXEC,
        "EXITED",
        lambda s: (s.end(0).id, ("true",), 0),
        "UNKNOWN",
        not_running("CONTAINER_EXITED"),
    ),
    Cell(
        EXEC,
        "exit 0",
        lambda s: (s.create().start().id, ("true",), 0),
        text="exit_code=0 stdout=b'' stderr=b''",
    ),
    Cell(
        EXEC,
        "exit 5",
        lambda s: (s.create().start().id, EXIT_5, 0),
        text="exit_code=5 stdout=b'' stderr=b''",
    ),
    Cell(
        EXEC,
        "prints",
        lambda s: (s.create().start().id, ("sh", "-c", "echo out; echo err >&2"), 0),
        text="exit_code=0 stdout=b'out\\n' stderr=b'err\\n'",
        unmodelled="nothing runs that could print",
    ),
    Cell(
        EXEC,
        "timeout 1 on sleep 5",
        lambda s: (s.create().start().id, ("sleep", "5"), 1),
        "DEADLINE_EXCEEDED",
        "failed to exec in container: timeout 1s exceeded: context deadline exceeded",
    ),
    Cell(
        EXEC,
        "command not found",
        lambda s: (s.create().start().id, ("/nope",), 0),
        "UNKNOWN",
        RUNC + '"/nope": stat /nope: no such file or directory: unknown',
    ),
    Cell(
        EXEC,
        "command not executable",
        lambda s: (s.create().start().id, ("/etc/passwd",), 0),
        "UNKNOWN",
        RUNC + '"/etc/passwd": permission denied: unknown',
    ),
    Cell(
        EXEC,
        "removed",
        lambda s: (s.create().remove().id, ("true",), 0),
        "NOT_FOUND",
        'failed to exec in container: failed to find container "<C1>" in store: not found',
    ),
    Cell(
        EXEC,
        "empty id",
        lambda s: ("", ("true",), 0),
        "UNKNOWN",
        'failed to exec in container: failed to find container "" in store: Prefix can\'t be empty',
    ),
    Cell(
        EXEC,
        "empty command",
        lambda s: (s.create().start().id, (), 0),
        "UNKNOWN",
        'failed to exec in container: failed to start exec "<ID64>": OCI runtime exec failed: '
        "exec failed: args must not be empty: unknown",
    ),
    Cell(UPDATE, "CREATED", lambda s: resources(s.create().id)),
    Cell(UPDATE, "RUNNING", lambda s: resources(s.create().start().id)),
    Cell(UPDATE, "EXITED", lambda s: resources(s.end(0).id)),
    Cell(
        UPDATE,
        "removed",
        lambda s: resources(s.create().remove().id),
        "NOT_FOUND",
        "failed to find container: not found",
    ),
    Cell(
        UPDATE,
        "empty id",
        lambda s: resources(""),
        "UNKNOWN",
        "failed to find container: Prefix can't be empty",
    ),
    Cell(REOPEN, "RUNNING", lambda s: s.create().start().id),
    Cell(REOPEN, "CREATED", lambda s: s.create().id, "UNKNOWN", "container is not running"),
    Cell(REOPEN, "EXITED", lambda s: s.end(0).id, "UNKNOWN", "container is not running"),
    Cell(REOPEN, "removed", lambda s: s.create().remove().id, "NOT_FOUND", GONE),
    Cell(STATS, "RUNNING", lambda s: s.create().start().id, text="c 0 cpu=said memory=said"),
    Cell(STATS, "CREATED", lambda s: s.create().id, "UNKNOWN", "unexpected metrics response: []"),
    Cell(STATS, "EXITED", lambda s: s.end(0).id, "UNKNOWN", "unexpected metrics response: []"),
    Cell(
        STATS,
        "removed",
        lambda s: s.create().remove().id,
        "NOT_FOUND",
        "failed to find container: not found",
    ),
    Cell(
        STATS,
        "empty id",
        lambda s: "",
        "UNKNOWN",
        "failed to find container: Prefix can't be empty",
    ),
    Cell("Version", "any time", lambda s: {}, text="answered"),
    Cell("Status", "any time", lambda s: {}, text="answered"),
    Cell(
        "RuntimeConfig",
        "any time",
        lambda s: {},
        "UNIMPLEMENTED",
        f"unknown method RuntimeConfig {SERVICE}",
    ),
    Cell(
        "CheckpointContainer",
        "RUNNING",
        lambda s: {"container_id": s.create().start().id},
        "UNIMPLEMENTED",
        "method CheckpointContainer not implemented",
    ),
    Cell(
        "ListMetricDescriptors",
        "any time",
        lambda s: {},
        "UNIMPLEMENTED",
        f"unknown method ListMetricDescriptors {SERVICE}",
    ),
    Cell(
        "PodSandboxStats",
        "READY",
        lambda s: {"pod_sandbox_id": s.sandbox},
        "UNKNOWN",
        "failed getting metrics for sandbox <S1>: failed to get cgroup metrics for sandbox <S1> "
        "because cgroupPath is empty",
        unmodelled="nothing uses anything",
    ),
    Cell(
        "GetContainerEvents",
        "stream",
        lambda s: {},
        "UNIMPLEMENTED",
        "method GetContainerEvents not implemented",
    ),
)
