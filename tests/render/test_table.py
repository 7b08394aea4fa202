import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fsm.render.table import write
from fsm.render.words import lines

text = st.text(st.characters() | st.sampled_from("|\\`*_<>[]()&;#!~-: \n"), max_size=12)


def cells_shown(markdown):
    """Each cell as a reader sees it, `/` for a line break."""
    rows, row = [], None
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown):
        if token.type == "tr_open":
            row = []
            rows.append(row)
        elif token.type == "inline":
            assert row is not None, "there is text outside the table"
            assert {part.type for part in token.children} <= {"text", "html_inline", "text_special"}
            row.append("".join("/" if p.type == "html_inline" else p.content for p in token.children))
    return rows


@given(st.lists(st.lists(text, min_size=2, max_size=2), max_size=4))
def test_a_reader_of_the_table_sees_the_cells_as_they_were(rows):
    shown = cells_shown(write(["left", "right"], rows))
    expected = [["left", "right"], *rows]
    assert shown == [["/".join(lines(cell)) for cell in row] for row in expected]


def test_pipes_newlines_and_backticks_are_escaped():
    assert write(["what"], [["a|b"], ["a\nb"], ["`a`"]]).splitlines()[2:] == [
        r"| a\|b   |",
        "| a<br>b |",
        r"| \`a\`  |",
    ]


def test_a_name_with_underscores_reads_well_as_plain_text():
    assert "| restart_count |" in write(["name"], [["restart_count"]])


def test_columns_line_up_also_with_wide_characters():
    table = write(["phase", "n"], [["状態", 1], ["on", 100]])
    assert table.splitlines() == [
        "| phase |   n |",
        "| ----- | --: |",
        "| 状態  |   1 |",
        "| on    | 100 |",
    ]


def test_a_row_of_another_length_is_refused_by_number():
    with pytest.raises(ValueError, match=r"Row 2 has 1 cells, but there are 2 headers \(a, b\)"):
        write(["a", "b"], [["1", "2"], ["3"]])


def test_a_table_without_headers_is_refused():
    with pytest.raises(ValueError, match="at least one header"):
        write([], [])
