"""Text as it goes into pictures: printable lines, wrapped, and how wide they are."""

from __future__ import annotations

import textwrap
import unicodedata

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text that have something to show, without control characters.

    Args:
        text: Any text, also one with tabs, escape codes or lone surrogates.

    Returns:
        Its lines, stripped, runs of blanks collapsed; blank lines are left out.

    >>> lines("tries:\\t1 \\n\\n  created\\x00")
    ('tries: 1', 'created')
    """
    clean = (" ".join(_printable(line).split()) for line in text.splitlines())
    return tuple(line for line in clean if line)


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """The lines of a text, none longer than `width` characters.

    Args:
        text: Any text.
        width: How many characters fit on a line.

    Returns:
        The lines; a single longer word is broken.

    >>> wrapped("the reply of create is lost", 16)
    ('the reply of', 'create is lost')
    """
    return tuple(part for line in lines(text) for part in textwrap.wrap(line, width))


def columns(text: str) -> int:
    """How many fixed-width columns one line takes; East Asian characters take two.

    >>> columns("phase"), columns("状態")
    (5, 4)
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _printable(line: str) -> str:
    return "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in line)
