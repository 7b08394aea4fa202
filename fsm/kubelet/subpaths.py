"""Subpaths: making a part of a volume safe to mount, and what has to be undone afterwards.

pkg/volume/util/subpath, v1.18.6. On Linux nothing is left to undo when an attempt ends (bind
mounts go with the pod); on Windows directory handles are held until then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import join
from typing import Protocol

__all__ = [
    "Cleanup",
    "LinuxSubpaths",
    "LockedSubpaths",
    "PreparedSubpath",
    "SubpathPreparer",
]

Cleanup = Callable[[], None]
"""Undoes a preparation. Called once at most."""


@dataclass(frozen=True)
class PreparedSubpath:
    """The host path to mount, and what undoes the preparation, if anything does."""

    host_path: str
    cleanup: Cleanup | None = None


class SubpathPreparer(Protocol):
    """Prepares subpaths of volumes."""

    def prepare(self, volume_path: str, sub_path: str) -> PreparedSubpath:
        """Prepare a relative path under a volume's; raises an OSError or a `KubeletError`."""


class LinuxSubpaths:
    """As on Linux: never anything to clean up."""

    def prepare(self, volume_path: str, sub_path: str) -> PreparedSubpath:
        """The joined path."""
        return PreparedSubpath(join(volume_path, sub_path))


@dataclass
class LockedSubpaths:
    """As on Windows: each preparation locks its path until its cleanup runs.

    `locked` shows what is held now: a path that stays in it after an attempt was leaked.
    """

    locked: list[str] = field(default_factory=list)

    def prepare(self, volume_path: str, sub_path: str) -> PreparedSubpath:
        """The joined path, locked."""
        host_path = join(volume_path, sub_path)
        self.locked.append(host_path)
        return PreparedSubpath(host_path, lambda: self.locked.remove(host_path))
