"""Whether every behaviour of one spec is one of another's, and the shortest one that is not.

Theory. The search goes breadth-first over pairs: a state of the first spec, and *every* state that the second
could be in, given what was seen so far (a subset construction; see `behaviour` for what is seen). A step of
the first that leaves no such state is a step that the second refuses, and the way to the first one found is a
shortest run that only the first spec has. Where both are deterministic in what is seen, the sets have one
element. Of two sets at the same state, one inside of the other, the larger one refuses nothing that the
smaller one does not refuse as early, and is left out.

What only a `limit` keeps the second spec from doing is no refusal: nobody knows what it would do beyond its
bounds. Such a step is counted and not followed, and what holds then holds within bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from fsm.behaviour import Behaviour, Call, Group, Seen, Sight
from fsm.difference import Inclusion, Unlike
from fsm.limits import GIB, NO_LIMITS, Limits, Progress, available_memory, memory
from fsm.remarks import counted
from fsm.verdict import Outcome, Trace

Pair = tuple[int, Group]

LOOK = 512  #: pairs between two looks at the clock


class Search:
    """Looks for the shortest behaviour of one spec that is none of another's.

    Args:
        ours, theirs: the two, as they are seen.
        sight: what is seen.
        names: what the two are called.
        limits: `max_states` bounds the pairs, `max_depth` the steps; `timeout` and `max_memory` hold too.
        progress: called now and then; may raise `KeyboardInterrupt`.
    """

    def __init__(
        self,
        ours: Behaviour,
        theirs: Behaviour,
        sight: Sight,
        names: tuple[str, str],
        limits: Limits = NO_LIMITS,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.ours, self.theirs, self.sight, self.names = ours, theirs, sight, names
        self._limits, self._progress = limits, progress
        self._started = time.perf_counter()
        self._most_memory = min(available_memory(), limits.max_memory or 1 << 62)
        self._origins: dict[Pair, tuple[Pair | None, Call | None]] = {}
        self._groups: dict[int, list[Group]] = {}  #: of more than one state, for each state of ours
        self._beyond = 0

    def search(self) -> Inclusion:
        """Look at every pair, the nearest first."""
        try:
            refusal = self._begin()
            return self._go_on() if refusal is None else refusal
        except KeyboardInterrupt:
            return self._answer(Outcome.UNKNOWN, "interrupted")
        except MemoryError:
            return self._answer(Outcome.UNKNOWN, "memory: there is no more")

    def _begin(self) -> Inclusion | None:
        known = self.theirs.begin_seen()
        for state in self.ours.begin():
            if known is None:
                self._beyond += 1
            elif (group := known.get(self.ours.view(state))) is not None:
                self._add((state, group), None, None)
            else:
                return self._refused([(None, state)], self._unlike(state, known), ())
        return None

    def _go_on(self) -> Inclusion:
        layer, depth = list(self._origins), 0
        while layer:
            if self._limits.max_depth is not None and depth >= self._limits.max_depth:
                return self._answer(Outcome.UNKNOWN, f"max_depth={self._limits.max_depth}")
            found: list[Pair] = []
            for number, pair in enumerate(layer):
                if number % LOOK == 0 and (reason := self._reason(depth, len(layer) - number + len(found))):
                    return self._answer(Outcome.UNKNOWN, reason)
                refusal = self._expand(pair, found)
                if refusal is not None:
                    return refusal
            layer, depth = found, depth + 1
        reason = f"within the bounds of {self.names[1]}" if self._beyond else ""
        if self._beyond:
            reason += f" ({counted(self._beyond, 'step')} beyond a `limit` not followed)"
        return self._answer(Outcome.HOLDS, reason)

    def _expand(self, pair: Pair, found: list[Pair]) -> Inclusion | None:
        state, group = pair
        for call, after in self.ours.moves(state):
            known = self.theirs.follow(group, call)
            if known is None:
                self._beyond += 1
                continue
            onward = known.get(self.ours.view(after))
            if onward is None:
                instead = () if known else self.theirs.possible(group)
                return self._refused([*self._way(pair), (call, after)], self._unlike(after, known), instead)
            next_pair = after, onward
            if self._add(next_pair, pair, call):
                found.append(next_pair)
        return None

    def _add(self, pair: Pair, origin: Pair | None, call: Call | None) -> bool:
        """Whether a pair is new; one where more is possible than at a pair before it refuses nothing more."""
        state, group = pair
        if pair in self._origins:
            return False
        if len(group) > 1:
            alike = self._groups.setdefault(state, [])
            if any(smaller < group for smaller in alike) or any(
                (state, frozenset((one,))) in self._origins for one in group
            ):
                return False
            alike.append(group)
        self._origins[pair] = origin, call
        return True

    def _way(self, pair: Pair) -> list[tuple[Call | None, int]]:
        way: list[tuple[Call | None, int]] = []
        at: Pair | None = pair
        while at is not None:
            origin, call = self._origins[at]
            way.append((call, at[0]))
            at = origin
        return way[::-1]

    def _refused(
        self, way: list[tuple[Call | None, int]], unlike: tuple[Unlike, ...], instead: tuple[str, ...]
    ) -> Inclusion:
        run = self.ours.run(way)
        return self._answer(Outcome.VIOLATED, run=run, unlike=unlike, instead=instead)

    def _unlike(self, state: int, known: Mapping[Seen, Group]) -> tuple[Unlike, ...]:
        """The parts that the other spec cannot show so; if each of them it can, those of what is nearest."""
        ours, parts = self.ours.parts(state), range(len(self.sight.parts))
        theirs = [self.theirs.parts(min(group)) for group in known.values()]
        apart = [n for n in parts if theirs and all(seen[n] != ours[n] for seen in theirs)]
        if not apart:
            theirs = sorted(theirs, key=lambda seen: sum(a != b for a, b in zip(ours, seen, strict=True)))[:1]
            apart = [n for n in parts if any(seen[n] != ours[n] for seen in theirs)]
        return tuple(
            Unlike(self.sight.parts[n], ours[n], tuple(dict.fromkeys(seen[n] for seen in theirs)))
            for n in apart
        )

    def _answer(
        self,
        outcome: Outcome,
        reason: str = "",
        run: Trace | None = None,
        instead: tuple[str, ...] = (),
        unlike: tuple[Unlike, ...] = (),
    ) -> Inclusion:
        return Inclusion(*self.names, outcome, reason, run, instead, unlike, len(self._origins))

    def _reason(self, depth: int, waiting: int) -> str:
        """Why to stop now, or nothing."""
        limits, seconds = self._limits, time.perf_counter() - self._started
        pairs, held = len(self._origins), memory()
        if self._progress is not None:
            self._progress(Progress(pairs, waiting, depth, 0, seconds))
        if limits.max_states is not None and pairs > limits.max_states:
            return f"max_states={limits.max_states}"
        if limits.timeout is not None and seconds >= limits.timeout:
            return f"timeout={limits.timeout:g}s"
        if held >= self._most_memory:
            return f"memory: {held / GIB:.1f} GiB of {self._most_memory / GIB:.1f} that there are"
        return ""
