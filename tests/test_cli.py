"""The command line: what it prints, where, and what it exits with."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

import fsm
from fsm.cli import COMMANDS, run
from fsm.cli.output import Output
from fsm.errors import FsmError
from fsm.saving import save
from fsm.verdict import Report, Trace
from tests.workspace import GOOD, LAMP, RAISES, WRONG, Workspace, workspace_in

INTERRUPTED = """\
from fsm import action, always, require, sometimes, spec, var


@spec
class Endless:
    count: int = var(range(100), 0)

    @action
    def up(self) -> None:
        if self.count == 50:
            raise KeyboardInterrupt
        require(self.count < 99)
        self.count += 1

    @always
    def small(self) -> bool:
        return self.count < 99

    @sometimes
    def ten(self) -> bool:
        return self.count == 10
"""

VIOLATED_EARLY = INTERRUPTED.replace("self.count < 99\n\n    @some", "self.count < 3\n\n    @some")

PRINTS = 'print("at import")\n' + GOOD.replace("self.on = True", 'print("in a body"); self.on = True')


@dataclass
class Done:
    """What a call of the command line did."""

    code: int
    out: str
    err: str


class Shell(Workspace):
    """A workspace with a command line."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Done:
        code = run(arguments)
        return Done(code, *self.capture.readouterr())


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    with workspace_in(tmp_path):
        made = Shell(tmp_path)
        made.capture = capsys
        yield made


# check


def test_check_holds(shell: Shell) -> None:
    shell.write("specs/switch.py", GOOD)
    done = shell("check")
    assert done.code == 0
    assert done.out.startswith("Switch  A switch.  specs/switch.py:")
    assert "  holds     is_a_bool\n" in done.out
    assert "1 spec: 2 hold" in done.out.splitlines()[-1]
    assert done.err == ""


