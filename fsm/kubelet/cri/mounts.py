"""Mounts: what is mounted below a directory, and the end of it.

proc(5), `/proc/PID/mountinfo`: the fourth field is the directory that was mounted, the fifth where, the last
are the file system's own options, among them the directories that an overlay is made of.
"""

import ctypes
import os
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["mounts_below", "overlay_works", "root_of", "unmount"]

DETACH = 2  #: MNT_DETACH of umount2(2): a mount that is still in use ends when its last user does


def mounts_below(directory: Path) -> list[Path]:
    """Where something is mounted in a directory, the innermost first."""
    points = [Path(_plain(fields[4])) for fields in _mountinfo("self")]
    return sorted((point for point in points if directory in point.parents), reverse=True)


def root_of(pid: int) -> str:
    """What a process sees as `/`: the mounted directory and the options of its file system; "" if unknown."""
    lines = [fields for fields in _mountinfo(str(pid)) if fields[4] == "/"]
    return _plain(" ".join((lines[-1][3], lines[-1][-1]))) if lines else ""


def unmount(point: Path) -> None:
    """End a mount.

    Raises:
        OSError: if that cannot be done.
    """
    if _libc().umount2(os.fsencode(point), DETACH):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(point))


def overlay_works(directory: Path) -> bool:
    """Whether an overlay can be mounted of folders in a directory; tried."""
    with TemporaryDirectory(dir=directory) as scratch:
        lower, upper, work, merged = (Path(scratch, name) for name in ("lower", "upper", "work", "merged"))
        for folder in (lower, upper, work, merged):
            folder.mkdir()
        options = f"lowerdir={lower},upperdir={upper},workdir={work}".encode()
        if _libc().mount(b"overlay", os.fsencode(merged), b"overlay", 0, options):
            return False
        unmount(merged)
        return True


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _mountinfo(who: str) -> list[list[str]]:
    try:
        text = Path("/proc", who, "mountinfo").read_text(errors="surrogateescape")
    except OSError:
        return []
    return [line.split() for line in text.splitlines()]


def _plain(text: str) -> str:
    """Without the octal escapes of blanks, tabs, line ends and backslashes."""
    for escape, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, character)
    return text
