"""Final states, told by arrays, as the model tells them."""

from enum import Enum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

from fsm import action, each, many, model_of, spec, var
from fsm.model import Model
from fsm.native.finality import Finality
from fsm.native.visited import unpacked
from tests.native.wide import wide_specs
from tests.strategies import Drawn, specs

Phase = Enum("Phase", "A B C D E")


def agrees(model: Model, states: list[int]) -> None:
    rows = unpacked(states, model.layout.words)
    assert Finality(model).among(rows).tolist() == [model.is_final(state) for state in states]


@given(specs() | wide_specs(), st.data())
def test_arrays_tell_the_same_final_states_as_the_model(drawn: Drawn, data: st.DataObject) -> None:
    model = model_of(drawn.cls)
    for copies in (model, many(model, 3)):
        cells = [st.integers(0, slot.size - 1) for slot in copies.layout.slots]
        shifts = [slot.shift for slot in copies.layout.slots]
        state = st.tuples(*cells).map(
            lambda numbers, shifts=shifts: sum(n << s for n, s in zip(numbers, shifts, strict=True))
        )
        agrees(copies, data.draw(st.lists(state, max_size=8)))


def test_a_phase_may_have_more_values_than_a_list_of_them_is_made_for() -> None:
    @spec(final={5, 69_999})
    class Numbered:
        at: int = var(range(70_000), 0)

        @action
        def stay(self) -> None: ...

    agrees(model_of(Numbered), [0, 5, 6, 69_998, 69_999])


def test_phases_may_lie_in_several_words() -> None:
    @spec(final={Phase.B, Phase.E})
    class Far:
        phase: dict[Annotated[int, range(50)], Phase] = each(range(50), Phase.B)
        other: int = var(range(4), 3)

        @action
        def stay(self) -> None: ...

    model = model_of(Far)
    assert model.layout.words == 3
    (initial,) = model.initial_values()
    final, last, first = ({**initial, "phase": dict(initial["phase"])} for _ in range(3))
    last["phase"][49], first["phase"][0] = Phase.C, Phase.A
    agrees(model, [model.layout.pack(values) for values in (final, last, first)])
