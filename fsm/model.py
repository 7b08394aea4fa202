"""The Model: what a spec means, as data that every engine reads and none changes.

A model is variables with finite domains, actions with finite arguments, and properties. Its bodies are
plain functions of a *view* of the state (see `capture`): what an action does is what Python does. The
class that somebody wrote appears here only as the type of those views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import product
from typing import Any

from fsm.composites import MapOf
from fsm.domains import Domain, Scalar
from fsm.errors import Where
from fsm.fairness import Fairness
from fsm.members import members_of
from fsm.packing import Layout
from fsm.values import show


class Kind(Enum):
    """What a property promises."""

    ALWAYS = "always"  #: true in every reachable state
    STEP = "always, step"  #: true of every transition, as a relation of before and after
    SOMETIMES = "sometimes"  #: true in some reachable state
    RECOVERABLE = "recoverable"  #: from every reachable state it can still be reached without faults
    NEVER_STUCK = "never_stuck"  #: every reachable state has a transition or a final phase
    EVENTUALLY = "eventually"  #: on every fair run it is true at some time
    LEADS_TO = "leads_to"  #: on every fair run, whenever one is true, another is true then or later
    RECURS = "recurs"  #: on every fair run it is true again and again
    TEMPORAL = "temporal"  #: every fair run satisfies a formula

    @property
    def over_runs(self) -> bool:
        """Whether it speaks of whole runs and not of states or steps."""
        return self in (Kind.EVENTUALLY, Kind.LEADS_TO, Kind.RECURS, Kind.TEMPORAL)


@dataclass(frozen=True)
class Variable:
    """One variable: its domain, its initial values in order, and where it was declared."""

    name: str
    domain: Domain
    initial: tuple[Any, ...]
    where: Where = field(default=Where(), compare=False)


@dataclass(frozen=True)
class Parameter:
    """One argument of an action or a property, chosen by the environment from a finite domain."""

    name: str
    domain: Domain


@dataclass(frozen=True)
class Action:
    """Something that may happen.

    Args:
        name: the method's name.
        parameters: the arguments that the environment chooses, in order.
        body: called with a view and the arguments; assigns what changes.
        sources: the phases in which it may happen, or `None` for all; with a map of phases the phase
            of the member that the argument `member` names.
        member: the name of the parameter that names a member of a phase map, if the phase is a map.
        fault: whether it is something that the world does wrong.
        copies: how many leading parameters choose a copy (see `many`).
        sender, receiver: who does it to whom, for message-sequence pictures; either may be empty.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: Callable[..., None]
    sources: frozenset[Any] | None = None
    member: str = ""
    fault: bool = False
    copies: int = 0
    doc: str = ""
    sender: str = ""
    receiver: str = ""
    where: Where = field(default=Where(), compare=False)


@dataclass(frozen=True)
class Property:
    """Something that is promised.

    Args:
        name: the method's name.
        kind: what is promised.
        parameters: the arguments that it is checked for, each value of each.
        body: called with a view (and, for a step, a second view `after`) and the arguments; a bool, or for
            `leads_to` two of them; of a `temporal` property see `formulation`.
        on: the names of the actions that a step property speaks of, or `None` for all.
        finding: a known defect in words; the property must then be violated.
        copies: how many leading parameters choose a copy (see `many`).
        fair: what is assumed of runs, beside what the spec assumes.
        waiver: why it may be vacuous, if it may.
    """

    name: str
    kind: Kind
    body: Callable[..., bool]
    parameters: tuple[Parameter, ...] = ()
    on: frozenset[str] | None = None
    finding: str = ""
    copies: int = 0
    fair: tuple[Fairness, ...] = ()
    waiver: str = ""
    doc: str = ""
    where: Where = field(default=Where(), compare=False)


