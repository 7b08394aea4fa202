"""Back-off: how long to leave a thing alone after it has failed.

`Backoff` of client-go, as the image puller uses it (pkg/kubelet/images, v1.19): 10 s after the first failure,
twice as long after each further one, at most 300 s; a thing that was left alone for over 600 s begins anew.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["BackOff"]

_SECOND = 1_000_000_000


class _Entry(NamedTuple):
    span: int
    since: int
    cause: str


@dataclass
class BackOff:
    """The back-offs of many things, each under its key. `initial` and `longest` are nanoseconds.

    >>> pulls = BackOff()
    >>> pulls.next("app", now=0)
    >>> pulls.active("app", now=9_999_999_999), pulls.active("app", now=10_000_000_000)
    (True, False)
    """

    initial: int = 10 * _SECOND
    longest: int = 300 * _SECOND
    _entries: dict[str, _Entry] = field(default_factory=dict)

    def active(self, key: str, now: int) -> bool:
        """Whether `key` is to be left alone at `now`, a time in nanoseconds."""
        entry = self._entry(key, now)
        return entry is not None and now - entry.since < entry.span

    def next(self, key: str, now: int, cause: str = "") -> None:
        """Note a failure at `now`: the span doubles, or begins where there is none or it has expired."""
        entry = self._entry(key, now)
        span = self.initial if entry is None else min(2 * entry.span, self.longest)
        self._entries[key] = _Entry(span, now, cause)

    def cause(self, key: str) -> str:
        """What was noted with the last failure; empty if there was none."""
        entry = self._entries.get(key)
        return "" if entry is None else entry.cause

    def _entry(self, key: str, now: int) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None or now - entry.since > 2 * self.longest:
            return None
        return entry
