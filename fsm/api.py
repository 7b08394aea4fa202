"""The everyday verbs: `check` a spec, `replay` observations against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsm.observation import Conformance, Observation
    from fsm.verdict import Report


def check(
    spec: Any,
    *,
    properties: Iterable[str] = (),
    max_states: int | None = None,
    max_depth: int | None = None,
    max_faults: int | None = None,
    timeout: float | None = None,
) -> Report:
    """Explore every reachable state of a spec and judge its properties.

    Args:
        spec: a class marked `@spec`, or a model such as `many(Spec, 3)`.
        properties: names of properties; all of them if empty.
        max_states, max_depth, max_faults, timeout: where to end early (states, steps, faults, seconds);
            what was not seen by then is unknown, never "holds".

    Returns:
        The report; `print` it, or call `.assert_holds()`.

    Raises:
        SpecError: if the spec has mistakes.
    """
    from fsm.checker import check_model
    from fsm.declaration import model_of
    from fsm.limits import Limits

    limits = Limits(max_states, max_depth, max_faults, timeout)
    return check_model(model_of(spec), limits, properties)


def replay(
    spec: Any,
    observations: Iterable[Observation],
    *,
    hidden: Iterable[str] = (),
    start: Mapping[str, Any] | None = None,
) -> Conformance:
    """Follow what was observed of an implementation through a spec.

    Args:
        spec: a spec class or a model.
        observations: in the order in which they were made.
        hidden: the actions that are not observed and may happen in between.
        start: where the recording begins, if not at the beginning: the known part of the state; every
            reachable state that agrees is tried.

    Returns:
        The verdict: conforming, not conforming (with the first observation that nothing explains and what
        the spec allowed there), or too thin to tell.

    Raises:
        SpecError: if the spec has mistakes.
        AdapterError: if an observation names an action or a variable that the spec has not.
    """
    from fsm.capture import Tables
    from fsm.declaration import model_of
    from fsm.explorer import explore
    from fsm.replayer import Follower, follow

    model = model_of(spec)
    if start is None:
        return follow(Follower(Tables(model), hidden), observations)
    graph = explore(model)
    follower = Follower(graph.tables, hidden)
    states = [state for state in graph.states if follower.agrees(state, start)]
    return follow(Follower(graph.tables, hidden, states), observations)
