"""One call of `startContainer`: what is known of it and of the world, how it goes on, and how it ends.

A step is taken where the route of the version leads to the phase that it makes (`step_to`). A call ends with
an error value and a text, or without; a failure is told by an event first, and what was deferred runs last.
"""

from enum import Enum
from typing import ClassVar

from fsm import one_of, require, var

from .container_creation import Cleanup, Kind, Target
from .start_events import Error, Event, Text
from .start_phases import Phase, route_of
from .versions import Version, version

MOST = 2  # restarts: enough for a status, an older one, and a log of a third


class Container(Enum):
    """What the runtime has of this call's container."""

    NONE = "none"
    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    REMOVED = "removed"


class Link(Enum):
    """What became of the link in `/var/log/containers` that tells old log collectors of the log."""

    MADE = "made"
    NO_LOG = "there is no log"
    FAILED = "failed"


class Call:
    """The variables; the classes over this one have the actions, in the order of a call (`start_steps`)."""

    MOST: ClassVar[int] = MOST
    VERSION: ClassVar[Version] = version("1.17")
    ROUTE: ClassVar[tuple[Phase, ...]] = route_of(VERSION)

    phase: Phase = Phase.PENDING
    kind: Kind = var(initial=one_of(Kind.REGULAR, Kind.EPHEMERAL))
    newest: int | None = var(range(MOST + 1), None)  # restart count of the newest container in the runtime
    logs: int = var(range(MOST + 2), 0)  # one more than the number of the newest log file
    pull_failed: bool = False  # did the last try for the image end so? Then pulls back off
    status_seen: int | None = var(range(MOST + 1), None)  # `newest` as the sync's snapshot shows it
    restart_count: int = var(range(MOST + 1), 0)
    ref_made: bool = False
    ref_stored: bool = False
    target: Target | None = None
    cleanup: Cleanup = Cleanup.NONE
    container: Container = Container.NONE
    log: bool = False  # is there a log file of this call's container?
    link: Link | None = None
    error: Error = Error.NONE
    text: Text = Text.NONE  # what is returned beside the error
    events: tuple[Event, ...] = var(maxlen=6)  # of this call

    def step_to(self, phase: Phase) -> None:
        """Not enabled unless the version goes from here to `phase`."""
        require(self.phase is self.ROUTE[self.ROUTE.index(phase) - 1])

    def emit(self, *events: Event) -> None:
        """Hand events to the recorder."""
        self.events = (*self.events, *events)

    def fail(self, error: Error, event: Event, text: Text) -> None:
        """Emit the `Failed` event and return the error value."""
        self.emit(event)
        self.end_with(error, text)

    def end_with(self, error: Error, text: Text) -> None:
        """Return an error value and a text."""
        self.error, self.text = error, text
        self.end(Phase.FAILED)

    def end(self, phase: Phase) -> None:
        """Return from the function: what was deferred runs now."""
        if self.cleanup is Cleanup.OWED:
            self.cleanup = Cleanup.RUN
        self.phase = phase
