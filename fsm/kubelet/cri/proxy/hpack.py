"""HPACK, RFC 7541: how HTTP/2 writes headers.

Reading knows all of it, since peers use all of it: the static table, the dynamic one, Huffman's code. Writing
uses the static table and plain texts alone, and remembers nothing; so what is written can be written in any
order, and headers that come from one connection go out on another as they are.
"""

from collections import deque
from collections.abc import Iterable
from functools import cache, lru_cache

__all__ = ["Decoder", "Header", "HpackError", "encode"]

Header = tuple[bytes, bytes]
"""A name, in small letters, and a value."""

LISTED = (
    ":authority :method :method :path :path :scheme :scheme :status :status :status :status :status :status "
    ":status accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin "
    "age allow authorization cache-control content-disposition content-encoding content-language "
    "content-length content-location content-range content-type cookie date etag expect expires from host "
    "if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location "
    "max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie "
    "strict-transport-security transfer-encoding user-agent vary via www-authenticate"
)  #: the names of the static table, from 1 on; RFC 7541, appendix A
VALUES = {
    2: "GET", 3: "POST", 4: "/", 5: "/index.html", 6: "http", 7: "https", 8: "200", 9: "204", 10: "206",
    11: "304", 12: "400", 13: "404", 14: "500", 16: "gzip, deflate",
}  # fmt: skip
STATIC: list[Header] = [(b"", b"")] + [
    (name.encode(), VALUES.get(at, "").encode()) for at, name in enumerate(LISTED.split(), 1)
]
INDEX = {header: at for at, header in reversed([*enumerate(STATIC)]) if at}
TABLE = 4096  #: bytes of the dynamic table; what peers may fill, since we ask for no other size
OVERHEAD = 32  #: bytes that an entry counts more than its texts; RFC 7541, 4.1


LENGTHS = (
    "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibccccccccccccccccccccccdcdioijb"
    "kabababbbaccbbbabcbaabccccckgjixprpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs"
    "vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz"
)  #: bits of each byte's code, and of the end's: `a` for 5, `z` for 30; RFC 7541, appendix B
END = 256


class HpackError(Exception):
    """A block of headers that cannot be read; the connection that it came on is lost."""


class Decoder:
    """Reads the blocks of one connection, in the order in which they come."""

    def __init__(self) -> None:
        self._table: deque[Header] = deque()
        self._size, self._most = 0, TABLE

    def decode(self, block: bytes) -> list[Header]:
        """The headers of a block.

        Raises:
            HpackError: if it is none.

        >>> Decoder().decode(bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff"))[-1]
        (b':authority', b'www.example.com')
        """
        found: list[Header] = []
        at = 0
        try:
            while at < len(block):
                first = block[at]
                if first & 0x80:  # all of it is in a table
                    index, at = _integer(block, at, 7)
                    found.append(self._entry(index))
                elif first & 0xE0 == 0x20:  # the table's size
                    self._most, at = _integer(block, at, 5)
                    if self._most > TABLE:
                        raise HpackError(f"a table of {self._most} bytes, where {TABLE} are allowed")
                    self._shrink()
                else:
                    bits = 6 if first & 0x40 else 4
                    index, at = _integer(block, at, bits)
                    if index:
                        name = self._entry(index)[0]
                    else:
                        name, at = _text(block, at)
                    value, at = _text(block, at)
                    found.append((name, value))
                    if bits == 6:
                        self._remember((name, value))
        except IndexError:
            raise HpackError("a block of headers ends too early") from None
        return found

    def _entry(self, index: int) -> Header:
        if 0 < index < len(STATIC):
            return STATIC[index]
        if not len(STATIC) <= index < len(STATIC) + len(self._table):
            raise HpackError(f"there is no header {index} in the tables")
        return self._table[index - len(STATIC)]

    def _remember(self, header: Header) -> None:
        self._table.appendleft(header)
        self._size += len(header[0]) + len(header[1]) + OVERHEAD
        self._shrink()

    def _shrink(self) -> None:
        while self._size > self._most:
            name, value = self._table.pop()
            self._size -= len(name) + len(value) + OVERHEAD


def encode(headers: Iterable[Header]) -> bytes:
    """A block of headers.

    >>> Decoder().decode(encode([(b":status", b"200"), (b"some-name", b"a value")]))
    [(b':status', b'200'), (b'some-name', b'a value')]
    """
    return b"".join([_encoded(*header) if len(header[1]) < 200 else _plain(*header) for header in headers])


def _plain(name: bytes, value: bytes) -> bytes:
    index = INDEX.get((name, value))
    if index is not None:
        return bytes([0x80 | index])
    return b"\x00" + _length(len(name)) + name + _length(len(value)) + value


_encoded = lru_cache(maxsize=1024)(_plain)


def _length(number: int) -> bytes:
    if number < 0x7F:
        return bytes([number])
    written, number = bytearray([0x7F]), number - 0x7F
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    """A number whose first byte has so many bits of it; and where it ends."""
    most = (1 << bits) - 1
    number, at, shift = block[at] & most, at + 1, 0
    if number < most:
        return number, at
    while True:
        byte, at = block[at], at + 1
        number += (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at
        if shift > 28:
            raise HpackError("a number without an end")


def _text(block: bytes, at: int) -> tuple[bytes, int]:
    packed = block[at] & 0x80
    length, at = _integer(block, at, 7)
    raw = block[at : at + length]
    if len(raw) < length:
        raise HpackError("a text that ends too early")
    if not packed:
        return raw, at + length
    return _unpacked(raw) if length < 200 else _unpack(raw), at + length


@cache
def _codes() -> dict[tuple[int, int], int]:
    """The byte of each code, by its length and its bits: codes are numbered in the order of their lengths."""
    found, code, before = {}, 0, 0
    lengths = [ord(letter) - ord("a") + 5 for letter in LENGTHS]
    for length, byte in sorted((length, byte) for byte, length in enumerate(lengths)):
        code <<= length - before
        found[length, code] = byte
        code, before = code + 1, length
    return found


def _unpack(raw: bytes) -> bytes:
    """What Huffman's code stands for."""
    codes, found, code, length = _codes(), bytearray(), 0, 0
    for bit in f"{int.from_bytes(raw):0{8 * len(raw)}b}" if raw else "":
        code, length = code << 1 | (bit == "1"), length + 1
        byte = codes.get((length, code))
        if byte is not None:
            if byte == END:
                raise HpackError("the end of a text within it")
            found.append(byte)
            code = length = 0
    if length > 7 or code != (1 << length) - 1:
        raise HpackError("a text whose last bits are no padding")
    return bytes(found)


_unpacked = lru_cache(maxsize=1024)(_unpack)
