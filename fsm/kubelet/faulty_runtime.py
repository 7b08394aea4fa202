"""A runtime that fails on demand.

A plan names the n-th call of a method, counted from 1 by the wrapper, and what goes wrong with it:

    Refuse      the inner runtime never hears of the call; the caller sees an error
    LoseReply   the inner runtime does its work; the caller sees a deadline pass

A refusal with DEADLINE_EXCEEDED is the third case of a real one: the caller cannot tell it from a
lost reply. Whatever the inner runtime answers to a lost call, the caller never learns.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from .errors import RpcError, StatusCode
from .forwarding_runtime import METHODS, ForwardingRuntime
from .runtime import RuntimeService

__all__ = ["DEADLINE", "FaultyRuntime", "LoseReply", "Refuse"]

T = TypeVar("T")

DEADLINE = RpcError(StatusCode.DEADLINE_EXCEEDED, "context deadline exceeded")
"""What a caller sees when it has waited long enough."""


@dataclass(frozen=True)
class Refuse:
    """The `call`-th call (from 1) of `method` fails with `error` before it reaches the runtime."""

    method: str
    call: int
    error: Exception = DEADLINE


@dataclass(frozen=True)
class LoseReply:
    """The `call`-th call (from 1) of `method` is done, and its reply is lost."""

    method: str
    call: int


class FaultyRuntime(ForwardingRuntime):
    """A runtime over `inner` that fails where its plan says."""

    def __init__(self, inner: RuntimeService, *plan: Refuse | LoseReply) -> None:
        super().__init__(inner)
        self._calls: Counter[str] = Counter()
        self._plan: dict[tuple[str, int], Refuse | LoseReply] = {}
        for fault in plan:
            self.plan(fault)

    @property
    def pending(self) -> tuple[Refuse | LoseReply, ...]:
        """The faults that have not happened. Not empty at the end of a test: it tested less."""
        return tuple(self._plan.values())

    def next_call(self, method: str) -> int:
        """The number that the next call of `method` will have."""
        if method not in METHODS:
            raise ValueError(f"no call {method!r}; there are: {', '.join(sorted(METHODS))}")
        return self._calls[method] + 1

    def plan(self, fault: Refuse | LoseReply) -> None:
        """Add a fault; raises ValueError if its call cannot come or is already to fail."""
        if fault.call < self.next_call(fault.method):
            raise ValueError(f"{fault}: {fault.method} was called {fault.call} times or more")
        if (fault.method, fault.call) in self._plan:
            raise ValueError(f"{fault}: another fault is planned for this call")
        self._plan[fault.method, fault.call] = fault

    def _forward(self, method: str, call: Callable[[], T]) -> T:
        self._calls[method] += 1
        fault = self._plan.pop((method, self._calls[method]), None)
        if isinstance(fault, Refuse):
            # An error that is raised twice would keep the frames of both times.
            raise fault.error.with_traceback(None)
        if isinstance(fault, LoseReply):
            with suppress(RpcError):  # the deadline has passed: an error reaches nobody either
                call()
            raise DEADLINE.with_traceback(None)
        return call()
