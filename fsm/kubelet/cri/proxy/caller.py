"""The caller's end of a call: what it asks, and what it is told."""

from collections.abc import Sequence

from .hpack import Header
from .passage import Outcome
from .stream import Stream
from .wire import read_timeout, status_headers

__all__ = ["Caller"]


class Caller:
    """Whoever made a call.

    Args:
        stream: on which it came.

    Attributes:
        headers: of the call.
        path: of its method.
        left: the seconds that it gives the call, or None.
        encoding: how its messages may be compressed.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.headers: Sequence[Header] = stream.headers or ()
        found = dict(self.headers)
        self.path = found.get(b":path", b"").decode("latin-1")
        self.left = read_timeout(found)
        self.encoding = found.get(b"grpc-encoding")
        self._begun = False

    async def read(self) -> bytes | None:
        """Its next message as it is on the wire, or None after the last."""
        return await self.stream.read()

    def begin(self, headers: Sequence[Header]) -> None:
        """Pass on headers that messages will follow."""
        self._begun = True
        self.stream.send_headers(headers)

    async def write(self, message: bytes) -> None:
        """Pass on a message as it is on the wire; waits until there is room for the next."""
        await self.stream.send(message)

    def tell(self, outcome: Outcome) -> None:
        """End the call: in the runtime's own words where these are, else with a status of ours."""
        with self.stream.connection.together():
            if outcome.trailing:
                if not self._begun:
                    self.begin(outcome.leading)
                if outcome.reply:
                    self.stream.offer(outcome.reply)
                self.stream.finish(outcome.trailing)
            elif outcome.leading and not self._begun:  # its status came alone
                self.stream.finish(outcome.leading)
            else:
                self.stream.finish(status_headers(outcome.code, outcome.details, self._begun))

    def cut(self) -> None:
        """Close its connection, without a word."""
        self.stream.connection.cut()
