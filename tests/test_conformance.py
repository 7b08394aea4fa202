"""`conform`: an implementation and its spec together, as a test's failure shows them and as pytest does."""

import asyncio
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from unittest import SkipTest

import pytest

from fsm import Observation, Plan, PlannedStep, action, conform, initial, one_of, require, spec, var
from fsm.errors import AdapterError, NonConformance, SpecError
from fsm.failure import literal
from fsm.suite import Suite

timers = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")


@dataclass(frozen=True)
class Ticket:
    row: Literal[1, 2]
    sold: bool


class Door(Enum):
    SHUT = "shut"
    OPEN = "open"


@spec
class Theatre:
    """Somebody buys a ticket and goes in."""

    door: Door = Door.SHUT
    ticket: Ticket = Ticket(1, False)
    guests: int = var(range(3), 0)

    @action(Door.SHUT)
    def open(self) -> None:
        self.door = Door.OPEN

    @action(Door.OPEN)
    def sell(self, row: Literal[1, 2]) -> None:
        require(not self.ticket.sold)
        self.ticket = Ticket(row, True)

    @action(Door.OPEN)
    def enter(self) -> None:
        require(self.ticket.sold and self.guests < 2)
        self.ticket = Ticket(1, False)
        self.guests += 1

    @action(Door.OPEN, fault=True)
    def alarm(self) -> None:
        self.door, self.guests = Door.SHUT, 0


class House:
    """An implementation, and its own adapter."""

    def __init__(self) -> None:
        self.door, self.ticket, self.guests = Door.SHUT, Ticket(1, False), 0

    def open(self) -> Any:
        self.door = Door.OPEN

    def sell(self, row: int) -> Any:
        self.ticket = Ticket(row, True)  # type: ignore[arg-type]

    def enter(self) -> Any:
        self.ticket = Ticket(1, False)
        self.guests += 1

    def alarm(self) -> Any:
        self.door, self.guests = Door.SHUT, 0

    def observe(self) -> Mapping[str, Any]:
        return {"door": self.door, "ticket": self.ticket, "guests": self.guests}


def suite_of(adapter: Any = None, spec: type = Theatre, **options: Any) -> Suite:
    return conform(spec, adapter, **options).suite  # type: ignore[attr-defined]


def take_all(suite: Suite, **fixtures: Any) -> Suite:
    """Run every tour, as the tests do."""
    for number in range(len(suite.model.events)):
        try:
            suite.tour(number, fixtures)
        except SkipTest:
            continue
    return suite


def failure(suite: Suite, **fixtures: Any) -> str:
    with pytest.raises(NonConformance) as error:
        take_all(suite, **fixtures)
    return str(error.value)


def house(**methods: Any) -> type:
    return type("House", (House,), methods)


# what is said


def test_what_conforms_covers_every_transition() -> None:
    coverage = take_all(suite_of(House)).coverage
    assert coverage.covered == coverage.total == 22
    assert coverage.note == ""


def test_a_failure_is_a_program_to_paste_with_what_was_specified_beside_what_was_observed() -> None:
    def sell(self: House, row: int) -> None:
        self.ticket = Ticket(1, True)

    assert (
        failure(suite_of(house(sell=sell)))
        == """\
Theatre: the implementation does not conform

    adapter = House()
    adapter.open()
    adapter.sell(row=2)   # <- here

          specified                 observed
  ticket  Ticket(row=2, sold=True)  Ticket(row=1, sold=True)"""
    )


def test_values_in_the_program_are_python_and_their_imports_stand_above_it() -> None:
    @spec
    class Moods:
        mood: Door | None = None
        where: Ticket = Ticket(1, False)

        @action
        def feel(self, mood: Door | None, where: Ticket) -> None:
            self.mood, self.where = mood, where

    class Numb:
        def feel(self, mood: object, where: object) -> None: ...
        def observe(self) -> Mapping[str, Any]:
            return {"where": Ticket(1, False)}

    text = failure(suite_of(Numb, Moods))
    assert f"\n\n    from {__name__} import Ticket\n\n    adapter = Numb()\n" in text
    assert "    adapter.feel(mood=None, where=Ticket(row=2, sold=False))   # <- here\n" in text


