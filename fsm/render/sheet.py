"""A sheet to draw on at given places, for pictures that Graphviz shall not lay out.

Its engine `neato` keeps pinned points where they are: texts are nodes there, lines are edges
between points. Places are in inches; y grows upwards, as Graphviz has it.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from fsm.render import palette as p
from fsm.render.drawing import Attributes, Drawing, aligned, cells
from fsm.render.words import columns

Place: TypeAlias = tuple[float, float]

_NARROW: Final = frozenset(" !'(),-./:;IJ[\\]fijlrt|·")
_BROAD: Final = frozenset("%@MWmw→←↔⇒✗✓…—")
_MARGIN: Final = 0.11
"""What a label of cells has around its text, left and right together."""
_LEADING: Final = 1.2
_POINTS: Final = 72.0
_CROSS: Final = 0.055


def width(words: Several[str], size: int) -> float:
    """How wide lines of text come out, in inches, rather too wide than too narrow."""
    return max((_ems(line) for line in words), default=0) * size / _POINTS


def height(words: Several[str], size: int) -> float:
    """How high lines of text come out, in inches."""
    return len(words) * size * _LEADING / _POINTS


@dataclass(slots=True)
class Sheet:
    """What has been drawn so far: `nodes` and `edges` as a `Drawing` has them."""

    nodes: list[tuple[str, Attributes]] = field(default_factory=list)
    edges: list[tuple[str, str, Attributes]] = field(default_factory=list)

    def line(self, start: Place, end: Place, style: Attributes) -> None:
        """A straight line; `style` holds attributes of Graphviz."""
        self.edges.append((self._point(start), self._point(end), style))

    def arrow(self, start: Place, end: Place, style: Attributes, lost: bool = False) -> None:
        """A level arrow; a lost one ends in a cross shortly before its end."""
        if not lost:
            self.line(start, end, {**style, "arrowhead": "normal"})
            return
        x, y = end[0] + (0.14 if start[0] > end[0] else -0.14), end[1]
        self.line(start, (x, y), style)
        bold = {**style, "style": "solid", "penwidth": "2"}
        self.line((x - _CROSS, y - _CROSS), (x + _CROSS, y + _CROSS), bold)
        self.line((x - _CROSS, y + _CROSS), (x + _CROSS, y - _CROSS), bold)

    def text(self, center: Place, words: Several[str], size: int, color: str) -> None:
        """Lines of text on the colour of the ground, so that no line crosses them."""
        ground = {"style": "filled", "fillcolor": p.GROUND, "penwidth": "0"}
        self._put(center, {**ground, **_words(words, size, color)})

    def aside(self, left: Place, *blocks: tuple[Several[str], int, str]) -> None:
        """Blocks of text below each other, with size and colour each, that begin at a place."""
        wide = max(width(words, size) for words, size, _ in blocks) + _MARGIN
        text = "".join(aligned(words, size, color) for words, size, color in blocks)
        middle = (left[0] + wide / 2, left[1])
        self._put(middle, {"label": cells(text, width=wide * _POINTS)})

    def box(self, center: Place, words: Several[str], tall: float) -> None:
        """A rounded box around lines of text."""
        self._put(
            center,
            {
                "shape": "box",
                "style": "rounded,filled",
                **_words(words, p.LABEL_SIZE, p.INK),
                "color": p.PHASE_LINE,
                "fillcolor": p.PHASE_FILL,
                "penwidth": "1.4",
                "margin": "0.2,0.07",
                "height": f"{tall:.2f}",
            },
        )

    def frame(self, upper_left: Place, lower_right: Place, words: Several[str] = ()) -> None:
        """A quiet rectangle: around what stands there, or around words of its own."""
        (left, top), (right, bottom) = upper_left, lower_right
        self._put(
            ((left + right) / 2, (top + bottom) / 2),
            {
                "shape": "box",
                "style": "filled" if words else "solid",
                **_words(words, p.SMALL_SIZE, p.INK),
                "color": p.QUIET,
                "fillcolor": p.GROUND,
                "penwidth": "1.1",
                "fixedsize": "true",
                "width": f"{right - left:.3f}",
                "height": f"{top - bottom:.3f}",
            },
        )

    def badge(self, center: Place, number: int, color: str) -> None:
        """A number in a disc."""
        self._put(
            center,
            {
                "shape": "circle",
                "style": "filled",
                "fixedsize": "true",
                "width": "0.23",
                "color": color,
                "fillcolor": color,
                **_words([str(number)], p.SMALL_SIZE - 1, p.GROUND),
            },
        )

    def add(self, other: Sheet) -> None:
        """Lays another sheet on top."""
        shift = {name: f"p{len(self.nodes) + i}" for i, (name, _) in enumerate(other.nodes)}
        self.nodes += [(shift[name], attributes) for name, attributes in other.nodes]
        self.edges += [(shift[a], shift[b], attributes) for a, b, attributes in other.edges]

    def drawing(self, below: Several[str]) -> Drawing:
        """What has been drawn, with a caption below."""
        return Drawing(
            graph={
                "layout": "neato",
                "outputorder": "edgesfirst",
                "splines": "line",
                "bgcolor": p.GROUND,
                "fontname": p.FONT,
                "pad": "0.2",
                "labelloc": "b",
                **_words(below, p.SMALL_SIZE, p.QUIET),
            },
            node={"fontname": p.FONT, "shape": "plain"},
            edge={
                "arrowhead": "none",
                "arrowsize": "0.8",
                "headclip": "false",
                "tailclip": "false",
            },
            nodes=tuple(self.nodes),
            edges=tuple(self.edges),
        )

    def _point(self, place: Place) -> str:
        return self._put(place, {"shape": "point", "width": "0", "style": "invis"})

    def _put(self, place: Place, attributes: Attributes) -> str:
        name = f"p{len(self.nodes)}"
        x, y = (f"{value:.3f}" for value in place)
        self.nodes.append((name, {"pos": f"{x},{y}!", **attributes}))
        return name


def _words(words: Several[str], size: int, color: str) -> Attributes:
    return {"label": "\n".join(words), "fontsize": str(size), "fontcolor": color}


def _ems(line: str) -> float:
    return sum(1.2 if columns(c) == 2 else _em(c) for c in line if columns(c))


def _em(c: str) -> float:
    """How wide a character of our font is in type sizes, or a bit more."""
    if c in _NARROW:
        return 0.42
    if c in _BROAD or not c.isascii():
        return 1.1
    return 0.65 if c.islower() or c.isdigit() else 0.86
