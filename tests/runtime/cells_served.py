"""The world of a runtime in memory that is served behind a socket."""

import time

from fsm.kubelet import MemoryRuntime, RpcError
from fsm.kubelet.cri.client import connect
from fsm.kubelet.cri.served_calls import CONTAINERD_1_6_20
from fsm.kubelet.cri.server import serve

from .cells_containerd import PATIENCE, ask
from .cells_worlds import MemoryWorld

__all__ = ["ServedWorld"]


class ServedWorld(MemoryWorld):
    """As `MemoryWorld`, but what is killed has no server, and what panics gets another by itself.

    `client` is the runtime as the other side of the socket sees it.
    """

    def __init__(self, runtime: MemoryRuntime, endpoint: str) -> None:
        super().__init__(runtime, lambda call, **fields: ask(endpoint, call, **fields))
        self._endpoint = endpoint
        self._serve()
        self.client = connect(endpoint)

    def close(self) -> None:
        """Nothing is served any more."""
        self.client.close()
        self._server.close()

    def kill(self) -> None:
        """As `World` says."""
        self._server.close()
        self.runtime.crash()
        self._killed = True

    def start(self) -> None:
        """As `World` says. Once the runtime is up no server from before serves it any more."""
        if self._killed:
            self.runtime.restart()
            self._serve()
        end = time.monotonic() + PATIENCE
        while True:
            try:
                up = self.runtime.up
                self.client.list_pod_sandbox()
            except RpcError:
                if time.monotonic() >= end:
                    raise
            else:
                if up:
                    return
            time.sleep(0.01)

    def _serve(self) -> None:
        self._server = serve(self.runtime, self.runtime.images, self._endpoint, CONTAINERD_1_6_20)
        self._killed = False
