"""Connections to unix sockets: whether there could be one, and cutting those that there are."""

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["cut_connections", "is_served"]


def is_served(path: Path) -> bool:
    """Whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except BlockingIOError:
            return True  # so many wait to be accepted that there is no more room
        except OSError:
            return False
    return True


def cut_connections(path: Path) -> int:
    """Close every connection that this process has accepted on a socket.

    gRPC has no call for this. But its connections are descriptors of this process, and those that were
    accepted bear the socket's name; what their peers see is what they see of a server that dies.

    Args:
        path: that the socket was bound to; a file that was renamed since keeps its old name here.

    Returns:
        How many there were.
    """
    count = 0
    for entry in os.listdir("/dev/fd"):  # noqa: PTH208  (numbers, no paths)
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(entry)).st_mode):
                with socket.socket(fileno=os.dup(int(entry))) as one:
                    if one.family == socket.AF_UNIX and one.getsockname() == os.fspath(path):
                        one.getpeername()  # the listener itself has no peer
                        one.shutdown(socket.SHUT_RDWR)
                        count += 1
    return count
