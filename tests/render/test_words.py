from hypothesis import given
from hypothesis import strategies as st

from fsm.render.words import columns, lines, wrapped

anything = st.text(st.characters())


@given(anything)
def test_lines_hold_only_what_prints(text):
    for line in lines(text):
        assert line
        assert line == line.strip()
        assert line.isprintable()
        line.encode()


@given(anything)
def test_lines_of_lines_are_the_same_lines(text):
    assert lines("\n".join(lines(text))) == lines(text)


@given(anything, st.integers(1, 30))
def test_wrapping_keeps_every_character_that_prints(text, width):
    parts = wrapped(text, width)
    assert all(len(part) <= width for part in parts)
    assert "".join("".join(parts).split()) == "".join("".join(lines(text)).split())


def test_combining_marks_take_no_column():
    assert columns("e\N{COMBINING ACUTE ACCENT}") == 1
