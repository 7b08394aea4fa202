"""One attempt of the port under a fault, followed through `startContainer` of its version.

The reading is `start_reading`'s; what differs is that the world's words are a real runtime's, and so the text
of a failure is right if it is what the runtime answered. An attempt is judged on its own, from what its
snapshot and the node showed when it began: what befalls the runtime between two attempts is no step of it.

Where a fault struck in the middle, what is seen of the runtime afterwards may be its work. There the spec is
asked for the order of things, for every text, event and number, and not for what the runtime has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from fsm import Observation, model_of, var
from fsm.capture import Tables
from fsm.failure import refusal_lines
from fsm.replayer import Follower, follow

from .container_creation import Kind
from .runtime_faults_checks import Shown
from .start_bench import IMAGE, NAME, Chosen
from .start_call import Container
from .start_container import StartContainer, start_container
from .start_events import Event, Text
from .start_reading import Reading

MOST = 40  # restart counts that an attempt may have
NO_ID = f'ContainerId is not set for container "{NAME}"'  # what the kubelet says to a reply without one

SHAKEN = {
    "create_is_refused": ("create_is_refused", "create_reply_is_lost"),
    "create_reply_is_lost": ("create_is_refused", "create_reply_is_lost"),
    "start_is_refused": ("start_is_refused", "start_reply_is_lost"),
    "start_reply_is_lost": ("start_is_refused", "start_reply_is_lost"),
}
"""What an error of a call that raced with a fault may have been."""


@dataclass(frozen=True)
class Moment:
    """What is known when an attempt begins.

    Args:
        status_seen: the restart count of the newest status in the snapshot.
        newest: the newest container that is there.
        logs: one more than the number of the newest log file.
    """

    status_seen: int | None
    newest: Shown | None
    logs: int


@dataclass
class Found:
    """What the runtime and the disk have after an attempt, as `Reading` asks a bench for it."""

    container: Shown | None
    log_number: int
    opened: bool

    @property
    def starting(self) -> "Found":
        """For whether the log was opened."""
        return self

    def newest(self) -> Shown | None:
        """The newest container."""
        return self.container

    def newest_count(self) -> int | None:
        """Its attempt."""
        return None if self.container is None else self.container.attempt

    def logs(self) -> int:
        """One more than the number of the newest log file."""
        return self.log_number


class Answers(Reading):
    """A reading in which the texts of failures are those that the runtime answered."""

    def __init__(self, spec: type[StartContainer], found: Found, before: str, image: str) -> None:
        super().__init__(spec, found, Chosen({}), before)  # type: ignore[arg-type]
        self.image = image
        self.told: dict[str, Event] = {}
        self.returned: dict[str, Text] = {}

    def step(self, name: str, entry: Any) -> Iterator[Observation]:
        """What one entry shows; an answer is remembered for the event that tells of it."""
        match name:
            case "CreateSucceeded" if not entry.container_id:
                self.answered(NO_ID, Event.CREATE, Text.CREATE)
                self.begin("create_reply_is_lost")
                return
            case "CreateFailed":
                self.answered(entry.error, Event.CREATE, Text.CREATE)
            case "StartFailed":
                told = entry.error.replace(entry.container_id, NAME)
                self.answered(entry.error, Event.START, Text.START, told)
            case "ConfigFailed":
                self.answered(entry.error, Event.CONFIG, Text.CONFIG)
            case "ImageInspectFailed":
                error = f"rpc error: code = {entry.code.go_name} desc = {entry.error}"
                text = f'Failed to inspect image "{self.image}": {error}'
                self.told[text] = Event.NOT_INSPECTED
                self.returned[text] = Text.NOT_INSPECTED
        yield from super().step(name, entry)

    def answered(self, error: str, event: Event, text: Text, told: str = "") -> None:
        """An event and a return value with this text are to come."""
        self.told[f"Error: {told or error}"] = event
        self.returned[error] = text

    def container(self) -> Any:
        """What the runtime has of the container that was made in this call."""
        newest = self.bench.newest()
        if newest is None or newest.id == self.before:
            return Container.REMOVED if self.has("create") else Container.NONE
        return next((one for one in Container if one.value == newest.state), newest.state)

    def event(self, event: Any) -> Any:
        """An event in the spec's words; one that the spec does not know in its own."""
        found = self.told.get(event.message)
        if found is None:
            return super().event(replace(event, message=event.message.replace(self.image, IMAGE)))
        if (event.type.value, event.reason) != (found.type.value, found.reason):
            return f"{event.type.value} {event.reason}: {event.message}"
        return found

    def text(self, message: str) -> Any:
        """A returned text in the spec's words; one that the spec does not know in its own."""
        return self.returned.get(message) or super().text(message.replace(self.image, IMAGE))


@cache
def tables(version: str) -> Tables:
    """`startContainer` of a version, with room for many restart counts."""
    spec: Any = start_container(version)
    counts = range(MOST)

    class Resumed(spec):  # type: ignore[misc]
        kind = var(initial=Kind.REGULAR)
        newest = var(counts, None)
        logs = var(range(MOST + 1), 0)
        status_seen = var(counts, None)
        restart_count = var(counts, 0)

    Resumed.__name__ = Resumed.__qualname__ = spec.__name__
    Resumed.__doc__ = spec.__doc__
    return Tables(model_of(Resumed))


def judge(
    version: str, entries: Sequence[Any], began: Moment, found: Found, image: str, shaken: bool
) -> list[str]:
    """What is wrong with an attempt, line by line; nothing if it conforms.

    Args:
        version: of the kubelet.
        entries: what the port asked of its surroundings, in order.
        began: what was known before.
        found: what was found afterwards.
        image: the container's.
        shaken: whether a fault struck in the middle.
    """
    known = tables(version)
    before = "" if began.newest is None else began.newest.id
    reading = Answers(start_container(version), found, before, image)
    seen = [shake(one) if shaken else one for one in reading.read(entries)]
    verdict = follow(Follower(known, (), [start_of(known, began)]), seen)
    if verdict.refusal is None:
        return []
    return [
        f"{known.model.name} does not allow what startContainer did: {verdict.refusal.observation.name}",
        *refusal_lines(verdict.refusal),
    ]


def start_of(known: Tables, began: Moment) -> int:
    """The state of the spec when an attempt begins."""
    (initial,) = known.initial_states()
    newest = None if began.newest is None else began.newest.attempt
    seen = {"status_seen": began.status_seen, "newest": newest, "logs": began.logs}
    return known.layout.pack({**known.layout.unpack(initial), **seen})


def shake(seen: Observation) -> Observation:
    """An observation without what a fault may have changed since."""
    actions = tuple(dict.fromkeys(name for one in seen.actions for name in SHAKEN.get(one, (one,))))
    arguments = {} if actions != seen.actions or "start" in actions else seen.arguments
    state = {name: value for name, value in seen.state.items() if name not in ("container", "newest", "logs")}
    return replace(seen, actions=actions, arguments=arguments, state=state)
