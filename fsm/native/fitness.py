"""Which states are for the native engine; nothing is loaded to know that."""

from __future__ import annotations

from fsm.packing import Layout

BITS = 62  #: of a cell that are read at once
WORDS = 256  #: of a state


def unfit(layout: Layout) -> str:
    """Why states are not for the native engine; empty if they are."""
    for slot in layout.slots:
        if slot.mask.bit_length() > BITS:
            bits = slot.mask.bit_length()
            return f"`{slot.path}` takes {bits} bits, and the native engine reads {BITS} at once"
    if layout.words > WORDS:
        return f"a state takes {layout.words} words, and the native engine takes {WORDS}"
    return ""
