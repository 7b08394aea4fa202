"""The verbs for using a spec: `check`, and later others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
    from fsm.explorer import Limits

    limits = Limits(max_states, max_depth, max_faults, timeout)
    return check_model(model_of(spec), limits, properties)
