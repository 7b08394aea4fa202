"""A guard: a process that ends a private containerd when its owner has died without doing so.

Whatever ends the owner, `kill -9` too, closes the pipe that the guard reads. The guard then looks whether the
directory is deserted, and ends what is left as the owner would have. Of an owner that does its duty it is
dismissed, and does nothing. If both are killed, `leftovers.end_deserted` is left.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from .containerd_directory import Directory
from .leftovers import end, ids_of

__all__ = ["dismiss", "post", "watch"]

PATIENCE = 10.0  #: seconds for an owner whose files are closed already to be gone
PACKAGES = Path(__file__).parents[3]  #: where `fsm` is


def post(directory: Directory) -> subprocess.Popen[bytes]:
    """A guard of a directory that this process has claimed."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", __name__, str(directory.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it outlives what ends its owner's whole group
        cwd="/",
        env={"PYTHONPATH": str(PACKAGES)},
    )


def dismiss(guard: subprocess.Popen[bytes]) -> None:
    """End a guard that is not needed any more."""
    guard.kill()
    guard.communicate()


def watch(directory: Directory) -> None:
    """Wait until standard input is closed, then end what a dead owner left."""
    sys.stdin.buffer.read()
    owner = directory.owner
    if owner is not None:
        owner.wait(PATIENCE)
    if directory.deserted and not end(directory, ids_of(directory)):
        shutil.rmtree(directory.path, ignore_errors=True)


if __name__ == "__main__":
    watch(Directory(Path(sys.argv[1])))
