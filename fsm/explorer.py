"""Breadth-first exploration: Model → Graph.

Theory of operation. Faults are not counted in the state. Everything reachable without a fault comes first,
then everything reachable with one more, until nothing is new: a state is found on a shortest path among
those with the fewest faults. A *stage* is what is found with so many faults after so many steps. The stage
(f, d) is what the steps without faults lead to from (f, d - 1), and then what the faults lead to from
(f - 1, d - 1); so a state is visited twice, once for its steps and once for its faults, both times in the
order of places, and nothing has to be remembered in between.

The explorer knows the order, the limits and the clock; an engine keeps the states and expands them. A run
may change from one engine to the other between two slices: both have the same states at the same places.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

from fsm.capture import Tables
from fsm.choice import Choice
from fsm.course import Course
from fsm.errors import SpecError
from fsm.graph import Graph, Stage
from fsm.limits import GIB, NO_LIMITS, Limits, Progress, available_memory, memory
from fsm.model import Model
from fsm.strategy import DEFAULT, Strategy
from fsm.symmetry import Symmetry, symmetry_of
from fsm.tracing import trace_of

if TYPE_CHECKING:
    from fsm.keeper import Keeper

TELLING = 10**12  #: a bound on the number of states that is worth telling
EARLY = 2000  #: expanded states after which it is seen whether members are interchangeable


class Explorer:
    """One exploration of one model.

    Args:
        model: what to explore.
        limits: where to end early.
        progress: called now and then.
        strategy: how to explore.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits = NO_LIMITS,
        progress: Callable[[Progress], None] | None = None,
        strategy: Strategy = DEFAULT,
    ) -> None:
        self.graph = Graph(Tables(model))
        self.limits = limits
        self.graph.symmetry = symmetry = _symmetry(model, strategy)
        self._choice = Choice(self.graph, strategy, symmetry)
        self.engine = self._choice.first()
        self._progress = progress
        self._started = time.perf_counter()
        self._faulty = any(event.action.fault for event in model.events)
        self._weigh_at = 0.2  #: seconds after which to look at the memory again
        self._most_memory = available_memory()
        self._compared = False
        self._bound = _bound(model) if symmetry is None else None
        self._at = Course()
        self._settled = False  #: whether everything is whole at this moment
        self._keeper = self._kept_in(strategy.checkpoint) if strategy.checkpoint else None

    def explore(self) -> Graph:
        """Find every reachable state; raises `SpecError` where a reached body is wrong."""
        graph = self.graph
        graph.enabled = [0] * len(graph.tables.events)
        graph.states = self.engine.states
        try:
            self._begin()
            while self._step():
                pass
            self._keep(now=True)
            if graph.stopped:
                self._account(self._at.expanded)
            elif self._at.followed < self._at.until:  # only `max_faults` leaves faults that lead on
                graph.fault_bound = self._account(self._at.until)
            if not graph.stopped and self._choice.pays_for_runs(
                self.engine, time.perf_counter() - self._started
            ):
                self._move()
        except KeyboardInterrupt:
            graph.stopped = "interrupted"
            self._keep(now=self._settled)
        except MemoryError as error:
            graph.stopped = f"memory: {error or 'there is no more'}"
        except SpecError as error:
            raise self._blamed(error) from error.__cause__
        finally:
            if self._keeper is not None:
                self._keeper.checkpoint.close()
        self._judge_rest()
        self.engine.settle()
        self._compare()
        self._remark()
        graph.seconds = time.perf_counter() - self._started
        if self.limits.timeout is not None and not graph.stopped:
            graph.deadline = self._started + self.limits.timeout
        return graph

    def _kept_in(self, file: str) -> Keeper:
        from fsm.keeper import Keeper

        return Keeper(file, self.graph)

    def _begin(self) -> None:
        """The initial states are the first stage; or go on where a checkpoint is."""
        resumed = self._keeper.resume(self.engine) if self._keeper is not None else None
        if resumed is not None:
            self._at, before = resumed
            self._started -= before
            return
        initial, symmetry = self.graph.tables.initial_states(), self.graph.symmetry
        if symmetry is not None:
            initial = sorted(set(map(symmetry.canonical, initial)))
        self.engine.add(initial)
        self.graph.initial = len(self.graph.states)
        self._close()

    def _keep(self, now: bool = False) -> None:
        """Write what there is into the checkpoint, if it is time."""
        if self._keeper is not None and (now or self._settled):
            seconds = time.perf_counter() - self._started
            self._keeper.keep(self.engine, self._at, seconds, now)

    def _step(self) -> bool:
        """Expand the last stage and gather the next one; the answer is whether there is more to do."""
        while self._at.expanded < self._at.until:
            last = self._reach(self._at.expanded, self._at.until)
            self._at.expanded = self.engine.expand(self._at.expanded, last)
            if self._should_stop():
                return False
        end = self._source_end()
        while self._at.followed < end:
            self._at.followed = self.engine.follow(self._at.followed, self._reach(self._at.followed, end))
            if self._should_stop():
                return False
        if end:
            self._at.source += 1
        if len(self.graph.states) > self._at.until:
            self._close()
            return not self._too_deep()
        return self._skip()

    def _close(self) -> None:
        """What was gathered is a stage; the next one is a step further."""
        self.graph.stages.append(Stage(self._at.until, self._at.faults, self._at.depth))
        self._at.until = len(self.graph.states)
        self._at.depth += 1

    def _source_end(self) -> int:
        """The end of the stage whose faults lead to the stage that is being gathered; 0 if there is none."""
        stages, source = self.graph.stages, self._at.source
        if not self._faulty or source >= len(stages):
            return 0
        if (stages[source].faults, stages[source].depth) != (self._at.faults - 1, self._at.depth - 1):
            return 0
        return stages[source + 1].first if source + 1 < len(stages) else self._at.until

    def _skip(self) -> bool:
        """Nothing lies at this depth: go to the next one, or the next number of faults, that has a source."""
        stages, source = self.graph.stages, self._at.source
        if not self._faulty or source >= len(stages):
            return False
        if stages[source].faults == self._at.faults:
            if self._at.faults == self.limits.max_faults:
                return False
            self._at.faults += 1
        self._at.depth = stages[source].depth + 1
        return True

    def _account(self, end: int) -> bool:
        """Count the faults that will not be followed; whether one leads to anything new."""
        hidden = self._faulty and self.engine.account(self._at.followed, end)
        self._at.followed = end
        return hidden

    def _judge_rest(self) -> None:
        """Judge what was found and not expanded."""
        if len(self.graph.states) > self._at.until:
            self._close()
        self.graph.unexpanded = self._at.until - self._at.expanded
        self.engine.judge(self._at.expanded, self._at.until)

    def _blamed(self, error: SpecError) -> SpecError:
        """The mistake that comes first, faults that were not yet followed included, and how to get there."""
        self._compare()
        try:
            self._account(self._at.expanded)
        except SpecError as earlier:
            error = earlier
        if error.state is not None:
            way = self.graph.path(error.state)
            error.add_note(str(trace_of(self.graph.model, way)))
        return error

    def _too_deep(self) -> bool:
        most = self.limits.max_depth
        if (
            most is None
            or self._at.depth <= most
            or not self.engine.leads_on(self._at.expanded, self._at.until)
        ):
            return False
        self.graph.stopped = f"max_depth={most}"
        return True

    def _reach(self, first: int, last: int) -> int:
        """How far to expand at once: no further than `max_states` surely allows, one state at the least."""
        most = self.limits.max_states
        if most is None:
            return last
        sure = (most - len(self.graph.states)) // max(1, len(self.graph.model.events))
        return min(last, first + max(1, sure))

    def _should_stop(self) -> bool:
        """Look at the limits, as long as anything is left to be done."""
        states = len(self.graph.states)
        waiting = states - self._at.expanded
        if waiting or (self._faulty and self._at.followed < states):
            seconds = time.perf_counter() - self._started
            self._settled = True
            self._keep()
            if self._progress is not None:
                self._progress(
                    Progress(
                        states,
                        waiting,
                        self._at.depth - 1,
                        self._at.faults,
                        seconds,
                        self.engine.name,
                        self._bound,
                    )
                )
            self.graph.stopped = self._reason(states, seconds)
            self._settled = False
            if not self._compared and self._at.expanded > EARLY:  # so that nobody waits long for a refusal
                self._compare()
            if not self.graph.stopped and self._choice.pays(self.engine, self._at.expanded, waiting, seconds):
                self._move()
        return bool(self.graph.stopped)

    def _move(self) -> None:
        """Go on with the other engine."""
        self.engine = self._choice.move(self.engine)
        self.graph.states = self.engine.states

    def _compare(self) -> None:
        """See whether members really are interchangeable, if they are said to be."""
        self._compared = True
        if self.graph.symmetry is not None:
            from fsm.swapping import check

            check(self.graph.tables, self.graph.symmetry)

    def _reason(self, states: int, seconds: float) -> str:
        """Why to stop now, or nothing."""
        limits = self.limits
        if limits.max_states is not None and states > limits.max_states:
            return f"max_states={limits.max_states}"
        if limits.timeout is not None and seconds >= limits.timeout:
            return f"timeout={limits.timeout:g}s"
        if self.engine.full:
            return self.engine.full
        if seconds < self._weigh_at and limits.max_memory is None:
            return ""
        self._weigh_at = seconds + 0.2
        held = memory()
        if limits.max_memory is not None and held >= limits.max_memory:
            return f"max_memory={limits.max_memory}"
        if held >= self._most_memory:
            return f"memory: {held / GIB:.1f} GiB of {self._most_memory / GIB:.1f} that there are"
        return ""

    def _remark(self) -> None:
        """What a reader of the report should know about how it was explored."""
        graph = self.graph
        graph.engine = self.engine.name
        graph.look_back, graph.look_along = self.engine.backward, self.engine.runs
        if graph.engine == "native":
            from fsm.native.compiling import remarks

            graph.notes += remarks()
        if self._choice.missed:
            graph.notes.append(
                f"this took a while in pure Python, and the native engine would be faster, but "
                f"{self._choice.hindrance}"
            )


def _symmetry(model: Model, strategy: Strategy) -> Symmetry | None:
    """What to explore up to: what the spec declares, or what was asked for."""
    if strategy.symmetry is False or (strategy.symmetry is None and model.symmetric is None):
        return None
    return symmetry_of(model)


def _bound(model: Model) -> int | None:
    """How many states there can be: what the variables can hold, where that is no astronomical number."""
    most = prod(slot.size for slot in model.layout.slots)
    return most if most < TELLING else None


def explore(
    model: Model,
    limits: Limits = NO_LIMITS,
    progress: Callable[[Progress], None] | None = None,
    strategy: Strategy = DEFAULT,
) -> Graph:
    """The reachable states of a model, breadth-first, fewest faults first.

    Args:
        model: what to explore.
        limits: where to end early.
        progress: called now and then.
        strategy: how to explore.

    Returns:
        The graph; `stopped` says whether and why it is not whole.

    Raises:
        SpecError: where a body that a reached state meets is wrong.
    """
    return Explorer(model, limits, progress, strategy).explore()
