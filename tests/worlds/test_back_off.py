"""Back-off: its verdicts in every era, the published bugs step by step, and that no change goes unnoticed."""

from functools import cache
from pathlib import Path

import pytest

import specs.kubelet
from fsm import machine
from fsm.verdict import Outcome, Report
from specs.kubelet.back_off import BackOff_1_17, BackOff_1_34
from specs.kubelet.back_off_books import TOP, WINDOWS, Clock
from specs.kubelet.back_off_steps import MINUTE, Newest, Reason
from specs.kubelet.pull_back_off import Pull, PullBackOff
from tests.worlds.mutations import ERROR, Mutation, changed_together, sampled, shown
from tests.worlds.reports import report_of

FOLDER = Path(specs.kubelet.__file__).parent
OF_RESTARTS = ("back_off_books.py", "back_off_steps.py", "back_off_promises.py", "back_off.py")
FILES = {"BackOff_1_34": OF_RESTARTS, "PullBackOff": ("back_off_books.py", "pull_back_off.py")}

report = report_of

# findings, each with the faults that it needs
BOTH = {
    "a_container_in_an_unknown_state_is_backed_off": 1,
    "two_tries_are_a_window_apart": 2,
    "a_crashed_container_is_not_started_at_once": 0,
    "a_window_outlives_the_clean_up": 0,
    "a_window_outlives_garbage_collection": 1,
    "a_window_outlives_the_kubelet": 1,
    "what_fails_is_backed_off": 1,
    "an_attempt_that_never_ran_does_not_raise_the_level": 1,
    "a_restart_is_on_time": 0,
    "crash_loop_back_off_is_told_exactly_in_a_window": 0,
}
FINDINGS = {
    BackOff_1_34: BOTH,
    BackOff_1_17: {**BOTH, "the_worker_does_not_look_in_vain": 0},
    PullBackOff: {
        "a_window_outlives_the_kubelet": 2,
        "a_success_is_forgiven": 2,
        "image_pull_back_off_is_told_exactly_in_a_window": 1,
    },
}
LATER = {"what_fails_for_long_is_backed_off", "who_crashed_is_started_again_whatever_fails"}


def steps(found: Report, name: str) -> list[str]:
    trace = found[name].trace
    assert trace is not None
    return [step.action for step in trace.steps]


@pytest.mark.parametrize("cls", FINDINGS, ids=lambda cls: cls.__name__)
def test_every_era_is_as_expected_and_every_action_is_taken(cls: type) -> None:
    found = report(cls)
    found.assert_holds()
    assert found.never_enabled == ()
    assert found.exhaustive
    assert found.bounded == 0


@pytest.mark.parametrize("cls", FINDINGS, ids=lambda cls: cls.__name__)
def test_the_findings_are_these_and_need_so_many_faults(cls: type) -> None:
    violated = {one.name: one.trace for one in report(cls).properties if one.outcome is Outcome.VIOLATED}
    faults = {name: trace.faults for name, trace in violated.items() if trace and name not in LATER}
    assert faults == FINDINGS[cls]
    assert cls is PullBackOff or violated.keys() >= LATER


# the published bugs


@pytest.mark.parametrize("cls", [BackOff_1_17, BackOff_1_34], ids=lambda cls: cls.__name__)
def test_a_container_has_to_crash_twice_before_it_is_backed_off_133472(cls: type) -> None:
    assert steps(report(cls), "a_crashed_container_is_not_started_at_once") == ["start", "crash", "start"]
    pod = machine(cls).model
    pod.start()  # nothing has exited: the books are not asked
    pod.crash()
    pod.start()  # there is no entry: one is made
    assert (pod.level, pod.newest) == (0, Newest.RUNNING)
    pod.crash()
    pod.back_off(jitter=False)
    assert pod.reason is Reason.CRASH_LOOP_BACK_OFF


