"""What `startContainer` does, step by step, and the world that it does it in; one call after the other.

Theory. A version is a constant of the class (`versions`), and says which phases a call goes through: its
route. A step is taken where the route leads to the phase that it makes; where the route does not, the version
has no such action. Whatever the world does is a choice: an argument where it is harmless, a fault where
something goes wrong.

    phase           what has been done                      in
    Pending         a sync has begun                        all versions
    HandlerFound    the runtime handler is known            1.29 on
    RefGenerated    a reference to the container            up to 1.18, after the image; 1.31 on, before it
    ImageReady      the image is there                      all
    Counted         the restart count is known              all
    Configured      a config, perhaps a clean-up            all
    Actuated        resources written to a checkpoint       1.33 on
    PreCreated      the pre-create hook has passed          1.21 on
    Created         container in the runtime                all
    PreStarted      `Created` event, `SetRef` up to 1.18    all
    Started         `Started` event, perhaps a log link     all
    HookFailed      the post-start hook has failed          all
    Succeeded       no error returned                       all
    Failed          an error returned                       all

The world: the restart count of the newest container of that name, the number that the log directory would
give, and whether the pull of the image backs off. A log file is made when the container is started, as
containerd does. Not modelled: back-off of restarts, garbage collection, events on their way.
"""

from enum import Enum
from typing import ClassVar, Literal

from fsm import action, limit, one_of, require, var

from .container_creation import Cleanup, Kind, Target
from .start_events import Error, Event, Text, event_of
from .versions import BackOffText, CountRule, HandlerLookUp, HookError, ReferenceUse, Version, version


class Phase(Enum):
    """How far the call has come."""

    PENDING = "Pending"
    HANDLER_FOUND = "HandlerFound"
    REF_GENERATED = "RefGenerated"
    IMAGE_READY = "ImageReady"
    COUNTED = "Counted"
    CONFIGURED = "Configured"
    ACTUATED = "Actuated"
    PRE_CREATED = "PreCreated"
    CREATED = "Created"
    PRE_STARTED = "PreStarted"
    STARTED = "Started"
    HOOK_FAILED = "HookFailed"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


ENDED = frozenset({Phase.SUCCEEDED, Phase.FAILED})


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


def route_of(version: Version) -> tuple[Phase, ...]:
    """The phases of a call that succeeds, in their order.

    >>> [phase.value for phase in route_of(version("1.19"))][:4]
    ['Pending', 'ImageReady', 'Counted', 'Configured']
    """
    steps = (
        (Phase.PENDING, True),
        (Phase.HANDLER_FOUND, version.handler_look_up is not HandlerLookUp.NONE),
        (Phase.REF_GENERATED, version.reference is ReferenceUse.FOR_PULLER),
        (Phase.IMAGE_READY, True),
        (Phase.REF_GENERATED, version.reference is ReferenceUse.STORED),
        (Phase.COUNTED, True),
        (Phase.CONFIGURED, True),
        (Phase.ACTUATED, version.actuated_resources),
        (Phase.PRE_CREATED, version.pre_create),
        (Phase.CREATED, True),
        (Phase.PRE_STARTED, True),
        (Phase.STARTED, True),
        (Phase.SUCCEEDED, True),
    )
    return tuple(phase for phase, taken in steps if taken)


BEFORE_IMAGE = (Phase.PENDING, Phase.HANDLER_FOUND, Phase.REF_GENERATED)  # whichever is last on the route
BEFORE_COUNT = (Phase.IMAGE_READY, Phase.REF_GENERATED)
BEFORE_CREATE = (Phase.CONFIGURED, Phase.PRE_CREATED)

MOST = 2  # restarts: enough for a status, an older one, and a log of a third


