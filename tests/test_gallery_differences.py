"""Pairs of specs in the gallery: which are drawn, what their page says, when they are stale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm.comparison import neighbours
from fsm.errors import FsmError
from fsm.gallery import Page, gallery, strays
from fsm.targets import find
from tests.workspace import Workspace, workspace_in

LAMPS = '''\
from enum import Enum

from fsm import action, always, require, spec, var

Light = Enum("Light", "OFF ON BROKEN")


@spec(final={Light.BROKEN})
class Lamp:
    """A lamp."""

    light: Light = Light.OFF
    presses: int = var(range(3), 0)

    @action(Light.OFF)
    def press(self) -> None:
        require(self.presses < 2)
        self.presses += 1
        self.light = Light.ON

    @action(Light.ON, fault=True)
    def burn_out(self) -> None:
        self.light = Light.BROKEN

    @always
    def lasts(self) -> bool:
        return self.light is not Light.BROKEN


class Led(Lamp):
    """It does not burn out."""

    burn_out = None

    @action(Light.ON)
    def switch_off(self) -> None:
        self.light = Light.OFF


def lamp(presses: int):
    """A lamp that is pressed so often."""

    class Pressed(Lamp):
        @action(Light.OFF)
        def press(self) -> None:
            require(self.presses < presses)
            self.presses += 1
            self.light = Light.ON

    return Pressed
'''


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_in(tmp_path) as made:
        yield made


def drawn(*texts: str) -> list[Page]:
    return gallery(find(texts).targets, Path("diagrams"))


def names(pages: list[Page]) -> set[str]:
    return {page.file.name for page in pages if "-" in page.file.name}


def test_a_pair_has_a_picture_in_every_syntax_and_a_page(folder: Workspace) -> None:
    folder.write("specs/home/lamps.py", LAMPS + "\n\nDIFFERENCES = [(Lamp, Led)]\n")
    pages = drawn()
    assert names(pages) == {f"lamp-led.{ending}" for ending in ("dot", "svg", "mmd", "puml", "md")}
    assert {page.file.parent for page in pages if "-" in page.file.name} == {Path("diagrams/home")}
    page = next(page.text for page in pages if page.file.name == "lamp-led.md")
    assert page.startswith("# Lamp (−) and Led (+)\n")
    assert "`fsm diff specs/home/lamps.py::Lamp specs/home/lamps.py::Led`" in page
    assert re.search(r"\| lasts +\| violated after 2 steps with 1 fault \| holds", page)
    assert "Led does what Lamp cannot do, in 2 steps:" in page
    assert "![Lamp (−) and Led (+)](lamp-led.svg)" in page


def test_the_index_lists_it(folder: Workspace) -> None:
    folder.write("specs/lamps.py", LAMPS + "\n\nDIFFERENCES = [(Lamp, Led)]\n")
    index = drawn()[-1].text
    assert "## Compared" in index
    assert "- [Lamp and Led](../diagrams/lamp-led.md): " in index


def test_an_index_of_specs_that_are_not_compared_says_nothing_of_it(folder: Workspace) -> None:
    folder.write("specs/lamps.py", LAMPS)
    pages = drawn()
    assert names(pages) == set()
    assert "Compared" not in pages[-1].text


def test_what_was_drawn_is_fresh_and_no_stray_and_a_change_makes_it_stale(folder: Workspace) -> None:
    folder.write("specs/lamps.py", LAMPS + "\n\nDIFFERENCES = [(Lamp, Led)]\n")
    pages = drawn()
    for page in pages:
        page.write()
    assert [page for page in pages if page.is_stale] == []
    assert strays(pages, Path("diagrams")) == []
    changed = LAMPS.replace("self.presses < 2", "self.presses < 1")
    folder.write("specs/lamps2.py", changed + "\n\nDIFFERENCES = [(Lamp, Led)]\n")
    Path("specs/lamps.py").unlink()
    stale = {page.file.name for page in drawn() if page.is_stale}
    assert "lamp-led.md" in stale


def test_only_pairs_with_one_of_the_targets_in_them_are_drawn(folder: Workspace) -> None:
    folder.write("specs/lamps.py", LAMPS + "\n\nDIFFERENCES = ((Lamp, Led), (Lamp, lamp(1)))\n")
    assert {name.partition(".")[0] for name in names(drawn("specs/lamps.py::Led"))} == {"lamp-led"}
    assert {name.partition(".")[0] for name in names(drawn("specs/lamps.py"))} == {"lamp-led", "lamp-pressed"}


def test_a_spec_may_be_made_for_the_pair_alone(folder: Workspace) -> None:
    folder.write("specs/lamps.py", LAMPS + "\n\nDIFFERENCES = [(Lamp, lamp(1))]\n")
    page = next(page.text for page in drawn() if page.file.name == "lamp-pressed.md")
    assert "Pressed does nothing that Lamp cannot do." in page


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("Lamp", r"`DIFFERENCES` is .*: write a list of pairs of specs"),
        ("{Lamp: Led}", "write a list of pairs of specs"),
        ("[Lamp, Led]", r"which is no pair of specs: write `\(Old, New\)`"),
        ("[(Lamp, Led, Lamp)]", "which is no pair of specs"),
        ("[(Lamp,)]", "which is no pair of specs"),
        ("[(Lamp, 'Led')]", "'Led', which is no spec"),
        ("[(Lamp, lamp)]", "which is no spec"),
        ("[(Lamp, Light)]", "which is no spec"),
        ("[(None, Lamp)]", "None, which is no spec"),
    ],
)
def test_a_list_that_is_none_is_one_clear_message(folder: Workspace, wanted: str, message: str) -> None:
    folder.write("specs/lamps.py", f"{LAMPS}\n\nDIFFERENCES = {wanted}\n")
    with pytest.raises(FsmError, match=message):
        neighbours(find().targets)
