"""Büchi automata: which runs satisfy a formula, as a machine that reads their states.

Theory. What a formula asks of a run splits into what it asks of the first state and what it asks of the rest:
a *cover* is one way to satisfy a set of formulas, with literals for now and formulas for the next moment. An
until may be *postponed* by a cover; a run that postpones it for ever does not keep it. So a state of the
automaton is a cover; it follows from another one that covers what that one leaves for the next moment; and
there is a set of accepting states for each until, those that do not postpone it. A run is accepted if it
comes into each of these sets again and again.

After R. Gerth, D. Peled, M. Vardi, P. Wolper, "Simple On-the-fly Automatic Verification of Linear Temporal
Logic", PSTV 1995, and J.-M. Couvreur, "On-the-fly Verification of Linear Temporal Logic", FM 1999.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fsm.components import components
from fsm.formula import And, Atom, Constant, Formula, Next, Not, Or, Release, Until, atoms, negation_normal

Formulas = frozenset[Formula]


@dataclass(frozen=True)
class State:
    """A state of an automaton.

    Args:
        needed, excluded: the atoms that are to be true now, and those that are not, as bits of a letter.
        following: the states that may come next, by place.
        accepting: the accepting sets that it is in, as bits.
        first: whether it leaves the same to be done as there was in the beginning.
        done: whether it leaves nothing to be done.
    """

    needed: int
    excluded: int
    following: tuple[int, ...]
    accepting: int
    first: bool = False
    done: bool = False

    def fits(self, letter: int) -> bool:
        """Whether it can read a letter: the bit of each atom that is true."""
        return letter & self.needed == self.needed and not letter & self.excluded


@dataclass(frozen=True)
class Automaton:
    """A generalised Büchi automaton.

    Args:
        atoms: what its letters speak of, the first one the lowest bit.
        states: see `State`.
        initial: the states that may read the first letter, by place.
        sets: how many accepting sets there are.
    """

    atoms: tuple[Atom, ...]
    states: tuple[State, ...]
    initial: tuple[int, ...]
    sets: int

    def constant(self, letter: int) -> frozenset[int]:
        """The states from which a letter may be read for ever, so that it is accepted."""
        inside = [place for place, state in enumerate(self.states) if state.fits(letter)]
        return frozenset(self._live(inside))

    def _live(self, inside: Iterable[int]) -> set[int]:
        """The states from which something is accepted without leaving these."""
        known = set(inside)
        following = {place: [n for n in self.states[place].following if n in known] for place in known}
        live: set[int] = set()
        for part in components(sorted(known), following.__getitem__):  # what can be reached comes first
            if self._accepts(part) or any(live.intersection(following[place]) for place in part):
                live.update(part)
        return live

    def _accepts(self, part: Sequence[int]) -> bool:
        """Whether a run may stay in a strongly connected part, and is then accepted."""
        met, loops = 0, False
        for place in part:
            met |= self.states[place].accepting
            loops = loops or bool(set(self.states[place].following) & set(part))
        return loops and met == (1 << self.sets) - 1

    def useful(self) -> Automaton:
        """The automaton without the states from which nothing is accepted."""
        live = self._live(range(len(self.states)))
        return self._kept(sorted(live), {place: place for place in live})

    def _kept(self, kept: Sequence[int], home: dict[int, int]) -> Automaton:
        """The automaton with some states only; `home` says which of them each state is now."""
        places = {place: number for number, place in enumerate(kept)}

        def moved(old: Iterable[int]) -> tuple[int, ...]:
            return tuple(sorted({places[home[place]] for place in old if place in home}))

        states = tuple(
            replace(self.states[place], following=moved(self.states[place].following)) for place in kept
        )
        return replace(self, states=states, initial=moved(self.initial))

    def minimal(self) -> Automaton:
        """The automaton with states that cannot be told apart made one."""
        states = self.states
        block = _numbered([(s.needed, s.excluded, s.accepting, s.first, s.done) for s in states])
        while True:
            finer = _numbered(
                [
                    (block[place], frozenset(block[n] for n in state.following))
                    for place, state in enumerate(states)
                ]
            )
            if len(set(finer)) == len(set(block)):
                break
            block = finer
        chosen = {number: block.index(number) for number in set(block)}
        kept = sorted(chosen.values())
        return self._kept(kept, {place: chosen[number] for place, number in enumerate(block)})


def automaton_of(formula: Formula) -> Automaton:
    """The automaton that accepts the runs that satisfy a formula, small but not the smallest there is.

    >>> from fsm.formula import F, G, Atom
    >>> len(automaton_of(G(F(Atom("p", bool)))).states)
    2
    """
    formula = negation_normal(formula)
    letters = {atom: 1 << place for place, atom in enumerate(atoms(formula))}
    builder, beginning = _Builder(letters), frozenset({formula})
    initial = builder.states(beginning)
    following = [builder.states(cover.later) for cover in builder.covers]  # which grows
    untils = sorted({until for cover in builder.covers for until in cover.postponed}, key=_order)
    states = tuple(
        State(
            cover.needed,
            cover.excluded,
            after,
            sum(1 << place for place, until in enumerate(untils) if until not in cover.postponed),
            cover.later == beginning,
            not cover.later,
        )
        for cover, after in zip(builder.covers, following, strict=True)
    )
    made = Automaton(tuple(letters), states, initial, len(untils))
    return made.useful().minimal()


@dataclass(frozen=True)
class _Cover:
    """One way to satisfy some formulas."""

    needed: int = 0
    excluded: int = 0
    later: Formulas = frozenset()
    postponed: Formulas = frozenset()

    def contains(self, other: _Cover) -> bool:
        """Whether it asks for all that another one asks for, so that the other one is enough."""
        return (
            self.needed & other.needed == other.needed
            and self.excluded & other.excluded == other.excluded
            and self.later >= other.later
            and self.postponed >= other.postponed
        )


class _Builder:
    """Makes covers and numbers them."""

    def __init__(self, letters: dict[Atom, int]) -> None:
        self._letters = letters
        self.covers: list[_Cover] = []
        self._places: dict[_Cover, int] = {}
        self._known: dict[Formulas, tuple[int, ...]] = {}

    def states(self, formulas: Formulas) -> tuple[int, ...]:
        """The covers of some formulas, by place."""
        if formulas not in self._known:
            found = list(dict.fromkeys(self._expand(sorted(formulas, key=_order), _Cover(), frozenset())))
            least = [one for one in found if not any(one != other and one.contains(other) for other in found)]
            self._known[formulas] = tuple(map(self._place, least))
        return self._known[formulas]

    def _place(self, cover: _Cover) -> int:
        if cover not in self._places:
            self._places[cover] = len(self.covers)
            self.covers.append(cover)
        return self._places[cover]

    def _expand(self, todo: list[Formula], cover: _Cover, done: Formulas) -> Iterator[_Cover]:
        """All covers of what is still to do, beside what a cover asks for already."""
        if not todo:
            yield cover
            return
        formula, *rest = todo
        if formula in done:
            yield from self._expand(rest, cover, done)
            return
        done |= {formula}
        match formula:
            case Constant(value):
                if value:
                    yield from self._expand(rest, cover, done)
            case Atom():
                yield from self._literal(self._letters[formula], 0, rest, cover, done)
            case Not(Atom() as atom):
                yield from self._literal(0, self._letters[atom], rest, cover, done)
            case And(left, right):
                yield from self._expand([left, right, *rest], cover, done)
            case Or(left, right):
                yield from self._expand([left, *rest], cover, done)
                yield from self._expand([right, *rest], cover, done)
            case Next(inner):
                yield from self._expand(rest, _later(cover, inner), done)
            case Until(left, right):
                yield from self._expand([right, *rest], cover, done)
                waiting = replace(_later(cover, formula), postponed=cover.postponed | {formula})
                yield from self._expand([left, *rest], waiting, done)
            case Release(left, right):
                yield from self._expand([left, right, *rest], cover, done)
                yield from self._expand([right, *rest], _later(cover, formula), done)

    def _literal(
        self, needed: int, excluded: int, rest: list[Formula], cover: _Cover, done: Formulas
    ) -> Iterator[_Cover]:
        needed, excluded = cover.needed | needed, cover.excluded | excluded
        if not needed & excluded:
            yield from self._expand(rest, replace(cover, needed=needed, excluded=excluded), done)


def _order(formula: Formula) -> tuple[str, str]:
    """The same order in every process, also of formulas that look the same."""
    return str(formula), repr(formula)


def _later(cover: _Cover, formula: Formula) -> _Cover:
    return replace(cover, later=cover.later | {formula})


def _numbered(keys: Sequence[object]) -> list[int]:
    """The same number for the same key, counted from 0 in order."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]
