"""What a private containerd needs of a machine: root, four programs, and a busybox to make images of."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .oci_image import is_static

__all__ = ["APT", "Programs", "programs", "wanting"]

APT = "apt-get install --no-install-recommends containerd runc busybox-static"
NEEDED = ("containerd-shim-runc-v2", "runc", "ctr")
BUSYBOXES = ("busybox", "busybox-static", "busybox.static")  #: its names in Debian, and in Alpine


@dataclass(frozen=True)
class Programs:
    """Where the programs are; "" for one that is nowhere.

    Args:
        containerd: the daemon.
        path: on which all others are looked for: the daemon's own directory comes first.
        ctr: the daemon's command line, with which images are imported.
        busybox: statically linked.
    """

    containerd: str
    path: str
    ctr: str
    busybox: str


def programs(containerd: str = "containerd") -> Programs:
    """The programs of this machine.

    Args:
        containerd: a name to be found on PATH, or a path.
    """
    path = os.environ.get("PATH", os.defpath)
    daemon = shutil.which(containerd) or ""
    if daemon:
        daemon = str(Path(daemon).absolute())
        path = f"{Path(daemon).parent}{os.pathsep}{path}"
    boxes = (shutil.which(name, path=path) for name in BUSYBOXES)
    static = (box for box in boxes if box and is_static(Path(box).read_bytes()))
    return Programs(daemon, path, shutil.which("ctr", path=path) or "", next(static, ""))


def wanting(containerd: str = "containerd") -> str:
    """What this machine lacks for a private containerd, in one line with the remedy; "" if nothing.

    Args:
        containerd: as for `programs`.
    """
    if sys.platform != "linux":
        return "containers are Linux's"
    if os.geteuid() != 0:
        return "only root may start a containerd"
    found = programs(containerd)
    lacks = [] if found.containerd else [f"no program {containerd}"]
    lacks += [f"no program {name}" for name in NEEDED if not shutil.which(name, path=found.path)]
    if not found.busybox:
        dynamic = any(shutil.which(name, path=found.path) for name in BUSYBOXES)
        lacks.append("busybox is not statically linked" if dynamic else "no program busybox")
    return f"{', '.join(lacks)} ({APT})" if lacks else ""


if __name__ == "__main__":
    lacks = wanting(*sys.argv[1:])
    sys.exit(f"no runtime to test: {lacks}" if lacks else 0)
