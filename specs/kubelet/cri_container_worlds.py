"""What can happen to a runtime beside calls, as far as a test can make it happen.

Three worlds: a runtime in memory, which is told; a containerd that is ours, which is killed and started; and
any runtime, of which only a container's process can be ended, from within. What a world cannot do it does not
name in `can`.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from fsm.kubelet.errors import RpcError

OWN_CODE = 3  # what the container's process ends with by itself
EVERYWHERE = frozenset({"process_exits"})
FAULTS = frozenset(
    {
        "runtime_is_killed",
        "process_exits_unseen",
        "create_is_cut_short",
        "start_is_cut_short",
        "container_is_lost",
        "sandbox_is_killed",
        "reboot",
    }
)
PRIVATE = frozenset({"create_without_sandbox_config"})  # calls that may end the runtime


class World(Protocol):
    """What happens to a runtime. `can` names the spec's actions that need it and that it can do."""

    can: frozenset[str]

    def exit(self, container_id: str) -> None:
        """The container's process ends with `OWN_CODE`."""

    def exit_unseen(self, container_id: str) -> None:
        """The same while the runtime is down; it is up again afterwards."""

    def kill(self) -> None:
        """The runtime ends."""

    def restart(self) -> None:
        """The runtime is there again, if it was gone."""

    def cut_short(self, call: Callable[[Any], Any]) -> None:
        """The runtime ends within a call, and is there again."""

    def lose(self, container_id: str) -> None:
        """The runtime no longer knows what became of a container."""

    def kill_sandbox(self, sandbox_id: str) -> None:
        """The sandbox's own process ends."""

    def reboot(self) -> None:
        """The machine restarts, and the runtime with it."""

    def settle(self, stumble: Callable[[], None]) -> None:
        """See that nothing is left behind of a call that was cut short; `stumble` makes and removes a pod."""


class AnyWorld:
    """The world of a runtime that is not ours: a process is asked from within to end.

    Args:
        runtime: the runtime.
    """

    can = EVERYWHERE

    def __init__(self, runtime: Any) -> None:
        self.runtime = runtime

    def exit(self, container_id: str) -> None:
        """As `World` says; the process that `Bench` starts heeds SIGUSR1."""
        self.runtime.exec_sync(container_id, ("kill", "-USR1", "1"), 5)

    def settle(self, stumble: Callable[[], None]) -> None:
        """Nothing was cut short."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"this runtime is not ours, and `{name}` is not to be had: skip what needs it")


class MemoryWorld:
    """The world of a runtime in memory. It goes on where it was, so nothing is cut short half-way.

    Args:
        memory: the `MemoryRuntime`.
    """

    can = EVERYWHERE | FAULTS | PRIVATE

    def __init__(self, memory: Any) -> None:
        self.memory = memory

    def exit(self, container_id: str) -> None:
        """As `World` says."""
        self.memory.exit_container(container_id, OWN_CODE)

    def exit_unseen(self, container_id: str) -> None:
        """As `World` says."""
        self.exit(container_id)
        self.memory.restart()

    def kill(self) -> None:
        """Nothing: its containers have no life outside of it."""

    def restart(self) -> None:
        """As `World` says."""
        self.memory.restart()

    def cut_short(self, call: Callable[[Any], Any]) -> None:
        """The call is done; if it made a container, that is then lost."""
        made = call(self.memory)
        self.memory.restart()
        if made:
            self.lose(made)

    def lose(self, container_id: str) -> None:
        """As `World` says."""
        self.memory.lose_container(container_id)

    def kill_sandbox(self, sandbox_id: str) -> None:
        """Its containers run on, as they do with containerd (measured)."""
        sandbox = self.memory.sandbox(sandbox_id)
        sandbox.state = type(sandbox.state)["SANDBOX_NOTREADY"]

    def reboot(self) -> None:
        """As `World` says."""
        self.memory.reboot()

    def settle(self, stumble: Callable[[], None]) -> None:
        """Nothing is left behind."""


class ContainerdWorld:
    """The world of a containerd that is ours.

    Args:
        containerd: the `PrivateContainerd`.
        runtime: a client of it.
    """

    can = EVERYWHERE | FAULTS | PRIVATE

    def __init__(self, containerd: Any, runtime: Any) -> None:
        self.containerd = containerd
        self.runtime = runtime
        self._moments = 0
        self._cut = False  # since whatever was left behind was last stumbled over

    def exit(self, container_id: str) -> None:
        """As `World` says."""
        AnyWorld(self.runtime).exit(container_id)

    def exit_unseen(self, container_id: str) -> None:
        """As `World` says."""
        process = self.containerd.process(container_id)
        self.kill()
        for _ in range(20):  # one that has only just begun does not heed it yet
            process.send(signal.SIGUSR1)
            if process.wait(0.5):
                break
        self.restart()

    def kill(self) -> None:
        """As `World` says."""
        self.containerd.kill()

    def restart(self) -> None:
        """As `World` says."""
        if not self.containerd.alive:
            self.containerd.start()
        self.runtime.wait_until_ready(30)

    def cut_short(self, call: Callable[[Any], Any]) -> None:
        """As `World` says: each time a millisecond later in the call, from the first to the fifteenth."""
        delay, self._moments = self._moments % 15, self._moments + 1

        def make() -> None:
            with contextlib.suppress(RpcError):  # nobody hears the answer
                call(self.runtime)

        caller = threading.Thread(target=make)
        caller.start()
        time.sleep(delay / 1000)
        self.kill()
        caller.join(30)
        self.restart()
        self._cut = True

    def lose(self, container_id: str) -> None:
        """What containerd keeps of the container's status becomes unreadable while it is down."""
        (status,) = self.containerd.directory.glob(f"root/*cri*/containers/{container_id}/status")
        self.kill()
        status.write_text("unreadable")
        self.restart()

    def kill_sandbox(self, sandbox_id: str) -> None:
        """As `World` says."""
        self.containerd.kill_process(sandbox_id)

    def reboot(self) -> None:
        """As `World` says."""
        self.containerd.reboot()
        self.runtime.wait_until_ready(30)

    def settle(self, stumble: Callable[[], None]) -> None:
        """As `World` says: what a create left behind refuses the next one, whoever asks (D12)."""
        for _ in range(10 if self._cut else 0):
            with contextlib.suppress(RpcError):
                stumble()
                break
        self._cut = False


def lacking(world: World) -> tuple[str, ...]:
    """The spec's actions that cannot be done to a runtime, for want of power over it."""
    return tuple(sorted((EVERYWHERE | FAULTS | PRIVATE) - world.can))
