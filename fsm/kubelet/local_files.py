"""The node's own disk, for a kubelet over a real runtime: `Files`, and the making of directories.

Errors are OSErrors with the text that Go gives them, since that text goes into events.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .files import DirectoryEntry

__all__ = ["LocalFiles"]


@dataclass(frozen=True)
class LocalFiles:
    """The files of the machine that this runs on; `make_directory` is for `ConfigSources`.

    Args:
        root: a directory that stands for `/`, without a slash at its end; a path in it may be given as it is.
            With one, have the runtime write the logs there too: the sandbox's `log_directory` begins with it.

    Example:
        >>> files = LocalFiles()
        >>> files.stat("/")
        >>> files.list_directory("/no/such/directory")
        Traceback (most recent call last):
            ...
        FileNotFoundError: open /no/such/directory: no such file or directory
    """

    root: str = ""

    def at(self, path: str) -> Path:
        """Where a path of the node really is.

        >>> LocalFiles("/tmp/node").at("/var/log"), LocalFiles("/tmp/node").at("/tmp/node/var/log")
        (PosixPath('/tmp/node/var/log'), PosixPath('/tmp/node/var/log'))
        """
        within = path == self.root or path.startswith(f"{self.root}/")
        return Path(path if within else f"{self.root}{path}")

    def stat(self, path: str) -> None:
        """As `Files` says."""
        with _go_text(f"stat {path}"):
            self.at(path).stat()

    def list_directory(self, path: str) -> Sequence[DirectoryEntry]:
        """As `Files` says, by name."""
        with _go_text(f"open {path}"), os.scandir(self.at(path)) as entries:
            found = [DirectoryEntry(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        return sorted(found)

    def symlink(self, target: str, link: str) -> None:
        """As `Files` says; the directory of the link is made where it is missing, as a kubelet does at start.

        `ContainerLogsDir` in pkg/kubelet/kubelet.go, v1.18 (`initializeModules`).
        """
        self.make_directory(str(Path(link).parent))
        with _go_text(f"symlink {target} {link}"):
            self.at(link).symlink_to(target)

    def make_directory(self, path: str) -> None:
        """Make a directory and its parents, mode 0755; one that is there is fine."""
        with _go_text(f"mkdir {path}"):
            self.at(path).mkdir(0o755, parents=True, exist_ok=True)


@contextmanager
def _go_text(call: str) -> Iterator[None]:
    """An OSError gets Go's text: what was called, and the system's words, not capitalised."""
    try:
        yield
    except OSError as error:
        words = os.strerror(error.errno) if error.errno else str(error)
        raise type(error)(f"{call}: {words[:1].lower()}{words[1:]}") from None