class Steps:
    """The variables and the actions; `start_container` makes specs of them, one for each version."""

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

    # step 0: the runtime handler (`RuntimeClassInImageCriAPI`, off by default)

    @action(Phase.PENDING, sender="kubelet", receiver="kubelet")
    def look_up_handler(self, asked: bool) -> None:
        """The pod's runtime class names a handler; asked only behind its gate, and of a pod with a class."""
        self.phase = Phase.HANDLER_FOUND

    @action(Phase.PENDING, fault=True, sender="kubelet", receiver="kubelet")
    def handler_is_unknown(self) -> None:
        """The look-up fails: no event, and the error as it is; the text with it is gone in 1.31."""
        tells = self.VERSION.handler_look_up is HandlerLookUp.TELLS
        self.end_with(Error.HANDLER, Text.HANDLER if tells else Text.NONE)

    # the reference

    @action(Phase.HANDLER_FOUND, Phase.IMAGE_READY, sender="kubelet", receiver="kubelet")
    def generate_ref(self) -> None:
        """`GenerateContainerRef` makes the reference."""
        self.step_to(Phase.REF_GENERATED)
        self.ref_made = True
        self.phase = Phase.REF_GENERATED

    @action(Phase.HANDLER_FOUND, Phase.IMAGE_READY, fault=True, sender="kubelet", receiver="kubelet")
    def generate_ref_fails(self) -> None:
        """No reference: logged, and nothing more. Hypothetical: no real pod makes it fail since 1.17.1.

        Events of the function are not muted by it: `recordContainerEvent` makes a reference of its own. From
        1.31 on those of the image puller are: it was to use this one.
        """
        self.step_to(Phase.REF_GENERATED)
        self.phase = Phase.REF_GENERATED

    # step 1: the image (`EnsureImageExists`, `pkg/kubelet/images/image_manager.go`)

    @action(*BEFORE_IMAGE, sender="kubelet", receiver="images")
    def image_is_present(self) -> None:
        """The image is there, and the policy does not ask for another pull.

        A back-off is not followed any further: the image would have to go away again while it lasts.
        """
        self.step_to(Phase.IMAGE_READY)
        self.pull_failed = False
        self.puller_emits(Event.PRESENT)
        self.phase = Phase.IMAGE_READY

    @action(*BEFORE_IMAGE, sender="kubelet", receiver="images")
    def pull_image(self) -> None:
        """The image is pulled; where a pull had failed, its back-off has expired."""
        self.step_to(Phase.IMAGE_READY)
        self.pull_failed = False
        self.puller_emits(Event.PULLING, event_of(self.VERSION.pulled_text))
        self.phase = Phase.IMAGE_READY

    @action(*BEFORE_IMAGE, fault=True, sender="kubelet", receiver="kubelet")
    def image_name_is_invalid(self) -> None:
        """The image's name cannot be parsed."""
        self.step_to(Phase.IMAGE_READY)
        self.puller_emits(Event.INVALID_NAME)
        self.fail(Error.INVALID_IMAGE_NAME, Event.ERROR_INVALID_NAME, Text.INVALID_NAME)

    @action(*BEFORE_IMAGE, fault=True, sender="images", receiver="kubelet")
    def image_is_not_inspected(self) -> None:
        """CRI `ImageStatus` answers an error."""
        self.step_to(Phase.IMAGE_READY)
        self.puller_emits(Event.NOT_INSPECTED)
        self.fail(Error.IMAGE_INSPECT, Event.ERROR_NOT_INSPECTED, Text.NOT_INSPECTED)

    @action(*BEFORE_IMAGE, fault=True, sender="kubelet", receiver="kubelet")
    def image_is_never_pulled(self) -> None:
        """The image is not there, and the policy is Never."""
        self.step_to(Phase.IMAGE_READY)
        self.puller_emits(Event.NEVER_PULLED)
        self.fail(Error.IMAGE_NEVER_PULL, Event.ERROR_NEVER_PULLED, Text.NEVER_PULLED)

    @action(*BEFORE_IMAGE, sender="kubelet", receiver="kubelet")
    def pull_backs_off(self) -> None:
        """A pull has failed, and its back-off has not expired: nothing is tried, and the event is Normal."""
        self.step_to(Phase.IMAGE_READY)
        require(self.pull_failed)
        self.puller_emits(Event.BACK_OFF)
        tells = self.VERSION.back_off_text is BackOffText.TELLS_WHY
        text = Text.BACK_OFF_TELLS_WHY if tells else Text.BACK_OFF
        self.fail(Error.IMAGE_PULL_BACK_OFF, Event.ERROR_BACK_OFF, text)

    @action(*BEFORE_IMAGE, fault=True, sender="images", receiver="kubelet")
    def pull_fails(self) -> None:
        """CRI `PullImage` answers an error; the next pull backs off for 10 s, and twice that each time."""
        self.step_to(Phase.IMAGE_READY)
        self.pull_failed = True
        self.puller_emits(Event.PULLING, Event.PULL_FAILED)
        self.fail(Error.IMAGE_PULL, Event.ERROR_PULL_FAILED, Text.PULL_FAILED)

    def puller_emits(self, *events: Event) -> None:
        """The image puller needs a reference for its events; up to 1.30 it makes its own."""
        if self.ref_made or self.VERSION.reference is not ReferenceUse.FOR_PULLER:
            self.emit(*events)

    # step 2: the restart count

    @action(*BEFORE_COUNT, sender="kubelet", receiver="kubelet")
    def count_restarts(self) -> None:
        """The status' count + 1; without a status 0 or, by the newer rules, what the log files say."""
        self.step_to(Phase.COUNTED)
        self.restart_count = self.count()
        self.phase = Phase.COUNTED

    def count(self) -> int:
        """The restart count where nothing goes wrong."""
        if self.status_seen is not None:
            return self.status_seen + 1
        return 0 if self.VERSION.count_rule is CountRule.STATUS else self.logs

    @action(*BEFORE_COUNT, fault=True, sender="kubelet", receiver="kubelet")
    def log_directory_is_unreadable(self) -> None:
        """Nothing can be read of the directory (`calcRestartCountByLogDir`): logged, and the count is 0."""
        self.step_to(Phase.COUNTED)
        require(self.status_seen is None)
        self.restart_count = 0
        self.phase = Phase.COUNTED

    @action(*BEFORE_COUNT, fault=True, sender="kubelet", receiver="kubelet")
    def log_name_is_too_big(self, so_far: int = var(range(MOST + 1))) -> None:
        """A file's number is no `int`: up to 1.26 the count so far is kept, later the file is passed over."""
        self.step_to(Phase.COUNTED)
        require(self.status_seen is None and so_far <= self.logs)
        keeps = self.VERSION.count_rule is CountRule.LOG_DIRECTORY_KEEPS
        self.restart_count = so_far if keeps else self.logs
        self.phase = Phase.COUNTED

    # the target and the config

    @action(Phase.COUNTED, sender="kubelet", receiver="kubelet")
    def get_target_id(self, target: Literal[Target.NOT_ASKED, Target.FOUND]) -> None:
        """`getTargetID`: only for an ephemeral container that names a target."""
        require(self.target is None)
        require(target is Target.NOT_ASKED or self.kind is Kind.EPHEMERAL)
        self.target = target

    @action(Phase.COUNTED, fault=True, sender="kubelet", receiver="kubelet")
    def target_is_missing(self) -> None:
        """No status has the target's name: a config error, told apart by its message alone."""
        require(self.target is None and self.kind is Kind.EPHEMERAL)
        self.target = Target.MISSING
        self.fail(Error.CREATE_CONTAINER_CONFIG, Event.TARGET, Text.TARGET)

    @action(Phase.COUNTED, sender="kubelet", receiver="kubelet")
    def generate_config(self, cleanup: bool) -> None:
        """`generateContainerConfig`; on Windows a sub-path mount leaves a clean-up to do, on Linux none."""
        self.configure(cleanup)
        self.phase = Phase.CONFIGURED

    @action(Phase.COUNTED, fault=True, sender="kubelet", receiver="kubelet")
    def generate_config_fails(self, cleanup: bool) -> None:
        """A missing ConfigMap, a user that may not be root, ... After the mounts, a clean-up is owed."""
        self.configure(cleanup)
        self.fail(Error.CREATE_CONTAINER_CONFIG, Event.CONFIG, Text.CONFIG)

    def configure(self, cleanup: bool) -> None:
        """The clean-up is deferred before anybody looks at the error."""
        require(self.target is not None)
        self.cleanup = Cleanup.OWED if cleanup else Cleanup.NONE

    # the resources, and the hook before create

    @action(Phase.CONFIGURED, sender="kubelet", receiver="kubelet")
    def set_actuated_resources(self) -> None:
        """`SetActuatedResources`: what the container is about to get is written to a checkpoint."""
        self.phase = Phase.ACTUATED

    @action(Phase.CONFIGURED, fault=True, sender="kubelet", receiver="kubelet")
    def set_actuated_resources_fails(self) -> None:
        """The checkpoint cannot be written: one more config error."""
        self.fail(Error.CREATE_CONTAINER_CONFIG, Event.RESOURCES, Text.RESOURCES)

    @action(Phase.CONFIGURED, Phase.ACTUATED, sender="kubelet", receiver="lifecycle")
    def pre_create(self) -> None:
        """`PreCreateContainer`: the CPU and memory managers write into the config."""
        self.step_to(Phase.PRE_CREATED)
        self.phase = Phase.PRE_CREATED

    @action(Phase.CONFIGURED, Phase.ACTUATED, fault=True, sender="lifecycle", receiver="kubelet")
    def pre_create_fails(self) -> None:
        """Hypothetical on Linux, where the hook always passes; from 1.32 on Windows can make it fail."""
        self.step_to(Phase.PRE_CREATED)
        self.fail(Error.PRE_CREATE_HOOK, Event.PRE_CREATE, Text.PRE_CREATE)

    # create, and the hook before start

    @action(*BEFORE_CREATE, sender="kubelet", receiver="runtime")
    def create(self) -> None:
        """CRI `CreateContainer`, answered with the container's id."""
        self.make_container()
        self.phase = Phase.CREATED

    @action(*BEFORE_CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_is_refused(self) -> None:
        """CRI `CreateContainer` answers an error, and nothing was made."""
        self.step_to(Phase.CREATED)
        self.fail(Error.CREATE_CONTAINER, Event.CREATE, Text.CREATE)

    @action(*BEFORE_CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_reply_is_lost(self) -> None:
        """The container is made, and the kubelet sees an error: a deadline, a cut connection."""
        self.make_container()
        self.fail(Error.CREATE_CONTAINER, Event.CREATE, Text.CREATE)

    def make_container(self) -> None:
        """The runtime has a container that carries the restart count as its attempt."""
        self.step_to(Phase.CREATED)
        self.container = Container.CREATED
        self.newest = self.restart_count

    @action(Phase.CREATED, sender="kubelet", receiver="lifecycle")
    def pre_start(self) -> None:
        """`PreStartContainer` passes: now, and not before, `Created` is emitted and a reference stored."""
        self.emit(event_of(self.VERSION.created_text))
        self.ref_stored = self.ref_made and self.VERSION.reference is ReferenceUse.STORED
        self.phase = Phase.PRE_STARTED

    @action(Phase.CREATED, fault=True, sender="lifecycle", receiver="kubelet")
    def pre_start_fails(self) -> None:
        """The CPU manager cannot update the container; nobody removes the container."""
        self.fail(Error.PRE_START_HOOK, Event.PRE_START, Text.PRE_START)

    # step 3: start, and the link to the log

    @action(Phase.PRE_STARTED, sender="kubelet", receiver="runtime")
    def start(self, logged: bool) -> None:
        """CRI `StartContainer`; the runtime opens the log, unless it logs to something else.

        One that does not is not modelled where an older log may have that number: the link would be to it.
        """
        require(logged or self.logs <= self.restart_count)
        self.open_log(logged)
        self.container = Container.RUNNING
        self.emit(event_of(self.VERSION.started_text))
        self.phase = Phase.STARTED

    @action(Phase.PRE_STARTED, fault=True, sender="runtime", receiver="kubelet")
    def start_is_refused(
        self, left: Literal[Container.CREATED, Container.EXITED, Container.REMOVED], logged: bool
    ) -> None:
        """CRI `StartContainer` answers an error, and the container does not run.

        containerd leaves it exited (code 128, `StartError`), docker exited or created, CRI-O from 1.31 on
        removes it. Whether there is a log by then depends on the runtime (of CRI-O it is not known).
        """
        self.open_log(logged)
        self.container = left
        if left is Container.REMOVED:
            self.newest = self.status_seen
        self.fail(Error.RUN_CONTAINER, Event.START, Text.START)

    @action(Phase.PRE_STARTED, fault=True, sender="runtime", receiver="kubelet")
    def start_reply_is_lost(self) -> None:
        """The container runs, and the kubelet sees an error; its post-start hook will never be run."""
        self.open_log(True)
        self.container = Container.RUNNING
        self.fail(Error.RUN_CONTAINER, Event.START, Text.START)

    def open_log(self, logged: bool) -> None:
        """The log file is named by the restart count."""
        self.log = logged
        if logged and self.logs <= self.restart_count:
            self.logs = self.restart_count + 1

    @action(Phase.STARTED, sender="kubelet", receiver="kubelet")
    def link_log(self, link: Literal[Link.MADE, Link.NO_LOG]) -> None:
        """A link for old log collectors, made only if the log is there."""
        require(self.link is None and self.log == (link is Link.MADE))
        self.link = link

    @action(Phase.STARTED, fault=True, sender="kubelet", receiver="kubelet")
    def link_log_fails(self) -> None:
        """No link: logged, and nothing more."""
        require(self.link is None and self.log)
        self.link = Link.FAILED

    # step 4: the post-start hook

    @action(Phase.STARTED, sender="kubelet", receiver="container")
    def post_start(self, asked: bool) -> None:
        """The container has no post-start hook, or it passes: the call is over."""
        require(self.link is not None)
        self.end(Phase.SUCCEEDED)

    @action(Phase.STARTED, fault=True, sender="container", receiver="kubelet")
    def post_start_fails(self) -> None:
        """The hook fails: a warning with a reason of its own, and then the container is killed."""
        require(self.link is not None)
        self.emit(event_of(self.VERSION.hook_text))
        self.phase = Phase.HOOK_FAILED

    @action(Phase.HOOK_FAILED, sender="kubelet", receiver="runtime")
    def kill(self) -> None:
        """`killContainer`: an event, the pre-stop hook, CRI `StopContainer`."""
        self.container = Container.EXITED
        self.end_killed()

    @action(Phase.HOOK_FAILED, fault=True, sender="runtime", receiver="kubelet")
    def kill_fails(self) -> None:
        """CRI `StopContainer` answers an error: only logged, and the container runs on."""
        self.end_killed()

    def end_killed(self) -> None:
        """The reference is forgotten even if the kill has failed."""
        self.emit(Event.KILLING)
        self.ref_stored = False
        detailed = self.VERSION.hook_error is HookError.DETAILED
        error = Error.POST_START_HOOK_DETAILED if detailed else Error.POST_START_HOOK
        self.end_with(error, Text.POST_START)

    # the end of a call, and the next one

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

    @action(Phase.SUCCEEDED, Phase.FAILED, sender="container", receiver="runtime")
    def container_exits(self) -> None:
        """The process ends, sooner or later."""
        require(self.container is Container.RUNNING)
        self.container = Container.EXITED

    @action(Phase.SUCCEEDED, Phase.FAILED, sender="pod worker", receiver="kubelet")
    def next_sync(self) -> None:
        """The container is wanted again: a new snapshot of the status, a new call.

        A container that runs is kept, one that was created or has exited is not taken up; an ephemeral one
        is only ever begun while it has no status (`computePodActions`,
        `pkg/kubelet/kuberuntime/kuberuntime_manager.go`). The restart policy is Always.
        """
        require(self.container is not Container.RUNNING)
        self.begin()

    @action(Phase.SUCCEEDED, Phase.FAILED, fault=True, sender="runtime", receiver="kubelet")
    def next_sync_finds_nothing(self) -> None:
        """The node was rebooted and the runtime's containers are gone; the log files are still there."""
        require(self.newest is not None)
        self.newest = None
        self.begin()

    def begin(self) -> None:
        """A call begins with what the snapshot shows."""
        require(self.kind is Kind.REGULAR or self.newest is None)
        self.status_seen = self.newest
        limit(self.count() <= self.MOST)
        self.ref_made = self.ref_stored = False
        self.target = None if self.VERSION.target_id else Target.NOT_ASKED
        self.cleanup = Cleanup.NONE
        self.container = Container.NONE
        self.log = False
        self.link = None
        self.error, self.text = Error.NONE, Text.NONE
        self.events = ()
        self.phase = Phase.PENDING