def test_what_a_method_returns_is_compared_beside_what_is_observed() -> None:
    right = house(open=lambda self: House.open(self) or {"door": Door.OPEN})
    take_all(suite_of(right))
    wrong = house(open=lambda self: House.open(self) or {"door": Door.SHUT})
    assert "door  OPEN       SHUT" in failure(suite_of(wrong))


def test_an_adapter_may_see_parts_of_variables_only() -> None:
    take_all(suite_of(house(observe=lambda self: {"ticket.sold": self.ticket.sold})))
    text = failure(suite_of(house(observe=lambda self: {"ticket.sold": self.ticket.row == 2})))
    assert "ticket.sold  True       False" in text


def test_an_adapter_that_sees_nothing_passes_as_long_as_nothing_is_raised() -> None:
    take_all(suite_of(house(observe=lambda self: {})))


def test_a_state_that_is_wrong_before_anything_was_done_is_said_at_the_constructor() -> None:
    assert (
        failure(suite_of(house(observe=lambda self: {"guests": 2})))
        == """\
Theatre: the implementation does not conform

    adapter = House()   # <- here

          specified  observed
  guests  0          2"""
    )


def test_what_a_method_raises_is_said_and_kept_as_the_cause() -> None:
    def enter(self: House) -> None:
        raise OSError("the door is stuck")

    suite = suite_of(house(enter=enter))
    with pytest.raises(NonConformance) as error:
        take_all(suite)
    assert str(error.value).endswith("""
    adapter.enter()   # <- here

  specified: enter
  observed:  it raised OSError: the door is stuck""")
    assert isinstance(error.value.__cause__, OSError)


def test_what_observe_raises_is_said_to_be_raised_by_observe() -> None:
    def observe(self: House) -> Mapping[str, Any]:
        if self.guests:
            raise LookupError("nobody counted")
        return {}

    text = failure(suite_of(house(observe=observe)))
    assert text.endswith("specified: enter\n  observed:  `observe` raised LookupError: nobody counted")


def test_what_the_constructor_raises_comes_through_as_it_is() -> None:
    def make() -> House:
        raise ConnectionError("no theatre")

    with pytest.raises(ConnectionError, match="no theatre"):
        take_all(suite_of(make))


@timers
def test_an_action_that_hangs_is_named() -> None:
    hung = house(enter=lambda self: threading.Event().wait())
    text = failure(suite_of(hung, timeout=0.1))
    assert text.endswith("specified: enter\n  observed:  `enter` did not come back within 0.1 s")
    assert "adapter.enter()   # <- here" in text


@timers
def test_a_constructor_or_an_observe_or_a_close_that_hangs_is_named() -> None:
    def hang(*_: object) -> None:
        threading.Event().wait()

    for name, called in (("__init__", "the constructor"), ("observe", "`observe`"), ("close", "`close`")):
        text = failure(suite_of(house(**{name: hang}), timeout=0.1))
        assert f"observed:  {called} did not come back within 0.1 s" in text


def test_a_variable_that_an_adapter_makes_up_is_an_error_that_names_a_real_one() -> None:
    suite = suite_of(house(observe=lambda self: {"dor": self.door}))
    with pytest.raises(
        AdapterError, match="`dor` was observed, but it is no variable of Theatre: did you mean"
    ):
        take_all(suite)


def test_a_value_of_an_enum_of_the_same_name_is_told_apart() -> None:
    other = Enum("Door", "SHUT OPEN")
    text = failure(suite_of(house(observe=lambda self: {"door": other.SHUT})))
    assert "door  SHUT       SHUT of the type " in text


