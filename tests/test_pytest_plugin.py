"""The pytest plugin: every property of every spec is a test item, and a stranger notices nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fsm import checker
from tests.workspace import GOOD, LAMP, RAISES, WRONG, Workspace, workspace_in

SUITE = """\
from fsm import check
from fsm.pytest_plugin import record_coverage
from {origin} import Switch


def test_first(request):
    record_coverage(request.config, "Switch", [(0, 0)], 3, "a note")


def test_second(request):
    record_coverage(request.config, "Switch", [(0, 0), (1, 1)], 3, "a note")


class Suite:
    covered = {{(7, 7), (8, 8)}}
    coverage = type("Coverage", (), {{"suite": "Other", "total": 2, "remark": "", "left": ()}})


def test_third(request):
    request.config._fsm_record_coverage(Suite())
"""


@pytest.fixture
def session(pytester: pytest.Pytester) -> Iterator[Workspace]:
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:cacheprovider\n")
    with workspace_in(pytester.path) as made:
        yield made


def lines(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_every_property_of_every_spec_is_an_item(session: Workspace, pytester: pytest.Pytester) -> None:
    session.write("specs/deep/lamp.py", LAMP)
    session.write("specs/switch.py", GOOD)
    result = pytester.runpytest("--collect-only", "-q")
    assert lines(result) == [
        "specs/deep/lamp.py::Lamp::never_dark",
        "specs/deep/lamp.py::Lamp::whole",
        "specs/deep/lamp.py::Lamp::green",
        "specs/deep/lamp.py::Lamp::never_stuck",
        "specs/deep/lamp.py::three::never_dark",
        "specs/deep/lamp.py::three::whole",
        "specs/deep/lamp.py::three::green",
        "specs/deep/lamp.py::three::never_stuck",
        "specs/switch.py::Switch::is_a_bool",
        "specs/switch.py::Switch::never_stuck",
    ]


def test_verdicts_are_outcomes_and_a_failure_shows_the_trace(
    session: Workspace, pytester: pytest.Pytester
) -> None:
    session.write("specs/lamp.py", LAMP)
    result = pytester.runpytest("-v", "-k", "Lamp and not three")
    result.assert_outcomes(passed=3, failed=1, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "specs/lamp.py::Lamp::never_dark FAILED*",
            "specs/lamp.py::Lamp::whole PASSED*",
            "*__ Lamp::never_dark __*",
            "violated  never_dark  after 1 step with 1 fault",
            "*1. fault: smash  light: RED → DARK  broken: False → True",
            "*$ fsm check specs/lamp.py::Lamp --property never_dark",
            "FAILED specs/lamp.py::Lamp::never_dark - violated  never_dark*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


@pytest.mark.parametrize(
    "arguments",
    [
        ["specs/lamp.py::Lamp::never_dark"],
        ["specs/lamp.py::Lamp"],
        ["specs/lamp.py", "-k", "never_dark and not three"],
        ["specs", "-x", "-k", "Lamp"],
        ["--import-mode=importlib", "specs/lamp.py::Lamp::never_dark"],
        ["-o", "python_files=*.py", "-k", "never_dark and not three"],
    ],
)
def test_items_are_selected_like_any_other(
    session: Workspace, pytester: pytest.Pytester, arguments: list[str]
) -> None:
    session.write("specs/lamp.py", LAMP)
    result = pytester.runpytest(*arguments)
    assert result.parseoutcomes()["failed"] == 1
    assert "errors" not in result.parseoutcomes()


def test_the_last_failed_items_run_again(session: Workspace, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\n")
    session.write("specs/lamp.py", LAMP)
    pytester.runpytest().assert_outcomes(passed=6, failed=2)
    pytester.runpytest("--lf").assert_outcomes(failed=2)


def test_collecting_explores_nothing_and_the_items_of_a_spec_share_one_exploration(
    session: Workspace, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    explored = []
    explore = checker.explore
    monkeypatch.setattr(
        checker, "explore", lambda model, *rest: explored.append(model.name) or explore(model, *rest)
    )
    session.write("specs/lamp.py", LAMP)
    pytester.runpytest("--collect-only").assert_outcomes()
    assert explored == []
    pytester.runpytest().assert_outcomes(passed=6, failed=2)
    assert explored == ["Lamp", "many(Lamp, 3)"]


def test_unknown_fails(session: Workspace, pytester: pytest.Pytester) -> None:
    session.write("specs/switch.py", GOOD + "\n\nCounter = counter(500)\n")
    result = pytester.runpytest("--fsm-max-states=3", "-k", "Counter")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["unknown   never_stuck  exploring ended early (max_states=3)"])


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("max_states = 3", "max_states=3"),
        ("max_depth = 2", "max_depth=2"),
        ("timeout = 0", "timeout=0s"),
        ("max_faults = 0", None),
    ],
)
def test_every_option_has_an_ini_twin(
    session: Workspace, pytester: pytest.Pytester, setting: str, reason: str | None
) -> None:
    session.write("specs/switch.py", GOOD + "\n\nCounter = counter(5000)\n")
    pytester.makeini(f"[pytest]\nfsm_{setting}\n")
    result = pytester.runpytest("-k", "Counter")
    if reason is None:
        result.assert_outcomes(passed=1, deselected=2)
    else:
        result.stdout.fnmatch_lines([f"*exploring ended early ({reason})*"])
    name, _, value = setting.partition(" = ")
    pytester.makeini("[pytest]\nfsm_max_states = 7\n")
    again = pytester.runpytest("-k", "Counter", f"--fsm-{name.replace('_', '-')}", value)
    assert ("max_states=7" in again.stdout.str()) is (
        name in ("max_depth", "max_faults", "timeout")
    ) or reason


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--fsm-max-states=0", "give at least 1"),
        ("--fsm-max-states=-3", "give at least 1"),
        ("--fsm-max-states=many", "this is no number"),
        ("--fsm-max-depth=-1", "give at least 0"),
        ("--fsm-timeout=soon", "this is no number"),
        ("--fsm-timeout=nan", "give at least 0"),
    ],
)
def test_a_limit_that_is_none_is_a_usage_error(
    session: Workspace, pytester: pytest.Pytester, option: str, expected: str
) -> None:
    result = pytester.runpytest(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: fsm_*{expected}"])


def test_folders_of_other_names_can_hold_specs(session: Workspace, pytester: pytest.Pytester) -> None:
    for folder in ("models", "a/models", "models/specs", "other", "a/b/c"):
        session.write(f"{folder}/switch.py", GOOD)
    found = lines(pytester.runpytest("--collect-only", "-q", "--fsm-specs=models", "--fsm-specs=a/b"))
    assert {line.rpartition("/switch")[0] for line in found} == {
        "models",
        "a/models",
        "models/specs",
        "a/b/c",
    }
    pytester.makeini("[pytest]\nfsm_specs = other\n")
    found = lines(pytester.runpytest("--collect-only", "-q"))
    assert {line.rpartition("/switch")[0] for line in found} == {"other"}
    found = lines(pytester.runpytest("--collect-only", "-q", f"--fsm-specs={pytester.path}/a/b"))
    assert {line.rpartition("/switch")[0] for line in found} == {"a/b/c"}


def test_a_specs_folder_is_one_also_from_inside_and_without_an_ini(
    session: Workspace, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.write("specs/switch.py", GOOD)
    (pytester.path / "tox.ini").unlink()
    monkeypatch.chdir(pytester.path / "specs")
    pytester.runpytest(pytester.path / "specs" / "switch.py").assert_outcomes(passed=2)
    pytester.runpytest(pytester.path / "specs").assert_outcomes(passed=2)


def test_a_specs_folder_around_the_project_is_none(
    session: Workspace, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.write("specs/project/models/switch.py", GOOD)
    session.write("specs/project/pytest.ini", "[pytest]\n")
    monkeypatch.chdir(pytester.path / "specs/project")
    result = pytester.runpytest(f"--rootdir={pytester.path}/specs/project", f"{pytester.path}/specs/project")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_strangers_specs_folder_is_left_alone(session: Workspace, pytester: pytest.Pytester) -> None:
    session.write("specs/stranger.py", "raise SystemExit('do not run me')\n")
    session.write("specs/adapter_conformance.py", "raise SystemExit('nor me')\n")
    session.write("specs/test_own.py", "def test_own():\n    pass\n")
    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WRONG, ["specs/a.py:7: `size`: *", "specs/a.py:8: `name`: *"]),
        ("import fsm\n1 / 0\n", ["specs/a.py:2: this file cannot be imported: ZeroDivisionError*"]),
        ("import fsm\nclass :\n", ["specs/a.py:2: this file cannot be imported: SyntaxError*"]),
        ("import fsm\nexit(3)\n", ["specs/a.py:2: this file cannot be imported: SystemExit: 3"]),
    ],
)
def test_a_wrong_spec_is_a_collection_error_in_plain_words(
    session: Workspace, pytester: pytest.Pytester, text: str, expected: list[str]
) -> None:
    session.write("specs/a.py", text)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR collecting specs/a.py*", *expected])
    assert "Traceback" not in result.stdout.str()
    assert "/fsm/" not in result.stdout.str().replace(str(pytester.path), "")


def test_a_body_that_raises_fails_each_item_in_plain_words(
    session: Workspace, pytester: pytest.Pytester
) -> None:
    session.write("specs/a.py", RAISES + "\n    @property\n    def x(self):\n        return 1\n")
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["specs/a.py:10: `go` raises IndexError: list index out of range*"])
    assert "Traceback" not in result.stdout.str()


def test_a_mistake_in_fsm_itself_shows_its_traceback(
    session: Workspace, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr(checker, "explore", fail)
    session.write("specs/switch.py", GOOD)
    result = pytester.runpytest("-x")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*RuntimeError: oops"])


def test_junit_has_the_verdicts(session: Workspace, pytester: pytest.Pytester) -> None:
    session.write("specs/lamp.py", LAMP)
    pytester.runpytest("--junitxml=out.xml", "-k", "not three")
    root = ElementTree.parse("out.xml")
    words = {
        case.get("name"): case.find("properties/property").get("value")  # type: ignore[union-attr]
        for case in root.iter("testcase")
    }
    assert words == {
        "never_dark": "violated", "whole": "finding", "green": "witnessed", "never_stuck": "holds",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "origin"),
    [
        ("prepend", "specs.switch"),
        ("importlib", "specs.switch"),
        ("importlib", ".switch"),
        ("append", "specs.switch"),
    ],
)
def test_a_conformance_suite_is_an_ordinary_module_and_meets_the_same_spec(
    session: Workspace, pytester: pytest.Pytester, mode: str, origin: str
) -> None:
    session.write("specs/switch.py", GOOD)
    text = SUITE.format(origin=origin) + (
        "\n\ndef test_same():\n"
        "    from pathlib import Path\n"
        "    from fsm.loading import load\n"
        "    assert load(Path(__file__).with_name('switch.py')).Switch is Switch\n"
    )
    session.write("specs/switch_conformance.py", text)
    for arguments in ([], ["specs/switch_conformance.py"]):
        result = pytester.runpytest(f"--import-mode={mode}", *arguments)
        result.assert_outcomes(passed=4 if arguments else 6)
        result.stdout.fnmatch_lines(
            [
                "*= transition coverage =*",
                "Other   2 of 2 transitions, 100 %",
                "Switch  2 of 3 transitions, 66 %  (a note)",
            ]
        )


def test_coverage_is_united_over_the_workers_of_xdist(session: Workspace, pytester: pytest.Pytester) -> None:
    session.write("specs/switch.py", GOOD)
    session.write(
        "specs/switch_conformance.py", SUITE.format(origin="specs.switch").replace("(0, 0), (1", "(2, 2), (1")
    )
    result = pytester.runpytest_subprocess("-n2", "--dist=each", "--maxfail=9")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["Other   2 of 2 transitions, 100 %", "Switch  3 of 3 transitions, 100 %  (a note)"]
    )


def test_without_conformance_suites_coverage_is_not_spoken_of(
    session: Workspace, pytester: pytest.Pytester
) -> None:
    session.write("specs/switch.py", GOOD)
    assert "transition" not in pytester.runpytest().stdout.str()


def test_the_plugin_loads_nothing_of_fsm_until_a_spec_is_met(
    session: Workspace, pytester: pytest.Pytester
) -> None:
    session.write("test_stranger.py", "def test_nothing():\n    pass\n")
    session.write(
        "conftest.py",
        "import sys\n\ndef pytest_unconfigure():\n"
        "    ours = {name for name in sys.modules if name.partition('.')[0] == 'fsm'}\n"
        "    heavy = {'hypothesis.stateful', 'transitions', 'rich', 'click', 'numpy'} & set(sys.modules)\n"
        "    print('loaded', sorted(ours | heavy))\n",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s"], capture_output=True, text=True, check=True
    )
    assert "loaded ['fsm', 'fsm.coverage', 'fsm.pytest_cri', 'fsm.pytest_plugin']\n" in done.stdout


def test_the_help_names_the_options(session: Workspace, pytester: pytest.Pytester) -> None:
    told = pytester.runpytest("--help").stdout.str()
    for name in ("specs", "max-states", "max-depth", "max-faults", "timeout"):
        assert f"--fsm-{name}" in told
        assert f"fsm_{name.replace('-', '_')}" in told


def test_the_plugin_is_an_entry_point() -> None:
    from importlib.metadata import entry_points

    [found] = [point for point in entry_points(group="pytest11") if point.name == "fsm"]
    assert found.value == "fsm.pytest_plugin"
    assert Path(sys.modules["fsm.pytest_plugin"].__file__ or "").name == "pytest_plugin.py"
