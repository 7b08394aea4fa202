"""A process that cannot be taken for another: its pid, and when it started.

A pid is used again after its process has ended. A signal is therefore sent through a file descriptor of the
process, opened before its start is compared: what was found is what is signalled, or nothing.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "process_of", "processes"]

PROC = Path("/proc")
STATE, START = 0, 19  #: places in /proc/PID/stat after the name: fields 3 and 22 of proc(5)


@dataclass(frozen=True)
class Process:
    """A process of this machine.

    Args:
        pid: its number.
        started: when, in clock ticks since the machine came up.
    """

    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether it is still there; one that has ended and is not waited for yet is not."""
        found = _stat(PROC / str(self.pid))
        return found is not None and int(found[START]) == self.started and found[STATE] not in "ZX"

    @property
    def stopped(self) -> bool:
        """Whether every thread of it is stopped, as by SIGSTOP."""
        threads = [_stat(thread) for thread in _entries(PROC / str(self.pid) / "task")]
        return self.alive and all(one is None or one[STATE] == "T" for one in threads)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Its command line; empty for one that has ended, and for one of the kernel's."""
        try:
            text = (PROC / str(self.pid) / "cmdline").read_bytes()
        except OSError:
            return ()
        return tuple(word.decode(errors="replace") for word in text.split(b"\0")[:-1])

    def send(self, number: signal.Signals) -> bool:
        """Signal it; whether it was there to be signalled."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if not self.alive:
                return False
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(descriptor)
        return True

    def stop(self, seconds: float) -> bool:
        """Stop all of it (SIGSTOP) and wait until it is; whether it is."""
        return self.send(signal.SIGSTOP) and _until(lambda: self.stopped, seconds)

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, whoever its parent is; whether it has."""
        return _until(lambda: not self.alive, seconds)


def process_of(pid: int) -> Process | None:
    """The process that has this pid now."""
    found = _stat(PROC / str(pid))
    return None if found is None else Process(pid, int(found[START]))


def processes() -> Iterator[Process]:
    """All there are."""
    for entry in _entries(PROC):
        if entry.name.isdigit() and (found := process_of(int(entry.name))):
            yield found


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= end:
            return False
        time.sleep(0.002)
    return True


def _stat(folder: Path) -> list[str] | None:
    """The fields after the name, which may itself hold blanks and parentheses."""
    try:
        text = (folder / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
