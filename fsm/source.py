"""Where in a source file things were written: classes, their variables, functions."""

from __future__ import annotations

import ast
import linecache
import sys
from functools import lru_cache
from typing import Any

from fsm.errors import Where


def function_place(function: Any) -> Where:
    """Where a function begins, its decorators included."""
    code = getattr(function, "__code__", None)
    return Where(code.co_filename, code.co_firstlineno) if code else Where()


def class_place(cls: type) -> Where:
    """Where a class begins."""
    found = _class_node(cls)
    return Where(_file(cls), found.lineno if found else 0)


def variable_place(cls: type, name: str) -> Where:
    """The line on which a class annotates or assigns a name."""
    found = _class_node(cls)
    for node in found.body if found else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return Where(_file(cls), node.lineno)
    return class_place(cls)


def _file(cls: type) -> str:
    for member in vars(cls).values():
        code = getattr(member, "__code__", None)
        if code is not None and code.co_qualname.startswith(cls.__qualname__):
            return str(code.co_filename)
    module = sys.modules.get(cls.__module__)
    return getattr(module, "__file__", None) or ""


@lru_cache(maxsize=16)
def _class_node(cls: type) -> ast.ClassDef | None:
    """The class in the syntax tree of its file, if the file can be read."""
    lines = linecache.getlines(_file(cls))
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return None
    wanted = cls.__qualname__.replace("<locals>.", "")
    return _search(tree, "", wanted)


def _search(node: ast.AST, prefix: str, wanted: str) -> ast.ClassDef | None:
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", None)
        path = f"{prefix}.{name}" if prefix and name else name or prefix
        if isinstance(child, ast.ClassDef) and path == wanted:
            return child
        found = _search(child, path, wanted)
        if found is not None:
            return found
    return None
