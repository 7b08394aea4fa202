"""One call on a connection of HTTP/2: its headers, its messages, its end.

One task reads from a stream, and one writes to it. Messages come whole, with the five bytes that gRPC has
before each; what has not been read yet is held back by the peer, and what cannot be sent yet waits here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .hpack import Header

if TYPE_CHECKING:
    from .http2 import Connection

__all__ = ["CANCEL", "NO_ERROR", "WINDOW", "Lost", "Reset", "Stream"]

NO_ERROR, CANCEL = 0, 8
WINDOW = 4 << 20  #: bytes that may be on their way to us, or unread here
PREFIX = 5  # bytes before each message: whether it is compressed, and its length


class Lost(Exception):  # noqa: N818 - what happened
    """The connection is gone; the text says how."""


class Reset(Exception):  # noqa: N818 - what happened
    """The peer has given a stream up.

    Args:
        code: HTTP/2's.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the stream was reset with code {code}")
        self.code = code


class Stream:
    """One call on a connection. One task reads from it, and one writes to it.

    Attributes:
        headers: that began it, or its answer; None until they are there.
        trailers: that ended it; None if there were none.
        ended: whether the peer has said all.
    """

    def __init__(self, connection: "Connection", number: int) -> None:
        self.connection, self.number = connection, number
        self.headers: list[Header] | None = None
        self.trailers: list[Header] | None = None
        self.ended = False
        self.gone: Exception | None = None
        self.on_gone: Callable[[], Any] | None = None
        self.window = connection.peer_window
        self.out: deque[memoryview] = deque()
        self.ends = False  # what waits to be sent is the last
        self._trailers: Sequence[Header] | None = None
        self._closed = False  # our own side
        self._part = bytearray()
        self._inbox: deque[bytes] = deque()
        self._unread = self._owed = 0
        self._reading: asyncio.Future[None] | None = None
        self._writing: asyncio.Future[None] | None = None

    async def answered(self) -> list[Header]:
        """The headers, once they are there. Raises `Lost` or `Reset`."""
        while self.headers is None:
            await self._wait()
        return self.headers

    async def read(self) -> bytes | None:
        """The next message with the bytes before it, or None after the last. Raises `Lost` or `Reset`."""
        while not self._inbox:
            if self.ended:
                return None
            await self._wait()
        message = self._inbox.popleft()
        self._unread -= len(message)
        if self._owed and self._unread <= WINDOW:
            self.connection.credit(self, self._owed)
            self._owed = 0
        return message

    def send_headers(self, headers: Sequence[Header]) -> None:
        """Send the headers of an answer."""
        if self.gone is None and not self._closed:
            self.connection.send_headers(self.number, headers, False)

    def offer(self, message: bytes, end: bool = False) -> None:
        """Send a message as soon as there is room for it."""
        if self.gone is None and not self._closed:
            self.out.append(memoryview(message))
            self.ends = end
            self.connection.push(self)

    async def send(self, message: bytes, end: bool = False) -> None:
        """The same, and wait until that is done. Raises `Lost` or `Reset`."""
        self.offer(message, end)
        while self.out and self.gone is None:
            self._writing = self.connection.loop.create_future()
            await self._writing
        if self.gone is not None:
            raise self.gone

    def end(self) -> None:
        """Say that no more messages come."""
        self.offer(b"", end=True)

    def finish(self, trailers: Sequence[Header]) -> None:
        """End it with headers, behind the messages that wait to be sent."""
        self._trailers = trailers
        if not self.out:
            self.sent()

    def reset(self, code: int = CANCEL) -> None:
        """Give it up; nothing if it is over."""
        if self.gone is None and not (self._closed and self.ended):
            self.connection.send_reset(self.number, code)
            self.leave(Reset(code), tell=False)

    # what the connection tells it

    def receive_headers(self, headers: list[Header], end: bool) -> None:
        """The headers or, if it had some, the trailers."""
        if self.headers is None:
            self.headers = headers
        else:
            self.trailers = headers
        self._end(end)

    def receive(self, data: bytes, length: int, end: bool) -> None:
        """Bytes of messages, which took so many of the window."""
        part = self._part
        part += data
        at = 0
        while len(part) - at >= PREFIX:
            size = PREFIX + int.from_bytes(part[at + 1 : at + PREFIX])
            if len(part) - at < size:
                break
            self._inbox.append(bytes(part[at : at + size]))
            self._unread += size
            at += size
        del part[:at]
        self._end(end)
        if self._unread <= WINDOW:
            self.connection.credit(self, length)
        else:
            self._owed += length

    def sent(self) -> None:
        """Nothing waits to be sent any more."""
        if self._closed or self.gone is not None:
            return
        if self._trailers is not None:
            self.connection.send_headers(self.number, self._trailers, True)
        if self.ends or self._trailers is not None:
            self._close()
        if self._writing is not None and not self._writing.done():
            self._writing.set_result(None)

    def leave(self, why: Exception, tell: bool = True) -> None:
        """It is over, whatever it was about."""
        if self.gone is None:
            self.gone = why
            self.out.clear()
            self.connection.credit(None, self._owed)  # others share the connection's window
            self._owed = 0
            self.connection.forget(self)
            self._wake()
            if self._writing is not None and not self._writing.done():
                self._writing.set_result(None)
            if tell and self.on_gone is not None:
                self.on_gone()

    def _end(self, end: bool) -> None:
        if end:
            self.ended = True
            if self._closed:
                self.connection.forget(self)
        self._wake()

    def _close(self) -> None:
        self._closed = True
        if self.ended:
            self.connection.forget(self)
        elif self.connection.serves:  # all is said: what the caller still sends is for nobody
            self.reset(NO_ERROR)

    def _wake(self) -> None:
        if self._reading is not None and not self._reading.done():
            self._reading.set_result(None)

    async def _wait(self) -> None:
        if self.gone is not None:
            raise self.gone
        self._reading = self.connection.loop.create_future()
        await self._reading
