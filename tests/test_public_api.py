"""The public names: exactly those, sorted, documented, and the same for people and type checkers."""

import ast
import inspect
from pathlib import Path

import pytest

import fsm


def for_type_checkers() -> dict[str, str]:
    """What `if TYPE_CHECKING:` in the front door imports: each name and where from."""
    tree = ast.parse(Path(fsm.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    return {
        alias.asname or "": node.module or ""
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_all_is_sorted_and_without_repetition() -> None:
    assert fsm.__all__ == sorted(set(fsm.__all__))


def test_all_is_exactly_what_type_checkers_see() -> None:
    assert sorted(for_type_checkers()) == fsm.__all__


@pytest.mark.parametrize("name", fsm.__all__)
def test_a_public_name_is_what_its_home_says_and_has_a_docstring(name: str) -> None:
    value = getattr(fsm, name)
    assert value.__module__ == for_type_checkers()[name]
    assert value.__name__ == name
    assert len(inspect.getdoc(value) or "") > 20


def test_dir_shows_the_public_names() -> None:
    assert dir(fsm) == fsm.__all__


def test_a_star_import_gives_the_public_names() -> None:
    space: dict[str, object] = {}
    exec("from fsm import *", space)
    assert sorted(set(space) - {"__builtins__"}) == fsm.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'fsm' has no attribute 'chek'"):
        fsm.chek  # noqa: B018 - the access is the test


def test_no_public_name_is_hidden_by_a_module_of_the_same_name() -> None:
    package = Path(fsm.__file__).parent
    assert {file.stem for file in package.iterdir()} & set(fsm.__all__) == set()


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert version("fsm-spec") == fsm.__version__
