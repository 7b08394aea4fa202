"""The relay: every call that comes is made again at the runtime, bytes as they are.

One loop serves all calls; none holds a thread. A method that is known to be unary waits for its message, and
its reply for the line in the record. Every other one is a stream in both directions, which is what all four
kinds are on the wire; each of its messages waits for a line of its own.
"""

import asyncio
import os
import shutil
import socket
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from ..served_socket import ServedSocket
from .caller import Caller
from .forwarding import Note, ask, pass_on
from .http2 import Connection
from .journal import Journal, JournalError
from .names import Names
from .passage import CUT, Outcome, Passage
from .reading import method_of
from .rulebook import Rulebook
from .runtime import Runtime
from .stream import Lost, Reset, Stream
from .wire import payload

__all__ = ["Relay"]

BACKLOG = 1024  # callers that may wait to be accepted
INTERNAL_ERROR = 2  # of HTTP/2
PATIENCE = 1.0  # seconds in which what was said leaves, when the proxy ends


class Relay:
    """The calls between a socket and a runtime.

    Args:
        listen: the endpoint to serve.
        runtime: the path of the runtime's socket.
        record: the file to which calls are appended, if any.
        rules: which of them fail.
        most: how many calls may be under way at once; one more is answered RESOURCE_EXHAUSTED.

    Attributes:
        calls: how many there were by method and code.
        unwritten: the lines that the record lacks in the end.
    """

    def __init__(
        self, listen: str, runtime: Path, record: str | Path | None, rules: Rulebook, most: int
    ) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.unwritten: Sequence[str] = ()
        self._socket, self._path = ServedSocket(listen), runtime
        self._record, self._rules, self._most = record, rules, most
        self._journal: Journal | None = None
        self._note: Note | None = None
        self._names = Names()
        self._number = 0
        self._under_way: set[Passage] = set()
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._quiet = asyncio.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._server: asyncio.Server | None = None
        self._runtime = Runtime(runtime)

    async def start(self) -> None:
        """Listen; raises `EndpointError` or `JournalError` if that cannot be, and leaves nothing behind."""
        try:
            self._socket.bind(self._bind)
            if self._record is not None:
                self._journal = Journal(self._record)
                self._note, self._number = self._journal.write, self._journal.last
            loop = asyncio.get_running_loop()
            self._server = await loop.create_unix_server(self._connect, sock=self._listener, backlog=BACKLOG)
            bound = self._listener.getsockname()
            with suppress(OSError):  # the runtime may come later
                shutil.copymode(self._path, bound)
            self._socket.publish()
        except BaseException:
            with suppress(OSError):
                os.unlink(self._listener.getsockname() or "")  # noqa: PTH108
            self._listener.close()
            raise

    def _bind(self, target: str) -> int:
        path = Path(unquote(target.removeprefix("unix:")))
        try:
            path.unlink(missing_ok=True)
            self._listener.bind(os.fspath(path))
        except OSError as error:
            raise RuntimeError(error.strerror) from None
        return 1

    def _connect(self) -> Connection:
        connection = Connection(self._accept, self._connections.discard)
        self._connections.add(connection)
        return connection

    async def stop(self, grace: float) -> None:
        """Take no more calls; end those that a fault holds, and let those at the runtime end.

        Args:
            grace: seconds after which the others are broken off too.
        """
        if self._server is not None:
            self._server.close()
            for connection in [*self._connections]:
                connection.leave()
            for passage in [one for one in self._under_way if one.held]:
                passage.break_off("ended")
            await self._settle(grace)
            for passage in [*self._under_way]:
                passage.break_off("ended")
            await self._settle(PATIENCE)
            for connection in [*self._connections]:
                connection.close()
            self._runtime.close()
            self._socket.remove()
        if self._journal is not None:
            self.unwritten, self._journal = self._journal.close(), None

    async def _settle(self, seconds: float) -> None:
        """Wait until no call is under way and all is said, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if self._under_way:
                    self._quiet.clear()
                    await self._quiet.wait()
                while not all(connection.quiet for connection in self._connections):
                    await asyncio.sleep(0.01)

    def _accept(self, stream: Stream) -> None:
        task = asyncio.ensure_future(self._serve(Caller(stream)))
        stream.on_gone = task.cancel
        self._tasks.add(task)
        task.add_done_callback(partial(self._served, stream))

    def _served(self, stream: Stream, task: "asyncio.Task[None]") -> None:
        """A mistake in the proxy must not leave a caller waiting."""
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            stream.reset(INTERNAL_ERROR)
            context = {"message": "fsm proxy: a mistake in serving a call", "exception": task.exception()}
            asyncio.get_running_loop().call_exception_handler(context)

    async def _serve(self, caller: Caller) -> None:
        """A call from its coming to its end."""
        method, message, raw = method_of(caller.path), b"", None
        if method.unary:
            try:
                message = await caller.read() or b""
                more = await caller.read()
            except (Lost, Reset):
                return
            if not message or more is not None:
                caller.tell(Outcome("INTERNAL", f"{method.name} takes one message"))
                return
            raw = payload(message, caller.encoding)
            if raw is None:
                raw = message
        if self._journal is not None:
            try:
                self._journal.insist()
            except JournalError as error:
                self.calls[method.name, "UNAVAILABLE"] += 1
                caller.tell(_unrecorded(error))
                return
        passage = self._begin(caller, raw)
        timer = None
        if caller.left is not None:
            timer = asyncio.get_running_loop().call_later(caller.left, passage.break_off, "late")
        try:
            outcome = await self._outcome(passage, message)
            if passage.broken == "cut":
                outcome = CUT
        except asyncio.CancelledError:
            outcome = passage.broken_off()
        except JournalError as error:  # of a stream's message
            outcome = _unrecorded(error)
        finally:
            if timer is not None:
                timer.cancel()
        outcome = self._end(passage, outcome)
        if outcome is CUT and passage.has("cut_before", "cut_after"):
            self._cut(passage)
        else:
            caller.tell(outcome)

    def _begin(self, caller: Caller, raw: bytes | None) -> Passage:
        self._number += 1
        method = method_of(caller.path)
        nth = self._rules.count(method)
        passage = Passage(self._number, method, nth, caller, asyncio.current_task(), raw)
        passage.who = self._names.of(passage.request)
        passage.fault = self._rules.choose(method, nth, passage.who)
        self._under_way.add(passage)
        return passage

    async def _outcome(self, passage: Passage, message: bytes) -> Outcome:
        """What the caller is told: the runtime's answer, or what a fault makes of it."""
        fault = passage.fault
        if len(self._under_way) > self._most:
            return Outcome("RESOURCE_EXHAUSTED", f"fsm proxy: {self._most} calls are under way already")
        if fault is None:
            return await self._answer(passage, message)
        if fault.action == "error":
            return Outcome(fault.code, fault.details)
        if fault.action.endswith("_before"):
            await self._hold(passage)
        if fault.action == "cut_before":
            return CUT
        answer = await self._answer(passage, message)
        if fault.action.endswith("_after"):
            await self._hold(passage)
        if fault.action == "cut_after":
            return CUT
        return Outcome(fault.code, fault.details) if fault.action == "drop_reply" else answer

    async def _answer(self, passage: Passage, message: bytes) -> Outcome:
        """What the runtime answers, and what is learnt from it."""
        if passage.method.unary:
            answer = await ask(self._runtime, passage, message, self._note)
        else:
            answer = await pass_on(self._runtime, passage, self._note)
        passage.told = answer
        self._names.learn(passage.who, answer.message)
        return answer

    async def _hold(self, passage: Passage) -> None:
        """Wait as long as the fault says."""
        if passage.fault is None or passage.fault.action.startswith("cut"):
            return
        passage.held = True
        if passage.fault.action.startswith("hang"):
            await asyncio.get_running_loop().create_future()  # the caller gives up, or the proxy ends
        await asyncio.sleep(passage.fault.seconds)
        passage.held = False

    def _end(self, passage: Passage, outcome: Outcome) -> Outcome:
        """Record how a call ended; returns what its caller is told, which is that, if it could be."""
        if self._journal is not None:
            try:
                self._journal.write(passage.entry(outcome))
            except JournalError as error:
                outcome = _unrecorded(error)
                self._journal.keep(passage.entry(outcome))
        self.calls[passage.method.name, outcome.code] += 1
        self._under_way.discard(passage)
        if not self._under_way:
            self._quiet.set()
        return outcome

    def _cut(self, passage: Passage) -> None:
        """Close the caller's connection; its other calls on it end with it."""
        for one in self._under_way:
            if one.caller.stream.connection is passage.caller.stream.connection:
                one.broken = "cut"
        passage.caller.cut()


def _unrecorded(error: JournalError) -> Outcome:
    return Outcome("UNAVAILABLE", f"fsm proxy: {error}")
