"""Many copies of one spec, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fsm.composites import MapOf, every_map
from fsm.declaration import model_of
from fsm.domains import Scalar
from fsm.errors import SpecError
from fsm.model import Kind, Model, Parameter
from fsm.values import show


def many(spec: Any, n: int, *, symmetric: bool = False) -> Model:
    """n independent copies of a spec: one copy moves per step.

    Every variable becomes a map from the copies 0 to n - 1, properties speak of each copy, and a state is
    final when every copy is.

    Args:
        spec: a spec class or a model.
        n: how many copies, at least 1.
        symmetric: whether states that differ only in which copy is which are explored once.

    Returns:
        The model of the copies.

    Raises:
        SpecError: for fewer than one copy, and for a second key whose members are interchangeable.
    """
    model = model_of(spec)
    if type(n) is not int or n < 1:
        raise SpecError(f"many({model.name}, {show(n)}): give a number of copies, at least 1")
    if model.admits is not None:
        raise SpecError(f"many({model.name}, {n}): a spec with an `@initial` filter cannot be copied yet")
    if symmetric and model.symmetric is not None:
        raise SpecError(
            f"many({model.name}, {n}, symmetric=True): the members of {model.symmetric} are declared "
            "interchangeable already, and one key at most can be; take `symmetric=True` out here or there"
        )
    key = Scalar(f"range({n})", tuple(range(n)))
    copy = Parameter("copy" if not model.copies else f"copy{model.copies}", key)
    return replace(
        model,
        name=f"many({model.name}, {n})",
        variables=tuple(
            replace(
                variable,
                domain=MapOf(key, variable.domain),
                initial=tuple(every_map(range(n), variable.initial)),
            )
            for variable in model.variables
        ),
        actions=tuple(
            replace(action, parameters=(copy, *action.parameters), copies=action.copies + 1)
            for action in model.actions
        ),
        properties=tuple(
            asked
            if asked.kind is Kind.NEVER_STUCK
            else replace(asked, parameters=(copy, *asked.parameters), copies=asked.copies + 1)
            for asked in model.properties
        ),
        copies=model.copies + 1,
        symmetric=key if symmetric else model.symmetric,
        folds=(),  # these speak of one copy
    )
