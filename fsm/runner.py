"""A spec that runs: a `transitions.Machine` whose model moves as the spec says, data included.

Theory. The whole state of the model is one packed integer, and it changes in one assignment: what the
table of the event says for it. So phase and data change together, and nothing but an event of the spec
changes them. The Transitions of the machine are those that exploring the spec finds; they carry callbacks
and make pictures, and decide nothing. Where a spec has too many states to see them all, `exhaustive` is
False, and each action has besides, from each of its phases, a Transition without `dest` for the unseen.

*Callbacks* are added as in `transitions`: `machine.on_enter_FAILED(f)`, `machine.after_create(f)`,
`machine.get_state(Phase.FAILED).add_callback("enter", f)`, `machine.before_state_change = f`, `on_final`,
`prepare_event`, `finalize_event`, `on_exception`. Each is called with one argument, the EventData
(`.model`, `.event.name`, `.kwargs`, `.transition`). Until a phase is left, callbacks see the state before
the event, from entering on the state after it. An event that stays in its phase neither leaves nor enters.

*All or nothing.* Whatever a callback raises passes through, and the event has then not happened: phase and
data are what they were. (Only what `finalize_event` raises is logged instead, as `transitions` does.) An
event that a callback fires waits until the running one has ended, and is dropped if that one fails. A
machine belongs to one thread at a time.

What would let a machine leave its spec is refused: adding or removing states, transitions and models,
`set_state`, assigning a variable, and callbacks given by name, which nobody looks up before they are called.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, NoReturn

from transitions import core

from fsm.composites import MapOf
from fsm.declaration import model_of
from fsm.errors import EventError, Mistake, SpecError, did_you_mean
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.limits import Limits
from fsm.model import Model
from fsm.stepper import Choice, Standing, Stepper, put, standing
from fsm.values import show

MOST_STATES = 5_000  #: states that are explored to list the transitions


def machine(spec: Any, *, initial: Mapping[str, Any] | None = None) -> SpecMachine:
    """A running machine of a spec.

    Its `model` has every variable as a read-only attribute, every action as a method that returns True or
    raises `EventError`, and the helpers that `transitions` gives: `may_create(ok=True)`,
    `is_phase_CREATED()` (`is_CREATED()` where the phase is called `state`), `trigger("create", ok=True)`.
    Where a variable or an action has the name of a helper, the name is the spec's.

    Args:
        spec: a class marked `@spec`, or a model.
        initial: values of variables, to choose where the spec begins in one of several states.

    Returns:
        The machine, a `transitions.Machine`; what moves is its `model`.

    Raises:
        SpecError: if the spec has mistakes, if `initial` leaves no initial state or more than one, if the
            phase is a map (a machine is in one phase at a time), or if an action has the name of a helper
            that only asks.

    >>> from enum import Enum
    >>> from fsm import action, machine, spec, var
    >>> Light = Enum("Light", "RED GREEN")
    >>> @spec
    ... class Lamp:
    ...     light: Light = Light.RED
    ...     passed: int = var(range(3), 0)
    ...     @action(Light.RED)
    ...     def go(self, cars: int = var(range(3))) -> None:
    ...         self.light = Light.GREEN
    ...         self.passed = cars
    >>> lamp = machine(Lamp).model
    >>> lamp.go(cars=2), lamp.light.name, lamp.passed
    (True, 'GREEN', 2)
    >>> lamp.go(0)
    Traceback (most recent call last):
    ...
    fsm.errors.EventError: `go(cars=0)` is not possible in Lamp(light=GREEN, passed=2): nothing is
    """
    model = model_of(spec)
    if isinstance(model.phase.domain, MapOf):
        raise SpecError([Mistake(_no_map(model), model.phase.where)])
    graph = explore(replace(model, properties=()), Limits(max_states=MOST_STATES))
    if graph.stopped == "interrupted":
        raise KeyboardInterrupt
    return SpecMachine(graph, initial or {})


class _Phase(core.State):
    """A State whose value is the phase itself, whatever its type."""

    def __init__(self, name: str, phase: Any, final: bool) -> None:
        super().__init__(name, final=final)
        self.phase = phase

    @property
    def value(self) -> Any:
        return self.phase

    def add_callback(self, trigger: str, func: Any) -> None:
        super().add_callback(trigger, _function(func))


class _Attempt(core.EventData):
    """What callbacks are given."""

    event: _Trigger
    model: Any

    def __init__(self, trigger: _Trigger, model: Any, choice: Choice) -> None:
        super().__init__(None, trigger, trigger.machine, model, (), dict(choice.named))
        self.choice = choice
        self.after = 0  #: the packed state after the event, once that is known


class _Guard(core.Condition):
    """Whether an event leads along a transition: a bool, whatever `send_event` is."""

    def check(self, event_data: core.EventData) -> bool:
        leads_on: Any = self.func
        return bool(leads_on(event_data))


class _Move(core.Transition):
    """The ways from one phase to another by one action; `dest` is None for those that were not seen."""

    def __init__(self, source: str, dest: str | None) -> None:
        super().__init__(source, dest)  # type: ignore[arg-type]
        self.conditions = [_Guard(self.leads_on)]

    def leads_on(self, attempt: Any) -> bool:
        """Whether the event leads along here, from the state that the model is in."""
        return attempt.event.route(attempt) is self

    def execute(self, event_data: Any) -> bool:
        machine, model = event_data.machine, event_data.model
        state, before = event_data.state, model._fsm_state
        try:
            machine.callbacks(self.prepare, event_data)
            if not self._eval_conditions(event_data):
                return False
            machine.callbacks(chain(machine.before_state_change, self.before), event_data)
            self._change_state(event_data)
            machine.callbacks(chain(self.after, machine.after_state_change), event_data)
        except BaseException:
            put(model, before)
            event_data.state = state
            raise
        return True

    def _change_state(self, event_data: Any) -> None:
        machine, source = event_data.machine, event_data.state
        target = machine.phase_of(event_data.after)
        if source is target:
            put(event_data.model, event_data.after)
            return
        source.exit(event_data)
        put(event_data.model, event_data.after)
        event_data.state = target
        target.enter(event_data)
        if target.final:
            machine.callbacks(machine.on_final, event_data)

    def add_callback(self, trigger: str, func: Any) -> None:
        super().add_callback(trigger, _function(func))


class _Trigger(core.Event):
    """An action and its transitions."""

    machine: SpecMachine

    def __init__(self, name: str, machine: SpecMachine) -> None:
        super().__init__(name, machine)
        self.moves: dict[tuple[str, str | None], _Move] = {}

    def trigger(self, model: Any, /, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        return self.machine._get_trigger(model, self.name, *args, **kwargs)

    def route(self, attempt: _Attempt) -> _Move | str:
        """The one transition that the event takes now, or why it takes none."""
        state = attempt.model._fsm_state
        after = self.machine.stepper.after(attempt.choice, state)
        if isinstance(after, str):
            return after
        attempt.after = after
        source, target = self.machine.phase_of(state).name, self.machine.phase_of(after).name
        return self.moves.get((source, target)) or self.moves[source, None]

    def _process(self, event_data: Any) -> bool:
        self.machine.callbacks(self.machine.prepare_event, event_data)
        move = self.route(event_data)
        why = move if isinstance(move, str) else "stopped by a condition that the spec has not"
        if isinstance(move, _Move):
            event_data.transition = move
            event_data.result = move.execute(event_data)
        if not event_data.result:
            state = event_data.model._fsm_state
            raise EventError(self.machine.stepper.refusal(event_data.choice, why, state))
        return True

    def _is_valid_source(self, _: core.State) -> bool:
        return True  # `_process` knows, and says why not

    def add_transition(self, transition: core.Transition) -> None:
        self.machine.add_transition(transition)


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(machine: SpecMachine, *_: Any, **__: Any) -> NoReturn:
        raise SpecError(
            f"`{name}` would let a machine leave its spec: it moves by the actions of "
            f"{machine.stepper.model.name} alone; to change those, write a variant, which is a subclass"
        )

    return refuse


CALLBACKS = {
    "prepare_event", "before_state_change", "after_state_change",
    "finalize_event", "on_exception", "on_final",
}  # fmt: skip


class SpecMachine(core.Machine):
    """A `transitions.Machine` that moves as a spec says; made by `machine`.

    Args:
        graph: the spec, explored as far as its transitions are to be listed.
        initial: values of variables that tell in which state to begin.

    Attributes:
        exhaustive: whether every transition of the spec is listed.
    """

    events: dict[str, _Trigger]  # type: ignore[assignment]

    add_model = remove_model = _refused("add_model")
    add_state = add_states = _refused("add_states")
    add_transition = add_transitions = add_ordered_transitions = _refused("add_transition")
    remove_transition = _refused("remove_transition")
    set_state = _refused("set_state")

    def __init__(self, graph: Graph, initial: Mapping[str, Any]) -> None:
        model = graph.model
        super().__init__(
            model=None, initial=None, auto_transitions=False, send_event=True, queued=True,
            model_attribute=model.phase.name, name=model.name,
        )  # fmt: skip
        self.stepper = Stepper(graph.tables)
        self.exhaustive = not graph.stopped
        self._slot = model.layout.slots[0]
        self._phases = [
            _Phase(name, phase, phase in model.final)
            for name, phase in zip(_names(model.phases), model.phases, strict=True)
        ]
        self.states.update((phase.name, phase) for phase in self._phases)
        state = self.stepper.begin(initial)
        self._initial = self.phase_of(state).name
        self.events.update((name, _Trigger(name, self)) for name in self.stepper.actions)
        self._list(graph)
        self.models.append(_model_class(self)())
        put(self.model, state)

    def _list(self, graph: Graph) -> None:
        """Make the transitions that were seen, and those for the unseen, in the order of the phases."""
        slot, model = self._slot, graph.model
        found: set[tuple[str, int, int]] = set()
        for before in graph.states[: len(graph.states) - graph.unexpanded]:
            source = before >> slot.shift & slot.mask
            for number, after in graph.successors(before):
                found.add((model.events[number].action.name, source, after >> slot.shift & slot.mask))
        names: list[str | None] = [*self.states, None]
        for action in model.actions if graph.stopped else ():
            possible = model.phases if action.sources is None else action.sources
            found.update((action.name, model.phases.index(phase), -1) for phase in possible)
        for name, source, target in sorted(found):
            at, trigger = self._phases[source].name, self.events[name]
            move = trigger.moves[at, names[target]] = _Move(at, names[target])
            trigger.transitions[at].append(move)

    def attempt(self, model: Any, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> _Attempt:
        """What a call of an action asks for; raises `EventError` for one that fits no event."""
        choice = self.stepper.choose(name, args, kwargs)
        return _Attempt(self.events[name], model, choice)

    def phase_of(self, state: int) -> _Phase:
        """The State of a packed state."""
        return self._phases[state >> self._slot.shift & self._slot.mask]

    @property
    def model(self) -> Any:
        """What moves."""
        return self.models[0]

    def get_state(self, state: Any) -> _Phase:
        """The State of a phase or of its name; raises `ValueError`."""
        for known in self._phases:
            if state is known or (type(state) is type(known.value) and state == known.value):
                return known
        if isinstance(state, str) and state in self.states:
            return self.states[state]  # type: ignore[return-value]
        told = did_you_mean(state if isinstance(state, str) else show(state), self.states)
        raise ValueError(f"{show(state)} is no phase of {self.stepper.model.name}: {told}")

    def get_model_state(self, model: Any) -> _Phase:
        """The State that the model is in."""
        return self.phase_of(model._fsm_state)

    def get_triggers(self, *args: Any) -> list[str]:
        """The actions that have a transition from one of these phases."""
        return super().get_triggers(*map(self.get_state, args))

    def get_transitions(self, trigger: str = "", source: Any = "*", dest: Any = "*") -> list[core.Transition]:
        """The transitions of an action, from a phase, to a phase; each may be left out."""
        ends = ("*" if isinstance(end, str) and end == "*" else self.get_state(end) for end in (source, dest))
        return super().get_transitions(trigger, *ends)

    def get_graph(self, title: str = "", **options: Any) -> Any:
        """The picture that `transitions` draws, with the phase of the model marked.

        Args:
            title: above the picture; the spec's name if empty.
            options: for its `GraphMachine`, such as `graph_engine="mermaid"`.

        Returns:
            An object with `draw(filename)`.
        """
        from transitions.extensions import GraphMachine

        rows = [(t.name, *ends) for t in self.events.values() for ends in t.moves]
        canvas: Any = GraphMachine(
            model=None, states=list(self.states), initial=self._initial, auto_transitions=False,
            title=title or self.stepper.model.name, model_attribute="", **options,
        )  # fmt: skip
        for row in rows:
            canvas.add_transition(*row)
        graph = canvas.graph_cls(canvas)
        graph.set_node_style(self.get_model_state(self.model).name, "active")
        return graph.get_graph(title=canvas.title)

    def dispatch(self, trigger: str, /, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        """Fire an action by its name."""
        return self._get_trigger(self.model, trigger, *args, **kwargs)

    def _get_trigger(  # type: ignore[override]
        self, model: Any, trigger_name: str, /, *args: Any, **kwargs: Any
    ) -> bool:
        attempt = self.attempt(model, trigger_name, args, kwargs)
        return self._process(lambda: attempt.event._trigger(attempt))

    def _can_trigger(self, model: Any, trigger: str, /, *args: Any, **kwargs: Any) -> bool:
        attempt = self.attempt(model, trigger, args, kwargs)
        attempt.state = self.get_model_state(model)
        move = attempt.event.route(attempt)
        if isinstance(move, str):
            return False
        attempt.transition = move
        self.callbacks(chain(self.prepare_event, move.prepare), attempt)
        return move._eval_conditions(attempt)

    @staticmethod
    def resolve_callable(func: Any, _: core.EventData) -> Callable[..., Any]:
        """The callback itself: none is looked up by name."""
        return _function(func)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in CALLBACKS:
            for func in core.listify(value):
                _function(func)
        super().__setattr__(name, value)


def _model_class(machine: SpecMachine) -> type:
    """The class of a machine's model; raises `SpecError` for actions that whoever asks would fire."""
    model = machine.stepper.model
    prefix = "is_" if model.phase.name == "state" else f"is_{model.phase.name}_"
    asking: dict[str, Any] = {
        "may_trigger": lambda self, /, *args, **kwargs: machine._can_trigger(self, *args, **kwargs),
        **{prefix + phase.name: _is(machine, phase) for phase in machine._phases},
        **{"may_" + name: _may(machine, name) for name in machine.events},
    }
    wrong = [action for action in model.actions if action.name in asking]
    if wrong:
        told = "is an action, and a machine has a helper of this name that only asks: rename the action"
        raise SpecError([Mistake(f"`{action.name}` {told}", action.where) for action in wrong])
    members: dict[str, Any] = {
        "trigger": lambda self, /, *args, **kwargs: machine._get_trigger(self, *args, **kwargs),
        **asking,
        **standing(machine.stepper),
        **{name: _fire(trigger) for name, trigger in machine.events.items()},
    }
    return type(model.name, (Standing,), members)


