"""A drawing: what Graphviz shall lay out and paint, before it is written as DOT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

Attributes: TypeAlias = Mapping[str, str]


class Markup(str):
    """A label in the HTML-like markup of Graphviz.

    Every other string stands for itself; its lines are centred, or aligned at the left when the
    last one ends in a newline too.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """Nodes and edges with the attributes of Graphviz.

    Args:
        graph: Attributes of the whole; `layout` names the engine, `dot` without one.
        node: Defaults for nodes.
        edge: Defaults for edges.
        nodes: A name and attributes each, in the order of writing.
        edges: Two names and attributes each, in the order of writing.
        bottom: Names of nodes that share the lowest rank, from left to right.
        frame: Attributes of a frame around everything; its label is a title above.
    """

    graph: Attributes
    node: Attributes
    edge: Attributes
    nodes: tuple[tuple[str, Attributes], ...]
    edges: tuple[tuple[str, str, Attributes], ...]
    bottom: tuple[str, ...] = ()
    frame: Attributes | None = None


def names(keys: Iterable[str]) -> dict[str, str]:
    """Gives each key a name that DOT reads without quotes, as close to the key as can be.

    Args:
        keys: Distinct strings.

    Returns:
        Key → name; the names are distinct too.

    >>> names(["pending", "a:b", "a b"])
    {'pending': 'pending', 'a:b': 'a_b', 'a b': 'a_b_2'}
    """
    given: dict[str, str] = {}
    for key in keys:
        base = re.sub(r"\W", "_", key, flags=re.ASCII)
        if not base or base[0].isdigit():
            base = f"_{base}"
        name, count = base, 1
        while name in given.values():
            count += 1
            name = f"{base}_{count}"
        given[key] = name
    return given


def aligned(words: Iterable[str], size: int, color: str) -> str:
    """Lines of plain text as markup, aligned at the left.

    Args:
        words: Lines of plain text.
        size: The type size in points.
        color: The colour.

    Returns:
        Markup in which the text stands for itself; nothing for no lines.

    >>> aligned(["a < b"], 10, "red")
    '<FONT POINT-SIZE="10" COLOR="red">a &lt; b<BR ALIGN="LEFT"/></FONT>'
    """
    text = "".join(f'{_literal(line)}<BR ALIGN="LEFT"/>' for line in words)
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{text}</FONT>' if text else ""


def stacked(
    words: Iterable[str], size: int, color: str, below: Iterable[str], small: int, quiet: str
) -> Markup:
    """Centred lines of text, and more of them in a smaller type below, with some room between.

    Args:
        words, size, color: The text, its type size in points and its colour.
        below, small, quiet: The same of the text below.

    Returns:
        A label.
    """
    rows = "".join(
        f'<TR><TD><FONT POINT-SIZE="{points}" COLOR="{ink}">{text}</FONT></TD></TR>'
        for text, points, ink in (
            ("<BR/>".join(map(_literal, words)), size, color),
            ("<BR/>".join(map(_literal, below)), small, quiet),
        )
    )
    return Markup(f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>>')


def badge(text: str, size: int, color: str, ground: str) -> str:
    """A cell for `cells`: a short text on a rounded ground of its own."""
    inside = f'<FONT POINT-SIZE="{size}" COLOR="{color}">{_literal(text)}</FONT>'
    return f'<TD STYLE="ROUNDED" BGCOLOR="{ground}">{inside}</TD>'


def space(wide: int) -> str:
    """A cell for `cells`: nothing, so many points wide."""
    return f'<TD WIDTH="{wide}"></TD>'


def cells(
    first: str,
    below: str = "",
    badges: Iterable[str] = (),
    width: float = 0,
) -> Markup:
    """Text in markup, with badges before it.

    Args:
        first: The text beside the badges.
        below: More text, under it.
        badges: What `badge` gave.
        width: At least so many points together.

    Returns:
        A label.
    """
    style = 'BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="1"'
    style += f' WIDTH="{width:.0f}"' if width else ""
    before = "".join(badges)
    rows = f"<TR>{before}{_cell(first)}</TR>"
    if below:
        indent = f'<TD COLSPAN="{before.count("<TD ")}"></TD>' if before else ""
        rows += f"<TR>{indent}{_cell(below)}</TR>"
    return Markup(f"<<TABLE {style}>{rows}</TABLE>>")


def _literal(text: str) -> str:
    """Text that stands for itself; in markup too, Graphviz puts the name of a node for `\\N`."""
    return escape(text).replace("\\", r"\\")


def _cell(content: str) -> str:
    return f'<TD ALIGN="LEFT" BALIGN="LEFT">{content}</TD>'
