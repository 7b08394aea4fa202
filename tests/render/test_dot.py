from hypothesis import given
from hypothesis import strategies as st

from fsm.render import dot, palette, statechart
from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.drawing import names
from fsm.render.sequence import Message, Sequence
from fsm.render.words import lines

named = st.text(st.characters(), min_size=1, max_size=8).filter(lines)

START = Diagram(
    "Start",
    (
        Node("pending", "Pending", initial=True),
        Node("started", "Started", final=True),
        Node("failed", "Failed", final=True, failed=True),
        Node("idle", "Idle"),
    ),
    (
        Edge("pending", "started", ("start",), steps=(1,)),
        Edge("pending", "failed", ("refused",), fault=True),
        Edge("failed", "pending", ("next sync",)),
    ),
)


def node(drawing, name):
    return dict(drawing.nodes)[name]


def edge(drawing, source, target):
    return next(look for a, b, look in drawing.edges if (a, b) == (source, target))


@given(st.lists(st.text(st.characters(), max_size=6), unique=True))
def test_names_are_distinct_words(keys):
    given_names = names(keys)
    assert list(given_names) == keys
    assert len(set(given_names.values())) == len(keys)
    assert all(name.isascii() and name.isidentifier() for name in given_names.values())


@given(st.lists(named, min_size=2, max_size=2, unique=True), named)
def test_every_statement_takes_one_line_whatever_the_labels(keys, label):
    one, two = keys
    plain = Diagram("t", (Node("a", "A"), Node("b", "B")), (Edge("a", "b", ("x",)),))
    wild = Diagram(label, (Node(one, one), Node(two, label)), (Edge(one, two, (label,)),), label)
    assert len(dot.write(wild).split("\n")) == len(dot.write(plain).split("\n"))


def test_the_same_picture_gives_the_same_text():
    again = Diagram(START.title, START.nodes, START.edges, START.caption)
    assert dot.write(again) == dot.write(START)


def test_a_failed_phase_differs_in_shape_and_sign_not_only_in_colour():
    plain = statechart.draw(Diagram("Start", START.nodes))
    assert node(plain, "failed")["label"] == "✗ Failed"
    assert node(plain, "failed")["style"] == "filled"
    assert node(plain, "started")["style"] == "rounded,filled"
    assert node(plain, "started")["peripheries"] == "2"
    assert node(plain, "pending")["peripheries"] == "1"


def test_an_initial_phase_has_a_dot_with_an_arrow():
    drawing = statechart.draw(START)
    assert node(drawing, "start at pending")["shape"] == "circle"
    assert edge(drawing, "start at pending", "pending")


def test_faults_are_dashed_also_off_the_path():
    drawing = statechart.draw(START)
    assert edge(drawing, "pending", "failed")["style"] == "dashed"
    assert edge(drawing, "pending", "started")["style"] == "solid"


def test_what_is_not_on_the_path_steps_back():
    drawing = statechart.draw(START)
    assert node(drawing, "pending")["color"] == palette.PATH
    assert node(drawing, "idle")["color"] == palette.FADED_LINE
    assert edge(drawing, "pending", "failed")["color"] == palette.FADED_LINE
    assert float(edge(drawing, "pending", "started")["penwidth"]) > 2
    plain = statechart.draw(Diagram("Start", START.nodes, (Edge("pending", "idle"),)))
    assert palette.FADED_LINE not in {look["color"] for _, look in plain.nodes}


def test_the_legend_explains_only_what_is_there():
    full = "● start   ·   double border: final   ·   ✗: failed   ·   dashed: fault   ·   "
    assert statechart.legend(START) == full + "thick, numbered: the path"
    assert statechart.legend(Diagram("Idle", (Node("idle", "Idle"),))) == ""
    lit = Diagram("Idle", (Node("idle", "Idle", highlighted=True),))
    assert statechart.legend(lit) == "thick: highlighted"


def test_a_caption_stands_alone_where_there_is_nothing_to_explain():
    captioned = statechart.draw(Diagram("Idle", (Node("idle", "Idle"),), caption="One phase."))
    assert captioned.graph["label"] == "One phase."


def test_failed_phases_stand_beside_the_end_of_the_way_that_things_should_go():
    assert statechart.draw(START).bottom == ("started", "failed")
    onwards = Diagram("Retry", START.nodes, (*START.edges, Edge("failed", "idle")))
    assert statechart.draw(onwards).bottom == ()


def test_text_is_quoted_so_that_it_stands_for_itself():
    text = dot.write(Diagram(r"\N <b> & &lt;", (Node("a", '<i> "q" \\'),)))
    assert r'label="\\N <b> &amp; &amp;lt;"' in text
    assert r'label="<i> \"q\" \\"' in text


def test_a_sequence_lays_itself_out_and_says_so():
    text = dot.write(Sequence("Call", ("a", "b"), (Message("a", "b", "create"),)))
    assert "layout=neato" in text
    assert 'pos="0.000,0.000!"' in text


def test_columns_of_a_sequence_make_room_for_their_texts():
    def second(text):
        drawing = dot.write(Sequence("Call", ("a", "b"), (Message("a", "b", text),)))
        line = next(line for line in drawing.splitlines() if "label=b " in line)
        return float(line.split('pos="')[1].split(",")[0])

    assert second("a text that is rather long for two columns") > second("short") + 1


def test_a_loop_is_drawn_double_and_explained():
    ways = (
        Edge("pending", "pending", ("stays",), loop=True),
        Edge("pending", "idle", ("go",), fault=True, loop=True),
    )
    picture = Diagram("Start", START.nodes, ways)
    stays, lost = (edge(statechart.draw(picture), "pending", name) for name in ("pending", "idle"))
    assert stays["color"] == f"{palette.PATH}:{palette.GROUND}:{palette.PATH}"
    assert (lost["color"], lost["style"]) == (f"{palette.FAULT}:{palette.GROUND}:{palette.FAULT}", "dashed")
    assert "double: for ever" in statechart.legend(picture)
    assert "double: for ever" not in statechart.legend(START)
