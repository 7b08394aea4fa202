"""The everyday verbs: `check` a spec, `replay` observations against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsm.observation import Conformance, Observation
    from fsm.strategy import EngineName
    from fsm.verdict import Report


def check(
    spec: Any,
    *,
    properties: Iterable[str] = (),
    max_states: int | None = None,
    max_depth: int | None = None,
    max_faults: int | None = None,
    timeout: float | None = None,
    max_memory: int | None = None,
    engine: EngineName = "auto",
    workers: int = 1,
    symmetry: bool | None = None,
) -> Report:
    """Explore every reachable state of a spec and judge its properties.

    Args:
        spec: a class marked `@spec`, or a model such as `many(Spec, 3)`.
        properties: names of properties; all of them if empty.
        max_states, max_depth, max_faults, timeout, max_memory: where to end early (states, steps, faults,
            seconds, bytes); what was not seen by then is unknown, never "holds".
        engine: `python`, `native` (needs the extra `fast`), or `auto`: Python, and native where that pays.
        workers: how many cores the native engine may use, 1 or 2.
        symmetry: whether to explore interchangeable members up to renaming; `None` for "where the spec
            declares them".

    Returns:
        The report; `print` it, or call `.assert_holds()`.

    Raises:
        SpecError: if the spec has mistakes.
        FsmError: if the native engine was asked for and cannot be had.
    """
    from fsm.checker import check_model
    from fsm.declaration import model_of
    from fsm.limits import Limits
    from fsm.strategy import Strategy

    limits = Limits(max_states, max_depth, max_faults, timeout, max_memory)
    strategy = Strategy(engine, workers, symmetry)
    return check_model(model_of(spec), limits, properties, strategy=strategy)


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
