"""What a body must not look at: names outside of it whose values may change.

A table remembers what a body did for the values that it read; so everything else that it looks at must
stay what it is. A scan of the code finds mutable globals, closures and defaults, in the body and in every
function of the same module that it calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

MUTABLE = (list, dict, set, bytearray)


def impurities(function: Any, owner: type, variables: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with a body, one sentence each.

    Args:
        function: the body.
        owner: the class that it belongs to, whose helper methods are scanned too.
        variables: the owner's variables, whose values on the class are only where they begin.
    """
    if not isinstance(function, FunctionType):
        return
    told, begins = set(), {("class constant", name) for name in variables}
    for name, kind, value in _outside(function, owner, set()):
        if isinstance(value, MUTABLE) and name not in told and (kind, name) not in begins:
            told.add(name)
            yield (
                f"reads the {kind} `{name}`, a {type(value).__name__} that may change: "
                f"make it {_instead(value)}"
            )


def _outside(function: FunctionType, owner: type, seen: set[CodeType]) -> Iterator[tuple[str, str, Any]]:
    """Each name that a function and its helpers take from outside: name, kind, value."""
    code = function.__code__
    if code in seen:
        return
    seen.add(code)
    arguments, defaults = code.co_varnames[: code.co_argcount], function.__defaults__ or ()
    by_name = {**dict(zip(arguments[::-1], defaults[::-1], strict=False)), **(function.__kwdefaults__ or {})}
    for name, default in by_name.items():
        yield name, "argument default", default
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, "closure variable", cell.cell_contents
        except ValueError:
            continue
    for name in _names(code):
        value = function.__globals__.get(name)
        if value is not None and not isinstance(value, ModuleType):
            yield name, "global", value
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            yield from _outside(value, owner, seen)
        member = getattr(owner, name, None)
        if isinstance(member, MUTABLE):
            yield name, "class constant", member
        if isinstance(member, FunctionType):
            yield from _outside(member, owner, seen)
        if isinstance(member, property) and isinstance(member.fget, FunctionType):
            yield from _outside(member.fget, owner, seen)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _instead(value: object) -> str:
    if isinstance(value, dict):
        return "`types.MappingProxyType({...})`, or a function with a `match`"
    if isinstance(value, set):
        return "a frozenset"
    return "a tuple"
