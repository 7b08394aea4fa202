"""One stimulus given in every state that allows it, by ways that depend on what is answered.

A *run* begins with a new adapter and goes the shortest way to the nearest state in which the stimulus was
not given yet. If an answer comes that the way does not go by, but that the spec allows, the run goes on from
where it has come to, if that is no longer than to begin again. So each way is planned with all that was
learned before, and a way that was not gone straight is gone again where it ended in a failure: what a
failure shows is as short as it can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from fsm.errors import NonConformance
from fsm.experience import Experience, Way
from fsm.lockstep import Beyond, Lockstep
from fsm.stimuli import Stimulus
from fsm.tours import LONGEST

PATIENCE = 10  #: times that an answer which came before may fail to come, on the ways to one state


class Expedition:
    """Where a stimulus is still to be given, and how often it was.

    Args:
        experience: what is known of the implementation; it grows.
        stimulus: what is to be given.
        make: makes an adapter and its spec in an initial state.
        chained: whether a run goes on to further states.
    """

    def __init__(
        self,
        experience: Experience,
        stimulus: Stimulus,
        make: Callable[[int], Lockstep],
        chained: bool = False,
    ) -> None:
        self.experience = experience
        self.stimulus = stimulus
        self.given = 0  #: in how many states it was given, and what came was judged
        self.beyond = 0  #: in how many what came lies beyond the bounds of the spec
        self._make = make
        self._chained = chained
        self._left = experience.allowing(stimulus)
        self._lapses: Counter[int] = Counter()

    def carry_out(self) -> None:
        """Go wherever a way is open; raises `NonConformance`."""
        __tracebackhide__ = True
        while self._left and (way := self.experience.way(self._left)) is not None:
            self._run(way)

    def _run(self, way: Way) -> None:
        __tracebackhide__ = True
        run = _Run(self.experience, self._make(way.initial))
        try:
            run.begin()
            onward: Way | None = way
            while onward is not None:
                arrived = self._go(run, onward)
                onward = None if arrived and not self._chained else self._onward(run)
        except Beyond:
            self._turn_back(run, way)
        except NonConformance as error:
            shorter = None if error.hung else self._again(run)
            if shorter is None:
                raise
            raise shorter from shorter.__cause__
        finally:
            run.close()

    def _go(self, run: _Run, way: Way) -> bool:
        """Go a way to its end and give the stimulus there; False if it came to another state."""
        __tracebackhide__ = True
        if not run.follow(way):
            if run.has_lapsed:
                self._lapse(way.goal)
            return False
        run.give(way.goal, self.stimulus)
        self._left.discard(way.goal)
        self.given += 1
        return True

    def _turn_back(self, run: _Run, way: Way) -> None:
        """What came lies beyond the bounds of the spec, so nothing is known of where it led."""
        if run.asked is self.stimulus and run.at in self._left:
            self._left.discard(run.at)
            self.beyond += 1
        else:
            self._lapse(way.goal)

    def _onward(self, run: _Run) -> Way | None:
        """How to go on from where a run is; `None` where it is better to begin again."""
        onward = self.experience.way(self._left, run.pair.follower.candidates)
        if onward is None or run.pair.steps + len(onward.steps) >= LONGEST:
            return None
        anew = self.experience.way(self._left)
        return onward if anew is None or onward.cost <= anew.cost else None

    def _lapse(self, goal: int) -> None:
        """An answer failed to come that had come before; too often, and its state is given up."""
        self._lapses[goal] += 1
        if self._lapses[goal] >= PATIENCE:
            self._left.discard(goal)

    def _again(self, run: _Run) -> NonConformance | None:
        """The failure in which a run ended, by the straight way to it, if that is shorter and fails too."""
        __tracebackhide__ = True
        way = None if run.asked is None else self.experience.way({run.at})
        if way is None or run.asked is None or len(way.steps) + 1 >= run.pair.steps:
            return None
        straight = _Run(self.experience, self._make(way.initial))
        try:
            straight.begin()
            if straight.follow(way):
                straight.give(way.goal, run.asked)
        except Beyond:
            pass
        except NonConformance as error:
            return error
        finally:
            straight.close()
        return None


class _Run:
    """An adapter at work, from which something is learned at every step.

    Args:
        experience: what is known of the implementation.
        pair: the adapter, and its spec.
    """

    def __init__(self, experience: Experience, pair: Lockstep) -> None:
        self.experience = experience
        self.pair = pair
        self.at = 0  #: the packed state in which it was meant to be before its last step
        self.asked: Stimulus | None = None  #: what was given to it there
        self.has_lapsed = False  #: whether it left its way at a transition that had been taken before

    def begin(self) -> None:
        """Look, before anything is done."""
        __tracebackhide__ = True
        self.pair.begin()

    def give(self, state: int, stimulus: Stimulus) -> set[tuple[int, int]]:
        """Give a stimulus; returns the transitions that were certainly not taken."""
        __tracebackhide__ = True
        self.at, self.asked = state, stimulus
        before = tuple(self.pair.follower.candidates)
        try:
            self.pair.step(stimulus)
        except Beyond:
            self.experience.note(before, stimulus, ())
            raise
        missed = self.experience.note(before, stimulus, self.pair.follower.candidates)
        self.experience.take(self.pair.covered)
        return missed

    def follow(self, way: Way) -> bool:
        """Go a way; False if it came to another state."""
        __tracebackhide__ = True
        for number, (transition, after) in enumerate(way.steps):
            state, event = transition
            missed = self.give(state, self.experience.stimulus(event))
            if after not in self.pair.follower.candidates:
                self._leave(way, number, missed)
                return False
        return True

    def close(self) -> None:
        """End the adapter."""
        __tracebackhide__ = True
        self.pair.close()

    def _leave(self, way: Way, number: int, missed: set[tuple[int, int]]) -> None:
        """Learn where it left its way: at the first transition that nothing explains any more."""
        possible = self.pair.follower.possible()
        gone = (transition for transition, _ in way.steps[:number] if transition not in possible)
        parted = next(gone, way.steps[number][0])
        self.has_lapsed = parted in self.experience.taken
        if not self.has_lapsed and parted not in missed:
            self.experience.miss(parted)
