"""The runtime's end: one connection, made when a call needs it, and again when it was lost."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from .hpack import Header
from .http2 import Connection
from .stream import Lost, Stream

__all__ = ["GONE", "Runtime"]

GONE = "error reading from server: EOF"
"""What a kubelet sees of a runtime that dies within a call; google.golang.org/grpc."""


class Runtime:
    """Whoever serves a socket.

    Args:
        path: of the socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None
        self._old: set[Connection] = set()
        self._connecting = asyncio.Lock()

    async def begin(self, headers: Sequence[Header]) -> Stream:
        """A new call.

        Raises:
            Lost: if there is nobody, in the words of a kubelet's gRPC.
        """
        connection = self._connection
        if connection is None or not connection.open or connection.exhausted:
            connection = await self._connect()
        return await connection.begin(headers)

    def close(self) -> None:
        """End all connections."""
        for connection in [*self._old]:
            connection.close()

    async def _connect(self) -> Connection:
        async with self._connecting:
            found = self._connection
            if found is not None and found.open and not found.exhausted:
                return found
            loop = asyncio.get_running_loop()
            try:
                _, connection = await loop.create_unix_connection(
                    lambda: Connection(None, self._old.discard), os.fspath(self._path)
                )
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise Lost(
                    f'connection error: desc = "transport: Error while dialing: dial unix {self._path}: '
                    f'connect: {why}"'
                ) from None
            self._old.add(connection)
            self._connection = connection
            return connection