@dataclass(frozen=True)
class Event:
    """An action with its arguments: what stands on an edge.

    >>> Event(Action("create", (Parameter("ok", ()),), print), (True,)).label
    'create(ok=True)'
    """

    action: Action
    arguments: tuple[Any, ...]

    @property
    def label(self) -> str:
        """The event as a call."""
        return call(self.action.name, self.named)

    @cached_property
    def named(self) -> Mapping[str, Any]:
        """The arguments by name."""
        names = (parameter.name for parameter in self.action.parameters)
        return dict(zip(names, self.arguments, strict=True))

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Model:
    """A spec's meaning.

    Args:
        name: the class's name.
        variables: in declaration order; the first one is the phase.
        actions: in declaration order.
        properties: in declaration order, `never_stuck` last.
        final: the phases in which a run may end.
        view: the class whose instances the bodies see as `self`.
        admits: a predicate over a view that filters the initial states, if there is one.
        copies: how many keys lead from a variable to one copy's value (see `many`).
        symmetric: the key whose members were declared interchangeable, if there is one.
        fair: what is assumed of runs.
        folds: what folded pictures of it look at (see `lens`).
    """

    name: str
    variables: tuple[Variable, ...]
    actions: tuple[Action, ...]
    properties: tuple[Property, ...]
    view: type
    final: frozenset[Any] = frozenset()
    admits: Callable[..., bool] | None = None
    copies: int = 0
    symmetric: Domain | None = None
    fair: tuple[Fairness, ...] = ()
    folds: tuple[str, ...] = ()
    doc: str = ""
    where: Where = field(default=Where(), compare=False)

    @cached_property
    def layout(self) -> Layout:
        """Where the variables lie in a packed state: member by member where there is a key for it."""
        variables = {variable.name: variable.domain for variable in self.variables}
        key = self.interchangeable
        return Layout(variables, members_of(variables, key).columns if isinstance(key, Scalar) else ())

    @property
    def interchangeable(self) -> Domain | None:
        """The key whose members may be interchangeable: the one declared so, else that of the copies."""
        if self.symmetric is None and self.copies:
            domain = self.phase.domain
            assert isinstance(domain, MapOf)
            return domain.key
        return self.symmetric

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Every action with every choice of arguments, copy by copy, then in source order."""
        made = [
            Event(action, arguments)
            for action in self.actions
            for arguments in product(*(tuple(p.domain) for p in action.parameters))
        ]
        if not self.copies:
            return tuple(made)
        ranks = {action.name: action.parameters[: action.copies] for action in self.actions}
        return tuple(
            sorted(
                made,
                key=lambda event: [
                    parameter.domain.rank(value)
                    for parameter, value in zip(ranks[event.action.name], event.arguments, strict=False)
                ],
            )
        )

    @property
    def phase(self) -> Variable:
        """The first variable: its values are the nodes of every picture."""
        return self.variables[0]

    @cached_property
    def phases(self) -> tuple[Any, ...]:
        """The values of the phase, those of one member where it is a map."""
        domain = self.phase.domain
        while isinstance(domain, MapOf):
            domain = domain.value
        return tuple(domain)

    def is_final(self, state: int) -> bool:
        """Whether the phase of a state is final, every member's where it is a map."""
        return _all_in(self.layout.value(state, self.phase.name), self.final)

    def action(self, name: str) -> Action:
        """The action of that name; raises `KeyError`."""
        for action in self.actions:
            if action.name == name:
                return action
        raise KeyError(name)

    def initial_values(self) -> Iterator[dict[str, Any]]:
        """Every combination of the variables' initial values, before `admits` is asked."""
        names = [variable.name for variable in self.variables]
        for values in product(*(variable.initial for variable in self.variables)):
            yield dict(zip(names, values, strict=True))


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call as it is shown: `create(ok=True)`, or the bare name where there is nothing to choose."""
    if not arguments:
        return name
    return name + "(" + ", ".join(f"{key}={show(value)}" for key, value in arguments.items()) + ")"


def _all_in(phase: Any, final: frozenset[Any]) -> bool:
    if isinstance(phase, dict):
        return all(_all_in(one, final) for one in phase.values())
    return phase in final
