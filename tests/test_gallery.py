"""The gallery: what is drawn for a spec, when it is stale, and that our own is fresh."""

from dataclasses import replace
from pathlib import Path

import pytest

from fsm.checker import report
from fsm.errors import FsmError
from fsm.gallery import FORMATS, Page, gallery, strays
from fsm.targets import find
from fsm.verdict import Outcome

ROOT = Path(__file__).parent.parent
LAMP = '''
from enum import Enum
from fsm import action, always, spec

Light = Enum("Light", "OFF ON BROKEN")

@spec(final={Light.BROKEN})
class Lamp:
    """A lamp."""

    light: Light = Light.OFF

    @action(Light.OFF)
    def press(self) -> None:
        self.light = Light.ON

    @action(Light.ON, fault=True)
    def burn_out(self) -> None:
        self.light = Light.BROKEN

    @always(finding="lamps do not last")
    def lasts(self) -> bool:
        return self.light is not Light.BROKEN
'''


@pytest.fixture
def lamp(tmp_path, monkeypatch):
    """A folder of specs with one lamp in it; the targets and where to draw."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "lamp.py").write_text(LAMP)
    return find().targets, Path("diagrams")


def draw(lamp, formats=FORMATS):
    targets, folder = lamp
    pages = gallery(targets, folder, formats)
    for page in pages:
        page.write()
    return pages


def test_a_spec_has_a_diagram_in_every_syntax_a_page_and_pictures_of_each_finding(lamp):
    names = {page.file.as_posix() for page in gallery(*lamp)}
    pictures = ("lamp", "lamp.lasts", "lamp.lasts.sequence")
    drawn = {f"diagrams/{name}.{ending}" for name in pictures for ending in ("dot", "svg", "mmd", "puml")}
    assert names == drawn | {"diagrams/lamp.md", "specs/README.md"}


def test_what_was_just_drawn_is_fresh(lamp):
    draw(lamp)
    assert [page for page in gallery(*lamp) if page.is_stale] == []


def test_a_changed_spec_makes_every_picture_that_shows_it_stale(lamp, tmp_path):
    draw(lamp)
    changed = (tmp_path / "specs" / "lamp.py").read_text().replace("def press", "def switch_on")
    (tmp_path / "specs" / "lamp.py").rename(tmp_path / "specs" / "old.txt")
    (tmp_path / "specs" / "lamp2.py").write_text(changed)
    stale = {page.file.name for page in gallery(find().targets, lamp[1]) if page.is_stale}
    assert {"lamp.dot", "lamp.svg", "lamp.mmd", "lamp.puml", "lamp.md"} <= stale


def test_an_svg_that_was_drawn_from_other_text_is_stale(lamp):
    draw(lamp)
    svg = Path("diagrams/lamp.svg")
    svg.write_text(svg.read_text().replace("drawn from ", "drawn from 0"))
    assert [page.file for page in gallery(*lamp) if page.is_stale] == [svg]


def test_only_the_formats_that_are_asked_for_are_made(lamp):
    assert {page.file.suffix for page in gallery(*lamp, formats=("mmd",))} == {".mmd"}


def test_files_of_specs_that_are_gone_are_strays(lamp):
    pages = draw(lamp)
    left = Path("diagrams/chandelier.svg")
    left.write_text("<svg/>")
    assert strays(pages, Path("diagrams")) == [left]


def test_a_page_that_cannot_be_written_is_one_clear_message_and_leaves_nothing(tmp_path):
    (tmp_path / "here").write_text("a file, where a folder is wanted")
    with pytest.raises(FsmError, match="cannot be written"):
        Page(tmp_path / "here" / "lamp.mmd", "text").write()
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_the_page_of_a_spec_states_sizes_promises_and_findings(lamp):
    page = next(page.text for page in gallery(*lamp) if page.file.name == "lamp.md")
    assert "3 states, 2 transitions, all explored." in page
    assert "## Finding: lamps do not last" in page
    assert "| Off  | press            | On" in page


def test_the_index_lists_every_spec_and_every_finding(lamp):
    text = gallery(*lamp)[-1].text
    assert "[Lamp](../diagrams/lamp.md)" in text
    assert "- **Lamp**: lamps do not last (`lasts`)" in text


@pytest.fixture
def judged(lamp, monkeypatch):
    """The page of the lamp, whose finding was judged otherwise."""

    def page(**changes):
        def judge(graph):
            made = report(graph)
            trace = replace(made["lasts"].trace, **changes.pop("trace", {}))
            first, *others = made.properties
            return replace(made, properties=(replace(first, trace=trace, **changes), *others))

        monkeypatch.setattr("fsm.gallery.report_of", judge)
        return {page.file.name: page.text for page in gallery(*lamp)}

    return page


def test_the_page_tells_a_run_without_end_and_what_was_assumed(judged):
    page = judged(trace={"loop": 1}, kind="eventually", fair=("weak press",), advice=("strong press",))[
        "lamp.md"
    ]
    assert "A run without end that violates `lasts`.\n" in page
    assert "Assumed fair: weak press.\nIt would hold if this were fair: strong press.\n" in page
    assert "lamps do not last (assumed fair: weak press)" in page


def test_a_run_that_never_begins_is_drawn(judged):
    pages = judged(trace={"loop": 0, "steps": ()}, kind="eventually")
    assert "Nothing is assumed fair.\n" in pages["lamp.md"]
    assert "stays for ever" in pages["lamp.lasts.mmd"]
    assert "nothing more happens" in pages["lamp.lasts.sequence.puml"]


def test_the_page_says_what_is_vacuous_and_why(judged):
    pages = judged(outcome=Outcome.HOLDS, finding="", vacuous="nobody waits")
    row = next(line for line in pages["lamp.md"].splitlines() if "lasts" in line)
    assert [cell.strip() for cell in row.split("|")[2:4]] == ["vacuous", "nobody waits"]
    assert "2 properties **vacuous**" in pages["README.md"]


def test_our_own_diagrams_and_index_show_what_our_specs_say(monkeypatch):
    monkeypatch.chdir(ROOT)
    pages = gallery(find().targets, Path("diagrams"))
    stale = [page.file.as_posix() for page in pages if page.is_stale]
    assert stale == [], "run `fsm draw`"
    assert strays(pages, Path("diagrams")) == []
    assert Path("specs/README.md") in [page.file for page in pages]


def test_the_index_does_not_depend_on_the_order_of_the_targets(lamp, tmp_path):
    other = LAMP.replace("class Lamp", "class Torch")
    (tmp_path / "specs" / "torch.py").write_text(other)
    targets = find().targets
    assert gallery(targets, lamp[1])[-1].text == gallery(targets[::-1], lamp[1])[-1].text
