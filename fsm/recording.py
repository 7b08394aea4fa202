"""Recordings: files of JSON lines, plain or gzipped, read with every kind of damage named.

A recording cut off in the middle of a line, a gzip that ends early, a file that is no recording at all:
each is refused with the file and the line, since half a recording judged as a whole one would be a lie.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsm.errors import LogError

GZIP = b"\x1f\x8b"
KINDS = {list: "an array", str: "a string", type(None): "null", bool: "a boolean", int: "a number"}


@dataclass(frozen=True)
class Line:
    """One line of a recording: its number, from 1, and the JSON object on it."""

    number: int
    data: Mapping[str, Any]


def read_lines(path: str | os.PathLike[str]) -> tuple[Line, ...]:
    """Read a recording.

    Args:
        path: a file of JSON objects, one a line; gzipped if it begins like a gzip, whatever its name.
            Blank lines are passed over.

    Returns:
        The lines, in file order; at least one.

    Raises:
        LogError: with the file, the line, what is wrong and what was expected.
    """
    rows = _text(Path(path)).split("\n")
    found = [
        Line(number, _object(row, f"{path}:{number}", cut_off=number == len(rows)))
        for number, row in enumerate(rows, 1)
        if row.strip()
    ]
    if not found:
        raise LogError(f"{path}: empty: there is nothing to judge in it")
    return tuple(found)


def _object(row: str, place: str, cut_off: bool) -> Mapping[str, Any]:
    """The JSON object on a row; one that no newline ends may be cut off."""
    try:
        data = json.loads(row)
    except RecursionError:
        raise LogError(f"{place}: JSON that is nested too deeply: no recording is") from None
    except ValueError as error:
        if cut_off and row.lstrip().startswith("{"):
            raise LogError(
                f"{place}: the last line is cut off in the middle ({_reason(error)}): the recording is "
                "not whole; record it again, or remove that line to judge the rest"
            ) from None
        raise LogError(
            f"{place}: not JSON ({_reason(error)}): a recording has one JSON object a line"
        ) from None
    if not isinstance(data, dict):
        kind = KINDS.get(type(data), "a number")
        raise LogError(f"{place}: {kind}, where a recording has one JSON object a line")
    return data


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith(GZIP):
            raw = gzip.decompress(raw)
    except FileNotFoundError:
        raise LogError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise LogError(f"{path}: a directory: name the recordings in it") from None
    except PermissionError:
        raise LogError(f"{path}: its permissions do not let it be read") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise LogError(
            f"{path}: a damaged gzip file ({error}): copy it again, or unpack what can be saved with zcat"
        ) from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read ({error.strerror or error})") from None
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if error.end == len(raw) and error.reason == "unexpected end of data":
            raise LogError(
                f"{path}:{line}: the last line is cut off in the middle of a character: the recording is "
                "not whole; record it again, or remove that line to judge the rest"
            ) from None
        byte = error.start - raw.rfind(b"\n", 0, error.start)
        raise LogError(
            f"{path}:{line}: not text (byte {byte} of the line is no UTF-8): a recording is JSON lines"
        ) from None


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return str(error)
