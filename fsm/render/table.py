"""Markdown tables, aligned so that they read well as plain text too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from fsm.render.words import columns, lines

Cell: TypeAlias = str | int | float

_SPECIAL = re.compile(
    r"[\\`*\[\]<>|~]"  # may begin something anywhere
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis, but not inside a_word
    r"|&(?=\w+;|#)"  # an entity
    r"|!(?=\[)"
)


def write(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Writes a Markdown table.

    Args:
        headers: What stands above each column.
        rows: Cells, as many in each row as there are headers; columns of numbers are aligned at
            the right. Text is shown as it is: marks of Markdown in it are escaped, and lines
            broken.

    Returns:
        The table, with a newline at its end.

    Raises:
        ValueError: There are no headers, or a row has another number of cells.

    >>> print(write(["spec", "states"], [["two_phase_commit", 288], ["a|b", 6]]), end="")
    | spec             | states |
    | ---------------- | -----: |
    | two_phase_commit |    288 |
    | a\\|b             |      6 |
    """
    if not headers:
        raise ValueError("A table needs at least one header; these are none.")
    table = [list(row) for row in rows]
    for number, row in enumerate(table, 1):
        if len(row) != len(headers):
            raise ValueError(
                f"Row {number} has {len(row)} cells, but there are {len(headers)} headers "
                f"({', '.join(headers)}). Give every column a cell; an empty one is ''."
            )
    right = [bool(table) and all(not isinstance(row[i], str) for row in table) for i in range(len(headers))]
    text = [[escape(str(cell)) for cell in row] for row in [headers, *table]]
    wide = [max(3, *(columns(row[i]) for row in text)) for i in range(len(headers))]
    rule = ["-" * (w - 1) + ":" if r else "-" * w for w, r in zip(wide, right, strict=True)]
    return "".join(_line(row, wide, right) for row in [text[0], rule, *text[1:]])


def escape(text: str) -> str:
    """Text as a Markdown cell shows it.

    >>> escape("`a` | *b*")
    '\\\\`a\\\\` \\\\| \\\\*b\\\\*'
    """
    return "<br>".join(_SPECIAL.sub(r"\\\g<0>", line) for line in lines(text))


def _line(cells: Iterable[str], wide: Iterable[int], right: Iterable[bool]) -> str:
    padded = (
        " " * (width - columns(cell)) + cell if at_right else cell + " " * (width - columns(cell))
        for cell, width, at_right in zip(cells, wide, right, strict=True)
    )
    return f"| {' | '.join(padded)} |\n"
