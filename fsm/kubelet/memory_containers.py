"""Containers in memory: the part of the runtime that keeps them.

Codes and messages: containerd 1.6.20, measured.
"""

from contextlib import suppress
from dataclasses import replace
from posixpath import dirname

from . import messages as cri
from .clock import Clock
from .container_record import ContainerRecord, log_path
from .errors import RpcError, StatusCode
from .identifiers import IdSource, NameRegistry, container_name, find_by_prefix
from .memory_images import MemoryImages
from .memory_logs import ContainerLogs
from .memory_programs import Program, Programs, RunningPrograms
from .memory_sandboxes import Sandbox, Sandboxes
from .messages import ContainerState
from .surroundings import Surroundings

__all__ = ["Containers", "PanicError"]


LOGGERS = "failed to create containerd task: failed to create container loggers"
OPEN_LOG = "failed to create and open log file"


class PanicError(Exception):
    """The runtime has met a nil pointer and is gone."""


class Containers:
    """All containers, in the order of their creation."""

    def __init__(
        self,
        sandboxes: Sandboxes,
        images: MemoryImages,
        ids: IdSource,
        clock: Clock,
        surroundings: Surroundings,
        logs: ContainerLogs,
        programs: Programs,
    ) -> None:
        self._sandboxes = sandboxes
        self._images = images
        self._ids = ids
        self._clock = clock
        self._surroundings = surroundings
        self._logs = logs
        self._programs = programs
        self.running = RunningPrograms()
        self._planned_failure: tuple[str, bool] | None = None
        self._names = NameRegistry("container")
        self._containers: dict[str, ContainerRecord] = {}

    def create(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        """Make a container; whatever fails after the name is reserved releases it.

        The checks come in containerd's order, and `created_at` is taken when all is done, so
        two overlapping creates may be seen in an order other than that of their calls. Raises
        `PanicError` without metadata in `sandbox_config`: that, and not how the sandbox was made, says the
        name, the log directory, and whether a privileged container is allowed.
        """
        sandbox = self._sandbox_to_create_in(pod_sandbox_id)
        if config is None or config.metadata is None:
            raise RpcError(StatusCode.UNKNOWN, "container config must include metadata")
        if sandbox_config is None or sandbox_config.metadata is None:
            raise PanicError
        id_ = self._ids.next()
        self._names.reserve(container_name(config.metadata, sandbox_config.metadata), id_)
        try:
            image = self._image(config.image.image)
            self._check_spec(id_, config, sandbox, sandbox_config)
        except RpcError:
            self._names.release(id_)
            raise
        self._containers[id_] = ContainerRecord(
            id=id_,
            sandbox=sandbox,
            metadata=config.metadata,
            config=replace(config, labels=dict(config.labels), annotations=dict(config.annotations)),
            image=image,
            log_path=log_path(sandbox_config, config),
            created_at=self._clock(),
        )
        return id_

    def start(self, container_id: str) -> None:
        """Start a created container; one that fails to start has exited with code 128."""
        container = self.find(container_id)
        if container.state is not ContainerState.CONTAINER_CREATED:
            raise RpcError(
                StatusCode.UNKNOWN,
                f'failed to set starting state for container "{container_id}": '
                f"container is in {container.state.name} state",
            )
        failure, removes = self._planned_failure or (self._start_failure(container), False)
        self._planned_failure = None
        if failure is not None:
            container.exit(128, "StartError", self._clock(), failure)
            if removes:
                self.forget(container)
            raise RpcError(StatusCode.UNKNOWN, failure)
        container.run(self._clock())
        program = self._programs(container.command)
        if program is not None:
            self.running.begin(container, program)
            with suppress(OSError):  # a full disk ends no container
                if container.log_path:
                    self._logs.append(container.log_path, program.output, container.started_at)

    def fail_next_start(self, message: str, removes: bool) -> None:
        """The next start fails with `message`; the container is removed with it if `removes`."""
        self._planned_failure = (message, removes)

    def stop(self, container_id: str) -> None:
        """Kill a running container. One that is CREATED stays so and can still be started.

        No process heeds SIGTERM here, so the grace period changes nothing.
        """
        self.end(self.find(container_id))

    def end(self, container: ContainerRecord) -> None:
        """End what runs: exit code 137. What is UNKNOWN gets 255."""
        if container.state is ContainerState.CONTAINER_RUNNING:
            container.exit(137, "Error", self._clock())
            self.running.forget(container)
        elif container.state is ContainerState.CONTAINER_UNKNOWN:
            container.exit(255, "Unknown", self._clock())

    def remove(self, container_id: str) -> None:
        """Remove the container, running or not, and release its name; absent is fine."""
        try:
            container = self.find(container_id)
        except RpcError as error:
            if error.code is StatusCode.NOT_FOUND:
                return
            raise
        self.forget(container)

    def find(
        self, container_id: str, context: str = 'an error occurred when try to find container "{}"'
    ) -> ContainerRecord:
        """The container of that id or prefix; `context` is what an error says first, of the id."""
        try:
            return find_by_prefix(self._containers, container_id)
        except RpcError as error:
            raise error.within(context.format(container_id)) from None

    def list(self, filter_: cri.ContainerFilter) -> tuple[cri.Container, ...]:
        """The containers that match; a filter by an unknown id matches none."""
        return tuple(
            container.listed()
            for container in self._containers.values()
            if container.id.startswith(filter_.id)
            and container.sandbox.id.startswith(filter_.pod_sandbox_id)
            and filter_.state in (None, container.state)
            and filter_.label_selector.items() <= container.config.labels.items()
        )

    def inside(self, sandbox: Sandbox) -> tuple[ContainerRecord, ...]:
        """The containers of one sandbox."""
        return tuple(each for each in self._containers.values() if each.sandbox is sandbox)

    def forget(self, container: ContainerRecord) -> None:
        """Remove the container and release its name."""
        del self._containers[container.id]
        self.running.forget(container)
        self._names.release(container.id)

    def exec_sync(self, container_id: str, cmd: tuple[str, ...], timeout: int) -> cri.ExecSyncResponse:
        """Run a command; the surroundings say how it ends."""
        container = self.find(
            container_id, 'failed to exec in container: failed to find container "{}" in store'
        )
        if container.state is not ContainerState.CONTAINER_RUNNING:
            raise RpcError(
                StatusCode.UNKNOWN,
                f"failed to exec in container: container is in {container.state.name} state",
            )
        failure = self._surroundings.execution_error(cmd)
        if failure is not None:
            failure = f"unable to start container process: {failure}"
        if not cmd:
            failure = "args must not be empty: unknown"
        if failure is not None:
            raise RpcError(
                StatusCode.UNKNOWN,
                "failed to exec in container: failed to start exec "
                f'"{self._ids.next()}": OCI runtime exec failed: exec failed: {failure}',
            )
        if cmd and cmd[0] in self._surroundings.endless:
            # Without a timeout a real call would hang; the double answers as at a deadline.
            raise _timed_out(timeout)
        program = self._programs(cmd) or Program(exit_code=self._surroundings.exit_codes.get(cmd, 0))
        if 0 < timeout < program.seconds:
            raise _timed_out(timeout)
        return cri.ExecSyncResponse(program.output, b"", program.exit_code)

    def reopen_log(self, container_id: str) -> None:
        """Make the log file anew, where it was moved away; only of what runs."""
        container = self.find(container_id)
        if container.state is not ContainerState.CONTAINER_RUNNING:
            raise RpcError(StatusCode.UNKNOWN, "container is not running")
        failure = self._log_failure(container)
        if failure is not None:
            raise RpcError(StatusCode.UNKNOWN, failure)

    def _sandbox_to_create_in(self, pod_sandbox_id: str) -> Sandbox:
        try:
            sandbox = self._sandboxes.find(pod_sandbox_id)
        except RpcError as error:
            raise error.within(f'failed to find sandbox id "{pod_sandbox_id}"') from None
        if not sandbox.ready:
            raise RpcError(
                StatusCode.NOT_FOUND,
                "failed to get sandbox container task: no running task found: "
                + (f"task {sandbox.id} not found: not found" if sandbox.shim else "not found"),
            )
        return sandbox

    def _image(self, reference: str) -> cri.Image:
        try:
            return self._images.resolve(reference)
        except RpcError as error:
            raise error.within(f'failed to resolve image "{reference}"') from None

    def _check_spec(
        self, id_: str, config: cri.ContainerConfig, sandbox: Sandbox, sandbox_config: cri.PodSandboxConfig
    ) -> None:
        security = config.linux.security_context
        may_be_privileged = sandbox_config.linux.security_context.privileged
        failure = self._target_failure(security.namespace_options, sandbox)
        if security.privileged and not may_be_privileged:
            failure = RpcError(StatusCode.UNKNOWN, "no privileged container allowed in sandbox")
        if failure is not None:
            raise failure.within(f'failed to generate container "{id_}" spec')

    def _target_failure(self, option: cri.NamespaceOption, sandbox: Sandbox) -> RpcError | None:
        """Why the container cannot share the processes of its target, or None if it can."""
        code = StatusCode.UNKNOWN
        if option.pid is not cri.NamespaceMode.TARGET:
            return None
        target = self._containers.get(option.target_id)
        if target is None:
            code = StatusCode.NOT_FOUND
            problem = f'container "{option.target_id}" does not exist: not found'
        elif target.sandbox is not sandbox:
            problem = (
                f'container "{target.id}" (sandbox {target.sandbox.id}) '
                f"does not belong to sandbox {sandbox.id}"
            )
        elif target.state is not ContainerState.CONTAINER_RUNNING:
            problem = f'container "{target.id}" is not running - in state {target.state.name}'
        else:
            return None
        return RpcError(code, f"invalid target container: {problem}")

    def _start_failure(self, container: ContainerRecord) -> str | None:
        if not container.sandbox.ready:
            return f'sandbox container "{container.sandbox.id}" is not running'
        option = container.config.linux.security_context.namespace_options
        target_failure = self._target_failure(option, container.sandbox)
        if target_failure is not None:
            return target_failure.details
        failure = self._surroundings.log_error(dirname(container.log_path))
        if failure is not None and container.log_path:
            return f"{LOGGERS}: {OPEN_LOG}: {failure}"
        failure = self._surroundings.execution_error(container.config.command)
        if failure is not None:
            return (
                "failed to create containerd task: failed to create shim task: "
                "OCI runtime create failed: runc create failed: "
                f"unable to start container process: {failure}"
            )
        failure = self._log_failure(container)  # last: a container that does not start leaves no file
        return None if failure is None else f"{LOGGERS}: {failure}"

    def _log_failure(self, container: ContainerRecord) -> str | None:
        """Open the log file of a container, if it has one, or say why that cannot be."""
        try:
            if container.log_path:
                self._logs.open(container.log_path)
        except OSError as error:
            return f"{OPEN_LOG}: {error.strerror or error}"
        return None


def _timed_out(timeout: int) -> RpcError:
    return RpcError(
        StatusCode.DEADLINE_EXCEEDED,
        f"failed to exec in container: timeout {timeout}s exceeded: context deadline exceeded",
    )
