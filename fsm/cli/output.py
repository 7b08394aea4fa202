"""Where results go: stdout, or a file that is there whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import TextIO

from fsm.errors import FsmError
from fsm.prose import Line, plain
from fsm.saving import save


class Output:
    """Results on their way out. A reader that leaves early (`| head`) changes nothing but what it sees.

    Args:
        file: a path; it is written at the end, under another name first, so that nobody finds half of it.
        color: whether to use colours; `None` for "if somebody looks at it".

    Raises:
        FsmError: if the file could not be written; found out before any work is done.
    """

    def __init__(self, file: str | None = None, color: bool | None = None) -> None:
        self._file = writable(file) if file is not None else None
        self._stream: TextIO = StringIO() if file is not None else sys.stdout or StringIO()
        self._color = _wants_color(self._stream) if color is None else color
        self._broken = False

    def lines(self, lines: Iterable[Line]) -> None:
        """Write lines of prose."""
        if self._color:
            from fsm.render.text import paint

            self.text(paint(lines))
        else:
            self.text("".join(f"{plain(line)}\n" for line in lines))

    def text(self, text: str) -> None:
        """Write text as it is."""
        if self._broken:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self._broken = True

    def close(self) -> None:
        """Put the file in its place; raises `FsmError` if that fails."""
        if self._file is not None and isinstance(self._stream, StringIO):
            save(self._file, self._stream.getvalue())


def writable(text: str) -> Path:
    """The path of a file that can be written; raises `FsmError` before any work is done."""
    file = Path(text)
    if not file.name or file.is_dir():
        raise FsmError(f"{file} is a folder: name a file for the results")
    folder = file.parent
    if not folder.is_dir():
        raise FsmError(f"{file} cannot be written: there is no folder {folder}")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise FsmError(f"{file} cannot be written: permission denied")
    return file


def _wants_color(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
