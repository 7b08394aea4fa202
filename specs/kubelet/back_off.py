"""How restarts are backed off: `doBackOff`, the books that it keeps, and when the pod worker looks again.

Sources: `doBackOff` and `SyncPod` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, the books in
`util/flowcontrol/backoff.go` of client-go, their clean-up in `HandlePodCleanups` of
`pkg/kubelet/kubelet_pods.go`, `completeWork` in `pkg/kubelet/pod_workers.go`; the restart policy is Always.

    a sync finds          looks for                does
    newest not running    the newest EXITED one    none: starts; in its window: refuses; else: `Next`, starts

The window is counted from when that container finished: 10 s, doubled by every `Next`, 300 s at most. An
entry of the books is void once a container finished more than 600 s after it was last written, and is thrown
away as soon as it was not written for 600 s.

Time goes in ticks of 10 s. Clocks stop just above the largest number that they are compared with (600 s since
`Next`; 300 s and the longest lateness since an exit): all that any decision asks of them. A container
runs for a multiple of 300 s: shorter differences in how long it ran change no decision but the one at 600 s.
Time goes on from
sync to sync, and not while one is due.

Not modelled: the gates that change the numbers (`ReduceDefaultCrashLoopBackOffDecay`, and
`KubeletCrashLoopBackOffMax` with a value set), an image that is changed back while its old entry is still
there, and more containers than one: what theirs do wakes the worker.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar, Literal

from fsm import action, always, finitely, leads_to, recoverable, require, sometimes, spec, strong, var, weak

from .versions import Requeue, version

WINDOWS = (1, 2, 4, 8, 16, 30)  # in ticks: 10 s, doubled, capped at 300 s
TOP = len(WINDOWS) - 1
STABLE = 60  # ticks: 2 x 300 s, after which an entry is void
MINUTE = 6
RUN = 30  # ticks at a time that a container runs
LATEST = (
    WINDOWS[TOP] + 4
)  # where the clock since an exit stops: by then no window is open, and every sync late
FORGOTTEN = STABLE + 1  # where the clock since `Next` stops


@dataclass(frozen=True)
class Clock:
    """How long ago something was.

    Args:
        ticks: of ten seconds each.
    """

    ticks: Annotated[int, range(FORGOTTEN + 1)] = 0

    @property
    def over(self) -> int:
        """How many of the windows are over that began then."""
        return sum(window <= self.ticks for window in WINDOWS)

    @property
    def long_ago(self) -> bool:
        """More than 600 s ago."""
        return self.ticks > STABLE


class Newest(Enum):
    """The newest container of that name, as the sync's snapshot shows it."""

    NONE = "none"
    CREATED = "Created"  # and never started: the kubelet died in between, or the reply of the start was lost
    RUNNING = "Running"
    EXITED = "Exited"
    UNKNOWN = "Unknown"


class Reason(Enum):
    """What the last sync returned; the API shows it as `state.waiting.reason` of what does not run."""

    NONE = ""
    CRASH_LOOP_BACK_OFF = "CrashLoopBackOff"
    CREATE_FAILED = "CreateContainerError"  # or an image or a config error: no container either
    RUN_FAILED = "RunContainerError"


