"""Reports on a terminal: the words of `prose`, in colours."""

import re

from fsm.prose import WORDS, plain, report_text, trace_text
from fsm.render.text import LOOKS, paint
from tests.test_prose import FINDING, HOLDS, TRACE, UNKNOWN, VACUOUS, VIOLATED, report

ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def painted(*lines: object) -> str:
    return paint(lines)  # type: ignore[arg-type]


def test_without_its_colours_it_is_the_plain_text() -> None:
    lines = [*report_text(report(HOLDS, FINDING, VIOLATED, UNKNOWN), 1), *trace_text(TRACE)]
    bare = ESCAPE.sub("", painted(*lines))
    assert bare == "".join(f"{plain(line)}\n" for line in lines)


def test_verdicts_differ_in_colour() -> None:
    good, bad, unsure, known = (
        painted(((word, WORDS[word]),)).replace(word, "")
        for word in ("holds", "violated", "unknown", "finding")
    )
    assert len({good, bad, unsure, known}) == 4
    assert "\x1b[" in good


def test_every_style_that_is_used_has_a_look() -> None:
    lines = [*report_text(report(HOLDS, FINDING, VIOLATED, VACUOUS, UNKNOWN, bounded=1, notes=("n",)), 1)]
    assert {style for line in lines for _, style in line} <= LOOKS.keys()
    assert set(WORDS.values()) <= LOOKS.keys()


def test_brackets_are_text_and_long_lines_stay_whole() -> None:
    line = "[red]slots[0].state[/red] " + "x" * 500
    assert ESCAPE.sub("", painted(((line, ""),))) == line + "\n"
