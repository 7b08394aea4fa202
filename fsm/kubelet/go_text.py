"""Texts as Go makes them: quoted strings, durations, numbers.

What the kubelet prints with `%q` and `%v` and what strconv says of a number, as far as its messages show it.
"""

import re

__all__ = ["atoi", "duration", "quote"]

_ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    '"': r"\"",
    "\\": r"\\",
}
_UNITS = ((1_000_000, "ms"), (1_000, "µs"), (1, "ns"))
_INT64 = range(-(2**63), 2**63)


def quote(text: str) -> str:
    r"""The text in double quotes, as `%q` prints it.

    >>> print(quote('say "no"\n\x01'))
    "say \"no\"\n\x01"
    """
    return '"' + "".join(_escaped(one) for one in text) + '"'


def duration(nanoseconds: int) -> str:
    """A span of time, as `%v` prints it.

    >>> duration(0), duration(1_500_000), duration(2_000_000_000), duration(3_723_500_000_000)
    ('0s', '1.5ms', '2s', '1h2m3.5s')
    """
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left < 1_000_000_000:
        for size, unit in _UNITS:
            if left >= size:
                return f"{sign}{_fraction(left, size)}{unit}"
        return "0s"
    minutes, left = divmod(left, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{_fraction(left, 1_000_000_000)}s"
    if hours:
        text = f"{hours}h{minutes}m{text}"
    elif minutes:
        text = f"{minutes}m{text}"
    return sign + text


def atoi(text: str) -> int:
    """A decimal number as strconv.Atoi reads it on a 64-bit machine.

    Raises ValueError with Go's words for what is no number and for one that does not fit.

    >>> atoi("012")
    12
    """
    if re.fullmatch("[+-]?[0-9]+", text) is None:
        raise ValueError(f"strconv.Atoi: parsing {quote(text)}: invalid syntax")
    digits = text.lstrip("+-").lstrip("0")
    # Python refuses to read thousands of digits; what has more than 19 does not fit anyway.
    number = int(digits or "0") if len(digits) <= 19 else 2**64
    number = -number if text.startswith("-") else number
    if number not in _INT64:
        raise ValueError(f"strconv.Atoi: parsing {quote(text)}: value out of range")
    return number


def _escaped(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    if one.isprintable():
        return one
    code = ord(one)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fraction(nanoseconds: int, size: int) -> str:
    whole, rest = divmod(nanoseconds, size)
    decimals = str(rest).zfill(len(str(size)) - 1).rstrip("0") if rest else ""
    return f"{whole}.{decimals}" if decimals else str(whole)
