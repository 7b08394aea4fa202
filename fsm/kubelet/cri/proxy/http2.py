"""HTTP/2, RFC 9113, as far as gRPC needs it: one end of a connection.

The proxy is a server to its callers and a client of its runtime; both ends are this. Frames come and go;
headers are read in the order in which they come, and written without memory; windows are kept.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from .hpack import Decoder, Header, HpackError, encode
from .stream import NO_ERROR, WINDOW, Lost, Reset, Stream

__all__ = ["Connection"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 0x1, 0x1, 0x4, 0x8, 0x20
TABLE_SETTING, PUSH_SETTING, STREAMS_SETTING, WINDOW_SETTING, FRAME_SETTING = 1, 2, 3, 4, 5
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, REFUSED, COMPRESSION_ERROR = 1, 3, 6, 7, 9
NO_TABLE = b"\x20"  # of HPACK: what follows uses no table; due when the peer makes its own smaller

HEAD = 9  # bytes before each frame's own: length, kind, flags, stream
FIRST_WINDOW, SMALLEST_FRAME = 65_535, 16_384  # bytes, before anybody says otherwise
FRAME = 1 << 20  #: bytes of a frame to us
MOST_HEADERS = 16 << 20  #: bytes of a block of headers
UNSENT = 1 << 20  #: bytes that wait for the socket before senders have to
LAST_STREAM = (1 << 31) - 1


class Connection(asyncio.Protocol):
    """One end of a connection.

    Args:
        accept: is told of each stream that the peer begins; None for a client.
        lost: is told when the connection is gone.
    """

    def __init__(
        self, accept: Callable[[Stream], None] | None, lost: Callable[["Connection"], None] | None = None
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.peer_window, self.most_streams = FIRST_WINDOW, LAST_STREAM
        self.open = False
        self.serves = accept is not None
        self._accept, self._lost = accept, lost
        self._frame, self._window = SMALLEST_FRAME, FIRST_WINDOW
        self._streams: dict[int, Stream] = {}
        self._last = 0
        self._next = 1
        self._decoder = Decoder()
        self._preface = accept is not None
        self._buffer = bytearray()
        self._block: tuple[int, bytearray, bool] | None = None
        self._blocked: dict[Stream, None] = {}
        self._paused = self._leaving = False
        self._owed = 0
        self._held: list[bytes] | None = None
        self._smaller = False
        self._room: list[asyncio.Future[None]] = []
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(UNSENT)
        self.open = True
        wanted = [(WINDOW_SETTING, WINDOW), (FRAME_SETTING, FRAME)]
        if not self.serves:
            wanted.append((PUSH_SETTING, 0))
        settings = b"".join(setting.to_bytes(2) + value.to_bytes(4) for setting, value in wanted)
        hello = b"" if self.serves else PREFACE
        more = (16 * WINDOW).to_bytes(4)
        self._transport.write(hello + _frame(SETTINGS, 0, 0, settings) + _frame(WINDOW_UPDATE, 0, 0, more))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self.open = False
        why = Lost(str(exc) if exc is not None else "the connection was closed")
        for stream in list(self._streams.values()):
            stream.leave(why)
        self._make_room()
        if self._lost is not None:
            self._lost(self)

    def pause_writing(self) -> None:
        """See asyncio."""
        self._paused = True

    def resume_writing(self) -> None:
        """See asyncio."""
        self._paused = False
        self._push_blocked()

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self._buffer += data
        try:
            with self.together():
                del self._buffer[: self._read()]
        except HpackError:
            self.close(COMPRESSION_ERROR)
        except IndexError:
            self.close(FRAME_SIZE_ERROR)
        except _Broken as error:
            self.close(error.code)

    def _read(self) -> int:
        """Take the frames that are there; where they end."""
        buffer, at = self._buffer, 0
        if self._preface:
            if not PREFACE.startswith(buffer[: len(PREFACE)]):
                raise _Broken(PROTOCOL_ERROR)
            if len(buffer) < len(PREFACE):
                return 0
            self._preface, at = False, len(PREFACE)
        while len(buffer) - at >= HEAD:
            length = int.from_bytes(buffer[at : at + 3])
            if length > FRAME:
                raise _Broken(FRAME_SIZE_ERROR)
            end = at + HEAD + length
            if len(buffer) < end:
                break
            number = int.from_bytes(buffer[at + 5 : at + HEAD]) & LAST_STREAM
            self._receive(buffer[at + 3], buffer[at + 4], number, bytes(buffer[at + HEAD : end]))
            at = end
        return at

    # what the proxy asks of it

    async def begin(self, headers: Sequence[Header]) -> Stream:
        """A new stream of a client, once the server has room for it. Raises `Lost`."""
        while self.open and len(self._streams) >= self.most_streams:
            waiting = self.loop.create_future()
            self._room.append(waiting)
            await waiting
        if not self.open or self.exhausted:
            raise Lost("the connection was closed")
        stream = self._streams[self._next] = Stream(self, self._next)
        self._next += 2
        self.send_headers(stream.number, headers, False)
        return stream

    @property
    def exhausted(self) -> bool:
        """Whether no stream can begin on it any more."""
        return self._leaving or self._next > LAST_STREAM

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way."""
        return not self._streams

    def leave(self) -> None:
        """Tell the peer to begin no more streams; those that there are go on."""
        if self.open and not self._leaving:
            self._leaving = True
            self._write(_frame(GOAWAY, 0, 0, self._last.to_bytes(4) + NO_ERROR.to_bytes(4)))

    def close(self, code: int = NO_ERROR) -> None:
        """End it, after what waits for the socket."""
        if self.open:
            self._write(_frame(GOAWAY, 0, 0, self._last.to_bytes(4) + code.to_bytes(4)))
            self._transport.close()

    def cut(self) -> None:
        """End it at once, without a word."""
        self._transport.abort()

    # what its streams ask of it

    def send_headers(self, number: int, headers: Sequence[Header], end: bool) -> None:
        """Send a block of headers, in as many frames as it takes."""
        block = encode(headers)
        if self._smaller:
            block, self._smaller = NO_TABLE + block, False
        flags = END_STREAM if end else 0
        if len(block) <= self._frame:
            self._write(_frame(HEADERS, flags | END_HEADERS, number, block))
            return
        parts = [block[at : at + self._frame] for at in range(0, len(block), self._frame)]
        frames = [_frame(HEADERS, flags, number, parts[0])]
        frames += [_frame(CONTINUATION, 0, number, part) for part in parts[1:-1]]
        self._write(b"".join([*frames, _frame(CONTINUATION, END_HEADERS, number, parts[-1])]))

    def send_reset(self, number: int, code: int) -> None:
        """Give a stream up."""
        self._write(_frame(RST_STREAM, 0, number, code.to_bytes(4)))

    def credit(self, stream: Stream | None, length: int) -> None:
        """The peer may send so many bytes more: on the stream if that is not over, and on the connection."""
        if stream is not None and length and not stream.ended:
            self._write(_frame(WINDOW_UPDATE, 0, stream.number, length.to_bytes(4)))
        self._owed += length
        if self._owed >= WINDOW // 2:
            self._write(_frame(WINDOW_UPDATE, 0, 0, self._owed.to_bytes(4)))
            self._owed = 0

    def push(self, stream: Stream) -> None:
        """Send of a stream's messages what may be sent now."""
        while stream.out and not self._paused:
            data = stream.out[0]
            size = min(len(data), self._frame, self._window, stream.window)
            if size <= 0 and data:
                break
            if size < len(data):
                stream.out[0] = data[size:]
            else:
                stream.out.popleft()
            end = stream.ends and not stream.out
            self._write(_frame(DATA, END_STREAM if end else 0, stream.number, data[:size]))
            self._window -= size
            stream.window -= size
        if stream.out:
            self._blocked[stream] = None
        else:
            stream.sent()

    def forget(self, stream: Stream) -> None:
        """Both sides have said all."""
        self._streams.pop(stream.number, None)
        self._blocked.pop(stream, None)
        if self._room:
            self._make_room()
        if self._leaving and not self.serves and not self._streams:
            self._transport.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Whatever the body sends leaves in one piece, at its end."""
        if self._held is not None:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held:
                self._write(b"".join(held))

    def _write(self, data: bytes) -> None:
        if self._held is not None:
            self._held.append(data)
        elif self.open:
            self._transport.write(data)

    def _make_room(self) -> None:
        """Let those look again who wait for room for a stream."""
        waiting, self._room = self._room, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def _push_blocked(self) -> None:
        blocked, self._blocked = self._blocked, {}
        for stream in blocked:
            self.push(stream)

    # what comes

    def _receive(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if self._block is not None and (kind != CONTINUATION or number != self._block[0]):
            raise _Broken(PROTOCOL_ERROR)
        if kind == DATA:
            length = len(payload)
            data = _unpadded(flags, payload)
            stream = self._streams.get(number)
            if stream is not None:
                stream.receive(data, length, bool(flags & END_STREAM))
            else:
                self.credit(None, length)
        elif kind == HEADERS:
            data = _unpadded(flags, payload)
            self._block = (
                number,
                bytearray(data[5:] if flags & PRIORITIZED else data),
                bool(flags & END_STREAM),
            )
            if flags & END_HEADERS:
                self._headers()
        elif kind == CONTINUATION:
            if self._block is None:
                raise _Broken(PROTOCOL_ERROR)
            self._block[1].extend(payload)
            if len(self._block[1]) > MOST_HEADERS:
                raise _Broken(PROTOCOL_ERROR)
            if flags & END_HEADERS:
                self._headers()
        elif kind == WINDOW_UPDATE:
            self._widen(number, int.from_bytes(payload[:4]) & LAST_STREAM)
        elif kind == RST_STREAM:
            stream = self._streams.get(number)
            if stream is not None:
                stream.leave(Reset(int.from_bytes(payload[:4])))
        elif kind == SETTINGS and not flags & ACK:
            self._settings(payload)
        elif kind == PING and not flags & ACK:
            self._write(_frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self._leaving = True
            last = int.from_bytes(payload[:4]) & LAST_STREAM
            if self._accept is None:
                for stream in [one for one in self._streams.values() if one.number > last]:
                    stream.leave(Lost("the runtime takes no more calls on this connection"))
                if self.quiet:
                    self._transport.close()

    def _headers(self) -> None:
        number, block, end = cast("tuple[int, bytearray, bool]", self._block)
        self._block = None
        headers = self._decoder.decode(bytes(block))
        stream = self._streams.get(number)
        if stream is None and self._accept is not None and number > self._last and number % 2:
            self._last = number
            stream = self._streams[number] = Stream(self, number)
            stream.receive_headers(headers, end)
            if self._leaving:
                stream.reset(REFUSED)
            else:
                self._accept(stream)
        elif stream is not None:
            status = dict(headers).get(b":status", b"")
            if not (status.startswith(b"1") and status != b"101"):  # which only announces
                stream.receive_headers(headers, end)

    def _settings(self, payload: bytes) -> None:
        for at in range(0, len(payload) - 5, 6):
            setting, value = int.from_bytes(payload[at : at + 2]), int.from_bytes(payload[at + 2 : at + 6])
            if setting == WINDOW_SETTING:
                if value > LAST_STREAM:
                    raise _Broken(FLOW_CONTROL_ERROR)
                for stream in self._streams.values():
                    stream.window += value - self.peer_window
                self.peer_window = value
            elif setting == FRAME_SETTING and SMALLEST_FRAME <= value < 1 << 24:
                self._frame = min(value, FRAME)
            elif setting == STREAMS_SETTING:
                self.most_streams = value
                self._make_room()
            elif setting == TABLE_SETTING:
                self._smaller = True
        self._write(_frame(SETTINGS, ACK, 0, b""))
        self._push_blocked()

    def _widen(self, number: int, more: int) -> None:
        if number == 0:
            self._window += more
            self._push_blocked()
        else:
            stream = self._streams.get(number)
            if stream is not None:
                stream.window += more
                if stream in self._blocked:
                    del self._blocked[stream]
                    self.push(stream)


class _Broken(Exception):  # noqa: N818 - what happened
    """The peer does not speak HTTP/2."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


def _frame(kind: int, flags: int, number: int, payload: "bytes | memoryview") -> bytes:
    return b"".join((len(payload).to_bytes(3), bytes((kind, flags)), number.to_bytes(4), payload))


def _unpadded(flags: int, payload: bytes) -> bytes:
    if not flags & PADDED:
        return payload
    padding = payload[0]
    if padding >= len(payload):
        raise _Broken(PROTOCOL_ERROR)
    return payload[1 : len(payload) - padding]
