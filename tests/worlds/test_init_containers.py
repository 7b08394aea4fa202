"""Init containers: the verdicts era by era, the published bugs step by step, and what each rule is for."""

from functools import cache
from pathlib import Path

import pytest

from fsm import Observation, check, replay
from fsm.verdict import Outcome, Report
from specs.kubelet import init_containers as worlds
from specs.kubelet import init_worker
from specs.kubelet.init_containers import InitContainers, InitCounts, InitStarts, init_containers
from specs.kubelet.init_node import Name
from specs.kubelet.node import Policy, State
from specs.kubelet.runtimes import CONTAINERD, CRI_O, CRI_O_1_31, DOCKERSHIM, RUNTIMES
from specs.kubelet.versions import version
from tests.worlds.mutations import Mutation, changed, sampled
from tests.worlds.reports import report_of

FILE, WORKER = Path(worlds.__file__), Path(init_worker.__file__)
ERAS = ("1_20", "1_27", "1_29", "1_36")
NAMES = [runtime.name for runtime in RUNTIMES]
FIRST, SECOND, MAIN = Name.FIRST, Name.SECOND, Name.MAIN

# findings, each with the faults that it needs
WHO = {
    "first_attempts_in_a_sandbox_agree": 1,
    "a_regular_container_waits_for_all_init_containers": 2,
    "a_succeeded_init_container_is_not_run_again": 1,
}
CREATED_MAIN = {
    **WHO,
    "a_regular_container_waits_for_all_init_containers": 1,
    "a_regular_container_waits_where_the_purge_worked": 1,
}
COUNTS = {"attempts_increase": 1, "attempts_never_go_down": 1}
CLOCK = {"the_pod_starts_whatever_the_clock_says": 1}
STAYS = "a_created_init_container_is_started_or_removed"
FINDINGS = {
    "InitContainers_1_20": {**WHO, "no_init_container_is_created_beside_a_regular_one": 1},
    "InitContainers_1_27": WHO,
    "InitContainers_1_29": CREATED_MAIN,
    "InitContainers_1_36": CREATED_MAIN,
    **{f"InitCounts_{era}": COUNTS for era in ERAS},
    "InitStarts_1_20": {**CLOCK, STAYS: 3},
    "InitStarts_1_27": {**CLOCK, STAYS: 3},
    "InitStarts_1_29": {**CLOCK, STAYS: 1, "the_pod_starts": 1},
    "InitStarts_1_36": {**CLOCK, STAYS: 2},
}


def report(name: str) -> Report:
    return report_of(getattr(worlds, name))


@pytest.mark.parametrize("name", FINDINGS)
def test_each_world_breaks_what_it_is_known_to_break_with_so_many_faults(name: str) -> None:
    found = report(name)
    found.assert_holds()
    assert found.exhaustive
    broken = [one for one in found.properties if one.outcome is Outcome.VIOLATED]
    assert {one.name: one.trace.faults for one in broken} == FINDINGS[name]


@pytest.mark.parametrize("name", FINDINGS)
def test_each_action_is_taken_somewhere(name: str) -> None:
    assert report(name).never_enabled == ()


# the published scenarios, step by step


def told(action: str, seen: dict | None = None, **arguments: object) -> Observation:
    return Observation((action,), arguments, seen or {})


def follows(name: str, steps: list[Observation]) -> None:
    found = replay(getattr(worlds, name), steps)
    assert found.outcome is Outcome.HOLDS, found.refusal


def stops_at(name: str, steps: list[Observation], index: int) -> tuple[str, ...]:
    """What was allowed instead of that step."""
    found = replay(getattr(worlds, name), steps)
    assert found.outcome is Outcome.VIOLATED
    assert found.refusal is not None
    assert found.refusal.index == index % len(steps), found.refusal
    return found.refusal.expected


def ran(init: Name) -> list[Observation]:
    """An init container runs, and succeeds."""
    return [
        told("create", init=init),
        told("start", init=init, place=0),
        told("exits", init=init, place=0, ok=True),
    ]


SANDBOX = [told("begin_sync"), told("purge"), told("create_sandbox")]
READY = [*SANDBOX, *ran(FIRST), told("begin_sync", {"target": SECOND}), *ran(SECOND)]
UP = [*READY, told("begin_sync", {"target": MAIN}), told("create_main"), told("start_main")]


@pytest.mark.parametrize("era", ERAS)
def test_with_a_new_sandbox_the_first_one_is_attempt_1_and_the_second_one_0(era: str) -> None:
    """kubernetes/kubernetes#124002: `crictl stopp`, then attempts 1, 0 and 1."""
    again = [*SANDBOX, *ran(FIRST), told("begin_sync"), *ran(SECOND)]
    seen = {"began[FIRST]": 1, "began[SECOND]": 0}
    follows(f"InitContainers_{era}", [*UP, told("sandbox_is_lost"), *again, Observation(state=seen)])


