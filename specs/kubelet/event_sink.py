"""The sink: one event after the other becomes a line on the API server, or a higher count of one.

A write that fails is tried again, and given up in the end; one whose reply is lost is tried again, too, and
leaves what is there as it is (`recordEvent` in `tools/record/event.go`).
"""

from fsm import action, each, require

from .event_correlator import TRIES, Correlator
from .event_lines import EVENTS, Line, Number, Text


class Sink(Correlator):
    """What a user sees."""

    lines: dict[Text, Line | None] = each(Text, None)  # what a user sees
    seen: dict[Number, bool] = each(range(EVENTS), False)  # has it become a line, or a higher count of one?

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
