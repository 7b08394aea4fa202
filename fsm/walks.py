"""Random walks of an implementation and its spec together, by Hypothesis.

A rule-based state machine with one rule for each action, enabled when the spec enables it, and an idle
rule where nothing is enabled only (Hypothesis will not stand still). What it finds it shrinks.

An implementation that chooses its answers may choose otherwise when a walk is taken again, and Hypothesis
takes rules that are then enabled otherwise for an error of the test. So there it draws from all stimuli, and
the first one from there on is given that some state which the spec could be in allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fsm.errors import NonConformance
from fsm.lockstep import Beyond
from fsm.model import Action
from fsm.observation import Observation
from fsm.replayer import Follower
from fsm.suite import Suite


def walk(suite: Suite, fixtures: Mapping[str, Any], walks: int, steps: int) -> None:
    """Take random walks; raises `NonConformance` for the shortest one that fails.

    Args:
        suite: the implementation and its spec.
        fixtures: what the implementation asks for.
        walks: how many.
        steps: how long each may be.
    """
    __tracebackhide__ = True
    profile = settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    failures: list[NonConformance] = []
    try:
        run_state_machine_as_test(_machine(suite, fixtures, failures), settings=profile)
    except NonConformance as error:  # its program says it all; Hypothesis' frames say nothing to a reader
        raise NonConformance(str(error)) from error.__cause__
    except _Hung:
        raise NonConformance(str(failures[-1]), hung=True) from None
    except Flaky:
        raise NonConformance(
            f"{suite.model.name}: a walk failed, and the same walk did not fail when it was taken again: the "
            "implementation goes by something that is not in the spec, such as time, chance, or what an "
            f"earlier run left behind. The failure was:\n\n{failures[-1]}"
        ) from None


class _Course:
    """Where a walk is in the spec: driven step by step, or planned and carried out at the end."""

    def __init__(self, suite: Suite, initial: int, fixtures: Mapping[str, Any]) -> None:
        self.suite = suite
        self.initial = initial
        self.fixtures = fixtures
        self.taken: list[int] = []
        self.driven = suite.lockstep(initial, fixtures) if suite.run is None else None
        self.follower = self.driven.follower if self.driven else Follower(suite.tables, (), [initial])
        self.enabled = self._enabled()

    def begin(self) -> None:
        """Look, before anything is done."""
        __tracebackhide__ = True
        if self.driven is not None:
            self.driven.begin()

    def _enabled(self) -> list[int]:
        """The stimuli, by place, that may be given."""
        stimuli = self.suite.stimuli
        asked = self.suite.asked(self.follower.enabled())
        return [number for number in asked if stimuli[number].action.name not in self.suite.skip]

    def take(self, number: int) -> None:
        """Go on."""
        __tracebackhide__ = True
        stimulus = self.suite.stimuli[number]
        self.taken.append(number)
        if self.driven is None:
            self.follower.follow(Observation((stimulus.action.name,), stimulus.named))
        else:
            try:
                self.driven.step(stimulus)
            except Beyond:
                self.enabled = []
                return
        self.enabled = self._enabled()

    def take_next(self, number: int) -> None:
        """Go on by the first of the enabled stimuli from one on, or stand still."""
        __tracebackhide__ = True
        if self.enabled:
            self.take(next((one for one in self.enabled if one >= number), self.enabled[0]))

    def end(self) -> None:
        """Close the adapter, or carry out the plan."""
        __tracebackhide__ = True
        if self.driven is not None:
            self.suite.covered |= self.driven.covered
            self.driven.close()
        elif self.taken:
            try:
                self.suite.take(self.initial, self.taken, self.fixtures)
            except NonConformance as error:
                for length in range(1, len(self.taken)):  # does less of it fail too?
                    if not error.hung:
                        self.suite.take(self.initial, self.taken[:length], self.fixtures)
                raise


def _machine(
    suite: Suite, fixtures: Mapping[str, Any], failures: list[NonConformance]
) -> type[RuleBasedStateMachine]:
    """The state machine; it keeps its last failure in `failures`."""
    initials = suite.tables.initial_states()

    class Base(RuleBasedStateMachine):
        course: _Course | None = None

        def begin(self, initial: int) -> None:
            __tracebackhide__ = True
            with _kept(failures):
                self.course = _Course(suite, initials[initial], fixtures)
                self.course.begin()

        def enabled(self, action: str) -> list[int]:
            """The enabled stimuli of an action, by place."""
            stimuli = suite.stimuli
            enabled = self.course.enabled if self.course else ()
            return [number for number in enabled if stimuli[number].action.name == action]

        def take(self, number: int) -> None:
            __tracebackhide__ = True
            assert self.course is not None
            with _kept(failures):
                self.course.take(number)

        def take_next(self, number: int) -> None:
            __tracebackhide__ = True
            assert self.course is not None
            with _kept(failures):
                self.course.take_next(number)

        def idle(self) -> None:
            """Nothing is enabled: a final phase, or the bounds of the spec."""

        def is_over(self) -> bool:
            return self.course is not None and not self.course.enabled

        def teardown(self) -> None:
            __tracebackhide__ = True
            if self.course is not None:
                with _kept(failures):
                    self.course.end()

    members: dict[str, Any] = {
        "begin": initialize(initial=st.integers(0, len(initials) - 1))(Base.begin),
    }
    if suite.answers:
        members["go"] = rule(number=st.integers(0, len(suite.stimuli) - 1))(Base.take_next)
    else:
        members["idle"] = precondition(Base.is_over)(rule()(Base.idle))
        doable = (action for action in suite.model.actions if action.name not in suite.skip)
        members.update((f"do_{action.name}", _rule(action)) for action in doable)
    return type(f"Walk{suite.model.name}", (Base,), members)


def _rule(action: Action) -> Any:
    """A rule that gives one of the enabled stimuli of an action."""

    def choices(machine: Any) -> st.SearchStrategy[int]:
        return st.sampled_from(machine.enabled(action.name))

    def go(self: Any, number: int) -> None:
        __tracebackhide__ = True
        self.take(number)

    go.__name__ = f"do_{action.name}"
    make = rule(number=st.runner().flatmap(choices))
    return precondition(lambda machine: bool(machine.enabled(action.name)))(make(go))


@contextmanager
def _kept(failures: list[NonConformance]) -> Iterator[None]:
    """Put a failure that passes through into a list. A hang ends everything: to shrink it takes too long."""
    __tracebackhide__ = True
    try:
        yield
    except NonConformance as error:
        failures[:] = [error]
        if error.hung:
            raise _Hung from None
        raise


class _Hung(BaseException):
    """What Hypothesis lets through."""
