"""A channel to a runtime, and its errors in the port's own terms."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from ..errors import RpcError, StatusCode
from .endpoint import socket_of, target_of

__all__ = ["CLOSED", "is_passing", "open_channel", "rpc_error", "wait_until_ready"]

NOT_READY = "server is not initialized yet"
"""containerd's words between the opening of its socket and the start of its CRI plugin; 1.6.20, measured."""

CLOSED = RpcError(StatusCode.CANCELLED, "grpc: the client connection is closing")
"""A call on a channel that was closed, in the words of Go's gRPC."""

PAUSE = 0.02  #: seconds between two questions whether a runtime is ready

OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.default_authority", "localhost"),  # what containerd's HTTP/2 server wants of a unix socket
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.use_local_subchannel_pool", 1),  # a channel of one's own: closing it ends the connection
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)


def open_channel(endpoint: str) -> grpc.Channel:
    """A channel to `endpoint`; it connects when it is used, and again after the runtime was away.

    A call while the runtime is away fails at once; half a second after it is back at the latest, calls work.

    Raises:
        EndpointError: for what is no unix socket's address.
    """
    return grpc.insecure_channel(target_of(socket_of(endpoint)), options=OPTIONS)


def rpc_error(error: Any) -> RpcError:
    """What gRPC raised as the port's error: the same code, the same details.

    A deadline that passed here is told in the words that a kubelet has for it: gRPC's own differ from one
    language to the other, and a runtime's words on deadlines of its own stay.
    """
    code, details = StatusCode[error.code().name], error.details() or ""
    if code is StatusCode.DEADLINE_EXCEEDED and details in ("Deadline Exceeded", ""):
        details = "context deadline exceeded"
    return RpcError(code, details)


def is_passing(error: RpcError) -> bool:
    """Whether waiting may mend an error: the runtime is away, or not ready yet."""
    return error.code is StatusCode.UNAVAILABLE or NOT_READY in error.details


def wait_until_ready(ask: Callable[[float], Any], seconds: float) -> Any:
    """Ask until the runtime answers, at most so many seconds.

    Args:
        ask: makes one call with a deadline in seconds; raises `RpcError`.
        seconds: how long to wait in all.

    Returns:
        The answer.

    Raises:
        RpcError: the last one, or at once one that waiting does not mend.
    """
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        try:
            return ask(max(left, 0.001))
        except RpcError as error:
            if not is_passing(error) or time.monotonic() >= end:
                raise
        time.sleep(PAUSE)
