"""Little servers on sockets of their own: what a runtime's socket may turn out to be, and small runtimes."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc
from cri_api.v1 import api_pb2
from cri_api.v1alpha2 import api_pb2 as old_pb2

PATIENCE = 5.0  # seconds until a thread that should have ended is a failure

Behaviour = Callable[[socket.socket], None]


@contextmanager
def listening(path: Path, behave: Behaviour, backlog: int = 8) -> Iterator[str]:
    """A server that speaks no gRPC: `behave` is given each connection, one after the other."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(backlog)
    over = Event()

    def serve() -> None:
        while not over.is_set():
            connection, _ = server.accept()
            with connection, suppress(OSError):  # the other side may have gone
                behave(connection)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"unix://{path}"
    finally:
        over.set()
        with socket.socket(socket.AF_UNIX) as last:  # one that ends the waiting
            last.connect(str(path))
        server.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def closes(connection: socket.socket) -> None:
    """Nothing is said."""


def resets(connection: socket.socket) -> None:
    """Something is read, and the rest thrown away."""
    connection.recv(1)


def says(words: bytes) -> Behaviour:
    """The same is said whatever is asked."""

    def behave(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(words)

    return behave


def reads_and_never_answers(connection: socket.socket) -> None:
    """Until the other side goes away."""
    while connection.recv(1024):
        pass


V1, V1ALPHA2, HEALTH = "runtime.v1", "runtime.v1alpha2", "grpc.health.v1"
MODULES = {V1: api_pb2, V1ALPHA2: old_pb2}
IMAGE_CALLS = {"ListImages", "ImageStatus", "PullImage", "RemoveImage", "ImageFsInfo"}

Answer = Callable[[Any, grpc.ServicerContext], Any]


@contextmanager
def served(path: Path, package: str = V1, **calls: Answer) -> Iterator[str]:
    """A gRPC server with these calls of a package of the CRI; Version and Status are there anyway."""
    module = MODULES[package]
    answers: dict[str, Answer] = {
        "Version": lambda request, context: module.VersionResponse(
            version="0.1.0", runtime_name="little", runtime_version="1.2", runtime_api_version="v1"
        ),
        "Status": lambda request, context: module.StatusResponse(),
        **calls,
    }
    with handled(
        path,
        {
            f"{package}.{'ImageService' if name in IMAGE_CALLS else 'RuntimeService'}/{name}": (
                answer,
                getattr(module, f"{name}Request"),
            )
            for name, answer in answers.items()
        },
    ) as endpoint:
        yield endpoint


@contextmanager
def handled(path: Path, methods: dict[str, tuple[Answer, Any]]) -> Iterator[str]:
    """A gRPC server of these methods."""
    with ThreadPoolExecutor(8) as pool:
        server = grpc.server(pool)
        for full, (answer, request) in methods.items():
            service, _, name = full.rpartition("/")
            handler = grpc.unary_unary_rpc_method_handler(
                answer, request.FromString, lambda reply: reply.SerializeToString()
            )
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
        server.add_insecure_port(f"unix:{path}")
        server.start()
        try:
            yield f"unix://{path}"
        finally:
            server.stop(0).wait(PATIENCE)


def fails(code: grpc.StatusCode, details: str) -> Answer:
    """A call that is answered with an error."""

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(code, details)

    return answer


def hangs(over: Event) -> Answer:
    """A call that is not answered before `over` is set or the caller has gone."""

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        context.add_callback(over.set)
        over.wait(PATIENCE)
        context.abort(grpc.StatusCode.ABORTED, "too late")

    return answer
