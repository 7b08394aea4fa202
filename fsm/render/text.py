"""Lines of `prose` on a terminal, in colours."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich.console import Console
from rich.text import Text

from fsm.prose import Line, Style

LOOKS: dict[Style, str] = {
    "": "none",
    "strong": "bold",
    "dim": "dim",
    "good": "green",
    "bad": "bold red",
    "unsure": "yellow",
    "known": "cyan",
    "fault": "magenta",
}


def paint(lines: Iterable[Line]) -> str:
    """Lines with the escapes that a terminal shows as colours; nothing is wrapped or cut.

    Args:
        lines: what `prose` says.

    Returns:
        Text, each line ending in a newline.
    """
    stream = StringIO()
    console = Console(
        file=stream, force_terminal=True, color_system="standard", highlight=False, legacy_windows=False
    )
    for line in lines:
        text = Text.assemble(*((part, LOOKS[style]) for part, style in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
    return stream.getvalue()
