"""Which calls of a service fail, and how.

A plan names the n-th call of a method, counted from 1 by whoever wraps the service, and what goes wrong
with it:

    Refuse      the inner service never hears of the call; the caller sees an error
    LoseReply   the inner service does its work; the caller sees a deadline pass
    LoseId      the inner service does its work, and answers with an empty id

A refusal with DEADLINE_EXCEEDED is the third case of a real one: the caller cannot tell it from a
lost reply. Whatever the inner service answers to a lost call, the caller never learns.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar, cast

from .errors import RpcError, StatusCode

__all__ = ["DEADLINE", "Fault", "FaultPlan", "LoseId", "LoseReply", "Refuse"]

T = TypeVar("T")

DEADLINE = RpcError(StatusCode.DEADLINE_EXCEEDED, "context deadline exceeded")
"""What a caller sees when it has waited long enough."""


@dataclass(frozen=True)
class Refuse:
    """The `call`-th call (from 1) of `method` fails with `error` before it reaches the service."""

    method: str
    call: int
    error: Exception = DEADLINE


@dataclass(frozen=True)
class LoseReply:
    """The `call`-th call (from 1) of `method` is done, and its reply is lost."""

    method: str
    call: int


@dataclass(frozen=True)
class LoseId:
    """The `call`-th call (from 1) of `method` is done, and the id in its reply is empty."""

    method: str
    call: int


Fault = Refuse | LoseReply | LoseId
"""What can go wrong with a call."""

_WITH_ID = frozenset({"run_pod_sandbox", "create_container", "pull_image"})


class FaultPlan:
    """The faults that are still to come, and how often each method was called."""

    def __init__(self, methods: Iterable[str], *faults: Fault) -> None:
        self._methods = frozenset(methods)
        self._calls: Counter[str] = Counter()
        self._faults: dict[tuple[str, int], Fault] = {}
        for fault in faults:
            self.plan(fault)

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that have not happened. Not empty at the end of a test: it tested less."""
        return tuple(self._faults.values())

    def next_call(self, method: str) -> int:
        """The number that the next call of `method` will have."""
        if method not in self._methods:
            raise ValueError(f"no call {method!r}; there are: {', '.join(sorted(self._methods))}")
        return self._calls[method] + 1

    def plan(self, fault: Fault) -> None:
        """Add a fault; raises ValueError if its call cannot come or is already to fail."""
        if fault.call < self.next_call(fault.method):
            raise ValueError(f"{fault}: {fault.method} was called {fault.call} times or more")
        if (fault.method, fault.call) in self._faults:
            raise ValueError(f"{fault}: another fault is planned for this call")
        if isinstance(fault, LoseId) and fault.method not in _WITH_ID:
            raise ValueError(f"{fault}: {fault.method} answers with no id")
        self._faults[fault.method, fault.call] = fault

    def carry_out(self, method: str, call: Callable[[], T]) -> T:
        """Make the call, or let it fail as planned."""
        self._calls[method] += 1
        fault = self._faults.pop((method, self._calls[method]), None)
        if isinstance(fault, Refuse):
            # An error that is raised twice would keep the frames of both times.
            raise fault.error.with_traceback(None)
        if isinstance(fault, LoseReply):
            with suppress(RpcError):  # the deadline has passed: an error reaches nobody either
                call()
            raise DEADLINE.with_traceback(None)
        reply = call()
        return cast("T", "") if isinstance(fault, LoseId) else reply
