"""Linear temporal logic as a textbook has it: worlds, and words that come round.

A *world* says of every part of a formula whether it is true. One world may follow another as the expansion
laws have it; a sequence of worlds tells the truth iff, besides, nothing that it promises is put off for ever.
On a word that comes round, a formula is simply true or false: what "until" and "release" mean is found by
trying again until nothing changes.

After O. Lichtenstein and A. Pnueli, "Checking That Finite State Concurrent Programs Satisfy Their Linear
Specification", POPL 1985.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations as subsets
from typing import Any

from fsm.formula import And, Atom, Constant, Formula, Next, Not, Or, Release, Until, parts

World = frozenset[Formula]


@dataclass(frozen=True)
class Late:
    """Something that a world may put off, and must do some time."""

    whole: Formula
    true: bool  # whether it is its being true that is put off
    end: Formula

    def done(self, world: World) -> bool:
        return (self.whole in world) != self.true or (self.end in world) == self.true


class Worlds:
    """What may be true of a formula and its parts, of the run from one moment on."""

    def __init__(self, formula: Formula) -> None:
        self.parts = list(dict.fromkeys(reversed(list(parts(formula)))))  # the inner ones first
        self.atoms = [part for part in self.parts if isinstance(part, Atom)]
        self.temporal = [part for part in self.parts if isinstance(part, (Next, Until, Release))]
        self.put_off = [
            Late(part, isinstance(part, Until), part.right)
            for part in self.temporal
            if not isinstance(part, Next)
        ]
        self.possible = lru_cache(None)(self._possible)
        self.follows = lru_cache(None)(self._follows)

    def _possible(self, facts: World) -> list[World]:
        return [self._world(facts, set(chosen)) for chosen in subset(self.temporal)]

    def _world(self, facts: World, chosen: set[Formula]) -> World:
        true: set[Formula] = set()
        for part in self.parts:
            match part:
                case Constant(value):
                    holds = value
                case Atom():
                    holds = part in facts
                case Not(inner):
                    holds = inner not in true
                case And(left, right):
                    holds = left in true and right in true
                case Or(left, right):
                    holds = left in true or right in true
                case _:
                    holds = part in chosen
            if holds:
                true.add(part)
        return frozenset(true)

    def _follows(self, world: World, then: World) -> bool:
        for part in self.temporal:
            match part:
                case Next(inner):
                    holds = inner in then
                case Until(left, right):
                    holds = right in world or (left in world and part in then)
                case Release(left, right):
                    holds = right in world and (left in world or part in then)
            if (part in world) != holds:
                return False
        return True


def holds_on_lasso(formula: Formula, stem: Sequence[Any], loop: Sequence[Any]) -> bool:
    """Whether a formula is true of a run that sees `stem`, then `loop` for ever; atoms ask what is seen."""
    seen = [*stem, *loop]
    after = [*range(1, len(seen)), len(stem)]

    @lru_cache(None)
    def truth(part: Formula) -> tuple[bool, ...]:
        match part:
            case Constant(value):
                return tuple(value for _ in seen)
            case Atom():
                return tuple(bool(part.ask(one)) for one in seen)
            case Not(inner):
                return tuple(not one for one in truth(inner))
            case And(left, right):
                return tuple(a and b for a, b in zip(truth(left), truth(right), strict=True))
            case Or(left, right):
                return tuple(a or b for a, b in zip(truth(left), truth(right), strict=True))
            case Next(inner):
                return tuple(truth(inner)[then] for then in after)
            case Until(left, right):
                a, b, now = truth(left), truth(right), tuple(False for _ in seen)
                return fixed(
                    now, lambda now: tuple(b[i] or (a[i] and now[after[i]]) for i in range(len(seen)))
                )
            case Release(left, right):
                a, b, now = truth(left), truth(right), tuple(True for _ in seen)
                return fixed(
                    now, lambda now: tuple(b[i] and (a[i] or now[after[i]]) for i in range(len(seen)))
                )
        raise AssertionError(part)

    return truth(formula)[0]


def fixed(value: Any, improve: Callable[[Any], Any]) -> Any:
    """What a value becomes that is improved until nothing changes."""
    while (better := improve(value)) != value:
        value = better
    return value


def subset(some: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Every choice of some of these, the smaller ones first."""
    for size in range(len(some) + 1):
        yield from subsets(some, size)