def _is(machine: SpecMachine, phase: _Phase) -> Callable[..., bool]:
    return lambda self: machine.get_model_state(self) is phase


def _may(machine: SpecMachine, name: str) -> Callable[..., bool]:
    return lambda self, /, *args, **kwargs: machine._can_trigger(self, name, *args, **kwargs)


def _fire(trigger: _Trigger) -> Callable[..., bool]:
    def fire(self: Any, /, *args: Any, **kwargs: Any) -> bool:
        return trigger.trigger(self, *args, **kwargs)

    action, kind = trigger.machine.stepper.actions[trigger.name], inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(parameter.name, kind) for parameter in action.parameters]
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    fire.__name__, fire.__doc__ = action.name, action.doc or None
    vars(fire)["__signature__"] = inspect.Signature([itself, *parameters])
    return fire


def _function(func: Any) -> Callable[..., Any]:
    if callable(func):
        return func  # type: ignore[no-any-return]
    told = "nobody looks a name up before it is called; give the function itself"
    raise SpecError(f"the callback {func!r} is no function: {told}")


def _names(phases: Iterable[Any]) -> list[str]:
    """A name for each phase: an Enum member's, a string itself, otherwise as it is written; never empty."""
    values = list(phases)
    names = [value if isinstance(value, str) and value else show(value) for value in values]
    return names if len(set(names)) == len(values) else [repr(value) for value in values]


def _no_map(model: Model) -> str:
    told = (
        f"`{model.phase.name}`, the phase of {model.name}, is a map, and a machine is in one phase at a time"
    )
    if model.copies:
        return f"{told}: the copies do not see each other, so make one machine of the spec for each copy"
    return f"{told}: declare before it a variable that tells the phase of the whole, say `busy: bool = False`"
