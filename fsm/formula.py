"""Linear temporal logic: formulas over runs, as plain Python values.

A formula speaks of a *run*, an infinite sequence of states. `G` is "from now on", `F` "now or later", `X` "in
the next state", `U` "until, and that will come", `W` "until, or for ever", `R` "released by". They are put
together with `&`, `|`, `~` and `>>` (implies). Atoms are answers of a spec's own methods.

After A. Pnueli, "The Temporal Logic of Programs", FOCS 1977.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any


class Formula:
    """Something that is true of a run or not."""

    def __and__(self, other: Any) -> Formula:
        return _both(And, self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Formula:
        return _both(Or, self, other)

    __ror__ = __or__

    def __rshift__(self, other: Any) -> Formula:
        return _both(Or, Not(self), other)

    def __invert__(self) -> Formula:
        return Not(self)

    def __bool__(self) -> bool:
        raise TypeError(
            f"the formula {self} has no truth value before there is a run: write `~`, `&`, `|` and `>>` "
            "instead of `not`, `and`, `or` and `if`"
        )


@dataclass(frozen=True)
class Constant(Formula):
    """True or False, of every run."""

    value: bool

    def __str__(self) -> str:
        return str(self.value)


TRUE = Constant(True)
FALSE = Constant(False)


@dataclass(frozen=True)
class Atom(Formula):
    """What a method of the spec answers in the first state of a run.

    Args:
        label: the call, as it is shown.
        ask: called with a view of a state; answers True or False.
        arguments: what the call was given, where it is not told by its label alone: members of two Enums may
            look the same. Atoms with the same label and the same arguments are the same.
    """

    label: str
    ask: Callable[[Any], Any] = field(compare=False, repr=False)
    arguments: Hashable = ()

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Not(Formula):
    """The opposite."""

    inner: Formula

    def __str__(self) -> str:
        return f"~{_inside(self.inner)}"


@dataclass(frozen=True)
class And(Formula):
    """Both."""

    left: Formula
    right: Formula

    def __str__(self) -> str:
        return f"{_inside(self.left)} & {_inside(self.right)}"


@dataclass(frozen=True)
class Or(Formula):
    """One of them at least."""

    left: Formula
    right: Formula

    def __str__(self) -> str:
        if isinstance(self.left, Not):
            return f"{_inside(self.left.inner)} >> {_inside(self.right)}"
        return f"{_inside(self.left)} | {_inside(self.right)}"


@dataclass(frozen=True)
class Next(Formula):
    """True of the run from its second state on."""

    inner: Formula

    def __str__(self) -> str:
        return f"X({self.inner})"


@dataclass(frozen=True)
class Until(Formula):
    """The right one is true now or later, and until then the left one."""

    left: Formula
    right: Formula

    def __str__(self) -> str:
        return f"F({self.right})" if self.left == TRUE else f"U({self.left}, {self.right})"


@dataclass(frozen=True)
class Release(Formula):
    """The right one is true until and when the left one is, or for ever."""

    left: Formula
    right: Formula

    def __str__(self) -> str:
        return f"G({self.right})" if self.left == FALSE else f"R({self.left}, {self.right})"


def G(formula: Any) -> Formula:  # noqa: N802 - the logic's own name
    """Always: true from now on.

    >>> print(G(Atom("asked", bool) >> F(Atom("answered", bool))))
    G(asked >> F(answered))
    """
    return Release(FALSE, lifted(formula))


def F(formula: Any) -> Formula:  # noqa: N802
    """Eventually: true now or later."""
    return Until(TRUE, lifted(formula))


def X(formula: Any) -> Formula:  # noqa: N802
    """True in the next state; a run that has come to its end stays where it is."""
    return Next(lifted(formula))


def U(left: Any, right: Any) -> Formula:  # noqa: N802
    """Until: `right` is true now or later, and `left` until then."""
    return Until(lifted(left), lifted(right))


def W(left: Any, right: Any) -> Formula:  # noqa: N802
    """Weak until: `left` is true until `right` is, or for ever."""
    return Release(lifted(right), Or(lifted(left), lifted(right)))


def R(left: Any, right: Any) -> Formula:  # noqa: N802
    """Release: `right` is true until and including the moment when `left` is, or for ever."""
    return Release(lifted(left), lifted(right))


def lifted(formula: Any) -> Formula:
    """A formula as it is, True and False as formulas; raises `TypeError` for anything else."""
    if isinstance(formula, Formula):
        return formula
    if formula is True or formula is False:
        return Constant(formula)
    raise TypeError(
        f"{formula!r} is no formula: put formulas together from what the spec's methods answer, such as "
        "`G(self.asked() >> F(self.answered()))`"
    )


def atoms(formula: Formula) -> tuple[Atom, ...]:
    """The atoms of a formula, each once, in the order in which they stand there."""
    return tuple({part: None for part in parts(formula) if isinstance(part, Atom)})


def parts(formula: Formula) -> Iterator[Formula]:
    """A formula and everything in it, outermost first."""
    yield formula
    for name in ("left", "right", "inner"):
        inner = getattr(formula, name, None)
        if inner is not None:
            yield from parts(inner)


def negation_normal(formula: Formula, negated: bool = False) -> Formula:
    """The same, or its negation, with negations at atoms only.

    >>> print(negation_normal(G(Atom("p", bool)), negated=True))
    F(~p)
    """
    match formula:
        case Constant(value):
            return Constant(value is not negated)
        case Atom():
            return Not(formula) if negated else formula
        case Not(inner):
            return negation_normal(inner, not negated)
        case Next(inner):
            return Next(negation_normal(inner, negated))
        case And(left, right) | Or(left, right) | Until(left, right) | Release(left, right):
            dual = {And: Or, Or: And, Until: Release, Release: Until}
            made: Any = dual[type(formula)] if negated else type(formula)
            whole: Formula = made(negation_normal(left, negated), negation_normal(right, negated))
            return whole
    raise AssertionError(formula)


def _both(made: Callable[[Formula, Formula], Formula], left: Formula, right: Any) -> Formula:
    return made(left, lifted(right))


def _inside(formula: Formula) -> str:
    return f"({formula})" if isinstance(formula, (And, Or)) else str(formula)
