"""A body that is wrong in a deep state: every engine tells the same mistake and the same way to it."""

from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from fsm import action, always, model_of, sometimes, spec, var
from fsm.errors import SpecError
from fsm.explorer import explore
from fsm.limits import NO_LIMITS, Limits
from fsm.model import Model
from fsm.strategy import Strategy
from tests.native.wide import wide_specs
from tests.strategies import KINDS, NAMES, Drawn, _conditions, specs
from tests.test_engines import NATIVE, PAIR, PYTHON

TICKS = count()
DEEP = 30  #: so many steps away


@pytest.fixture(autouse=True)
def _batches_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsm.native.crew.WORTH", 2)
    monkeypatch.setattr("fsm.native.room.STATES", 3)


def told(model: Model, strategy: Strategy, limits: Limits = NO_LIMITS) -> Any:
    """The mistake that ends an exploration, and how to get there; how many states there are without one."""
    try:
        graph = explore(model, limits, strategy=strategy)
    except SpecError as error:
        return error.mistakes, getattr(error, "__notes__", []), error.state
    return len(graph.states)


@spec
class Line:
    """A number that goes up, and down by a fault, in a world that is twice as wide as it is deep."""

    n: int = var(range(100), 0)
    other: bool = False
    far: int = var(range(9), 0)

    @action
    def up(self) -> None:
        self.n = min(self.n + 1, 99)

    @action
    def turn(self) -> None:
        self.other = not self.other

    @action(fault=True)
    def down(self) -> None:
        self.n = max(self.n - 1, 0)


def raises(self: Any) -> None:
    if self.n == DEEP and self.other:
        raise ValueError("too deep")


def leaves(self: Any) -> None:
    self.n += 70 if self.n == DEEP else 0


def returns(self: Any) -> Any:
    return 1 if self.n == DEEP else None


def wavers(self: Any) -> None:
    if self.n == DEEP:
        self.other = next(TICKS) % 2 == 0


def reads_in_another_order(self: Any) -> None:
    if self.n == DEEP and next(TICKS) % 2:
        self.n = 1 if self.far else 2
    elif self.n == DEEP:
        self.n = 1 if self.other else 2


def fails(self: Any) -> bool:
    return self.n < DEEP or 1 // (self.n - DEEP) > 0


def answers_nothing(self: Any) -> Any:
    return None if self.n == DEEP else True


def is_unsure(self: Any) -> bool:
    return self.n != DEEP or next(TICKS) % 2 == 0


def breaks(self: Any, after: Any) -> bool:
    return after.n != DEEP or after.missing


def hesitates(self: Any, after: Any) -> bool:
    return after.n != DEEP or next(TICKS) % 2 == 0


ACTIONS = [raises, leaves, returns, wavers, reads_in_another_order]
PROPERTIES = [fails, answers_nothing, is_unsure]
PROMISES = [breaks, hesitates]


def line(**members: Any) -> Model:
    """The line, with some more members."""
    return model_of(spec(type("Wrong", (Line,), members)))


def agree(model: Model) -> Any:
    """What all engines tell."""
    first, *others = [told(model, strategy) for strategy in (PYTHON, NATIVE, PAIR)]
    for other in others:
        assert other == first
    return first


def check(model: Model, least: int = DEEP) -> None:
    """All engines tell of a mistake in a state that is so many steps away, and of the way there."""
    _, notes, state = agree(model)
    (way,) = notes
    assert model.layout.unpack(state)["n"] >= least
    assert len(str(way).splitlines()) > least


@pytest.mark.parametrize("fault", [False, True])
@pytest.mark.parametrize("body", ACTIONS, ids=lambda body: body.__name__)
def test_a_wrong_action_is_told_of_alike(body: Any, fault: bool) -> None:
    check(line(wrong=action(fault=fault)(body)))


@pytest.mark.parametrize("body", PROPERTIES, ids=lambda body: body.__name__)
@pytest.mark.parametrize("mark", [always, sometimes], ids=["always", "sometimes"])
def test_a_wrong_property_is_told_of_alike(body: Any, mark: Any) -> None:
    check(line(wrong=mark(body)))


@pytest.mark.parametrize("body", PROMISES, ids=lambda body: body.__name__)
def test_a_wrong_promise_is_told_of_alike(body: Any) -> None:
    check(line(wrong=always(body)), DEEP - 1)


