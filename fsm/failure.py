"""What a failure says: a program to paste, what was observed, and what the spec says instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from fsm.observation import Observation, Refusal, difference_lines

WIDTH = 96
HERE = "   # <- here"


def literal(value: Any) -> str:
    """A value as Python that makes it.

    >>> print(literal((1, {"a": frozenset()})))
    (1, {"a": frozenset()})
    """
    if isinstance(value, str):
        return '"' + repr("'" + value)[2:] if '"' not in value else repr(value)
    if isinstance(value, Enum):
        return f"{_name(type(value))}.{value.name}"
    if is_dataclass(value) and not isinstance(value, type):
        shown = (f"{one.name}={literal(getattr(value, one.name))}" for one in fields(value) if one.init)
        return f"{_name(value.__class__)}({', '.join(shown)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(value[key])}" for key in value) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, frozenset | set):
        return "frozenset({" + ", ".join(map(literal, value)) + "})" if value else "frozenset()"
    return repr(value)


def import_lines(values: Iterable[Any]) -> list[str]:
    """The imports that the literals of values need; classes inside functions cannot be imported."""
    modules: dict[str, set[str]] = {}
    for made in _classes(values):
        if "<locals>" not in made.__qualname__:
            modules.setdefault(made.__module__, set()).add(made.__qualname__.partition(".")[0])
    return [f"from {module} import {', '.join(sorted(modules[module]))}" for module in sorted(modules)]


def call_lines(opening: str, arguments: Sequence[str], closing: str = ")") -> list[str]:
    """A call, or a literal, on one line if it fits, else with its parts on lines of their own."""
    line = opening + ", ".join(arguments) + closing
    if len(line) <= WIDTH:
        return [line]
    rows = [""]
    for argument in arguments:
        if rows[-1] and len(rows[-1]) + len(argument) + 6 > WIDTH:
            rows.append("")
        rows[-1] += (" " if rows[-1] else "") + argument + ","
    return [opening, *(f"    {row}" for row in rows), closing]


def mapping_lines(opening: str, mapping: Mapping[str, Any], closing: str) -> list[str]:
    """A mapping as a dict display."""
    return call_lines(opening, [f"{literal(key)}: {literal(mapping[key])}" for key in mapping], closing)


def observed_lines(observations: Sequence[Observation], refused: bool) -> Iterator[str]:
    """What was observed, numbered; the last one marked if it is refused."""
    yield "  observed:" if observations else "  observed: nothing"
    for number, seen in enumerate(observations, 1):
        words = f"{seen.text} ({seen.label})" if seen.text else seen.label
        here = "->" if refused and number == len(observations) else ""
        yield f"  {here:2}{number:>3}. {words}"


def refusal_lines(refusal: Refusal, onward: bool = True) -> list[str]:
    """What the spec says, beside what was observed.

    Args:
        refusal: the observation that nothing explains.
        onward: whether to say of a mere look what could come next: it may have happened unseen.
    """
    if not refusal.differences:
        return beside(refusal.expected or ["nothing"], refusal.observation.label)
    lines = difference_lines(refusal.differences)
    if onward and refusal.expected and not refusal.observation.actions:
        lines.append(f"  specified next: {', '.join(refusal.expected)}")
    return lines


def beside(specified: Sequence[str], observed: str) -> list[str]:
    """The events that a spec allows, and what came instead."""
    first, *others = specified
    return [
        f"  specified: {first}" + (", or" if others else ""),
        *(f"             {one}" for one in others),
        f"  observed:  {observed}",
    ]


def _name(made: type) -> str:
    return made.__qualname__.rpartition("<locals>.")[2]


def _classes(values: Iterable[Any]) -> Iterator[type]:
    for value in values:
        if isinstance(value, Enum):
            yield type(value)
        elif is_dataclass(value) and not isinstance(value, type):
            yield value.__class__
            yield from _classes(getattr(value, one.name) for one in fields(value))
        elif isinstance(value, Mapping):
            yield from _classes(value)
            yield from _classes(value[key] for key in value)
        elif isinstance(value, tuple | frozenset | set):
            yield from _classes(value)
