import inspect
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, replace
from enum import Enum
from types import SimpleNamespace
from typing import Literal

import pytest
import transitions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fsm import action, always, each, initial, limit, machine, many, model_of, one_of, require, spec, var
from fsm import runner as runner_module
from fsm.capture import Tables
from fsm.composites import MapOf
from fsm.errors import EventError, FsmError, SpecError
from fsm.graph import Graph
from tests.strategies import specs

Phase = Enum("Phase", "PENDING REF_GENERATED CONFIGURED CREATED PRE_STARTED FAILED")


@spec(final={Phase.PRE_STARTED, Phase.FAILED})
class StartContainer:
    """One call of startContainer."""

    phase: Phase = Phase.PENDING
    container: bool = False
    restart_count: int = var(range(4), 0)

    @action(Phase.PENDING)
    def generate_ref(self, ok: bool) -> None:
        """A reference for events; starting goes on without one."""
        self.phase = Phase.REF_GENERATED

    @action(Phase.REF_GENERATED)
    def configure(self, ok: bool, restart_count: int = var(range(4))) -> None:
        self.restart_count = restart_count
        self.phase = Phase.CONFIGURED if ok else Phase.FAILED

    @action(Phase.CONFIGURED)
    def create(self, ok: bool) -> None:
        self.container = ok
        self.phase = Phase.CREATED if ok else Phase.FAILED

    @action(Phase.CREATED)
    def pre_start(self, ok: bool) -> None:
        self.phase = Phase.PRE_STARTED if ok else Phase.FAILED

    @action(Phase.FAILED)
    def collect(self) -> None:
        self.container = False

    @always
    def started_has_container(self) -> bool:
        return self.container or self.phase is not Phase.PRE_STARTED


class Size(Enum):
    SMALL = 1
    LARGE = 2


@dataclass(frozen=True)
class Parcel:
    size: Size
    fragile: bool


Hand = Enum("Hand", "LEFT RIGHT")


@spec
class Juggler:
    """Data of every kind: a map of optional records, a set, a sequence, a map of a map."""

    mood: Literal["calm", "busy"] = "calm"
    hands: dict[Hand, Parcel | None] = each(Hand, None)
    seen: frozenset[Size] = frozenset()
    thrown: tuple[Size, ...] = var(maxlen=3)
    scores: dict[Hand, dict[bool, int]] = each(Hand, each(bool, var(range(3), 0)))

    @action
    def catch(self, hand: Hand, parcel: Parcel) -> None:
        require(self.hands[hand] is None)
        self.hands[hand] = parcel
        self.seen |= {parcel.size}
        self.mood = "busy"

    @action("busy")
    def swap(self) -> None:
        left, right = self.hands[Hand.LEFT], self.hands[Hand.RIGHT]
        self.hands[Hand.LEFT], self.hands[Hand.RIGHT] = right, left

    @action("busy")
    def throw(self, hand: Hand) -> None:
        parcel = self.hands[hand]
        require(parcel is not None)
        limit(len(self.thrown) < 3)
        self.thrown = (*self.thrown, parcel.size)
        self.scores[hand][parcel.fragile] = min(self.scores[hand][parcel.fragile] + 1, 2)
        self.hands[hand] = None
        if self.hands[Hand.LEFT] is None and self.hands[Hand.RIGHT] is None:
            self.mood = "calm"


@spec(final={"down"})
class Link:
    """Faults, several initial states, and a limit."""

    state: Literal["up", "shaky", "down"] = "up"
    retries: int = var(range(5), one_of(0, 2))
    lossy: bool = var(initial=one_of(False, True))

    @initial
    def no_retries_without_loss(self) -> bool:
        return self.lossy or self.retries == 0

    @action("up", "shaky")
    def send(self) -> None:
        require(not self.lossy or self.state == "up")

    @action("up", fault=True)
    def shake(self, how: Literal["wind", "rain"]) -> None:
        self.state = "shaky" if how == "wind" else "down"

    @action("shaky")
    def retry(self, ok: bool) -> None:
        limit(self.retries < 4)
        self.retries += 1
        if ok:
            self.state = "up"

    @action("shaky", fault=True)
    def give_up(self) -> None:
        require(self.retries > 2)
        self.state = "down"


