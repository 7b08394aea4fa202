"""Who listens at a socket, before any call is made: the file, the connection, the first bytes.

gRPC tells most failures to connect with one code and a text of its own; these are the operating system's
words, and the server's first ones. A gRPC server speaks HTTP/2: to the client's preface it answers with a
SETTINGS frame (RFC 9113, 3.4), and whoever sends something else, or nothing, is no runtime.
"""

import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Hindrance", "knock"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))  # an empty SETTINGS frame
HEADER, TYPE, SETTINGS = 9, 3, 4  #: a frame's header, and where in it stands which number

KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFREG: "a regular file",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Hindrance(NamedTuple):
    """Why there is no runtime to talk to, and whether waiting may mend that."""

    text: str
    passing: bool = False


def knock(path: Path, seconds: float) -> Hindrance | None:
    """What keeps a gRPC server at `path` from being called, or None.

    Args:
        path: of a socket.
        seconds: how long the server may take to connect and to say its first bytes.
    """
    return _file(path) or _connection(path, seconds)


def _file(path: Path) -> Hindrance | None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Hindrance(
            "there is no such file: is the runtime started, and is this its socket?", passing=True
        )
    except OSError as error:
        return _refusal(error)
    if not stat.S_ISSOCK(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "something else")
        return Hindrance(f"this is {kind}, and a runtime listens on a socket")
    return None


def _connection(path: Path, seconds: float) -> Hindrance | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            connection.connect(str(path))
            connection.sendall(PREFACE)
            return _first_words(connection)
        except ConnectionRefusedError:
            told = "nobody listens on this socket: the runtime has ended, and left it behind; start it again"
            return Hindrance(told, passing=True)
        except (TimeoutError, BlockingIOError):  # the latter where too many wait to be accepted
            return Hindrance(f"whoever listens there has said nothing for {seconds:.3g} s", passing=True)
        except (ConnectionResetError, BrokenPipeError):
            return _closed()
        except OSError as error:
            return _refusal(error)


def _first_words(connection: socket.socket) -> Hindrance | None:
    words = b""
    with suppress(ConnectionResetError):
        while len(words) < HEADER and (more := connection.recv(64)):
            words += more
    if not words:
        return _closed()
    if words.startswith(b"HTTP/"):
        return Hindrance("an HTTP server listens there that does not speak gRPC (HTTP/2)")
    if len(words) < HEADER or words[TYPE] != SETTINGS:
        return Hindrance(f"whoever listens there does not speak gRPC: its first bytes are {words[:16]!r}")
    return None


def _closed() -> Hindrance:
    return Hindrance("whoever listens there closes the connection at once, and says nothing", passing=True)


def _refusal(error: OSError) -> Hindrance:
    if isinstance(error, PermissionError):
        return Hindrance("permission denied: a runtime's socket is root's as a rule; ask as root")
    return Hindrance(f"it cannot be connected to: {error.strerror or error}")
