"""The log files of the containers in memory: names alone, or files on the disk.

A file is made when a container starts and holds what its program prints, where that is known
(`memory_programs`): a line of the CRI's format for each, `<time> stdout F <text>`.
"""

from datetime import UTC, datetime
from pathlib import Path
from posixpath import dirname
from typing import Protocol

from .files import MemoryFiles

__all__ = ["ContainerLogs", "DiskLogs", "NamedLogs", "NoLogs", "log_lines"]


class ContainerLogs(Protocol):
    """Where the logs of containers go."""

    def open(self, path: str) -> None:
        """Make the file and its directory, if they are not there; raises OSError."""

    def append(self, path: str, output: bytes, now: int) -> None:
        """What was printed, at `now` in nanoseconds since the epoch; raises OSError."""


class NamedLogs:
    """The names of the log files, kept in `files`, without content."""

    def __init__(self, files: MemoryFiles) -> None:
        self._files = files

    def open(self, path: str) -> None:
        """As `ContainerLogs` says."""
        self._files.write(path)

    def append(self, path: str, output: bytes, now: int) -> None:
        """As `ContainerLogs` says: nothing, only names are kept."""


class NoLogs:
    """No log files: every container starts as if there were one."""

    def open(self, path: str) -> None:
        """As `ContainerLogs` says."""

    def append(self, path: str, output: bytes, now: int) -> None:
        """As `ContainerLogs` says."""


class DiskLogs:
    """Log files on the disk of this machine, where the sandbox's configuration says."""

    def open(self, path: str) -> None:
        """As `ContainerLogs` says."""
        try:
            Path(path).parent.mkdir(0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise _worded("mkdir", dirname(path), error) from None
        self.append(path, b"", 0)

    def append(self, path: str, output: bytes, now: int) -> None:
        """As `ContainerLogs` says."""
        try:
            with Path(path).open("ab") as file:
                file.write(log_lines(output, now))
        except OSError as error:
            raise _worded("open", path, error) from None


def _worded(call: str, path: str, error: OSError) -> OSError:
    """The error in Go's words."""
    reason = (error.strerror or str(error)).lower()
    return OSError(error.errno, f"{call} {path}: {reason}")


def log_lines(output: bytes, now: int) -> bytes:
    r"""Output as lines of a container's log; `P` marks one without a newline of its own.

    >>> log_lines(b"one\ntwo", 1_600_000_000_000_000_007).decode().splitlines()
    ['2020-09-13T12:26:40.000000007Z stdout F one', '2020-09-13T12:26:40.000000007Z stdout P two']
    """
    seconds, nanoseconds = divmod(now, 1_000_000_000)
    moment = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"
    *whole, rest = output.split(b"\n")
    lines = [(line, "F") for line in whole] + [(rest, "P")] * bool(rest)
    return b"".join(f"{moment} stdout {tag} ".encode() + line + b"\n" for line, tag in lines)
