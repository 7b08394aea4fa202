"""What was explored, kept in a file, so that a run that was killed can go on.

Theory. A checkpoint only ever grows. After a head, which says of which spec it is, come *records*: the states
that are new since the record before, the places that they were found from, and the position: how far the
explorer has come, what it has counted. A record has its length and a checksum, and counts only if it is
whole; so a run that is killed at any moment leaves the records before, and the next run goes on from the last
one. What has no whole record behind it is cut off when the next record is written.

States are kept as both engines number them, so either one can go on where the other was.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zlib
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any

from fsm.errors import FsmError
from fsm.model import Model

MAGIC = b"fsm checkpoint\n"
FORMAT = 1
MOST_HEAD = 1 << 24  #: bytes of a line; more is no line of ours


@dataclass(frozen=True)
class Position:
    """Where an exploration was, as plain data.

    Args:
        states: how many there were.
        data: what the explorer needs to go on; JSON.
    """

    states: int
    data: dict[str, Any]


class Checkpoint:
    """One file, read and then added to.

    Args:
        file: where; made if it is not there.
        model: what is explored.
        renamed: whether states are explored up to renaming.

    Raises:
        FsmError: if it is of another spec, another version, no checkpoint at all, or cannot be written.
    """

    def __init__(self, file: str, model: Model, renamed: bool) -> None:
        self.file = Path(file)
        self.position: Position | None = None
        self.width = 8 * model.layout.words  #: bytes of a state
        self.remark = ""  #: what had to be left out, if anything
        self._head = {
            "format": FORMAT,
            "spec": model.name,
            "width": self.width,
            "renamed": renamed,
            "fingerprint": fingerprint(model),
        }
        self._kept = 0
        self._parts: list[
            tuple[int, int]
        ] = []  #: where the rows of each record begin, and how many there are
        try:
            self._stream = self._open()
        except OSError as error:
            raise FsmError(f"{file} cannot be written: {error.strerror or error}") from error

    def _open(self) -> BufferedRandom:
        new = not self.file.exists() or self.file.stat().st_size == 0
        if self.file.is_dir():
            raise FsmError(f"{self.file} is a folder: name a file for the checkpoint")
        stream = self.file.open("w+b" if new else "r+b")
        if new:
            stream.write(MAGIC + _line(self._head))
            stream.flush()
            return stream
        try:
            self._read(stream)
        except FsmError:
            stream.close()
            raise
        return stream

    def _read(self, stream: BufferedRandom) -> None:
        """Take in all whole records; the stream then stands behind the last one."""
        if stream.read(len(MAGIC)) != MAGIC:
            raise FsmError(f"{self.file} is no checkpoint of fsm, and is left as it is: name another file")
        head = _json(stream.readline(MOST_HEAD))
        if head is None:
            raise FsmError(
                f"{self.file} is a checkpoint that breaks off in its first lines: remove it to begin anew"
            )
        self._compare(head)
        end = stream.tell()
        size = self.file.stat().st_size
        while (record := _json(stream.readline(MOST_HEAD))) is not None:
            begin, length = stream.tell(), _length(record, self.width)
            if length is None or record["from"] != self._kept or begin + length > size:
                break
            if not _whole(stream, length, record):
                break
            self._parts.append((begin, record["to"] - record["from"]))
            self._kept = record["to"]
            self.position = Position(record["to"], record["position"])
            end = stream.tell()
        if end < size:
            self.remark = f"{self.file}: the last {size - end:,} bytes are no whole record and were left out"
        stream.seek(end)

    def _compare(self, head: dict[str, Any]) -> None:
        if head.get("format") != FORMAT:
            raise FsmError(
                f"{self.file} is a checkpoint of format {head.get('format')}, and this version of fsm reads "
                f"format {FORMAT}: name another file, or go on with the version that wrote it"
            )
        if head.get("spec") != self._head["spec"]:
            raise FsmError(
                f"{self.file} is a checkpoint of {head.get('spec')}, and this is {self._head['spec']}: name "
                "another file for each spec"
            )
        if head.get("renamed") != self._head["renamed"]:
            raise FsmError(
                f"{self.file} was explored {'up to' if head.get('renamed') else 'without'} renaming, and "
                "this is not: give --symmetry or --no-symmetry as before, or name another file"
            )
        if head != self._head:
            raise FsmError(
                f"{self.file} is a checkpoint of another version of {self._head['spec']}: the spec has "
                "changed since, so what was explored no longer stands; name another file"
            )

    def rows(self) -> tuple[bytes, bytes]:
        """All states that were kept, and the places that they were found from, as they lie in the file."""
        here = self._stream.tell()
        states, origins = [], []
        for begin, count in self._parts:
            self._stream.seek(begin)
            states.append(self._stream.read(count * self.width))
            origins.append(self._stream.read(count * 4))
        self._stream.seek(here)
        return b"".join(states), b"".join(origins)

    @property
    def kept(self) -> int:
        """How many states are in the file."""
        return self._kept

    def append(self, states: bytes, origins: bytes, data: dict[str, Any]) -> None:
        """Add a record.

        Args:
            states, origins: of the states that are new, 64-bit words and 32-bit places, lowest byte first.
            data: the position; JSON.

        Raises:
            FsmError: if it could not be written; the records before are still there.
        """
        count = len(origins) // 4
        record = {
            "from": self._kept,
            "to": self._kept + count,
            "position": data,
            "checksum": zlib.crc32(origins, zlib.crc32(states)),
        }
        try:
            self._stream.truncate()
            begin = self._stream.tell() + self._stream.write(_line(record))
            self._stream.write(states)
            self._stream.write(origins)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise FsmError(f"{self.file} cannot be written: {error.strerror or error}") from error
        self._parts.append((begin, count))
        self._kept += count

    def close(self) -> None:
        """Nothing more will come."""
        self._stream.close()


def fingerprint(model: Model) -> str:
    """What an exploration of a model depends on, in short: its variables, events, properties and sources."""
    digest = hashlib.sha256()
    for variable in model.variables:
        digest.update(f"{variable.name}: {variable.domain} {variable.domain.cells}\n".encode())
    for event in model.events:
        digest.update(f"{event.label} {event.action.fault}\n".encode())
    for asked in model.properties:
        digest.update(f"{asked.name} {asked.kind.value} {asked.parameters}\n".encode())
    digest.update(repr(sorted(map(str, model.final))).encode())
    for file in sorted(_sources(model)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(model: Model) -> set[Path]:
    """The files of the spec's class, of those that it is a variant of, and of all bodies."""
    names = {cls.__module__ for cls in model.view.__mro__}
    names |= {action.body.__module__ for action in model.actions}
    names |= {asked.body.__module__ for asked in model.properties}
    files = (getattr(sys.modules.get(name), "__file__", None) for name in names)
    ours = Path(__file__).parent
    paths = {Path(file) for file in files if file}
    return {path for path in paths if path.is_file() and (path.parent != ours or "specs" in path.parts)}


def _line(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def _json(line: bytes) -> dict[str, Any] | None:
    """What a line says; nothing if it is none."""
    if not line.endswith(b"\n"):
        return None
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _length(record: dict[str, Any], width: int) -> int | None:
    """How many bytes follow a record's line."""
    first, end = record.get("from"), record.get("to")
    if type(first) is not int or type(end) is not int or end < first or "position" not in record:
        return None
    return (end - first) * (width + 4)


def _whole(stream: BufferedRandom, length: int, record: dict[str, Any]) -> bool:
    checksum = 0
    while length:
        part = stream.read(min(length, 1 << 24))
        if not part:
            return False
        checksum = zlib.crc32(part, checksum)
        length -= len(part)
    return checksum == record.get("checksum")