def test_check_shows_the_shortest_trace_and_how_to_see_it_again(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    done = shell("check", "specs/lamp.py::Lamp")
    assert done.code == 1
    assert "1. fault: smash  light: RED → DARK  broken: False → True" in done.out
    command = next(line.split("$ ")[1] for line in done.out.splitlines() if "$ " in line)
    assert command == "fsm check specs/lamp.py::Lamp --property never_dark"
    again = shell(*command.split()[1:])
    assert again.code == 1
    assert "violated  never_dark" in again.out
    assert "green" not in again.out


def test_the_command_of_a_trace_has_the_limits_and_is_quoted(shell: Shell) -> None:
    shell.write("a lamp.py", LAMP)
    done = shell("check", "a lamp.py::many(Lamp, 2)", "--max-depth=9", "--timeout", "60")
    assert (
        "$ fsm check 'a lamp.py::many(Lamp, 2)' --property never_dark --max-depth 9 --timeout 60\n"
        in done.out
    )


def test_one_property_of_several_specs_is_judged_where_it_is(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    shell.write("specs/switch.py", GOOD)
    done = shell("check", "--property", "is_a_bool")
    assert done.code == 0
    assert "Lamp" not in done.out
    assert "1 spec: 1 holds" in done.out


def test_an_unknown_property_is_a_mistake(shell: Shell) -> None:
    shell.write("specs/switch.py", GOOD)
    done = shell("check", "--property", "is_a_bol", "--property", "is_a_bool")
    assert done.code == 2
    assert "fsm: there is no property `is_a_bol`: did you mean `is_a_bool`?" in done.err
    assert "holds     is_a_bool" in done.out


@pytest.mark.parametrize(
    ("limit", "reason"),
    [("--max-states=2", "max_states=2"), ("--max-depth=1", "max_depth=1"), ("--timeout=0", "timeout=0s")],
)
def test_what_ends_early_is_unknown_and_never_a_pass(shell: Shell, limit: str, reason: str) -> None:
    shell.write("switch.py", GOOD)
    done = shell("check", "switch.py::counter(90000)", limit)
    assert done.code == 3
    assert f"not all explored, so unknown: exploring ended early ({reason})" in done.out
    assert "unknown is no pass" in done.out


def test_a_bound_on_faults_is_unknown_too(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    done = shell("check", "lamp.py::Lamp", "--max-faults=0", "--property=never_dark")
    assert done.code == 3


def test_a_violation_within_limits_stands(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    done = shell("check", "lamp.py::three", "--max-states=9", "--property=never_dark")
    assert done.code == 1


def test_a_mistake_counts_more_than_a_violation_and_everything_else_is_checked(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    shell.write("specs/raises.py", RAISES)
    shell.write("specs/switch.py", GOOD)
    shell.write("specs/wrong.py", WRONG)
    done = shell("check", "specs", "nowhere.py")
    assert done.code == 2
    told = done.err.splitlines()
    assert len(told) == 4
    assert all(line.startswith("fsm: ") for line in told)
    assert any("specs/raises.py:10: `go` raises IndexError" in line for line in told)
    assert sum("specs/wrong.py:" in line for line in told) == 2
    assert "violated  never_dark" in done.out
    assert "holds     is_a_bool" in done.out
    assert "4 mistakes" in done.out


def test_a_violation_counts_more_than_unknown(shell: Shell) -> None:
    shell.write("switch.py", GOOD)
    shell.write("lamp.py", LAMP)
    assert shell("check", "switch.py::counter(9)", "lamp.py::Lamp", "--max-states=3").code == 1


def test_an_error_is_one_message_and_a_traceback_only_if_asked(shell: Shell) -> None:
    shell.write("specs/broken.py", "import fsm\n1 / 0\n")
    done = shell("check")
    assert done.code == 2
    assert (
        done.err
        == "fsm: specs/broken.py:2: this file cannot be imported: ZeroDivisionError: division by zero\n"
    )
    assert "Traceback" in shell("check", "-v").err


def test_interrupted_shows_what_is_known_and_exits_with_130(shell: Shell) -> None:
    shell.write("a.py", INTERRUPTED)
    shell.write("b.py", GOOD)
    done = shell("check", "a.py", "b.py")
    assert done.code == 130
    assert "unknown   small        interrupted" in done.out
    assert "witnessed ten" in done.out
    assert "not checked: Switch" in done.out
    assert "Traceback" not in done.err


def test_interrupted_counts_more_than_violated(shell: Shell) -> None:
    shell.write("a.py", VIOLATED_EARLY)
    done = shell("check", "a.py")
    assert done.code == 130
    assert "violated  small" in done.out


def test_interrupted_while_a_file_is_loaded(shell: Shell) -> None:
    shell.write("a.py", "import fsm\nraise KeyboardInterrupt\n")
    assert shell("check", "a.py").code == 130


def test_what_a_spec_prints_is_no_result(shell: Shell) -> None:
    shell.write("specs/a.py", PRINTS)
    done = shell("check", "--format=json")
    assert json.loads(done.out)["exit_code"] == 0
    assert "at import" in done.err
    assert "in a body" in done.err


def test_json_holds_reports_that_can_be_read_back(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    shell.write("specs/wrong.py", WRONG)
    done = shell("check", "--format", "json")
    data = json.loads(done.out)
    assert (done.code, data["exit_code"], data["schema"]) == (2, 2, 1)
    assert [one["target"] for one in data["reports"]] == ["specs/lamp.py::Lamp", "specs/lamp.py::three"]
    report = Report.from_json(json.dumps(data["reports"][0]["report"]))
    assert report["never_dark"].trace is not None
    assert report["never_dark"].trace.command.endswith("--property never_dark")
    assert len(data["mistakes"]) == 2
    assert data["not_checked"] == []


def test_junit_has_a_case_for_each_property(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    shell.write("specs/wrong.py", WRONG)
    done = shell("check", "--format=junit", "specs/lamp.py::Lamp", "specs/wrong.py")
    root = ElementTree.fromstring(done.out)
    lamp, mistakes = root.findall("testsuite")
    assert (lamp.get("name"), lamp.get("tests"), lamp.get("failures"), lamp.get("errors")) == (
        "specs/lamp.py::Lamp", "4", "1", "0",
    )  # fmt: skip
    failure = root.find(".//testcase[@name='never_dark']/failure")
    assert failure is not None
    assert "fault: smash" in (failure.text or "")
    assert (mistakes.get("name"), mistakes.get("errors")) == ("mistakes", "2")
    unknown = shell("check", "--format=junit", "specs/lamp.py::Lamp", "--max-states=1")
    assert ElementTree.fromstring(unknown.out).find(".//testcase[@name='never_stuck']/error") is not None


def test_junit_survives_what_xml_cannot_hold(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP.replace("it can be smashed", "a \\x00 bell \\x07 & <b> ]]>"))
    root = ElementTree.fromstring(shell("check", "--format=junit").out)
    assert "a ? bell ? & <b> ]]>" in (root.findtext(".//testcase[@name='whole']/system-out") or "")


def test_a_file_is_written_whole(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    done = shell("check", "-o", "report.txt", "--color")
    assert (done.code, done.out) == (1, "")
    assert "violated  never_dark" in (shell.folder / "report.txt").read_text().replace(
        "\x1b[1;31m", ""
    ).replace("\x1b[0m", "").replace("\x1b[1m", "")
    done = shell("check", "-o", "report.json", "--format=json")
    assert json.loads((shell.folder / "report.json").read_text())["exit_code"] == 1
    assert {file.name for file in shell.folder.iterdir() if file.is_file()} == {"report.txt", "report.json"}


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = shell.write("report.txt", "old")

    def fail(self: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(FsmError, match=r"report.txt cannot be written: No space left"):
        save(old, "new")
    assert old.read_text() == "old"
    assert list(shell.folder.iterdir()) == [old]


def test_a_link_stays_a_link_and_a_device_a_device(shell: Shell) -> None:
    real = shell.write("real.txt", "old")
    link = shell.folder / "link.txt"
    link.symlink_to(real)
    save(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    save(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["chek"], "did you mean `check`?"),
        (["--nonsense"], "No such option"),
        (["check", "--nonsense"], "No such option"),
        (["check", "--max-state", "3"], "No such option"),
        (["check", "--max-states", "0"], "0 is not in the range"),
        (["check", "--max-states", "many"], "not a valid integer"),
        (["check", "--max-depth", "-1"], "-1 is not in the range"),
        (["check", "--max-faults", "1.5"], "not a valid integer"),
        (["check", "--timeout", "-1"], "is not in the range"),
        (["check", "--timeout", "nan"], "this is no number of seconds"),
        (["check", "--timeout", "soon"], "not a valid float"),
        (["check", "--format", "yaml"], "is not one of"),
        (["check", "--format"], "requires an argument"),
        (["check", "-q", "-v"], "Choose one of --quiet and --verbose."),
        (["check", "-o", "nowhere/report.txt"], "there is no folder nowhere"),
        (["check", "-o", "."], "is a folder"),
        (["check", ""], "an empty target"),
        (["check", "nowhere.py"], "there is no such file"),
        (["run"], "Missing argument"),
        (["run", "switch.py", "switch.py"], "unexpected extra argument"),
        (["run", "switch.py", "--walk", "1", "--trace", "t.json"], "Choose one of --walk and --trace."),
        (["run", "switch.py", "--walk", "-1"], "is not in the range"),
        (["run", "switch.py", "--trace", "nowhere.json"], "nowhere.json cannot be read"),
        (["run", "switch.py", "--trace", "switch.py"], "it is not JSON"),
        (["run", "switch.py", "-o", "nowhere/t.json"], "there is no folder"),
        (["run", "switch.py::Swich"], "did you mean `Switch`?"),
        (["conform", "switch.py"], "it would be switch_conformance.py"),
        (["conform", "nowhere.py"], "there is no such file"),
        (["conform", "empty"], "no file ends in _conformance.py"),
        (["replay", "switch.py"], "Missing argument"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(
    shell: Shell, arguments: list[str], expected: str
) -> None:
    shell.write("switch.py", GOOD)
    (shell.folder / "empty").mkdir()
    done = shell(*arguments)
    assert done.code == 2
    assert expected in done.err
    assert "Traceback" not in done.err
    assert done.out in ("", "0 specs: 1 mistake  (0.00 s)\n")


def test_quiet_shows_only_what_is_not_as_it_should_be(shell: Shell) -> None:
    shell.write("specs/switch.py", GOOD)
    shell.write("specs/lamp.py", LAMP)
    done = shell("check", "-q")
    assert "Switch" not in done.out
    assert "violated  never_dark" in done.out
    assert "witnessed" not in done.out.partition("2 specs")[0].partition("3 specs")[0]


def test_verbose_shows_traces_of_findings_and_witnesses(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    done = shell("check", "-v", "specs/lamp.py::Lamp", "--property=whole", "--property=green")
    assert done.code == 0
    assert "$ fsm check specs/lamp.py::Lamp --property whole --verbose" in done.out
    assert "mend   enabled 0 times" in done.out


@pytest.mark.parametrize(
    ("environment", "options", "colored"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"TERM": "dumb"}, [], False),
        ({"NO_COLOR": "1"}, ["--color"], True),
        ({}, ["--no-color"], False),
    ],
)
def test_colours_are_for_terminals_and_can_be_refused(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    options: list[str],
    colored: bool,
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shell.write("specs/switch.py", GOOD)
    assert "\x1b[" not in shell("check").out  # nobody looks at it
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert ("\x1b[" in shell("check", *options).out) is colored


def test_a_reader_that_leaves_changes_nothing_but_what_it_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Pipe())
    out = Output()
    out.lines([(("a", ""),)])
    out.text("b")
    colored = Output(color=True)
    colored.lines([(("a", "good"),)])
    colored.text("b")


def test_a_closed_pipe_does_not_hide_the_verdict(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "fsm", "check"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_an_old_terminal_shows_question_marks_and_no_traceback(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    done = subprocess.run(
        [sys.executable, "-m", "fsm", "check"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"RED ? DARK" in done.stdout


def test_a_check_loads_nothing_that_it_does_not_need(shell: Shell) -> None:
    shell.write("specs/lamp.py", LAMP)
    code = (
        "import sys; from fsm.cli import run; run(['check']); "
        "heavy = {'rich', 'hypothesis', 'transitions', 'pytest', 'graphviz', 'pygraphviz', 'numpy', 'numba',"
        " 'hashlib', 'subprocess', 'xml.etree', 'fsm.kubelet', 'fsm.runner', 'fsm.tours'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_the_version_and_help_are_there(shell: Shell) -> None:
    assert shell("--version").out == f"fsm {fsm.__version__}\n"
    told = shell("--help").out
    assert all(f"\n  {name} " in told for name in COMMANDS)
    for name in COMMANDS:
        done = shell(name, "--help")
        assert done.code == 0
        assert done.out.startswith(f"Usage: fsm {name} ")
    assert shell().code == 2


def test_a_mistake_in_fsm_itself_is_named_as_one(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("specs/switch.py", GOOD)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr("fsm.cli.checking.check_model", fail)
    done = shell("check")
    assert done.code == 2
    assert "this is a mistake in fsm itself: RuntimeError: oops; -v shows where" in done.err
    assert "Traceback" in shell("check", "-v").err


# run


def test_a_walk_is_the_same_for_the_same_seed(shell: Shell) -> None:
    shell.write("lamp.py", LAMP.replace("light is not Light.DARK", "light in Light"))
    first, again, other = (
        shell("run", "lamp.py::Lamp", "--walk", "12", "--seed", seed) for seed in ("3", "3", "4")
    )
    assert first.code == 0
    assert first.out == again.out != other.out
    assert first.out.splitlines()[0] == "  0. light=RED  broken=False"
    assert " 12. " in first.out


def test_a_walk_ends_where_nothing_is_enabled(shell: Shell) -> None:
    shell.write(
        "stuck.py",
        "from fsm import action, spec\n\n@spec\nclass Once:\n    on: bool = False\n\n"
        "    @action(False)\n    def press(self) -> None:\n        self.on = True\n",
    )
    done = shell("run", "stuck.py", "--walk", "9")
    assert done.code == 1
    assert done.out.splitlines()[1:] == [
        "  1. press  on: False → True",
        "     violates never_stuck",
        "nothing is enabled, and the phase is not final",
    ]


def test_a_walk_says_which_promise_it_breaks(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    done = shell("run", "lamp.py::Lamp", "--walk", "20")
    assert done.code == 1
    assert "     violates never_dark\n" in done.out
    assert "whole" not in done.out


def test_a_trace_is_kept_and_run_again(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    first = shell("run", "lamp.py::Lamp", "--walk", "6", "-o", "trace.json")
    kept = Trace.from_json((shell.folder / "trace.json").read_text())
    assert len(kept) == 6
    assert shell("run", "lamp.py::Lamp", "--trace", "trace.json").out == first.out


def test_a_trace_that_a_check_found_can_be_run(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    data = json.loads(shell("check", "lamp.py::Lamp", "--format=json").out)
    trace = Report.from_json(json.dumps(data["reports"][0]["report"]))["never_dark"].trace
    assert trace is not None
    shell.write("trace.json", trace.to_json())
    done = shell("run", "lamp.py::Lamp", "--trace", "trace.json")
    assert done.code == 1
    assert "violates never_dark" in done.out


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"spec": "Lamp"', '"spec": "Lantern"', "this is a trace of Lantern, and the spec is Lamp"),
        ('"light",\n   "RED"', '"light",\n   "BLUE"', "light=BLUE there, light=RED here"),
        ('"light",\n   "RED"', '"colour",\n   "RED"', "light=nothing there"),
        (
            '"action": "smash"',
            '"action": "smesh"',
            "step 2 no longer fits: `smesh` is not enabled; did you mean",
        ),
        ('"new": "DARK"', '"new": "GREEN"', "step 2 no longer fits: `smash` now changes light: GREEN → DARK"),
        ('"schema": 1', '"schema": 7', "schema 7"),
        ('"steps"', '"stairs"', "this JSON is no trace"),
    ],
)
def test_a_trace_that_does_not_fit_is_refused_with_the_step(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, old: str, new: str, expected: str
) -> None:
    shell.write("lamp.py", LAMP)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n3\n"))
    shell("run", "lamp.py::Lamp", "-o", "trace.json")
    file = shell.folder / "trace.json"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    done = shell("run", "lamp.py::Lamp", "--trace", "trace.json")
    assert (done.code, done.out) == (2, "")
    assert expected in done.err


def test_steps_are_chosen_by_hand(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("lamp.py", LAMP)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\nnine\n0\n99\n\nb\nb\n2\nq\n1\n"))
    done = shell("run", "lamp.py::Lamp")
    assert done.code == 1
    assert "  1. go  light: RED → GREEN\n" in done.out
    assert "  1. fault: smash  light: RED → DARK" in done.out
    assert done.out.count("violates never_dark") == 1
    assert "  1  go  light: RED → GREEN\n" in done.err
    for told in ("`nine` is no choice", "`0` is no choice", "`99` is no choice", "this is the beginning"):
        assert told in done.err


def test_one_of_several_beginnings_is_chosen(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    text = GOOD.replace("on: bool = False", "on: bool = var(initial=one_of(False, True))")
    shell.write("switch.py", text.replace("always, spec", "always, one_of, spec, var", 1))
    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n"))
    done = shell("run", "switch.py")
    assert done.code == 0
    assert "     on=True\n" in done.out
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert shell("run", "switch.py").code == 0


def test_a_run_needs_one_spec(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    done = shell("run", "lamp.py")
    assert done.code == 2
    assert "this needs one spec, and lamp.py has several: `lamp.py::Lamp`, `lamp.py::three`" in done.err


# conform

SUITE = """\
from fsm import conform
from specs.switch import Switch


class Adapter:
    on = False

    def press(self):
        self.on = True

    def release(self):
        self.on = False

    def observe(self):
        return {"on": self.on}


TestSwitch = conform(Switch, Adapter, walks=2, steps=3)
"""


def test_conform_runs_the_suite_beside_the_spec(shell: Shell) -> None:
    shell.write("specs/switch.py", GOOD)
    shell.write("specs/switch_conformance.py", SUITE)
    done = subprocess.run(
        [sys.executable, "-m", "fsm", "conform", "specs/switch.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Switch  2 of 2 transitions, 100 %" in done.stdout


@pytest.mark.parametrize(("theirs", "ours"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (-9, 2)])
def test_conform_exits_as_the_verdict_is(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, theirs: int, ours: int
) -> None:
    shell.write("specs/switch_conformance.py", "")
    done = subprocess.CompletedProcess([], theirs)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert shell("conform", "specs").code == ours


def test_conform_finds_suites_in_folders_and_hands_options_on(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def called(words: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        calls.append(words)
        return subprocess.CompletedProcess(words, 5)

    monkeypatch.setattr(subprocess, "run", called)
    shell.write("specs/switch.py", GOOD)
    shell.write("specs/switch_conformance.py", "")
    shell.write("specs/b/a_conformance.py", "")
    assert shell("conform", "-v", "--seed=3", "-k", "press", "--junit=j.xml", "--no-color").code == 3
    assert calls[0][3:] == [
        "--import-mode=importlib", "specs/b/a_conformance.py", "specs/switch_conformance.py", "-v",
        "--color=no", "-k", "press", "--hypothesis-seed=3", "--junitxml=j.xml",
    ]  # fmt: skip
    assert shell("conform", "specs/switch.py::Switch", "specs/switch_conformance.py", "nowhere.py").code == 2
    assert calls[1][4:] == ["specs/switch_conformance.py"]


def test_specs_that_come_with_fsm_are_not_checked_unannounced(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fsm", "check", "-q", "--max-states=10"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "no specs in specs/ here: these are the ones that come with fsm" in done.stderr
