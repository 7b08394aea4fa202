"""What is named on a command line → specs.

A target is a file, a folder, `file.py::Spec`, `file.py::two_phase_commit(5)` (a call with literals and names
of the file) or `package.module:Spec`. Without one it is every spec in `specs/`, or those that come with
`fsm`. Everything that is wrong with any target is found before anything is done with one.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from fsm.copies import many
from fsm.declaration import is_spec, model_of
from fsm.errors import FsmError, TargetError, did_you_mean
from fsm.expression import evaluate
from fsm.folders import default_folder, spec_files
from fsm.loading import load
from fsm.model import Model
from fsm.prose import short

_MODULE = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<name>[^:].*)", re.DOTALL)


@dataclass(frozen=True)
class Target:
    """A spec that a target led to.

    Args:
        spec: the class, or the model that `many` made.
        name: what its file calls it, or the call that made it.
        origin: how its file or module is reached: `specs/lamp.py`, or `package.module:`.
        file: where it is written.
    """

    spec: Any
    name: str
    origin: str
    file: Path

    @property
    def id(self) -> str:
        """The target that leads to this spec alone."""
        return f"{self.origin}{self.name}" if self.origin.endswith(":") else f"{self.origin}::{self.name}"

    @property
    def model(self) -> Model:
        """What the spec means."""
        return model_of(self.spec)


@dataclass(frozen=True)
class Found:
    """What the targets led to.

    Args:
        targets: in the order in which they were named; each once.
        mistakes: what is wrong with the other ones.
    """

    targets: tuple[Target, ...]
    mistakes: tuple[FsmError, ...] = ()


def find(texts: Sequence[str] = ()) -> Found:
    """Every spec that is named, and everything that is wrong with the names.

    Args:
        texts: targets; none for every spec in `specs/`, or else those that come with `fsm`.

    Returns:
        Specs whose models can be had without an error, and mistakes.
    """
    targets: dict[str, Target] = {}
    mistakes: dict[str, FsmError] = {}
    for text in texts or (str(default_folder()),):
        for found in _each(text):
            if isinstance(found, FsmError):
                mistakes.setdefault(str(found), found)
            elif not any(found.spec is known.spec for known in targets.values()):
                targets.setdefault(found.id, found)
    return Found(tuple(targets.values()), tuple(mistakes.values()))


def specs_of(module: ModuleType) -> dict[str, Any]:
    """The specs that a module defines, by the name that it gives them, in source order.

    These are spec classes made in it and models that `many` makes in it. What it imports and what begins
    with an underscore is left out.

    Args:
        module: a module that `load` gave.
    """
    found: dict[str, Any] = {}
    for name, value in vars(module).items():
        ours = (is_spec(value) and value.__module__ == module.__name__) or (
            isinstance(value, Model) and name not in _imported_names(module)
        )
        if ours and not name.startswith("_") and not any(value is known for known in found.values()):
            found[name] = value
    return found


def _each(text: str) -> Iterator[Target | FsmError]:
    """What one target leads to."""
    try:
        yield from _lookup(text)
    except FsmError as error:
        yield error
    except (OSError, ValueError) as error:
        yield TargetError(f"{text!r} is no path that can be looked at: {error}")


def _lookup(text: str) -> Iterator[Target | FsmError]:
    path, double_colon, name = text.partition("::")
    if not text.strip():
        raise TargetError("an empty target: give a file, a folder, file.py::Spec or package.module:Spec")
    if double_colon:
        file = _file(path)
        yield _named(load(file), _one_name(path, name), path)
        return
    at = Path(text)
    if at.is_dir():
        yield from _folder(at)
        return
    module = _MODULE.fullmatch(text)
    if module is not None and not at.exists():
        origin = module["module"]
        yield _named(_module(origin), module["name"], f"{origin}:")
        return
    file = _file(text)
    found = list(_all_of(load(file), text))
    yield from found
    if not found:
        raise TargetError(f"{text} defines no spec: mark a class with `@spec`{_makers(load(file))}")


def _folder(folder: Path) -> Iterator[Target | FsmError]:
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise TargetError(f"{folder}: this folder cannot be read: {error.strerror}") from None
    files = list(spec_files(folder))
    nothing = True
    for file in files:
        try:
            for found in _all_of(load(_readable(file)), _origin(file)):
                nothing = False
                yield found
        except FsmError as error:
            nothing = False
            yield error
    if nothing:
        why = f"{len(files)} of its files use `fsm`, and define none" if files else "no file uses `fsm`"
        raise TargetError(f"{folder} is a folder without specs: {why}")


def _all_of(module: ModuleType, origin: str) -> Iterator[Target | FsmError]:
    for name in specs_of(module):
        try:
            yield _named(module, name, origin)
        except FsmError as error:
            yield error


def _named(module: ModuleType, name: str, origin: str) -> Target:
    known = specs_of(module)
    if name.isidentifier() and not hasattr(module, name):
        at = origin.removesuffix(":")
        raise TargetError(f"{at} has no spec `{name}`: {did_you_mean(name, known)}{_makers(module)}")
    spec = known[name] if name in known else evaluate(name, {"many": many, **vars(module)})
    if not is_spec(spec) and not isinstance(spec, Model):
        raise TargetError(f"`{name}` in {origin.removesuffix(':')} {_no_spec(spec, name)}")
    model_of(spec)
    return Target(spec, " ".join(name.split()), origin, Path(module.__file__ or ""))


def _no_spec(value: Any, name: str) -> str:
    if isinstance(value, type):
        return "is a class that is no spec: mark it with `@spec`"
    if callable(value):
        return f"is a function: call it with what it needs, such as `{name}(3)`"
    return f"is no spec but of type {type(value).__name__}: name a class that is marked `@spec`"


def _file(text: str) -> Path:
    path = Path(text)
    if path.is_dir():
        raise TargetError(f"{text} is a folder: name a file in it, as in `{text.rstrip('/')}/file.py::Spec`")
    if not path.exists():
        raise TargetError(f"{text}: there is no such file{_nearest(path)}")
    if path.suffix != ".py":
        raise TargetError(f"{text} is not a Python file: a spec is a class in a `.py` file")
    return _readable(path)


def _readable(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise TargetError(f"{short(path)}: this file cannot be read: {error.strerror}") from None


def _nearest(path: Path) -> str:
    """The end of the message about a file that is not there."""
    try:
        names = sorted(file.name for file in path.parent.iterdir() if file.suffix == ".py" or file.is_dir())
    except OSError:
        return f", and no folder {path.parent}"
    near = did_you_mean(path.name, names)
    if near.startswith("did"):
        return f": {near}"
    return f"; a spec in a module is `{path}:Spec`" if os.sep not in str(path) and not path.suffix else ""


def _module(name: str) -> ModuleType:
    try:
        module = importlib.import_module(name)
    except FsmError:
        raise
    except (Exception, SystemExit) as error:
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        if missing and f"{name}.".startswith(f"{missing}."):
            raise TargetError(f"there is no module `{missing}`") from None
        why = f"{type(error).__name__}: {error}"
        raise TargetError(f"{name}: this module cannot be imported: {why}") from error
    file = getattr(module, "__file__", None) or ""
    if not file.endswith(".py"):
        raise TargetError(f"{name} is a module without a `.py` file of its own: it holds no specs")
    return load(Path(file))


def _one_name(path: str, name: str) -> str:
    if not name.strip():
        raise TargetError(f"`{path}::` names no spec: write `{path}` for all of its specs")
    spec, more, rest = name.partition("::")
    if more:
        raise TargetError(
            f"`{path}::{name}` names a property: write `{path}::{spec}` and `--property {rest}`"
        )
    return name.strip()


def _origin(file: Path) -> str:
    """How a file is reached again: from here, or as a module where it came with the installed package."""
    package = Path(__file__).resolve().parent
    try:
        inside = file.resolve().relative_to(package)
    except ValueError:
        return short(file)
    return ".".join((package.name, *inside.with_suffix("").parts)) + ":"


def _makers(module: ModuleType) -> str:
    """A hint at the functions of a file, which may make specs."""
    made = [
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and hasattr(value, "__code__")
    ]
    return f"; a function that makes one is called, as in `{made[0]}(3)`" if made else ""


def _imported_names(module: ModuleType) -> set[str]:
    """What the top level of a module's file binds by `import`."""
    try:
        tree = ast.parse(Path(module.__file__ or "").read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    return {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
