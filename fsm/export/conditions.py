"""Conditions in no language yet: tests of variables, put together; made of trees whose leaves are bools."""

from __future__ import annotations

from dataclasses import dataclass

from fsm.export.trees import Choice, Tree
from fsm.export.variables import Sort, Variable


@dataclass(frozen=True)
class Test:
    """Whether a variable has one of some numbers.

    Args:
        variable: by place.
        yes: the numbers with which it is true.
        no: those with which it is false; all others do not occur.
    """

    variable: int
    yes: frozenset[int]
    no: frozenset[int]


@dataclass(frozen=True)
class All:
    """Each of these."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any:
    """One of these at least."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class If:
    """One condition where a test says yes, another where it says no."""

    test: Test
    yes: Condition
    no: Condition


@dataclass(frozen=True)
class Opposite:
    """Not this."""

    inner: Condition


@dataclass(frozen=True)
class Name:
    """A condition that was given a name, written elsewhere."""

    text: str


Condition = bool | Test | All | Any | If | Opposite | Name


def opposite(condition: Condition) -> Condition:
    """Not this, as short as it goes."""
    match condition:
        case bool():
            return not condition
        case Test(variable, yes, no):
            return Test(variable, no, yes)
        case Opposite(inner):
            return inner
    return Opposite(condition)


def every(*parts: Condition) -> Condition:
    """Each of these, as short as it goes."""
    return _joined(parts, All, True)


def some(*parts: Condition) -> Condition:
    """One of these at least, as short as it goes."""
    return _joined(parts, Any, False)


def condition_of(tree: Tree | None) -> Condition:
    """What a tree of bools says; one of which no row occurs says False."""
    if tree is None:
        return False
    if not isinstance(tree, Choice):
        assert isinstance(tree, bool)
        return tree
    everything = frozenset().union(*(numbers for numbers, _ in tree.groups))
    sure = {answer: _union(tree, answer) for answer in (True, False)}
    others = [(numbers, inner) for numbers, inner in tree.groups if not isinstance(inner, bool)]
    yes = [_test(tree, sure[True], everything)] if sure[True] else []
    if len(others) == 2 and not yes and not sure[False]:
        (numbers, first), (_, second) = others
        return If(_test(tree, numbers, everything), condition_of(first), condition_of(second))
    if len(others) == 1:
        ((numbers, inner),) = others
        if not sure[False]:
            return some(*yes, condition_of(inner))
    parts = (every(_test(tree, numbers, everything), condition_of(inner)) for numbers, inner in others)
    return some(*yes, *parts)


def has_alternatives(condition: Condition) -> bool:
    """Whether "one of these at least" stands anywhere in it."""
    match condition:
        case Any():
            return True
        case All(parts):
            return any(map(has_alternatives, parts))
        case If(_, yes, no):
            return has_alternatives(yes) or has_alternatives(no)
    return False


def shape(test: Test, variable: Variable) -> tuple[str, list[bool | int | str]]:
    """How a test is best written.

    Returns:
        One of `is`, `is not`, `at most`, `at least`, `between` and `among`, and the literals that it
        speaks of.
    """
    literal = variable.literal
    yes, no = sorted(map(literal, test.yes)), sorted(map(literal, test.no))
    if variable.sort is Sort.BOOL:
        return "is", [literal(min(test.yes))]
    if len(yes) == 1:
        return "is", yes
    if variable.sort is Sort.INTEGER and (len(no) > 1 or no[0] in (0, -1) or len(yes) > 1):
        if yes[-1] < no[0]:  # type: ignore[operator]
            return "at most", yes[-1:]
        if no[-1] < yes[0]:  # type: ignore[operator]
            return ("is not", no) if len(no) == 1 and no[0] == -1 else ("at least", yes[:1])
        if not any(yes[0] < one < yes[-1] for one in no):  # type: ignore[operator]
            return "between", [yes[0], yes[-1]]
    if len(no) == 1:
        return "is not", no
    return "among", [literal(number) for number in sorted(test.yes)]


def _test(tree: Choice, yes: frozenset[int], everything: frozenset[int]) -> Test:
    return Test(tree.variable, yes, everything - yes)


def _union(tree: Choice, answer: bool) -> frozenset[int]:
    return frozenset().union(*(numbers for numbers, inner in tree.groups if inner is answer))


def _joined(parts: tuple[Condition, ...], kind: type[All] | type[Any], neutral: bool) -> Condition:
    found: dict[Condition, None] = {}
    for part in parts:
        if part is (not neutral):
            return not neutral
        if part is not neutral:
            found.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if not found:
        return neutral
    return next(iter(found)) if len(found) == 1 else kind(tuple(found))
