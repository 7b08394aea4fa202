"""Stimuli given everywhere, on specs that nobody thought of, to implementations that choose anyhow."""

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any
from unittest import SkipTest

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fsm import conform, model_of
from fsm.capture import Tables
from fsm.errors import NonConformance
from fsm.model import Model
from fsm.suite import Suite
from fsm.tables import Step
from tests.strategies import Drawn, specs

MOST = 300  #: transitions of a spec: each is given to an implementation, with a way that leads to it

few = settings(max_examples=settings.default.max_examples // 3)


class World:
    """A spec that is carried out; whoever chooses picks among the events that it allows."""

    def __init__(self, model: Model, answers: set[str], choose: Callable[[int, list[int]], int]) -> None:
        self.model, self.answers, self.choose = model, answers, choose
        self.tables = Tables(model)
        self.took: list[tuple[int, int]] = []
        self.made = self.open = 0

    def enabled(self, state: int, numbers: Iterable[int]) -> dict[int, int]:
        leaves = ((number, self.tables.events[number].leaf(state)) for number in numbers)
        return {number: leaf.apply(state) for number, leaf in leaves if isinstance(leaf, Step)}


class Obedient:
    """An adapter of a world."""

    def __init__(self, world: World, initial: Mapping[str, Any]) -> None:
        self.world = world
        self.state = world.model.layout.pack(dict(initial))
        world.made += 1
        world.open += 1

    def __getattr__(self, name: str) -> Any:
        if name not in {one.name for one in self.world.model.actions}:
            raise AttributeError(name)
        return lambda **inputs: self._act(name, inputs)

    def _act(self, name: str, inputs: dict[str, Any]) -> Any:
        world = self.world
        numbers = [
            number
            for number, event in enumerate(world.model.events)
            if event.action.name == name and inputs.items() <= event.named.items()
        ]
        enabled = world.enabled(self.state, numbers)
        number = world.choose(self.state, list(enabled))
        world.took.append((self.state, number))
        self.state = enabled[number]
        named = world.model.events[number].named
        return {one: value for one, value in named.items() if one in world.answers}

    def observe(self) -> Mapping[str, Any]:
        return self.world.model.layout.unpack(self.state)

    def close(self) -> None:
        self.world.open -= 1


def suite_of(world: World) -> Suite:
    made: Any = conform(world.model, lambda initial: Obedient(world, initial), answers=world.answers)
    suite: Suite = made.suite
    return suite


def take_all(suite: Suite) -> None:
    for stimulus in suite.stimuli:
        try:
            suite.tour(stimulus.number, {})
        except SkipTest:
            continue


def world_of(
    drawn: Drawn, data: st.DataObject, choose: Callable[[int, list[int]], int]
) -> tuple[World, Suite]:
    model = model_of(drawn.cls)
    names = sorted({parameter.name for one in model.actions for parameter in one.parameters})
    assume(names)
    answers = data.draw(st.sets(st.sampled_from(names), min_size=1))
    world = World(model, answers, choose)
    suite = suite_of(world)
    assume(suite.graph.transitions <= MOST)
    return world, suite


@few
@given(specs(), st.data(), st.integers(0, 99))
def test_tours_cover_exactly_what_an_implementation_with_one_answer_to_each_stimulus_does(
    drawn: Drawn, data: st.DataObject, seed: int
) -> None:
    def choose(state: int, enabled: list[int]) -> int:
        return enabled[Random(f"{seed} {state} {enabled[0]}").randrange(len(enabled))]

    world, suite = world_of(drawn, data, choose)
    take_all(suite)
    seen, does, pending = set(), set(), suite.tables.initial_states()
    while pending:
        state = pending.pop()
        if state not in seen:
            seen.add(state)
            for stimulus in suite.stimuli:
                enabled = world.enabled(state, stimulus.events)
                if enabled:
                    chosen = choose(state, list(enabled))
                    does.add((state, chosen))
                    pending.append(enabled[chosen])
    assert suite.covered == does
    assert len(suite.coverage.left) == suite.coverage.total - len(does)
    assert not world.open
    assert len(does) <= world.made <= 2 * len(does) + 3


@few
@given(specs(), st.data(), st.integers(0, 99))
def test_whatever_an_implementation_chooses_conforms_and_is_covered(
    drawn: Drawn, data: st.DataObject, seed: int
) -> None:
    random = Random(seed)
    world, suite = world_of(drawn, data, lambda _, enabled: random.choice(enabled))
    take_all(suite)
    assert suite.covered == set(world.took)
    assert not suite.coverage.left & suite.covered
    assert not world.open


@few
@given(specs(), st.data(), st.integers(0, 99))
def test_an_answer_that_the_spec_does_not_allow_there_is_found(
    drawn: Drawn, data: st.DataObject, seed: int
) -> None:
    def choose(state: int, enabled: list[int]) -> int:
        return enabled[Random(f"{seed} {state} {enabled[0]}").randrange(len(enabled))]

    world, suite = world_of(drawn, data, choose)
    stimuli = {event: stimulus for stimulus in suite.stimuli for event in stimulus.events}
    take_all(suite)
    wrong = sorted(
        (state, other)
        for state, event in suite.covered
        for other in stimuli[event].events
        if other not in world.enabled(state, [other]) and not suite.tables.events[other].leaf(state).bounded
    )
    assume(wrong)
    state, event = data.draw(st.sampled_from(wrong))
    enabled = world.enabled

    def lies(at: int, numbers: Iterable[int]) -> dict[int, int]:
        return {event: at} if at == state and event in numbers else enabled(at, numbers)

    world.enabled = lies  # type: ignore[method-assign]
    with pytest.raises(NonConformance) as error:
        take_all(suite_of(world))
    text = str(error.value)
    assert (
        f"adapter.{suite.model.events[event].action.name}(" in text.partition("# <- here")[0].splitlines()[-1]
    )
    assert "specified" in text
