"""What happens to a container that crashes, and to the worker that starts it again: `BackOff`'s actions.

A sync is one action: it refuses (`back_off`), or asks the books for the next window and tries (`start` and
its failures). Between syncs the clocks go on, and whatever wakes the worker may happen. `begin` is what
`doBackOff` does, `next` what the books do.
"""

from enum import Enum

from fsm import action, require, var

from .back_off_books import FORGOTTEN, TOP, WINDOWS, Clock

MINUTE = 6
RUN = 30  # ticks at a time that a container runs
LATEST = WINDOWS[TOP] + 4  # where the clock since an exit stops: no window is open, and every sync late


class Newest(Enum):
    """The newest container of that name, as the sync's snapshot shows it."""

    NONE = "none"
    CREATED = "Created"  # and never started: the kubelet died in between, or the reply of the start was lost
    RUNNING = "Running"
    EXITED = "Exited"
    UNKNOWN = "Unknown"


IDLE = (Newest.NONE, Newest.CREATED, Newest.EXITED, Newest.UNKNOWN)  # nothing runs: it may be started


class Reason(Enum):
    """What the last sync returned; the API shows it as `state.waiting.reason` of what does not run."""

    NONE = ""
    CRASH_LOOP_BACK_OFF = "CrashLoopBackOff"
    CREATE_FAILED = "CreateContainerError"  # or an image or a config error: no container either
    RUN_FAILED = "RunContainerError"


class Steps:
    """The variables and the actions; `back_off` makes specs of them, one for each era."""

    newest: Newest = Newest.NONE
    exited: bool = False  # is there an EXITED one, the newest or behind a CREATED, RUNNING or UNKNOWN one?
    since_exit: Clock = Clock(LATEST)  # since that one finished
    level: int | None = var(range(len(WINDOWS)), None)  # of the entry in the books, under the container's key
    since_next: Clock = Clock(FORGOTTEN)  # since it was last written
    void: bool = False  # did the container finish more than 600 s after that?
    due: int = var(range(MINUTE + MINUTE // 2 + 1), 0)  # ticks until the worker's next sync
    reason: Reason = Reason.NONE

    # the worker's sync, when it is due and the container does not run

    @action(*IDLE, sender="pod worker", receiver="kubelet")
    def back_off(self, jitter: bool) -> None:
        """In its window the container is not started: `CrashLoopBackOff`, and a `BackOff` event."""
        require(self.due == 0 and self.in_window())
        self.reason = Reason.CRASH_LOOP_BACK_OFF
        self.requeue(self.after_back_off(), jitter)

    @action(*IDLE, sender="kubelet", receiver="runtime")
    def start(self) -> None:
        """It is created and started. An UNKNOWN one was killed before, in the same sync."""
        self.begin()
        self.newest = Newest.RUNNING
        self.reason = Reason.NONE

    @action(*IDLE, fault=True, sender="runtime", receiver="kubelet")
    def create_fails(self, jitter: bool) -> None:
        """No image, no config, or no container: nothing new in the runtime."""
        self.begin()
        self.fail(Reason.CREATE_FAILED, jitter)

    @action(*IDLE, fault=True, sender="runtime", receiver="kubelet")
    def start_fails(self, kept: bool, jitter: bool) -> None:
        """CRI `StartContainer` fails.

        Args:
            kept: whether the container is kept, as EXITED (containerd); CRI-O from v1.31 on removes it.
        """
        self.begin()
        if kept:
            self.finish()
        self.fail(Reason.RUN_FAILED, jitter)

    @action(*IDLE, fault=True, sender="runtime", receiver="kubelet")
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
