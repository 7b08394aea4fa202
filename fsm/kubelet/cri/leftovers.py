"""What a private containerd leaves on the machine, found by what is its own: its directory and its ids.

Some of it is kept where every containerd keeps its own: cgroups named after the ids of containers, and the
sockets of shims in `/run/containerd/s`, named after the hash of the daemon's address and an id
(`SocketAddress`, runtime/v2/shim/util_unix.go, containerd 1.6). So nothing is told by a general name. A
process belongs here if an option of its command line names this directory, if it is in a cgroup of one of the
ids, or if its root is a snapshot that is kept here.
"""

import re
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from .containerd_directory import Directory
from .mounts import mounts_below, root_of, unmount
from .process import Process, processes

__all__ = ["Leftovers", "end", "end_deserted", "find", "ids_of"]

CGROUPS = Path("/sys/fs/cgroup")
SHIMS = Path("/run/containerd/s")
NAMESPACE = "k8s.io"  #: containerd's, for all that comes by the CRI
OPTIONS = ("--config", "-address", "--address", "--root")  #: of containerd, shim, `containerd publish`, runc
ID = re.compile(r"\b[0-9a-f]{64}\b")
IN_CGROUP = re.compile(rf"/{re.escape(NAMESPACE)}/([0-9a-f]{{64}})(?:/|$)", re.MULTILINE)
PATIENCE = 10.0  #: seconds for a process to be gone after SIGKILL


@dataclass(frozen=True)
class Leftovers:
    """What was found; false if nothing was.

    Args:
        processes: in the order in which they are best ended: the daemon, containers, their shims.
        mounts: the innermost first.
        cgroups: named after a sandbox or container.
        sockets: of shims.
    """

    processes: tuple[Process, ...] = ()
    mounts: tuple[Path, ...] = ()
    cgroups: tuple[Path, ...] = ()
    sockets: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.processes or self.mounts or self.cgroups or self.sockets)

    def __str__(self) -> str:
        told = [f"process {one.pid}: {' '.join(one.arguments)[:160]}" for one in self.processes]
        for kind, paths in (("mount", self.mounts), ("cgroup", self.cgroups), ("socket", self.sockets)):
            told += [f"{kind} {path}" for path in paths]
        return "\n".join(told) or "nothing"


def ids_of(directory: Directory) -> frozenset[str]:
    """The ids of every sandbox and container that a containerd ever had, by its folders and by its log."""
    kept = (*directory.records, directory.bundles)
    found = {entry.name for folder in kept for entry in _entries(folder)}
    with suppress(OSError):
        found.update(ID.findall(directory.log.read_text(errors="replace")))
    return frozenset(found)


def find(directory: Directory, ids: Iterable[str]) -> Leftovers:
    """What there is now of a private containerd.

    Args:
        directory: of the containerd; it need not be there any more.
        ids: of its sandboxes and containers: `ids_of(directory)`, read while it was there.
    """
    ids = frozenset(ids)
    ranks = {one: _rank(one, directory, ids) for one in processes()}
    own = [one for one in ranks if ranks[one] is not None]
    return Leftovers(
        tuple(sorted(own, key=lambda one: (ranks[one], one.pid))),
        tuple(mounts_below(directory.path)),
        tuple(_cgroups(ids)),
        tuple(_sockets(directory, ids)),
    )


def end(directory: Directory, ids: Iterable[str]) -> Leftovers:
    """End what there is, by process and by path, and say what could not be ended.

    Args:
        directory: of the containerd; it is not removed.
        ids: as for `find`.
    """
    ids = frozenset(ids)
    for _ in range(3):  # what ends may have begun something: a shim runs `runc delete`
        found = find(directory, ids)
        if not found:
            break
        for process in found.processes:
            process.send(signal.SIGKILL)
            process.wait(PATIENCE)
        _each(unmount, found.mounts)
        _each(Path.rmdir, found.cgroups)
        _each(Path.unlink, found.sockets)
    return find(directory, ids)


def end_deserted(parent: Path, prefix: str) -> list[Path]:
    """End the containerds whose owners were killed, and remove their directories.

    Args:
        parent: where the directories are.
        prefix: what their names begin with.

    Returns:
        The directories that are gone.
    """
    gone = []
    for path in sorted(parent.glob(f"{prefix}*")):
        directory = Directory(path)
        if directory.deserted and not end(directory, ids_of(directory)):
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path)
    return gone


def _rank(process: Process, directory: Directory, ids: frozenset[str]) -> int | None:
    """When to end a process: 0 the daemon, 1 containers, 2 what looks after them; None if it is another's.

    A shim outlives its containers, for it waits for them: an ended process that nobody waits for holds up
    the end of its PID namespace.
    """
    if not process.alive:
        return None
    inside = f"{directory.path}/"
    told = [(option, word) for option, word in pairwise(process.arguments) if option in OPTIONS]
    if ("--config", str(directory.config)) in told:
        return 0
    if any(word.startswith(inside) for _, word in told):
        return 2
    return 1 if _ids_in_cgroups(process) & ids or inside in root_of(process.pid) else None


def _ids_in_cgroups(process: Process) -> set[str]:
    """The ids that a process's cgroups are named after."""
    try:
        return set(IN_CGROUP.findall(Path("/proc", str(process.pid), "cgroup").read_text()))
    except OSError:
        return set()


def _cgroups(ids: frozenset[str]) -> Iterator[Path]:
    for parent in (CGROUPS / NAMESPACE, *sorted(CGROUPS.glob(f"*/{NAMESPACE}"))):
        yield from (entry for entry in _entries(parent) if entry.name in ids)


def _sockets(directory: Directory, ids: frozenset[str]) -> Iterator[Path]:
    for one in sorted(ids):
        address = f"{directory.socket}/{NAMESPACE}/{one}"
        path = SHIMS / sha256(address.encode()).hexdigest()
        if path.exists():
            yield path


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _each(deed: Callable[[Path], None], paths: Iterable[Path]) -> None:
    """Do it to each; one that it cannot be done to is found again, and named."""
    for path in paths:
        with suppress(OSError):
            deed(path)
