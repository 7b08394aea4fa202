"""The colours and the type of every picture, in one place.

Every text colour stands at 4.5 : 1 or more against its ground (WCAG AA), and no meaning hangs on
colour alone: faults are dashed, failed phases have square corners and a cross, the path is thick.
"""

from __future__ import annotations

from typing import Final

FONT: Final = "DejaVu Sans,Verdana,Helvetica,sans-serif"
"""The bundled font; then the fonts of readers' machines, which are no wider."""

GROUND: Final = "#FFFFFF"
INK: Final = "#1F2933"
"""Titles, and labels of phases."""
QUIET: Final = "#5B6673"
"""Captions and notes."""

LINE: Final = "#52606D"
"""Arrows."""
PHASE_LINE: Final = "#3E5C8A"
PHASE_FILL: Final = "#EEF3FB"
FAULT: Final = "#B3261E"
"""Faults, and failed phases."""
FAILED_FILL: Final = "#FCEBE9"

PATH: Final = "#0B57D0"
"""The highlighted path."""
PATH_FILL: Final = "#D9E6FD"

FADED_LINE: Final = "#C3CAD2"
"""What is not on the highlighted path."""
FADED_TEXT: Final = "#6B7580"
FADED_FILL: Final = "#FAFBFC"
LIFELINE: Final = "#B4BDC7"

TITLE_SIZE: Final = 16
LABEL_SIZE: Final = 13
EDGE_SIZE: Final = 11
SMALL_SIZE: Final = 10

ADDED: Final = "#1A7F37"
"""What only the second of two compared specs has."""
REMOVED: Final = FAULT
"""What only the first has."""

CROSS: Final = "✗"
"""Marks faults and failed phases where a line style cannot."""
ROUND: Final = "↻"
"""Marks what goes on for ever where a line style cannot."""
