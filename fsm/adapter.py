"""Driving an implementation: an adapter's methods called one at a time, with what it shows after each.

Any object can be an adapter: a method for each action, taking the action's arguments by name, and
`observe()` returning the part of the state that it can see. A method may be async; what it returns, if it
is a mapping, is seen too; what it raises is a failure; one that hangs is interrupted. `close()` is called
at the end, if there is one.
"""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from fsm.errors import AdapterError, did_you_mean
from fsm.model import Model

RESERVED = frozenset({"observe", "close"})


class Hang(Exception):  # noqa: N818 - it is what happened
    """A call that did not come back in time."""


def check_adapter(model: Model, adapter: Any, skip: frozenset[str]) -> None:
    """Raise `AdapterError` where an adapter class does not fit a spec.

    Args:
        model: the spec's model.
        adapter: a class (anything else is only looked at when it is called).
        skip: the actions that it may lack.
    """
    names = [action.name for action in model.actions]
    for name in sorted(skip):
        if name not in names:
            raise AdapterError(f"skip={name!r}: {model.name} has no such action: {did_you_mean(name, names)}")
    if not isinstance(adapter, type):
        if not callable(adapter):
            raise AdapterError(
                f"an adapter is a class, or a function that makes one for each test; {adapter!r} is neither"
            )
        return
    members = [name for name in dir(adapter) if not name.startswith("_")]
    lacking = [name for name in names if name not in members and name not in skip]
    if lacking:
        spare = [name for name in members if name not in names and name not in RESERVED]
        raise AdapterError(
            f"{adapter.__name__} cannot do `{lacking[0]}`"
            + (f" (nor {len(lacking) - 1} others)" if len(lacking) > 1 else "")
            + f": give it a method of that name, or say skip={lacking!r}; {did_you_mean(lacking[0], spare)}"
        )
    if not callable(getattr(adapter, "observe", None)):
        raise AdapterError(
            f"{adapter.__name__} has no `observe`: return the part of the state that it can see, "
            f"such as {{{model.phase.name!r}: ...}}"
        )
    for action in model.actions:
        method = getattr(adapter, action.name, None)
        if method is not None:
            _check_arguments(adapter, method, [parameter.name for parameter in action.parameters])


def _check_arguments(adapter: type, method: Any, wanted: list[str]) -> None:
    try:
        inspect.signature(method).bind(None, **dict.fromkeys(wanted))
    except ValueError:
        return
    except TypeError as error:
        raise AdapterError(
            f"{adapter.__name__}.{method.__name__} does not take the action's arguments "
            f"({', '.join(wanted) or 'none'}): {error}"
        ) from None


def wants(adapter: Any) -> tuple[str, ...]:
    """The names that an adapter's constructor asks for: pytest fixtures, and `initial`."""
    try:
        parameters = inspect.signature(adapter).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and parameter.default is parameter.empty
    )


class Driver:
    """One adapter at work.

    Args:
        make: makes the adapter.
        timeout: seconds that one call may take.
    """

    def __init__(self, make: Callable[[], Any], timeout: float) -> None:
        self._timeout = timeout
        self._runner: asyncio.Runner | None = None
        self._adapter = self._call("its constructor", make)

    def act(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one action; returns what the method showed of the state, if it returned a mapping."""
        shown = self._call(name, lambda: getattr(self._adapter, name)(**arguments))
        if shown is None:
            return {}
        if not isinstance(shown, Mapping):
            raise AdapterError(
                f"`{name}` of the adapter returned {shown!r}: return nothing, or a mapping of what was seen"
            )
        return shown

    def observe(self) -> Mapping[str, Any]:
        """What the adapter sees of the state."""
        shown = self._call("observe", lambda: self._adapter.observe())
        if not isinstance(shown, Mapping):
            raise AdapterError(f"`observe` returned {shown!r}: return a mapping from variables to values")
        return shown

    def close(self) -> None:
        """End the adapter, if it has a `close`."""
        try:
            if hasattr(self._adapter, "close"):
                self._call("close", lambda: self._adapter.close())
        finally:
            if self._runner is not None:
                self._runner.close()

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        with watch(name, self._timeout):
            result = call()
            if inspect.isawaitable(result):
                if self._runner is None:
                    self._runner = asyncio.Runner()
                result = self._runner.run(_wait(result))
            return result


async def _wait(awaitable: Any) -> Any:
    return await awaitable


@contextmanager
def watch(name: str, seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, with a message that names it.

    It works in the main thread of a system that has timers; elsewhere a hang hangs.
    """
    timers = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not timers or seconds <= 0:
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang(f"`{name}` did not come back within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
