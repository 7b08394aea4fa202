"""The native engine finds what pure Python finds, however small its room, and on states of any width."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from fsm import action, each, many, model_of, recoverable, spec
from fsm.checker import report
from fsm.explorer import explore
from fsm.limits import NO_LIMITS, Limits
from fsm.model import Model
from fsm.strategy import Strategy
from tests.benchmarks.containers import STATES, TRANSITIONS, Container
from tests.native.wide import wide_specs
from tests.strategies import Drawn, specs
from tests.test_engines import NATIVE, PAIR, PYTHON, same

HALF = settings(max_examples=settings().max_examples // 2)
FEW = Limits(max_states=120)

#: What is so large that small specs never come to its end, and a size that they do.
TIGHT = {
    "fsm.native.room.REGION": st.sampled_from([0, 1, 30]),
    "fsm.native.room.STATES": st.sampled_from([1, 2, 7]),
    "fsm.native.room.FEW": st.sampled_from([0, 1 << 20]),
    "fsm.native.room.MANY": st.sampled_from([5, 1 << 21]),
    "fsm.native.engine.REPLANT": st.just(2),
    "fsm.native.engine.PRUNED": st.sampled_from([0, 2, 256]),
    "fsm.native.crew.WORTH": st.sampled_from([1, 2, 5]),
    "fsm.native.crew.TRIAL": st.just(1),
    "fsm.native.crew.AGAIN": st.integers(2, 4),
    "fsm.native.walk.ASKS": st.sampled_from([1, 4]),
    "fsm.native.visited.SMALLEST": st.just(80),
    "fsm.native.grouping.MOST": st.sampled_from([3, 60]),
    "fsm.native.nodes.CROWDED": st.sampled_from([0, 4]),
}
WIDTHS = st.sampled_from([(1, 0), (2, 2), (10, 7)])


@contextmanager
def patched(sizes: dict[str, int]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in sizes.items():
            patch.setattr(name, size)
        yield


@HALF
@given(specs() | wide_specs(), st.fixed_dictionaries(TIGHT), WIDTHS)
def test_however_small_the_room_all_is_the_same(
    drawn: Drawn, sizes: dict[str, int], widths: tuple[int, int]
) -> None:
    wide, narrow = widths
    with patched({**sizes, "fsm.native.grouping.WIDE": wide, "fsm.native.grouping.NARROW": narrow}):
        same(model_of(drawn.cls), FEW, PYTHON, NATIVE, PAIR)


@settings(max_examples=settings().max_examples // 4)
@given(specs() | wide_specs(), st.sampled_from([0, 1, 3]), st.fixed_dictionaries(TIGHT))
def test_bodies_whose_tables_are_full_are_called_for_each_state(
    drawn: Drawn, most: int, sizes: dict[str, int]
) -> None:
    """Of events 50 times as many leaves are kept as of predicates; here all of them overflow."""
    with patched({"fsm.capture.MOST_ROWS": most / 50, **sizes}):
        same(model_of(drawn.cls), Limits(max_states=60), PYTHON, NATIVE, PAIR)


@spec
class Flags:
    """As many events as flags, each enabled in every state."""

    phase: bool = False
    on: dict[Annotated[int, range(6)], bool] = each(range(6), False)

    @action
    def flip(self, bit: Annotated[int, range(6)]) -> None:
        self.on[bit] = not self.on[bit]

    @recoverable
    def all_may_be_off(self) -> bool:
        return not any(self.on.values())


@pytest.mark.parametrize("limits", [NO_LIMITS, Limits(max_depth=3), Limits(max_states=20)], ids=str)
def test_bodies_that_are_called_again_are_counted_once(
    limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look one step ahead, and back from where something is to be reached."""
    monkeypatch.setattr("fsm.capture.MOST_ROWS", 0)
    same(model_of(Flags), limits, PYTHON, NATIVE)


@pytest.mark.parametrize("region", [0, 3, 40])
def test_what_bodies_that_are_called_lead_to_has_room(region: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.capture.MOST_ROWS", 0)
    monkeypatch.setattr("fsm.native.room.REGION", region)
    monkeypatch.setattr("fsm.native.crew.WORTH", 2)
    same(model_of(Flags), NO_LIMITS, PYTHON, NATIVE, PAIR)


@HALF
@given(
    wide_specs(),
    st.builds(
        Limits,
        max_states=st.integers(1, 200),
        max_depth=st.none() | st.integers(0, 6),
        max_faults=st.none() | st.integers(0, 2),
    ),
)
def test_states_of_several_words_are_explored_alike(drawn: Drawn, limits: Limits) -> None:
    model = model_of(drawn.cls)
    assert model.layout.words > 1
    same(model, limits, PYTHON, NATIVE, PAIR)


@settings(max_examples=settings().max_examples // 4)
@given(specs())
def test_many_copies_are_explored_alike(drawn: Drawn) -> None:
    same(many(drawn.cls, 3), FEW, PYTHON, NATIVE)


@settings(max_examples=settings().max_examples // 4)
@given(specs(), st.fixed_dictionaries(TIGHT))
def test_interchangeable_copies_are_explored_alike(drawn: Drawn, sizes: dict[str, int]) -> None:
    with patched(sizes):
        same(many(drawn.cls, 3, symmetric=True), Limits(max_states=60), PYTHON, NATIVE, PAIR)


@pytest.mark.parametrize("words", [1, 2])
def test_a_batch_is_shared_wherever_it_is_cut(words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.native.crew.WORTH", 1)
    model: Model = many(Container, 2)
    if words == 2:
        model = many(Container, 8)
    limits = NO_LIMITS if words == 1 else Limits(max_states=4000)
    assert (model.layout.words > 1) == (words == 2)
    for batch in (1, 3, 200):
        for region in (0, 1 << 16):
            monkeypatch.setattr("fsm.native.room.STATES", batch)
            monkeypatch.setattr("fsm.native.room.REGION", region)
            graph = same(model, limits, NATIVE, PAIR)
    if words == 1:
        assert (len(graph.states), graph.transitions) == (STATES**2, 2 * TRANSITIONS * STATES)


@pytest.mark.parametrize("strategy", [NATIVE, PAIR], ids=["one", "two"])
def test_an_exploration_ends_where_there_are_no_addresses_for_more(
    strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsm.native.room.REGION", 40)
    monkeypatch.setattr("fsm.native.crew.WORTH", 2)
    model = many(Container, 2)
    whole = list(explore(model, strategy=PYTHON).states)
    for most in range(1000, 3400, 60):
        monkeypatch.setattr("fsm.choice.available_memory", lambda most=most: 12 * most)
        graph = explore(model, strategy=strategy)
        assert most - 300 < len(graph.states) <= most
        assert list(graph.states) == whole[: len(graph.states)]
    assert "no addresses for more" in graph.stopped
    assert list(graph.states) == list(explore(model, strategy=PYTHON).states)[: len(graph.states)]
    assert report(graph).exit_code == 3


def test_three_containers_have_as_many_states_as_arithmetic_says() -> None:
    graph = same(many(Container, 3), NO_LIMITS, NATIVE, PAIR)
    assert (len(graph.states), graph.transitions) == (STATES**3, 3 * TRANSITIONS * STATES**2)
