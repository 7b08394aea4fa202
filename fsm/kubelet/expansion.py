"""`$(NAME)` in commands, arguments and values of variables.

third_party/forked/golang/expansion, v1.18.6. Expansion cannot fail: what cannot be resolved
stays as it stands.
"""

import re
from collections.abc import Iterable, Mapping

__all__ = ["expand", "expand_all"]

_MARK = re.compile(r"\$(?:\$|\(([^)]*)\))")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with `$(NAME)` replaced by its value and `$$` by one dollar sign.

    So `$$(NAME)` gives a literal `$(NAME)`. An unknown name and an unclosed `$(` stay literal.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return "$" if name is None else variables.get(name, match.group())

    return _MARK.sub(value, text)


def expand_all(texts: Iterable[str], variables: Mapping[str, str]) -> tuple[str, ...]:
    """Every text expanded."""
    return tuple(expand(text, variables) for text in texts)
