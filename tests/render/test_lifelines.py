import re
import string

import pytest

from fsm.render import lifelines, palette
from fsm.render.dot import render
from fsm.render.sequence import Message, Sequence
from fsm.render.sheet import width


def drawn(*messages, loop=None):
    return lifelines.draw(Sequence("Call", ("a", "b"), messages, loop=loop))


def badges(drawing):
    return [look for _, look in drawing.nodes if look.get("shape") == "circle"]


def heights(drawing):
    return [float(look["pos"].rstrip("!").split(",")[1]) for look in badges(drawing)]


def test_steps_are_numbered_from_top_to_bottom():
    drawing = drawn(Message("a", "b", "ask"), Message("b", "b", "think"), Message("b", "a", "say"))
    assert [look["label"] for look in badges(drawing)] == ["1", "2", "3"]
    assert heights(drawing) == sorted(heights(drawing), reverse=True)


def test_a_fault_is_dashed_and_ends_in_a_cross_instead_of_an_arrowhead():
    lifeline = [palette.LIFELINE] * 2
    well, lost = drawn(Message("a", "b", "ask")), drawn(Message("a", "b", "ask", fault=True))
    assert [look["color"] for *_, look in well.edges] == [*lifeline, palette.LINE]
    assert [look["color"] for *_, look in lost.edges] == [*lifeline, *[palette.FAULT] * 3]
    assert [look.get("style") for *_, look in lost.edges][2:] == ["dashed", "solid", "solid"]
    assert [look.get("arrowhead") for *_, look in well.edges][2:] == ["normal"]
    assert not any("arrowhead" in look for *_, look in lost.edges)


def test_a_longer_note_pushes_the_next_step_down():
    def gap(note):
        first, second = heights(drawn(Message("a", "b", "x", note=note), Message("b", "a", "y")))
        return first - second

    assert gap("n: 1\nm: 2\nk: 3") > gap("n: 1") > gap("")


def place(look):
    """The edges of what is drawn: left, right, bottom, top."""
    x, y = (float(part) for part in look["pos"].rstrip("!").split(","))
    wide, tall = float(look["width"]) / 2, float(look["height"]) / 2
    return x - wide, x + wide, y - tall, y + tall


def frames(drawing):
    return {
        look["label"]: place(look)
        for _, look in drawing.nodes
        if look.get("shape") == "box" and "pos" in look and "width" in look
    }


def test_a_frame_stands_around_the_messages_of_a_loop_and_no_others():
    drawing = drawn(Message("a", "b", "x"), Message("b", "b", "a long word"), Message("b", "a", "z"), loop=1)
    left, right, bottom, top = frames(drawing)[""]
    first, *framed = heights(drawing)
    assert first > top > max(framed) > min(framed) > bottom
    texts = [look for _, look in drawing.nodes if "a long word" in look.get("label", "")]
    middles = [float(look["pos"].split(",")[0]) for look in texts]
    assert all(left < middle < right for middle in middles)
    tab = frames(drawing)["loop for ever"]
    assert (tab[0], tab[3]) == pytest.approx((left, top), abs=0.002)
    assert tab[2] > max(framed)


def test_where_nothing_more_happens_it_is_said_below_the_last_message_across_all_lifelines():
    drawing = drawn(Message("a", "b", "x"), loop=1)
    left, right, _, top = frames(drawing)["nothing more happens"]
    assert top < min(heights(drawing))
    lines = [float(dict(drawing.nodes)[name]["pos"].split(",")[0]) for name, *_ in drawing.edges]
    assert left < min(lines) <= max(lines) < right


def test_a_sequence_without_a_loop_has_no_frame():
    assert frames(drawn(Message("a", "b", "x"))) == {}


def test_the_legend_explains_only_what_is_there():
    plain = Sequence("Call", ("a",), (Message("a", "a", "x"),))
    assert lifelines.legend(plain) == ""
    noted = Sequence("Call", ("a",), (Message("a", "a", "x", note="n: 1", fault=True),))
    assert lifelines.legend(noted) == "dashed, with a cross: fault   ·   grey: what changed"


def test_no_character_is_wider_than_the_layout_expects():
    signs = [c for c in string.printable if c.isprintable() and c != " "] + list("→←≠≤·–—éÄЖ…✗")
    texts = [sign * 20 for sign in signs]
    style = f'node [shape=box margin=0 height=0 width=0 fontsize=11 fontname="{palette.FONT}"]'
    nodes = "\n".join(
        f'n{i} [label="{re.sub(r"[^ -~]|[^a-zA-Z]", lambda c: f"&#{ord(c[0])};", text)}"]'
        for i, text in enumerate(texts)
    )
    svg = render(f"digraph {{ {style}\n{nodes} }}", "svg").decode()
    boxes = re.findall(r'class="node">\n<title>n(\d+)</title>\n<polygon [^>]*points="([^"]*)"', svg)
    assert len(boxes) == len(texts)
    for number, points in boxes:
        across = [float(point.split(",")[0]) for point in points.split()]
        text = texts[int(number)]
        assert max(across) - min(across) <= 72 * width([text], 11) + 2, text