# the life of an adapter


def test_every_adapter_is_closed_whatever_happens() -> None:
    open_, closed = [], []

    class Counted(House):
        fails: Any = None

        def __init__(self) -> None:
            super().__init__()
            open_.append(self)

        def close(self) -> None:
            closed.append(self)

        def enter(self) -> Any:
            if self.fails is not None:
                raise self.fails

    for fails in (None, OSError(), AdapterError(), KeyboardInterrupt()):
        Counted.fails = fails
        with pytest.raises((NonConformance, AdapterError, KeyboardInterrupt)):
            take_all(suite_of(Counted))
        assert open_ == closed
    with pytest.raises(NonConformance):
        take_all(suite_of(type("Wrong", (Counted,), {"observe": lambda self: {"guests": 1}})))
    assert open_ == closed


def test_a_close_that_raises_is_a_failure_unless_there_is_an_earlier_one() -> None:
    def close(self: House) -> None:
        raise OSError("it creaks")

    assert failure(suite_of(house(close=close))).endswith("observed:  `close` raised OSError: it creaks")
    both = house(close=close, observe=lambda self: {"guests": 2})
    assert "guests  0          2" in failure(suite_of(both))


def test_async_adapters_are_driven_like_any_other_and_their_program_awaits() -> None:
    class Async(House):
        async def open(self) -> Mapping[str, Any]:
            await asyncio.sleep(0)
            super().open()
            return {"door": self.door}

        async def observe(self) -> Mapping[str, Any]:  # type: ignore[override]
            return super().observe()

        async def close(self) -> None:
            await asyncio.sleep(0)

    assert take_all(suite_of(Async)).coverage.covered == 22

    class Wrong(Async):
        async def open(self) -> Mapping[str, Any]:
            return {}

    assert "    await adapter.open()   # <- here" in failure(suite_of(Wrong))


def test_a_function_may_make_the_adapters() -> None:
    made = []

    def build(size: int = 3) -> House:
        made.append(House())
        return made[-1]

    assert take_all(suite_of(build)).coverage.covered == len(made)
    assert "adapter = build()" in failure(suite_of(lambda: house(sell=lambda self, row: None)())).replace(
        "<lambda>", "build"
    )


def test_fixtures_are_asked_for_by_the_constructor_and_shown_in_the_program() -> None:
    class Built(House):
        def __init__(self, stage: str, *, tmp_path: Path, size: int = 3) -> None:
            assert stage == "west"
            super().__init__()

        def observe(self) -> Mapping[str, Any]:
            return {"guests": 2}

    suite = suite_of(Built)
    assert suite.wanted == ("stage", "tmp_path")
    folder = Path("/nowhere")
    with pytest.raises(FileNotFoundError):
        take_all(suite, stage="west", tmp_path=folder)


def test_each_adapter_has_a_tmp_path_of_its_own(tmp_path: Path) -> None:
    class Stored(House):
        def __init__(self, tmp_path: Path) -> None:
            super().__init__()
            self.log = tmp_path / "log"
            self.log.touch(exist_ok=False)

    suite = take_all(suite_of(Stored), tmp_path=tmp_path)
    assert len(list(tmp_path.iterdir())) == suite.coverage.total
    assert "adapter = Stored(tmp_path=tmp_path)" in failure(
        suite_of(type("Stored", (Stored,), {"sell": lambda self, row: None})), tmp_path=tmp_path / "run1"
    )


# several initial states


@spec
class Kept:
    """A door that was left somehow."""

    door: Door = var(initial=one_of(Door.SHUT, Door.OPEN))
    locked: bool = var(initial=one_of(False, True))

    @initial
    def an_open_door_is_not_locked(self) -> bool:
        return not (self.locked and self.door is Door.OPEN)

    @action
    def turn(self) -> None:
        require(self.door is Door.SHUT)
        self.locked = not self.locked


