"""What is known without being asked again: ends of diamonds, answers of properties. And nothing else is."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import pytest

pytest.importorskip("numba")

import numpy as np

from fsm import action, always, each, many, model_of, require, spec, var
from fsm.checker import report
from fsm.errors import SpecError
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import Limits, Progress
from fsm.model import Model
from fsm.native import diamonds as diamonds_module
from fsm.native import engine as engine_module
from fsm.native import slots
from fsm.native import visited as visited_module
from fsm.native.diamonds import UNKNOWN, Footprints
from fsm.native.expansion import Expansion
from fsm.native.visited import Visited
from fsm.strategy import Strategy
from tests.benchmarks.containers import Container
from tests.strategies import Side

NATIVE = Strategy("native")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many successors there were to look up, after all of an exploration."""
    found = Counter[str]()
    look_up = Expansion._look_up

    def counted(self: Expansion, owner: int, desks: Any, *rest: Any) -> None:
        found["asked"] += sum(int(desk.counts[owner]) for desk in desks)
        look_up(self, owner, desks, *rest)

    monkeypatch.setattr(Expansion, "_look_up", counted)
    monkeypatch.setattr(slots, "RECENT", 1)
    return found


def agree(model: Model, strategy: Strategy = NATIVE) -> Graph:
    graph, other = (
        explore(model, strategy=strategy),
        explore(model, strategy=Strategy("python", symmetry=strategy.symmetry)),
    )
    assert list(graph.states) == list(other.states)
    places = range(len(graph.states))
    assert [graph.states.origin(n) for n in places] == [other.states.origin(n) for n in places]
    assert (graph.enabled, graph.alarms) == (other.enabled, other.alarms)
    return graph


@spec
class Wheel:
    """Turns by itself: n of them share nothing."""

    at: int = var(range(4), 0)
    broken: bool = False

    @action
    def turn(self) -> None:
        require(not self.broken)
        self.at = (self.at + 1) % 4

    @action(fault=True)
    def snap(self) -> None:
        require(not self.broken)
        self.broken = True

    @action
    def mend(self) -> None:
        require(self.broken)
        self.broken = False


def test_of_independent_steps_hardly_one_a_state_is_looked_up(asked: Counter[str]) -> None:
    graph = agree(many(Container, 3))
    assert graph.transitions == 3 * 114 * 76**2
    assert asked["asked"] < 0.35 * graph.transitions


@pytest.mark.parametrize("copies", [2, 5])
def test_faults_between_independent_steps_change_nothing(copies: int) -> None:
    assert len(agree(many(Wheel, copies)).states) == 8**copies


def test_states_of_several_words_close_diamonds_too(asked: Counter[str]) -> None:
    @spec
    class Apart:
        a: int = var(range(12), 0)
        ballast: dict[Annotated[int, range(60)], bool] = each(range(60), False)
        b: int = var(range(12), 0)
        c: int = var(range(12), 0)

        @action
        def first(self) -> None:
            require(self.a < 11)
            self.a += 1

        @action
        def second(self) -> None:
            require(self.b < 11)
            self.b += 1

        @action
        def third(self) -> None:
            require(self.c < 11)
            self.c += 1

    model = model_of(Apart)
    assert model.layout.words == 2
    graph = agree(model)
    assert len(graph.states) == 12**3
    assert asked["asked"] < 0.6 * graph.transitions


def test_up_to_renaming_diamonds_are_closed_where_nothing_was_renamed(asked: Counter[str]) -> None:
    graph = agree(many(Container, 3), Strategy("native", symmetry=True))
    assert len(graph.states) == 76 * 77 * 78 // 6
    assert asked["asked"] < 0.6 * graph.transitions


def test_a_step_that_reads_what_the_other_wrote_is_looked_up() -> None:
    @spec
    class Chain:
        n: dict[Side, int] = each(Side, var(range(6), 0))

        @action
        def lead(self) -> None:
            require(self.n[Side.LEFT] < 5)
            self.n[Side.LEFT] += 1

        @action
        def follow(self) -> None:
            require(self.n[Side.RIGHT] < self.n[Side.LEFT])
            self.n[Side.RIGHT] += 1

        @action
        def reset(self) -> None:
            self.n[Side.LEFT], self.n[Side.RIGHT] = self.n[Side.RIGHT], 0

    agree(model_of(Chain))


@pytest.mark.parametrize("words", [1, 3])
def test_a_footprint_has_one_mark_and_a_mark_its_bits(words: int) -> None:
    footprints = Footprints(words)
    bits = [1 << 5, 1 << (64 * words - 2), (1 << 60) - 1]
    marks = [footprints.mark(one) for one in bits]
    assert marks == [footprints.mark(one) for one in bits]
    assert len({UNKNOWN, *marks}) == 4
    rows = footprints.rows.reshape(-1, words).view(np.uint64)
    for mark, one in zip(marks, bits, strict=True):
        assert sum(int(word) << 64 * place for place, word in enumerate(rows[mark])) == one
    assert (rows[UNKNOWN] == np.uint64(2**64 - 1)).all()


