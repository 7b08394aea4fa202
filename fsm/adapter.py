"""Driving an implementation: an adapter's methods called one at a time, with what it shows after each.

Any object can be an adapter: a method for each action, taking the action's arguments by name, and
`observe()` returning the part of the state that it can see. A method may be async; what it returns, if it
is a mapping, is seen too; what it raises is a failure; one that hangs is interrupted. `close()` is called
at the end, if there is one. Arguments that the implementation chooses are not taken: they are returned.
"""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from fsm.errors import AdapterError, did_you_mean
from fsm.model import Model

RESERVED = frozenset({"observe", "close"})


class Hang(Exception):  # noqa: N818 - it is what happened
    """A call that did not come back in time."""


class _Ring(BaseException):
    """The alarm inside the call, where an `except Exception` shall not swallow it."""


def check_skip(model: Model, skip: frozenset[str]) -> None:
    """Raise `AdapterError` where an action that is to be skipped is no action of the model."""
    names = [action.name for action in model.actions]
    for name in sorted(skip):
        if name not in names:
            raise AdapterError(f"skip={name!r}: {model.name} has no such action: {did_you_mean(name, names)}")


def check_adapter(
    model: Model, adapter: Any, skip: frozenset[str], answers: frozenset[str] = frozenset()
) -> None:
    """Raise `AdapterError` where what `conform` is given makes no adapter, or one that does not fit.

    Args:
        model: the spec's model.
        adapter: a class; of anything else that can be called it turns out when it is called.
        skip: the actions that it may lack.
        answers: the arguments that it chooses itself.
    """
    for action in model.actions:
        if action.name in RESERVED:
            raise AdapterError(
                f"{model.name} has an action `{action.name}`, a name that adapters keep: rename it"
            )
    if not callable(adapter):
        raise AdapterError(
            f"an adapter is a class, or a function that makes one for each test; {adapter!r} is neither"
        )
    if is_known(adapter):
        check_members(model, adapter, skip, answers)


def is_known(adapter: Any) -> bool:
    """Whether the methods of what it makes can be seen on it."""
    return isinstance(adapter, type) and not hasattr(adapter, "__getattr__")


def check_members(
    model: Model, adapter: Any, skip: frozenset[str], answers: frozenset[str] = frozenset()
) -> None:
    """Raise `AdapterError` where an adapter, or its class, lacks something or takes other arguments."""
    name = adapter.__name__ if isinstance(adapter, type) else type(adapter).__name__
    actions = [action.name for action in model.actions]
    lacking = [action for action in actions if action not in skip and not hasattr(adapter, action)]
    if lacking:
        spare = [one for one in dir(adapter) if not one.startswith("_") and one not in {*actions, *RESERVED}]
        others = f" (nor {', '.join(f'`{other}`' for other in lacking[1:])})" if lacking[1:] else ""
        hint = f"; {did_you_mean(lacking[0], spare)}" if spare else ""
        raise AdapterError(
            f"{name} cannot do `{lacking[0]}`{others}: give it a method of that name, or say skip={lacking!r}"
            + hint
        )
    if not callable(getattr(adapter, "observe", None)):
        raise AdapterError(
            f"{name} has no `observe`: return the part of the state that it can see, "
            f"such as {{{model.phase.name!r}: ...}}"
        )
    _check_call(adapter, "observe", name, [])
    for action in model.actions:
        if action.name not in skip:
            names = [parameter.name for parameter in action.parameters]
            chosen = [one for one in names if one in answers]
            _check_call(adapter, action.name, name, [one for one in names if one not in answers], chosen)


