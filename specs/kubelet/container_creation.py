"""The kubelet's creation of one container, attempt after attempt (Kubernetes v1.18).

What is modelled: step 2 of `startContainer` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`, v1.18.6,
from `GenerateContainerRef` up to and including `SetRef`, and the sync that begins it again. This is the one
minor version in which the reference, the target id and `SetRef` stand in one function: 1.17.1 has no target
id, 1.19.3 no reference.

What is not: images, `StartContainer` and what follows it, back-off, garbage collection. A container that
was created stays visible, and the next sync sees the newest one; files on the node are not modelled.

    phase            what has been done            what can go wrong next
    Pending          a sync has begun              the reference (only logged)
    RefGenerated     reference, restart count      the target is missing; the config cannot be generated
    Configured       config, perhaps a clean-up    create refused; create done and its reply lost
    Created          container in the runtime      the pre-start hook
    PreStarted       `Created` event, `SetRef`     -
    Failed           one `Failed` event            -
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Literal

from fsm import action, always, finitely, leads_to, limit, one_of, require, sometimes, spec, var, weak


class Phase(Enum):
    """How far the attempt has come."""

    PENDING = "Pending"
    REF_GENERATED = "RefGenerated"
    CONFIGURED = "Configured"
    CREATED = "Created"
    PRE_STARTED = "PreStarted"
    FAILED = "Failed"


class Kind(Enum):
    """What is being created: only an ephemeral container may ask for a target."""

    REGULAR = "regular"
    EPHEMERAL = "ephemeral"


class Target(Enum):
    """What `getTargetID` answered: an ephemeral container may share another one's PID namespace."""

    NOT_ASKED = "not asked"
    FOUND = "found"
    MISSING = "missing"


class Config(Enum):
    """What became of `generateContainerConfig`."""

    NOT_YET = "not yet"
    GENERATED = "generated"
    FAILED = "failed"


class Cleanup(Enum):
    """The clean-up action that comes with a config; `startContainer` defers it to its return."""

    NONE = "none"
    OWED = "owed"
    RUN = "run"


class Error(Enum):
    """The error value returned; its text becomes the API's `state.waiting.reason`."""

    NONE = ""
    CREATE_CONTAINER_CONFIG = "CreateContainerConfigError"
    CREATE_CONTAINER = "CreateContainerError"
    PRE_START_HOOK = "PreStartHookError"


class Type(Enum):
    """An event's type."""

    NORMAL = "Normal"
    WARNING = "Warning"


class Reason(Enum):
    """An event's reason. `FailedToCreateContainer` and `FailedToStartContainer` are both `Failed`."""

    CREATED = "Created"
    FAILED = "Failed"


class Message(Enum):
    """Which message an event carries; the reason alone does not tell the failures apart."""

    CREATED = "Created container NAME"
    TARGET = "Error: unable to find target container NAME"
    CONFIG = "Error: (what the config generator said)"
    CREATE = "Error: (what the runtime said)"
    PRE_START = "Internal PreStartContainer hook failed: (what the hook said)"


@dataclass(frozen=True)
class Event:
    """An event as the recorder is given it."""

    type: Type
    reason: Reason
    message: Message


CREATED = Event(Type.NORMAL, Reason.CREATED, Message.CREATED)

BEFORE_CREATE = frozenset({Phase.PENDING, Phase.REF_GENERATED, Phase.CONFIGURED})
ENDED = frozenset({Phase.PRE_STARTED, Phase.FAILED})

MOST = 3  # restarts: enough for every way in which two attempts can follow each other, and one more


