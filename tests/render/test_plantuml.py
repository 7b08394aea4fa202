import re

from hypothesis import given
from hypothesis import strategies as st

from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.plantuml import escape, write
from fsm.render.sequence import Message, Sequence
from fsm.render.words import lines

words = ["@enduml", "**", "<b>", "<U+0041>", "\\n", "~", '"', ":", "'", "\n", "end note", "%n()"]
text = st.lists(st.sampled_from(words) | st.text(st.characters(), max_size=5)).map("".join)
named = text.filter(lines)


@given(text)
def test_an_escaped_text_reads_as_it_was(any_text):
    plain = escape(any_text).replace(r"\n", "\n")
    shown = re.sub(r"<U\+([0-9A-F]+)>", lambda code: chr(int(code[1], 16)), plain)
    assert shown == "\n".join(lines(any_text))


@given(text)
def test_an_escaped_text_has_no_character_with_a_meaning(any_text):
    rest = re.sub(r"<U\+[0-9A-F]+>|\\n", "", escape(any_text))
    assert not set(rest) & set("\"':;#%<>{}[]|\\`~^&$@*/_-=!\n")


@given(text, named, named, text)
def test_no_label_adds_a_line(title, one, two, entry):
    nodes = (Node("a", one), Node("b", two))
    diagram = Diagram(title, nodes, (Edge("a", "b", (entry,)),), caption=entry)
    around = bool(lines(title)) + bool(lines(entry))
    assert len(write(diagram).splitlines()) == 6 + around
    sequence = Sequence(title, (one,), (Message(one, one, two, note=entry),), caption=entry)
    assert len(write(sequence).splitlines()) == 6 + around + bool(lines(entry))


def test_a_state_diagram_is_written_in_full():
    diagram = Diagram(
        "Start",
        (
            Node("p", "Pending", initial=True),
            Node("s", "Started", final=True),
            Node("f", "Failed", failed=True),
        ),
        (
            Edge("p", "s", ("start", "again"), steps=(1,)),
            Edge("p", "f", ("refused",), fault=True),
            Edge("f", "p"),
        ),
    )
    assert write(diagram).splitlines() == [
        "@startuml",
        "title Start",
        "hide empty description",
        'state "Pending" as s0 #D9E6FD;line:0B57D0;line.bold',
        'state "Started" as s1 #D9E6FD;line:0B57D0;line.bold',
        'state "✗ Failed" as s2 #FCEBE9;line:B3261E;line.bold;text:B3261E',
        "[*] --> s0",
        r"s0 -[#0B57D0,thickness=3]-> s1 : (1) start\nagain",
        "s0 -[#C3CAD2,dashed]-> s2 : refused",
        "s2 -[#C3CAD2]-> s0",
        "s1 --> [*]",
        "@enduml",
    ]


def test_a_sequence_is_written_in_full():
    sequence = Sequence(
        "Call",
        ("kubelet", "runtime"),
        (
            Message("kubelet", "runtime", "create", note="n: 1"),
            Message("runtime", "kubelet", "reply", fault=True),
        ),
        caption="A trace.",
    )
    assert write(sequence).splitlines() == [
        "@startuml",
        "title Call",
        "hide footbox",
        "autonumber",
        'participant "kubelet" as p0',
        'participant "runtime" as p1',
        "p0 -> p1 : create",
        "note right : n<U+003A> 1",
        "p1 -[#B3261E]->x p0 : reply",
        "caption A trace.",
        "@enduml",
    ]


def test_the_loop_of_a_sequence_is_framed():
    ask = Message("me", "you", "ask")
    sequence = Sequence("Call", ("me", "you"), (ask, ask), loop=1)
    assert write(sequence).splitlines()[:-1][-3:] == ["loop for ever", "p0 -> p1 : ask", "end"]


def test_a_sequence_that_rests_says_so_across_all_who_take_part():
    sequence = Sequence("Call", ("me", "he", "you"), (Message("me", "you", "ask"),), loop=1)
    assert write(sequence).splitlines()[-2] == "note over p0, p2 : nothing more happens"
    alone = Sequence("Call", ("me",), loop=0)
    assert write(alone).splitlines()[-2] == "note over p0 : nothing more happens"


def test_an_arrow_of_a_loop_has_a_round_arrow():
    diagram = Diagram(
        "x", (Node("a", "A"),), (Edge("a", "a", ("retry",), fault=True, steps=(2,), loop=True),)
    )
    assert "s0 -[#B3261E,dashed,thickness=3]-> s0 : (2) ↻ retry" in write(diagram).splitlines()
