"""The compiled kernel on disk: kept, found again, never trusted, done without."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numba")

import numba
from numba.core.base import BaseContext
from numba.core.caching import UserProvidedCacheLocator

import fsm
import fsm.native as native
from fsm import model_of
from fsm.cli.watching import Watcher
from fsm.explorer import explore
from fsm.loading import load
from fsm.native import compiling, kernel, slots
from fsm.native.compiling import COMPILED, compiled, remarks
from fsm.strategy import Strategy
from tests.benchmarks.containers import Container

PACKAGE = Path(fsm.__file__).parent
FUNCTION = """\
def added(number, other):
    return number + other
"""


@pytest.fixture(autouse=True)
def _nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_homeless", "")
    monkeypatch.setattr(compiling, "_told", False)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where compiled code is kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def added(tmp_path: Path) -> Callable[[], Any]:
    """Compile a function of its own file, as a new process would."""
    file = tmp_path / "functions.py"
    file.write_text(FUNCTION)
    return lambda: compiled(load(file).added)


def hits(function: Any) -> int:
    """How often code was found on the disk."""
    return sum(function.stats.cache_hits.values())


def files(folder: Path, suffix: str) -> list[Path]:
    found = sorted(folder.rglob(f"*.{suffix}"))
    assert found
    return found


def test_what_was_compiled_is_found_again(kept: Path, added: Callable[[], Any]) -> None:
    first, second = added(), added()
    assert (first(20, 22), hits(first)) == (42, 0)
    assert (second(20, 22), hits(second)) == (42, 1)
    assert (second(0.5, 1), hits(second)) == (1.5, 1)
    assert remarks() == []


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def overwrite(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) * 2 // 3] ^= 4
    file.write_bytes(content)


def pickle_nothing_that_can_be_loaded(file: Path) -> None:
    file.write_bytes(b"cno.such.module\nName\n.")


def forbid(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(("known", "refreshed"), [(("0.",), 0), (("0.61.0.1",), 1)], ids=["known", "unknown"])
def test_to_run_what_was_kept_a_version_of_numba_that_is_known_is_not_made_ready_to_compile(
    known: tuple[str, ...],
    refreshed: int,
    kept: Path,
    added: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added()(1, 2)
    calls = []
    monkeypatch.setattr(compiling, "KNOWN", known)
    monkeypatch.setattr(BaseContext, "refresh", lambda context: calls.append(context))
    again = added()
    assert again(1, 2) == 3
    assert (hits(again), len(calls)) == (1, refreshed)


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize(
    "damage", [cut_short, empty, overwrite, flip_a_bit, pickle_nothing_that_can_be_loaded]
)
def test_what_is_damaged_is_thrown_away_and_compiled_anew(
    kept: Path, added: Callable[[], Any], damage: Callable[[Path], None], suffix: str
) -> None:
    added()(20, 22)
    for file in files(kept, suffix):
        damage(file)
    again, later = added(), added()
    assert (again(20, 22), hits(again)) == (42, 0)
    assert (later(20, 22), hits(later)) == (42, 1)
    assert remarks() == []


def test_the_code_of_another_version_of_numba_is_not_used(
    kept: Path, added: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling._sources.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(numba, "__version__", "0.1")
        assert added()(20, 22) == 42
    compiling._sources.cache_clear()
    again = added()
    assert (again(20, 22), hits(again)) == (42, 0)


def test_an_index_that_leads_to_the_code_for_other_types_does_no_harm(
    kept: Path, added: Callable[[], Any]
) -> None:
    """As when two processes compile for different types at once, and one overwrites what the other says."""
    first = added()
    first(20, 22)
    first(0.5, 1.0)
    one, other = files(kept, "nbc")
    one.write_bytes(other.read_bytes())
    again = added()
    assert (again(20, 22), hits(again)) == (42, 0)


def test_what_cannot_be_removed_is_left_alone_and_spoken_of(kept: Path, added: Callable[[], Any]) -> None:
    added()(20, 22)
    for file in files(kept, "nbi"):
        forbid(file)
    assert added()(20, 22) == 42
    assert ["it cannot be kept" in remark for remark in remarks()] == [True]


def test_without_any_place_to_keep_it_code_is_compiled_in_memory_and_a_remark_says_so(
    tmp_path: Path, added: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    (tmp_path / "__pycache__").write_text("")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(obstacle))
    monkeypatch.setenv("XDG_CACHE_HOME", str(obstacle))
    monkeypatch.setenv("HOME", str(obstacle))
    function = added()
    assert remarks() == []  # nobody had to wait yet
    assert function(20, 22) == 42
    (said,) = remarks()
    assert "for this process alone, since there is no place to keep it; set NUMBA_CACHE_DIR" in said
    assert explore(model_of(Container), strategy=Strategy("native")).notes == [said]
    assert explore(model_of(Container), strategy=Strategy("python")).notes == []


def test_it_is_told_once_that_compiling_takes_a_while(
    kept: Path, added: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(native, "on_compile", told.append)
    function = added()
    assert [function(20, 22), function(0.5, 1)] == [42, 1.5]
    assert told == ["compiling the native engine, once (about 6 s)"]
    monkeypatch.setattr(compiling, "_told", False)
    assert added()(20, 22) == 42
    assert len(told) == 1  # it was found


def test_the_command_line_passes_it_on_unless_it_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    for silent, said in ((False, "compiling\n"), (True, "")):
        with Watcher("Spec", silent):
            if native.on_compile is not None:
                native.on_compile("compiling")
        assert native.on_compile is None
        assert capsys.readouterr() == ("", said)


def run(folder: Path, code: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a process with the package that lies in a folder."""
    around = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "kept"), **environment}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], env=around, text=True, cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def outcome(process: "subprocess.Popen[str]") -> str:
    out, wrong = process.communicate(timeout=120)
    assert (process.returncode, wrong) == (0, "")
    return out