class Lock:
    def __init__(self, initial: Mapping[str, Any]) -> None:
        self.state = dict(initial)

    def turn(self) -> None:
        self.state["locked"] = not self.state["locked"]

    def observe(self) -> Mapping[str, Any]:
        return self.state


def test_an_adapter_that_asks_for_initial_is_tested_from_every_initial_state() -> None:
    begun = []

    class Noted(Lock):
        def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
            assert initial is not None
            super().__init__(initial)
            begun.append((initial["door"], initial["locked"]))

    suite = take_all(suite_of(Noted, Kept))
    assert suite.coverage.covered == suite.coverage.total == 2
    assert sorted(begun, key=str) == [(Door.SHUT, False), (Door.SHUT, True)]


def test_the_program_shows_where_it_began() -> None:
    assert (
        failure(suite_of(type("Lock", (Lock,), {"turn": lambda self: None}), Kept))
        == """\
Kept: the implementation does not conform

    from tests.test_conformance import Door

    initial = {"door": Door.SHUT, "locked": False}
    adapter = Lock(initial=initial)
    adapter.turn()   # <- here

          specified  observed
  locked  True       False""".replace("tests.test_conformance", Door.__module__)
    )


def test_an_adapter_that_cannot_be_told_where_to_begin_is_an_error() -> None:
    suite = suite_of(type("Lock", (Lock,), {"__init__": lambda self: None}), Kept)
    with pytest.raises(
        AdapterError, match="Kept begins in one of 3 states, and the adapter is not told in which"
    ):
        take_all(suite)


# what cannot be done, and what is not shown


def test_tours_go_around_an_action_that_cannot_be_done() -> None:
    class Deaf:
        __init__ = House.__init__
        open, sell, enter, observe = House.open, House.sell, House.enter, House.observe

    coverage = take_all(suite_of(Deaf, skip=["alarm"])).coverage
    graph = suite_of(House).graph
    alarms = sum(graph.model.events[number].action.name == "alarm" for number in graph.edges.events)
    assert coverage.total - coverage.covered >= alarms > 0
    assert coverage.note == f"{coverage.total - coverage.covered} cannot be, without alarm"


def test_an_event_that_no_reachable_state_allows_is_skipped_with_its_reason() -> None:
    suite = suite_of(House, skip=["sell"])
    number = [event.label for event in suite.model.events].index("enter")
    with pytest.raises(SkipTest, match="no reachable state allows enter without sell"):
        suite.tour(number, {})