@pytest.mark.parametrize("body", [*PROPERTIES, *PROMISES], ids=lambda body: body.__name__)
def test_a_mistake_in_a_state_that_is_never_reached_is_none(body: Any, monkeypatch: Any) -> None:
    @spec
    class Short(Line):
        @action
        def up(self) -> None:
            self.n = min(self.n + 1, DEEP - 2)

    model = model_of(spec(type("Wrong", (Short,), {"wrong": always(body)})))
    assert agree(model) == 2 * (DEEP - 1)


@pytest.mark.parametrize("first", [*ACTIONS, *PROPERTIES, *PROMISES], ids=lambda body: body.__name__)
@pytest.mark.parametrize("second", [raises, fails, breaks], ids=lambda body: body.__name__)
@pytest.mark.parametrize("fault", [False, True])
def test_of_several_mistakes_the_first_one_is_told(first: Any, second: Any, fault: bool) -> None:
    def marked(body: Any) -> Any:
        return action(fault=fault)(body) if body in ACTIONS else always(body)

    check(line(one=marked(first), other_one=marked(second)), DEEP - 1)


@pytest.mark.parametrize("body", ACTIONS[:2], ids=lambda body: body.__name__)
def test_a_body_that_is_called_for_each_state_may_be_wrong_too(
    body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsm.capture.MOST_ROWS", 0)
    check(line(wrong=action(body)))


def test_a_mistake_far_to_the_right_of_a_wide_stage_is_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    @spec
    class Wide:
        n: int = var(range(40), 0)
        m: int = var(range(40), 0)

        @action
        def up(self) -> None:
            self.n = (self.n + 1) % 40

        @action
        def along(self) -> None:
            self.m = (self.m + 1) % 40

        @action(fault=True)
        def jump(self) -> None:
            self.m = 5 if self.n + self.m != 55 else 40

        @always
        def fine(self, after: Any) -> bool:
            return after.n * after.m != 420 or 1 / 0 > 1

    for batch in (3, 1 << 13):
        monkeypatch.setattr("fsm.native.room.STATES", batch)
        mistakes, *_ = agree(model_of(Wide))
        assert "fine" in mistakes[0].message or "jump" in mistakes[0].message


@pytest.mark.parametrize("strategy", [PYTHON, NATIVE], ids=["python", "native"])
def test_the_cause_is_that_of_the_mistake_that_is_told(strategy: Strategy) -> None:
    """And not that of another one that was met before."""

    def leaves_early(self: Any) -> None:
        self.n += 75 if self.n == DEEP - 2 else 0

    with pytest.raises(SpecError, match="other_one") as caught:
        explore(line(one=action(raises), other_one=action(leaves_early)), strategy=strategy)
    assert not isinstance(caught.value.__cause__, ValueError)


@st.composite
def wrong_specs(draw: Any) -> Drawn:
    """A random spec some of whose bodies are wrong in some states."""
    lines = draw(specs() | wide_specs()).source.splitlines()
    declared = {
        f"    v{number}: {kind.declared}": (f"v{number}", kind) for number in range(4) for kind in KINDS
    }
    variables = [declared[one] for one in lines if one in declared]
    said = _conditions(variables, any("phase: dict" in one for one in lines), "self")
    heads = [number for number, one in enumerate(lines) if one.startswith("    def ")]
    for number in sorted(draw(st.sets(st.sampled_from(heads), min_size=1, max_size=3)), reverse=True):
        condition = " and ".join(draw(st.lists(st.sampled_from(said), min_size=1, max_size=3)))
        what = draw(st.sampled_from(["raise ValueError('wrong')", "return 7", "self.phase = None"]))
        lines.insert(number + 1, f"        if {condition}: {what}")
    source = "\n".join(lines)
    names: dict[str, Any] = {**NAMES, "__name__": __name__}
    exec(source, names)
    return Drawn(source, names["Drawn"])


@settings(max_examples=settings().max_examples * 3 // 5)
@given(wrong_specs(), st.sampled_from([1, 3, 1 << 13]), st.sampled_from([0, 1, 256]))
def test_random_mistakes_are_told_of_alike(drawn: Drawn, batch: int, pruned: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fsm.native.room.STATES", batch)
        patch.setattr("fsm.native.engine.PRUNED", pruned)
        model, limits = model_of(drawn.cls), Limits(max_states=100)
        first, *others = [told(model, strategy, limits) for strategy in (PYTHON, NATIVE, PAIR)]
        assert others == [first, first]