STORE = """\
import numpy
from fsm.native.sparse import store
entries = numpy.zeros(2 + 2 * 64, numpy.int64)
entries[:2] = 64, 2
store(entries, 0, 5, 1)
print(entries[2:].nonzero()[0][0] // 2, sum(store.stats.cache_hits.values()))
"""


def test_processes_that_compile_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    home = str(PACKAGE.parent)
    together = [run(tmp_path, STORE, PYTHONPATH=home) for _ in range(2)]
    places = {outcome(process).split()[0] for process in together}
    place, again = outcome(run(tmp_path, STORE, PYTHONPATH=home)).split()
    assert (places, again) == ({place}, "1")


def test_code_is_compiled_anew_when_a_helper_that_it_calls_has_changed(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "fsm", ignore=shutil.ignore_patterns("__pycache__", "specs"))
    assert outcome(run(tmp_path, STORE)).split()[1] == "0"
    before, again = outcome(run(tmp_path, STORE)).split()
    assert again == "1"
    helpers = tmp_path / "fsm" / "native" / "hashing.py"
    text, head = helpers.read_text("utf-8"), "def mixed(word: Any) -> Any:\n"
    assert text.count(head) == 1
    after = (int(before) + 1) % 64
    helpers.write_text(text.replace(head, f"{head}    return word + {after - 5}\n"), "utf-8")
    assert outcome(run(tmp_path, STORE)).split() == [str(after), "0"]


def test_what_is_compiled_uses_nothing_that_a_seal_does_not_cover() -> None:
    """Of `fsm`; a change in what it uses would be missed."""
    texts = {file.stem: file.read_text("utf-8") for file in (PACKAGE / "native").glob("*.py")}
    covered = {name: ast.parse(text) for name, text in texts.items() if COMPILED.search(text)}
    assert "kernel" in covered
    foreign = []
    for name, tree in covered.items():
        imported = {
            alias.asname or alias.name: node.module
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("fsm")
            for alias in node.names
            if node.module not in {f"fsm.native.{other}" for other in covered}
        }
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.decorator_list:
                used = {
                    node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)
                }
                foreign += [(name, function.name, one, imported[one]) for one in used & set(imported)]
    assert foreign == []


KERNEL = """\
import sys
import fsm.native
from fsm import many
from fsm.cli.watching import Watcher
from fsm.explorer import explore
from fsm.strategy import Strategy
from tests.benchmarks.containers import Container
fsm.native.on_compile = print
graph = explore(many(Container, 2), strategy=Strategy("native"))
print(len(graph.states), graph.notes, "numba.typed.typeddict" in sys.modules)
"""


def test_a_kernel_whose_files_are_all_damaged_explores_all_the_same(tmp_path: Path) -> None:
    home = str(PACKAGE.parent)
    explore(model_of(Container), strategy=Strategy("native"))
    place = UserProvidedCacheLocator.get_suitable_cache_subpath(kernel.__file__)
    for found in {Path(function.stats.cache_path) for function in (kernel.expand, slots.insert)}:
        shutil.copytree(found, tmp_path / "kept" / place, ignore=shutil.ignore_patterns("*.pyc"))
    damages = [cut_short, empty, overwrite, flip_a_bit, pickle_nothing_that_can_be_loaded]
    for number, file in enumerate([*files(tmp_path, "nbc"), *files(tmp_path, "nbi")]):
        damages[number % len(damages)](file)
    told = "compiling the native engine, once (about 6 s)\n"
    assert outcome(run(tmp_path, KERNEL, PYTHONPATH=home)) == f"{told}5776 [] True\n"
    made_ready = not numba.__version__.startswith(compiling.KNOWN)
    assert outcome(run(tmp_path, KERNEL, PYTHONPATH=home)) == f"5776 [] {made_ready}\n"
