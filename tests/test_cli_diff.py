"""`fsm diff` as a user runs it: what it prints, what it exits with, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fsm.cli import run
from tests.workspace import LAMP, RAISES, WRONG, Workspace, workspace_in

DOORS = '''\
from enum import Enum

from fsm import action, always, limit, require, sometimes, spec, var

Phase = Enum("Phase", "SHUT OPEN BROKEN")


@spec(final={Phase.BROKEN})
class Door:
    """A door."""

    phase: Phase = Phase.SHUT
    knocks: int = var(range(4), 0)

    @action(Phase.SHUT)
    def knock(self) -> None:
        require(self.knocks < 3)
        self.knocks += 1

    @action(Phase.SHUT)
    def open(self) -> None:
        self.phase = Phase.OPEN

    @action(Phase.OPEN)
    def shut(self) -> None:
        self.phase = Phase.SHUT

    @action(Phase.OPEN, fault=True)
    def slam(self) -> None:
        self.phase = Phase.BROKEN

    @always
    def opens_to_who_knocks(self) -> bool:
        return self.phase is not Phase.OPEN or self.knocks > 0

    @sometimes
    def opens(self) -> bool:
        return self.phase is Phase.OPEN


class Polite(Door):
    """A door that opens to who knocks."""

    @action(Phase.SHUT)
    def open(self) -> None:
        require(self.knocks > 0)
        self.phase = Phase.OPEN


class Lit(Door):
    """A door with a light, which nobody sees."""

    light: bool = False

    @action
    def glow(self) -> None:
        self.light = not self.light


class Twin(Door):
    """The same door."""


class Bounded(Door):
    """A door that is looked at only for one knock."""

    @action(Phase.SHUT)
    def knock(self) -> None:
        limit(self.knocks < 1)
        self.knocks += 1


def counter(most: int):
    """A spec with a parameter."""

    @spec
    class Counter:
        count: int = var(range(most + 1), 0)

        @action
        def up(self) -> None:
            require(self.count < most)
            self.count += 1

    return Counter


class Nothing:
    """No spec."""
'''


@dataclass
class Done:
    """What a call of the command line did."""

    code: int
    out: str
    err: str


class Shell(Workspace):
    """A workspace with `fsm diff`, and the doors in `doors.py`."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Done:
        code = run(["diff", *(f"doors.py::{one}" if one.istitle() else one for one in arguments)])
        return Done(code, *self.capture.readouterr())


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    with workspace_in(tmp_path):
        made = Shell(tmp_path)
        made.capture = capsys
        made.write("doors.py", DOORS)
        yield made


def test_versions_that_differ_exit_with_1_and_say_in_what(shell: Shell) -> None:
    done = shell("Door", "Polite")
    assert done.code == 1
    assert done.err == ""
    assert done.out.startswith("  − Door    12 states, 15 transitions, depth 5  doors.py::Door\n")
    assert "  ~ opens_to_who_knocks  violated after 1 step → holds\n" in done.out
    assert "  Door does what Polite cannot do, in 1 step:\n" in done.out
    assert "         Polite refuses open here; it may: knock\n" in done.out
    assert "  Polite does nothing that Door cannot do\n" in done.out
    assert done.out.splitlines()[-1].startswith("they differ: 1")


def test_a_spec_and_itself_do_not_differ(shell: Shell) -> None:
    done = shell("Door", "Door")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("\nno difference\n")


def test_a_variant_that_changes_nothing_does_not_differ(shell: Shell) -> None:
    assert shell("Door", "Twin").code == 0


def test_the_other_way_round_it_is_the_mirror(shell: Shell) -> None:
    forth, back = shell("Door", "Lit").out, shell("Lit", "Door").out
    assert "  + variable light: bool\n" in forth
    assert "  − variable light: bool\n" in back
    assert "  + SHUT glow → SHUT\n" in forth
    assert "  − SHUT glow → SHUT\n" in back


def test_a_hidden_action_makes_no_difference_to_what_is_done(shell: Shell) -> None:
    done = shell("Door", "Lit", "--hide", "glow")
    assert "Door does nothing that Lit cannot do" in done.out
    assert "Lit does nothing that Door cannot do" in done.out
    assert "glow" not in done.out.replace("hidden: glow", "")
    assert done.code == 1  # it has a variable more


def test_quiet_shows_only_what_differs(shell: Shell) -> None:
    assert shell("Door", "Door", "-q").out == "no difference\n"
    quiet = shell("Door", "Polite", "-q").out
    assert "does nothing that" not in quiet
    assert quiet.startswith("verdicts\n")


