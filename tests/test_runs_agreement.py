"""Promises over runs are judged as the definitions say, on specs and fairness that nobody thought of."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fsm import action, eventually, finitely, limit, recurs, spec, strong, temporal, weak
from fsm.checker import report
from fsm.composites import MapOf
from fsm.constraints import assumed
from fsm.copies import many
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.formula import Atom, F, Formula, G, Next, Or, R, Release, U, Until, W, X, negation_normal
from fsm.strategy import Strategy
from fsm.values import show
from fsm.verdict import Outcome
from specs.classics.alternating_bit import AlternatingBit, WithoutBit
from specs.classics.bakery import Bakery, WithoutChoosing
from specs.classics.dining import DiningPhilosophers, OneLeftHanded
from specs.classics.peterson import Peterson, PetersonReversed, PetersonSpinning
from tests.strategies import Drawn, combinations, specs_with_runs
from tests.textbook import Textbook
from tests.textbook_copies import TextbookCopies
from tests.textbook_logic import holds_on_lasso
from tests.textbook_runs import Lasso, TextbookRuns, is_counterexample, said

TRIPLES = int(os.environ.get("FSM_TRIPLES", "2000"))  #: of a spec, a property and its fairness
MANY = 1000  #: of the runs that are enumerated, the shortest ones


def runs_of(drawn: Drawn) -> TextbookRuns:
    return TextbookRuns(Textbook(model_of(drawn.cls)))


def agreed(runs: TextbookRuns, engine: str = "auto") -> Iterator[Outcome]:
    """Compare the verdict on each promise over runs with the textbook's, and look at its trace."""
    answer = report(explore(runs.model, strategy=Strategy(engine=engine)))
    for asked in runs.model.properties:
        if not asked.kind.over_runs:
            continue
        result = answer[asked.name]
        expected = Outcome.HOLDS if runs.violation(asked) is None else Outcome.VIOLATED
        assert (asked.name, result.outcome) == (asked.name, expected)
        if expected is Outcome.VIOLATED:
            choices = {tuple(map(show, one)): one for one in combinations(asked.parameters)}
            chosen = choices[tuple(value for _, value in result.arguments)]
            assert result.trace is not None
            assert (asked.name, is_counterexample(runs, asked, chosen, result.trace)) == (asked.name, "")
        yield result.outcome


def test_verdicts_over_runs_are_the_textbook_s_and_every_counterexample_is_one() -> None:
    count: Counter[Outcome] = Counter()

    @settings(max_examples=TRIPLES * 3 // 5)
    @given(specs_with_runs(), st.sampled_from(["python", "python", "native"]))
    def compare(drawn: Drawn, engine: str) -> None:
        count.update(agreed(runs_of(drawn), engine))

    compare()
    assert count.total() >= TRIPLES
    assert min(count[Outcome.HOLDS], count[Outcome.VIOLATED]) > TRIPLES // 5


@spec
class Corridor:
    """A loop within a loop: from A to B and back, or round A, or round B; and C, where a run may stop."""

    room: Literal["A", "B", "C"] = "A"

    @action("A")
    def stay(self) -> None:
        self.room = "A"

    @action("A")
    def go(self) -> None:
        self.room = "B"

    @action("B")
    def come_back(self) -> None:
        self.room = "A"

    @action("B")
    def leave(self) -> None:
        self.room = "C"

    @action("B")
    def leave_too_far(self) -> None:
        limit(False)

    @action("C", fault=True)
    def be_thrown_back(self) -> None:
        self.room = "A"

    def in_c(self) -> bool:
        return self.room == "C"


EXITS = {  # what is assumed, and whether C is then reached on every run
    "nothing": ([], False),
    "a weak exit that is not always open": ([weak("go"), weak("leave")], False),
    "a strong exit": ([weak("go"), strong("leave")], True),
    "a strong exit that is never near": ([strong("leave")], False),
    "a strong way to a strong exit": ([strong("go"), strong("leave")], True),
    "loops that end": ([finitely("stay", "come_back")], True),
    "one loop that ends": ([finitely("stay")], False),
    "an exit of which only a limit is the end": ([strong("go"), strong("leave_too_far")], True),
    "both exits together": ([strong("go"), strong("leave", "leave_too_far", together=True)], True),
}


@pytest.mark.parametrize("why", EXITS)
def test_who_is_fair_to_the_exit_leaves(why: str) -> None:
    fair, leaves = EXITS[why]

    @spec(fair=fair)
    class Asked(Corridor):
        @eventually
        def leaves(self) -> bool:
            return self.room == "C"

        @recurs
        def is_in_a(self) -> bool:
            return self.room == "A"

        @temporal
        def leaves_for_good(self) -> Formula:
            return F(G(self.in_c()))

    verdicts = list(agreed(TextbookRuns(Textbook(model_of(Asked)))))
    assert verdicts[0] is (Outcome.HOLDS if leaves else Outcome.VIOLATED)


@given(specs_with_runs(most_states=9))
def test_copies_are_judged_as_the_textbook_judges_them(drawn: Drawn) -> None:
    model = model_of(drawn.cls)
    assume(not isinstance(model.phase.domain, MapOf))
    list(agreed(TextbookRuns(TextbookCopies(many(model, 2)))))


CLASSICS = [
    Peterson, PetersonReversed, PetersonSpinning, DiningPhilosophers, OneLeftHanded, AlternatingBit,
    WithoutBit, Bakery, WithoutChoosing,
]  # fmt: skip


@pytest.mark.parametrize("cls", CLASSICS, ids=lambda cls: cls.__name__)
def test_the_textbook_says_of_the_classics_what_the_checker_says(cls: type) -> None:
    assert list(agreed(TextbookRuns(Textbook(model_of(cls)))))


@settings(max_examples=150)
@given(specs_with_runs(most_states=20))
def test_the_textbook_finds_every_violation_that_enumeration_finds_and_only_violations(drawn: Drawn) -> None:
    runs = runs_of(drawn)
    lassos = list(islice(runs.lassos(), MANY))
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
