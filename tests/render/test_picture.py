"""Pictures as Graphviz paints them."""

import re
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.dot import RenderError, render, write
from fsm.render.sequence import Message, Sequence

SVG = "{http://www.w3.org/2000/svg}"
ODD = r'<b>&amp; "q" \N \\N \E \l \n {|} &lt;'


def texts(svg):
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize(("name", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_every_format_is_painted(name, magic):
    assert render("digraph { a -> b }", name).startswith(magic)


def test_odd_labels_arrive_in_the_picture_as_they_were():
    diagram = Diagram(
        ODD,
        (Node("a:b", ODD), Node("end", "end")),
        (Edge("a:b", "end", (ODD,)), Edge("end", "a:b", ("one", ODD), steps=(1,))),
        caption=ODD,
    )
    shown = [text.replace("\N{NO-BREAK SPACE}", " ").strip() for text in texts(render(write(diagram), "svg"))]
    assert shown.count(ODD) == 5


def test_odd_messages_arrive_in_the_picture_as_they_were():
    messages = (Message(ODD, "b", ODD, note=ODD), Message("b", "b", ODD, fault=True, note=ODD))
    sequence = Sequence(ODD, (ODD, "b"), messages, caption=ODD)
    shown = [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(render(write(sequence), "svg"))]
    assert shown.count(ODD) == 7


def test_text_is_measured_with_our_font_and_fits_its_box():
    svg = ET.fromstring(render(write(Diagram("", (Node("a", "m" * 30),))), "svg"))
    group = next(g for g in svg.iter(f"{SVG}g") if g.get("class") == "node")
    places = re.findall(r"(-?[\d.]+),-?[\d.]+", group.find(f"{SVG}path").get("d"))
    box = max(map(float, places)) - min(map(float, places))
    text = 30 * 0.974 * 13  # an "m" of DejaVu Sans is 0.974 of its type size wide
    margins = 2 * 0.2 * 72
    assert text + margins - 2 < box < text + margins + 8


def test_the_picture_names_fonts_that_readers_have():
    svg = render(write(Diagram("Light", (Node("on", "On"),))), "svg").decode()
    assert set(re.findall('font-family="([^"]*)"', svg)) == {"DejaVu Sans,Verdana,Helvetica,sans-serif"}


def test_nothing_but_the_picture_comes_out(capfd, monkeypatch, tmp_path):
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    render('digraph { a [shape=unheard_of fontname="No Such Font"] }', "svg")
    assert capfd.readouterr() == ("", "")
    assert not home.exists()


def test_renderings_at_the_same_time_give_the_same_picture():
    text = write(Sequence("Call", ("a", "b"), (Message("a", "b", "create", note="n: 1"),)))
    with ThreadPoolExecutor(4) as pool:
        pictures = set(pool.map(lambda _: render(text, "png"), range(8)))
    assert len(pictures) == 1


def test_bad_dot_text_is_refused_in_the_words_of_graphviz():
    with pytest.raises(RenderError, match=r"could not paint this DOT text.*syntax error in line 1"):
        render("digraph {", "svg")


def test_another_format_is_refused_with_those_there_are():
    with pytest.raises(RenderError, match="svg, png, pdf, not as 'gif'"):
        render("digraph {}", "gif")  # type: ignore[arg-type]


@pytest.fixture
def broken_pygraphviz(monkeypatch, tmp_path):
    (tmp_path / "pygraphviz.py").write_text("raise ImportError('no such library')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_without_any_graphviz_the_error_says_what_to_install(broken_pygraphviz):
    with pytest.raises(RenderError, match="pip install 'pygraphviz>=2'"):
        render("digraph {}", "svg")


def test_a_dot_on_the_path_stands_in_for_pygraphviz(broken_pygraphviz):
    program = broken_pygraphviz / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:], sys.stdin.read())\n")
    program.chmod(0o755)
    assert render("digraph {}", "png") == b"['-Tpng', '-Gdpi=144'] digraph {}\n"


def test_a_layout_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr("fsm.render.dot._PATIENCE", 0.0)
    with pytest.raises(RenderError, match="Draw less"):
        render("digraph {}", "svg")
