"""Automata accept the runs that satisfy their formula, and no others."""

from itertools import product

import pytest
from hypothesis import given, settings

from fsm import F, G, U, X
from fsm.automaton import Automaton, automaton_of
from fsm.components import components
from fsm.formula import FALSE, TRUE, Atom, Formula, Not
from tests.test_runs_agreement import formulas, words
from tests.textbook_logic import holds_on_lasso

p, q = Atom("p", lambda letter: "p" in letter), Atom("q", lambda letter: "q" in letter)


def accepts(automaton: Automaton, stem: list[frozenset[str]], loop: list[frozenset[str]]) -> bool:
    """Whether an automaton accepts a word that comes round, by its product with the word."""
    seen = [*stem, *loop]
    letters = [sum(atom.ask(one) << bit for bit, atom in enumerate(automaton.atoms)) for one in seen]
    size = len(automaton.states)

    def following(node: int) -> list[int]:
        place, at = divmod(node, size)
        after = place + 1 if place + 1 < len(seen) else len(stem)
        return [
            after * size + n
            for n in automaton.states[at].following
            if automaton.states[n].fits(letters[after])
        ]

    begin = [at for at in automaton.initial if automaton.states[at].fits(letters[0])]
    for part in components(begin, following):
        met = {bit for bit in range(automaton.sets) for node in part
               if automaton.states[node % size].accepting >> bit & 1}  # fmt: skip
        if any(set(following(node)) & set(part) for node in part) and len(met) == automaton.sets:
            return True
    return False


@settings(max_examples=400)
@given(formulas(), words)
def test_an_automaton_accepts_what_satisfies_its_formula(formula: Formula, word: tuple[list, list]) -> None:
    assert accepts(automaton_of(formula), *word) == holds_on_lasso(formula, *word)


@settings(max_examples=200)
@given(formulas(), words)
def test_a_letter_for_ever_is_accepted_from_the_states_that_say_so(
    formula: Formula, word: tuple[list, list]
) -> None:
    automaton, (_, loop) = automaton_of(formula), word
    letter = sum(atom.ask(loop[0]) << bit for bit, atom in enumerate(automaton.atoms))
    accepted = bool(automaton.constant(letter).intersection(automaton.initial))
    assert accepted == holds_on_lasso(formula, [], loop[:1])


@pytest.mark.parametrize(
    ("formula", "states"),
    [(TRUE, 1), (FALSE, 0), (p & Not(p), 0), (G(p), 1), (F(p), 3), (G(F(p)), 2), (Not(G(p >> F(q))), 3),
     (G(F(p)) & F(Not(p) & G(Not(p))), 0)],
)  # fmt: skip
def test_automata_are_small(formula: Formula, states: int) -> None:
    assert len(automaton_of(formula).states) == states


def test_an_automaton_is_the_same_in_every_process() -> None:
    formula = G(U(p, q) >> X(F(p)))
    assert automaton_of(formula) == automaton_of(formula)
    assert [str(atom) for atom in automaton_of(formula).atoms] == ["p", "q"]


def test_every_state_can_be_left_and_reached() -> None:
    for one, two in product([p, G(p), F(q), X(p)], [q, F(p), G(F(q))]):
        automaton = automaton_of(one >> U(one, two))
        assert all(state.following for state in automaton.states)
        seen = {place for part in components(automaton.initial, lambda n: automaton.states[n].following)  # noqa: B023
                for place in part}  # fmt: skip
        assert seen == set(range(len(automaton.states)))


LETTERS = [frozenset(), frozenset("p"), frozenset("q"), frozenset("pq")]


@pytest.mark.parametrize(
    "formula",
    [
        G(F(p) & X(F(p))),  # what is put off by one cover is kept by another that asks for more
        G(F(p)) & G(F(q)),
        G(F(p) >> X(U(p, q))),
        U(p, G(U(q, p))),
        F(G(p)) >> G(F(q)),
    ],
    ids=str,
)
def test_every_short_word_is_accepted_or_not_as_it_should_be(formula: Formula) -> None:
    automaton = automaton_of(formula)
    for stem in ([], *([one] for one in LETTERS)):
        for size in (1, 2, 3):
            for loop in map(list, product(LETTERS, repeat=size)):
                assert accepts(automaton, stem, loop) == holds_on_lasso(formula, stem, loop)