def test_hidden_actions_are_for_runs_since_an_adapter_does_what_it_is_told() -> None:
    with pytest.raises(AdapterError, match="hidden= is for run="):
        suite_of(House, hidden=["alarm"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "conform wants one implementation: an adapter, or run=..."),
        ({"adapter": House, "run": print}, "conform wants one implementation: an adapter, or run=..."),
        ({"run": 3}, "run=3 cannot be called: give a function of a plan that returns observations"),
        ({"adapter": House, "skip": ["opn"]}, "skip='opn': Theatre has no such action: did you mean `open`?"),
        (
            {"run": print, "hidden": ["opn"]},
            "`opn` is hidden, but it is no action of Theatre: did you mean `open`?",
        ),
    ],
)
def test_what_does_not_fit_the_spec_is_an_error_when_the_class_is_made(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(AdapterError) as error:
        conform(Theatre, **options)
    assert str(error.value) == said


def test_a_wrong_spec_is_an_error_when_the_class_is_made() -> None:
    class Wrong:
        name: str = ""

    with pytest.raises(SpecError):
        conform(Wrong, House)


def test_a_body_that_turns_out_wrong_is_an_error_of_the_spec_and_not_of_the_implementation() -> None:
    @spec
    class Late:
        count: int = var(range(2), 0)

        @action
        def up(self) -> None:
            self.count += 1

    with pytest.raises(SpecError, match="up"):
        take_all(suite_of(type("Any", (House,), {"up": lambda self: None}), Late))


# runs


def stage(plan: Plan) -> Iterator[Observation]:
    """Carries out a plan on the implementation, in one go."""
    inner = House()
    for step in plan.steps:
        getattr(inner, step.action)(**step.arguments)
        yield Observation((step.action,), step.arguments, inner.observe())


def test_a_run_is_given_a_plan_with_the_initial_values_and_the_faults() -> None:
    plans = []

    def run(plan: Plan) -> list[Observation]:
        plans.append(plan)
        return list(stage(plan))

    suite = take_all(suite_of(run=run))
    assert suite.coverage.covered == suite.coverage.total
    assert plans[0] == Plan(
        {"door": Door.SHUT, "ticket": Ticket(1, False), "guests": 0}, (PlannedStep("open"),)
    )
    assert PlannedStep("alarm", fault=True) in [step for plan in plans for step in plan.steps]


def test_a_failure_of_a_run_shows_the_plan_as_a_program_and_all_that_was_observed() -> None:
    def run(plan: Plan) -> Iterator[Observation]:
        for number, seen in enumerate(stage(plan)):
            state = {**seen.state, "guests": 1} if len(plan.steps) == 2 and number == 1 else seen.state
            yield Observation(seen.actions, seen.arguments, state, text="a bell" if number == 0 else "")

    text = f"""\
Theatre: the implementation does not conform at observation 2 of 2: sell(row=1)

    from fsm import Plan, PlannedStep
    from {__name__} import Door, Ticket

    plan = Plan(
        initial={{"door": Door.SHUT, "ticket": Ticket(row=1, sold=False), "guests": 0}},
        steps=(
            PlannedStep("open"),
            PlannedStep("sell", {{"row": 1}}),
        ),
    )
    run(plan)

  observed:
      1. a bell (open, then door=OPEN, ticket=Ticket(row=1, sold=False), guests=0)
  ->  2. sell(row=1), then door=OPEN, ticket=Ticket(row=1, sold=True), guests=1

          specified  observed
  guests  0          1"""
    assert failure(suite_of(run=run)) == text


def test_an_action_that_the_spec_does_not_allow_stands_beside_those_that_it_allows() -> None:
    def run(plan: Plan) -> list[Observation]:
        return [*stage(plan), Observation(("enter",))]

    assert failure(suite_of(run=run)).endswith("""
  observed:
      1. open, then door=OPEN, ticket=Ticket(row=1, sold=False), guests=0
  ->  2. enter

  specified: sell(row=1), or
             sell(row=2)
             alarm
  observed:  enter""")


def test_a_plan_that_was_left_early_is_a_failure_that_names_the_step() -> None:
    def run(plan: Plan) -> list[Observation]:
        return list(stage(plan))[:1]

    text = failure(suite_of(run=run))
    assert text.startswith(
        "Theatre: the plan was not carried out: sell(row=1) was planned, and nothing more was observed\n"
    )
    assert text.endswith("\n  planned:   sell(row=1)\n  observed:  nothing more")


def test_a_run_that_does_something_else_that_is_allowed_did_not_carry_out_the_plan() -> None:
    def run(plan: Plan) -> Iterable[Observation]:
        steps = (PlannedStep("sell", {"row": 1}) if step.action == "sell" else step for step in plan.steps)
        return stage(Plan(plan.initial, tuple(steps)))

    text = failure(suite_of(run=run))
    assert "not carried out: sell(row=2) was planned, and sell(row=1) was observed" in text
    assert "  ->  2. sell(row=1), then door=OPEN" in text


def test_a_run_that_observes_nothing_at_all_is_a_failure() -> None:
    assert "  observed: nothing\n" in failure(suite_of(run=lambda plan: []))


def test_a_run_may_go_on_after_its_plan_as_long_as_the_spec_allows_it() -> None:
    def run(plan: Plan) -> Iterator[Observation]:
        yield from stage(plan)
        if len(plan.steps) == 1:
            yield Observation(("sell",), {"row": 2})
            yield Observation(("alarm",))

    take_all(suite_of(run=run))


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda plan: None, "the run returned None: return what was observed, a list of `Observation`"),
        (lambda plan: ["open"], "the run observed 'open': make it an `Observation`"),
        (
            lambda plan: [Observation(("opne",))],
            "`opne` was observed, but it is no action of Theatre: did you mean `open`?",
        ),
    ],
)
def test_a_run_that_returns_something_else_is_an_error(run: Any, said: str) -> None:
    with pytest.raises(AdapterError) as error:
        take_all(suite_of(run=run))
    assert str(error.value) == said


