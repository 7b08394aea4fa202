"""From the kubelet's recorder to what a user sees: how the events of a container are delivered.

The kubelet emits its events in the order of `startContainer`, attempt after attempt. Before one is a line of
`kubectl get events` it comes through client-go's `tools/record`: a way (a goroutine of its own up to v1.20,
one queue that drops what finds it full from v1.21 on), the correlator (similar events are combined, equal
ones counted, what comes too fast is filtered as spam), and writes to the API server that may fail and be
tried again. Sources: `tools/record/event.go` and `tools/record/events_cache.go` of client-go.

    on the way     taken, in order or not      into the correlator
    correlated     combined? counted; a token  to be written, or filtered
    written        one line more, or a higher count of one that is there

A fault is what the network and the server do wrong. A pod whose image is missing or whose container crashes
is normal, and so is that it empties its bucket of tokens.

The measures are small, the rules are theirs: a bucket of 2 tokens for 25, 2 similar events for 10, 2 tries
for 12, a queue of 2 for 1000. It takes five minutes to get a token back, and ten without a similar event to
forget what was similar. What is not modelled: that lines expire, that a kubelet restarts (it would forget
what it counted), the client's own rate limit, and events whose object is no container of the pod's spec.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar, Literal

from fsm import action, always, each, leads_to, limit, recoverable, require, sometimes, spec, var, weak

from .versions import Delivery, version

EVENTS = 4  # emitted at most: two attempts, or the bucket emptied and one attempt
QUEUE = 2  # places, for 1000
BURST = 2  # tokens of the pod's bucket, for 25
SIMILAR = 2  # different messages of one reason that are combined, for 10
TRIES = 2  # of one write, for 12


class Phase(Enum):
    """Where the container is in its life."""

    WAITING = "Waiting"  # for its first container
    CREATED = "Created"
    RUNNING = "Running"
    EXITED = "Exited"  # and is to be started again


class Text(Enum):
    """Reason and message: what makes two events of a container equal."""

    CREATED = "Created: Created container NAME"
    STARTED = "Started: Started container NAME"
    NO_IMAGE = "Failed: Error: ErrImageNeverPull"
    NO_START = "Failed: Error: (why it did not start)"
    BACK_OFF = "BackOff: Back-off restarting failed container"
    KILLING = "Killing: (why it is killed)"
    COMBINED = "Failed: (combined from similar events): (the last of them)"  # made by the correlator only


FAILED = (Text.NO_IMAGE, Text.NO_START)
SINGLE = (
    Text.CREATED,
    Text.STARTED,
    Text.BACK_OFF,
    Text.KILLING,
)  # one message for each reason: never combined

Failure = Literal[Text.NO_IMAGE, Text.NO_START]
Single = Literal[Text.CREATED, Text.STARTED, Text.BACK_OFF, Text.KILLING]
Number = Annotated[int, range(EVENTS)]  # of an event: its place in the order of emission
Count = Annotated[int, range(EVENTS + 1)]
Name = Annotated[int, range(2 * EVENTS)]
"""A line's name ends in the nanosecond at which it was made. Event n has 2n, and what the correlator makes
while k events are emitted has 2k - 1, which lies between."""


@dataclass(frozen=True)
class Line:
    """A line of `kubectl get events`.

    Args:
        name: of the event that it was made for; it never changes.
        last: the number of the event written last, which `lastTimestamp` is taken from.
        count: how often, as the kubelet has counted.
    """

    name: Name = 0
    last: Number = 0
    count: Count = 0


@dataclass(frozen=True)
class Counted:
    """What the kubelet remembers of equal events (`eventLogger`): the first one's name, and how many came."""

    name: Name = 0
    count: Count = 0


@dataclass(frozen=True)
class Write:
    """What is being written: an event, and the line that it goes to."""

    number: Number = 0
    line: Text = Text.CREATED


