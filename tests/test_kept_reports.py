"""Reports of a run of pytest are kept as files, and read back as they were."""

from pathlib import Path

import pytest

from fsm import check
from fsm.errors import FsmError
from fsm.kept_reports import keep, kept
from fsm.targets import find

LAMP = """
from enum import Enum
from fsm import action, always, spec

Light = Enum("Light", "OFF ON BROKEN")

@spec(final={Light.BROKEN})
class Lamp:
    light: Light = Light.OFF

    @action(Light.OFF)
    def press(self) -> None:
        self.light = Light.ON

    @action(Light.ON, fault=True)
    def burn_out(self) -> None:
        self.light = Light.BROKEN

    @always
    def lasts(self) -> bool:
        return self.light is not Light.BROKEN
"""


@pytest.fixture
def lamp(tmp_path):
    """A folder with a spec, and the spec."""
    file = tmp_path / "specs" / "lamp.py"
    file.parent.mkdir()
    file.write_text(LAMP)
    (target,) = find([str(file)]).targets
    return tmp_path, target.spec


def test_a_report_is_read_back_as_it_was(lamp):
    folder, spec = lamp
    report = check(spec)
    for file in (Path("specs/lamp.py"), folder / "specs" / "lamp.py", Path("../elsewhere/lamp.py")):
        keep(folder / "reports", file, "Lamp", report)
        assert kept(folder / "reports", file, "Lamp") == report
    assert (folder / "reports" / "specs" / "lamp" / "Lamp.json").is_file()
    assert not list((folder / "reports").rglob("*.tmp"))


def test_what_was_not_kept_is_none_and_what_is_no_report_is_an_error(tmp_path):
    assert kept(tmp_path, Path("specs/lamp.py"), "Lamp") is None
    (tmp_path / "specs" / "lamp").mkdir(parents=True)
    (tmp_path / "specs" / "lamp" / "Lamp.json").write_text("{}")
    with pytest.raises(ValueError, match="report"):
        kept(tmp_path, Path("specs/lamp.py"), "Lamp")


def test_a_folder_that_is_none_is_one_clear_message(lamp):
    folder, spec = lamp
    (folder / "reports").write_text("a file")
    with pytest.raises(FsmError, match=r"Lamp\.json cannot be written: "):
        keep(folder / "reports", Path("specs/lamp.py"), "Lamp", check(spec))


@pytest.mark.parametrize("option", ["--fsm-reports=out", "-o fsm_reports=out"])
def test_pytest_keeps_the_report_of_each_spec_that_it_checks(pytester, option):
    pytester.mkdir("specs").joinpath("lamp.py").write_text(LAMP)
    pytester.runpytest(*option.split()).assert_outcomes(failed=1, passed=1)
    report = kept(pytester.path / "out", Path("specs/lamp.py"), "Lamp")
    assert report is not None
    assert report["lasts"].trace.faults == 1
    assert report["lasts"].trace.command == "fsm check specs/lamp.py::Lamp --property lasts"


def test_a_report_that_cannot_be_kept_fails_the_spec_in_one_line(pytester):
    pytester.mkdir("specs").joinpath("lamp.py").write_text(LAMP)
    pytester.path.joinpath("out").write_text("a file")
    result = pytester.runpytest("--fsm-reports=out", "-k", "never_stuck")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Lamp.json cannot be written: *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_without_being_asked_nothing_is_kept(pytester):
    pytester.mkdir("specs").joinpath("lamp.py").write_text(LAMP)
    pytester.runpytest()
    assert not list(pytester.path.rglob("Lamp.json"))
