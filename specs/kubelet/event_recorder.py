"""What happens to a container, and which event the kubelet's recorder sends on its way to tell of it.

An event is emitted and nobody waits for it. The way to the correlator is one queue, which drops what finds it
full (`ActionOrDrop` in `tools/record/event.go`, v1.21 and later).
"""

from enum import Enum

from fsm import action, each, limit, var

from .event_lines import EVENTS, Count, Number, Text

QUEUE = 2  # places, for 1000


class Phase(Enum):
    """Where the container is in its life."""

    WAITING = "Waiting"  # for its first container
    CREATED = "Created"
    RUNNING = "Running"
    EXITED = "Exited"  # and is to be started again


class Recorder:
    """The container, and the way from the recorder to the correlator."""

    phase: Phase = Phase.WAITING
    emitted: dict[Number, Text | None] = each(range(EVENTS), None)  # all events, in order
    total: Count = 0  # how many these are
    on_way: tuple[Number, ...] = var(maxlen=QUEUE)  # between recorder and correlator, in order of emission

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
