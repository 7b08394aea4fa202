import json
import re

from hypothesis import given
from hypothesis import strategies as st

from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.mermaid import escape, write
from fsm.render.sequence import Message, Sequence
from fsm.render.words import lines

words = ["end", "note", "%%", "-->", "#quot;", "<br/>", '"', ":", ";", "\n", "[*]", "class", "---"]
text = st.lists(st.sampled_from(words) | st.text(st.characters(), max_size=5)).map("".join)
named = text.filter(lines)

STATE = re.compile(
    r'    (state "[^":;#%<>{}]*" as s\d+|(s\d+|\[\*\]) --> (s\d+|\[\*\])( : [^:%{}"]*)?'
    r"|accDescr: [^:%{}\"]*|class(Def)? (failed|path|s\d).*)"
)


def decoded(escaped):
    plain = escaped.replace("<br/>", "\n")
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), plain)


@given(text)
def test_an_escaped_text_reads_as_it_was(any_text):
    assert decoded(escape(any_text)) == "\n".join(lines(any_text))


@given(text)
def test_an_escaped_text_has_no_character_with_a_meaning(any_text):
    rest = re.sub(r"#\d+;|<br/>", "", escape(any_text))
    assert not set(rest) & set("\"':;#%<>{}[]|\\`~^&$@\n") - {"'"}


@given(text, named, named, text, st.booleans())
def test_no_label_breaks_the_lines_of_a_state_diagram(title, one, two, entry, fault):
    diagram = Diagram(
        title,
        (Node(one, one, initial=True), Node(two + one, two, final=True, failed=fault)),
        (Edge(one, two + one, (entry, entry), fault=fault),),
        caption=entry,
    )
    head, body = write(diagram).split("stateDiagram-v2\n")
    fence, name, end, *rest = head.split("\n")
    assert (fence, end, rest) == ("---", "---", [""])
    assert json.loads(name.removeprefix("title: ")) == " ".join(lines(title))
    for line in body.splitlines():
        coded = re.sub(r"#\d+;|<br/>", "", line)
        assert STATE.fullmatch(coded) or line.startswith("    classDef "), line


@given(text, named, named)
def test_no_text_breaks_the_lines_of_a_sequence(note, who, said):
    sequence = Sequence("x", (who,), (Message(who, who, said, note=note),))
    body = write(sequence).split("sequenceDiagram\n")[1].splitlines()
    expected = ["autonumber", f"participant p0 as {escape(who)}", f"p0->>p0: {escape(said)}"]
    expected += [f"Note right of p0: {escape(note)}"] if lines(note) else []
    assert body == [f"    {line}" for line in expected]


def test_a_state_diagram_is_written_in_full():
    diagram = Diagram(
        "Start",
        (
            Node("p", "Pending", initial=True),
            Node("s", "Started", final=True),
            Node("f", "Failed", final=True, failed=True),
        ),
        (
            Edge("p", "s", ("start", "start again"), steps=(1, 3)),
            Edge("p", "f", ("refused",), fault=True),
            Edge("f", "p"),
        ),
        caption="From a check: 3 states.",
    )
    assert write(diagram).splitlines() == [
        "---",
        'title: "Start"',
        "---",
        "stateDiagram-v2",
        "    accDescr: From a check#58; 3 states.",
        '    state "Pending" as s0',
        '    state "Started" as s1',
        '    state "✗ Failed" as s2',
        "    [*] --> s0",
        "    s0 --> s1 : (1) (3) start<br/>start again",
        "    s0 --> s2 : ✗ refused",
        "    s2 --> s0",
        "    s1 --> [*]",
        "    s2 --> [*]",
        "    classDef failed fill:#FCEBE9,stroke:#B3261E,color:#B3261E,stroke-width:2px",
        "    class s2 failed",
        "    classDef path fill:#D9E6FD,stroke:#0B57D0,color:#1F2933,stroke-width:3px",
        "    class s0,s1 path",
    ]


def test_a_fault_in_a_sequence_ends_in_a_cross_and_a_note_spans_both():
    sequence = Sequence(
        "Call",
        ("kubelet", "runtime"),
        (Message("runtime", "kubelet", "reply", fault=True, note="phase: A → B\nn: 1"),),
    )
    assert write(sequence).splitlines()[-2:] == [
        "    p1--xp0: reply",
        "    Note over p1,p0: phase#58; A → B<br/>n#58; 1",
    ]


def test_the_loop_of_a_sequence_is_framed():
    ask = Message("me", "you", "ask")
    sequence = Sequence("Call", ("me", "you"), (ask, ask), loop=1)
    assert write(sequence).splitlines()[-3:] == ["    loop for ever", "    p0->>p1: ask", "    end"]


def test_a_sequence_that_rests_says_so_across_all_who_take_part():
    sequence = Sequence("Call", ("me", "you"), (Message("me", "you", "ask"),), loop=1)
    assert write(sequence).splitlines()[-1] == "    Note over p0,p1: nothing more happens"


def test_an_arrow_of_a_loop_has_a_round_arrow():
    diagram = Diagram(
        "x", (Node("a", "A"),), (Edge("a", "a", ("retry",), fault=True, steps=(2,), loop=True),)
    )
    assert "    s0 --> s0 : (2) ↻ ✗ retry" in write(diagram).splitlines()