def test_when_marks_run_out_steps_may_touch_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diamonds_module, "MOST", 4)
    footprints = Footprints(1)
    assert [footprints.mark(1 << bit) for bit in range(5)] == [1, 2, 3, UNKNOWN, UNKNOWN]
    agree(many(Container, 2))


def test_marks_are_forgotten_behind_what_was_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visited_module, "FORGET", 1 << 12)
    visited = Visited(1, 1 << 20)
    visited.came[: 1 << 14] = 7
    visited.leave((1 << 13) + 5)
    assert not visited.came[: 1 << 13].any()
    assert (visited.came[1 << 13 : 1 << 14] == 7).all()
    agree(many(Container, 2))


# what properties have said before


@spec
class Fuse:
    """Counts up, then burns; and burns again when it is lit."""

    ticks: int = var(range(40), 0)
    burnt: bool = False
    fuel: int = var(range(3000), 20)  # too wide to be looked at beside anything else
    heat: int = var(range(3000), 20)

    @action
    def tick(self) -> None:
        require(self.ticks < 39)
        self.ticks += 1

    @action
    def refuel(self) -> None:
        require(self.ticks == 0)
        self.fuel = 30

    @action
    def burn(self) -> None:
        require(self.ticks == 39)
        self.burnt = True
        self.heat = 2999

    @always
    def is_cool(self) -> bool:
        return self.fuel < 25 or self.heat < 1000

    @always
    def something_moves(self, after: "Fuse") -> bool:
        return (self.ticks, self.fuel, self.burnt) != (after.ticks, after.fuel, after.burnt)

    @always
    def never_unburns(self, after: "Fuse") -> bool:
        return after.burnt or not self.burnt


def test_a_property_is_asked_where_what_it_looks_at_has_changed() -> None:
    graph = agree(model_of(Fuse))
    assert {bound.asked.name for bound in graph.alarms} == {"is_cool", "something_moves"}


def test_a_promise_that_standing_still_breaks_is_asked_of_every_step() -> None:
    @spec
    class Rests:
        n: int = var(range(5), 0)
        m: int = var(range(5), 0)

        @action
        def up(self) -> None:
            require(self.n < 4)
            self.n += 1

        @action
        def aside(self) -> None:
            require(self.n == 3 and self.m < 4)
            self.m += 1

        @always
        def n_moves(self, after: "Rests") -> bool:
            return after.n != self.n

    graph = agree(model_of(Rests))
    assert [bound.asked.name for bound in graph.alarms] == ["n_moves"]


def test_a_promise_is_not_asked_of_steps_that_change_nothing_it_looks_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "PRUNED", 0)  # no table is looked at as a whole
    tables = explore(model_of(Fuse), strategy=NATIVE).tables
    names = [event.action.name for event in tables.model.events]
    asked = {
        (names[event], tables.steps[step].asked.name)
        for (event, step), table in tables.promises.items()
        if table.leaves
    }
    everywhere = {(name, "something_moves") for name in names}  # standing still breaks it
    assert asked == everywhere | {("burn", "never_unburns")}


@spec
class Moody:
    n: int = var(range(5), 0)
    left: int = var(range(3), 0)
    right: int = var(range(3), 0)

    @action
    def up(self) -> None:
        require(self.n < 4)
        self.n += 1


def moody(answers: Iterator[int], says: Callable[[Any, Any, Iterator[int]], bool]) -> Model:
    """A spec with a promise that is no function of what it reads."""

    @spec
    class Promising(Moody):
        @always
        def sure(self, after: "Promising") -> bool:
            return says(self, after, answers)

    return model_of(Promising)


@pytest.mark.parametrize("strategy", [Strategy("python"), NATIVE])
def test_a_promise_that_changes_its_mind_is_a_mistake(strategy: Strategy) -> None:
    model = moody(count(), lambda _, after, answers: after.n < 0 or next(answers) % 2 == 0)
    with pytest.raises(SpecError, match="`sure` is not a function of what it reads"):
        explore(model, strategy=strategy)


def test_a_promise_that_changes_its_mind_where_no_step_goes_is_never_found_out() -> None:
    def says(before: Any, after: Any, answers: Iterator[int]) -> bool:
        return after.n > before.n or (before.left if next(answers) % 2 else before.right) >= 0

    agree(moody(count(), says))


@pytest.mark.parametrize("states", [1, 2, 3, 30, 100])
@pytest.mark.parametrize("first", ["python", "native"])
def test_a_run_that_goes_on_judges_what_its_tables_have_not_seen(
    tmp_path: Path, states: int, first: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsm.keeper.KEEP_EVERY", 0.0)

    def stop(seen: Progress) -> None:
        if seen.states >= states:
            raise KeyboardInterrupt

    model, file = model_of(Fuse), str(tmp_path / "kept")
    explore(model, Limits(), stop, Strategy(first, checkpoint=file))
    graph = explore(model, strategy=Strategy("native", checkpoint=file))
    whole = explore(model)
    assert graph.alarms == whole.alarms
    assert report(graph).properties == report(whole).properties
