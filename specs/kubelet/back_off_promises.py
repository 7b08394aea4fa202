"""What is promised of the back-off of restarts: windows, attempts that never ran, the worker, what is told.

Theory. A promise is said once, with the finding of the newest era; where an older one breaks it otherwise,
`back_off` says so in the class of that era.
"""

from typing import ClassVar, Literal

from fsm import always, finitely, leads_to, recoverable, sometimes, strong, weak

from .back_off_books import TOP, WINDOWS
from .back_off_steps import MINUTE, Newest, Reason, Steps


class Promises(Steps):
    """The properties; `back_off` makes specs of them, one for each era."""

    LATE: ClassVar[int]  # ticks that a restart may come after its window, by jitter

    # windows

    @always(on=Steps.start)
    def a_restart_comes_after_its_window(self, after: "Promises") -> bool:
        """What crashes again and again is started once in a window, and not before it ends."""
        return self.level is None or self.void or not self.exited or self.level < self.since_exit.over

    @always(on=Steps.start)
    def two_starts_are_a_window_apart(self, after: "Promises") -> bool:
        """Counted from start to start, of what exited in between, as long as the books remember."""
        exited_since = self.newest is Newest.EXITED and self.since_exit.ticks <= self.since_next.ticks
        return not exited_since or self.level is None or self.void or self.level < self.since_next.over

    @always(
        on=Steps.start,
        finding="`doBackOff` passes over a container that is UNKNOWN, and asks when an older one exited",
    )
    def a_container_in_an_unknown_state_is_backed_off(self, after: "Promises") -> bool:
        """What is killed for its state is started in the same sync, and its level rises."""
        unknown = self.newest is Newest.UNKNOWN
        return not unknown or self.level is None or self.void or self.level < self.since_next.over

    @always(
        on=(Steps.create_fails, Steps.start_fails, Steps.start_is_cut_off),
        finding="the window counts from the last exit, and not from the last try",
    )
    def two_tries_are_a_window_apart(self, after: "Promises") -> bool:
        """Of a container that exited once, and cannot be created or started now."""
        return self.level is None or self.void or not self.exited or self.level < self.since_next.over

    @always(
        on=Steps.start,
        finding="kubernetes/kubernetes#133472: a container has to crash twice before it is backed off",
    )
    def a_crashed_container_is_not_started_at_once(self, after: "Promises") -> bool:
        """There is no entry before the first restart, which writes it."""
        return not self.exited or self.since_exit.ticks > 0 or self.newest is not Newest.EXITED

    @always
    def a_second_crash_is_backed_off(self) -> bool:
        """From the second crash on, as long as the books remember, who has just crashed waits."""
        just_crashed = self.newest is Newest.EXITED and self.since_exit.ticks == 0
        return not just_crashed or self.level is None or self.void or self.in_window()

    @always
    def a_level_rises_by_one_or_begins_anew(self, after: "Promises") -> bool:
        """Doubled, up to 300 s; or the first one; or forgotten."""
        if self.level is None:
            return after.level in {None, 0}
        return after.level in {None, 0, self.level, min(self.level + 1, TOP)}

    @always
    def a_window_is_five_minutes_at_most(self) -> bool:
        """The cap."""
        return self.level is None or 10 * WINDOWS[self.level] <= 300

    @always(on=Steps.start)
    def a_long_run_is_forgiven(self, after: "Promises") -> bool:
        """Who ran for more than ten minutes is started at once, and backed off as if for the first time."""
        return not self.void or after.level == 0

    @always(on=Steps.back_off)
    def only_who_crashed_lately_is_turned_away(self, after: "Promises") -> bool:
        """It takes an exit, an entry, and that the one came soon after the other."""
        return self.exited and self.level is not None and not self.void

    @always(
        on=Steps.clean_books,
        finding="a window that is still open 600 s after the last `Next` ends early",
    )
    def a_window_outlives_the_clean_up(self, after: "Promises") -> bool:
        """A container at 300 s that ran for more than five minutes waits less than that (inferred)."""
        return not self.in_window() or after.in_window()

    @always(on=Steps.collect_containers, finding="a CREATED container is what garbage collection keeps")
    def a_window_outlives_garbage_collection(self, after: "Promises") -> bool:
        """With the EXITED one the window is gone, and the books are not asked (inferred)."""
        return not self.in_window() or after.in_window()

    @always(
        on=Steps.restart_kubelet,
        finding="the books are in memory: after a restart of the kubelet they begin anew",
    )
    def a_window_outlives_the_kubelet(self, after: "Promises") -> bool:
        """The first restart is immediate again."""
        return not self.in_window() or after.in_window()

    @always(on=Steps.change_image)
    def a_changed_container_is_started_at_once(self, after: "Promises") -> bool:
        """The key is made of the container's spec, too."""
        return not after.in_window() and after.due == 0

    # attempts that never ran

    @always(
        on=(Steps.create_fails, Steps.start_fails, Steps.start_is_cut_off),
        finding="without an EXITED container there is no back-off: only the worker's 10 s",
    )
    def what_fails_is_backed_off(self, after: "Promises") -> bool:
        """Who fails to start again and again is tried less and less often."""
        return after.level is not None

    @always(
        on=Steps.create_fails,
        finding="from five minutes after the last exit on no window is open: the level is at its top, and "
        "every 10 s it is tried again",
    )
    def what_fails_for_long_is_backed_off(self, after: "Promises") -> bool:
        """Beside a container that exited, doubling goes on and delays nothing any more (inferred)."""
        return not self.exited or self.since_exit.ticks < WINDOWS[TOP] or after.in_window()

    @always(on=(Steps.create_fails, Steps.start_fails, Steps.start_is_cut_off))
    def what_fails_beside_an_exited_one_doubles(self, after: "Promises") -> bool:
        """`Next` comes before the attempt, and counts it whatever comes of it."""
        if not self.exited:
            return after.level == self.level
        return after.level == (0 if self.level is None or self.void else min(self.level + 1, TOP))

    @always(
        on=(Steps.create_fails, Steps.start_fails, Steps.start_is_cut_off),
        finding="`Next` comes before the attempt: one that never ran makes the next wait longer",
    )
    def an_attempt_that_never_ran_does_not_raise_the_level(self, after: "Promises") -> bool:
        """Back-off is for what crashes."""
        return after.level == self.level

    # the worker

    @always(on=Steps.back_off)
    def the_worker_does_not_look_in_vain(self, after: "Promises") -> bool:
        """Whom it turns away it looks at when the window ends, or in a minute."""
        return after.due >= min(WINDOWS[self.level or 0] - self.since_exit.ticks, MINUTE)

    @always(on=Steps.back_off)
    def the_worker_looks_within_90_seconds(self, after: "Promises") -> bool:
        """A minute and its jitter."""
        return 0 < after.due <= MINUTE + MINUTE // 2

    @always(
        on=Steps.start,
        finding="what remains of the window is lengthened by up to a half, a minute to 90 s (inferred)",
    )
    def a_restart_is_on_time(self, after: "Promises") -> bool:
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
    def crash_loop_back_off_is_told_once_refused(self, after: "Promises") -> bool:
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
