"""gRPC on HTTP/2: what of its headers the proxy reads, and what it says itself.

github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md and doc/statuscodes.md.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote_from_bytes, unquote_to_bytes

from ...errors import StatusCode
from .hpack import Header

__all__ = ["code_of_reset", "payload", "read_timeout", "status_headers", "status_of", "with_timeout"]

UNITS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
TIMEOUT = re.compile(r"(\d{1,8})([HMSmun])")
BEGINNING: list[Header] = [(b":status", b"200"), (b"content-type", b"application/grpc")]
SAFE = "".join(chr(byte) for byte in range(0x20, 0x7F) if chr(byte) != "%")
LONGEST = 99_999_999  # what a timeout may be, in its unit

RESETS = {
    7: StatusCode.UNAVAILABLE,
    8: StatusCode.CANCELLED,
    11: StatusCode.RESOURCE_EXHAUSTED,
    12: StatusCode.PERMISSION_DENIED,
}  #: what HTTP/2's codes are in gRPC; any other is INTERNAL


def read_timeout(headers: Mapping[bytes, bytes]) -> float | None:
    """The seconds that a caller gives a call; None for as long as it takes.

    >>> read_timeout({b"grpc-timeout": b"1500m"})
    1.5
    """
    found = TIMEOUT.fullmatch(headers.get(b"grpc-timeout", b"").decode("latin-1"))
    return None if found is None else int(found[1]) * UNITS[found[2]]


def with_timeout(headers: Iterable[Header], seconds: float | None) -> list[Header]:
    """Headers of a call with another timeout, exact as far as its eight digits go.

    >>> with_timeout([(b":path", b"/a/b"), (b"grpc-timeout", b"2S")], 1.25)
    [(b':path', b'/a/b'), (b'grpc-timeout', b'1250000u')]
    """
    found = [header for header in headers if header[0] != b"grpc-timeout"]
    if seconds is not None:
        unit = next(unit for unit in ("u", "m", "S", "M", "H") if seconds / UNITS[unit] <= LONGEST)
        found.append((b"grpc-timeout", b"%d%s" % (max(seconds / UNITS[unit], 1), unit.encode())))
    return found


def status_headers(code: str, details: str, begun: bool) -> list[Header]:
    """A status, to end a call with.

    Args:
        code: its name.
        details: any text.
        begun: whether headers were sent before.

    >>> status_headers("NOT_FOUND", "no é", True)
    [(b'grpc-status', b'5'), (b'grpc-message', b'no %C3%A9')]
    """
    found = [] if begun else list(BEGINNING)
    found.append((b"grpc-status", b"%d" % StatusCode[code].value))
    if details:
        found.append((b"grpc-message", quote_from_bytes(details.encode(errors="replace"), SAFE).encode()))
    return found


def status_of(headers: Sequence[Header]) -> tuple[str, str]:
    """The code's name and the text in the headers that end a call.

    >>> status_of([(b"grpc-status", b"5"), (b"grpc-message", b"no %C3%A9")])
    ('NOT_FOUND', 'no é')
    """
    found = dict(headers)
    number = found.get(b"grpc-status")
    if number is None:
        http = found.get(b":status", b"none").decode("latin-1")
        return "UNKNOWN", f"the runtime's answer has no grpc-status; its HTTP status is {http}"
    details = unquote_to_bytes(found.get(b"grpc-message", b"")).decode(errors="replace")
    known = [code.name for code in StatusCode if b"%d" % code.value == number]
    return (known or ["UNKNOWN"])[0], details


def code_of_reset(code: int) -> str:
    """The name of gRPC's code for a stream that was reset."""
    return RESETS.get(code, StatusCode.INTERNAL).name


def payload(message: bytes, encoding: bytes | None) -> bytes | None:
    """What a message on the wire says, five bytes and compression undone; None if that is not possible."""
    if not message[0]:
        return message[5:]
    try:
        return zlib.decompress(message[5:], 47 if encoding == b"gzip" else 15)
    except zlib.error:
        return None
