"""`fsm export`: where files go, and what is refused."""

import json
from pathlib import Path

import pytest

from fsm.cli import run

DIE_HARD = "specs/classics/die_hard.py::DieHard"


def test_one_file_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", DIE_HARD, "--to", "promela"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("/* DieHard\n")
    assert out.endswith("}\n")


@pytest.mark.parametrize(("language", "ends"), [("promela", "pml"), ("smv", "smv"), ("tla", "cfg tla")])
def test_files_go_to_a_folder(language: str, ends: str, tmp_path: Path) -> None:
    assert run(["export", DIE_HARD, "--to", language, "-o", str(tmp_path / "new")]) == 0
    names = [f"DieHard.{end}" for end in ends.split()]
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == names


def test_an_export_is_the_same_every_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run(["export", DIE_HARD, "--to", "tla", "-q", "-o", str(tmp_path / folder)]) == 0
    assert (tmp_path / "one/DieHard.tla").read_text() == (tmp_path / "two/DieHard.tla").read_text()


def test_only_the_properties_that_are_named_are_exported(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", DIE_HARD, "--to", "smv", "--property", "never_four_gallons"]) == 0
    assert capsys.readouterr().out.count("INVARSPEC") == 1


def test_a_counterexample_goes_out_as_itf(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", DIE_HARD, "--to", "itf", "--property", "never_four_gallons"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["states"][-1]["big"] == {"#bigint": "4"}
    assert len(data["states"]) == 7
    assert data["#meta"]["property"] == "never_four_gallons"


REFUSED = {
    "several files": ((DIE_HARD, "--to", "tla"), "these are several files, so name a folder with -o"),
    "no folder": ((DIE_HARD, "--to", "smv", "-o", "README.md"), "README.md is no folder"),
    "no place": ((DIE_HARD, "--to", "smv", "-o", "README.md/new"), "README.md/new cannot be made"),
    "no property": ((DIE_HARD, "--to", "smv", "--property", "never_four"), "did you mean"),
    "no trace": (
        (DIE_HARD, "--to", "itf", "--property", "one_jug_is_full_or_empty"),
        "`one_jug_is_full_or_empty` has no trace to write: holds",
    ),
    "no name": ((DIE_HARD, "--to", "itf"), "name the property that it is of, with --property NAME"),
    "several specs": (("specs/classics/dining.py", "--to", "smv"), "this needs one spec"),
    "no language": ((DIE_HARD, "--to", "alloy"), "'alloy' is not one of"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_exported_is_refused_with_the_reason(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, message = REFUSED[case]
    assert run(["export", *arguments]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


WIDE = """
from fsm import action, always, spec, var

@spec
class Wide:
    n: int = var(range(30_000), 0)

    @action
    def turn(self) -> None:
        self.n = (self.n * 7 + 1) % 30_000
"""


def test_an_action_with_too_many_rows_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wide.py"
    file.write_text(WIDE)
    assert run(["export", str(file), "--to", "promela", "-o", str(tmp_path / "out")]) == 2
    assert "`turn` has more than 20,000 rows" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
