"""The socket file of a served runtime: there when it answers, gone when it has ended.

The server binds a file beside the one that was asked for, which takes its place in one step as soon as calls
are answered. So nobody finds a socket that does not answer yet, a stale file is replaced without a gap, and
a server that is ended removes no file but its own.
"""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from .endpoint import LONGEST, EndpointError, socket_of, target_of

__all__ = ["ServedSocket"]

BESIDE = "~"  #: what the name of the file to bind has more


class ServedSocket:
    """A place to listen.

    Args:
        endpoint: such as `unix:///tmp/r.sock`.

    Attributes:
        path: where clients find it.
        bound: what it is bound as, the name that its connections bear.

    Raises:
        EndpointError: if it is no address, too long, or taken.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self.path = socket_of(endpoint)
        self.bound = self.path.with_name(self.path.name + BESIDE)
        self._inode: int | None = None
        length = len(os.fsencode(self.bound))
        if length > LONGEST:
            raise EndpointError(
                f"{endpoint!r} is too long to listen at: its path has {length - 1} bytes, "
                f"and {LONGEST - 1} is the most; give the socket a shorter path"
            )

    def bind(self, add_port: Callable[[str], int]) -> None:
        """Let gRPC bind the file beside.

        Raises:
            EndpointError: if somebody is there, or it cannot be.
        """
        self._check_free()
        self._check_possible()
        try:
            add_port(target_of(self.bound))
        except RuntimeError as error:
            raise EndpointError(f"{self._endpoint!r} cannot be listened at: {error}") from None

    def publish(self) -> None:
        """Put the bound file in its place."""
        self.bound.rename(self.path)
        self._inode = self.path.stat().st_ino

    def remove(self) -> None:
        """Remove the file, unless somebody else has put another one there."""
        try:
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
        except FileNotFoundError:
            pass

    def _check_free(self) -> None:
        found = _found(self.path)
        if found is None:
            return
        if not stat.S_ISSOCK(found.st_mode):
            raise EndpointError(f"{self._endpoint!r} is taken: {self.path} is there, and is no socket")
        if _answers(self.path):
            raise EndpointError(
                f"{self._endpoint!r} is taken: somebody serves it; end that server, or choose another path"
            )

    def _check_possible(self) -> None:
        """Bind and let go: the operating system says why not, where gRPC says only that."""
        try:
            if not self.path.parent.is_dir():
                raise FileNotFoundError(0, f"there is no directory {self.path.parent}")
            left_behind = _found(self.bound)
            if left_behind is not None and stat.S_ISSOCK(left_behind.st_mode):
                self.bound.unlink()
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.bind(str(self.bound))
            self.bound.unlink()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EndpointError(f"{self._endpoint!r} cannot be listened at: {reason}") from None


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _answers(path: Path) -> bool:
    """Whether somebody listens at a socket: a file alone refuses the connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True  # busy, or not ours to ask: nothing that may be replaced
        return True
