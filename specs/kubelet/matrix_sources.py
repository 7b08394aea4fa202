"""What a cell's result rests on, as a digest: when it changes, the result is stale.

That is the version of `fsm`, the text of the modules that the world is made of (without comments and
docstrings), and the values that were put into it: its constants. The modules that list questions, versions
and runtimes are not read, for what a world takes from them is among its constants: a new row makes nothing
stale.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fsm import __version__

PACKAGE = __name__.rpartition(".")[0]
LISTS = frozenset({"worlds", "versions", "runtimes"})


@cache
def digest_of(world: type) -> str:
    """The digest of what the verdicts on a world rest on, 16 hexadecimal digits.

    Args:
        world: the spec.
    """
    digest = sha256(f"fsm {__version__}\n".encode())
    digest.update(" ".join(base.__qualname__ for base in world.__mro__).encode())
    for name, value in constants(world):
        digest.update(f"{name} = {value}\n".encode())
    for name in sorted(modules_of(world)):
        digest.update(f"{name}\n{bare_text(name)}\n".encode())
    return digest.hexdigest()[:16]


def constants(world: type) -> Iterator[tuple[str, str]]:
    """The plain values that a world was made with, and the actions that were taken out of it, as text."""
    for name in sorted(dir(world)):
        value = getattr(world, name)
        if name.isupper() and (value is None or isinstance(value, int | str | Enum) or is_dataclass(value)):
            yield name, shown(value)
        elif value is None and not name.startswith("_"):
            yield name, "taken out"


def shown(value: Any) -> str:
    """A constant as text; a value of an Enum with those beside it, for their order may be asked."""
    if isinstance(value, Enum):
        return f"{value.name} of {'|'.join(type(value).__members__)}"
    if is_dataclass(value):
        return "; ".join(f"{one.name}: {shown(getattr(value, one.name))}" for one in fields(value))
    return repr(value)


def modules_of(world: type) -> set[str]:
    """The modules of this package that a world is made of, by their own names."""
    found: set[str] = set()
    waiting = [base.__module__ for base in world.__mro__ if base.__module__.startswith(f"{PACKAGE}.")]
    while waiting:
        name = waiting.pop().removeprefix(f"{PACKAGE}.")
        if name not in found and name not in LISTS:
            found.add(name)
            waiting += imported(name)
    return found


@cache
def imported(name: str) -> tuple[str, ...]:
    """The modules of this package that a module imports."""
    return tuple(
        node.module
        for node in ast.walk(ast.parse(text_of(name)))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and (node.level == 1 or node.module.startswith(f"{PACKAGE}."))
    )


@cache
def bare_text(name: str) -> str:
    """A module's text without its comments, docstrings and blank lines."""
    return bare(text_of(name))


def bare(text: str) -> str:
    """A program's text without comments, docstrings (an ellipsis stands for each) and blank lines.

    >>> bare('def f():\\n    "Tells."\\n\\n    return 1  # always\\n')
    'def f():\\n    ...\\n    return 1'
    """
    lines: list[str] = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            for row in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                lines[row - 1] = ""
            lines[node.lineno - 1] = " " * node.col_offset + "..."
    return "\n".join(line.rstrip() for line in lines if line.strip())


@cache
def text_of(name: str) -> str:
    """The text of a module of this package, as it is when it is asked for first."""
    package = sys.modules[PACKAGE]
    return (Path(package.__path__[0]) / f"{name}.py").read_text("utf-8")
