"""The port of the kubelet, held to `startContainer` of every version.

A plan is carried out call by call (`start_bench`), and what the port asked of its surroundings is read back
as observations, with the exact texts of its events, of its error values and of what it returns with them.
"""

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType, ModuleType
from typing import Any

import fsm.kubelet
from fsm import Observation, Plan, conform, model_of, require

from .container_creation import Cleanup, Target
from .container_creation_conformance import counts, target_of
from .start_bench import (
    BAD_IMAGE,
    CLASS,
    HOOK_ERROR,
    HOOK_FAILURE,
    HOOK_MESSAGE,
    IMAGE,
    NAME,
    NO_CHECKPOINT,
    NO_HANDLER,
    NOT_READ,
    REFUSAL,
    REGISTRY_DOWN,
    START_REFUSAL,
    TARGET,
    TOO_BIG,
    UNPARSABLE,
    WIPE,
    Bench,
    Chosen,
    calls_of,
)
from .start_container import StartContainer, start_container
from .start_events import Error, Event, Text
from .start_steps import Container, Link, Phase

ANSWER = "rpc error: code = Unknown desc = "
NO_REFERENCE = f'couldn\'t parse image reference "{BAD_IMAGE}": {UNPARSABLE}'
NO_NAME = f'Failed to apply default image tag "{BAD_IMAGE}": {NO_REFERENCE}'
NO_INSPECTION = f'Failed to inspect image "{IMAGE}": {ANSWER}{NOT_READ}'
BACK_OFF = f'Back-off pulling image "{IMAGE}"'
NO_MAP = 'configmap "gone" not found'
ROOT = "container has runAsNonRoot and image will run as root"
ID = "(the container's id)"
DEADLINE = "context deadline exceeded"

EVENTS = MappingProxyType(
    {
        f'Container image "{IMAGE}" already present on machine': Event.PRESENT,
        f'Pulling image "{IMAGE}"': Event.PULLING,
        f'Successfully pulled image "{IMAGE}" in 0s': Event.PULLED,
        f'Successfully pulled image "{IMAGE}" in 0s (0s including waiting)': Event.PULLED_WITH_WAITING,
        f'Successfully pulled image "{IMAGE}" in 0s (0s including waiting). Image size: 1234 bytes.': (
            Event.PULLED_WITH_SIZE
        ),
        NO_NAME: Event.INVALID_NAME,
        NO_INSPECTION: Event.NOT_INSPECTED,
        f'Container image "{IMAGE}" is not present with pull policy of Never': Event.NEVER_PULLED,
        BACK_OFF: Event.BACK_OFF,
        f'Failed to pull image "{IMAGE}": {ANSWER}{REGISTRY_DOWN}': Event.PULL_FAILED,
        "Error: InvalidImageName": Event.ERROR_INVALID_NAME,
        "Error: ImageInspectError": Event.ERROR_NOT_INSPECTED,
        "Error: ErrImageNeverPull": Event.ERROR_NEVER_PULLED,
        "Error: ImagePullBackOff": Event.ERROR_BACK_OFF,
        "Error: ErrImagePull": Event.ERROR_PULL_FAILED,
        f"Error: unable to find target container {TARGET}": Event.TARGET,
        f"Error: {NO_MAP}": Event.CONFIG,
        f"Error: {ROOT}": Event.CONFIG,
        f"Error: {NO_CHECKPOINT}": Event.RESOURCES,
        f"Internal PreCreateContainer hook failed: {HOOK_FAILURE}": Event.PRE_CREATE,
        f"Error: {REFUSAL}": Event.CREATE,
        f"Internal PreStartContainer hook failed: {HOOK_FAILURE}": Event.PRE_START,
        f"Created container {NAME}": Event.CREATED,
        f"Created container: {NAME}": Event.CREATED_WITH_COLON,
        "Container created": Event.CREATED_BARE,
        f'Error: no start of "{NAME}": {START_REFUSAL}': Event.START,  # the id, replaced
        f"Started container {NAME}": Event.STARTED,
        "Container started": Event.STARTED_BARE,
        HOOK_MESSAGE: Event.POST_START,
        "PostStartHook failed": Event.POST_START_FIXED,
        "FailedPostStartHook": Event.KILLING,
    }
)
"""The events by their exact messages; what a lost reply is told with belongs to two calls."""

