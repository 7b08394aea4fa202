"""Sequences as drawings: lifelines on a grid, wide enough for the texts between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fsm.render import palette as p
from fsm.render.drawing import Drawing
from fsm.render.sequence import AGAIN, REST, Message, Sequence
from fsm.render.sheet import Sheet, height, width
from fsm.render.words import lines, wrapped

_LEAST_COLUMN: Final = 1.5
_GAP: Final = 0.5
"""Free room beside the text between two lifelines."""
_LOOP: Final = 0.34
"""How far a participant's own step goes out to the right."""
_WRAP: Final = 44
_MARGIN: Final = 0.3
"""How far a frame stands out beside the outermost lifelines."""
_HEAD: Final = 0.26
"""How much room a frame's own words take."""


def draw(sequence: Sequence) -> Drawing:
    """Draws a sequence.

    Args:
        sequence: What to draw.

    Returns:
        The drawing, laid out: participants from left to right, time from top to bottom.
    """
    at = _columns(sequence)
    left, *_, right = (
        x + side * (width(lines(name), p.LABEL_SIZE) / 2 + 0.2) for name, x in at.items() for side in (-1, 1)
    )
    right = max([right, *(_end(message, at) for message in sequence.messages)])
    tall = max(0.36, *(height(lines(n), p.LABEL_SIZE) + 0.16 for n in at))
    steps = Sheet()
    y = -tall / 2 - 0.2
    top = y
    for number, message in enumerate(sequence.messages, 1):
        if sequence.loop == number - 1:
            top, y = y, y - _HEAD - 0.04  # a badge may stand right below the words
        step = _own_step if message.source == message.target else _message
        y = step(steps, number, message, at, y)
    if sequence.rests:
        y = _rest(steps, at, y)
    elif sequence.loop is not None:
        y = _loop(steps, sequence.messages[sequence.loop :], at, top, y)
    sheet = Sheet()
    if title := lines(sequence.title):
        above = tall / 2 + 0.2 + height(title, p.TITLE_SIZE) / 2
        sheet.text(((left + right) / 2, above), title, p.TITLE_SIZE, p.INK)
    for name, x in at.items():
        sheet.line((x, 0), (x, y - 0.1), {"color": p.LIFELINE, "penwidth": "1.1"})
        sheet.box((x, 0), lines(name), tall)
    sheet.add(steps)
    return sheet.drawing((*wrapped(sequence.caption, 90), *filter(None, [legend(sequence)])))


def legend(sequence: Sequence) -> str:
    """One line that explains the conventions which a sequence uses, and no others.

    >>> legend(Sequence("Hello", ("a",), (Message("a", "a", "wait", fault=True),)))
    'dashed, with a cross: fault'
    """
    used = (
        (any(m.fault for m in sequence.messages), "dashed, with a cross: fault"),
        (any(lines(m.note) for m in sequence.messages), "grey: what changed"),
    )
    return "   ·   ".join(text for shown, text in used if shown)


def _columns(sequence: Sequence) -> dict[str, float]:
    """Where each lifeline stands: far enough right for every text that ends at it."""
    at: dict[str, float] = {}
    before = ""
    for name in sequence.participants:
        x = 0.0
        if at:
            heads = width(lines(before), p.LABEL_SIZE) + width(lines(name), p.LABEL_SIZE)
            x = at[before] + max(_LEAST_COLUMN, heads / 2 + 0.4 + _GAP)
        for message in sequence.messages:
            others = {message.source, message.target} - {name}
            if len(others) == 1 and name in (message.source, message.target) and others <= at.keys():
                x = max(x, at[others.pop()] + _room(message))
            elif message.source == message.target == before:
                x = max(x, _end(message, at) + _GAP)
        at[name] = x
        before = name
    return at


def _end(message: Message, at: Mapping[str, float]) -> float:
    """How far right a message goes."""
    x = max(at[message.source], at[message.target])
    return x + _LOOP + _room(message) - _GAP if message.source == message.target else x


def _room(message: Message) -> float:
    text = width(wrapped(message.text, _WRAP), p.EDGE_SIZE)
    return max(text, width(wrapped(message.note, _WRAP), p.SMALL_SIZE)) + _GAP


def _style(message: Message) -> dict[str, str]:
    return {
        "color": p.FAULT if message.fault else p.LINE,
        "penwidth": "1.4",
        "style": "dashed" if message.fault else "solid",
        "tooltip": " ".join(lines(message.text)),
    }


def _message(sheet: Sheet, number: int, message: Message, at: Mapping[str, float], top: float) -> float:
    """Draws a message below `top`, text above the arrow, note under it; returns where it ends."""
    text, note = wrapped(message.text, _WRAP), wrapped(message.note, _WRAP)
    up, down = height(text, p.EDGE_SIZE), height(note, p.SMALL_SIZE)
    start, end = at[message.source], at[message.target]
    middle, y = (start + end) / 2, top - up - 0.08
    sheet.arrow((start, y), (end, y), _style(message), lost=message.fault)
    sheet.badge((start, y), number, _style(message)["color"])
    sheet.text((middle, y + up / 2 + 0.05), text, p.EDGE_SIZE, p.FAULT if message.fault else p.INK)
    if note:
        sheet.text((middle, y - down / 2 - 0.05), note, p.SMALL_SIZE, p.QUIET)
    return y - down - 0.17


def _own_step(sheet: Sheet, number: int, message: Message, at: Mapping[str, float], top: float) -> float:
    """Draws a step of one participant below `top`, its texts to the right of a loop."""
    text, note = wrapped(message.text, _WRAP), wrapped(message.note, _WRAP)
    up, down = height(text, p.EDGE_SIZE), height(note, p.SMALL_SIZE)
    x, out, style = at[message.source], at[message.source] + _LOOP, _style(message)
    y = top - 0.12
    back = y - max(0.26, up + down - 0.1)
    middle = (y + back) / 2
    for corner in ((out, y), (out, back)):  # from the corners, so that dashes meet there
        sheet.line(corner, (out, middle), style)
    sheet.line((out, y), (x, y), style)
    sheet.arrow((out, back), (x, back), style, lost=message.fault)
    sheet.badge((x, y), number, style["color"])
    ink = p.FAULT if message.fault else p.INK
    notes = [(note, p.SMALL_SIZE, p.QUIET)] if note else []
    sheet.aside((out + 0.08, middle), (text, p.EDGE_SIZE, ink), *notes)
    return min(back, middle - (up + down) / 2) - 0.17


def _loop(
    sheet: Sheet, messages: tuple[Message, ...], at: Mapping[str, float], top: float, bottom: float
) -> float:
    """Draws a frame around messages that are said for ever; returns where it ends."""
    words = [f"loop {AGAIN}"]
    left, wide = min(at.values()) - _MARGIN, width(words, p.SMALL_SIZE) + 0.2
    right = max(left + wide, max(at.values()) + _MARGIN, *(_end(m, at) + 0.15 for m in messages))
    sheet.frame((left, top), (right, bottom))
    sheet.frame((left, top), (left + wide, top - _HEAD), words)
    return bottom - 0.12


def _rest(sheet: Sheet, at: Mapping[str, float], top: float) -> float:
    """Draws across all lifelines that nothing more happens; returns where that ends."""
    left, right = min(at.values()), max(at.values())
    out = max(_MARGIN, (width([REST], p.SMALL_SIZE) + 0.2 - (right - left)) / 2)
    sheet.frame((left - out, top), (right + out, top - _HEAD), [REST])
    return top - _HEAD - 0.12
