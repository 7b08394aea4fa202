"""What may stand after `file.py::`: a name, or a call with literals and names.

It is read with `ast` and never handed to `eval`: whoever types a target should not have to fear it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from fsm.errors import FsmError, TargetError, did_you_mean


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of a name, or of a call.

    Args:
        text: what was written.
        names: what it may speak of.

    Raises:
        TargetError: if it is something else, or speaks of what there is not.
        SpecError: if the call makes a wrong spec.

    >>> evaluate("double(3)", {"double": lambda n: 2 * n})
    6
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise TargetError(f"`{text}` is neither a name nor a call: write `Spec` or `make(3)`") from None
    return _Evaluation(text, names).value(node)


class _Evaluation:
    """One evaluation; everything of Python that is not listed in `value` is refused."""

    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.text = text
        self.names = names

    def value(self, node: ast.expr) -> Any:
        """The value of one expression."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._name(name)
            case ast.Attribute(value=inner, attr=name) if not name.startswith("_"):
                return self._attribute(self.value(inner), name)
            case ast.Tuple(elts=elements):
                return tuple(map(self.value, elements))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.Call(func=function, args=arguments, keywords=keywords):
                return self._call(function, arguments, keywords)
        raise TargetError(f"`{self.text}`: only a name, or a call with literals and names, is understood")

    def _name(self, name: str) -> Any:
        if name not in self.names:
            known = [known for known, value in self.names.items() if _is_offered(known, value)]
            raise TargetError(f"`{self.text}`: there is no `{name}`: {did_you_mean(name, known)}")
        return self.names[name]

    def _attribute(self, value: Any, name: str) -> Any:
        if not hasattr(value, name):
            known = [known for known in dir(value) if not known.startswith("_")]
            raise TargetError(f"`{self.text}`: there is no `{name}`: {did_you_mean(name, known)}")
        return getattr(value, name)

    def _call(self, function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Any:
        called = self.value(function)
        if not callable(called):
            raise TargetError(f"`{self.text}`: `{ast.unparse(function)}` is no function")
        given = [self.value(argument) for argument in arguments]
        named = {word.arg: self.value(word.value) for word in keywords if word.arg is not None}
        if len(named) < len(keywords):
            raise TargetError(f"`{self.text}`: `**` is not understood here")
        try:
            return called(*given, **named)
        except FsmError:
            raise
        except Exception as error:
            raise TargetError(f"`{self.text}` fails: {type(error).__name__}: {error}") from error


def _is_offered(name: str, value: Any) -> bool:
    return not name.startswith("_") and callable(value)
