"""A CRI runtime in memory that answers as containerd 1.6.20 does.

It keeps sandboxes, images and containers, reserves names, and refuses wrong calls with
containerd's codes and words, as measured there. It runs no process: what happens to one is said
by `Surroundings` or by the methods of the world at the end (`exit_container`, `reboot`, …); given
`programs`, a container whose command is known to end does so when its time has come, which is seen at the
next call. Ids come from a counter and time from an injected clock, so that every run is the same. One call
at a time: what overlapping calls do is not modelled.
"""

from collections.abc import Sequence

from . import messages as cri
from .clock import Clock, SteppingClock
from .errors import RpcError, StatusCode
from .files import MemoryFiles
from .identifiers import IdSource
from .memory_containers import Containers, PanicError
from .memory_images import MemoryImages
from .memory_logs import ContainerLogs, NamedLogs
from .memory_programs import Programs, no_program
from .memory_sandboxes import Sandbox, Sandboxes
from .messages import ContainerState, PodSandboxState
from .surroundings import Surroundings
from .usage import ContainerStats

__all__ = ["MemoryRuntime"]


class MemoryRuntime:
    """A `RuntimeService` over `images`; the same images serve as `ImageService`.

    Every call raises `RpcError` where containerd answers with an error. A container that is started
    gets its log file in `logs`; if not said, its name in `files`. Another `seed` makes other ids.
    """

    def __init__(
        self,
        images: MemoryImages,
        clock: Clock | None = None,
        surroundings: Surroundings | None = None,
        files: MemoryFiles | None = None,
        logs: ContainerLogs | None = None,
        programs: Programs = no_program,
        seed: str = "",
    ) -> None:
        ids = IdSource(seed=seed)
        clock = clock or SteppingClock()
        self.images = images
        self.files = files or MemoryFiles()
        self._clock = clock
        self._sandboxes = Sandboxes(ids, clock)
        self._containers = Containers(
            self._sandboxes,
            images,
            ids,
            clock,
            surroundings or Surroundings(),
            logs or NamedLogs(self.files),
            programs,
        )
        self._up = True

    def run_pod_sandbox(self, config: cri.PodSandboxConfig | None, runtime_handler: str = "") -> str:
        """Make a sandbox; its id."""
        self._answer()
        return self._sandboxes.run(config, runtime_handler)

    def stop_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """Stop the sandbox and kill what runs in it; created containers stay created."""
        self._answer()
        sandbox = self._sandboxes.find_to_stop(pod_sandbox_id)
        for container in self._containers.inside(sandbox):
            self._containers.end(container)
        sandbox.state = PodSandboxState.SANDBOX_NOTREADY

    def remove_pod_sandbox(self, pod_sandbox_id: str) -> None:
        """Remove the sandbox and its containers, running or not; absent is fine."""
        self._answer()
        try:
            sandbox = self._sandboxes.find_to_stop(pod_sandbox_id)
        except RpcError as error:
            if error.code is StatusCode.NOT_FOUND:
                return
            raise
        for container in self._containers.inside(sandbox):
            self._containers.forget(container)
        self._sandboxes.forget(sandbox)

    def pod_sandbox_status(self, pod_sandbox_id: str) -> cri.PodSandboxStatus:
        """The status of the sandbox."""
        self._answer()
        return self._sandboxes.status(pod_sandbox_id)

    def list_pod_sandbox(
        self,
        filter: cri.PodSandboxFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.PodSandbox]:
        """The sandboxes that match, oldest first."""
        self._answer()
        return self._sandboxes.list(filter or cri.PodSandboxFilter())

    def create_container(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        """Make a container; its id.

        The name comes from the metadata in `sandbox_config`. Without them containerd 1.6.20 panics
        (measured), and so does this: it is down until `restart`.
        """
        self._answer()
        try:
            id_ = self._containers.create(pod_sandbox_id, config, sandbox_config)
        except PanicError:
            self.crash()
            raise RpcError(StatusCode.UNAVAILABLE, "Stream removed (Socket closed)") from None
        for mount in config.mounts if config is not None else ():
            self.files.make_directory(mount.host_path)  # a host path that is not there is made
        return id_

    def start_container(self, container_id: str) -> None:
        """Start a created container."""
        self._answer()
        self._containers.start(container_id)

    def stop_container(self, container_id: str, timeout: int) -> None:  # noqa: ARG002
        """Kill a running container; no process here heeds the grace of `timeout` seconds."""
        self._answer()
        self._containers.stop(container_id)

    def remove_container(self, container_id: str) -> None:
        """Remove the container, running or not; absent is fine."""
        self._answer()
        self._containers.remove(container_id)

    def list_containers(
        self,
        filter: cri.ContainerFilter | None = None,  # noqa: A002  (the CRI's field name)
    ) -> Sequence[cri.Container]:
        """The containers that match, oldest first."""
        self._answer()
        return self._containers.list(filter or cri.ContainerFilter())

    def container_status(self, container_id: str) -> cri.ContainerStatus:
        """The status of the container."""
        self._answer()
        return self._containers.find(container_id).status()

    def container_stats(self, container_id: str) -> ContainerStats:
        """What a running container uses: nothing."""
        self._answer()
        container = self._containers.find(container_id, "failed to find container")
        if container.state is not ContainerState.CONTAINER_RUNNING:
            raise RpcError(StatusCode.UNKNOWN, "unexpected metrics response: []")
        return container.stats(self._clock())

    def update_container_resources(
        self,
        container_id: str,
        linux: cri.LinuxContainerResources,  # noqa: ARG002  (nothing here uses processors)
    ) -> None:
        """Succeed for a container that exists."""
        self._answer()
        self._containers.find(container_id, "failed to find container")

    def exec_sync(self, container_id: str, cmd: Sequence[str], timeout: int) -> cri.ExecSyncResponse:
        """Run a command in a running container; the surroundings say how it ends."""
        self._answer()
        return self._containers.exec_sync(container_id, tuple(cmd), timeout)

    def reopen_container_log(self, container_id: str) -> None:
        """Make the log file of a running container anew."""
        self._answer()
        self._containers.reopen_log(container_id)

    def sandbox(self, pod_sandbox_id: str) -> Sandbox:
        """The sandbox itself, with all that it was configured with."""
        self._answer()
        return self._sandboxes.find(pod_sandbox_id)

    def until_next_end(self) -> int | None:
        """The world: in how many nanoseconds the next program ends by itself, or None if none does."""
        end = self._containers.running.next_end()
        return None if end is None else max(end - self._clock(), 0)

    def exit_container(self, container_id: str, exit_code: int) -> None:
        """The world: the process of a running container ends by itself, with or without us.

        Raises ValueError if it does not run.
        """
        container = self._containers.find(container_id)
        if container.state is not ContainerState.CONTAINER_RUNNING:
            raise ValueError(f"container {container_id} is {container.state.name}: no process")
        container.exit(exit_code, "Error" if exit_code else "Completed", self._clock())
        self._containers.running.forget(container)

    def fail_next_start(self, message: str, removes: bool = False) -> None:
        """The world: the next start of a created container fails inside the runtime.

        It has exited with code 128 then, or is gone if `removes`, as in CRI-O 1.31 and later.
        """
        self._containers.fail_next_start(message, removes)

    def lose_container(self, container_id: str) -> None:
        """The world: after a restart the runtime cannot tell what became of the container.

        It is UNKNOWN, keeps its name, and can be stopped and removed but not started.
        """
        container = self._containers.find(container_id)
        container.state = ContainerState.CONTAINER_UNKNOWN
        container.exit_code, container.reason = 255, "Unknown"

    def kill_shim(self, pod_sandbox_id: str) -> None:
        """The world: what stands between the runtime and the sandbox's processes is killed, and they with it.

        The sandbox is not ready; what ran in it has exited with 255.
        """
        sandbox = self._sandboxes.find(pod_sandbox_id)
        sandbox.state, sandbox.shim = PodSandboxState.SANDBOX_NOTREADY, False
        for container in self._containers.inside(sandbox):
            if container.state is ContainerState.CONTAINER_RUNNING:
                container.exit(255, "Error", self._clock())
                self._containers.running.forget(container)

    def reboot(self) -> None:
        """The world: the machine restarts and the runtime with it.

        Created containers stay created, running ones have exited with 255, no sandbox is ready,
        and every name stays reserved.
        """
        self._sandboxes.lose_all()
        for listed in self._containers.list(cri.ContainerFilter(state=ContainerState.CONTAINER_RUNNING)):
            self._containers.find(listed.id).exit(255, "Unknown", self._clock())
        self._up = True

    @property
    def up(self) -> bool:
        """Whether it answers: not after a panic or a crash, until it is started again."""
        return self._up

    def crash(self) -> None:
        """The world: the runtime is killed, and answers no call until `restart`; what it runs goes on."""
        self._up = False

    def restart(self) -> None:
        """The world: the runtime is started again after a crash; containers are kept."""
        self._up = True

    def _answer(self) -> None:
        if not self._up:
            raise RpcError(StatusCode.UNAVAILABLE, "failed to connect to all addresses")
        if self._containers.running:
            self._containers.running.let_pass(self._clock())
