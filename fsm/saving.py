"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from fsm.errors import FsmError


def save(file: Path, text: str) -> None:
    """Write a file under another name and rename it; folders that are missing are made.

    Args:
        file: where to; a link is followed, and what is no plain file (`/dev/stdout`) is written to.
        text: what.

    Raises:
        FsmError: if that fails.
    """
    real = Path(os.path.realpath(file))
    try:
        if real.exists() and not real.is_file():
            real.write_text(text, "utf-8")
            return
        real.parent.mkdir(parents=True, exist_ok=True)
        draft = real.with_name(f".{real.name}.{os.getpid()}.tmp")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(real)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise FsmError(f"{file} cannot be written: {error.strerror or error}") from error