@spec
class Odd:
    """Phases of every scalar type, three of them falsy."""

    phase: Literal[0, "", None, True, "on time"] = 0

    @action
    def step(self) -> None:
        after = {0: "", "": None, None: True, True: "on time"}
        self.phase = 0 if self.phase == "on time" else after[self.phase]


WALKED = [(StartContainer, {}), (Juggler, {}), (Link, {"retries": 2}), (Link, {"lossy": False}), (Odd, {})]


def values(model, names):
    return {name: getattr(model, name) for name in names}


def walk(cls, begin, choices):
    """Walk a machine and the tables of the explorer side by side, asking everything in every state."""
    model = model_of(cls)
    graph = Graph(Tables(model))
    layout, names = model.layout, [variable.name for variable in model.variables]
    running = machine(cls, initial=begin).model
    fitting = [s for s in graph.tables.initial_states() if begin.items() <= layout.unpack(s).items()]
    (state,) = fitting
    for choice in [*choices, None]:
        assert values(running, names) == layout.unpack(state)
        successors = dict(graph.successors(state))
        for number, event in enumerate(model.events):
            may = getattr(running, f"may_{event.action.name}")(**event.named)
            assert may is (number in successors)
            if not may:
                with pytest.raises(EventError):
                    getattr(running, event.action.name)(**event.named)
        assert values(running, names) == layout.unpack(state)
        if choice is None or not successors:
            return
        number = sorted(successors)[choice % len(successors)]
        event = model.events[number]
        assert getattr(running, event.action.name)(**event.named) is True
        state = successors[number]


CHOICES = st.lists(st.integers(0, 1000), max_size=12)


def start_to(*events):
    model = machine(StartContainer).model
    for name, arguments in events:
        getattr(model, name)(*arguments)
    return model


TO_CONFIGURED = (("generate_ref", (True,)), ("configure", (True, 3)))


# it moves as the spec says


@pytest.mark.parametrize(("cls", "begin"), WALKED)
@settings(max_examples=15, deadline=None)
@given(choices=CHOICES)
def test_every_walk_agrees_with_the_successors_that_the_explorer_uses(cls, begin, choices):
    walk(cls, begin, choices)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=specs(), choices=CHOICES, which=st.integers(0, 1000))
def test_a_machine_of_any_spec_agrees_with_the_explorer(drawn, choices, which):
    tables = Tables(model_of(drawn.cls))
    assume(not isinstance(tables.model.phase.domain, MapOf))
    try:
        states = tables.initial_states()
        machine(drawn.cls, initial=tables.layout.unpack(states[which % len(states)]))
    except SpecError:
        assume(False)  # a body that leaves a domain
    walk(drawn.cls, tables.layout.unpack(states[which % len(states)]), choices)


def test_the_example_of_the_design_runs_as_shown():
    kubelet = machine(StartContainer).model
    kubelet.generate_ref(ok=True)
    assert kubelet.phase is Phase.REF_GENERATED
    assert kubelet.restart_count == 0


def test_arguments_go_by_position_or_by_keyword():
    kubelet = start_to(("generate_ref", (False,)))
    kubelet.configure(True, restart_count=2)
    assert (kubelet.phase, kubelet.restart_count) == (Phase.CONFIGURED, 2)


def test_a_machine_is_a_machine_of_transitions_and_its_states_are_the_phases():
    made = machine(StartContainer)
    assert isinstance(made, transitions.Machine)
    assert [state.value for state in made.states.values()] == list(Phase)
    assert made.get_model_state(made.model).value is Phase.PENDING
    assert [s.name for s in made.states.values() if s.final] == ["PRE_STARTED", "FAILED"]


def test_two_machines_of_one_spec_move_apart():
    one, other = machine(StartContainer).model, machine(StartContainer).model
    one.generate_ref(True)
    assert (one.phase, other.phase) == (Phase.REF_GENERATED, Phase.PENDING)


