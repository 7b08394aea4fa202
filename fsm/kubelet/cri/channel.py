"""A channel to a runtime, and its errors in the port's own terms."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from ..errors import RpcError, StatusCode
from .endpoint import socket_of

__all__ = ["open_channel", "rpc_error", "wait_until_ready"]

NOT_READY = (
    "server is not initialized yet"  #: containerd, between its socket's opening and its plugin's start
)
UNLIMITED = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


def open_channel(endpoint: str) -> grpc.Channel:
    """A channel to `endpoint`; it connects when it is used, and again after the runtime was away."""
    return grpc.insecure_channel(
        f"unix:{socket_of(endpoint)}",
        options=[
            ("grpc.default_authority", "localhost"),  # what containerd's HTTP/2 server wants of a unix socket
            ("grpc.initial_reconnect_backoff_ms", 50),
            ("grpc.min_reconnect_backoff_ms", 50),
            ("grpc.max_reconnect_backoff_ms", 500),
            ("grpc.use_local_subchannel_pool", 1),  # a channel of one's own: closing it ends the connection
            *UNLIMITED,
        ],
    )


def rpc_error(error: Any) -> RpcError:
    """What gRPC raised as the port's error: the same code, the same details."""
    return RpcError(StatusCode[error.code().name], error.details() or "")


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
            passing = error.code is StatusCode.UNAVAILABLE or NOT_READY in error.details
            if not passing or time.monotonic() >= end:
                raise
        time.sleep(0.02)
