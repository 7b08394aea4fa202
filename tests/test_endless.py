"""One run that never ends, judged by itself."""

from collections.abc import Iterator
from enum import Enum
from itertools import product

import pytest

from fsm import (
    F,
    G,
    R,
    U,
    W,
    X,
    action,
    check,
    eventually,
    finitely,
    leads_to,
    limit,
    one_of,
    recurs,
    spec,
    strong,
    temporal,
    var,
    weak,
)
from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.endless import Endless
from fsm.formula import And, Atom, Constant, Formula, Next, Not, Or, Release, Until
from fsm.journey import Journey

Letter = tuple[bool, bool]


@spec
class Word:
    """Any word of two letters, and a formula of every kind."""

    p: bool = var(initial=one_of(False, True))
    q: bool = var(initial=one_of(False, True))

    @action
    def write(self, p: bool, q: bool) -> None:
        self.p, self.q = p, q

    def is_p(self) -> bool:
        return self.p

    def is_q(self) -> bool:
        return self.q

    @eventually
    def comes(self) -> bool:
        return self.p

    @recurs
    def again(self) -> bool:
        return self.p and not self.q

    @leads_to
    def answers(self) -> tuple[bool, bool]:
        return self.p, self.q

    @temporal
    def until(self) -> Formula:
        return U(self.is_p(), self.is_q())

    @temporal
    def released(self) -> Formula:
        return R(self.is_p(), self.is_q())

    @temporal
    def weakly(self) -> Formula:
        return X(W(self.is_q(), ~self.is_p()))

    @temporal
    def settles(self) -> Formula:
        return F(G(self.is_p() | X(self.is_q())))

    @temporal
    def nested(self) -> Formula:
        return G(self.is_p() >> X(U(self.is_q(), self.is_p() & X(~self.is_q()))))


def true(formula: Formula, place: int, word: list[Letter], loop: int) -> bool:
    """What a formula means at a place of a word that goes round from its end, by the definitions."""

    def after(place: int) -> int:
        return place + 1 if place + 1 < len(word) else loop

    def onward() -> Iterator[int]:
        here = place
        for _ in range(2 * len(word)):
            yield here
            here = after(here)

    def means(formula: Formula, place: int) -> bool:
        return true(formula, place, word, loop)

    match formula:
        case Constant(value):
            return value
        case Atom(label):
            return word[place][label == "is_q()"]
        case Not(inner):
            return not means(inner, place)
        case Next(inner):
            return means(inner, after(place))
        case And(left, right):
            return means(left, place) and means(right, place)
        case Or(left, right):
            return means(left, place) or means(right, place)
        case Until(left, right):
            for here in onward():
                if means(right, here):
                    return True
                if not means(left, here):
                    return False
            return False
        case Release(left, right):
            return not means(Until(Not(left), Not(right)), place)
    raise AssertionError(formula)


MEANINGS = {
    "comes": lambda p, q: F(p),
    "again": lambda p, q: G(F(p & ~q)),
    "answers": lambda p, q: G(p >> F(q)),
    "until": lambda p, q: U(p, q),
    "released": lambda p, q: R(p, q),
    "weakly": lambda p, q: X(W(q, ~p)),
    "settles": lambda p, q: F(G(p | X(q))),
    "nested": lambda p, q: G(p >> X(U(q, p & X(~q)))),
}
TABLES = Tables(model_of(Word))


def written(word: list[Letter], loop: int, stays: bool) -> Endless:
    """The run that writes a word; the step from its end leads back, or there is none."""
    layout, events = TABLES.layout, {event.arguments: event for event in TABLES.model.events}
    states = [layout.pack({"p": p, "q": q}) for p, q in word]
    path = [(None, states[0])]
    path += [(events[letter], state) for letter, state in zip(word[1:], states[1:], strict=True)]
    if not stays:
        path.append((events[word[loop]], states[loop]))
    return Endless(TABLES, path, loop)


LETTERS = list(product((False, True), repeat=2))


@pytest.mark.parametrize("stem", [0, 1, 2])
@pytest.mark.parametrize("turn", [0, 1, 2])
def test_a_formula_is_broken_where_the_definitions_say_so(stem: int, turn: int) -> None:
    atoms = Atom("is_p()", bool), Atom("is_q()", bool)
    for letters in product(LETTERS, repeat=stem + max(turn, 1)):
        word = list(letters)
        expected = [name for name, made in MEANINGS.items() if not true(made(*atoms), 0, word, stem)]
        broken = [bound.label for bound in written(word, stem, stays=not turn).broken()]
        assert broken == expected, word


Phase = Enum("Phase", "IDLE BUSY DONE")


def assuming(*fair: object) -> type:
    """A worker of whom something is assumed, and who promises to be done."""

    @spec(final={Phase.DONE}, fair=fair)
    class Worker:
        phase: Phase = Phase.IDLE

        @action(Phase.IDLE)
        def start(self) -> None:
            self.phase = Phase.BUSY

        @action(Phase.BUSY)
        def wait(self) -> None:
            pass

        @action(Phase.BUSY)
        def finish(self) -> None:
            self.phase = Phase.DONE

        @action(Phase.BUSY, fault=True)
        def drop(self) -> None:
            self.phase = Phase.IDLE

        @action(Phase.DONE)
        def grow(self) -> None:
            limit(False)

        @eventually
        def is_done(self) -> bool:
            return self.phase is Phase.DONE

        @recurs
        def is_idle_again(self) -> bool:
            return self.phase is Phase.IDLE

    return Worker


WAITS, DROPS = (("start", "wait"), 1), (("start", "drop"), 0)
STAYS = (("start", "finish"), 2)


@pytest.mark.parametrize(
    ("run", "fair", "broken"),
    [
        (WAITS, (), ["is_done", "is_idle_again"]),
        (WAITS, (weak("wait"),), ["is_done", "is_idle_again"]),
        (WAITS, (weak("finish"),), []),
        (DROPS, (), ["is_done"]),
        (DROPS, (weak("finish"),), ["is_done"]),
        (DROPS, (strong("finish"),), []),
        (DROPS, (strong("start"),), ["is_done"]),
        (DROPS, (finitely("drop"),), []),
        (WAITS, (finitely("drop"),), ["is_done", "is_idle_again"]),
        (STAYS, (weak("finish"), strong("start")), ["is_idle_again"]),
        (STAYS, (weak("grow"),), []),
    ],
)
def test_a_run_that_is_not_fair_breaks_nothing(
    run: tuple[tuple[str, ...], int], fair: tuple[object, ...], broken: list[str]
) -> None:
    labels, loop = run
    journey = Journey(model_of(assuming(*fair)))
    for label in labels:
        journey.take(next(choice for choice in journey.choices() if choice[0].label == label))
    judged = Endless(journey.tables, journey.path, loop)
    assert [bound.label for bound in judged.broken()] == broken


@pytest.mark.parametrize("made", [Word, assuming(), assuming(weak()), assuming(weak(), finitely())])
def test_a_lasso_that_a_check_found_breaks_what_it_was_found_for(made: type) -> None:
    for result in check(made).properties:
        if result.trace is not None and result.trace.loop is not None:
            journey = Journey(model_of(made))
            journey.follow(result.trace, turns=2)
            assert result.name in journey.broken_for_ever()