def test_data_are_what_the_spec_declares():
    juggler = machine(Juggler).model
    juggler.catch(Hand.LEFT, Parcel(Size.LARGE, fragile=True))
    assert juggler.hands == {Hand.LEFT: Parcel(Size.LARGE, True), Hand.RIGHT: None}
    assert type(juggler.hands[Hand.LEFT]) is Parcel
    assert juggler.seen == frozenset({Size.LARGE})
    juggler.throw(Hand.LEFT)
    assert juggler.thrown == (Size.LARGE,)
    assert juggler.scores == {Hand.LEFT: {False: 0, True: 1}, Hand.RIGHT: {False: 0, True: 0}}


def test_a_model_shows_its_state_and_documents_its_actions():
    kubelet = machine(StartContainer).model
    assert repr(kubelet) == "StartContainer(phase=PENDING, container=False, restart_count=0)"
    assert type(kubelet).__doc__ == "One call of startContainer."
    assert str(inspect.signature(kubelet.configure)) == "(ok, restart_count)"
    assert kubelet.generate_ref.__doc__ == "A reference for events; starting goes on without one."


def test_an_action_is_fired_by_its_name_too():
    made = machine(StartContainer)
    assert made.model.may_trigger("generate_ref", ok=True) is True
    assert made.model.trigger("generate_ref", ok=True) is True
    assert made.dispatch("configure", False, 1) is True
    assert made.model.phase is Phase.FAILED
    with pytest.raises(EventError, match=r"`colect` is no action of .*: did you mean `collect`\?"):
        made.dispatch("colect")


def test_arguments_may_have_the_names_that_transitions_uses_itself():
    @spec
    class Doors:
        open: bool = False

        @action
        def push(self, model: bool, trigger: bool, trigger_name: bool, event_data: bool) -> None:
            self.open = model and trigger and trigger_name and event_data

    made = machine(Doors)
    every = {"model": True, "trigger": True, "trigger_name": True, "event_data": True}
    assert made.model.may_push(**every) is True
    assert made.model.push(**every) is True
    assert made.model.open is True
    assert made.model.trigger("push", **{**every, "model": False}) is True
    assert made.model.open is False


def test_what_a_wrong_body_says_passes_through():
    @spec
    class Wrong:
        n: int = var(range(6_000), 0)

        @action
        def grow(self) -> None:
            self.n += 1

    running = machine(Wrong).model  # beyond what is explored to list the transitions
    for _ in range(5_999):
        running.grow()
    with pytest.raises(SpecError, match="6000 is not in"):
        running.grow()
    assert running.n == 5_999


def test_a_machine_moves_and_judges_nothing():
    @spec
    class Unjudged:
        on: bool = False

        @action
        def flip(self) -> None:
            self.on = not self.on

        @always
        def never_on(self, after: "Unjudged") -> bool:
            return 1 // (not after.on) == 1

    assert machine(Unjudged).model.flip() is True


# events that are not accepted


def test_an_event_that_is_not_possible_says_where_and_what_is_possible():
    kubelet = start_to(("generate_ref", (True,)))
    with pytest.raises(EventError) as caught:
        kubelet.create(ok=True)
    assert str(caught.value) == (
        "`create(ok=True)` is not possible in StartContainer(phase=REF_GENERATED, container=False, "
        "restart_count=0): possible: `configure(ok=False, restart_count=0)`, "
        "`configure(ok=False, restart_count=1)`, `configure(ok=False, restart_count=2)`, "
        "`configure(ok=False, restart_count=3)`, `configure(ok=True, restart_count=0)`, "
        "`configure(ok=True, restart_count=1)`, `configure(ok=True, restart_count=2)`, "
        "`configure(ok=True, restart_count=3)`"
    )


def test_of_what_is_possible_the_same_action_comes_first_and_the_rest_is_counted():
    juggler = machine(Juggler).model
    juggler.catch(Hand.LEFT, Parcel(Size.SMALL, fragile=False))
    with pytest.raises(EventError, match=r"possible: `throw\(hand=LEFT\)`, `catch\(.*") as caught:
        juggler.throw(Hand.RIGHT)
    assert "more" not in str(caught.value)
    with pytest.raises(EventError, match=r"nothing is$"):
        start_to(*TO_CONFIGURED, ("create", (True,)), ("pre_start", (True,))).collect()


