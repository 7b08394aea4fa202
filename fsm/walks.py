"""Random walks of an implementation and its spec together, by Hypothesis.

A rule-based state machine with one rule for each action, enabled when the spec enables it, and an idle
rule for final phases only (Hypothesis will not stand still). What it finds it shrinks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fsm.conformance import NonConformance, Suite, Walk
from fsm.model import Action, Model
from fsm.replayer import Follower, Observation


def walk(suite: Suite, fixtures: Mapping[str, Any], walks: int, steps: int) -> None:
    """Take random walks; raises `NonConformance` for the shortest one that fails.

    Args:
        suite: the implementation and its spec.
        fixtures: what the implementation asks for.
        walks: how many.
        steps: how long each may be.
    """
    __tracebackhide__ = True
    machine = _machine(suite, fixtures)
    profile = settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(machine, settings=profile)
    except NonConformance as error:  # its program says it all; Hypothesis' frames say nothing to a reader
        raise NonConformance(str(error)) from None


class _Course:
    """Where a walk is in the spec: driven step by step, or planned and carried out at the end."""

    def __init__(self, suite: Suite, initial: int, fixtures: Mapping[str, Any]) -> None:
        self.suite = suite
        self.initial = initial
        self.fixtures = fixtures
        self.taken: list[int] = []
        self.driven = Walk(suite, initial, fixtures) if suite.run is None else None
        self.follower = (
            self.driven.follower if self.driven else Follower(suite.tables, suite.hidden, [initial])
        )

    def enabled(self) -> list[int]:
        """The events, by place, that may be taken."""
        events = self.suite.model.events
        return [n for n in self.follower.enabled() if events[n].action.name not in self.suite.skip]

    def take(self, number: int) -> None:
        """Go on."""
        __tracebackhide__ = True
        event = self.suite.model.events[number]
        self.taken.append(number)
        if self.driven is not None:
            self.driven.step(event)
        else:
            self.follower.follow(Observation((event.action.name,), event.named))

    def end(self) -> None:
        """Close the adapter, or carry out the plan."""
        __tracebackhide__ = True
        if self.driven is not None:
            self.driven.close()
        elif self.taken:
            self.suite.take(self.initial, self.taken, self.fixtures)


def _machine(suite: Suite, fixtures: Mapping[str, Any]) -> type[RuleBasedStateMachine]:
    initials = suite.tables.initial_states()

    class Base(RuleBasedStateMachine):
        course: _Course | None = None

        def begin(self, initial: int) -> None:
            __tracebackhide__ = True
            self.course = _Course(suite, initials[initial], fixtures)

        def numbers(self, action: str) -> list[int]:
            events = suite.model.events
            enabled = self.course.enabled() if self.course else ()
            return [number for number in enabled if events[number].action.name == action]

        def idle(self) -> None:
            """Nothing is enabled: a final phase, or the bounds of the spec."""

        def is_over(self) -> bool:
            return self.course is not None and not self.course.enabled()

        def teardown(self) -> None:
            __tracebackhide__ = True
            if self.course is not None:
                self.course.end()

    members: dict[str, Any] = {
        "begin": initialize(initial=st.integers(0, len(initials) - 1))(Base.begin),
        "idle": precondition(Base.is_over)(rule()(Base.idle)),
    }
    for action in suite.model.actions:
        if action.name not in suite.skip:
            members[action.name] = _rule(suite.model, action)
    return type(f"Walk{suite.model.name}", (Base,), members)


def _rule(model: Model, action: Action) -> Any:
    """A rule that takes one of the enabled events of an action."""

    def choices(machine: Any) -> st.SearchStrategy[dict[str, Any]]:
        return st.sampled_from([model.events[number].named for number in machine.numbers(action.name)])

    def go(self: Any, **drawn: Any) -> None:
        __tracebackhide__ = True
        wanted = drawn.get("arguments", {})
        self.course.take(next(n for n in self.numbers(action.name) if model.events[n].named == wanted))

    go.__name__ = action.name
    make: Any = rule(arguments=st.runner().flatmap(choices)) if action.parameters else rule()
    return precondition(lambda machine: bool(machine.numbers(action.name)))(make(go))