@spec
class BackOff_1_34:
    """A container crashes, and is restarted later and later; the worker comes as the window ends (≥1.34)."""

    REQUEUE: ClassVar[Requeue] = version("1.34").requeue
    LATE: ClassVar[int] = MINUTE // 2  # ticks that a restart may come after its window, by jitter

    newest: Newest = Newest.NONE
    exited: bool = False  # is there an EXITED one, the newest or behind a CREATED, RUNNING or UNKNOWN one?
    since_exit: Clock = Clock(LATEST)  # since that one finished
    level: int | None = var(range(len(WINDOWS)), None)  # of the entry in the books, under the container's key
    since_next: Clock = Clock(FORGOTTEN)  # since it was last written
    void: bool = False  # did the container finish more than 600 s after that?
    due: int = var(range(MINUTE + MINUTE // 2 + 1), 0)  # ticks until the worker's next sync
    reason: Reason = Reason.NONE

    # the worker's sync, when it is due and the container does not run

    @action(
        Newest.NONE, Newest.CREATED, Newest.EXITED, Newest.UNKNOWN, sender="pod worker", receiver="kubelet"
    )
    def back_off(self, jitter: bool) -> None:
        """In its window the container is not started: `CrashLoopBackOff`, and a `BackOff` event."""
        require(self.due == 0 and self.in_window())
        self.reason = Reason.CRASH_LOOP_BACK_OFF
        self.requeue(self.after_back_off(), jitter)

    @action(Newest.NONE, Newest.CREATED, Newest.EXITED, Newest.UNKNOWN, sender="kubelet", receiver="runtime")
    def start(self) -> None:
        """It is created and started. An UNKNOWN one was killed before, in the same sync."""
        self.begin()
        self.newest = Newest.RUNNING
        self.reason = Reason.NONE

    @action(
        Newest.NONE,
        Newest.CREATED,
        Newest.EXITED,
        Newest.UNKNOWN,
        fault=True,
        sender="runtime",
        receiver="kubelet",
    )
    def create_fails(self, jitter: bool) -> None:
        """No image, no config, or no container: nothing new in the runtime."""
        self.begin()
        self.fail(Reason.CREATE_FAILED, jitter)

    @action(
        Newest.NONE,
        Newest.CREATED,
        Newest.EXITED,
        Newest.UNKNOWN,
        fault=True,
        sender="runtime",
        receiver="kubelet",
    )
    def start_fails(self, kept: bool, jitter: bool) -> None:
        """CRI `StartContainer` fails.

        Args:
            kept: whether the container is kept, as EXITED (containerd); CRI-O from v1.31 on removes it.
        """
        self.begin()
        if kept:
            self.finish()
        self.fail(Reason.RUN_FAILED, jitter)

    @action(
        Newest.NONE,
        Newest.CREATED,
        Newest.EXITED,
        Newest.UNKNOWN,
        fault=True,
        sender="runtime",
        receiver="kubelet",
    )
    def start_is_cut_off(self, jitter: bool) -> None:
        """Created and not started: the pre-start hook failed (up to v1.20), or the reply was lost."""
        self.begin()
        self.newest = Newest.CREATED
        self.fail(Reason.RUN_FAILED, jitter)

    def begin(self) -> None:
        """`doBackOff` lets it pass, and has counted it by then, whatever comes of it."""
        require(self.due == 0 and not self.in_window())
        if self.exited:
            self.next()

    def in_window(self) -> bool:
        """Whether `doBackOff` refuses (`IsInBackOffSince`)."""
        if not self.exited or self.level is None or self.void:
            return False
        return self.level >= self.since_exit.over

    def next(self) -> None:
        """`Next`: a new entry, or the double of the old one, 300 s at most."""
        self.level = 0 if self.level is None or self.void else min(self.level + 1, TOP)
        self.since_next, self.void = Clock(0), False

    def fail(self, reason: Reason, jitter: bool) -> None:
        """Return an error: tried again after 10 s."""
        self.reason = reason
        self.requeue(1, jitter)

    def after_back_off(self) -> int:
        """What remains of the window, a minute at most (`MinBackoffExpiration`)."""
        remains = WINDOWS[self.level or 0] - self.since_exit.ticks
        return min(max(remains, 0), MINUTE)

    def requeue(self, ticks: int, jitter: bool) -> None:
        """Put the pod into the work queue: after so long, or up to half of it longer."""
        self.due = ticks + (ticks + 1) // 2 if jitter else ticks

    # what happens to the container

    @action(Newest.RUNNING, sender="runtime", receiver="kubelet")
    def crash(self) -> None:
        """It exits, with whatever code; PLEG tells within a second, and the worker syncs."""
        self.finish()

    @action(Newest.RUNNING, sender="clock", receiver="runtime")
    def run_on(self) -> None:
        """It runs for another 300 s."""
        self.pass_time(RUN)

    @action(Newest.RUNNING, fault=True, sender="runtime", receiver="kubelet")
    def state_is_unreadable(self) -> None:
        """The runtime lost track of it."""
        self.newest, self.due = Newest.UNKNOWN, 0

    def finish(self) -> None:
        """It is EXITED, from now on."""
        self.newest, self.exited, self.since_exit, self.due = Newest.EXITED, True, Clock(0), 0
        self.void = self.level is not None and self.since_next.long_ago

    # what happens around it

    @action(sender="clock", receiver="pod worker")
    def wait(self) -> None:
        """Time goes on to the worker's next sync: nothing is decided before that."""
        require(self.due > 0)
        self.pass_time(self.due)

    @action(sender="kubelet", receiver="pod worker")
    def wake(self) -> None:
        """Ten seconds go by, something else of the pod changes, and the worker syncs earlier."""
        require(self.due > 1)
        self.pass_time(1)

    def pass_time(self, ticks: int) -> None:
        """The clocks go on, and a sync is due."""
        self.since_next = Clock(min(self.since_next.ticks + ticks, FORGOTTEN))
        self.since_exit = Clock(min(self.since_exit.ticks + ticks, LATEST))
        self.due = 0

    @action(sender="kubelet", receiver="books")
    def clean_books(self) -> None:
        """Entries that were not written for 600 s are thrown away, open windows or not (`GC`)."""
        require(self.level is not None and self.since_next.long_ago)
        self.forget()

    @action(sender="kubelet", receiver="runtime")
    def collect_containers(self) -> None:
        """Of the dead ones the newest is kept, and a CREATED one is the newest of them (`ContainerGC`)."""
        require(self.newest in {Newest.CREATED, Newest.UNKNOWN} and self.exited)
        self.exited, self.since_exit, self.void = False, Clock(LATEST), False

    @action(sender="user", receiver="kubelet")
    def change_image(self) -> None:
        """Another image, another key in the books; what runs is killed, and started again at once."""
        require(self.level is not None)
        self.forget()
        if self.newest is Newest.RUNNING:
            self.finish()
        self.due = 0

    @action(fault=True, sender="node", receiver="kubelet")
    def restart_kubelet(self) -> None:
        """The books and the reason cache are in memory; what runs goes on."""
        require(self.level is not None or self.reason is not Reason.NONE)
        self.forget()
        self.reason, self.due = Reason.NONE, 0

    def forget(self) -> None:
        """The books have no entry under the container's key."""
        self.level, self.since_next, self.void = None, Clock(FORGOTTEN), False

    # windows

    @always(on=start)
    def a_restart_comes_after_its_window(self, after: "BackOff_1_34") -> bool:
        """What crashes again and again is started once in a window, and not before it ends."""
        return self.level is None or self.void or not self.exited or self.level < self.since_exit.over

    @always(on=start)
    def two_starts_are_a_window_apart(self, after: "BackOff_1_34") -> bool:
        """Counted from start to start, of what exited in between, as long as the books remember."""
        exited_since = self.newest is Newest.EXITED and self.since_exit.ticks <= self.since_next.ticks
        return not exited_since or self.level is None or self.void or self.level < self.since_next.over

    @always(
        on=start,
        finding="`doBackOff` passes over a container that is UNKNOWN, and asks when an older one exited",
    )
    def a_container_in_an_unknown_state_is_backed_off(self, after: "BackOff_1_34") -> bool:
        """What is killed for its state is started in the same sync, and its level rises."""
        unknown = self.newest is Newest.UNKNOWN
        return not unknown or self.level is None or self.void or self.level < self.since_next.over

    @always(
        on=(create_fails, start_fails, start_is_cut_off),
        finding="the window counts from the last exit, and not from the last try",
    )
    def two_tries_are_a_window_apart(self, after: "BackOff_1_34") -> bool:
        """Of a container that exited once, and cannot be created or started now."""
        return self.level is None or self.void or not self.exited or self.level < self.since_next.over

    @always(
        on=start,
        finding="kubernetes/kubernetes#133472: a container has to crash twice before it is backed off",
    )
    def a_crashed_container_is_not_started_at_once(self, after: "BackOff_1_34") -> bool:
        """There is no entry before the first restart, which writes it."""
        return not self.exited or self.since_exit.ticks > 0 or self.newest is not Newest.EXITED

    @always
    def a_second_crash_is_backed_off(self) -> bool:
        """From the second crash on, as long as the books remember, who has just crashed waits."""
        just_crashed = self.newest is Newest.EXITED and self.since_exit.ticks == 0
        return not just_crashed or self.level is None or self.void or self.in_window()

    @always
    def a_level_rises_by_one_or_begins_anew(self, after: "BackOff_1_34") -> bool:
        """Doubled, up to 300 s; or the first one; or forgotten."""
        if self.level is None:
            return after.level in {None, 0}
        return after.level in {None, 0, self.level, min(self.level + 1, TOP)}

    @always
    def a_window_is_five_minutes_at_most(self) -> bool:
        """The cap."""
        return self.level is None or 10 * WINDOWS[self.level] <= 300

    @always(on=start)
    def a_long_run_is_forgiven(self, after: "BackOff_1_34") -> bool:
        """Who ran for more than ten minutes is started at once, and backed off as if for the first time."""
        return not self.void or after.level == 0

    @always(on=back_off)
    def only_who_crashed_lately_is_turned_away(self, after: "BackOff_1_34") -> bool:
        """It takes an exit, an entry, and that the one came soon after the other."""
        return self.exited and self.level is not None and not self.void

    @always(on=clean_books, finding="a window that is still open 600 s after the last `Next` ends early")
    def a_window_outlives_the_clean_up(self, after: "BackOff_1_34") -> bool:
        """A container at 300 s that ran for more than five minutes waits less than that (inferred)."""
        return not self.in_window() or after.in_window()

    @always(on=collect_containers, finding="a CREATED container is what garbage collection keeps")
    def a_window_outlives_garbage_collection(self, after: "BackOff_1_34") -> bool:
        """With the EXITED one the window is gone, and the books are not asked (inferred)."""
        return not self.in_window() or after.in_window()

    @always(
        on=restart_kubelet, finding="the books are in memory: after a restart of the kubelet they begin anew"
    )
    def a_window_outlives_the_kubelet(self, after: "BackOff_1_34") -> bool:
        """The first restart is immediate again."""
        return not self.in_window() or after.in_window()

    @always(on=change_image)
    def a_changed_container_is_started_at_once(self, after: "BackOff_1_34") -> bool:
        """The key is made of the container's spec, too."""
        return not after.in_window() and after.due == 0

    # attempts that never ran

    @always(
        on=(create_fails, start_fails, start_is_cut_off),
        finding="without an EXITED container there is no back-off: only the worker's 10 s",
    )
    def what_fails_is_backed_off(self, after: "BackOff_1_34") -> bool:
        """Who fails to start again and again is tried less and less often."""
        return after.level is not None

    @always(
        on=create_fails,
        finding="from five minutes after the last exit on no window is open: the level is at its top, and "
        "every 10 s it is tried again",
    )
    def what_fails_for_long_is_backed_off(self, after: "BackOff_1_34") -> bool:
        """Beside a container that exited, doubling goes on and delays nothing any more (inferred)."""
        return not self.exited or self.since_exit.ticks < WINDOWS[TOP] or after.in_window()

    @always(on=(create_fails, start_fails, start_is_cut_off))
    def what_fails_beside_an_exited_one_doubles(self, after: "BackOff_1_34") -> bool:
        """`Next` comes before the attempt, and counts it whatever comes of it."""
        if not self.exited:
            return after.level == self.level
        return after.level == (0 if self.level is None or self.void else min(self.level + 1, TOP))

    @always(
        on=(create_fails, start_fails, start_is_cut_off),
        finding="`Next` comes before the attempt: one that never ran makes the next wait longer",
    )
    def an_attempt_that_never_ran_does_not_raise_the_level(self, after: "BackOff_1_34") -> bool:
        """Back-off is for what crashes."""
        return after.level == self.level

    # the worker

    @always(on=back_off)
    def the_worker_does_not_look_in_vain(self, after: "BackOff_1_34") -> bool:
        """Whom it turns away it looks at when the window ends, or in a minute."""
        return after.due >= min(WINDOWS[self.level or 0] - self.since_exit.ticks, MINUTE)

    @always(on=back_off)
    def the_worker_looks_within_90_seconds(self, after: "BackOff_1_34") -> bool:
        """A minute and its jitter."""
        return 0 < after.due <= MINUTE + MINUTE // 2

    @always(
        on=start,
        finding="what remains of the window is lengthened by up to a half, a minute to 90 s (inferred)",
    )
    def a_restart_is_on_time(self, after: "BackOff_1_34") -> bool:
        """As soon as the window ends."""
        refused = self.reason is Reason.CRASH_LOOP_BACK_OFF
        return not refused or self.level is None or self.void or self.since_exit.ticks <= WINDOWS[self.level]

    @always
    def a_restart_is_never_much_too_late(self) -> bool:
        """At most so many ticks after the window that was told."""
        waits = self.reason is Reason.CRASH_LOOP_BACK_OFF and self.newest is not Newest.RUNNING
        if not waits or self.level is None or not self.exited:
            return True
        return self.since_exit.ticks <= WINDOWS[self.level] + self.LATE

    # what the API tells

    def api_reason(self) -> Reason:
        """`state.waiting.reason`."""
        return Reason.NONE if self.newest is Newest.RUNNING else self.reason

    @always(finding="it is told from the first refused sync on, and until the next sync after the window")
    def crash_loop_back_off_is_told_exactly_in_a_window(self) -> bool:
        """The reason cache remembers what the last sync returned, not what is so."""
        return (self.api_reason() is Reason.CRASH_LOOP_BACK_OFF) == self.in_window()

    @always
    def crash_loop_back_off_is_told_once_refused(self, after: "BackOff_1_34") -> bool:
        """It comes with a refusal, and goes with the next attempt or with the kubelet's memory."""
        told = Reason.CRASH_LOOP_BACK_OFF
        if after.reason is told and self.reason is not told:
            return self.in_window() and self.due == 0
        return True

    @always
    def crash_loop_back_off_is_not_told_of_what_runs(self) -> bool:
        """A start clears it."""
        return self.newest is not Newest.RUNNING or self.reason is Reason.NONE

    @always
    def crash_loop_back_off_is_told_of_what_crashed(self) -> bool:
        """It takes an EXITED container, until garbage collection takes that away."""
        told = self.api_reason() is Reason.CRASH_LOOP_BACK_OFF
        return not told or self.exited or self.newest in {Newest.CREATED, Newest.UNKNOWN}

    # whole runs

    @leads_to(fair=(weak(), strong("wait", "start", together=True), finitely()))
    def who_crashed_is_started_again(self) -> tuple[bool, bool]:
        """Back-off delays, and never stops."""
        return self.newest is Newest.EXITED, self.newest is Newest.RUNNING

    @leads_to(
        fair=(weak(), strong("wait", "start", together=True)),
        finding="nothing gives up, and nothing makes an attempt succeed",
    )
    def who_crashed_is_started_again_whatever_fails(self) -> tuple[bool, bool]:
        """Faults may go on for ever."""
        return self.newest is Newest.EXITED, self.newest is Newest.RUNNING

    @recoverable
    def can_run(self) -> bool:
        """From everywhere, without further faults."""
        return self.newest is Newest.RUNNING

    # nothing above holds for want of examples

    @sometimes
    def every_newest_occurs(self, newest: Newest) -> bool:
        """Each state of the newest container."""
        return self.newest is newest

    @sometimes
    def every_reason_is_told(self, reason: Reason) -> bool:
        """Each reason."""
        return self.api_reason() is reason

    @sometimes
    def every_window_is_waited_in(self, level: Literal[0, 1, 2, 3, 4, 5]) -> bool:
        """Each window, by a container that crashed."""
        return self.level == level and self.in_window()

    @sometimes
    def a_long_run_ends(self) -> bool:
        """An entry is void, and still there."""
        return self.void

    @sometimes
    def an_open_window_is_beyond_600_seconds(self) -> bool:
        """The clean-up may throw it away."""
        return self.in_window() and self.since_next.long_ago

    @sometimes
    def what_failed_waits_in_a_window(self) -> bool:
        """A failed attempt, beside an older EXITED container."""
        return self.in_window() and self.newest is Newest.CREATED


class BackOff_1_17(BackOff_1_34):
    """A container crashes, and is restarted later and later; the worker looks every ten seconds (≤1.33)."""

    REQUEUE = version("1.33").requeue
    LATE = 2  # ticks: ten seconds and their jitter

    def after_back_off(self) -> int:
        """As after any error: the rule that back-off is none never applies (kubernetes/kubernetes#123602)."""
        return 1

    @always(
        on="back_off",
        finding="kubernetes/kubernetes#123602: back-off counts as an error, and is looked at every 10 s",
    )
    def the_worker_does_not_look_in_vain(self, after: "BackOff_1_17") -> bool:
        """Lost: thirty syncs and thirty errors in a window of five minutes."""
        return after.due >= min(WINDOWS[self.level or 0] - self.since_exit.ticks, MINUTE)

    @always(
        on="start",
        finding="kubernetes/kubernetes#123602: the period of errors adds up to 10 s, and its jitter",
    )
    def a_restart_is_on_time(self, after: "BackOff_1_17") -> bool:
        """Lost as well."""
        refused = self.reason is Reason.CRASH_LOOP_BACK_OFF
        return not refused or self.level is None or self.void or self.since_exit.ticks <= WINDOWS[self.level]


class Image(Enum):
    """Whether the image is there."""

    ABSENT = "absent"
    PRESENT = "present"


class Pull(Enum):
    """What the last pull, or the sync that did without, returned."""

    NONE = ""
    FAILED = "ErrImagePull"
    BACK_OFF = "ImagePullBackOff"


@spec
class PullBackOff:
    """An image that cannot be pulled, tried later and later: books of their own, by other rules.

    `EnsureImageExists` in `pkg/kubelet/images/image_manager.go`. The key is the pod's UID and the image, the
    window counts from the last failed pull (`IsInBackOffSinceUpdate`), and `Next` comes after one: so the
    first failure is backed off, unlike the first crash. A pull comes after `doBackOff` in a sync: of the two
    only one refuses at a time, and a failed pull is a `create_fails` to the other. It ends in an error in
    every version (that v1.34 passes on the end of this window, too, was not read).
    """

    image: Image = Image.ABSENT
    level: int | None = var(range(len(WINDOWS)), None)
    since_next: Clock = Clock(FORGOTTEN)
    due: int = var(range(3), 0)
    reason: Pull = Pull.NONE

    @action(Image.ABSENT, sender="kubelet", receiver="runtime")
    def pull(self) -> None:
        """The image is there; the entry stays, until nothing was written to it for 600 s."""
        require(self.due == 0 and not self.in_window())
        self.image, self.reason = Image.PRESENT, Pull.NONE

    @action(Image.ABSENT, fault=True, sender="runtime", receiver="kubelet")
    def pull_fails(self, jitter: bool) -> None:
        """The registry does not answer, or has no such image."""
        require(self.due == 0 and not self.in_window())
        self.level = 0 if self.level is None or self.since_next.long_ago else min(self.level + 1, TOP)
        self.since_next, self.reason = Clock(0), Pull.FAILED
        self.due = 2 if jitter else 1

    @action(Image.ABSENT, sender="pod worker", receiver="kubelet")
    def back_off(self, jitter: bool) -> None:
        """`ImagePullBackOff`, and a `BackOff` event that is Normal."""
        require(self.due == 0 and self.in_window())
        self.reason = Pull.BACK_OFF
        self.due = 2 if jitter else 1

    @action(Image.PRESENT, sender="kubelet", receiver="runtime")
    def remove_image(self) -> None:
        """Garbage collection of images, or a policy that pulls again at every start."""
        self.image = Image.ABSENT

    @action(sender="clock", receiver="pod worker")
    def tick(self) -> None:
        """Ten seconds pass."""
        require(self.due > 0 or self.image is Image.PRESENT)
        require(self.due > 0 or not self.since_next.long_ago)
        self.due = max(self.due - 1, 0)
        self.since_next = Clock(min(self.since_next.ticks + 1, FORGOTTEN))

    @action(sender="kubelet", receiver="pod worker")
    def wake(self) -> None:
        """Something else of the pod changed, and the worker syncs at once."""
        require(self.due > 0)
        self.due = 0

    @action(sender="kubelet", receiver="books")
    def clean_books(self) -> None:
        """Entries that were not written for 600 s are thrown away."""
        require(self.level is not None and self.since_next.long_ago)
        self.level, self.since_next = None, Clock(FORGOTTEN)

    @action(fault=True, sender="node", receiver="kubelet")
    def restart_kubelet(self) -> None:
        """These books are in memory as well."""
        require(self.level is not None)
        self.level, self.since_next, self.reason, self.due = None, Clock(FORGOTTEN), Pull.NONE, 0

    def in_window(self) -> bool:
        """Whether a pull is refused."""
        if self.level is None or self.since_next.long_ago:
            return False
        return self.level >= self.since_next.over

    @always(on=(pull, pull_fails))
    def two_pulls_are_a_window_apart(self, after: "PullBackOff") -> bool:
        """After a failed one, for as long as the books remember it."""
        return self.level is None or self.level < self.since_next.over

    @always(on=pull_fails)
    def a_failed_pull_is_backed_off(self, after: "PullBackOff") -> bool:
        """The first one, too."""
        return after.in_window()

    @always(on=pull_fails)
    def a_level_rises_by_one_or_begins_anew(self, after: "PullBackOff") -> bool:
        """Doubled, up to 300 s."""
        return after.level == 0 or (self.level is not None and after.level == min(self.level + 1, TOP))

    @always(on=clean_books)
    def a_window_outlives_the_clean_up(self, after: "PullBackOff") -> bool:
        """A window counts from the same moment as the clean-up, and is shorter."""
        return not self.in_window()

    @always(
        on=restart_kubelet, finding="the books are in memory: after a restart of the kubelet they begin anew"
    )
    def a_window_outlives_the_kubelet(self, after: "PullBackOff") -> bool:
        """The image is pulled at once."""
        return not self.in_window() or after.in_window()

    @always(
        on=pull_fails,
        finding="a success does not clear the entry: who fails next waits as long as if it had not been",
    )
    def a_success_is_forgiven(self, after: "PullBackOff") -> bool:
        """Asked where it can be told: an image that was there, and whose next pull fails."""
        return self.reason is not Pull.NONE or after.level == 0

    @always(finding="it is told from the first refused sync on, and until the next sync after the window")
    def image_pull_back_off_is_told_exactly_in_a_window(self) -> bool:
        """What the last sync returned, not what is so."""
        return (self.image is Image.ABSENT and self.in_window()) == (self.reason is Pull.BACK_OFF)

    @leads_to(fair=(weak(), strong("tick"), finitely()))
    def an_image_is_pulled_once_it_can_be(self) -> tuple[bool, bool]:
        """Back-off delays, and never stops."""
        return self.image is Image.ABSENT, self.image is Image.PRESENT

    @sometimes
    def every_reason_is_told(self, reason: Pull) -> bool:
        """Each reason."""
        return self.reason is reason

    @sometimes
    def every_window_is_waited_in(self, level: Literal[0, 1, 2, 3, 4, 5]) -> bool:
        """Each window."""
        return self.level == level and self.in_window()


ILLUSTRATED = (BackOff_1_34, PullBackOff)
