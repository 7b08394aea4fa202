"""The package as a whole: its layers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import fsm.kubelet.cri

FOLDER = Path(fsm.kubelet.cri.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def unit(path: Path) -> str:
    """The entry of the package's layers that a file belongs to."""
    parts = path.relative_to(FOLDER).with_suffix("").parts
    return parts[0]


def ranks() -> dict[str, int]:
    _, layers, _ = re.split(r"(?s)those above it.*?:\n|Import what", fsm.kubelet.cri.__doc__ or "")
    rows = re.sub("#.*", "", layers).splitlines()
    return {word: place for place, row in enumerate(rows) for word in row.split()}


def imported(path: Path) -> Iterator[str]:
    """The entries of the layers that a file imports from."""
    package = path.relative_to(FOLDER).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and 0 < node.level <= len(package) + 1:
            origin = [*package[: len(package) + 1 - node.level], *(node.module or "").split(".")]
            names = [origin[0]] if origin[0] else [alias.name for alias in node.names]
            yield from names


def test_every_module_has_a_layer_and_every_layer_a_module():
    assert {unit(path) for path in FILES} - {"__init__"} == set(ranks())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_module_imports_only_from_layers_above_it(path):
    rank, own = ranks(), unit(path)
    wrong = [name for name in imported(path) if name != own and rank[name] >= rank[own]]
    assert wrong == []