def test_what_is_seen_may_be_chosen(shell: Shell) -> None:
    done = shell("Door", "Polite", "--seen", "knocks")
    assert "seen: the actions, and knocks\n" in done.out
    done = shell("Door", "Polite", "--seen", "actions")
    assert "seen: the actions, and nothing of the state\n" in done.out
    done = shell("Door", "Polite", "--seen=knocks,phase")
    assert "seen: the actions, and phase, knocks\n" in done.out


def test_bounds_of_a_spec_are_said(shell: Shell) -> None:
    done = shell("Door", "Bounded")
    assert "Door does nothing that Bounded cannot do, within the bounds of Bounded (" in done.out
    assert done.out.endswith("\nno difference within the bounds of Bounded\n")
    assert done.code == 0


@pytest.mark.parametrize(
    ("limit", "reason"),
    [("--max-states=3", "max_states=3"), ("--max-depth=1", "max_depth=1"), ("--timeout=0", "timeout=0s")],
)
def test_what_ends_early_is_unknown_and_never_the_same(shell: Shell, limit: str, reason: str) -> None:
    done = shell("Door", "Door", limit)
    assert done.code == 3
    assert "no difference" not in done.out
    assert "unknown is not the same: " in done.out
    assert reason in done.out


def test_a_difference_that_was_seen_within_limits_stands(shell: Shell) -> None:
    done = shell("Door", "Polite", "--max-depth=2")
    assert done.code == 1
    assert "Door does what Polite cannot do" in done.out
    assert "is unknown: max_depth=2" in done.out


def test_what_only_a_limit_hides_is_no_difference(shell: Shell) -> None:
    done = shell("doors.py::counter(5)", "doors.py::counter(5)", "--max-states=2")
    assert done.code == 3
    assert "transitions\n" not in done.out


def test_json_holds_everything(shell: Shell) -> None:
    done = shell("Door", "Polite", "--format", "json")
    data = json.loads(done.out)
    assert (done.code, data["exit_code"], data["differ"], data["unknown"]) == (1, 1, True, [])
    assert (data["first"]["name"], data["second"]["target"]) == ("Door", "doors.py::Polite")
    assert data["forth"]["outcome"] == "violated"
    assert [step["action"] for step in data["forth"]["run"]["steps"]] == ["open"]
    assert data["forth"]["instead"] == ["knock"]
    assert data["back"]["outcome"] == "holds"
    assert [one["name"] for one in data["judged"]] == ["opens_to_who_knocks"]


def test_json_of_moves_and_declarations_has_their_marks(shell: Shell) -> None:
    data = json.loads(shell("Door", "Lit", "--format=json").out)
    assert {(one["mark"], one["action"]) for one in data["moves"]} == {("+", "glow")}
    assert {(one["kind"], one["first"], one["second"]) for one in data["declared"]} == {
        ("variable", "", "bool"),
        ("action", "", "glow"),
    }


def test_the_result_goes_to_a_file_whole(shell: Shell) -> None:
    done = shell("Door", "Polite", "-o", "out.txt")
    assert (done.code, done.out) == (1, "")
    assert Path("out.txt").read_text().endswith("that only Door has\n")


def test_a_picture_and_a_page_are_drawn_where_it_is_said(shell: Shell) -> None:
    done = shell("Door", "Lit", "--draw", "pictures")
    assert done.code == 1
    names = {f"door-lit.{ending}" for ending in ("dot", "svg", "mmd", "puml", "md")}
    assert {file.name for file in Path("pictures").iterdir()} == names
    assert "+ glow" in Path("pictures/door-lit.svg").read_text()
    page = Path("pictures/door-lit.md").read_text()
    assert "# Door (−) and Lit (+)" in page
    assert "| +   | SHUT   | glow         | SHUT   |" in page


def test_colours_are_there_when_they_are_asked_for(shell: Shell) -> None:
    assert "\x1b[" in shell("Door", "Polite", "--color").out
    assert "\x1b[" not in shell("Door", "Polite", "--no-color").out


def test_two_of_the_same_name_are_told_apart_by_where_they_are(shell: Shell) -> None:
    shell.write("later.py", DOORS.replace("range(4)", "range(5)"))
    done = shell("doors.py::Door", "later.py::Door")
    assert "doors.py::Door does nothing that later.py::Door cannot do" in done.out
    assert "~ variable knocks: range(0, 4) → range(0, 5)" in done.out


