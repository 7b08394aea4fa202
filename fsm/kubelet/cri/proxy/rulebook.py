"""The rules that are in force, and which of them fires at a call.

Every rule counts the calls that it is about, from when it was added, whether or not another rule got them:
so the n-th call of a method is the n-th, whatever else is planned. The first rule in order fires.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from .names import Who
from .reading import Method
from .rules import Rule

__all__ = ["Rulebook", "Source"]

Source = Callable[[Method, int], Rule | None]
"""What makes up rules as calls come: gets the method, and which of its calls it is, from 1."""


@dataclass
class _Entry:
    rule: Rule
    matched: int = 0
    fired: int = 0


class Rulebook:
    """Rules that may be added while calls come.

    Args:
        rules: in order.
        source: is asked where no rule fires.
    """

    def __init__(self, rules: Iterable[Rule] = (), source: Source | None = None) -> None:
        self._entries = [_Entry(rule) for rule in rules]
        self._source = source
        self._calls: Counter[str] = Counter()
        self._made: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, rule: Rule) -> None:
        """Add a rule behind the others; it counts from now on."""
        with self._lock:
            self._entries.append(_Entry(rule))

    def count(self, method: Method) -> int:
        """Count a call; which of its method's it is, whatever the version of the CRI."""
        with self._lock:
            self._calls[method.name] += 1
            return self._calls[method.name]

    def choose(self, method: Method, nth: int, who: Who) -> Rule | None:
        """The rule that fires at a call; call it once for each."""
        chosen = None
        with self._lock:
            for entry in self._entries:
                rule = entry.rule
                if not rule.is_about(method.service, method.name) or not who.fits(rule):
                    continue
                entry.matched += 1
                if chosen is None and rule.nth in (None, entry.matched):
                    entry.fired += 1
                    chosen = rule
            if chosen is None and self._source is not None:
                chosen = self._source(method, nth)
                if chosen is not None:
                    self._made[f"{chosen.method} {chosen.action}, at random"] += 1
        return chosen

    def faults(self) -> dict[str, int]:
        """How often each rule has fired; those that the source made up by method and action."""
        with self._lock:
            fired: Counter[str] = Counter()
            for entry in self._entries:
                fired[str(entry.rule)] += entry.fired
            return dict(+fired + self._made)

    def unfired(self) -> Sequence[Rule]:
        """The rules that have never fired."""
        with self._lock:
            return tuple(entry.rule for entry in self._entries if not entry.fired)