def test_a_run_that_raises_is_a_failure_with_what_was_observed_so_far() -> None:
    def run(plan: Plan) -> Iterator[Observation]:
        yield from stage(plan)
        if len(plan.steps) == 2:
            raise OSError("fire")

    suite = suite_of(run=run)
    with pytest.raises(NonConformance) as error:
        take_all(suite)
    text = str(error.value)
    assert text.startswith("Theatre: the run raised OSError: fire\n")
    assert "      2. sell(row=1), then" in text
    assert isinstance(error.value.__cause__, OSError)


@timers
def test_a_run_that_hangs_is_a_failure_with_its_plan() -> None:
    suite = suite_of(run=lambda plan: threading.Event().wait(), timeout=0.1)
    text = failure(suite)
    assert text.startswith("Theatre: the run did not come back within 0.1 s\n")
    assert '        steps=(\n            PlannedStep("open"),\n        ),' in text


def test_a_run_may_be_async_and_ask_for_fixtures(tmp_path: Path) -> None:
    async def run(plan: Plan, tmp_path: Path, size: int = 3) -> list[Observation]:
        await asyncio.sleep(0)
        (tmp_path / "new").touch(exist_ok=False)
        return list(stage(plan))

    suite = suite_of(run=run)
    assert suite.wanted == ("tmp_path",)
    assert take_all(suite, tmp_path=tmp_path).coverage.covered == suite.coverage.total


@spec
class Post:
    """A letter that is fetched without anybody being told, and may come back."""

    place: Literal["box", "van", "home"] = "box"
    stamped: bool = False

    @action("box")
    def stamp(self) -> None:
        self.stamped = True

    @action("box")
    def fetch(self) -> None:
        self.place = "van"

    @action("van")
    def turn_back(self) -> None:
        self.place = "box"

    @action("van")
    def deliver(self) -> None:
        require(self.stamped)
        self.place = "home"


def post(plan: Plan) -> list[Observation]:
    return [Observation((step.action,)) for step in plan.steps if step.action in ("stamp", "deliver")]


def test_what_a_run_does_not_show_is_no_failure_and_is_covered_only_where_nothing_else_explains_it() -> None:
    suite = take_all(suite_of(run=post, spec=Post, hidden=["fetch", "turn_back"]))
    covered = {suite.model.events[number].label for _, number in suite.covered}
    assert covered == {"stamp", "fetch", "deliver"}
    assert 0 < suite.coverage.covered < suite.coverage.total


def test_what_a_run_must_show_is_missed_even_among_hidden_actions() -> None:
    def run(plan: Plan) -> list[Observation]:
        return [seen for seen in post(plan) if seen.actions == ("stamp",)]

    text = failure(suite_of(run=run, spec=Post, hidden=["fetch", "turn_back"]))
    assert "not carried out: deliver was planned, and nothing more was observed" in text


def test_a_run_that_shows_what_it_was_said_to_hide_not_is_refused_where_it_is_missing() -> None:
    text = failure(suite_of(run=post, spec=Post))
    assert "fetch was planned, and nothing more was observed" in text


# path covers, and bounds