@spec
class EventDelivery_1_21:
    """Events go through one queue, and are dropped when it is full (v1.21 and later)."""

    DELIVERY: ClassVar[Delivery] = version("1.21").delivery

    phase: Phase = Phase.WAITING
    emitted: dict[Number, Text | None] = each(range(EVENTS), None)  # all events, in order
    total: Count = 0  # how many these are
    on_way: tuple[Number, ...] = var(maxlen=QUEUE)  # between recorder and correlator, in order of emission
    similar: frozenset[Failure] = frozenset()  # the messages of `Failed` that came lately
    idle: bool = False  # have five minutes passed since the last of these?
    tokens: int = var(range(BURST + 1), BURST)  # of the pod's bucket, which its containers share
    counted: dict[Text, Counted | None] = each(Text, None)
    writing: Write | None = None
    tries: int = var(range(TRIES), 0)
    written: bool = False  # is it there already, and its reply was lost?
    lines: dict[Text, Line | None] = each(Text, None)  # what a user sees
    seen: dict[Number, bool] = each(range(EVENTS), False)  # has it become a line, or a higher count of one?

    # what happens to the container, and which event tells of it

    @action(Phase.WAITING, Phase.EXITED, sender="kubelet", receiver="recorder")
    def attempt_fails(self) -> None:
        """An attempt ends before there is a container, sync after sync. Of a failed pull two events tell."""
        self.emit(Text.NO_IMAGE)

    @action(Phase.WAITING, Phase.EXITED, sender="kubelet", receiver="recorder")
    def create(self) -> None:
        """A container is created: `Created`."""
        self.emit(Text.CREATED)
        self.phase = Phase.CREATED

    @action(Phase.CREATED, sender="kubelet", receiver="recorder")
    def start(self) -> None:
        """It is started: `Started`, after `Created` and with nothing of this container in between."""
        self.emit(Text.STARTED)
        self.phase = Phase.RUNNING

    @action(Phase.CREATED, sender="kubelet", receiver="recorder")
    def start_fails(self) -> None:
        """It cannot be started: the same reason as when it cannot be created."""
        self.emit(Text.NO_START)
        self.phase = Phase.EXITED

    @action(Phase.RUNNING, sender="runtime", receiver="kubelet")
    def exit(self) -> None:
        """It exits; no event tells that."""
        self.phase = Phase.EXITED

    @action(Phase.RUNNING, sender="kubelet", receiver="recorder")
    def kill(self) -> None:
        """It is killed, as when its post-start hook or its liveness probe fails: `Killing`."""
        self.emit(Text.KILLING)
        self.phase = Phase.EXITED

    @action(Phase.EXITED, sender="kubelet", receiver="recorder")
    def back_off(self) -> None:
        """A sync finds it in back-off: `BackOff`, sync after sync with the same message."""
        self.emit(Text.BACK_OFF)

    def emit(self, text: Text) -> None:
        """Record an event, and send it on its way; nobody waits for it."""
        limit(self.total < EVENTS)
        self.emitted[self.total] = text
        self.send(self.total)
        self.total += 1

    def send(self, number: int) -> None:
        """Into the queue, if there is room (`ActionOrDrop`)."""
        if len(self.on_way) < QUEUE:
            self.on_way += (number,)

    # the correlator

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

    # the sink: one event after the other

    @action(sender="sink", receiver="API server")
    def write(self) -> None:
        """A line is made, or patched; what is there already is left as it is (`recordEvent`)."""
        require(self.writing is not None)
        self.store()
        self.writing = None

    @action(fault=True, sender="API server", receiver="sink")
    def write_fails(self) -> None:
        """The server cannot be reached: tried again after ten seconds, and given up after twelve times."""
        require(self.writing is not None)
        self.try_once_more()

    @action(fault=True, sender="API server", receiver="sink")
    def reply_is_lost(self) -> None:
        """It is written, and tried again: made twice it exists already, patched twice it is the same."""
        require(self.writing is not None)
        self.store()
        self.written = True
        self.try_once_more()

    @action(fault=True, sender="API server", receiver="sink")
    def write_is_rejected(self) -> None:
        """The server answers an error, such as that the namespace is being terminated: given up at once."""
        require(self.writing is not None and not self.written)
        self.writing = None

    def store(self) -> None:
        """A new line, or what the kubelet has counted in one that is there; its name is that of the first."""
        if self.writing is not None and not self.written:
            counted = self.counted[self.writing.line]
            assert counted is not None
            self.lines[self.writing.line] = Line(counted.name, self.writing.number, counted.count)
            self.seen[self.writing.number] = True

    def try_once_more(self) -> None:
        """Unless it was the last try."""
        if self.tries + 1 < TRIES:
            self.tries += 1
        else:
            self.writing, self.tries = None, 0

    # words of the promises

    def settled(self) -> bool:
        """Nothing is under way."""
        return not self.on_way and self.writing is None

    def seen_of(self, text: Text) -> list[int]:
        """The numbers of the events of one text that are seen."""
        return [number for number in range(EVENTS) if self.emitted[number] is text and self.seen[number]]

    def total_of(self, *texts: Text) -> int:
        """How many events of these texts were emitted."""
        return sum(self.emitted[number] in texts for number in range(EVENTS))

    def under_way(self, number: int) -> bool:
        """Whether an event may still be seen."""
        return number in self.on_way or (self.writing is not None and self.writing.number == number)

    # what is seen

    @always(
        finding="kubernetes/kubernetes#67226, #67887, #97367, #122904: events are filtered, dropped, given up"
    )
    def every_emitted_event_is_seen(self, number: Number) -> bool:
        """Sooner or later, as a line of its own or in a count."""
        return self.emitted[number] is None or self.seen[number] or self.under_way(number)

    @always(
        on=correlate,
        finding="kubernetes/kubernetes#67226, #67887, #97367, #122904: a pod's bucket holds 25 events for "
        "all its containers, and gets one back in five minutes",
    )
    def no_event_is_filtered_as_spam(self, after: "EventDelivery_1_21") -> bool:
        """What is taken is written."""
        return after.writing is not None

    @always(finding="a full queue drops what comes (v1.21 and later)")
    def no_event_is_dropped_by_a_full_queue(self, after: "EventDelivery_1_21") -> bool:
        """What is emitted goes on its way."""
        return after.total == self.total or self.total in after.on_way

    @always(on=write_fails, finding="a write is given up after twelve tries")
    def a_failed_write_is_tried_again(self, after: "EventDelivery_1_21") -> bool:
        """As long as the server cannot be reached."""
        return after.writing is not None

    @always(on=write_is_rejected, finding="what the server rejects is not tried again")
    def a_rejected_write_is_tried_again(self, after: "EventDelivery_1_21") -> bool:
        """The server may change its mind."""
        return after.writing is not None

    @always
    def nothing_is_seen_that_was_not_emitted(self, text: Text) -> bool:
        """A line's count is at most the number of events that it can stand for."""
        line = self.lines[text]
        return line is None or line.count <= self.total_of(*(FAILED if text is Text.COMBINED else (text,)))

    # order

    @always
    def seen_order_is_emission_order(self, after: "EventDelivery_1_21", number: Number) -> bool:
        """Who watches sees the events come in the order in which they were emitted."""
        comes = after.seen[number] and not self.seen[number]
        return not comes or not any(self.seen[later] for later in range(number + 1, EVENTS))

    @always(
        finding="kubernetes/kubernetes#67887: `Created` is filtered or dropped, and `Started` gets through",
    )
    def started_is_seen_after_created(self, after: "EventDelivery_1_21", number: Number) -> bool:
        """I5 for who watches: when `Started` comes, the `Created` of the same attempt has come."""
        comes = after.seen[number] and not self.seen[number]
        return not comes or self.emitted[number] is not Text.STARTED or self.seen[number - 1]

    @always(finding="kubernetes/kubernetes#67887: the same, and `Created` never comes")
    def who_sees_started_sees_created(self, number: Number) -> bool:
        """I5 for who looks when all has come."""
        if not self.seen[number] or self.emitted[number] is not Text.STARTED:
            return True
        return self.seen[number - 1] or self.under_way(number - 1)

    @always
    def a_single_event_is_named_by_its_time(self, text: Single) -> bool:
        """Lines of one event each, sorted by name, are in order, however they were delivered."""
        line = self.lines[text]
        return line is None or line.count > 1 or line.name == 2 * line.last

    @always
    def a_merged_line_is_named_after_its_first_event(self, text: Single) -> bool:
        """So lines sorted by name are in the order of their first events."""
        line = self.lines[text]
        return line is None or all(line.name <= 2 * number for number in self.seen_of(text))

    @always(
        on=correlate,
        finding="a combined event is named when it is combined, and may come after what was emitted later",
    )
    def a_combined_line_is_named_in_order(self, after: "EventDelivery_1_21") -> bool:
        """Sorted by name it comes before what was emitted after its first event."""
        made = after.counted[Text.COMBINED]
        if self.counted[Text.COMBINED] is not None or made is None:
            return True
        return all(made.name < 2 * (number + 1) for number in set(self.on_way) - set(after.on_way))

    @always(finding="equal events are one line, which keeps the first and the last time")
    def every_seen_event_keeps_its_time(self) -> bool:
        """Of each event that is seen it can be told when it was; asked of failed ones, not combined."""
        line = self.lines[Text.NO_IMAGE]
        if line is None or self.lines[Text.COMBINED] is not None:
            return True
        return all(number in {line.name // 2, line.last} for number in self.seen_of(Text.NO_IMAGE))

    # counts, and the truth

    @always
    def a_count_is_at_least_what_was_seen(self, text: Single) -> bool:
        """Events that were filtered are counted with the next one that is not."""
        line = self.lines[text]
        return line is None or line.count >= len(self.seen_of(text))

    @always(finding="kubernetes/kubernetes#67226: what is filtered last is in no count that is seen")
    def a_count_tells_how_often(self) -> bool:
        """When all has come, a line's count is the number of its events."""
        for text in SINGLE:
            line = self.lines[text]
            if line is not None and self.settled() and line.count != self.total_of(text):
                return False
        return True

    @always(
        finding="kubernetes/kubernetes#67887: a pod whose image was missing runs, and nothing but its "
        "failures is seen"
    )
    def the_last_line_tells_the_truth(self) -> bool:
        """When all has come, what a user takes from the newest line is so."""
        return not self.settled() or self.is_true(self.newest_line())

    @always
    def the_last_line_tells_the_truth_if_all_is_seen(self) -> bool:
        """It is loss that makes it wrong."""
        lost = any(self.emitted[number] is not None and not self.seen[number] for number in range(EVENTS))
        return lost or self.is_true(self.newest_line())

    def is_true(self, newest: Text | None) -> bool:
        """Whether the container is where an event says; that it exited, no event tells."""
        match newest:
            case None:
                return True
            case Text.CREATED:
                return self.phase is Phase.CREATED
            case Text.STARTED:
                return self.phase is not Phase.CREATED
            case _:
                return self.phase in {Phase.WAITING, Phase.EXITED}

    def newest_line(self) -> Text | None:
        """The line with the newest `lastTimestamp`."""
        there = [(line.last, text) for text in Text if (line := self.lines[text]) is not None]
        return max(there, key=lambda one: one[0])[1] if there else None

    # whole runs

    @leads_to(fair=weak())
    def every_event_comes_to_rest(self) -> tuple[bool, bool]:
        """Whatever fails, delivery is never held up for ever: what cannot be written is given up."""
        return not self.settled(), self.settled()

    @leads_to(
        fair=weak("correlate", "write"),
        finding="kubernetes/kubernetes#67887: even if nothing fails, it may be filtered",
    )
    def a_started_container_is_seen_started(self) -> tuple[bool, bool]:
        """Who waits for `Started` sees it."""
        started = [number for number in range(EVENTS) if self.emitted[number] is Text.STARTED]
        return self.phase is Phase.RUNNING, bool(started) and self.seen[started[-1]]

    @recoverable
    def delivery_can_come_to_rest(self) -> bool:
        """Without further faults."""
        return self.settled()

    # nothing above holds for want of examples

    @sometimes
    def every_phase_is_reached(self, phase: Phase) -> bool:
        """Each phase occurs."""
        return self.phase is phase

    @sometimes
    def every_line_is_seen(self, text: Text) -> bool:
        """Each line occurs, the combined one included."""
        return self.lines[text] is not None

    @sometimes
    def a_line_is_made_with_a_count_of_two(self) -> bool:
        """The first event of a line was filtered, and is counted with the second."""
        line = self.lines[Text.CREATED]
        return line is not None and line.count == 2 and len(self.seen_of(Text.CREATED)) == 1

    @sometimes
    def all_is_well(self) -> bool:
        """Two attempts, everything seen, in order."""
        starts = self.emitted[EVENTS - 3] is self.emitted[EVENTS - 1] is Text.STARTED
        return starts and all(self.seen[number] for number in range(EVENTS))


class EventDelivery_1_17(EventDelivery_1_21):
    """Events go each in a goroutine of its own, and overtake one another (up to v1.20)."""

    DELIVERY = version("1.17").delivery

    def send(self, number: int) -> None:
        """In a goroutine of its own (`go recorder.Action`); there are as many of these as it takes."""
        limit(len(self.on_way) < QUEUE)
        self.on_way += (number,)

    def correlate(self, place: Annotated[int, range(QUEUE)], forget: Failure | None) -> None:
        """One of those on their way is combined, counted and filtered, in this order (`EventCorrelate`).

        Args:
            place: which one; whose goroutine comes first, nobody knows.
            forget: where events are combined, the similar message that makes room (`PopAny`: any).
        """
        self.take(place, forget)

    @always
    def no_event_is_dropped_by_a_full_queue(self, after: "EventDelivery_1_17") -> bool:
        """Nothing is lost on the way."""
        return after.total == self.total or self.total in after.on_way

    @always(finding="goroutines overtake one another (v1.20.4)")
    def seen_order_is_emission_order(self, after: "EventDelivery_1_17", number: Number) -> bool:
        """Lost: who watches may see them come in any order."""
        comes = after.seen[number] and not self.seen[number]
        return not comes or not any(self.seen[later] for later in range(number + 1, EVENTS))

    @always(finding="a later event that overtakes the first one gives the line its name")
    def a_merged_line_is_named_after_its_first_event(self, text: Single) -> bool:
        """Lost where equal events overtake one another; single ones can still be sorted by name."""
        line = self.lines[text]
        return line is None or all(line.name <= 2 * number for number in self.seen_of(text))


ILLUSTRATED = (EventDelivery_1_21,)
