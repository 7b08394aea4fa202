"""What one call of the port did, read back from its recording as observations of `start_container`.

Theory. A recording has an entry for whatever the port asked of its surroundings; most entries are the
beginning of an action. An action that leaves no entry of its own (a count that is read off the status, a log
that is not there) is told as soon as a later entry shows that it is over.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any

from fsm import Observation, model_of

from .container_creation import Cleanup, Target
from .container_creation_conformance import counts, target_of
from .start_bench import HOOK_FAILURE, TOO_BIG, Bench, Chosen
from .start_call import Container, Link
from .start_container import StartContainer
from .start_events import Event, Text
from .start_messages import DEADLINE, ERRORS, EVENTS, ID, TEXTS
from .start_phases import Phase

STATES = MappingProxyType(
    {
        "CONTAINER_CREATED": Container.CREATED,
        "CONTAINER_RUNNING": Container.RUNNING,
        "CONTAINER_EXITED": Container.EXITED,
    }
)

OUTCOMES = MappingProxyType(
    {
        "HandlerFailed": "handler_is_unknown",
        "ReferenceMade": "generate_ref",
        "ReferenceFailed": "generate_ref_fails",
        "ImageInspectFailed": "image_is_not_inspected",
        "PullSucceeded": "pull_image",
        "PullFailed": "pull_fails",
        "LogDirectoryFailed": "log_directory_is_unreadable",
        "TargetMissing": "target_is_missing",
        "ResourcesActuated": "set_actuated_resources",
        "ResourcesFailed": "set_actuated_resources_fails",
        "PreCreateSucceeded": "pre_create",
        "PreCreateFailed": "pre_create_fails",
        "CreateSucceeded": "create",
        "PreStartSucceeded": "pre_start",
        "PreStartFailed": "pre_start_fails",
        "LogLinkFailed": "link_log_fails",
        "HookFailed": "post_start_fails",
        "StopSucceeded": "kill",
        "StopFailed": "kill_fails",
    }
)
"""The entries of a recording that are an action each, whatever else happens."""


IMAGE_ACTIONS = (
    "image_name_is_invalid",
    "image_is_absent",
    "image_is_present",
    "pull_image",
    "image_is_not_inspected",
    "image_is_never_pulled",
    "pull_backs_off",
    "pull_fails",
)


class Reading:
    """What one call of the port shows, in the spec's words.

    An action is told when the next one begins: by then all its events have been emitted.

    Args:
        spec: the version's.
        bench: the world, as it is after the call.
        chosen: what the world did in it.
        before: the id of the newest container before the call.
    """

    def __init__(self, spec: type[StartContainer], bench: Bench, chosen: Chosen, before: str) -> None:
        self.bench, self.chosen, self.before = bench, chosen, before
        self.looks_up = Phase.HANDLER_FOUND in spec.ROUTE
        self.actions = frozenset(action.name for action in model_of(spec).actions)
        self.done: list[str] = []  # the actions so far, the one that is not told yet included
        self.untold: tuple[str, dict[str, Any]] | None = None
        self.emitted: list[Any] = []
        self.ref_stored = self.cleaned = self.owed = False
        self.id = ""

    def read(self, entries: Sequence[Any]) -> Iterator[Observation]:
        """The observations of a call, in order.

        Args:
            entries: what the port asked of its surroundings, in order.
        """
        for entry in entries:
            yield from self.step(type(entry).__name__, entry)

    def step(self, name: str, entry: Any) -> Iterator[Observation]:
        """What one entry shows."""
        match name:
            case "AttemptBegan" if self.looks_up:
                self.untold = "look_up_handler", {"asked": False}
            case "HandlerFound":
                self.untold = "look_up_handler", {"asked": True}
            case "HandlerFailed":
                self.begin("handler_is_unknown")
            case "ImageInspected" if not self.has("image_is_present", "pull_image"):
                yield from self.tell()
                self.begin("image_is_present" if entry.image_ref else "image_is_absent")
            case "PullSucceeded" | "PullFailed":
                self.begin(OUTCOMES[name])
            case "LogDirectoryListed":
                yield from self.tell()
                action, arguments = counted_from(entry.names)
                self.begin(action, **arguments)
            case "ConfigGenerated" | "ConfigFailed":
                yield from self.count()
                self.owed = entry.cleanup_owed
                generated = "generate_config" if name == "ConfigGenerated" else "generate_config_fails"
                self.begin(generated, cleanup=self.owed)
            case "TargetResolved":
                yield from self.count()
                self.begin("get_target_id", target=Target.FOUND if entry.target_id else Target.NOT_ASKED)
            case "TargetMissing":
                yield from self.count()
                self.begin("target_is_missing")
            case "CreateRequested":
                yield from self.tell()
                if entry.config is not None:
                    yield from counts(entry.config)
                    yield target_of(entry.config)
            case "CreateFailed":
                self.begin(
                    "create_is_refused" if self.container() is Container.NONE else "create_reply_is_lost"
                )
            case "StartRequested":
                yield from self.tell()
                self.id = entry.container_id
            case "StartSucceeded":
                self.begin("start", logged=self.bench.starting.opened)
            case "StartFailed" if self.container() is Container.RUNNING:
                self.begin("start_reply_is_lost")
            case "StartFailed":
                self.begin("start_is_refused", left=self.container(), logged=self.bench.starting.opened)
            case "LogLinked":
                yield from self.tell()
                self.begin("link_log", link=Link.MADE)
            case "HookSucceeded" | "HookFailed":
                yield from self.link()
                asked = {"asked": True} if name == "HookSucceeded" else {}
                self.begin("post_start" if asked else "post_start_fails", **asked)
            case "EventEmitted":
                if entry.event.reason == "Killing":
                    yield from self.tell()
                yield from self.image_fails()
                self.emitted.append(self.event(entry.event))
            case "ReferenceStored" | "ReferenceCleared":
                self.ref_stored = name == "ReferenceStored"
            case "CleanupRun":
                yield from self.last()
                self.cleaned = True
            case "AttemptReturned":
                yield from self.end(entry.message, entry.reason)
            case _ if name in OUTCOMES:
                yield from self.tell()
                self.begin(OUTCOMES[name])

    # the action that is not told yet

    def begin(self, action: str, **arguments: Any) -> None:
        """An action has begun, and all that comes belongs to it."""
        self.untold = action, arguments
        self.done.append(action)

    def tell(self, state: dict[str, Any] | None = None, text: str = "") -> Iterator[Observation]:
        """It is over: what has been told and stored up to here, and what else was seen then."""
        if self.untold is None:
            return
        action, arguments = self.untold
        self.untold = None
        cleanup = Cleanup.RUN if self.cleaned else Cleanup.OWED if self.owed else Cleanup.NONE
        seen = {"events": tuple(self.emitted), "cleanup": cleanup, "ref_stored": self.ref_stored}
        if action not in self.actions:
            seen["phase"] = f"after {action}, which this version does not do"
            yield Observation(state=seen)
        else:
            yield Observation((action,), arguments, {**(state or {}), **seen}, text)

    def has(self, *actions: str) -> bool:
        """Whether one of these actions has begun."""
        return any(action in self.done for action in actions)

    def count(self) -> Iterator[Observation]:
        """The restart count is known by now; nobody sees it being read off the status."""
        yield from self.tell()
        if not self.has("count_restarts", "log_directory_is_unreadable", "log_name_is_too_big"):
            self.begin("count_restarts")
            yield from self.tell()

    def link(self) -> Iterator[Observation]:
        """The log is linked by now, or it is not there."""
        yield from self.tell()
        if not self.has("link_log", "link_log_fails"):
            self.begin("link_log", link=Link.NO_LOG)
            yield from self.tell()

    def last(self) -> Iterator[Observation]:
        """The last action has begun by now, even where no entry says which it was."""
        if self.has("start") and not self.has("post_start", "post_start_fails"):
            yield from self.link()
            self.begin("post_start", asked=False)
        if self.done[-1:] == ["image_is_absent"]:  # and nobody asked for it
            never = self.chosen.does("image_is_never_pulled")
            self.begin("image_is_never_pulled" if never else "pull_backs_off")
        yield from self.image_fails()

    def image_fails(self) -> Iterator[Observation]:
        """The first event is told, or the call is over, and nobody was asked for the image."""
        if not self.has("handler_is_unknown", *IMAGE_ACTIONS):
            yield from self.tell()
            self.begin("image_name_is_invalid")

    def end(self, message: str, reason: str) -> Iterator[Observation]:
        """What the call has returned, and what it has left behind."""
        yield from self.last()
        seen = {
            "phase": Phase.FAILED if reason else Phase.SUCCEEDED,
            "error": ERRORS.get(reason, reason),
            "text": self.text(message),
            "container": self.container(),
            "newest": self.bench.newest_count(),
            "logs": self.bench.logs(),
        }
        yield from self.tell(seen, f"it returned {reason or 'no error'}")

    # words

    def container(self) -> Any:
        """What the runtime has of the container that was made in this call."""
        newest = self.bench.newest()
        if newest is not None and newest.id != self.before:
            return STATES.get(newest.state.name, newest.state.name)
        return Container.REMOVED if self.has("create") else Container.NONE

    def event(self, event: Any) -> Any:
        """An event in the spec's words; one that the spec does not know in its own."""
        found = EVENTS.get(event.message)
        if event.message == f"Error: {DEADLINE}":
            found = Event.START if self.has("pre_start") else Event.CREATE
        told = (event.type.value, event.reason)
        if found is None or told != (found.type.value, found.reason):
            return f"{event.type.value} {event.reason}: {event.message}"
        return found

    def text(self, message: str) -> Any:
        """A returned text in the spec's words; one that the spec does not know in its own."""
        if message == DEADLINE:
            return Text.START if self.has("pre_start") else Text.CREATE
        if message == HOOK_FAILURE:
            return Text.PRE_START if self.has("create") else Text.PRE_CREATE
        return TEXTS.get(message.replace(self.id, ID) if self.id else message, message)


def counted_from(names: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The restart count is looked for in the log files: with a number among them that is too big, or not."""
    big = next((name for name in names if TOO_BIG in name), None)
    if big is None:
        return "count_restarts", {}
    before = [int(name.removesuffix(".log")) + 1 for name in names if name < big]
    return "log_name_is_too_big", {"so_far": max(before, default=0)}
