"""Where a runtime listens: `unix:///run/containerd/containerd.sock`."""

from pathlib import Path

from ..errors import KubeletError

__all__ = ["EndpointError", "socket_of"]


class EndpointError(KubeletError):
    """There is no CRI runtime to be had at an endpoint; the text says why and what to do."""


def socket_of(endpoint: str) -> Path:
    """The socket of an endpoint.

    Raises:
        EndpointError: for what is no unix socket's address.
    """
    scheme, colon, path = endpoint.partition(":")
    if not colon:
        scheme, path = "unix", endpoint
    if scheme != "unix" or not path.strip("/"):
        raise EndpointError(
            f"{endpoint!r} is no endpoint of a runtime: write unix:///run/containerd/containerd.sock"
        )
    return Path("/" + path.lstrip("/")) if path.startswith("/") else Path(path)
