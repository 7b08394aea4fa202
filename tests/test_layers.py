"""The architecture, enforced: the comment in `fsm/__init__.py` is the table that every import is held to."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import fsm

PACKAGE = Path(fsm.__file__).parent

#: Where each foreign library may be imported: a module, or a package with everything in it.
FOREIGN = {
    "click": {"fsm.cli"},
    "cri_api": {"fsm.kubelet.cri"},
    "google": {"fsm.kubelet.cri"},
    "graphviz": {"fsm.render.dot"},
    "grpc": {"fsm.kubelet.cri"},
    "hypothesis": {"fsm.walks"},
    "llvmlite": {"fsm.native"},
    "numba": {"fsm.native"},
    "numpy": {"fsm.native"},
    "pygraphviz": {"fsm.render.dot"},
    "pytest": {"fsm.pytest_cri", "fsm.pytest_plugin"},
    "rich": {"fsm.render.text"},
    "transitions": {"fsm.runner"},
}


@dataclass(frozen=True)
class Import:
    """One import of one module, and whether it happens only when a function is called."""

    source: str
    target: str
    line: int
    later: bool


def modules() -> dict[str, Path]:
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        if "specs" not in parts:
            found[".".join(part for part in parts if part != "__init__")] = file
    return found


MODULES = modules()


def imports(name: str, file: Path) -> Iterator[Import]:
    """Every import, those for type checkers alone left out."""

    def visit(node: ast.AST, later: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(name, alias.name, child.lineno, later)
            elif isinstance(child, ast.ImportFrom):
                origin = child.module or ""
                if child.level:
                    around = file.relative_to(PACKAGE.parent).parts[: -child.level]
                    origin = ".".join((*around, origin)).rstrip(".")
                yield Import(name, origin, child.lineno, later)
                for alias in child.names:
                    if f"{origin}.{alias.name}" in MODULES:
                        yield Import(name, f"{origin}.{alias.name}", child.lineno, later)
            elif isinstance(child, ast.Call) and ast.unparse(child.func) == "import_module":
                for word in child.args[:1]:
                    if isinstance(word, ast.Constant):
                        yield Import(name, str(word.value), child.lineno, later)
            yield from visit(child, later or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    yield from visit(ast.parse(file.read_text()), False)


ALL = [found for name, file in MODULES.items() for found in imports(name, file)]


def layers() -> dict[str, int]:
    """Each module or package in the comment, and the number of its line."""
    text = Path(fsm.__file__).read_text()
    block = text[text.index("# Layers") :].partition("\n\n")[0]
    rows = [line for line in block.splitlines() if re.fullmatch(r"#(   \w+(\.\w+)*(  ?\w+(\.\w+)*)*)", line)]
    return {f"fsm.{name}": number for number, row in enumerate(rows) for name in row.strip("# ").split()}


LAYERS = layers()


def unit(name: str) -> str:
    """The entry of the comment that a module belongs to."""
    while name and name not in LAYERS:
        name = name.rpartition(".")[0]
    return name


def test_every_module_has_a_layer_and_every_layer_a_module() -> None:
    listed = {unit(name) for name in MODULES} - {""}
    assert [name for name in MODULES if not unit(name)] == ["fsm", "fsm.__main__"]
    assert set(LAYERS) - listed == set()
    assert len(LAYERS) > 20


def test_a_module_imports_only_from_layers_below_it() -> None:
    wrong = []
    for found in ALL:
        source, target = unit(found.source), unit(found.target)
        if not found.target.startswith("fsm.") or not source or source == target:
            continue
        if LAYERS[target] >= LAYERS[source]:
            wrong.append(f"{found.source}:{found.line} imports {found.target}")
    assert wrong == []


def test_every_import_of_fsm_is_of_a_module_that_there_is() -> None:
    targets = {found.target for found in ALL if found.target.partition(".")[0] == "fsm"}
    assert targets - set(MODULES) == set()


def test_only_the_command_line_imports_the_front_door() -> None:
    assert {found.source for found in ALL if found.target == "fsm"} <= {"fsm.cli"}


def test_a_foreign_library_is_imported_where_the_design_says_and_nowhere_else() -> None:
    wrong = []
    for found in ALL:
        library = found.target.partition(".")[0]
        if library == "fsm" or library in sys.stdlib_module_names:
            continue
        allowed = FOREIGN.get(library, set())
        if not any(found.source == home or found.source.startswith(f"{home}.") for home in allowed):
            wrong.append(f"{found.source}:{found.line} imports {found.target}")
    assert wrong == []


def test_the_port_of_the_kubelet_and_the_checker_do_not_know_each_other() -> None:
    inside = "fsm.kubelet"
    wrong = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in ALL
        if found.target.startswith("fsm")
        and found.source.startswith(inside) != found.target.startswith(inside)
        if inside in found.source or inside in found.target
        if not found.source.startswith(("fsm.cli.", "fsm.pytest_cri"))  # they stand over both
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["fsm", "fsm.pytest_plugin", "fsm.pytest_cri", "fsm.cli", "fsm.kubelet"])
def test_importing_the_front_doors_loads_none_of_the_libraries(name: str) -> None:
    allowed = {"fsm.pytest_plugin": {"pytest"}, "fsm.pytest_cri": {"pytest"}, "fsm.cli": {"click"}}.get(
        name, set()
    )
    code = f"import sys, {name}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & (set(FOREIGN) - allowed) == set()
    if name == "fsm":
        assert {module for module in loaded if module.startswith("fsm")} == {"fsm"}


def test_every_public_name_loads_without_a_library_but_its_own() -> None:
    needed = {"machine": {"transitions"}}
    code = (
        "import sys, importlib, fsm\n"
        "for name in fsm.__all__:\n"
        "    before = set(sys.modules)\n"
        "    getattr(fsm, name)\n"
        f"    print(name, *sorted({set(FOREIGN)!r} & (set(sys.modules) - before)))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        name, *loaded = line.split()
        assert set(loaded) <= needed.get(name, set()), line


def test_files_are_of_a_size_to_be_read() -> None:
    long = {name: len(file.read_text().splitlines()) for name, file in MODULES.items()}
    assert {name: count for name, count in long.items() if count > 600} == {}