TEXTS = MappingProxyType(
    {
        "": Text.NONE,
        f"Failed to lookup runtimeHandler for runtimeClassName {CLASS}": Text.HANDLER,
        NO_NAME: Text.INVALID_NAME,
        NO_INSPECTION: Text.NOT_INSPECTED,
        f'Container image "{IMAGE}" is not present with pull policy of Never': Text.NEVER_PULLED,
        BACK_OFF: Text.BACK_OFF,
        f"{BACK_OFF}: ErrImagePull: {ANSWER}{REGISTRY_DOWN}": Text.BACK_OFF_TELLS_WHY,
        f"{ANSWER}{REGISTRY_DOWN}": Text.PULL_FAILED,
        f"unable to find target container {TARGET}": Text.TARGET,
        NO_MAP: Text.CONFIG,
        ROOT: Text.CONFIG,
        NO_CHECKPOINT: Text.RESOURCES,
        REFUSAL: Text.CREATE,
        f'no start of "{ID}": {START_REFUSAL}': Text.START,
        HOOK_MESSAGE: Text.POST_START,
    }
)

ERRORS = MappingProxyType(
    {
        **{error.value: error for error in Error},
        NO_HANDLER: Error.HANDLER,
        f"PostStartHookError: {HOOK_ERROR}": Error.POST_START_HOOK_DETAILED,
    }
)

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


def run_on(kubelet: ModuleType, version: str) -> Callable[[Plan], list[Observation]]:
    """A run that carries out plans on a port of the kubelet.

    Args:
        kubelet: `fsm.kubelet`, or a changed copy of it.
        version: which kubelet it is to be.
    """
    spec = start_container(version)

    def run(plan: Plan) -> list[Observation]:
        bench = Bench(kubelet, version, plan.initial["kind"])
        seen: list[Observation] = []
        for number, chosen in enumerate(calls_of(plan.steps)):
            seen += sync(spec, bench, chosen, first=number == 0)
        return seen

    return run


def sync(spec: type[StartContainer], bench: Bench, chosen: Chosen, first: bool) -> Iterator[Observation]:
    """One sync: a fresh snapshot of the status, one call, what was seen of both, and what came after."""
    bench.settle(chosen)
    status = bench.snapshot(chosen)
    if not first:
        found = status.find_container_status_by_name(NAME)
        count = None if found is None else found.restart_count
        seen = {"status_seen": count, "newest": bench.newest_count(), "phase": Phase.PENDING}
        yield Observation((WIPE if chosen.does(WIPE) else "next_sync",), state=seen)
    before = bench.newest()
    bench.call(chosen, status)
    reading = Reading(spec, bench, chosen, "" if before is None else before.id)
    yield from reading.read(bench.recording.attempts()[-1])
    if chosen.does("container_exits"):
        bench.exits()
        yield Observation(("container_exits",), state={"container": reading.container()})


def small(spec: type[StartContainer]) -> Any:
    """The spec with one restart at most, and without combinations of what has nothing to do with each other.

    Pulled images, failed references and clean-ups are for calls that begin with nothing in the runtime, and
    for one of the three at a time. Every choice is still made, and every call can still follow every other.
    """

    class Small(spec):  # type: ignore[misc, valid-type]
        MOST = 1

        def plain(self) -> bool:
            return self.newest is None and self.logs == 0

        def pull_image(self) -> None:
            require(self.plain())
            super().pull_image()

        def configure(self, cleanup: bool) -> None:
            referred = self.ref_made or Phase.REF_GENERATED not in self.ROUTE
            require(not cleanup or (self.plain() and referred and self.events == (Event.PRESENT,)))
            super().configure(cleanup)

    if Phase.REF_GENERATED in spec.ROUTE:

        def generate_ref_fails(self: Any) -> None:
            require(self.newest is None and self.logs == 0 and Event.PULLING not in self.events)
            spec.generate_ref_fails(self)

        Small.generate_ref_fails = generate_ref_fails
    Small.__name__ = Small.__qualname__ = spec.__name__
    Small.__doc__ = spec.__doc__
    return Small


def suite(version: str, kubelet: ModuleType = fsm.kubelet) -> type:
    """The tests of a port of the kubelet as one version.

    Args:
        version: which.
        kubelet: the port.
    """
    return conform(small(start_container(version)), run=run_on(kubelet, version), walks=25)


TestStartContainer_1_17 = suite("1.17")
TestStartContainer_1_18 = suite("1.18")
TestStartContainer_1_19 = suite("1.19")
TestStartContainer_1_21 = suite("1.21")
TestStartContainer_1_21_6 = suite("1.21.6")
TestStartContainer_1_22 = suite("1.22")
TestStartContainer_1_26 = suite("1.26")
TestStartContainer_1_27 = suite("1.27")
TestStartContainer_1_29 = suite("1.29")
TestStartContainer_1_31 = suite("1.31")
TestStartContainer_1_33 = suite("1.33")
TestStartContainer_1_35 = suite("1.35")
