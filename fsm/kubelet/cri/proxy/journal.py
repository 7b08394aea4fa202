"""The record: one JSON object a line, each written by one write(2) before the reply that it tells of leaves.

Why no sync: what write(2) has taken is in the kernel's page cache and no longer the process's. `kill -9` ends
the process and takes nothing from there; only a machine that goes down loses what is not on the disk yet, and
fsync for every call would cost more than the call. A process that is killed *within* a write may leave the
beginning of a line; the reply that it tells of never left. Whoever opens the record next mends that.

A record that cannot be written, as on a full disk, has no holes: the line is kept, its caller is refused, and
so is every later call, before the runtime hears of it, until all that was kept is written.
"""

import errno
import fcntl
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...errors import KubeletError

__all__ = ["Journal", "JournalError"]

NUMBER = re.compile(rb'\{(?:"n"|"note": "[a-z ]+", "of"): (\d+),')


class JournalError(KubeletError):
    """A record that cannot be opened or written; the text says why."""


class Journal:
    """A record that is open for appending; nobody else may write to it meanwhile.

    Args:
        path: of a file, which is made if it is not there; or of a pipe or a device.

    Attributes:
        last: the highest `n` in it.

    Raises:
        JournalError: if it cannot be opened, is none, or another proxy writes to it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path, self.last, self.refused = Path(path), 0, 0
        self._kept: list[bytes] = []
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            hint = ": name a file in it" if error.errno == errno.EISDIR else ""
            raise JournalError(f"the record {self.path} cannot be written: {error.strerror}{hint}") from None
        self._plain = stat.S_ISREG(os.fstat(self._file).st_mode)
        if self._plain:
            try:
                self._take_over()
            except BaseException:
                os.close(self._file)
                raise

    def write(self, entry: Mapping[str, Any]) -> None:
        """Append an entry.

        Raises:
            JournalError: if it cannot be written; then it is not kept.
        """
        self._catch_up()
        self._append(json.dumps(entry).encode() + b"\n")

    def keep(self, entry: Mapping[str, Any]) -> None:
        """Append an entry as soon as that can be, and before anything later."""
        self._kept.append(json.dumps(entry).encode() + b"\n")

    def insist(self) -> None:
        """See to it that a call which begins now can be recorded.

        Raises:
            JournalError: if what was kept cannot be written yet; the call is counted as refused.
        """
        if self._kept:
            try:
                self._catch_up()
            except JournalError:
                self.refused += 1
                raise

    def close(self) -> Sequence[str]:
        """Close it; returns the lines that could not be written."""
        with suppress(JournalError):
            self._catch_up()
        os.close(self._file)
        return tuple(line.decode().rstrip("\n") for line in self._kept)

    def _catch_up(self) -> None:
        while self._kept:
            self._append(self._kept[0])
            del self._kept[0]
        if self.refused:
            note = {"note": "calls were refused while nothing could be recorded", "refused": self.refused}
            self._append(json.dumps(note).encode() + b"\n")
            self.refused = 0

    def _append(self, line: bytes) -> None:
        done = 0
        try:
            while done < len(line):
                done += os.write(self._file, line[done:])
        except OSError as error:
            if self._plain and done:
                os.ftruncate(self._file, os.fstat(self._file).st_size - done)
            raise JournalError(f"the record {self.path} cannot be written: {error.strerror}") from None

    def _take_over(self) -> None:
        """Make sure that it is a record and ours; mend its end, and find the highest number in it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalError(
                f"the record {self.path} is being written by another proxy: name another file"
            ) from None
        line = b""
        with open(self._file, "rb", closefd=False) as lines:
            for number, line in enumerate(lines, 1):
                if number == 1 and not line.startswith(b"{"):
                    raise JournalError(
                        f"{self.path} is no record of calls, since its first line is {line[:40]!r}: name "
                        "another file"
                    )
                if found := NUMBER.match(line):
                    self.last = max(self.last, int(found[1]))
        if line and not line.endswith(b"\n"):
            self._mend(line)

    def _mend(self, torn: bytes) -> None:
        """End the last line if it is whole; else put a note in its place that keeps what is left of it."""
        with suppress(ValueError):
            if isinstance(json.loads(torn), dict):
                return self._append(b"\n")
        note = {
            "note": "the line here was torn: its writer was killed",
            "torn": torn.decode(errors="replace"),
        }
        os.ftruncate(self._file, os.fstat(self._file).st_size - len(torn))
        return self._append(json.dumps(note).encode() + b"\n")