@spec(final={Phase.PRE_STARTED, Phase.FAILED})
class ContainerCreation:
    """The kubelet creates one container, attempt after attempt."""

    MOST: ClassVar[int] = MOST

    phase: Phase = Phase.PENDING
    kind: Kind = var(initial=one_of(Kind.REGULAR, Kind.EPHEMERAL))
    newest: int | None = var(range(MOST + 1), None)  # restart count of the newest container in the runtime
    status_seen: int | None = var(range(MOST + 1), None)  # the same, as the sync's snapshot shows it
    restart_count: int = var(range(MOST + 1), 0)
    ref_made: bool = False
    ref_stored: bool = False
    target: Target | None = None
    config: Config = Config.NOT_YET
    cleanup: Cleanup = Cleanup.NONE
    container: bool = False  # is the container of this attempt in the runtime?
    error: Error = Error.NONE
    events: tuple[Event, ...] = var(maxlen=2)  # of this attempt

    # Pending

    @action(Phase.PENDING, sender="kubelet", receiver="kubelet")
    def generate_ref(self) -> None:
        """`GenerateContainerRef` makes the reference; then the restart count is read off the status."""
        self.ref_made = True
        self.count_restarts()

    @action(Phase.PENDING, fault=True, sender="kubelet", receiver="kubelet")
    def generate_ref_fails(self) -> None:
        """No reference: logged, and nothing more. Hypothetical: no real pod makes it fail since 1.17.1.

        Events are not muted by it: `recordContainerEvent` makes a reference of its own
        (`pkg/kubelet/kuberuntime/kuberuntime_container.go`, v1.18.6).
        """
        self.ref_made = False
        self.count_restarts()

    def count_restarts(self) -> None:
        """0 for a container without a status, the status' count + 1 otherwise."""
        self.restart_count = 0 if self.status_seen is None else self.status_seen + 1
        self.phase = Phase.REF_GENERATED

    # RefGenerated

    @action(Phase.REF_GENERATED, sender="kubelet", receiver="kubelet")
    def get_target_id(self, target: Literal[Target.NOT_ASKED, Target.FOUND]) -> None:
        """`getTargetID`: only for an ephemeral container that names a target."""
        require(self.target is None)
        require(target is Target.NOT_ASKED or self.kind is Kind.EPHEMERAL)
        self.target = target

    @action(Phase.REF_GENERATED, fault=True, sender="kubelet", receiver="kubelet")
    def target_is_missing(self) -> None:
        """No status has the target's name: a config error, told apart by its message alone."""
        require(self.target is None and self.kind is Kind.EPHEMERAL)
        self.target = Target.MISSING
        self.fail(Error.CREATE_CONTAINER_CONFIG, Message.TARGET)

    @action(Phase.REF_GENERATED, sender="kubelet", receiver="kubelet")
    def generate_config(self, cleanup: bool) -> None:
        """`generateContainerConfig`; on Windows a sub-path mount leaves a clean-up to do, on Linux none."""
        require(self.target is not None)
        self.config = Config.GENERATED
        self.cleanup = Cleanup.OWED if cleanup else Cleanup.NONE
        self.phase = Phase.CONFIGURED

    @action(Phase.REF_GENERATED, fault=True, sender="kubelet", receiver="kubelet")
    def generate_config_fails(self, cleanup: bool) -> None:
        """A missing ConfigMap, a user that may not be root, ... After the mounts, a clean-up is owed."""
        require(self.target is not None)
        self.config = Config.FAILED
        self.cleanup = Cleanup.OWED if cleanup else Cleanup.NONE
        self.fail(Error.CREATE_CONTAINER_CONFIG, Message.CONFIG)

    # Configured

    @action(Phase.CONFIGURED, sender="kubelet", receiver="runtime")
    def create(self) -> None:
        """CRI `CreateContainer`, answered with the container's id."""
        self.make_container()
        self.phase = Phase.CREATED

    @action(Phase.CONFIGURED, fault=True, sender="runtime", receiver="kubelet")
    def create_is_refused(self) -> None:
        """CRI `CreateContainer` answers an error, and nothing was made."""
        self.fail(Error.CREATE_CONTAINER, Message.CREATE)

    @action(Phase.CONFIGURED, fault=True, sender="runtime", receiver="kubelet")
    def create_reply_is_lost(self) -> None:
        """The container is made, and the kubelet sees an error: a deadline, a cut connection."""
        self.make_container()
        self.fail(Error.CREATE_CONTAINER, Message.CREATE)

    def make_container(self) -> None:
        """The runtime has a container that carries the restart count as its attempt."""
        self.container = True
        self.newest = self.restart_count

    # Created

    @action(Phase.CREATED, sender="kubelet", receiver="lifecycle")
    def pre_start(self) -> None:
        """`PreStartContainer` passes: now, and not before, `Created` is emitted and the reference stored."""
        self.events = (*self.events, CREATED)
        self.ref_stored = self.ref_made
        self.end(Phase.PRE_STARTED)

    @action(Phase.CREATED, fault=True, sender="lifecycle", receiver="kubelet")
    def pre_start_fails(self) -> None:
        """The CPU manager cannot update the container (up to v1.20); nobody removes the container."""
        self.fail(Error.PRE_START_HOOK, Message.PRE_START)

    # the end of an attempt, and the next one

    def fail(self, error: Error, message: Message) -> None:
        """Emit the one event of a failure and return its error value."""
        self.error = error
        self.events = (*self.events, Event(Type.WARNING, Reason.FAILED, message))
        self.end(Phase.FAILED)

    def end(self, phase: Phase) -> None:
        """Return from the function: what was deferred runs now."""
        if self.cleanup is Cleanup.OWED:
            self.cleanup = Cleanup.RUN
        self.phase = phase

    @action(Phase.PRE_STARTED, Phase.FAILED, sender="pod worker", receiver="kubelet")
    def next_sync(self) -> None:
        """The container is wanted again: a new snapshot of the status, a new attempt.

        An ephemeral container is only ever begun while it has no status
        (`computePodActions`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, v1.18).
        """
        require(self.kind is Kind.REGULAR or self.newest is None)
        limit(self.newest is None or self.newest < self.MOST)
        self.status_seen = self.newest
        self.ref_made = self.ref_stored = False
        self.target = None
        self.config = Config.NOT_YET
        self.cleanup = Cleanup.NONE
        self.container = False
        self.error = Error.NONE
        self.events = ()
        self.phase = Phase.PENDING

    # restart counts

    @always
    def restart_count_never_decreases(self, after: "ContainerCreation") -> bool:
        """Log files are named by this number: going back would write over an older attempt's log."""
        return after.restart_count >= self.restart_count

    @always
    def restart_count_is_zero_exactly_when_nothing_was_seen(self) -> bool:
        """The count is read off the status each time; the kubelet keeps none of its own."""
        return self.phase is Phase.PENDING or (self.restart_count == 0) == (self.status_seen is None)

    @always(on=(generate_ref, generate_ref_fails))
    def restart_count_rises_exactly_when_a_container_came_to_be(self, after: "ContainerCreation") -> bool:
        """After a config failure or a refused create the number is used again; a container uses it up."""
        came_to_be = self.newest is not None and self.newest == self.restart_count
        return after.restart_count == self.restart_count + came_to_be

    # events and errors

    @always
    def events_match_phases(self) -> bool:
        """Success has exactly one `Created`, a failure exactly its one `Failed`, anything else no event."""
        if self.phase is Phase.PRE_STARTED:
            return self.events == (CREATED,)
        if self.phase is Phase.FAILED:
            return len(self.events) == 1 and self.events[0].reason is Reason.FAILED
        return self.events == ()

    @always
    def error_reason_and_message_identify_the_failure(self) -> bool:
        """A user sees these three and nothing else; target and config differ in the message alone."""
        if self.phase is not Phase.FAILED:
            return self.error is Error.NONE
        told = (self.error, self.events[0].type, self.events[0].reason, self.events[0].message)
        warning = (Type.WARNING, Reason.FAILED)
        if self.target is Target.MISSING:
            return told == (Error.CREATE_CONTAINER_CONFIG, *warning, Message.TARGET)
        if self.config is Config.FAILED:
            return told == (Error.CREATE_CONTAINER_CONFIG, *warning, Message.CONFIG)
        return told in {
            (Error.CREATE_CONTAINER, *warning, Message.CREATE),
            (Error.PRE_START_HOOK, *warning, Message.PRE_START),
        }

    @always
    def created_is_emitted_after_pre_start_only(self, after: "ContainerCreation") -> bool:
        """A `Created` event promises a container whose hook has passed."""
        emits = CREATED in after.events and CREATED not in self.events
        return not emits or (self.phase is Phase.CREATED and after.phase is Phase.PRE_STARTED)

    @always
    def no_event_says_more_than_what_happened(self) -> bool:
        """What an event claims has come to pass: a reader of events may trust each of them."""
        claims = {
            Message.CREATED: self.container,
            Message.TARGET: self.target is Target.MISSING,
            Message.CONFIG: self.config is Config.FAILED,
            Message.CREATE: self.config is Config.GENERATED,
            Message.PRE_START: self.config is Config.GENERATED and self.container,
        }
        return all(claims[event.message] for event in self.events)

    # what is left behind

    @always
    def a_failure_before_create_leaves_no_container(self) -> bool:
        """The runtime is as it was. Files are not modelled: each attempt leaves a termination log behind."""
        return not (self.error is Error.CREATE_CONTAINER_CONFIG and self.container)

    @always
    def nothing_before_create_touches_the_runtime(self, after: "ContainerCreation") -> bool:
        """The runtime changes by CRI calls alone, and the first one is `CreateContainer`."""
        return after.newest == self.newest or self.phase is Phase.CONFIGURED

    @always
    def cleanup_has_run_when_the_attempt_ends(self) -> bool:
        """A clean-up that is skipped holds the pod's directories open."""
        return self.phase not in ENDED or self.cleanup is not Cleanup.OWED

    @always
    def ref_is_stored_exactly_when_made_and_successful(self) -> bool:
        """The map of references is read by the prober: an entry for a failed attempt would never leave it."""
        return self.ref_stored == (self.ref_made and self.phase is Phase.PRE_STARTED)

    @always(finding="a failed pre-start hook leaves its container behind, created and never started")
    def a_failed_pre_start_hook_leaves_no_container(self) -> bool:
        """Nothing in `startContainer` removes a container (v1.18.6); garbage collection may, later."""
        return not (self.error is Error.PRE_START_HOOK and self.container)

    @always(
        on=next_sync,
        finding="a container whose create reply was lost is never started: the next attempt makes another",
    )
    def a_lost_container_is_taken_up(self, after: "ContainerCreation") -> bool:
        """`startContainer` always creates and never adopts (v1.18.6); seen with v1.20.2 and containerd."""
        return not (self.error is Error.CREATE_CONTAINER and self.container)

    # whole runs: containers are wanted as long as the pod worker syncs

    @leads_to
    def every_attempt_comes_to_its_end(self) -> tuple[bool, bool]:
        """Whatever goes wrong, `startContainer` returns: nothing in it is tried twice."""
        return self.phase is Phase.PENDING, self.phase in ENDED

    @leads_to(fair=(weak(next_sync), finitely()))
    def a_failed_container_is_created_once_faults_end(self) -> tuple[bool, bool]:
        """Syncs go on, so what fails succeeds when the world behaves; an ephemeral one may be lost."""
        return self.phase is Phase.FAILED and self.kind is Kind.REGULAR, self.phase is Phase.PRE_STARTED

    @leads_to(
        fair=weak(next_sync),
        finding="nothing gives up: what cannot be configured is tried again at every sync, for ever",
    )
    def a_failed_container_is_created(self) -> tuple[bool, bool]:
        """There is no limit on attempts in v1.18; back-off, which is not modelled, makes them rarer."""
        return self.phase is Phase.FAILED and self.kind is Kind.REGULAR, self.phase is Phase.PRE_STARTED

    # nothing above holds for want of examples

    @sometimes
    def every_phase_is_reached(self, phase: Phase) -> bool:
        """Each phase occurs."""
        return self.phase is phase

    @sometimes
    def every_error_is_returned(self, error: Error) -> bool:
        """Each error value occurs."""
        return self.error is error

    @sometimes
    def every_message_is_emitted(self, message: Message) -> bool:
        """Each message occurs."""
        return any(event.message is message for event in self.events)

    @sometimes
    def succeeds_without_a_ref(self) -> bool:
        """A failed reference does not stop creation."""
        return self.phase is Phase.PRE_STARTED and not self.ref_made


def container_creation(most: int) -> type:
    """The same spec with room for more restarts, such as a recording shows.

    Args:
        most: the highest restart count, at least 1.
    """

    class Wider(ContainerCreation):
        MOST = most
        newest: int | None = var(range(most + 1), None)
        status_seen: int | None = var(range(most + 1), None)
        restart_count: int = var(range(most + 1), 0)

    Wider.__name__ = Wider.__qualname__ = f"ContainerCreation_{most}"
    Wider.__doc__ = ContainerCreation.__doc__
    return spec(final=ENDED)(Wider)
