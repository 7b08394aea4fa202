"""Promela's own words: its signs, and how macros, comments and integers are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsm.export.conditions import Condition
from fsm.export.language import Language, Operators, prose
from fsm.export.rules import Claim, Promise

SIGNS = Operators(
    language="Promela",
    true="true", false="false", both="&&", either="||", opposite="!{}",
    equal="{} == {}", unequal="{} != {}", at_most="{} <= {}", at_least="{} >= {}",
    among=None, choice=None,  # Spin reads no choice inside of a formula
)  # fmt: skip
LOGIC = {"G": "[] {}", "F": "<> {}", "U": "{} U {}", "R": "{} V {}"}
TAB = "    "


def macro(language: Language, name: str, condition: Condition) -> Iterator[str]:
    """A macro for a condition; one that is long goes over several lines."""
    text = language.condition(condition)
    if len(name) + len(text) < 90:
        yield f"#define {name} ({text})"
        return
    yield f"#define {name} ( \\"
    yield from (f"{TAB}{line} \\" for line in language.lines(condition))
    yield ")"


def integer(least: int, most: int) -> str:
    """The type of numbers from one to another."""
    if least >= 0 and most < 256:
        return "byte"
    return "short" if least >= -(1 << 15) and most < 1 << 15 else "int"


def told(claim: Claim | Promise) -> list[str]:
    """What a claim says of itself."""
    finding = [f"A known defect, it is violated: {claim.finding}"] if claim.finding else []
    return [claim.label, *prose(claim.doc), *finding]


def comment(lines: Sequence[str]) -> Iterator[str]:
    """Lines as a comment."""
    safe = [line.replace("*/", "* /").replace("/*", "/ *") for line in lines]
    if len(safe) == 1:
        yield f"/* {safe[0]} */"
        return
    yield f"/* {safe[0]}"
    yield from (f" * {line}".rstrip() for line in safe[1:])
    yield " */"
