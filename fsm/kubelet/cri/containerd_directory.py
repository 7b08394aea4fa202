"""The directory of a private containerd: where in it everything is, and whose it is.

Who uses it is written into it: a process's pid, when that started, in which life of the machine and in which
PID namespace. If the process was killed, its containerd runs on, and whoever comes next can tell, and end it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..errors import KubeletError
from .process import Process, process_of

__all__ = ["ContainerdError", "Directory"]

LONGEST = 107  #: bytes in the path of a socket; unix(7)
BOOT = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = Path("/proc/self/ns/pid")


class ContainerdError(KubeletError):
    """A private containerd cannot be had, or not do as it was told; the text says why."""


@dataclass(frozen=True)
class Directory:
    """Where a private containerd keeps what it has.

    Args:
        path: absolute.

    Example:
        >>> Directory(Path("/tmp/d")).socket
        PosixPath('/tmp/d/s')
    """

    path: Path

    @property
    def socket(self) -> Path:
        """Where it listens; a short name, for it comes back in the names of other sockets."""
        return self.path / "s"

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.path / "config.toml"

    @property
    def log(self) -> Path:
        """What it says, from its first start to its last."""
        return self.path / "log"

    @property
    def root(self) -> Path:
        """What outlives a reboot: images, snapshots, what is known of containers."""
        return self.path / "root"

    @property
    def state(self) -> Path:
        """What does not: bundles, sockets, fifos."""
        return self.path / "state"

    @property
    def bundles(self) -> Path:
        """The folders of containers that have been started, named after their ids."""
        return self.state / "io.containerd.runtime.v2.task/k8s.io"

    @property
    def records(self) -> tuple[Path, Path]:
        """The folders in which sandboxes and containers are kept by their ids."""
        kept = self.root / "io.containerd.grpc.v1.cri"
        return kept / "sandboxes", kept / "containers"

    @property
    def owner(self) -> Process | None:
        """The process that claimed it, if that is still there."""
        claim = self._claim()
        return claim.process if claim and claim.where == _here() and claim.process.alive else None

    @property
    def deserted(self) -> bool:
        """Whether the process that claimed it has ended.

        It is not if that cannot be told: a process of another PID namespace is not to be seen from here, and
        what another user may write to is not believed.
        """
        try:
            told = self.path.stat()
        except OSError:
            return False
        claim = self._claim()
        if claim is None or told.st_uid != os.geteuid() or told.st_mode & 0o022:
            return False
        boot, namespace = _here()
        if claim.where[0] != boot:  # of an earlier life of the machine: nothing runs on
            return True
        return claim.where[1] == namespace and not claim.process.alive

    def claim(self) -> None:
        """Make it, for this process.

        Raises:
            ContainerdError: if it is somebody else's, or no place for a containerd.
        """
        longest = f"{self.socket}.ttrpc"
        if len(os.fsencode(longest)) > LONGEST:
            raise ContainerdError(
                f"{self.path} is too long a path for a containerd: a socket in it may have {LONGEST} bytes, "
                f"and {longest} has {len(os.fsencode(longest))}; choose a shorter one (TMPDIR=/tmp)"
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(self.path.iterdir()):
                raise ContainerdError(f"{self.path} is not empty: a containerd wants a directory of its own")
            me = process_of(os.getpid())
            assert me is not None
            (self.path / "owner").write_text(" ".join((str(me.pid), str(me.started), *_here())))
        except OSError as error:
            raise ContainerdError(f"{self.path} is no place for a containerd: {error.strerror}") from None

    def _claim(self) -> "_Claim | None":
        try:
            pid, started, boot, namespace = (self.path / "owner").read_text().split()
            return _Claim(Process(int(pid), int(started)), (boot, namespace))
        except (OSError, ValueError):  # there is none, or it is just being written
            return None


class _Claim(NamedTuple):
    """Who claimed a directory, and where that process is to be seen."""

    process: Process
    where: tuple[str, str]


def _here() -> tuple[str, str]:
    """This life of the machine, and this PID namespace."""
    return BOOT.read_text().strip(), NAMESPACE.readlink().name
