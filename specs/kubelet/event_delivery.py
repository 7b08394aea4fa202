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

One spec, in the order of an event's way: `event_recorder`, `event_correlator` and `event_sink` say what
happens, `event_lines` what an event says, `event_promises` what is promised. Here stand the eras.

The measures are small, the rules are theirs: a bucket of 2 tokens for 25, 2 similar events for 10, 2 tries
for 12, a queue of 2 for 1000. It takes five minutes to get a token back, and ten without a similar event to
forget what was similar. What is not modelled: that lines expire, that a kubelet restarts (it would forget
what it counted), the client's own rate limit, and events whose object is no container of the pod's spec.
"""

from typing import Annotated, ClassVar

from fsm import always, limit, spec

from .event_lines import EVENTS, Failure, Number, Single
from .event_promises import Promises
from .event_recorder import QUEUE
from .versions import Delivery, version


@spec
class EventDelivery_1_21(Promises):
    """Events go through one queue, and are dropped when it is full (v1.21 and later)."""

    DELIVERY: ClassVar[Delivery] = version("1.21").delivery


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
