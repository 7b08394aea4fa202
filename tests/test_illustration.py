"""Which specs of a file have their counterexamples drawn, and what stands on the pages of the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm.errors import FsmError
from fsm.gallery import Page, gallery, strays
from fsm.targets import find
from tests.workspace import Workspace, workspace_in

LAMPS = '''\
from enum import Enum

from fsm import action, always, eventually, spec

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

    @action(Light.ON)
    def release(self) -> None:
        self.light = Light.OFF

    @always(finding="it burns out")
    def lasts(self) -> bool:
        return self.light is not Light.BROKEN

    @eventually(finding="nobody has to break it")
    def breaks(self) -> bool:
        return self.light is Light.BROKEN


class Led(Lamp):
    """A brighter one."""
'''


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_in(tmp_path) as made:
        yield made


def drawn(folder: Workspace, text: str) -> dict[str, Page]:
    folder.write("specs/lamps.py", text)
    return {page.file.name: page for page in gallery(find(["specs/lamps.py"]).targets, Path("diagrams"))}


def test_a_file_that_says_nothing_has_all_counterexamples_drawn(folder: Workspace) -> None:
    pages = drawn(folder, LAMPS)
    assert {"lamp.lasts.svg", "led.lasts.svg", "led.breaks.sequence.dot"} <= pages.keys()


def test_only_the_specs_that_are_named_have_theirs_drawn(folder: Workspace) -> None:
    pages = drawn(folder, LAMPS + "\n\nILLUSTRATED = [Led]\n")
    assert not [name for name in pages if name.startswith("lamp.") and "lasts" in name]
    assert {"lamp.svg", "lamp.md", "led.lasts.svg", "led.lasts.sequence.svg"} <= pages.keys()


def test_the_page_of_the_others_lists_the_steps(folder: Workspace) -> None:
    page = drawn(folder, LAMPS + "\n\nILLUSTRATED = [Led]\n")["lamp.md"].text
    assert "1. `press`\n2. fault: `burn_out`\n" in page
    assert "1. `press` (from here on again and again)\n2. `release`\n" in page
    assert "lamp.lasts" not in page


@pytest.mark.parametrize("wanted", ["Lamp", "[1]", "'Lamp'", "{'Lamp': True}"])
def test_what_is_no_list_of_specs_is_refused(folder: Workspace, wanted: str) -> None:
    with pytest.raises(FsmError, match=r"lamps.py: `ILLUSTRATED` is .*: write a list of this file's specs"):
        drawn(folder, f"{LAMPS}\n\nILLUSTRATED = {wanted}\n")


def test_pictures_of_somebody_else_inside_a_shelf_are_no_strays(folder: Workspace) -> None:
    pages = list(drawn(folder, LAMPS).values())
    for name in ("diagrams/lamps.svg", "diagrams/other/x.svg", "diagrams/gone/y.svg"):
        folder.write(name, "<svg/>")
    assert [file.name for file in strays(pages, Path("diagrams"))] == ["lamps.svg"]