def test_a_spec_of_another_world_differs_from_the_beginning(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    done = shell("Door", "lamp.py::Lamp")
    assert done.code == 1
    assert "Door does what Lamp cannot do, in 1 step" in done.out
    assert "Lamp does what Door cannot do, in 1 step" in done.out


def test_what_a_spec_prints_is_no_result(shell: Shell) -> None:
    shell.write("loud.py", 'print("at import")\n' + DOORS)
    done = shell("loud.py::Door", "loud.py::Twin")
    assert "at import" not in done.out
    assert "at import" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Door"], "Missing argument 'SECOND'"),
        ([], "Missing argument 'FIRST'"),
        (["Door", "Twin", "Polite"], "unexpected extra argument"),
        (["Door", "nowhere.py"], "nowhere.py: there is no such file"),
        (["Door", "dors.py"], "did you mean `doors.py`?"),
        (["Door", "doors.py"], "this needs one spec, and doors.py has several: `doors.py::Door`"),
        (["Door", "doors.py::Dor"], "doors.py has no spec `Dor`: did you mean `Door`?"),
        (["Door", "doors.py::Nothing"], "is a class that is no spec"),
        (["Door", "doors.py::counter"], "is a function: call it with what it needs"),
        (["Door", "doors.py::Door::opens"], "names a property"),
        (["Door", "several"], "this needs one spec, and several has several"),
        (["Door", ""], "an empty target"),
        (["Door", "notes.txt"], "notes.txt is not a Python file"),
        (["Door", "empty.py"], "empty.py defines no spec"),
        (["Door", "syntax.py"], "syntax.py:1: this file cannot be imported: SyntaxError"),
        (["Door", "Polite", "--seen", "phas"], "did you mean `phase`?"),
        (["Door", "Lit", "--seen", "light"], "`light` is to be seen, and Door has no such variable"),
        (["Door", "Polite", "--seen", ""], "--seen '' has an empty name"),
        (["Door", "Polite", "--seen", "phase,,knocks"], "has an empty name"),
        (["Door", "Polite", "--seen", "opens"], "has no such variable"),
        (["Door", "Polite", "--hide", "opn"], "did you mean `open`?"),
        (["Door", "Polite", "--hide", "glow"], "neither Door nor Polite has such an action"),
        (["Door", "Polite", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (["Door", "Polite", "--max-states", "0"], "0 is not in the range x>=1"),
        (["Door", "Polite", "--max-depth", "-1"], "-1 is not in the range x>=0"),
        (["Door", "Polite", "--timeout", "nan"], "this is no number of seconds"),
        (["Door", "Polite", "-q", "-v"], "Choose one of --quiet and --verbose"),
        (["Door", "Polite", "-o", "no/such/folder.txt"], "there is no folder no/such"),
        (["Door", "Polite", "-o", "."], "is a folder: name a file for the results"),
        (["Door", "Polite", "--draw", "notes.txt"], "notes.txt is no folder"),
        (["Door", "wrong.py"], "wrong.py:"),
        (["Door", "raises.py"], "raises IndexError"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_clear_message(shell: Shell, arguments: list[str], message: str) -> None:
    shell.write("notes.txt", "no spec\n")
    shell.write("several/doors.py", DOORS)
    shell.write("empty.py", "import fsm\n")
    shell.write("syntax.py", "from fsm import (\n")
    shell.write("wrong.py", WRONG)
    shell.write("raises.py", RAISES)
    done = shell(*arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_part_that_is_not_in_both_is_refused_with_what_each_has(shell: Shell) -> None:
    first = "phase: Phase = Phase.SHUT\n"
    shell.write("other.py", DOORS.replace(first, f"{first}    m: bool = True\n"))
    mapped = DOORS.replace(first, f"{first}    m: dict[Phase, bool] = each(Phase, True)\n")
    shell.write("mapped.py", mapped.replace("import action", "import each, action"))
    done = shell("other.py::Door", "mapped.py::Door", "--seen", "m")
    assert done.code == 2
    assert (
        "there is no part of it that both have: it is bool in Door and dict[Phase, bool] in Door" in done.err
    )
    assert shell("mapped.py::Door", "mapped.py::Twin", "--seen", "m[OPEN]").code == 0


def test_ctrl_c_exits_with_130(shell: Shell) -> None:
    shell.write("slow.py", DOORS.replace("self.knocks += 1", "raise KeyboardInterrupt"))
    done = shell("slow.py::Door", "slow.py::Door")
    assert done.code == 130
    assert "no difference" not in done.out


def test_the_output_is_the_same_every_time(shell: Shell) -> None:
    assert shell("Door", "Lit").out == shell("Door", "Lit").out
