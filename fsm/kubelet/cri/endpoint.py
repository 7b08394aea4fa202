"""Where a runtime listens: `unix:///run/containerd/containerd.sock`."""

import os
from pathlib import Path
from urllib.parse import quote

from ..errors import KubeletError

__all__ = ["LONGEST", "EndpointError", "socket_of", "target_of"]

EXAMPLE = "unix:///run/containerd/containerd.sock"
LONGEST = 107  #: bytes of a socket's path: `sun_path` has 108, the last one is 0; unix(7)


class EndpointError(KubeletError):
    """There is no CRI runtime to be had at an endpoint; the text says why and what to do."""


def socket_of(endpoint: str) -> Path:
    """The socket of an endpoint.

    Args:
        endpoint: `unix:///path`, as a kubelet is told; `unix:/path` and the bare path mean the same.

    Returns:
        An absolute path. Nothing is looked for there.

    Raises:
        EndpointError: for what is no unix socket's address.

    Example:
        >>> str(socket_of("unix:///run/containerd/containerd.sock"))
        '/run/containerd/containerd.sock'
    """
    scheme, colon, path = endpoint.partition(":")
    if not colon or endpoint.startswith("/"):
        scheme, path = "unix", endpoint
    if not endpoint.strip():
        raise EndpointError(f"the endpoint of the runtime is empty: write {EXAMPLE}")
    if scheme != "unix":
        raise EndpointError(
            f"{endpoint!r} is no endpoint of a runtime here: a runtime is asked on a unix socket, "
            f"not over {scheme!r}; write {EXAMPLE}"
        )
    if "\0" in path or path.startswith("@"):
        raise EndpointError(
            f"{endpoint!r} is no file's name, and a runtime's socket is a file: write {EXAMPLE}"
        )
    if path.startswith("//") and not path.startswith("///"):
        raise EndpointError(
            f"{endpoint!r} has a host where the path begins: two slashes belong to `unix://`, the third "
            f"one to the path; write unix:///{path.strip('/') or EXAMPLE.removeprefix('unix:///')}"
        )
    return Path(_checked(endpoint, path))


def _checked(endpoint: str, path: str) -> str:
    """The path, which must be absolute, of a file, and short enough for a socket."""
    if not path.startswith("/"):
        absolute = Path.cwd() / (path or "runtime.sock")
        raise EndpointError(
            f"{endpoint!r} is relative to wherever this runs: write the whole path, such as unix://{absolute}"
        )
    if path.endswith("/"):
        raise EndpointError(f"{endpoint!r} is a directory's name: write the socket's, such as {EXAMPLE}")
    path = "/" + path.lstrip("/")
    length = len(os.fsencode(path))
    if length > LONGEST:
        raise EndpointError(
            f"{endpoint!r} is too long for a socket: its path has {length} bytes, and {LONGEST} is the most; "
            "give the socket a shorter path, or make a symbolic link to its directory"
        )
    return path


def target_of(path: Path) -> str:
    """The path as gRPC wants it: a URI, in which `%`, `?` and `#` stand for something else.

    Example:
        >>> target_of(Path("/run/50%.sock"))
        'unix:/run/50%25.sock'
    """
    return f"unix:{quote(str(path))}"
