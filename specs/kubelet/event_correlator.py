"""The correlator: similar events are combined, equal ones counted, what comes too fast is filtered as spam.

One event at a time, in this order (`EventCorrelate` in `tools/record/events_cache.go`). What has a token is
handed to the sink; what has none is counted all the same, and seen in the count of the next one that has.
"""

from fsm import action, each, require, var

from .event_lines import FAILED, Counted, Failure, Text, Write
from .event_recorder import Recorder

BURST = 2  # tokens of the pod's bucket, for 25
SIMILAR = 2  # different messages of one reason that are combined, for 10
TRIES = 2  # of one write, for 12


class Correlator(Recorder):
    """What the kubelet remembers of events, and what it is about to write."""

    similar: frozenset[Failure] = frozenset()  # the messages of `Failed` that came lately
    idle: bool = False  # have five minutes passed since the last of these?
    tokens: int = var(range(BURST + 1), BURST)  # of the pod's bucket, which its containers share
    counted: dict[Text, Counted | None] = each(Text, None)
    writing: Write | None = None
    tries: int = var(range(TRIES), 0)
    written: bool = False  # is it there already, and its reply was lost?

    @action(sender="recorder", receiver="correlator")
    def correlate(self, forget: Failure | None) -> None:
        """What is first in the queue is combined, counted and filtered, in this order (`EventCorrelate`).

        Args:
            forget: where events are combined, the similar message that makes room (`PopAny`: any).
        """
        self.take(0, forget)

    def take(self, place: int, forget: Text | None) -> None:
        """The one at a place of those on their way; one at a time."""
        require(self.writing is None and place < len(self.on_way))
        number = self.on_way[place]
        self.on_way = self.on_way[:place] + self.on_way[place + 1 :]
        line = self.aggregate(self.emitted[number], forget)
        self.count(line, number)
        if self.tokens > 0:
            self.tokens -= 1
            self.writing, self.tries, self.written = Write(number, line), 0, False

    def aggregate(self, text: Text | None, forget: Text | None) -> Text:
        """The line that an event belongs to (`EventAggregate`): where many differ in nothing but the message,
        those with a new message are combined."""
        assert text is not None
        if text not in FAILED:
            require(forget is None)
            return text
        similar = self.similar | {text}
        self.idle = False
        if len(similar) < SIMILAR:
            require(forget is None)
            self.similar = frozenset(similar)
            return text
        require(forget is not None)
        self.similar = frozenset(similar - {forget})
        return Text.COMBINED

    def count(self, line: Text, number: int) -> None:
        """Count equal events (`eventObserve`); also those that are filtered afterwards."""
        before = self.counted[line]
        if before is None:
            name = 2 * self.total - 1 if line is Text.COMBINED else 2 * number
            self.counted[line] = Counted(name, 1)
        else:
            self.counted[line] = Counted(before.name, before.count + 1)

    @action(sender="another container", receiver="correlator")
    def another_container_takes_a_token(self) -> None:
        """An event of another container of the pod: the bucket is one for all of them (`getSpamKey`)."""
        require(self.tokens > 0)
        self.tokens -= 1

    @action(sender="clock", receiver="correlator")
    def five_minutes_pass(self) -> None:
        """The bucket gets a token; what was similar ten minutes ago is forgotten.

        Nothing stays under way for as long as that: twelve tries of a write are two minutes.
        """
        require(self.settled())
        require(self.tokens < BURST or self.similar)
        self.tokens = min(self.tokens + 1, BURST)
        if self.idle:
            self.similar = frozenset()
        self.idle = bool(self.similar)

    def settled(self) -> bool:
        """Nothing is under way."""
        return not self.on_way and self.writing is None
