"""A runtime in memory, served on a unix socket: for whatever speaks the CRI.

    with serve(runtime, images, "unix:///tmp/r.sock") as server:
        ...

One call at a time: a call waits for its turn, and is not carried out if its client has gone by then, or if
its deadline has passed. The clock of `runtime` should be `time.time_ns` where clients look at times.

A call that makes containerd 1.6.20 panic (CreateContainer without `sandbox_config`) does here what happens
to a containerd that is started again: every connection is cut, which clients see as UNAVAILABLE, and the
server is there again at once, with the containers that it had.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import RLock
from types import TracebackType
from typing import Any, Self

import grpc

from ..errors import RpcError, StatusCode
from ..memory_runtime import MemoryRuntime
from ..runtime import ImageService
from .proxy.connections import cut_connections
from .served_calls import EVERYTHING, Calls, Profile, abort
from .served_events import MOST_STREAMS, Events
from .served_images import ServedImages
from .served_runtime import ServedRuntime
from .served_socket import ServedSocket

__all__ = ["Server", "serve"]

CALLS = 16  #: threads for calls; they wait for each other anyway
LARGEST = 16 * 1024 * 1024  #: bytes of a message, as containerd and the kubelet have it
GRACE = 0.2  #: seconds for calls under way when the server ends
SECOND = 1_000_000_000  #: nanoseconds
TICK = 0.001  #: seconds between a program's end and the look that sees it
LONGEST_WAIT = 3600.0  #: seconds
PATIENCE = 5.0  #: seconds until it has ended in any case


class Server:
    """A served runtime. Made by `serve`; leaving its `with` block ends it.

    Attributes:
        endpoint: where it listens, such as `unix:///tmp/r.sock`.
    """

    def __init__(self, runtime: MemoryRuntime, images: ImageService, endpoint: str, profile: Profile) -> None:
        self._runtime = runtime
        self._events = Events(runtime)
        self._turn = RLock()
        services = {"RuntimeService": ServedRuntime(runtime), "ImageService": ServedImages(images)}
        self._calls = Calls(services, self._stream, self._carry_out, profile)
        self._socket = ServedSocket(endpoint)
        self.endpoint = endpoint
        self._pool = ThreadPoolExecutor(CALLS + MOST_STREAMS, thread_name_prefix="fsm-memory")
        self._grpc = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server, its streams and its connections, and remove its socket; twice is fine."""
        self._grpc.stop(GRACE).wait(PATIENCE)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._socket.remove()

    @contextmanager
    def turn(self) -> Iterator[MemoryRuntime]:
        """The runtime for oneself, between two calls of clients; a test plays the world in it.

        Example:
            >>> from tempfile import TemporaryDirectory
            >>> from fsm.kubelet import MemoryImages, MemoryRuntime
            >>> images = MemoryImages()
            >>> with TemporaryDirectory() as folder:
            ...     with serve(MemoryRuntime(images), images, f"unix://{folder}/r.sock") as server:
            ...         with server.turn() as runtime:
            ...             runtime.reboot()
        """
        with self._turn:
            try:
                yield self._runtime
            finally:
                if not self._runtime.up:
                    cut_connections(self._socket.bound)
                    self._runtime.restart()
                self._events.look()

    def _carry_out(self, context: Any, call: Callable[[], None]) -> None:
        """One call in its turn. A client that has gone by then, as at its deadline, has asked for nothing."""
        try:
            with self.turn():
                if not context.is_active():
                    raise RpcError(StatusCode.CANCELLED, "context canceled")
                call()
        except RpcError as error:
            abort(context, error)

    def _stream(self, _: Any, context: Any) -> Iterator[Any]:
        """The events, until the client or the server goes."""
        with self.turn():
            try:
                queue = self._events.subscribe()
            except RpcError as error:
                abort(context, error)
        try:
            if context.add_callback(lambda: queue.put(None)):
                context.send_initial_metadata(())
                yield from self._told(queue)
        finally:
            with self.turn():
                self._events.unsubscribe(queue)

    def _told(self, queue: "SimpleQueue[Any]") -> Iterator[Any]:
        while True:
            with self.turn() as runtime:  # looks: a program may have ended
                left = runtime.until_next_end()
            try:
                event = queue.get(timeout=None if left is None else min(left / SECOND + TICK, LONGEST_WAIT))
            except Empty:
                continue
            if event is None:
                return
            yield event

    def _start(self) -> Any:
        server = grpc.server(
            self._pool,
            handlers=[self._calls],
            options=[
                ("grpc.max_receive_message_length", LARGEST),
                ("grpc.max_send_message_length", LARGEST),
                ("grpc.so_reuseport", 0),
            ],
        )
        self._socket.bind(server.add_insecure_port)
        server.start()
        self._socket.publish()
        return server


def serve(runtime: MemoryRuntime, images: ImageService, listen: str, profile: Profile = EVERYTHING) -> Server:
    """Serve a runtime on a unix socket.

    Args:
        runtime: what answers `RuntimeService`.
        images: what answers `ImageService`; usually the images of `runtime`.
        listen: such as `unix:///tmp/r.sock`. A socket file that nobody serves is replaced.
        profile: which calls are refused.

    Returns:
        The server, which serves already.

    Raises:
        EndpointError: if it cannot listen there.
    """
    return Server(runtime, images, listen, profile)
