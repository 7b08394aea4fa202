import os
import xml.etree.ElementTree as ET
from pathlib import Path

from fsm.render.typeface import FONTS, covers, fonts


def test_the_font_comes_with_its_licence_and_stays_small():
    assert (FONTS / "DejaVuSans-subset.ttf").stat().st_size < 120_000
    assert "Bitstream Vera" in (FONTS / "LICENSE").read_text(encoding="utf-8")


def test_the_configuration_names_only_our_folder_and_is_gone_afterwards():
    with fonts("phase") as environment:
        path = Path(environment["FONTCONFIG_FILE"])
        root = ET.parse(path).getroot()
        assert [d.text for d in root.iter("dir")] == [str(FONTS)]
        assert [Path(d.text or "").parent for d in root.iter("cachedir")] == [path.parent]
    assert not path.exists()


def test_fonts_of_the_machine_are_asked_only_for_characters_that_ours_lacks():
    with fonts("状態") as environment:
        root = ET.parse(environment["FONTCONFIG_FILE"]).getroot()
    assert len(list(root.iter("dir"))) > 1


def test_the_environment_of_this_process_stays_as_it_is():
    before = dict(os.environ)
    with fonts("phase") as environment:
        assert environment["FONTCONFIG_FILE"] != before.get("FONTCONFIG_FILE")
        assert dict(os.environ) == before


def test_what_pictures_add_themselves_is_covered():
    assert covers("● ✗ · → ↔ ≠ ≤ ① – “quoted” é Ω Ж")
    assert not covers("😀")
