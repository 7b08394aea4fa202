"""What the languages have in common: conditions and literals as text, in the words of each."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fsm.errors import FsmError
from fsm.export.conditions import All, Any, Condition, If, Name, Opposite, Test, every, opposite, shape, some
from fsm.export.names import kinship
from fsm.export.rules import Machine
from fsm.export.trees import Copy
from fsm.export.variables import Sort, Variable
from fsm.formula import FALSE, TRUE, And, Atom, Constant, Formula, Next, Not, Or, Release, Until
from fsm.prose import short


@dataclass(frozen=True)
class Operators:
    """The signs of a language, as patterns.

    Args:
        language: what it is called.
        true, false, both, either, opposite: of conditions.
        equal, unequal, at_most, at_least: of two values.
        among: a value in a set, the elements joined with ", "; `None` if a set is written as alternatives.
        choice: what stands before a test, before what holds if it says yes, and before what holds if not;
            `None` where choices are written as alternatives.
    """

    language: str
    true: str
    false: str
    both: str
    either: str
    opposite: str
    equal: str
    unequal: str
    at_most: str
    at_least: str
    among: str | None
    choice: tuple[str, str, str] | None


class Language:
    """Writes a machine's conditions.

    Args:
        machine: of which.
        operators: the language's own.
        named: a name of a value as it is written, if that is not the identifier.
    """

    def __init__(
        self, machine: Machine, operators: Operators, named: Callable[[str], str] | None = None
    ) -> None:
        self.machine = machine
        self.operators = operators
        self._named = named

    def literal(self, variable: Variable, value: bool | int | str) -> str:
        """A value as it is written."""
        if isinstance(value, bool):
            return self.operators.true if value else self.operators.false
        if isinstance(value, int):
            return str(value)
        if self._named is not None:
            return self._named(value)
        return self.machine.families[kinship(variable)].members[value]

    def number(self, variable: int, number: int) -> str:
        """The value at a place, of a variable by place."""
        one = self.machine.variables[variable]
        return self.literal(one, one.literal(number))

    def source(self, target: int, source: int | Copy) -> str:
        """What is assigned to a variable."""
        if isinstance(source, int):
            return self.number(target, source)
        name = self.machine.names[source.variable]
        if not source.plus:
            return name
        return f"{name} {'+' if source.plus > 0 else '-'} {abs(source.plus)}"

    def condition(self, condition: Condition, inside: bool = False) -> str:
        """A condition as text; in brackets if it stands inside of another one and needs them."""
        signs, condition = self.operators, self._plain(condition)
        match condition:
            case bool():
                return signs.true if condition else signs.false
            case Name(text):
                return text
            case Test():
                return self._test(condition, inside)
            case Opposite(inner):
                return signs.opposite.format(self.condition(inner, inside=True))
            case All(parts) | Any(parts):
                sign = signs.both if isinstance(condition, All) else signs.either
                told = f" {sign} ".join(self.condition(part, inside=True) for part in parts)
                return f"({told})" if inside else told
            case If(test, yes, no):
                each = zip(signs.choice or (), (test, yes, no), strict=True)
                told = " ".join(sign + self.condition(one, inside=True) for sign, one in each)
                return f"({told})" if inside else told
        raise AssertionError(condition)

    def lines(self, condition: Condition, width: int = 90) -> list[str]:
        """A condition as lines: what is too long for one goes part by part, each with its sign before it."""
        text, condition = self.condition(condition), self._plain(condition)
        if len(text) <= width or not isinstance(condition, (All, Any, If)):
            return [text]
        if isinstance(condition, If):
            signs, parts = self.operators.choice or (), [condition.test, condition.yes, condition.no]
            told = [self._hung(sign, one, width) for sign, one in zip(signs, parts, strict=True)]
            return [line for one in told for line in one]
        sign = self.operators.both if isinstance(condition, All) else self.operators.either
        first, *rest = condition.parts
        lines = self._hung(" " * (len(sign) + 1), first, width)
        return lines + [line for part in rest for line in self._hung(f"{sign} ", part, width)]

    def _hung(self, sign: str, condition: Condition, width: int) -> list[str]:
        """A part of a condition as lines, after its sign, in brackets if it needs them."""
        inner = width - len(sign) - 2
        lines = [self.condition(condition, inside=True)]
        condition = self._plain(condition)
        if len(lines[0]) > inner and isinstance(condition, (All, Any, If)):
            lines = self.lines(condition, inner)
            lines = [f"({lines[0]}", *indented(lines[1:], " ")]
            lines[-1] += ")"
        return [f"{sign}{lines[0]}", *indented(lines[1:], " " * len(sign))]

    def formula(self, formula: Formula, names: Mapping[Atom, str], signs: Mapping[str, str]) -> str:
        """A formula of temporal logic as text.

        Args:
            formula: what to write.
            names: of its atoms.
            signs: patterns for `G F X U R`; raises `FsmError` where one is missing.
        """

        def told(inner: Formula) -> str:
            text = self.formula(inner, names, signs)
            return text if isinstance(inner, (Atom, Constant)) else f"({text})"

        def temporal(sign: str, *inner: Formula) -> str:
            if sign not in signs:
                raise FsmError(
                    f"`{formula}` cannot be said in {self.operators.language}, which has no {sign}; leave "
                    "that property out, by naming the others with --property"
                )
            return signs[sign].format(*map(told, inner))

        match formula:
            case Constant(value):
                return self.operators.true if value else self.operators.false
            case Atom():
                return names[formula]
            case Not(inner):
                return self.operators.opposite.format(told(inner))
            case And(left, right):
                return f"{told(left)} {self.operators.both} {told(right)}"
            case Or(left, right):
                return f"{told(left)} {self.operators.either} {told(right)}"
            case Next(inner):
                return temporal("X", inner)
            case Until(left, right):
                return temporal("F", right) if left == TRUE else temporal("U", left, right)
            case Release(left, right):
                return temporal("G", right) if left == FALSE else temporal("R", left, right)
        raise AssertionError(formula)

    def _plain(self, condition: Condition) -> Condition:
        """A choice as alternatives, where that is how it is written."""
        if not isinstance(condition, If) or self.operators.choice is not None:
            return condition
        test, yes, no = condition.test, condition.yes, condition.no
        return some(every(test, yes), every(opposite(test), no))

    def _test(self, test: Test, inside: bool) -> str:
        signs = self.operators
        variable, name = self.machine.variables[test.variable], self.machine.names[test.variable]
        how, values = shape(test, variable)
        texts = [self.literal(variable, value) for value in values]
        if variable.sort is Sort.BOOL:
            return name if values[0] else signs.opposite.format(name)
        match how:
            case "is":
                return signs.equal.format(name, *texts)
            case "is not":
                return signs.unequal.format(name, *texts)
            case "at most":
                return signs.at_most.format(name, *texts)
            case "at least":
                return signs.at_least.format(name, *texts)
            case "between":
                both = (signs.at_least.format(name, texts[0]), signs.at_most.format(name, texts[1]))
                told = f" {signs.both} ".join(both)
                return f"({told})" if inside else told
        if signs.among is not None:
            return signs.among.format(name, ", ".join(texts))
        told = f" {signs.either} ".join(signs.equal.format(name, text) for text in texts)
        return f"({told})" if inside else told


def prose(text: str, width: int = 100) -> list[str]:
    """A docstring as lines."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        lines += textwrap.wrap(line.strip(), width) or [""]
    return lines


def origin(machine: Machine) -> str:
    """Where the spec is written, if that is known."""
    return short(str(machine.where)) if machine.where.file else ""


def indented(lines: Iterable[str], by: str) -> list[str]:
    """Lines further to the right; empty ones stay empty."""
    return [f"{by}{line}" if line else line for line in lines]


def hanging(head: str, words: Sequence[str], tail: str) -> list[str]:
    """Words after a head, joined by commas, in lines of some length."""
    lines, line = [], head
    for place, word in enumerate(words):
        told = word + (", " if place < len(words) - 1 else tail)
        if len(line) + len(told) > 100:
            lines.append(line.rstrip())
            line = " " * len(head)
        line += told
    return [*lines, line]
