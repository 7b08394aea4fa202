"""The files that an attempt looks at or makes on its node: log directories, and one link to a log.

A seam: three calls. `MemoryFiles` stands in for the node's disk, and can be made to fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from posixpath import dirname
from typing import NamedTuple, Protocol

__all__ = ["DirectoryEntry", "Files", "MemoryFiles"]


class DirectoryEntry(NamedTuple):
    """One name in a directory."""

    name: str
    is_directory: bool = False


class Files(Protocol):
    """The node's files. Paths are absolute; every call may raise an OSError."""

    def stat(self, path: str) -> None:
        """Succeed if `path` exists; raises FileNotFoundError if not, another OSError if nobody can say."""

    def list_directory(self, path: str) -> Sequence[DirectoryEntry]:
        """What stands in a directory, in any order."""

    def symlink(self, target: str, link: str) -> None:
        """Make `link`, which points to `target`; raises FileExistsError if there is something."""


@dataclass
class MemoryFiles:
    """Files in memory: their names, without content.

    The sets make calls fail: `unreadable` directories cannot be listed, `forbidden` paths not be looked
    at, in `read_only` directories nothing is made.
    """

    files: set[str] = field(default_factory=set)
    directories: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)

    def stat(self, path: str) -> None:
        """As `Files` says; a link counts as what it points to, which is not looked for."""
        if path in self.forbidden:
            raise PermissionError(f"stat {path}: permission denied")
        if path not in self.files | self.directories | self.links.keys():
            raise FileNotFoundError(f"stat {path}: no such file or directory")

    def list_directory(self, path: str) -> Sequence[DirectoryEntry]:
        """As `Files` says, by name."""
        self.stat(path)
        if path in self.unreadable:
            raise PermissionError(f"open {path}: permission denied")
        within = f"{path.rstrip('/')}/"
        return [
            DirectoryEntry(one.removeprefix(within), one in self.directories)
            for one in sorted(self.files | self.directories | self.links.keys())
            if one.startswith(within) and "/" not in one.removeprefix(within)
        ]

    def symlink(self, target: str, link: str) -> None:
        """As `Files` says."""
        if dirname(link) in self.read_only:
            raise OSError(f"symlink {target} {link}: read-only file system")
        if link in self.files | self.directories | self.links.keys():
            raise FileExistsError(f"symlink {target} {link}: file exists")
        self.links[link] = target

    def make_directory(self, path: str) -> None:
        """The world, or whoever makes log directories: a directory and its parents."""
        while path not in ("", "/"):
            self.directories.add(path)
            path = dirname(path)

    def write(self, path: str) -> None:
        """The world: a file, in a directory that is made with it."""
        self.make_directory(dirname(path))
        self.files.add(path)

    def remove(self, path: str) -> None:
        """The world: a file, a link or a directory with all that is in it goes; nothing there is fine."""
        within = f"{path.rstrip('/')}/"

        def kept(one: str) -> bool:
            return one != path and not one.startswith(within)

        self.files = set(filter(kept, self.files))
        self.directories = set(filter(kept, self.directories))
        self.links = {link: target for link, target in self.links.items() if kept(link)}
