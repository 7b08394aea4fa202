"""Where exploring ends early, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Where exploring ends early; the verdicts are then unknown.

    Args:
        max_states: states that may be found, at least 1; exploring ends when there are more.
        max_depth: steps from an initial state, at least 0.
        max_faults: faults on a path, at least 0.
        timeout: seconds.
        max_memory: bytes that the process may hold.
    """

    max_states: int | None = None
    max_depth: int | None = None
    max_faults: int | None = None
    timeout: float | None = None
    max_memory: int | None = None

    def __post_init__(self) -> None:
        for name, least in (
            ("max_states", 1), ("max_depth", 0), ("max_faults", 0), ("timeout", 0), ("max_memory", 1),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(
                    f"{name}={value} bounds nothing: give at least {least}, or None for no bound"
                )


@dataclass(frozen=True)
class Progress:
    """How far an exploration has come.

    Args:
        states: how many were found.
        frontier: how many of them wait to be expanded.
        depth, faults: the steps and the faults that lead to those that are expanded now.
        seconds: since it began.
        engine: which one is at work.
        bound: how many states there can be at most, if that is a number that says something.
    """

    states: int
    frontier: int
    depth: int
    faults: int
    seconds: float
    engine: str = "python"
    bound: int | None = None


NO_LIMITS = Limits()
GIB = 1 << 30  #: bytes


def memory() -> int:
    """How much memory this process holds, in bytes; where the system does not say, the most it ever held."""
    import resource
    import sys
    from pathlib import Path

    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * resource.getpagesize()


def available_memory() -> int:
    """How much memory this process may come to hold, in bytes, with a little left for others."""
    from pathlib import Path

    free = 1 << 62
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        told = next(line for line in lines if line.startswith("MemAvailable:"))
        free = int(told.split()[1]) * 1024 + memory()
    except (OSError, StopIteration, ValueError, IndexError):
        pass
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            free = min(free, int(Path(file).read_text()))
        except (OSError, ValueError):
            continue
    return free - free // 20