def test_up_to_1_33_the_worker_looks_in_vain_123602() -> None:
    """The second window is the first one that is longer than the ten seconds of an error."""
    assert steps(report(BackOff_1_17), "the_worker_does_not_look_in_vain") == [
        "start", "crash", "start", "crash", "back_off", "wait", "start", "crash", "back_off",
    ]  # fmt: skip
    assert report(BackOff_1_34)["the_worker_does_not_look_in_vain"].outcome is Outcome.HOLDS


def looks(cls: type) -> list[int]:
    """How often the worker turns a container away in each window, without jitter."""
    pod = machine(cls).model
    pod.start()
    pod.crash()
    counts = []
    for level in range(TOP + 1):
        pod.start()
        pod.crash()
        assert pod.level == level
        counts.append(0)
        while WINDOWS[level] > pod.since_exit.ticks:
            pod.back_off(jitter=False)
            pod.wait()
            counts[-1] += 1
    return counts


def test_a_window_takes_a_look_every_ten_seconds_and_since_1_34_one_a_minute() -> None:
    assert looks(BackOff_1_17) == list(WINDOWS)
    assert looks(BackOff_1_34) == [-(-window // MINUTE) for window in WINDOWS]


def test_an_attempt_that_never_ran_makes_the_next_wait_longer() -> None:
    assert steps(report(BackOff_1_34), "an_attempt_that_never_ran_does_not_raise_the_level") == [
        "start", "crash", "create_fails",
    ]  # fmt: skip
    assert steps(report(BackOff_1_34), "what_fails_is_backed_off") == ["create_fails"]


def test_failures_beside_an_exited_container_double_until_nothing_delays_them() -> None:
    pod = machine(BackOff_1_17).model
    pod.start()
    pod.crash()
    tries = []
    while len(tries) < 12:
        if pod.level is not None and WINDOWS[pod.level] > pod.since_exit.ticks:
            pod.back_off(jitter=False)
        else:
            tries.append(pod.since_exit.ticks)
            pod.create_fails(jitter=False)
        pod.wait()
    assert tries[:7] == [0, 1, 2, 4, 8, 16, 30]
    assert tries[7:11] == [31, 32, 33, 34]  # the clock stops there
    assert pod.level == TOP


def test_a_window_that_is_still_open_is_thrown_away_with_its_entry() -> None:
    for cls in (BackOff_1_17, BackOff_1_34):
        found = steps(report(cls), "a_window_outlives_the_clean_up")
        assert found[-1] == "clean_books"
        assert found[-6:-3] == ["run_on", "run_on", "crash"]


def test_a_restart_of_the_kubelet_begins_anew() -> None:
    assert steps(report(BackOff_1_34), "a_window_outlives_the_kubelet")[-1] == "restart_kubelet"
    pod = machine(BackOff_1_34).model
    for _ in range(2):
        pod.start()
        pod.crash()
    pod.restart_kubelet()
    pod.start()
    assert pod.level == 0


def test_the_first_failed_pull_is_backed_off_and_a_success_forgives_nothing() -> None:
    pod = machine(PullBackOff).model
    pod.pull_fails(jitter=False)
    assert (pod.reason, pod.level, pod.since_next) == (Pull.FAILED, 0, Clock(0))
    pod.tick()
    pod.pull()
    pod.remove_image()
    pod.pull_fails(jitter=False)
    assert pod.level == 1


def test_windows_double_up_to_the_cap() -> None:
    assert list(WINDOWS) == [min(2**level, 30) for level in range(TOP + 1)]
    for ticks in range(62):
        assert [window > ticks for window in WINDOWS] == [
            level >= Clock(ticks).over for level in range(TOP + 1)
        ]


# changes

MUTATIONS = [
    Mutation(
        "a start does not wait for its window",
        "require(self.due == 0 and not self.in_window())\n        if self.exited:",
        "require(self.due == 0)\n        if self.exited:",
        "a_restart_comes_after_its_window",
    ),
    Mutation(
        "whom nobody refuses is turned away",
        "require(self.due == 0 and self.in_window())\n        self.reason = Reason",
        "require(self.due == 0)\n        self.reason = Reason",
        "crash_loop_back_off_is_told_once_refused",
    ),
    Mutation(
        "`Next` is forgotten",
        "        if self.exited:\n            self.next()\n",
        "",
        "what_fails_beside_an_exited_one_doubles",
    ),
    Mutation(
        "`Next` is called without an exited container",
        "        if self.exited:\n            self.next()\n",
        "        self.next()\n",
        "what_fails_beside_an_exited_one_doubles",
    ),
    Mutation(
        "a container that is not EXITED counts",
        "if not self.exited or self.level is None or self.void:\n            return False",
        "if self.level is None or self.void:\n            return False",
        "",
    ),
    Mutation(
        "a void entry counts",
        "if not self.exited or self.level is None or self.void:",
        "if not self.exited or self.level is None:",
        "only_who_crashed_lately_is_turned_away",
    ),
    Mutation(
        "a level rises by two",
        "min(self.level + 1, TOP)\n        self.since_next, self.void",
        "min(self.level + 2, TOP)\n        self.since_next, self.void",
        "a_level_rises_by_one_or_begins_anew",
    ),
    Mutation(
        "a void entry is doubled",
        "0 if self.level is None or self.void else min(self.level + 1, TOP)\n"
        "        self.since_next, self.void",
        "0 if self.level is None else min(self.level + 1, TOP)\n        self.since_next, self.void",
        "a_long_run_is_forgiven",
    ),
    Mutation(
        "the books are not dated",
        "        self.since_next, self.void = Clock(0), False\n",
        "        self.void = False\n",
        "two_tries_are_a_window_apart",
    ),
    Mutation(
        "an exit is not dated",
        "Newest.EXITED, True, Clock(0), 0",
        "Newest.EXITED, True, self.since_exit, 0",
        "a_crashed_container_is_not_started_at_once",
    ),
    Mutation(
        "a long run is not forgiven",
        "        self.void = self.level is not None and self.since_next.long_ago\n",
        "",
        "a_long_run_ends",
    ),
    Mutation(
        "a start leaves the reason",
        "        self.newest = Newest.RUNNING\n        self.reason = Reason.NONE\n",
        "        self.newest = Newest.RUNNING\n",
        "crash_loop_back_off_is_not_told_of_what_runs",
    ),
    Mutation(
        "a refusal leaves the reason",
        "        self.reason = Reason.CRASH_LOOP_BACK_OFF\n        self.requeue",
        "        self.requeue",
        "every_reason_is_told",
    ),
    Mutation(
        "a refusal is looked at in two minutes",
        "return min(max(remains, 0), MINUTE)",
        "return MINUTE + 1",
        ERROR,
    ),
    Mutation(
        "the rest of the window is not clamped to a minute",
        "return min(max(remains, 0), MINUTE)",
        "return max(remains, 0)",
        ERROR,
    ),
    Mutation(
        "a refusal is looked at as an error is",
        "return min(max(remains, 0), MINUTE)",
        "return 1",
        "the_worker_does_not_look_in_vain",
    ),
    Mutation(
        "a started container is kept although it failed",
        "        if kept:\n            self.finish()\n",
        "",
        "",
    ),
    Mutation(
        "garbage collection keeps the exited one",
        "        self.exited, self.since_exit, self.void = False, Clock(LATEST), False\n",
        "        pass\n",
        "a_window_outlives_garbage_collection",
    ),
    Mutation(
        "garbage collection looks at EXITED ones, too",
        "require(self.newest in {Newest.CREATED, Newest.UNKNOWN} and self.exited)",
        "require(self.exited)",
        "crash_loop_back_off_is_told_of_what_crashed",
    ),
    Mutation(
        "a changed image keeps its key",
        "        require(self.level is not None)\n        self.forget()\n        if self.newest",
        "        require(self.level is not None)\n        if self.newest",
        "a_changed_container_is_started_at_once",
    ),
    Mutation(
        "a changed image waits for the next sync",
        "            self.finish()\n        self.due = 0\n",
        "            self.finish()\n",
        "a_changed_container_is_started_at_once",
    ),
    Mutation(
        "the books outlive the kubelet",
        "        self.forget()\n        self.reason, self.due = Reason.NONE, 0\n",
        "        self.reason, self.due = Reason.NONE, 0\n",
        "a_window_outlives_the_kubelet",
    ),
    Mutation(
        "the books are cleaned at any time",
        "require(self.level is not None and self.since_next.long_ago)\n        self.forget()",
        "require(self.level is not None)\n        self.forget()",
        "",
    ),
]

OF_PULLS = [
    Mutation(
        "a pull does not wait",
        "        require(self.due == 0 and not self.in_window())\n        self.image, self.reason",
        "        require(self.due == 0)\n        self.image, self.reason",
        "two_pulls_are_a_window_apart",
    ),
    Mutation(
        "a failed pull does not wait",
        "        require(self.due == 0 and not self.in_window())\n        self.level = 0",
        "        require(self.due == 0)\n        self.level = 0",
        "two_pulls_are_a_window_apart",
    ),
    Mutation(
        "a failed pull is not dated",
        "        self.since_next, self.reason = Clock(0), Pull.FAILED",
        "        self.reason = Pull.FAILED",
        "a_failed_pull_is_backed_off",
    ),
    Mutation(
        "a level is never raised",
        "self.since_next.long_ago else min(self.level + 1, TOP)",
        "self.since_next.long_ago else 0",
        "a_success_is_forgiven",
    ),
    Mutation(
        "a success clears the entry",
        "        self.image, self.reason = Image.PRESENT, Pull.NONE\n",
        "        self.image, self.reason, self.level = Image.PRESENT, Pull.NONE, None\n",
        "a_success_is_forgiven",
    ),
    Mutation(
        "a refusal leaves the reason", "        self.reason = Pull.BACK_OFF\n", "", "every_reason_is_told"
    ),
    Mutation(
        "books of pulls outlive the kubelet",
        "self.level, self.since_next, self.reason, self.due = None, Clock(FORGOTTEN), Pull.NONE, 0",
        "self.reason, self.due = Pull.NONE, 0",
        "a_window_outlives_the_kubelet",
    ),
]

# "a container that is not EXITED counts": without an EXITED one its clock stands where no window is open.
# "a started container is kept although it failed": it is then the same as a create that fails.
# "the books are cleaned at any time": too early is as good as a restart of the kubelet to everything that is
# promised; how early is told by the length of the finding's trace alone.


SMALL_BOOKS = (
    Mutation("small windows", "WINDOWS = (1, 2, 4, 8, 16, 30)", "WINDOWS = (1, 2, 4)", ""),
    Mutation("twice that", "STABLE = 60", "STABLE = 8", ""),
)
SMALL = {
    "BackOff_1_34": (
        *SMALL_BOOKS,
        Mutation("a short minute", "MINUTE = 6", "MINUTE = 2", ""),
        Mutation("short runs", "RUN = 30", "RUN = 4", ""),
    ),
    "PullBackOff": SMALL_BOOKS,
}


def shown_with(name: str, *mutations: Mutation) -> frozenset[tuple[str, int]]:
    """What the spec in small shows with these changes."""
    files = [FOLDER / file for file in FILES[name]]
    with changed_together(files, [*SMALL[name], *mutations]) as module:
        return shown(vars(module)[name])


shown_as_it_is = cache(shown_with)


@pytest.mark.parametrize(
    ("name", "mutation"),
    sampled([("BackOff_1_34", one) for one in MUTATIONS] + [("PullBackOff", one) for one in OF_PULLS]),
    ids=str,
)
def test_a_change_is_noticed_by_a_property(name: str, mutation: Mutation) -> None:
    as_it_is = shown_as_it_is(name)
    assert (ERROR, 0) not in as_it_is
    told = {one for one, _ in shown_with(name, mutation) ^ as_it_is}
    assert (mutation.noticed_by in told) if mutation.noticed_by else (told == set()), sorted(told)
