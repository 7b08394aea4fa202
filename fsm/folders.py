"""Where specs stand: folders named `specs`, and in them the files that use `fsm`.

Files are looked at and never run here: a stranger's `specs/` folder is left alone.
"""

from __future__ import annotations

import ast
import os
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

SPECS = "specs"
CONFORMANCE = "_conformance"  #: the end of the stem of a file that tests an implementation against a spec
RECORDING = "_recording"  #: the end of the stem of a file that says what recordings mean for a spec

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+fsm[ \t]|import[ \t][^\n#]*\bfsm\b)", re.MULTILINE)


def default_folder() -> Path:
    """Where specs are looked for when nothing is named: `specs/` here if it uses `fsm`, or our own."""
    here = Path(SPECS)
    if here.is_dir() and any(True for _ in spec_files(here)):
        return here
    return shipped_folder()


def shipped_folder() -> Path:
    """The specs that come with `fsm`: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / SPECS
    return inside if inside.is_dir() else package.parent / SPECS


def spec_files(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it that may hold specs, in order: those that use `fsm`.

    Left out are conformance suites, mappings of recordings, tests, and whatever begins with a dot. A file
    that cannot be read counts, so that it is heard of.

    Args:
        folder: where to look; links to folders are not followed.
    """
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "__pycache__")
        for name in sorted(names):
            file = Path(path, name)
            if may_hold_specs(file) and _is_ours(file):
                yield file


def may_hold_specs(file: Path) -> bool:
    """Whether a file's name is one that a spec may have."""
    stem = file.stem
    return (
        file.suffix == ".py"
        and stem != "conftest"
        and not stem.startswith((".", "test_"))
        and not stem.endswith(("_test", CONFORMANCE))
        and not (stem.endswith(RECORDING) and file.with_name(stem.removesuffix(RECORDING) + ".py").exists())
    )


def recording_file(file: Path) -> Path:
    """Where the mapping of recordings of a spec file stands, if it has one."""
    return file.with_name(f"{file.stem}{RECORDING}.py")


def conformance_file(file: Path) -> Path:
    """Where the conformance suite of a spec file stands, if it has one."""
    return file.with_name(f"{file.stem}{CONFORMANCE}.py")


def _is_ours(file: Path) -> bool:
    try:
        return uses_fsm(file)
    except OSError:
        return True


def uses_fsm(file: Path) -> bool:
    """Whether a file imports `fsm` itself (`import fsm`, `from fsm import …`); it is read, not run.

    Args:
        file: a `.py` file.

    Raises:
        OSError: if it cannot be read.
    """
    try:
        with tokenize.open(file) as stream:
            text = stream.read()
    except (SyntaxError, UnicodeDecodeError):
        text = file.read_text("latin-1")
    if not _IMPORT.search(text):
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return True
    return any(_imports_fsm(node) for node in ast.walk(tree))


def _imports_fsm(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == "fsm" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "fsm"
