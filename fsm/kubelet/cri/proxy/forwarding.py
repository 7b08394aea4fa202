"""A call made again at the runtime: one message each way, or a stream of them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import grpc
import grpc.aio

from .journal import JournalError
from .passage import Outcome, Passage
from .reading import as_json, read

__all__ = ["Note", "ask", "pass_on"]

OWN = frozenset({"user-agent"})  # every side of gRPC writes its own
SILENT = frozenset({"drop_reply", "cut_after", "hang_after"})  # faults that keep a stream's messages back

Note = Callable[[Mapping[str, Any]], None]
"""Writes a note into the record."""


async def ask(method: Any, passage: Passage, context: Any, note: Note | None) -> Outcome:
    """What the runtime answers to a call with one message.

    Args:
        method: gRPC's own callable for it.
        note: None where nothing is recorded.
    """
    call = method(passage.raw, timeout=passage.remaining, metadata=_metadata(context))
    try:
        if note is not None:
            await asyncio.sleep(0)  # the call is on its way; now there is time to read the request
            passage.show()
        reply = await call
    except grpc.aio.AioRpcError as error:
        return _failure(error)
    finally:
        call.cancel()  # changes nothing once it is done
    message = read(passage.method.response, reply)
    shown = as_json(message, reply) if note is not None else None
    leading, trailing = await call.initial_metadata(), await call.trailing_metadata()
    return Outcome("OK", await call.details() or "", reply, shown, leading, trailing)


async def pass_on(method: Any, passage: Passage, context: Any, note: Note | None) -> Outcome:
    """What the runtime answers to a stream, after all messages went through; each is noted before."""
    call = method(timeout=passage.remaining, metadata=_metadata(context))
    sender = asyncio.ensure_future(_send(call, passage, context, note))
    silent = passage.has(*SILENT)
    try:
        leading = await call.initial_metadata()
        if not silent:
            await context.send_initial_metadata(tuple(leading))
        while (message := await call.read()) is not grpc.aio.EOF:
            passage.messages[1] += 1
            if note is not None:
                note(_noted(passage, "caller", message))
            if not silent:
                await context.write(message)
        code, details = await call.code(), await call.details()
        return Outcome(code.name, details or "", trailing=await call.trailing_metadata())
    except grpc.aio.AioRpcError as error:
        return _failure(error)
    except asyncio.CancelledError:
        if sender.done() and not sender.cancelled() and (why := sender.exception()) is not None:
            raise why from None
        raise
    finally:
        sender.cancel()
        call.cancel()


async def _send(call: Any, passage: Passage, context: Any, note: Note | None) -> None:
    """Pass on what the caller sends. Where that fails, the runtime's status says why."""
    with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
        while (message := await context.read()) is not grpc.aio.EOF:
            passage.messages[0] += 1
            if passage.method.asks_once:
                passage.shown = as_json(read(passage.method.request, message), message)
            elif note is not None:
                try:
                    note(_noted(passage, "runtime", message))
                except JournalError:
                    call.cancel()
                    raise
            await call.write(message)
        await call.done_writing()


def _noted(passage: Passage, to: str, message: bytes) -> dict[str, Any]:
    method = passage.method
    kind = method.response if to == "caller" else method.request
    return {
        "note": "message",
        "of": passage.number,
        "t": round(time.time(), 4),
        "call": method.name,
        "to": to,
        "message": as_json(read(kind, message), message),
    }


def _failure(error: grpc.aio.AioRpcError) -> Outcome:
    return Outcome(
        error.code().name,
        error.details() or "",
        leading=error.initial_metadata(),
        trailing=error.trailing_metadata(),
    )


def _metadata(context: Any) -> Any:
    return tuple((key, value) for key, value in context.invocation_metadata() or () if key not in OWN)