LEFT = [
    *UP,
    told("node_reboots", wiped=False),
    told("begin_sync"),
    told("purge_fails", {"instances[SECOND][0].state": State.SUCCEEDED}, init=SECOND),
    told("create_sandbox"),
    told("create", init=FIRST),
]
FAILED = told("start_fails", init=FIRST, place=0, kept_created=False)
BEGUN = [told("begin_sync", {"target": MAIN}), told("create_main")]


@pytest.mark.parametrize("era", ["1_29", "1_36"])
def test_what_a_failed_purge_left_ends_the_initialization_of_the_new_sandbox(era: str) -> None:
    """kubernetes/kubernetes#137710: the first one has failed to start, and the regular one is begun."""
    follows(f"InitContainers_{era}", [*LEFT, FAILED, *BEGUN])


@pytest.mark.parametrize("era", ["1_20", "1_27"])
def test_until_1_27_one_that_failed_is_tried_again_but_one_that_runs_is_overlooked(era: str) -> None:
    stops_at(f"InitContainers_{era}", [*LEFT, FAILED, *BEGUN], -2)
    follows(f"InitContainers_{era}", [*LEFT, told("start", init=FIRST, place=0), *BEGUN])


CREATED_MAIN_IS_OLD = [
    *UP[:-1],
    told("node_reboots", {"main.state": State.CREATED}, wiped=False),
    *SANDBOX,
    *ran(FIRST),
    *BEGUN,
]


@pytest.mark.parametrize("era", ["1_29", "1_36"])
def test_a_regular_container_that_was_only_created_lets_the_second_one_be_skipped(era: str) -> None:
    """kubernetes/kubernetes#140309: power is cut between create and start."""
    follows(f"InitContainers_{era}", CREATED_MAIN_IS_OLD)


@pytest.mark.parametrize("era", ["1_20", "1_27"])
def test_until_1_27_a_created_regular_container_says_nothing(era: str) -> None:
    stops_at(f"InitContainers_{era}", CREATED_MAIN_IS_OLD, -2)


STUCK = [*SANDBOX, told("create", init=FIRST), told("start_is_not_served")]
AGAIN = [told("begin_sync", {"target": FIRST, "seen": 0}), told("create", init=FIRST)]


def test_in_1_28_and_1_29_one_that_was_only_created_is_waited_for_by_everybody() -> None:
    """kubernetes/kubernetes#126440: a start fails, the container stays created; no sync does anything."""
    allowed = stops_at("InitStarts_1_29", [*STUCK, *AGAIN], -2)
    assert set(allowed) == {"clock_is_set_back", "node_reboots(wiped=False)", "node_reboots(wiped=True)"}
    trace = report("InitStarts_1_29")["the_pod_starts"].trace
    assert [step.label for step in trace.steps] == [
        "begin_sync", "purge", "create_sandbox", "create(init=FIRST)", "start_is_not_served",
    ]  # fmt: skip
    assert trace.loop == len(trace.steps)


@pytest.mark.parametrize("era", ["1_20", "1_27", "1_36"])
def test_in_other_versions_it_is_created_again(era: str) -> None:
    follows(f"InitStarts_{era}", [*STUCK, *AGAIN, Observation(state={"instances[FIRST][0].attempt": 1})])


REMOVED = [*UP, told("dead_containers_are_removed", init=SECOND), told("begin_sync", {"target": SECOND})]


def test_until_1_20_a_removed_init_container_is_run_again_beside_the_regular_one() -> None:
    """kubernetes/kubernetes#90271, mended by #96572."""
    follows("InitContainers_1_20", [*REMOVED, *ran(SECOND)])
    for era in ERAS[1:]:
        stops_at(f"InitContainers_{era}", REMOVED, -1)


WRONG_CLOCK = [
    *SANDBOX,
    told("create", {"instances[FIRST][0].attempt": 0}, init=FIRST),
    told("node_reboots", {"instances[FIRST][0].state": State.CREATED}, wiped=False),
    told("clock_is_set_back"),
    told("begin_sync", {"seen": 0}),
    told("purge_fails", init=FIRST),  # or it would not be listed any more
    told("create_sandbox"),
    told("create", {"instances[FIRST][0].attempt": 0, "instances[FIRST][1].attempt": 1}, init=FIRST),
    told("start", init=FIRST, place=1),
    told("clock_is_corrected"),
]
REFUSED = [told("begin_sync", {"target": FIRST, "seen": 0}), told("create_is_refused")]


