"""The relay: a gRPC server whose every call is made again at the runtime, bytes as they are.

One loop serves all calls; none holds a thread. A method that is known to be unary is called so. Every other
one is a stream in both directions, which is what all four kinds are on the wire.

A reply leaves after its line is in the record; of a stream, each message after its own.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import grpc
import grpc.aio

from .. import channel
from ..endpoint import target_of
from ..served_socket import ServedSocket
from .connections import cut_connections, is_served
from .forwarding import Note, ask, pass_on
from .journal import Journal, JournalError
from .names import Names
from .passage import Outcome, Passage
from .reading import Method, method_of, read
from .rulebook import Rulebook

__all__ = ["Relay"]

HEADERS = 16 << 20  #: bytes of metadata: as much as gRPC for Go takes, whose error texts may be long
OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", HEADERS),
    ("grpc.absolute_max_metadata_size", HEADERS),
    ("grpc.http2.max_ping_strikes", 0),
]
SERVER = [
    *OPTIONS,
    # gRPC would turn calls away, unrecorded, when a thousand come at once; `most` bounds them here
    ("grpc.server.max_pending_requests", 1 << 20),
    ("grpc.server.max_pending_requests_hard_limit", 1 << 20),
    ("grpc.server_max_unrequested_time_in_server", 86_400),
]
PATIENCE = 5.0  # seconds until a caller whose connection was cut is told so in words
HANDLERS = 1024  # that are kept; methods are few, unless somebody makes them up

CUT = Outcome("UNAVAILABLE", "the connection was cut")

Carry = Callable[[Any, Passage, Any, Note | None], Awaitable[Outcome]]


class Relay(grpc.GenericRpcHandler):
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
        self._socket, self._bound, self._runtime = ServedSocket(listen), Path(), runtime
        self._record, self._rules, self._most = record, rules, most
        self.unwritten: Sequence[str] = ()
        self._journal: Journal | None = None
        self._note: Note | None = None
        self._names = Names()
        self._number = 0
        self._under_way: set[Passage] = set()
        self._handlers: dict[str, Any] = {}
        self._calls: dict[str, Any] = {}
        self._quiet = asyncio.Event()
        self._server: Any = None
        self._channel: Any = None
        self._closing: Any = None

    async def start(self) -> None:
        """Listen; raises `EndpointError` or `JournalError` if that cannot be, and leaves nothing behind."""
        self._channel = _channel_to(self._runtime)
        self._server = grpc.aio.server(options=SERVER)
        self._server.add_generic_rpc_handlers((self,))
        self._socket.bind(self._bind)
        try:
            if self._record is not None:
                self._journal = Journal(self._record)
                self._note, self._number = self._journal.write, self._journal.last
            await self._server.start()
            with suppress(OSError):  # the runtime may come later
                shutil.copymode(self._runtime, self._bound)
            self._socket.publish()
        except BaseException:
            self._bound.unlink(missing_ok=True)
            raise

    def _bind(self, target: str) -> int:
        self._bound = Path(unquote(target.removeprefix("unix:")))
        return int(self._server.add_insecure_port(target))

    async def stop(self, grace: float) -> None:
        """Take no more calls; end those that a fault holds, and let those at the runtime end.

        Args:
            grace: seconds after which the others are broken off too.
        """
        if self._server is None:
            return
        stopping = asyncio.ensure_future(self._server.stop(grace + PATIENCE))
        for passage in [one for one in self._under_way if one.held]:
            passage.end()
        if self._under_way:
            self._quiet.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), grace)
        for passage in list(self._under_way):
            passage.end()
        await stopping
        await self._channel.close()
        self._socket.remove()
        if self._journal is not None:
            self.unwritten, self._journal = self._journal.close(), None

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """See gRPC."""
        path: str = handler_call_details.method
        if path in self._handlers:
            return self._handlers[path]
        method = method_of(path)
        if method.unary:
            handler: Any = grpc.unary_unary_rpc_method_handler(partial(self._unary, method))
        else:
            handler = grpc.stream_stream_rpc_method_handler(partial(self._stream, method))
        if len(self._handlers) < HANDLERS:
            self._handlers[path] = handler
        return handler

    async def _unary(self, method: Method, raw: bytes, context: Any) -> bytes:
        return await self._serve(method, context, raw, ask)

    async def _stream(self, method: Method, requests: Any, context: Any) -> None:  # noqa: ARG002
        await self._serve(method, context, None, pass_on)

    async def _serve(self, method: Method, context: Any, raw: bytes | None, carry: Carry) -> bytes:
        """A call from its coming to its end."""
        if self._journal is not None:
            try:
                self._journal.insist()
            except JournalError as error:
                self.calls[method.name, "UNAVAILABLE"] += 1
                await context.abort(grpc.StatusCode.UNAVAILABLE, f"fsm proxy: {error}")
        passage = self._begin(method, context, raw)
        try:
            outcome = await self._outcome(passage, context, carry)
        except asyncio.CancelledError:
            outcome = self._end(passage, passage.broken_off())
            if passage.broken != "ended":
                raise
        except JournalError as error:  # of a stream's message
            outcome = self._end(passage, Outcome("UNAVAILABLE", f"fsm proxy: {error}"))
        else:
            outcome = self._end(passage, CUT if passage.broken == "cut" else outcome)
            if passage.has("cut_before", "cut_after"):
                await self._cut()
        if outcome.leading and method.unary:
            await context.send_initial_metadata(tuple(outcome.leading))
        if outcome.code != "OK":
            await context.abort(grpc.StatusCode[outcome.code], outcome.details, tuple(outcome.trailing))
        if outcome.trailing:
            context.set_trailing_metadata(tuple(outcome.trailing))
        if outcome.details:
            context.set_details(outcome.details)
        return outcome.reply

    def _begin(self, method: Method, context: Any, raw: bytes | None) -> Passage:
        self._number += 1
        nth = self._rules.count(method)
        left = context.time_remaining()
        passage = Passage(self._number, method, nth, left, asyncio.current_task(), raw)
        passage.who = self._names.of(passage.request)
        passage.fault = self._rules.choose(method, nth, passage.who)
        self._under_way.add(passage)
        return passage

    async def _outcome(self, passage: Passage, context: Any, carry: Carry) -> Outcome:
        """What the caller is told: the runtime's answer, or what a fault makes of it."""
        fault = passage.fault
        if len(self._under_way) > self._most:
            return Outcome("RESOURCE_EXHAUSTED", f"fsm proxy: {self._most} calls are under way already")
        if fault is None:
            return await self._answer(passage, context, carry)
        if fault.action == "error":
            return Outcome(fault.code, fault.details)
        if fault.action.endswith("_before"):
            await self._hold(passage)
        if fault.action == "cut_before":
            return CUT
        answer = await self._answer(passage, context, carry)
        if fault.action.endswith("_after"):
            await self._hold(passage)
        if fault.action == "cut_after":
            return CUT
        return Outcome(fault.code, fault.details) if fault.action == "drop_reply" else answer

    async def _answer(self, passage: Passage, context: Any, carry: Carry) -> Outcome:
        """What the runtime answers, and what is learnt from it."""
        answer = passage.told = await carry(
            self._at_the_runtime(passage.method), passage, context, self._note
        )
        if answer.code == "OK" and passage.method.unary:
            self._names.learn(passage.who, read(passage.method.response, answer.reply))
        return answer

    def _at_the_runtime(self, method: Method) -> Any:
        """gRPC's own callable for a method."""
        lost = self._channel.get_state() is grpc.ChannelConnectivity.TRANSIENT_FAILURE
        if lost and is_served(self._runtime):  # it is back, and gRPC would wait before it looks again
            gone, self._channel, self._calls = self._channel, _channel_to(self._runtime), {}
            self._closing = asyncio.ensure_future(gone.close(PATIENCE))
        call = self._calls.get(method.path)
        if call is None:
            kind = self._channel.unary_unary if method.unary else self._channel.stream_stream
            call = kind(method.path)
            if len(self._calls) < HANDLERS:
                self._calls[method.path] = call
        return call

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
                outcome = Outcome("UNAVAILABLE", f"fsm proxy: {error}")
                self._journal.keep(passage.entry(outcome))
        self.calls[passage.method.name, outcome.code] += 1
        self._under_way.discard(passage)
        if not self._under_way:
            self._quiet.set()
        return outcome

    async def _cut(self) -> None:
        """Close all connections of callers; this call is cancelled with its own."""
        for one in self._under_way:
            one.broken = "cut"
        cut_connections(self._bound)
        await asyncio.sleep(PATIENCE)


def _channel_to(path: Path) -> Any:
    return grpc.aio.insecure_channel(target_of(path), options=[*channel.OPTIONS, *OPTIONS])
