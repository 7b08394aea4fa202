"""Promises over runs are judged as the definitions say, on specs, formulas and fairness that nobody thought of."""

import os
from collections import Counter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fsm.checker import report
from fsm.constraints import assumed
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.formula import Atom, F, Formula, G, Next, Or, R, Release, U, Until, W, X, negation_normal
from fsm.values import show
from fsm.verdict import Outcome
from tests.strategies import Drawn, combinations, specs_with_runs
from tests.textbook import Textbook
from tests.textbook_runs import Lasso, TextbookRuns, holds_on_lasso, is_counterexample, said

TRIPLES = int(os.environ.get("FSM_TRIPLES", "2000"))  #: of a spec, a property and its fairness
LONGEST = 5  #: letters of an enumerated run


def runs_of(drawn: Drawn) -> TextbookRuns:
    return TextbookRuns(Textbook(model_of(drawn.cls)))


def test_verdicts_over_runs_are_the_textbook_s_and_every_counterexample_is_one() -> None:
    count: Counter[Outcome] = Counter()

    @settings(max_examples=TRIPLES * 3 // 5)
    @given(specs_with_runs())
    def compare(drawn: Drawn) -> None:
        runs = runs_of(drawn)
        answer = report(explore(runs.model))
        for asked in runs.model.properties:
            if not asked.kind.over_runs:
                continue
            expected = runs.violation(asked)
            result = answer[asked.name]
            count[result.outcome] += 1
            assert (asked.name, result.outcome) == (
                asked.name,
                Outcome.HOLDS if expected is None else Outcome.VIOLATED,
            )
            if expected is not None:
                chosen = next(
                    one
                    for one in combinations(asked.parameters)
                    if tuple(map(show, one)) == tuple(value for _, value in result.arguments)
                )
                assert result.trace is not None
                assert (asked.name, is_counterexample(runs, asked, chosen, result.trace)) == (asked.name, "")

    compare()
    assert sum(count.values()) >= TRIPLES
    assert min(count[Outcome.HOLDS], count[Outcome.VIOLATED]) > TRIPLES // 5


@given(specs_with_runs(most_states=9))
def test_the_textbook_finds_every_violation_that_enumeration_finds_and_only_violations(drawn: Drawn) -> None:
    runs = runs_of(drawn)
    assume(sum(len(list(runs.moves((key, False)))) for key in runs.book.states) < 12)
    lassos = list(runs.lassos(LONGEST))
    for asked in runs.model.properties:
        if not asked.kind.over_runs:
            continue
        fair = assumed(runs.model, asked)
        for chosen in combinations(asked.parameters):
            formula = said(runs.model, asked, chosen)
            found = runs.violating(formula, fair)
            if found is not None:
                assert is_run(runs, found)
                assert runs.is_violated_on(formula, fair, found)
            else:
                assert not any(runs.is_violated_on(formula, fair, lasso) for lasso in lassos)


def is_run(runs: TextbookRuns, lasso: Lasso) -> bool:
    """Whether each letter of a lasso may come after the one before it."""
    letters = [*lasso.stem, *lasso.loop]
    at, stopped = letters[0][0], False
    for (key, number), (after, _) in zip(letters, [*letters[1:], lasso.loop[0]], strict=True):
        if key != at or (stopped and number is not None):
            return False
        moves = dict.fromkeys(runs.moves((key, stopped)))
        at, stopped = after, number is None
        if (number, (after, stopped)) not in moves:
            return False
    return letters[0][0] in runs.initial


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> Formula:
    """A formula over two letters, each of which is a set of the atoms that are true."""
    form = draw(st.sampled_from([None, G, F, X, U, W, R, "and", "or", "not", "implies"])) if depth else None
    if form is None:
        name = draw(st.sampled_from("pq"))
        return Atom(name, lambda letter: name in letter)
    left = draw(formulas(depth - 1))
    if form == "not":
        return ~left
    if form in (G, F, X):
        return form(left)
    right = draw(formulas(depth - 1))
    joined = {"and": lambda: left & right, "or": lambda: left | right, "implies": lambda: left >> right}
    return joined[form]() if form in joined else form(left, right)


letters = st.sampled_from([frozenset(), frozenset("p"), frozenset("q"), frozenset("pq")])
words = st.tuples(st.lists(letters, max_size=4), st.lists(letters, min_size=1, max_size=4))


@settings(max_examples=300)
@given(formulas(), formulas(), words)
def test_the_laws_of_the_logic_hold_on_every_word(a: Formula, b: Formula, word: tuple[list, list]) -> None:
    stem, loop = word

    def true(formula: Formula) -> bool:
        return holds_on_lasso(formula, stem, loop)

    assert true(~a) is not true(a)
    assert true(~F(a)) == true(G(~a))
    assert true(~X(a)) == true(X(~a))
    assert true(~U(a, b)) == true(R(~a, ~b))
    assert true(W(a, b)) == true(U(a, b) | G(a)) == true(R(b, a | b))
    assert true(Until(a, b)) == true(b | (a & Next(Until(a, b))))
    assert true(Release(a, b)) == true(b & (a | Next(Release(a, b))))
    assert true(U(a, b)) == true(W(a, b) & F(b))
    assert true(a >> b) == true(Or(~a, b))
    assert true(negation_normal(a)) == true(a) is not true(negation_normal(a, negated=True))


@given(formulas(), words, st.integers(1, 3))
def test_a_word_is_what_it_spells_however_it_is_cut(a: Formula, word: tuple[list, list], more: int) -> None:
    stem, loop = word
    expected = holds_on_lasso(a, stem, loop)
    assert holds_on_lasso(a, stem, loop * more) == expected
    assert holds_on_lasso(a, stem + loop[:1], loop[1:] + loop[:1]) == expected
    rest = (stem + loop)[1:] if stem else loop[1:] + loop[:1]
    assert holds_on_lasso(X(a), stem, loop) == holds_on_lasso(a, *((stem[1:], loop) if stem else ([], rest)))
