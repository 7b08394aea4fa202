"""A call made again at the runtime: one message each way, or a stream of them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from .journal import JournalError
from .passage import Outcome, Passage
from .reading import as_json, read
from .runtime import GONE, Runtime
from .stream import Lost, Reset, Stream
from .wire import code_of_reset, payload, status_of, with_timeout

__all__ = ["Note", "ask", "pass_on"]

SILENT = frozenset({"drop_reply", "cut_after", "hang_after"})  # faults that keep a stream's messages back

Note = Callable[[Mapping[str, Any]], None]
"""Writes a note into the record."""


async def ask(runtime: Runtime, passage: Passage, message: bytes, note: Note | None) -> Outcome:
    """What the runtime answers to a call with one message.

    Args:
        message: as it is on the wire.
        note: None where nothing is recorded.
    """
    stream = None
    try:
        stream = await runtime.begin(with_timeout(passage.caller.headers, passage.remaining))
        with suppress(Lost, Reset):  # it may answer before it has heard all; if it does not, that is told now
            await stream.send(message, end=True)
        if note is not None:
            passage.show()  # while the runtime works
        leading = await stream.answered()
        replies = []
        while (reply := await stream.read()) is not None:
            replies.append(reply)
    except (Lost, Reset) as error:
        return _failure(error, stream)
    finally:
        if stream is not None:
            stream.reset()  # nothing once it is over
    code, details = status_of(stream.trailers or leading)
    raw = payload(replies[0], dict(leading).get(b"grpc-encoding")) if replies else None
    found = read(passage.method.response, raw) if raw is not None else None
    shown = None
    if replies and note is not None:
        shown = as_json(found, raw if raw is not None else replies[0])
    return Outcome(code, details, b"".join(replies), found, shown, leading, stream.trailers or ())


async def pass_on(runtime: Runtime, passage: Passage, note: Note | None) -> Outcome:
    """What the runtime answers to a stream, after all messages went through; each is noted before."""
    caller, silent = passage.caller, passage.has(*SILENT)
    stream, sender = None, None
    try:
        stream = await runtime.begin(with_timeout(caller.headers, passage.remaining))
        sender = asyncio.ensure_future(_send(stream, passage, note))
        leading = await stream.answered()
        encoding = dict(leading).get(b"grpc-encoding")
        if not silent and not (stream.ended and stream.trailers is None):
            caller.begin(leading)
        while (message := await stream.read()) is not None:
            passage.messages[1] += 1
            if note is not None:
                note(_noted(passage, "caller", message, encoding))
            if not silent:
                await caller.write(message)
        code, details = status_of(stream.trailers or leading)
        return Outcome(code, details, leading=leading, trailing=stream.trailers or ())
    except (Lost, Reset) as error:
        if sender is not None and sender.done() and isinstance(sender.exception(), JournalError):
            raise sender.exception() from None  # type: ignore[misc]
        return _failure(error, stream)
    finally:
        if sender is not None:
            sender.cancel()
        if stream is not None:
            stream.reset()


async def _send(stream: Stream, passage: Passage, note: Note | None) -> None:
    """Pass on what the caller sends. Where that fails, the runtime's status says why."""
    caller = passage.caller
    with suppress(Lost, Reset):
        while (message := await caller.read()) is not None:
            passage.messages[0] += 1
            try:
                if passage.method.asks_once:
                    raw = payload(message, caller.encoding)
                    passage.shown = as_json(read(passage.method.request, raw or b""), raw or message)
                elif note is not None:
                    note(_noted(passage, "runtime", message, caller.encoding))
            except JournalError:
                stream.leave(Lost("nothing can be recorded"))
                raise
            await stream.send(message)
        stream.end()


def _noted(passage: Passage, to: str, message: bytes, encoding: bytes | None) -> dict[str, Any]:
    kind = passage.method.response if to == "caller" else passage.method.request
    raw = payload(message, encoding)
    return {
        "note": "message",
        "of": passage.number,
        "t": round(time.time(), 4),
        "call": passage.method.name,
        "to": to,
        "message": as_json(None, message) if raw is None else as_json(read(kind, raw), raw),
    }


def _failure(error: Lost | Reset, stream: Stream | None) -> Outcome:
    if isinstance(error, Reset):
        return Outcome(code_of_reset(error.code), f"{error}")
    return Outcome("UNAVAILABLE", str(error) if stream is None else GONE)