@pytest.mark.parametrize("era", ["1_20", "1_27", "1_36"])
def test_one_from_the_time_before_a_wrong_clock_hides_the_one_that_runs(era: str) -> None:
    """kubernetes/kubernetes#135762: the next one gets the number of the one that runs, and is refused."""
    name = f"InitStarts_{era}"
    follows(name, [*WRONG_CLOCK, *REFUSED, *REFUSED])
    over = [*WRONG_CLOCK, *REFUSED, told("exits", init=FIRST, place=1, ok=True), *REFUSED]
    follows(name, [*over, told("collect", init=FIRST), *AGAIN])  # until its holder is collected


def test_while_the_clock_is_behind_an_init_container_succeeds_again_and_again() -> None:
    """A prediction: the one that has succeeded is pruned, for it is the older one."""
    trace = report("InitStarts_1_36")["the_pod_starts_whatever_the_clock_says"].trace
    loop = {step.action for step in trace.steps[trace.loop :]}
    assert {"begin_sync", "create", "exits"} <= loop
    assert "clock_is_corrected" not in loop
    assert trace.faults == 1


# any combination


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("runtime", RUNTIMES, ids=NAMES)
def test_what_holds_with_containerd_and_always_holds_with_any_runtime_and_policy(runtime, policy) -> None:
    found = check(init_containers(version("1.27"), runtime, policy, InitCounts), max_faults=1)
    assert found["attempts_are_unique_in_a_sandbox"].outcome is Outcome.UNKNOWN  # as far as it was looked
    assert found["nothing_of_an_older_sandbox_runs"].outcome is Outcome.UNKNOWN
    assert found["never_stuck"].outcome is Outcome.UNKNOWN
    assert (
        found["one_counts"].outcome is Outcome.HOLDS
    )  # under Never, too: what was only created is begun again


def test_under_never_a_pod_ends_with_the_first_failure() -> None:
    made = init_containers(version("1.27"), CONTAINERD, Policy.NEVER)
    failed = [*SANDBOX, *ran(FIRST)[:2], told("exits", init=FIRST, place=0, ok=False)]
    assert replay(made, failed).outcome is Outcome.HOLDS
    assert replay(made, [*failed, told("begin_sync")]).outcome is Outcome.VIOLATED


HIDDEN = [*WRONG_CLOCK, told("exits", init=FIRST, place=1, ok=True), told("begin_sync", {"seen": 0})]


@pytest.mark.parametrize(
    ("runtime", "answer", "after"),
    [
        (CONTAINERD, "create_is_refused", {"instances[FIRST][1].attempt": 1}),
        (CRI_O, "create_answers_with_the_holder", {"instances[FIRST][1].held": True}),
        (CRI_O_1_31, "create_answers_with_the_holder", {"instances[FIRST][1].held": True}),
        (DOCKERSHIM, "create_is_refused", {"instances[FIRST][1].state": State.ABSENT}),
    ],
    ids=NAMES,
)
def test_each_runtime_answers_a_create_with_a_taken_name_in_its_own_way(runtime, answer, after) -> None:
    made = init_containers(version("1.20"), runtime, Policy.ALWAYS, InitStarts)
    assert replay(made, [*HIDDEN, told(answer, after)]).outcome is Outcome.HOLDS


def test_a_spec_that_is_made_says_of_what() -> None:
    made = init_containers(version("1.36"), CRI_O, Policy.NEVER)
    assert made.__doc__ == f"{InitContainers.__doc__} Kubernetes 1.36, CRI-O until 1.30, Never."