@spec
class Many:
    """More transitions than tours are made for."""

    one: int = var(range(60), 0)
    two: int = var(range(60), 0)

    @action
    def first(self) -> None:
        require(self.one < 59)
        self.one += 1

    @action
    def second(self) -> None:
        require(self.two < 59)
        self.two += 1


class Pair:
    def __init__(self) -> None:
        self.one = self.two = 0

    def first(self) -> None:
        self.one += 1

    def second(self) -> None:
        self.two += 1

    def observe(self) -> Mapping[str, Any]:
        return {"one": self.one, "two": self.two}


def test_a_spec_with_very_many_transitions_is_covered_by_paths_and_it_is_noted() -> None:
    suite = suite_of(lambda: Pair(), Many)
    assert sum(map(len, suite.tours.values())) < 500
    suite.tours = {0: [tour for found in suite.tours.values() for tour in found], 1: []}
    with pytest.raises(SkipTest, match="the path covers of other events take every transition of second"):
        suite.tour(1, {})
    coverage = take_all(suite).coverage
    assert (coverage.covered, coverage.total, coverage.note) == (7_080, 7_080, "path covers")


def test_what_was_not_explored_is_noted() -> None:
    suite = take_all(suite_of(Pair, Many, max_states=50))
    coverage = suite.coverage
    assert coverage.covered == coverage.total < 100
    assert coverage.note.startswith("of what was explored: max_states=50")


# literals


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, "it's", 'say "x"', (), (1,), frozenset(), frozenset({1}), {"a": (Door.OPEN,)},
        Ticket(2, True), {Door.SHUT: {Door.OPEN: Ticket(1, False)}},
    ],
)  # fmt: skip
def test_a_literal_makes_the_value_again(value: object) -> None:
    assert eval(literal(value)) == value


# as pytest shows it

EXAMPLE = '''\
from enum import Enum

from fsm import action, spec

Light = Enum("Light", "RED GREEN")


@spec
class Lamp:
    """A lamp."""

    light: Light = Light.RED

    @action(Light.RED)
    def go(self, honk: bool) -> None:
        self.light = Light.GREEN

    @action(Light.GREEN)
    def stop(self) -> None:
        self.light = Light.RED
'''