def _check_call(adapter: Any, method: str, name: str, wanted: list[str], chosen: Sequence[str] = ()) -> None:
    called = getattr(adapter, method)
    if not callable(called):
        raise AdapterError(f"{name}.{method} is {called!r}, where a method was expected")
    if isinstance(adapter, type) and not isinstance(
        inspect.getattr_static(adapter, method), staticmethod | classmethod
    ):
        leading = [None]  # self
    else:
        leading = []
    try:
        inspect.signature(called).bind(*leading, **dict.fromkeys(wanted))
    except ValueError:
        return  # no signature to be had
    except TypeError as error:
        asked = ", ".join(f"{argument}=..." for argument in wanted)
        hint = (
            f"; it chooses {', '.join(f'`{one}`' for one in chosen)} itself, and returns it" if chosen else ""
        )
        raise AdapterError(f"{name}.{method} cannot be called as {method}({asked}): {error}{hint}") from None


def wants(make: Callable[..., Any], given: int = 0) -> tuple[str, ...]:
    """The names that an adapter's constructor or a run asks for: pytest fixtures, and `initial`.

    Args:
        make: what is called.
        given: how many leading arguments it gets anyway.
    """
    try:
        parameters = list(inspect.signature(make).parameters.values())[given:]
    except (TypeError, ValueError):
        return ()
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and (parameter.default is parameter.empty or parameter.name == "initial")
    )


class Driver:
    """One adapter at work.

    Args:
        model: the spec's model.
        make: makes the adapter.
        known: whether it was looked at already (see `is_known`).
        skip: the actions that it may lack.
        timeout: seconds that one call may take.
        answers: the arguments that it chooses itself.
    """

    def __init__(
        self,
        model: Model,
        make: Callable[[], Any],
        known: bool = False,
        skip: frozenset[str] = frozenset(),
        timeout: float = 0,
        answers: frozenset[str] = frozenset(),
    ) -> None:
        self._answers = answers
        self._timeout = timeout
        self._runner: asyncio.Runner | None = None
        try:
            self._adapter = self._call("the constructor", make)
            if not known:
                check_members(model, self._adapter, skip, answers)
        except BaseException:
            self._stop()
            raise

    def is_async(self, name: str) -> bool:
        """Whether a method is to be awaited."""
        return inspect.iscoroutinefunction(getattr(self._adapter, name))

    def act(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one action; returns what the method showed, answers and state, if it returned a mapping."""
        shown = self._call(f"`{name}`", lambda: getattr(self._adapter, name)(**arguments))
        if shown is None:
            return {}
        if not isinstance(shown, Mapping):
            answers = (
                f", and from {' and '.join(f'`{one}`' for one in sorted(self._answers))} to what it answered"
            )
            raise AdapterError(
                f"`{name}` of the adapter returned {shown!r}: return nothing, or a mapping from variables to "
                f"what was seen of them{answers if self._answers else ''}"
            )
        return shown

    def observe(self) -> Mapping[str, Any]:
        """What the adapter sees of the state."""
        shown = self._call("`observe`", lambda: self._adapter.observe())
        if not isinstance(shown, Mapping):
            raise AdapterError(f"`observe` returned {shown!r}: return a mapping from variables to values")
        return shown

    def close(self) -> None:
        """End the adapter, if it has a `close`."""
        try:
            if hasattr(self._adapter, "close"):
                self._call("`close`", lambda: self._adapter.close())
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        with watch(name, self._timeout):
            result = call()
            if inspect.isawaitable(result):
                if self._runner is None:
                    self._runner = asyncio.Runner()
                result = self._runner.run(wait(result))
            return result


async def wait(awaitable: Any) -> Any:
    """Any awaitable as a coroutine."""
    return await awaitable


@contextmanager
def watch(name: str, seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, with a `Hang` that names it.

    It works in the main thread of a system that has timers; elsewhere a hang hangs. Another timer that is
    running is set again afterwards, less the time that has passed.
    """
    timers = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not timers or seconds <= 0:
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise _Ring

    handler = signal.signal(signal.SIGALRM, ring)
    begun = time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _Ring:
        raise Hang(f"{name} did not come back within {seconds:g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 0.001), interval)
