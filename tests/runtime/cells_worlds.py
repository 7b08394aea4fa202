"""What happens to a runtime beside its calls: processes end, the runtime is killed, the machine restarts.

`World` is what a scene needs of it. `MemoryWorld` does it to the runtime in memory.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fsm.kubelet import Image, MemoryImages, MemoryRuntime, RpcError, Surroundings

__all__ = ["IMAGE", "MemoryWorld", "Outcome", "World", "memory_runtime", "outcome"]

IMAGE = "local.test/busybox:1"
Outcome = str | RpcError


class World(Protocol):
    """The world around one runtime."""

    image: str  #: the name of an image whose programs are busybox's
    directory: str  #: where log files may be made

    def end(self, container_id: str, code: int) -> None:
        """The process of the container ends by itself with `code`, and the runtime has seen it."""

    def kill_process(self, container_id: str) -> None:
        """The process of the container is killed, and the runtime has seen it."""

    def at_once(self, calls: Sequence[Callable[[], str]]) -> Sequence[Outcome]:
        """Make all calls at the same time; what each gave or raised."""

    def kill(self) -> None:
        """The runtime is killed; what it runs goes on."""

    def start(self) -> None:
        """The runtime is started, if it is down, and is ready."""

    def start_after_panic(self) -> None:
        """The runtime has panicked: when it has ended, which may take a moment, it is started."""

    def insist(self, deed: Callable[[], None]) -> None:
        """Do it, again and again for a while if the runtime refuses."""

    def restart(self) -> None:
        """The runtime is killed and started again."""

    def end_while_down(self, container_id: str, code: int) -> None:
        """The runtime is killed, the process ends by itself with `code`, the runtime is started again."""

    def lose_container(self, container_id: str) -> None:
        """The runtime is killed and started again and has lost what state the container was in."""

    def kill_shim(self, sandbox_id: str) -> None:
        """What stands between the runtime and the sandbox's processes is killed, and they with it."""

    def reboot(self) -> None:
        """The machine restarts: no process is left, the runtime's data are."""

    def exists(self, path: str) -> bool:
        """Whether there is such a path on the node."""

    def raw(self, call: str, *, deadline: float = 5.0, **fields: Any) -> str:
        """Make any call of the CRI with those fields; the answer is no more than empty or not."""


def memory_runtime() -> MemoryRuntime:
    """A runtime in memory around which things are as in the real one's image and host."""
    image = Image("sha256:" + "a" * 64, repo_tags=(IMAGE,))
    surroundings = Surroundings(
        absent=frozenset({"/no/such/binary", "/nope"}),
        forbidden=frozenset({"/etc/passwd"}),
        unwritable=frozenset({"/proc/nope"}),
        endless=frozenset({"sleep"}),
        exit_codes={("sh", "-c", "exit 5"): 5},
    )
    return MemoryRuntime(MemoryImages([image]), surroundings=surroundings)


class MemoryWorld:
    """The world of a runtime in memory; `ask` makes raw calls where the runtime is behind a socket."""

    image = IMAGE
    directory = "/logs"

    def __init__(self, runtime: MemoryRuntime, ask: Callable[..., str] | None = None) -> None:
        self.runtime = runtime
        self._ask = ask

    def end(self, container_id: str, code: int) -> None:
        """As `World` says."""
        self.runtime.exit_container(container_id, code)

    def kill_process(self, container_id: str) -> None:
        """As `World` says: SIGKILL is the exit code 137."""
        self.runtime.exit_container(container_id, 137)

    def at_once(self, calls: Sequence[Callable[[], str]]) -> Sequence[Outcome]:
        """One after the other: the runtime in memory does one call at a time."""
        return [outcome(call) for call in calls]

    def kill(self) -> None:
        """As `World` says."""
        self.runtime.crash()

    def start(self) -> None:
        """As `World` says."""
        self.runtime.restart()

    def start_after_panic(self) -> None:
        """As `World` says."""
        self.start()

    def insist(self, deed: Callable[[], None]) -> None:
        """As `World` says: once is enough."""
        deed()

    def restart(self) -> None:
        """As `World` says."""
        self.runtime.crash()
        self.runtime.restart()

    def end_while_down(self, container_id: str, code: int) -> None:
        """As `World` says."""
        self.runtime.crash()
        self.runtime.exit_container(container_id, code)
        self.runtime.restart()

    def lose_container(self, container_id: str) -> None:
        """As `World` says."""
        self.runtime.lose_container(container_id)

    def kill_shim(self, sandbox_id: str) -> None:
        """As `World` says."""
        self.runtime.kill_shim(sandbox_id)

    def reboot(self) -> None:
        """As `World` says."""
        self.runtime.reboot()

    def exists(self, path: str) -> bool:
        """As `World` says."""
        try:
            self.runtime.files.stat(path)
        except FileNotFoundError:
            return False
        return True

    def raw(self, call: str, *, deadline: float = 5.0, **fields: Any) -> str:
        """As `World` says; raises LookupError for a runtime without a socket."""
        if self._ask is None:
            raise LookupError(f"{call} is no call of the port: it needs a runtime behind a socket")
        return self._ask(call, deadline=deadline, **fields)


def outcome(call: Callable[[], str]) -> Outcome:
    """What a call gives, or the error that it raises."""
    try:
        return call()
    except RpcError as error:
        return error