ADAPTER = """\
from fsm import conform
from lamp import Lamp, Light


class Bulb:
    def __init__(self):
        self.on = False

    def go(self, honk):
        self.on = True

    def stop(self):
        self.on = {stopped}

    def observe(self):
        return {{"light": Light.GREEN if self.on else Light.RED}}


TestBulb = conform(Lamp, Bulb)
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:cacheprovider\n")
    pytester.makepyfile(lamp=EXAMPLE)
    return pytester


def test_ten_lines_of_adapter_are_a_test_suite(project: pytest.Pytester) -> None:
    project.makepyfile(test_bulb=ADAPTER.format(stopped="False"))
    result = project.runpytest("-v", "test_bulb.py")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "test_bulb.py::TestBulb::test_tour[[]go(honk=False)[]] PASSED*",
            "test_bulb.py::TestBulb::test_tour[[]go(honk=True)[]] PASSED*",
            "test_bulb.py::TestBulb::test_tour[[]stop[]] PASSED*",
            "test_bulb.py::TestBulb::test_walk PASSED*",
            "Lamp  3 of 3 transitions, 100 %",
        ]
    )


def test_a_failure_is_shown_without_a_line_of_our_own_code(project: pytest.Pytester) -> None:
    project.makepyfile(test_bulb=ADAPTER.format(stopped="True"))
    result = project.runpytest("test_bulb.py")
    result.assert_outcomes(passed=2, failed=2)
    text = result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            "E   fsm.errors.NonConformance: Lamp: the implementation does not conform",
            "        adapter = Bulb()",
            "        adapter.go(honk=False)",
            "        adapter.stop()   # <- here",
            "             specified  observed",
            "      light  RED        GREEN",
        ]
    )
    assert "def step(" not in text
    assert "hypothesis" not in text.partition("FAILURES")[2]


def test_one_test_can_be_chosen_and_covers_what_it_covers(project: pytest.Pytester) -> None:
    project.makepyfile(test_bulb=ADAPTER.format(stopped="False"))
    result = project.runpytest("test_bulb.py::TestBulb::test_tour[go(honk=True)]")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["Lamp  1 of 3 transitions, 33 %"])


def test_collecting_runs_no_body_and_names_are_the_same_every_time(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_never="""
        from fsm import action, conform, initial, one_of, spec, var

        @spec
        class Never:
            on: bool = var(initial=one_of(False, True))

            @initial
            def admitted(self) -> bool:
                raise SystemExit("a body was run while tests were collected")

            @action
            def flip(self, hard: bool) -> None:
                raise SystemExit("a body was run while tests were collected")

        def make(initial):
            raise SystemExit("an adapter was made while tests were collected")

        def run(plan):
            raise SystemExit("a run was made while tests were collected")

        TestMade = conform(Never, make)
        TestRun = conform(Never, run=run)
        """
    )
    first, second = (project.runpytest("--collect-only", "-q", "test_never.py") for _ in range(2))
    names = [line for line in first.outlines if "::" in line]
    assert names == [line for line in second.outlines if "::" in line]
    assert names == [
        f"test_never.py::{suite}::{test}"
        for suite in ("TestMade", "TestRun")
        for test in ("test_tour[flip(hard=False)]", "test_tour[flip(hard=True)]", "test_walk")
    ]


def test_values_that_look_alike_have_tests_of_their_own() -> None:
    class Same(Enum):
        ONE = 1

    class Other(Enum):
        ONE = 1

    @spec
    class Alike:
        on: bool = False

        @action
        def press(self, how: Literal[Same.ONE, Other.ONE]) -> None:
            self.on = how is Same.ONE

    names = [name for name in vars(conform(Alike, run=print)) if name.startswith("test_tour")]
    assert names == ["test_tour[press(how=ONE)]", "test_tour[press(how=ONE)#2]"]


def test_fixtures_reach_adapters_and_runs(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_fixtures="""
        import pytest
        from fsm import Observation, conform
        from lamp import Lamp, Light

        @pytest.fixture
        def color():
            return Light.GREEN

        class Bulb:
            def __init__(self, color, tmp_path, request):
                assert request.node.name.startswith("test_")
                self.green, self.file = color, tmp_path / "light"

            def go(self, honk):
                self.file.touch(exist_ok=False)

            def stop(self):
                self.file.unlink()

            def observe(self):
                return {"light": self.green if self.file.exists() else Light.RED}

        def run(plan, color):
            assert color is Light.GREEN
            return [Observation((step.action,), step.arguments) for step in plan.steps]

        TestBulb = conform(Lamp, Bulb)
        TestRun = conform(Lamp, run=run)
        """
    )
    project.runpytest("test_fixtures.py").assert_outcomes(passed=8)


def test_an_adapter_that_does_not_fit_is_a_collection_error_in_words(project: pytest.Pytester) -> None:
    project.makepyfile(test_bulb=ADAPTER.format(stopped="False").replace("def stop", "def halt"))
    result = project.runpytest("test_bulb.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["E   fsm.errors.AdapterError: Bulb cannot do `stop`: give it a method of that name, or say skip=*"]
    )


def test_an_event_without_tours_is_skipped_in_pytest_too(project: pytest.Pytester) -> None:
    project.makepyfile(test_bulb=ADAPTER.format(stopped="False").replace("Bulb)", "Bulb, skip=['go'])"))
    result = project.runpytest("-rs", "test_bulb.py")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * no reachable state allows stop without go"])
    result.stdout.fnmatch_lines(["Lamp  0 of 3 transitions, 0 %  (3 cannot be, without go)"])
