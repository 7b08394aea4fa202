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
        max_memory: bytes of the process at its peak.
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
    """How far an exploration has come."""

    states: int
    frontier: int
    depth: int
    faults: int
    seconds: float


NO_LIMITS = Limits()


def peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
