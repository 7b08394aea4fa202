"""What is promised of the delivery of events: what is seen, in which order, how often, and whether it is so.

Theory. A promise is said once, with the finding of the newest era; where an older one breaks it otherwise,
`event_delivery` says so in the class of that era. Two kinds of users are told apart: who watches sees lines
change one after the other, who looks sees them when all has come.
"""

from fsm import always, leads_to, recoverable, sometimes, weak

from .event_lines import EVENTS, FAILED, SINGLE, Number, Single, Text
from .event_recorder import Phase
from .event_sink import Sink


class Promises(Sink):
    """The properties; `event_delivery` makes specs of them, one for each era."""

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
        on=Sink.correlate,
        finding="kubernetes/kubernetes#67226, #67887, #97367, #122904: a pod's bucket holds 25 events for "
        "all its containers, and gets one back in five minutes",
    )
    def no_event_is_filtered_as_spam(self, after: "Promises") -> bool:
        """What is taken is written."""
        return after.writing is not None

    @always(finding="a full queue drops what comes (v1.21 and later)")
    def no_event_is_dropped_by_a_full_queue(self, after: "Promises") -> bool:
        """What is emitted goes on its way."""
        return after.total == self.total or self.total in after.on_way

    @always(on=Sink.write_fails, finding="a write is given up after twelve tries")
    def a_failed_write_is_tried_again(self, after: "Promises") -> bool:
        """As long as the server cannot be reached."""
        return after.writing is not None

    @always(on=Sink.write_is_rejected, finding="what the server rejects is not tried again")
    def a_rejected_write_is_tried_again(self, after: "Promises") -> bool:
        """The server may change its mind."""
        return after.writing is not None

    @always
    def nothing_is_seen_that_was_not_emitted(self, text: Text) -> bool:
        """A line's count is at most the number of events that it can stand for."""
        line = self.lines[text]
        return line is None or line.count <= self.total_of(*(FAILED if text is Text.COMBINED else (text,)))

    # order

    @always
    def seen_order_is_emission_order(self, after: "Promises", number: Number) -> bool:
        """Who watches sees the events come in the order in which they were emitted."""
        comes = after.seen[number] and not self.seen[number]
        return not comes or not any(self.seen[later] for later in range(number + 1, EVENTS))

    @always(
        finding="kubernetes/kubernetes#67887: `Created` is filtered or dropped, and `Started` gets through",
    )
    def started_is_seen_after_created(self, after: "Promises", number: Number) -> bool:
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
        on=Sink.correlate,
        finding="a combined event is named when it is combined, and may come after what was emitted later",
    )
    def a_combined_line_is_named_in_order(self, after: "Promises") -> bool:
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
