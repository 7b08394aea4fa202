"""Formulas: how they are put together and how they read; what they mean is in test_runs_agreement."""

import pytest

from fsm import F, G, R, U, W, X
from fsm.formula import FALSE, TRUE, And, Atom, Not, Or, Release, Until, atoms, negation_normal, parts

p, q = Atom("p", bool), Atom("q", bool)


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (G(p >> F(q)), "G(p >> F(q))"),
        (~(p & q) | X(p), "(p & q) >> X(p)"),
        (U(p, q), "U(p, q)"),
        (R(p, q), "R(p, q)"),
        (W(p, q), "R(q, p | q)"),
        (G(True) & F(False), "G(True) & F(False)"),
        (True & p, "p & True"),
        (p | (q & p), "p | (q & p)"),
    ],
)
def test_a_formula_reads_as_it_would_be_written(formula, shown: str) -> None:
    assert str(formula) == shown


def test_the_short_forms_are_until_and_release() -> None:
    assert F(p) == Until(TRUE, p)
    assert G(p) == Release(FALSE, p)
    assert p >> q == Or(Not(p), q)


def test_atoms_with_the_same_label_are_the_same() -> None:
    assert Atom("p", bool) == Atom("p", str)
    assert atoms(G(p >> F(q & p))) == (p, q)


def test_the_parts_of_a_formula_come_outermost_first() -> None:
    assert list(parts(G(p & q))) == [G(p & q), FALSE, And(p, q), p, q]


def test_negations_go_to_the_atoms() -> None:
    assert negation_normal(~G(p >> F(q))) == F(p & G(~q))
    assert negation_normal(~~X(p)) == X(p)
    assert negation_normal(Not(TRUE)) == FALSE


@pytest.mark.parametrize("wrong", [lambda: bool(p), lambda: not p, lambda: p and q, lambda: 1 if p else 0])
def test_a_formula_has_no_truth_value(wrong) -> None:
    with pytest.raises(TypeError, match="no truth value before there is a run: write `~`, `&`"):
        wrong()


@pytest.mark.parametrize("wrong", [lambda: G(3), lambda: p & "q", lambda: U(p, None), lambda: F(bool)])
def test_only_formulas_make_formulas(wrong) -> None:
    with pytest.raises(TypeError, match="is no formula: put formulas together from what the spec's methods"):
        wrong()