# the world in which a change is looked at, the change, and a property that notices; none: why
MUTATIONS = [
    ("InitContainers_1_20", Mutation(
        "the snapshot is empty",
        "self.seen = newest.attempt if newest.is_there else None", "self.seen = None",
        "first_attempts_in_a_sandbox_agree",
    )),
    ("InitContainers_1_27", Mutation(
        "the regular container is not asked",
        "if self.main.state in marks_of(self.KUBELET.init_choice)", "if False",
        "no_init_container_is_created_beside_a_regular_one",
    )),
    ("InitContainers_1_36", Mutation(
        "a created regular container says nothing",
        "if self.main.state in marks_of(self.KUBELET.init_choice)", "if self.main.runs",
        "a_regular_container_waits_where_the_purge_worked",
    )),
    ("InitContainers_1_27", Mutation(
        "until 1.27: one that failed is not tried again",
        "            if self.instances[init][0].state in FAILURES:\n                return self.again(init)\n"
        "        for init", "            pass\n        for init",
        "a_regular_container_waits_where_the_purge_worked",
    )),
    ("InitContainers_1_27", Mutation(
        "until 1.27: one that runs is not waited for",
        "            if newest.runs:\n                return None\n            if newest.has_exited",
        "            if newest.has_exited", "a_succeeded_init_container_is_not_run_again",
    )),
    ("InitContainers_1_36", Mutation(
        "since 1.28: one that runs is not waited for",
        "            if newest.runs:\n                return None\n            if newest.state",
        "            if newest.state", "a_succeeded_init_container_is_not_run_again",
    )),
    ("InitContainers_1_36", Mutation(
        "since 1.28: one that failed is not tried again",
        "            if newest.state in FAILURES:\n                return self.again(init)\n"
        "            if newest", "            if newest", "a_regular_container_waits_where_the_purge_worked",
    )),
    ("InitStarts_1_36", Mutation(
        "since 1.30.7: one that was created is waited for",
        "return init if self.KUBELET.created_init_is_selected else None", "return None", "the_pod_starts",
    )),
    ("InitContainers_1_20", Mutation(
        "the second one is skipped",
        "return self.main_if_wanted() if init is Name.SECOND else Name.SECOND",
        "return self.main_if_wanted()", "a_regular_container_waits_where_the_purge_worked",
    )),
    ("InitContainers_1_20", Mutation(
        "nothing is purged", "        self.purge_but(None)\n", "        self.phase = Phase.SANDBOX\n",
        "a_regular_container_waits_for_all_init_containers",
    )),
    ("InitContainers_1_20", Mutation(
        "a failed purge does not stop what runs",
        "                    if one.can_be_stopped:\n",
        "                    if one.state is State.UNKNOWN:\n", "nothing_of_an_older_sandbox_runs",
    )),
    ("InitContainers_1_20", Mutation(
        "the regular container is not stopped for a new sandbox",
        "        if self.main.runs:\n            self.main = replace(self.main, state=State.FAILED)\n"
        "        self.phase = Phase.SANDBOX", "        self.phase = Phase.SANDBOX",
        "nothing_of_an_older_sandbox_runs",
    )),
    ("InitContainers_1_20", Mutation(
        "what a purge left is not of an older sandbox",
        "self.instances[init][place] = replace(self.instances[init][place], old=True)", "pass", "one_is_left",
    )),
    ("InitCounts_1_20", Mutation(
        "the count does not rise", "count = self.seen + 1", "count = self.seen", "one_counts",
    )),
    ("InitCounts_1_36", Mutation(
        "log files are not counted", "count = max(self.logs[init], default=-1) + 1", "count = 0",
        "no_log_is_written_over",
    )),
    ("InitContainers_1_20", Mutation(  # garbage collection removes the same ones, if later
        "nothing is pruned", "            self.prune()\n", "", "",
    )),
    ("InitContainers_1_20", Mutation(  # it is refused one phase later
        "a regular container is created in a sandbox that is lost",
        "require(self.target is Name.MAIN and self.sandbox is Sandbox.READY)",
        "require(self.target is Name.MAIN)", "",
    )),
    ("InitCounts_1_20", Mutation(  # there is no room for a second one with the same number
        "names are not reserved", "        require(self.holder(init, count) is None)\n        self.insert",
        "        self.insert", "",
    )),
    ("InitCounts_1_20", Mutation(  # an unknown one counts as one that failed, killed or not
        "an unknown one is not killed first", "                self.phase = Phase.KILL\n",
        "                pass\n", "",
    )),
    ("InitCounts_1_36", Mutation(
        "a purge leaves the log files",
        "                elif one.is_there:\n                    self.remove_with_log(init, place)",
        "                elif one.is_there:\n                    self.remove(init, place)",
        "no_log_is_written_over",
    )),
]  # fmt: skip


def seen_of(cls: type) -> frozenset[tuple[str, int]]:
    """What is violated or witnessed with no more than two faults, and with how many."""
    return frozenset(
        (one.name, one.trace.faults) for one in check(cls, max_faults=2).properties if one.trace is not None
    )


@cache
def as_it_is(name: str) -> frozenset[tuple[str, int]]:
    return seen_of(getattr(worlds, name))


@pytest.mark.parametrize(("name", "mutation"), sampled(MUTATIONS), ids=str)
def test_a_change_is_noticed_by_a_property(name: str, mutation: Mutation) -> None:
    over = Mutation("", "from .init_worker import", "from .changed_init_worker import", "")
    with changed(WORKER, [mutation]), changed(FILE, [over]) as module:
        told = {one for one, _ in seen_of(vars(module)[name]) ^ as_it_is(name)}
    assert (mutation.noticed_by in told) if mutation.noticed_by else (told == set()), sorted(told)
