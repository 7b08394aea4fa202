"""The package as a whole: its names, its imports, its taste."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fsm.kubelet

FOLDER = Path(fsm.kubelet.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))


def imported(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.add((node.module or "").split(".")[0])
    return modules


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_module_needs_the_standard_library_only(path):
    assert imported(path) <= sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_module_imports_only_from_layers_above_it(path):
    _, layers, _ = re.split(r"(?s)The layers.*?:\n|The CRI's own", fsm.kubelet.__doc__ or "")
    rank = {word: place for place, word in enumerate(re.sub("#.*", "", layers).split())}
    if path.stem == "__init__":
        assert {each.stem for each in FILES} - {"__init__"} <= set(rank)
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            assert all(rank[name] < rank[path.stem] for name in names), names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_module_exports_what_it_defines(path):
    module = fsm.kubelet if path.stem == "__init__" else sys.modules[f"fsm.kubelet.{path.stem}"]
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)
    assert module.__doc__


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_module_is_short(path):
    assert len(path.read_text().splitlines()) <= 300


def test_importing_the_port_loads_nothing_else_of_the_project():
    program = (
        "import sys, fsm.kubelet;"
        "print(*(m for m in sys.modules if m.startswith('fsm.')"
        " and not m.startswith('fsm.kubelet')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=FOLDER.parent.parent, capture_output=True, check=True
    )
    assert done.stdout.split() == []
