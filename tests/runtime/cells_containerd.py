"""The world of a real containerd: its processes end, it is killed and started, its machine restarts.

What needs a containerd of one's own takes `PrivateContainerd`; without one these deeds raise LookupError.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import grpc
from cri_api.v1 import api_pb2, api_pb2_grpc

from fsm.kubelet import ContainerState, RpcError
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.channel import open_channel, rpc_error
from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.containerd import PrivateContainerd
from fsm.kubelet.cri.process import process_of
from fsm.kubelet.messages import PodSandboxState

from .cells_worlds import IMAGE, Outcome, outcome

__all__ = ["ContainerdWorld", "ask"]

PATIENCE = 20.0  #: seconds that something may take to be seen; the usual is some hundredths
REQUESTS = {"GetContainerEvents": "GetEventsRequest"}  #: those that are not named after their call


class ContainerdWorld:
    """The world of the runtime behind `runtime`, which is `private` if we may end and start it."""

    def __init__(
        self,
        runtime: CriRuntime,
        directory: Path,
        private: PrivateContainerd | None = None,
        image: str = IMAGE,
    ) -> None:
        self.runtime = runtime
        self.directory = str(directory)
        self.image = image
        self._private = private

    def end(self, container_id: str, code: int) -> None:
        """As `World` says: the container's command ends by itself."""
        self._wait_for(container_id, ContainerState.CONTAINER_EXITED)

    def kill_process(self, container_id: str) -> None:
        """As `World` says."""
        self._own.kill_process(container_id)
        self._wait_for(container_id, ContainerState.CONTAINER_EXITED)

    def at_once(self, calls: Sequence[Callable[[], str]]) -> Sequence[Outcome]:
        """As `World` says: each in a thread of its own."""
        gate = Barrier(len(calls))

        def one(call: Callable[[], str]) -> Outcome:
            gate.wait()
            return outcome(call)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    def kill(self) -> None:
        """As `World` says."""
        self._own.kill()

    def start(self) -> None:
        """As `World` says."""
        if self._private is not None and not self._private.alive:
            self._private.start()
            self.runtime.wait_until_ready(PATIENCE)

    def start_after_panic(self) -> None:
        """As `World` says: a daemon that dies answers as long as it writes down what its threads did."""
        end = time.monotonic() + PATIENCE
        while self._own.alive:
            assert time.monotonic() < end, "containerd goes on after a panic"
            time.sleep(0.02)
        self.start()

    def insist(self, deed: Callable[[], None]) -> None:
        """As `World` says: what was just killed may still be cleaned up by the runtime.

        And a runtime that panics is there for a moment more: it may turn out only now that it has ended.
        """
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return deed()
            except RpcError:
                if time.monotonic() >= end:
                    raise
            time.sleep(0.05)
            self.start()

    def restart(self) -> None:
        """As `World` says."""
        self._own.restart()

    def end_while_down(self, container_id: str, code: int) -> None:
        """As `World` says: the container's command ends by itself."""
        task = self._own.directory / "state/io.containerd.runtime.v2.task/k8s.io" / container_id
        process = process_of(int((task / "init.pid").read_text()))
        self._own.kill()
        assert process is None or process.wait(PATIENCE), f"{container_id} did not end"
        self._own.start()

    def lose_container(self, container_id: str) -> None:
        """As `World` says: containerd finds no checkpoint of the status when it comes up.

        A containerd that is killed within CreateContainer leaves the same behind.
        """
        self._own.kill()
        kept = self._own.directory / "root/io.containerd.grpc.v1.cri/containers" / container_id
        (kept / "status").unlink()
        self._own.start()

    def kill_shim(self, sandbox_id: str) -> None:
        """As `World` says; what has not been seen after a second never will be."""
        self._own.kill_shim(sandbox_id)
        inside = cri.ContainerFilter(pod_sandbox_id=sandbox_id, state=ContainerState.CONTAINER_RUNNING)
        end = time.monotonic() + 1
        while self._ready(sandbox_id) or self.runtime.list_containers(inside):
            if time.monotonic() >= end:
                break
            time.sleep(0.02)

    def reboot(self) -> None:
        """As `World` says."""
        self._own.reboot()

    def exists(self, path: str) -> bool:
        """As `World` says."""
        return Path(path).exists()

    def raw(self, call: str, *, deadline: float = 5.0, **fields: Any) -> str:
        """As `World` says."""
        return ask(self.runtime.endpoint, call, deadline=deadline, **fields)

    @property
    def _own(self) -> PrivateContainerd:
        if self._private is None:
            raise LookupError("this runtime is not ours to end and to start")
        return self._private

    def _ready(self, sandbox_id: str) -> bool:
        return self.runtime.pod_sandbox_status(sandbox_id).state is PodSandboxState.SANDBOX_READY

    def _wait_for(self, container_id: str, state: ContainerState) -> None:
        end = time.monotonic() + PATIENCE
        while (found := self.runtime.container_status(container_id).state) is not state:
            assert time.monotonic() < end, f"{container_id} is {found.name}, not {state.name}"
            time.sleep(0.01)


def ask(endpoint: str, call: str, *, deadline: float = 5.0, **fields: Any) -> str:
    """Make one call of `runtime.v1.RuntimeService`, of any name.

    Returns:
        `answered`, or the first event of a stream.

    Raises:
        RpcError: as the runtime answers.
    """
    request = getattr(api_pb2, REQUESTS.get(call, f"{call}Request"))(**fields)
    with open_channel(endpoint) as channel:
        try:
            found = getattr(api_pb2_grpc.RuntimeServiceStub(channel), call)(request, timeout=deadline)
            if call in REQUESTS:
                next(iter(found))
        except grpc.RpcError as error:
            raise rpc_error(error) from None
    return "answered"
