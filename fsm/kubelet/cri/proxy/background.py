"""The proxy as a whole, in a thread of its own: for the command line, for tests, for whoever embeds it."""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..endpoint import EndpointError, socket_of
from .chaos import Chaos
from .connections import is_served
from .relay import Relay
from .rulebook import Rulebook
from .rules import Rule, rule_of, rule_of_text

__all__ = ["Proxy", "Summary"]

GRACE = 2.0  #: seconds that calls get to end in
MOST = 10_000  #: calls that may be under way at once


@dataclass(frozen=True)
class Summary:
    """What went through a proxy.

    Args:
        calls: how many calls there were, by method and code that the caller was told.
        faults: how often each rule fired; of random ones, each kind.
        unfired: the rules that never did; a test that planned them tested less than it meant to.
        unwritten: lines that the record lacks, since it could not be written.
    """

    calls: Mapping[tuple[str, str], int]
    faults: Mapping[str, int]
    unfired: Sequence[Rule]
    unwritten: Sequence[str] = ()


class Proxy:
    """A proxy between any kubelet and any runtime.

    Args:
        listen: the endpoint that it serves, such as `unix:///tmp/p.sock`.
        runtime: the endpoint of the runtime, which may come later, and go and come back.
        record: the file to which every call is appended; None for none.
        rules: which calls fail and how: `Rule`, JSON, or a line of text.
        chaos: faults at random where no rule fires.
        most: how many calls may be under way at once, which bounds the memory.

    Raises:
        RuleError: for a wrong rule.
        EndpointError: for an endpoint that is none; on entering, if nobody can listen there.
        JournalError: on entering, if the record cannot be written.

        with Proxy("unix:///tmp/p.sock", "unix:///run/containerd/containerd.sock", "calls.jsonl") as proxy:
            proxy.add("CreateContainer#1 drop_reply")
            ...
        assert not proxy.summary().unfired
    """

    def __init__(
        self,
        listen: str,
        runtime: str,
        record: str | Path | None = None,
        rules: Iterable[Rule | Mapping[str, Any] | str] = (),
        chaos: Chaos | None = None,
        most: int = MOST,
    ) -> None:
        path, self._runtime = socket_of(listen), socket_of(runtime)
        if path.resolve() == self._runtime.resolve():
            raise EndpointError(f"{listen} is the runtime's own socket: the proxy needs another one")
        self.endpoint, self.runtime = f"unix://{path}", f"unix://{self._runtime}"
        self._record, self._most = record, most
        self._rules = Rulebook([_rule(one) for one in rules], chaos)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._relay: Relay | None = None

    def add(self, rule: Rule | Mapping[str, Any] | str) -> None:
        """Add a rule, behind the others; its calls are counted from now on. Raises `RuleError`."""
        self._rules.add(_rule(rule))

    def reaches_the_runtime(self) -> bool:
        """Whether somebody listens where the runtime should."""
        return is_served(self._runtime)

    def summary(self) -> Summary:
        """What went through so far."""
        faults, unfired, relay = self._rules.faults(), self._rules.unfired(), self._relay
        if relay is None:
            return Summary({}, faults, unfired)
        return Summary(dict(relay.calls), faults, unfired, relay.unwritten)

    def start(self) -> None:
        """Serve, until `stop`; once this returns, calls can be made."""
        if self._thread is not None:
            raise RuntimeError("the proxy was started already")
        try:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="fsm proxy", daemon=True)
            self._thread.start()
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self.stop(0)
            raise

    def stop(self, grace: float = GRACE) -> None:
        """Take no more calls, end those that there are, remove the socket; may be called twice.

        Args:
            grace: seconds that calls get to end in. Those that a fault holds end at once.
        """
        loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._close(grace), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def _open(self) -> None:
        self._relay = Relay(self.endpoint, self._runtime, self._record, self._rules, self._most)
        await self._relay.start()

    async def _close(self, grace: float) -> None:
        if self._relay is not None:
            await self._relay.stop(grace)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*others, return_exceptions=True)


def _rule(given: Rule | Mapping[str, Any] | str) -> Rule:
    if isinstance(given, Rule):
        return given
    return rule_of_text(given) if isinstance(given, str) else rule_of(given)
