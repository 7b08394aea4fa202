"""What a property over runs says, as a formula.

The short forms are formulas, too: `eventually` p is F(p), `recurs` p is G(F(p)), and p `leads_to` q is
G(p >> F(q)). The body of a `temporal` property is called with a *speaker* in place of a view: its methods do
not answer but name the question.
"""

from __future__ import annotations

from collections.abc import Hashable
from inspect import isroutine
from typing import Any

from fsm.errors import Mistake, SpecError, did_you_mean
from fsm.formula import Atom, F, Formula, G, lifted
from fsm.model import Kind, Model, Property, call
from fsm.values import show


class Speaker:
    """Stands for the spec in the body of a `temporal` property: a method called on it is an atom.

    Args:
        model: the spec.
    """

    def __init__(self, model: Model) -> None:
        self.__model = model

    def __getattr__(self, name: str) -> Any:
        model = self.__model
        cls = model.view.__mro__[1]
        if name in (variable.name for variable in model.variables):
            raise SpecError(
                f"`self.{name}` is a variable, and a formula is put together before there is any state: ask "
                f"it in a method that answers True or False, and name that method in the formula"
            )
        if not hasattr(cls, name):
            raise SpecError(f"`self.{name}` is no predicate: {did_you_mean(name, _methods(model))}")
        found = getattr(cls, name)
        if not isroutine(found):
            return found
        if name in (action.name for action in model.actions):
            raise SpecError(
                f"`self.{name}` is an action, and a formula speaks of states: write a method that answers "
                "True or False of a state"
            )

        def speak(*arguments: Any, **named: Any) -> Atom:
            shown = [show(one) for one in arguments] + [f"{key}={show(one)}" for key, one in named.items()]
            label = f"{name}({', '.join(shown)})"
            given = _fixed(arguments), _fixed(named)
            return Atom(label, lambda view: getattr(view, name)(*arguments, **named), given)

        return speak


def formula_of(model: Model, asked: Property, arguments: tuple[Any, ...]) -> Formula:
    """What a property over runs says of every fair run.

    Args:
        model: the spec.
        asked: the property.
        arguments: one choice of its arguments.

    Raises:
        SpecError: if the body of a `temporal` property makes no formula.
    """
    own = arguments[asked.copies :]
    if asked.kind is Kind.TEMPORAL:
        return _spoken(model, asked, own)
    names = [parameter.name for parameter in asked.parameters]
    label = call(asked.name, dict(zip(names, arguments, strict=True)))
    if asked.kind is Kind.LEADS_TO:
        premise = Atom(f"{label}.premise", lambda view: _part(asked.body(view, *own), 0))
        conclusion = Atom(f"{label}.conclusion", lambda view: _part(asked.body(view, *own), 1))
        return G(premise >> F(conclusion))
    atom = Atom(label, lambda view: asked.body(view, *own))
    return F(atom) if asked.kind is Kind.EVENTUALLY else G(F(atom))


def _spoken(model: Model, asked: Property, arguments: tuple[Any, ...]) -> Formula:
    try:
        return lifted(asked.body(Speaker(model), *arguments))
    except SpecError as error:
        told = "; ".join(mistake.message for mistake in error.mistakes)
        raise SpecError([Mistake(f"`{asked.name}`: {told}", asked.where)]) from error
    except Exception as error:
        raise SpecError(
            [Mistake(f"`{asked.name}` makes no formula: {type(error).__name__}: {error}", asked.where)]
        ) from error


def _fixed(value: Any) -> Hashable:
    """Something that is equal where values are, their types included."""
    if isinstance(value, dict):
        return dict, tuple((_fixed(key), _fixed(one)) for key, one in value.items())
    if isinstance(value, (tuple, list)):
        return type(value), tuple(map(_fixed, value))
    hash(value)  # what has no hash is no value of a domain, and says so here
    return type(value), value


def _part(answer: Any, place: int) -> Any:
    """One of the two answers of a `leads_to`; something that is no pair is given back as it is."""
    if isinstance(answer, tuple) and len(answer) == 2:
        return answer[place]
    return answer if not isinstance(answer, bool) else NotAPair(answer)


class NotAPair:
    """What stands for the answer of a `leads_to` that is one bool; shown in the message about it."""

    def __init__(self, answer: bool) -> None:
        self._answer = answer

    def __repr__(self) -> str:
        return f"{self._answer}, and a `leads_to` answers a pair, `return premise, conclusion`"


def _methods(model: Model) -> list[str]:
    """What may be asked: every method but the actions."""
    cls, actions = model.view.__mro__[1], {action.name for action in model.actions}
    return [
        name
        for name in dir(cls)
        if not name.startswith("_") and name not in actions and isroutine(getattr(cls, name))
    ]
