"""Stimuli: events that differ in the answers alone are one."""

from enum import Enum
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from fsm import action, many, model_of, spec
from fsm.stimuli import names_of, stimuli_of
from tests.strategies import Drawn, specs

Reply = Enum("Reply", "OK REFUSED")


@spec
class Desk:
    """Somebody asks for something."""

    on: bool = False

    @action
    def ask(self, reply: Reply, loud: bool, code: Literal[1, 2]) -> None: ...

    @action
    def leave(self) -> None: ...


def labels(answers: tuple[str, ...], spec: object = Desk) -> list[str]:
    model = model_of(spec)
    return [stimulus.label for stimulus in stimuli_of(model, names_of(model, answers))]


def test_a_stimulus_is_an_action_with_its_arguments_less_the_answers_in_the_order_of_the_spec() -> None:
    assert labels(("reply", "code")) == ["ask(loud=False)", "ask(loud=True)", "leave"]
    assert labels(("loud", "reply", "code")) == ["ask", "leave"]


def test_without_answers_every_event_is_a_stimulus_of_its_own() -> None:
    assert labels(()) == [event.label for event in model_of(Desk).events]


def test_the_copies_of_a_spec_are_told_apart() -> None:
    assert labels(("reply", "code", "loud"), many(Desk, 2)) == [
        "ask(copy=0)", "leave(copy=0)", "ask(copy=1)", "leave(copy=1)",
    ]  # fmt: skip


def test_inputs_that_are_equal_may_be_two() -> None:
    @spec
    class Alike:
        on: bool = False

        @action
        def press(self, how: Literal[1, True], reply: Reply) -> None: ...

    assert labels(("reply",), Alike) == ["press(how=1)", "press(how=True)"]


@given(specs(), st.data())
def test_every_event_belongs_to_exactly_one_stimulus(drawn: Drawn, data: st.DataObject) -> None:
    model = model_of(drawn.cls)
    names = sorted({parameter.name for one in model.actions for parameter in one.parameters})
    answers = data.draw(st.frozensets(st.sampled_from(names))) if names else frozenset[str]()
    found = stimuli_of(model, answers)
    assert sorted(event for one in found for event in one.events) == list(range(len(model.events)))
    for number, stimulus in enumerate(found):
        assert stimulus.number == number
        for event in stimulus.events:
            assert model.events[event].action is stimulus.action
            assert stimulus.named.items() <= model.events[event].named.items()
            assert stimulus.named.keys().isdisjoint(answers)
