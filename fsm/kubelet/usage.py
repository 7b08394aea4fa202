"""What a container uses, in the CRI's messages: the part of them that every runtime fills in.

`pkg/apis/runtime/v1alpha2/api.proto`, v1.18. A time is nanoseconds since the epoch; a number that the
runtime did not say is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .messages import ContainerMetadata

__all__ = ["ContainerAttributes", "ContainerStats", "CpuUsage", "MemoryUsage"]


@dataclass(frozen=True)
class ContainerAttributes:
    """Which container it is."""

    id: str = ""
    metadata: ContainerMetadata = field(default_factory=ContainerMetadata)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CpuUsage:
    """The processors' time since the container was made, in nanoseconds."""

    timestamp: int = 0
    usage_core_nano_seconds: int | None = None


@dataclass(frozen=True)
class MemoryUsage:
    """The memory, in bytes."""

    timestamp: int = 0
    working_set_bytes: int | None = None


@dataclass(frozen=True)
class ContainerStats:
    """What a container uses, as ContainerStats shows it."""

    attributes: ContainerAttributes = field(default_factory=ContainerAttributes)
    cpu: CpuUsage = field(default_factory=CpuUsage)
    memory: MemoryUsage = field(default_factory=MemoryUsage)