def test_a_limit_says_that_the_step_is_outside_the_bounds():
    link = machine(Link, initial={"retries": 2}).model
    link.shake("wind")
    link.retry(ok=False)
    link.retry(ok=False)
    assert link.may_retry(ok=False) is False
    with pytest.raises(EventError, match=r"`retry\(ok=False\)` is outside the bounds .* \(`limit`\) in"):
        link.retry(ok=False)
    assert link.retries == 4


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, r"`configure\(ok, restart_count\)` needs `ok`, one of: False, True"),
        ((True,), {}, r"needs `restart_count`, one of: 0, 1, 2, 3"),
        ((), {"restart_count": 1}, r"needs `ok`"),
        ((True, 1, 2), {}, r"is given 3 arguments: True, 1, 2"),
        ((True,), {"restart_cont": 1}, r"no argument `restart_cont`: did you mean `restart_count`\?"),
        ((True, 1), {"ok": True}, r"is given `ok` twice, by position and by keyword"),
        ((True, 4), {}, r"`configure\(ok=True, restart_count=4\)`: `restart_count`: 4 is not in range"),
        ((1, 1), {}, r"`ok`: 1 is not in bool \(its type is int, not bool\)"),
        ((True, True), {}, r"`restart_count`: True is not in"),
        ((True, []), {}, r"`restart_count`: \[\] is not in"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_with_it(args, kwargs, message):
    kubelet = start_to(("generate_ref", (True,)))
    for call in (kubelet.configure, kubelet.may_configure):
        with pytest.raises(EventError, match=message):
            call(*args, **kwargs)
    assert kubelet.phase is Phase.REF_GENERATED


def test_a_value_that_is_nearly_right_is_named():
    juggler = machine(Juggler).model
    with pytest.raises(EventError, match=r"'LEFT' is not in Hand; did you mean `LEFT`\?"):
        juggler.catch("LEFT", Parcel(Size.SMALL, fragile=False))


# nothing but an event moves it


def test_variables_cannot_be_assigned_and_unknown_names_are_told():
    kubelet = machine(StartContainer).model
    for name in ("phase", "restart_count", "phaze"):
        with pytest.raises(AttributeError, match=f"`{name}` cannot be assigned.*`generate_ref`"):
            setattr(kubelet, name, Phase.FAILED)
    with pytest.raises(AttributeError):
        del kubelet.phase
    with pytest.raises(AttributeError, match=r"StartContainer has no `phaze`: did you mean `phase`\?"):
        kubelet.phaze  # noqa: B018


def test_what_is_read_cannot_be_changed():
    juggler = machine(Juggler).model
    juggler.catch(Hand.LEFT, Parcel(Size.SMALL, fragile=False))
    assert isinstance(juggler.scores, Mapping)
    with pytest.raises(TypeError):
        juggler.hands[Hand.LEFT] = None
    with pytest.raises(TypeError):
        juggler.scores[Hand.LEFT][True] = 2
    with pytest.raises(FrozenInstanceError):
        juggler.hands[Hand.LEFT].fragile = True


@pytest.mark.parametrize(
    "leave",
    [
        lambda m: m.add_transition("jump", Phase.PENDING, Phase.CREATED),
        lambda m: m.add_transitions([["jump", Phase.PENDING, Phase.CREATED]]),
        lambda m: m.add_ordered_transitions(),
        lambda m: m.events["create"].add_transition(transitions.Transition("PENDING", "CREATED")),
        lambda m: m.remove_transition("create"),
        lambda m: m.add_state("LOST"),
        lambda m: m.add_states(["LOST"]),
        lambda m: m.set_state(Phase.CREATED),
        lambda m: m.add_model(SimpleNamespace()),
        lambda m: m.remove_model(m.model),
    ],
)
def test_what_would_let_it_leave_its_spec_is_refused(leave):
    made = machine(StartContainer)
    with pytest.raises(SpecError, match="would let a machine leave its spec"):
        leave(made)
    assert made.model.phase is Phase.PENDING
    assert set(made.states) == set(Phase.__members__)


# the traps of transitions


def test_there_is_no_way_to_jump_to_a_phase():
    made = machine(StartContainer)
    assert made.auto_transitions is False
    assert not [name for name in (*dir(made.model), *made.events) if name.startswith("to_")]


@pytest.mark.parametrize("send_event", [True, False])
def test_guards_answer_bools_and_exactly_one_of_them_is_true(send_event):
    made = machine(StartContainer)
    made.send_event = send_event
    model = made.model
    for name, *arguments in (("generate_ref", False), ("configure", True, 1), ("create", False)):
        attempt = made.attempt(model, name, tuple(arguments), {})
        guards = [c for t in made.get_transitions(name, model.phase) for c in t.conditions]
        answers = [guard.check(attempt) for guard in guards]
        assert all(type(answer) is bool for answer in answers)
        assert answers.count(True) == 1
        getattr(model, name)(*arguments)


def test_an_event_without_a_way_is_an_error_and_never_only_false():
    kubelet = machine(StartContainer).model
    assert kubelet.may_create(True) is False
    with pytest.raises(EventError):
        kubelet.create(True)


def test_a_condition_added_by_hand_can_only_stop_and_is_told():
    made = machine(StartContainer)
    (move,) = made.get_transitions("generate_ref")
    move.conditions.append(transitions.core.Condition(lambda event: 5))  # truthy, yet transitions blocks
    assert made.model.may_generate_ref(True) is False
    with pytest.raises(EventError, match="stopped by a condition that the spec has not"):
        made.model.generate_ref(True)
    assert made.model.phase is Phase.PENDING


def test_no_transition_hides_behind_another_one():
    made = machine(StartContainer)
    rows = [(name, t.source, t.dest) for name in made.events for t in made.get_transitions(name)]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(
    "add",
    [
        lambda m: m.on_enter_FAILED("alarm"),
        lambda m: m.get_state(Phase.FAILED).add_callback("exit", "alarm"),
        lambda m: m.before_create("alarm"),
        lambda m: m.events["create"].add_callback("after", "os.getcwd"),
        lambda m: setattr(m, "before_state_change", "alarm"),
        lambda m: setattr(m, "on_exception", [print, "alarm"]),
    ],
)
def test_a_callback_given_by_name_is_refused_at_once(add):
    with pytest.raises(SpecError, match="is no function: nobody looks a name up before it is called"):
        add(machine(StartContainer))


def test_a_name_that_slips_in_is_refused_when_it_is_met_and_the_event_has_not_happened():
    made = machine(StartContainer)
    made.states["REF_GENERATED"].on_enter.append("alarm")
    with pytest.raises(SpecError, match="the callback 'alarm' is no function"):
        made.model.generate_ref(True)
    assert made.model.phase is Phase.PENDING


@pytest.mark.parametrize(
    "moment",
    ["prepare_event", "before_state_change", "exit", "enter", "after_state_change", "on_final"],
)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_event_whose_callback_raises_has_not_happened(moment, error):
    made = machine(StartContainer)
    made.model.generate_ref(True)
    heard = []

    def fail(event):
        made.model.collect()  # waits, and is dropped
        raise error("no")

    if moment in ("enter", "exit"):
        made.get_state(Phase.FAILED if moment == "enter" else Phase.REF_GENERATED).add_callback(moment, fail)
    else:
        setattr(made, moment, fail)
    with pytest.raises(error):
        made.model.configure(False, 3)
    assert repr(made.model) == "StartContainer(phase=REF_GENERATED, container=False, restart_count=0)"
    made.before_state_change = made.after_state_change = made.prepare_event = made.on_final = None
    made.after_state_change = lambda event: heard.append(event.event.name)
    made.states["FAILED"].on_enter.clear()
    made.states["REF_GENERATED"].on_exit.clear()
    made.model.configure(True, 3)
    assert heard == ["configure"]
    assert (made.model.phase, made.model.restart_count) == (Phase.CONFIGURED, 3)


def test_an_action_may_have_any_name_that_the_machine_uses_itself():
    @spec
    class Gun:
        phase: Literal["loaded", "empty"] = "loaded"
        model: bool = False
        may_load: bool = False

        @action("loaded")
        def trigger(self) -> None:
            self.phase = "empty"

        @action
        def state(self, on: bool) -> None:
            self.model = on

        @action("empty")
        def on_enter_empty(self) -> None:
            self.may_load = True

        @action("empty")
        def load(self) -> None:
            self.phase = "loaded"

        @action
        def get_graph(self) -> None:
            self.may_load = False

        @action
        def dispatch(self) -> None: ...

    made = machine(Gun)
    gun = made.model
    assert gun.may_trigger() is True
    assert gun.trigger() is True
    assert (gun.phase, gun.may_load) == ("empty", False)  # `on_enter_empty` did not become a callback
    assert gun.state(on=True) is True
    assert gun.on_enter_empty() is True
    assert (gun.model, gun.may_load) == (True, True)  # the variable comes first
    assert gun.dispatch() is True
    assert gun.get_graph() is True
    assert made.dispatch("load") is True
    assert "get_graph" in made.get_graph(graph_engine="mermaid").source


def test_an_action_named_like_a_question_is_refused():
    @spec
    class Shop:
        phase: Literal["open", "shut"] = "shut"

        @action("shut")
        def unlock(self) -> None:
            self.phase = "open"

        @action
        def may_unlock(self) -> None: ...

        @action
        def is_phase_open(self) -> None: ...

    with pytest.raises(SpecError) as caught:
        machine(Shop)
    told = [mistake.message for mistake in caught.value.mistakes]
    assert [message.split(" ")[0] for message in told] == ["`may_unlock`", "`is_phase_open`"]
    assert all("a helper of this name that only asks: rename the action" in message for message in told)
    assert all(mistake.where.file == __file__ for mistake in caught.value.mistakes)


def test_pictures_of_transitions_are_whole_even_for_phases_that_are_falsy(caplog):
    made = machine(Odd)
    with caplog.at_level(logging.WARNING):
        drawn = made.get_graph(graph_engine="mermaid").source
    assert not caplog.records
    edges = [line.strip() for line in drawn.splitlines() if "-->" in line]
    assert edges == [
        "0 --> '': step",
        "'' --> None: step",
        "None --> True: step",
        "True --> on time: step",
        "on time --> 0: step",
        "[*] --> 0",
    ]


# callbacks


def test_callbacks_see_the_whole_state_before_or_the_whole_state_after():
    made = machine(StartContainer)
    seen = []

    def note(moment):
        return lambda event: seen.append((moment, event.model.phase.name, event.model.container))

    made.prepare_event = note("prepare")
    made.before_state_change = note("before")
    made.before_create(note("before create"))
    made.on_exit_CONFIGURED(note("exit"))
    made.on_enter_CREATED(note("enter"))
    made.after_create(note("after create"))
    made.after_state_change = note("after")
    made.model.generate_ref(True)
    made.model.configure(True, 0)
    seen.clear()
    made.model.create(ok=True)
    before, after = ("CONFIGURED", False), ("CREATED", True)
    assert seen == [
        *((moment, *before) for moment in ("prepare", "before", "before create", "exit")),
        *((moment, *after) for moment in ("enter", "after create", "after")),
    ]


def test_callbacks_are_given_the_event_with_its_arguments_by_name():
    made, seen = machine(StartContainer), []
    made.model.generate_ref(True)
    made.after_state_change = seen.append
    made.model.configure(True, 2)
    (event,) = seen
    assert (event.event.name, event.kwargs) == ("configure", {"ok": True, "restart_count": 2})
    assert (event.transition.source, event.transition.dest) == ("REF_GENERATED", "CONFIGURED")
    assert event.state.value is Phase.CONFIGURED


def test_asking_prepares_as_firing_does_and_changes_nothing():
    made, heard = machine(StartContainer), []
    made.prepare_event = lambda event: heard.append("any")
    made.prepare_generate_ref(lambda event: heard.append(event.kwargs))
    assert made.model.may_generate_ref(True) is True
    assert heard == ["any", {"ok": True}]
    assert made.model.phase is Phase.PENDING


def test_an_event_that_stays_in_its_phase_neither_leaves_nor_enters_it():
    made, seen = machine(StartContainer), []
    made.on_enter_FAILED(lambda event: seen.append("enter"))
    made.on_exit_FAILED(lambda event: seen.append("exit"))
    made.on_final = lambda event: seen.append("final")
    made.after_collect(lambda event: seen.append("collect"))
    made.model.generate_ref(True)
    made.model.configure(False, 0)
    made.model.collect()
    assert seen == ["enter", "final", "collect"]


def test_an_event_that_a_callback_fires_waits_for_the_running_one():
    made, seen = machine(StartContainer), []
    made.on_enter_REF_GENERATED(lambda event: event.model.configure(True, 1))
    made.on_enter_CONFIGURED(lambda event: event.model.create(False))
    made.after_state_change = lambda event: seen.append((event.event.name, event.model.phase.name))
    made.model.generate_ref(True)
    assert seen == [("generate_ref", "REF_GENERATED"), ("configure", "CONFIGURED"), ("create", "FAILED")]


def test_a_waiting_event_that_is_not_possible_leaves_the_running_one_done():
    made = machine(StartContainer)
    made.on_enter_REF_GENERATED(lambda event: event.model.create(True))
    with pytest.raises(EventError, match=r"`create\(ok=True\)` is not possible"):
        made.model.generate_ref(True)
    assert made.model.phase is Phase.REF_GENERATED
    assert made.model.configure(True, 0) is True


def test_on_exception_hears_of_errors_after_the_model_was_put_back():
    made, heard = machine(StartContainer), []
    made.on_enter_REF_GENERATED(lambda event: 1 / 0)
    made.on_exception = lambda event: heard.append((type(event.error), event.state.name, event.model.phase))
    made.model.generate_ref(True)
    made.model.create(True)
    assert heard == [
        (ZeroDivisionError, "PENDING", Phase.PENDING),
        (EventError, "PENDING", Phase.PENDING),
    ]


# what is listed


def test_the_transitions_are_those_that_the_spec_can_take():
    made = machine(StartContainer)
    assert made.exhaustive is True
    assert [(t.source, t.dest) for t in made.get_transitions("create")] == [
        ("CONFIGURED", "CREATED"),
        ("CONFIGURED", "FAILED"),
    ]
    assert made.get_triggers(Phase.PENDING) == ["generate_ref"]
    assert made.get_triggers("FAILED", Phase.CREATED) == ["pre_start", "collect"]
    assert made.get_triggers(Phase.PRE_STARTED) == []
    assert [t.source for t in made.get_transitions(dest=Phase.FAILED)] == [
        "REF_GENERATED", "CONFIGURED", "CREATED", "FAILED",
    ]  # fmt: skip


def test_a_transition_that_only_guards_exclude_is_not_listed():
    @spec
    class Gate:
        phase: Literal["a", "b", "c"] = "a"
        ready: bool = False

        @action
        def go(self, to: Literal["a", "b", "c"]) -> None:
            require(self.ready or to != "c")
            self.phase = to

    assert not machine(Gate).get_transitions(dest="c")


def test_a_spec_with_too_many_states_runs_all_the_same_and_says_so(monkeypatch):
    monkeypatch.setattr(runner_module, "MOST_STATES", 3)
    made, seen = machine(StartContainer), []
    assert made.exhaustive is False
    made.after_pre_start(lambda event: seen.append((event.transition.source, event.transition.dest)))
    assert made.get_triggers(Phase.CREATED) == ["pre_start"]
    for name, *arguments in (("generate_ref", True), ("configure", True, 0), ("create", True)):
        getattr(made.model, name)(*arguments)
    assert made.model.may_pre_start(False) is True
    made.model.pre_start(False)
    assert made.model.phase is Phase.FAILED
    assert seen == [("CREATED", None)]
    with pytest.raises(EventError):
        made.model.create(True)


def test_phases_that_are_no_enum_are_named_as_they_are_written():
    made = machine(Odd)
    assert list(made.states) == ["0", "''", "None", "True", "on time"]
    assert made.get_state(0).name == "0"
    assert made.get_state(True).value is True
    assert made.is_state(None, made.model) is False
    made.model.step()
    assert made.model.phase == ""
    assert made.get_triggers(None) == ["step"]
    assert [t.dest for t in made.get_transitions(source=True)] == ["on time"]
    assert made.model.is_phase_None() is False
    with pytest.raises(ValueError, match=r"1 is no phase of Odd"):
        made.get_state(1)


def test_phases_that_are_written_alike_are_told_apart():
    @spec
    class Alike:
        phase: Literal["1", 1] = 1

        @action
        def turn(self) -> None:
            self.phase = "1" if self.phase == 1 else 1

    made = machine(Alike)
    assert list(made.states) == ["'1'", "1"]
    made.model.turn()
    assert made.model.phase == "1"


def test_helpers_ask_for_the_phase_as_in_transitions():
    kubelet, link = machine(StartContainer).model, machine(Link, initial={"lossy": False}).model
    assert kubelet.is_phase_PENDING() is True
    assert kubelet.is_phase_FAILED() is False
    assert link.is_up() is True


def test_pictures_mark_the_phase_of_the_model():
    made = machine(StartContainer)
    made.model.generate_ref(True)
    drawn = made.get_graph(title="Start", graph_engine="mermaid").source
    assert "Class REF_GENERATED s_active" in drawn
    assert "CONFIGURED --> FAILED: create" in drawn
    assert drawn.splitlines()[1] == "Start"


# where it begins


def test_several_initial_states_are_listed_by_what_differs():
    with pytest.raises(SpecError) as caught:
        machine(Link)
    assert str(caught.value) == (
        "Link begins in one of 3 states; choose with `initial={...}`:\n"
        "  retries=0, lossy=False\n"
        "  retries=0, lossy=True\n"
        "  retries=2, lossy=True"
    )


def test_values_of_some_variables_choose_among_the_initial_states():
    link = machine(Link, initial={"retries": 2}).model
    assert (link.retries, link.lossy) == (2, True)


@pytest.mark.parametrize(
    ("begin", "message"),
    [
        (
            {"lossy": True},
            r"in one of 2 states; choose with `initial=\{...\}`:\n  retries=0\n  retries=2",
        ),
        (
            {"lossy": False, "retries": 2},
            r"in no state that fits `initial`; it begins in:\n  retries=0",
        ),
        ({"lost": True}, r"`initial`: Link has no variable `lost`: did you mean `lossy`\?"),
        ({"lossy": 1}, r"`initial`: `lossy`: 1 is not in bool"),
    ],
)
def test_a_choice_that_leaves_none_or_many_is_told(begin, message):
    with pytest.raises(SpecError, match=message):
        machine(Link, initial=begin)


def test_many_initial_states_are_cut_short():
    @spec
    class Wide:
        phase: bool = False
        n: int = var(range(20), one_of(*range(20)))

        @action
        def flip(self) -> None:
            self.phase = not self.phase

    with pytest.raises(SpecError, match=r"one of 20 states[\s\S]*n=7\n  and 12 more$"):
        machine(Wide)


# what cannot run


def test_a_map_of_phases_is_refused_with_the_way_out():
    with pytest.raises(SpecError, match=r"of many\(StartContainer, 2\), is a map.*one machine of the spec"):
        machine(many(StartContainer, 2))

    @spec
    class Votes:
        voted: dict[Hand, bool] = each(Hand, False)

        @action
        def vote(self, hand: Hand) -> None:
            self.voted[hand] = True

    with pytest.raises(SpecError, match=r"`voted`, the phase of Votes, is a map.*declare before") as caught:
        machine(Votes)
    assert caught.value.mistakes[0].where.line > 0


def test_what_is_no_spec_is_refused():
    with pytest.raises(FsmError, match="is no spec"):
        machine(int)


def test_a_model_runs_as_its_class_does():
    model = replace(model_of(StartContainer), name="Renamed")
    assert repr(machine(model).model).startswith("Renamed(phase=PENDING")


def test_transitions_is_loaded_by_the_runner_alone():
    script = "import sys, fsm, fsm.checker, fsm.stepper; sys.exit('transitions' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
