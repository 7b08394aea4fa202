"""Targets: what is named on a command line leads to specs, and every mistake says what to do."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm.errors import TargetError
from fsm.folders import default_folder, shipped_folder, spec_files, uses_fsm
from fsm.loading import load
from fsm.targets import find, specs_of
from tests.workspace import GOOD, LAMP, WRONG, Workspace, workspace_in


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_in(tmp_path) as made:
        yield made


def ids(*texts: str) -> list[str]:
    found = find(texts)
    assert not found.mistakes, found.mistakes
    return [target.id for target in found.targets]


def mistake(*texts: str) -> str:
    found = find(texts)
    assert len(found.mistakes) == 1, found
    return str(found.mistakes[0])


def test_a_file_leads_to_its_specs_in_source_order(workspace: Workspace) -> None:
    workspace.write("specs/lamp.py", LAMP)
    assert ids("specs/lamp.py") == ["specs/lamp.py::Lamp", "specs/lamp.py::three"]


def test_a_folder_leads_to_all_specs_in_it_and_below(workspace: Workspace) -> None:
    workspace.write("specs/b/lamp.py", LAMP)
    workspace.write("specs/a.py", GOOD)
    assert ids("specs") == ["specs/a.py::Switch", "specs/b/lamp.py::Lamp", "specs/b/lamp.py::three"]


def test_without_a_target_it_is_the_specs_folder(workspace: Workspace) -> None:
    workspace.write("specs/a.py", GOOD)
    assert ids() == ["specs/a.py::Switch"]


def test_without_a_specs_folder_it_is_the_specs_that_come_along(workspace: Workspace) -> None:
    assert default_folder() == shipped_folder()
    assert shipped_folder().is_dir()


def test_a_strangers_specs_folder_is_left_alone(workspace: Workspace) -> None:
    workspace.write("specs/stranger.py", "raise SystemExit('do not run me')\nfsm = 'import fsm'\n")
    assert default_folder() == shipped_folder()
    assert "no file uses `fsm`" in mistake("specs")


def test_a_spec_is_named_after_two_colons(workspace: Workspace) -> None:
    workspace.write("specs/lamp.py", LAMP)
    assert ids("specs/lamp.py::three") == ["specs/lamp.py::three"]
    assert find(["specs/lamp.py::three"]).targets[0].model.name == "many(Lamp, 3)"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("counter(5)", "Counter"),
        ("counter(most=2)", "Counter"),
        ("many(Switch, 2)", "many(Switch, 2)"),
        ("many(counter(1), 2)", "many(Counter, 2)"),
        (" counter( 3 ) ", "Counter"),
    ],
)
def test_a_call_with_literals_makes_a_spec(workspace: Workspace, call: str, name: str) -> None:
    workspace.write("switch.py", GOOD)
    [target] = find([f"switch.py::{call}"]).targets
    assert target.model.name == name
    assert target.id == f"switch.py::{call.strip()}"


def test_a_module_is_named_with_one_colon(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.write("models/switch.py", GOOD)
    monkeypatch.syspath_prepend(str(workspace.folder))
    assert ids("models.switch:Switch") == ["models.switch:Switch"]
    assert ids("models.switch:counter(2)") == ["models.switch:counter(2)"]
    assert find(["models.switch:Switch", "models/switch.py::Switch"]).targets[1:] == ()


def test_a_spec_that_is_named_twice_is_found_once(workspace: Workspace) -> None:
    workspace.write("specs/lamp.py", LAMP)
    assert ids("specs/lamp.py::Lamp", "specs", "./specs/lamp.py") == [
        "specs/lamp.py::Lamp",
        "specs/lamp.py::three",
    ]


def test_imported_and_private_specs_are_not_the_files_own(workspace: Workspace) -> None:
    workspace.write("specs/lamp.py", LAMP)
    workspace.write(
        "specs/variant.py",
        "from fsm import spec\nfrom specs.lamp import Lamp, three\n\n"
        "class Sturdy(Lamp):\n    smash = None\n\nclass _Base(Lamp):\n    pass\n\nSame = Sturdy\n",
    )
    assert ids("specs/variant.py") == ["specs/variant.py::Sturdy"]
    assert ids("specs/variant.py::_Base") == ["specs/variant.py::_Base"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "an empty target"),
        ("   ", "an empty target"),
        ("nowhere.py", "there is no such file"),
        ("specs/lamb.py", "did you mean `lamp.py`?"),
        ("nowhere/lamp.py", "no folder nowhere"),
        ("specs/notes.txt", "is not a Python file"),
        ("specs/notes.txt::Lamp", "is not a Python file"),
        ("specs::Lamp", "is a folder"),
        ("empty", "no file uses `fsm`"),
        ("bare", "1 of its files use `fsm`, and define none"),
        ("bare/bare.py", "defines no spec"),
        ("specs/lamp.py::", "names no spec"),
        ("specs/lamp.py::Lamb", "did you mean `Lamp`?"),
        ("specs/lamp.py::Zebra", "there are: `Lamp`, `three`"),
        ("specs/lamp.py::Light", "is a class that is no spec"),
        ("specs/lamp.py::Lamp::never_dark", "--property never_dark"),
        ("specs/lamp.py::1 + 1", "only a name, or a call"),
        ("specs/lamp.py::Lamp(", "neither a name nor a call"),
        ("specs/lamp.py::__import__('os').system('true')", "there is no `__import__`"),
        ("specs/lamp.py::Lamp.__class__", "only a name, or a call"),
        ("specs/lamp.py::[Lamp for _ in (1,)]", "only a name, or a call"),
        ("specs/lamp.py::many(Lamp, 0)", "at least 1"),
        ("specs/lamp.py::many(Lamb, 2)", "did you mean `Lamp`?"),
        ("specs/lamp.py::many(**{})", "`**` is not understood"),
        ("specs/lamp.py::Light.RED(3)", "is no function"),
        ("specs/lamp.py::Light.REED", "did you mean `RED`?"),
        ("switch.py::counter", "call it with what it needs"),
        ("switch.py::counter()", "fails: TypeError"),
        ("switch.py::counter('x')", "fails: TypeError"),
        ("nobody.knows:Spec", "there is no module `nobody`"),
        ("os:path", "is no spec but of type module"),
        ("sys:path", "without a `.py` file"),
        ("lamp", "`lamp:Spec`"),
        ("x" * 5000 + ".py", "is no path that can be looked at"),
        ("a\0b.py", "there is no such file"),
    ],
)
def test_a_wrong_target_says_what_is_wrong(workspace: Workspace, text: str, expected: str) -> None:
    workspace.write("specs/lamp.py", LAMP)
    workspace.write("specs/notes.txt", "")
    workspace.write("switch.py", GOOD)
    workspace.write("bare/bare.py", "import fsm\n")
    (workspace.folder / "empty").mkdir()
    assert expected in mistake(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import fsm\nclass :\n", "a.py:2: this file cannot be imported: SyntaxError"),
        ("import fsm\n  x = 1\n", "a.py:2: this file cannot be imported: IndentationError"),
        ("import fsm\n\nundefined\n", "a.py:3: this file cannot be imported: NameError"),
        ("import fsm\nimport nowhere\n", "a.py:2: this file cannot be imported: ModuleNotFoundError"),
        ("import fsm\ndef f():\n    return 1 / 0\nf()\n", "a.py:3: this file cannot be imported: ZeroDiv"),
        ("import fsm\nraise SystemExit(3)\n", "a.py:2: this file cannot be imported: SystemExit"),
        ("import fsm\nfsm.speck\n", "a.py:2: this file cannot be imported: AttributeError"),
        ("from fsm import speck\n", "a.py:1: this file cannot be imported: ImportError"),
        ("import fsm\nassert False\n", "a.py:2: this file cannot be imported: AssertionError"),
        ("import fsm\nx = '\\ud800'\nopen(x)\n", "a.py:3: this file cannot be imported: Unicode"),
    ],
)
def test_a_file_that_does_not_import_says_where(workspace: Workspace, text: str, expected: str) -> None:
    workspace.write("specs/a.py", text)
    assert f"specs/{expected}" in mistake("specs")
    assert f"specs/{expected}" in mistake("specs/a.py")


def test_a_file_that_is_not_text_is_a_mistake(workspace: Workspace) -> None:
    (workspace.folder / "a.py").write_bytes(b"import fsm\n\xff\xfe\x00")
    assert "cannot be imported" in mistake("a.py")


def test_an_unreadable_file_is_a_mistake(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workspace.write("specs/a.py", GOOD)
    file.chmod(0)
    if os.access(file, os.R_OK):  # a superuser reads everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    assert "specs/a.py: this file cannot be read: Permission denied" in mistake("specs")


def test_all_mistakes_of_all_targets_are_found(workspace: Workspace) -> None:
    workspace.write("specs/a.py", WRONG)
    workspace.write("specs/b.py", "import fsm\n1 / 0\n")
    workspace.write("specs/c.py", GOOD)
    found = find(["specs", "nowhere.py", "specs/c.py::Swich"])
    assert [target.id for target in found.targets] == ["specs/c.py::Switch"]
    told = [str(error) for error in found.mistakes]
    assert len(told) == 4
    assert "size" in told[0]
    assert "name" in told[0]
    assert "ZeroDivisionError" in told[1]
    assert "nowhere.py" in told[2]
    assert "did you mean `Switch`?" in told[3]


def test_a_mistake_that_is_met_twice_is_told_once(workspace: Workspace) -> None:
    workspace.write("specs/a.py", WRONG)
    assert mistake("specs", "specs/a.py", "specs/a.py::Wrong")


def test_tests_conformance_suites_and_hidden_files_are_not_searched(workspace: Workspace) -> None:
    for name in ("test_a", "a_test", "conftest", "a_conformance", ".hidden", "__pycache__/a", ".git/a", "a"):
        workspace.write(f"specs/{name}.py", GOOD)
    assert [file.name for file in spec_files(Path("specs"))] == ["a.py"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("from fsm import spec\n", True),
        ("import fsm\n", True),
        ("import os, fsm as f\n", True),
        ("def f():\n    from fsm import check\n", True),
        ("from fsm import (\n", True),  # broken, and ours to complain about
        ("from fsm.kubelet import Pod\n", False),
        ("from fsmith import spec\n", False),
        ("import fsmith\n", False),
        ("from .fsm import spec\n", False),
        ('"""\nfrom fsm import spec\n"""\n', False),
        ("# import fsm\n", False),
        ("class :\n", False),
        ("", False),
    ],
)
def test_a_file_uses_fsm_if_it_imports_it(workspace: Workspace, text: str, answer: bool) -> None:
    assert uses_fsm(workspace.write("a.py", text)) is answer


def test_a_file_is_loaded_once_whichever_way_it_is_reached(workspace: Workspace) -> None:
    workspace.write("specs/deep/lamp.py", LAMP)
    link = workspace.folder / "link.py"
    link.symlink_to("specs/deep/lamp.py")
    module = load(Path("specs/deep/lamp.py"))
    assert module.__name__ == "specs.deep.lamp"
    assert load(workspace.folder / "specs/../specs/deep/lamp.py") is module
    assert load(link) is module
    assert importlib.import_module("specs.deep.lamp") is module
    sys.path.insert(0, str(workspace.folder / "specs/deep"))
    assert importlib.import_module("lamp") is module
    sys.path.insert(0, str(workspace.folder / "specs"))
    assert importlib.import_module("deep.lamp") is module
    assert module.__name__ == module.__spec__.name == "specs.deep.lamp"


def test_a_file_that_an_import_has_loaded_is_that_module(workspace: Workspace) -> None:
    workspace.write("specs/deep/lamp.py", LAMP)
    sys.path.insert(0, str(workspace.folder / "specs/deep"))
    module = importlib.import_module("lamp")
    assert load(Path("specs/deep/lamp.py")) is module
    assert [target.spec for target in find(["specs"]).targets] == list(specs_of(module).values())


def test_siblings_import_each_other_relatively_and_by_name(workspace: Workspace) -> None:
    workspace.write("specs/deep/lamp.py", LAMP)
    workspace.write("specs/deep/a.py", "import fsm\nfrom .lamp import Light\n")
    workspace.write("specs/deep/b.py", "import fsm\nfrom specs.deep.lamp import Light\n")
    workspace.write("flat.py", "import fsm\n")
    workspace.write("flatter.py", "import fsm\nimport flat\n")
    assert load(Path("specs/deep/a.py")).Light is load(Path("specs/deep/b.py")).Light
    assert load(Path("flatter.py")).flat is load(Path("flat.py"))


def test_a_file_with_the_name_of_something_else_gets_a_name_of_its_own(workspace: Workspace) -> None:
    for name in ("queue.py", "this.py", "click.py", "specs/v1.2/x.py"):
        workspace.write(name, GOOD)
        module = load(Path(name))
        assert module.__name__ not in ("queue", "this", "click", "x", "specs.v1.2.x")
        assert Path(name).stem in module.__name__
        assert load(Path(name)) is module
    assert "specs.v1" not in sys.modules


def test_a_second_folder_named_specs_is_joined_and_keeps_its_own_files(workspace: Workspace) -> None:
    for name in ("one/specs/a.py", "two/specs/a.py"):
        workspace.write(name, GOOD)
    one, two = load(Path("one/specs/a.py")), load(Path("two/specs/a.py"))
    assert (one.__name__, one.Switch is two.Switch) == ("specs.a", False)
    assert two.__name__ != "specs.a"
    workspace.write("two/specs/b.py", "from .a import Switch\nfrom specs import a\n")
    third = load(Path("two/specs/b.py"))
    assert (third.Switch, third.a) == (two.Switch, one)
    assert importlib.import_module("specs.b") is third


def test_a_package_is_imported_as_one(workspace: Workspace) -> None:
    workspace.write("machines/__init__.py", "KIND = 'small'\n")
    workspace.write("machines/specs/__init__.py", "")
    workspace.write("machines/specs/a.py", "from machines import KIND\n" + GOOD)
    module = load(Path("machines/specs/a.py"))
    assert module.__name__ == "machines.specs.a"
    assert module.KIND == "small"


def test_a_file_that_failed_is_run_anew(workspace: Workspace) -> None:
    file = workspace.write("a.py", "import fsm\n1 / 0\n")
    with pytest.raises(TargetError, match="ZeroDivisionError"):
        load(file)
    file.write_text(GOOD + "# longer than before\n")
    assert list(specs_of(load(file))) == ["Switch"]


def test_the_specs_that_come_along_are_found_from_elsewhere(tmp_path: Path) -> None:
    code = "from fsm.targets import find; f = find(); print(len(f.targets), len(f.mistakes))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    count, mistakes = map(int, done.stdout.split())
    assert count >= 1
    assert mistakes == 0
