"""The questions that are asked of the kubelet's world, and the spec in which each is answered.

One small world for each question is easier to read, and quicker to explore, than one for all. A world takes a
version of the kubelet, a runtime and a restart policy, and it *cannot* read more of a version than its
question names: two versions that agree in those fields give the same spec, so their cells are one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, make_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from fsm import spec

from .init_containers import InitContainers, InitCounts, InitStarts, init_containers
from .log_directory import LogDirectory
from .node import Phase, Policy
from .pod_events import PodEvents
from .pod_logs import PodLogs
from .pod_reboots import PodReboots
from .pod_restarts import PodRestarts
from .pod_sync import PodSync
from .pod_worker import PodWorker
from .runtimes import Duplicate, Runtime
from .start_container import INVARIANTS, start_container
from .two_workers import TwoWorkers_1_21, TwoWorkers_1_36
from .versions import CountRule, Version, WorkerEnd


@dataclass(frozen=True)
class Question:
    """One question: a world, and the promises that are judged in it.

    Args:
        name: of the world.
        asks: the question, in words.
        promises: what is promised, by the name it has in the matrix ("I4"): the spec's property.
        reads: the fields of a version that the world depends on.
        world: makes the spec from what may be read of a version, a runtime and a policy; `None` where the
            question does not arise.
    """

    name: str
    asks: str
    promises: Mapping[str, str]
    reads: tuple[str, ...]
    world: Callable[[Any, Runtime, Policy], type | None]

    def spec(self, version: Version, runtime: Runtime, policy: Policy) -> type | None:
        """The spec that answers the question for a version, a runtime and a policy."""
        return self.world(part(version, self.reads), runtime, policy)


def part(version: Version, names: tuple[str, ...]) -> Any:
    """What a world may read of a version: these fields and nothing else.

    Args:
        version: the whole row.
        names: fields of `Version`.

    Returns:
        A frozen value with these fields; equal exactly if they are.
    """
    return _part_class(names)(*(getattr(version, name) for name in names))


@cache
def _part_class(names: tuple[str, ...]) -> type:
    return make_dataclass("Kubelet", names, frozen=True)


def pod(base: type[PodWorker], **constants: Any) -> Callable[[Any, Runtime, Policy], type]:
    """A world of one pod's worker: the base with the mechanisms of a version and a runtime, no others."""

    def world(kubelet: Any, runtime: Runtime, policy: Policy) -> type:
        by_logs = kubelet.count_rule is not CountRule.STATUS
        bases = (base, LogDirectory) if by_logs and not issubclass(base, LogDirectory) else (base,)
        body = {
            "KUBELET": kubelet,
            "RUNTIME": runtime,
            "POLICY": policy,
            "__doc__": base.__doc__,
            **constants,
        }
        body |= dict.fromkeys(unused(base, kubelet, runtime))
        body |= dict.fromkeys(idle(base, policy))
        if runtime.renames:
            body["MOST"] = 1  # random names make the states ten times as many: one restart is followed
        return spec(final={Phase.IDLE})(type(base.__name__, bases, {"__module__": __name__, **body}))

    return world


def idle(base: type[PodWorker], policy: Policy) -> list[str]:
    """The promises of a world that a restart policy makes empty."""
    asked = {"never_creates_once": Policy.NEVER, "a_wanted_container_runs": Policy.ALWAYS}
    return [name for name, only in asked.items() if hasattr(base, name) and policy is not only]


def unused(base: type[PodWorker], kubelet: Any, runtime: Runtime) -> list[str]:
    """The actions that there are none of: what no state could enable."""
    names = []
    if runtime.duplicate is not Duplicate.ADOPTED:
        names.append("create_answers_with_the_holder")
    if not runtime.renames:
        names.append("create_under_another_name")
    if runtime.duplicate is Duplicate.ADOPTED:
        names.append("late_create_completes")
    if not kubelet.pre_start_can_fail:
        names.append("pre_start_fails")
    if not base.HOOK:
        names += ["post_start", "post_start_fails"]
    if kubelet.count_rule is CountRule.LOG_DIRECTORY_RESETS:
        names.append("stray_file_is_taken_for_a_log")
    if kubelet.count_rule is not CountRule.STATUS and not base.REMEMBERS:
        names.append("node_is_installed_anew")
    return names


def init(base: type) -> Callable[[Any, Runtime, Policy], type]:
    """A world of init containers: the base, with the mechanisms of a version and a runtime."""

    def world(kubelet: Any, runtime: Runtime, policy: Policy) -> type:
        made = init_containers(kubelet, runtime, policy, base)
        if policy is Policy.NEVER and base is InitStarts:  # an init container may have failed for good
            body = dict.fromkeys(["the_pod_starts", "the_pod_starts_whatever_the_clock_says"])
            name, constants = made.__name__, {"__module__": __name__, "__doc__": made.__doc__}
            made = type(name, (made,), {**constants, **body})
        return made

    return world


def workers(kubelet: Any, _runtime: Runtime, _policy: Policy) -> type:
    """Two workers of one pod: on any runtime, under Always."""
    return TwoWorkers_1_21 if kubelet.worker_end is WorkerEnd.FORGOTTEN else TwoWorkers_1_36


def logs(kubelet: Any, runtime: Runtime, policy: Policy) -> type | None:
    """A world in which log files count, if the version has such a rule."""
    if kubelet.count_rule is CountRule.STATUS:
        return None
    return pod(PodLogs)(kubelet, runtime, policy)


def start(kubelet: Any, _runtime: Runtime, _policy: Policy) -> type:
    """`startContainer` alone: what a runtime does is an action in it, and no restart policy is asked."""
    return start_container(kubelet.name)


QUESTIONS = (
    Question(
        "start",
        "What does one function promise, whatever is around it?",
        MappingProxyType(
            {
                "I5f": INVARIANTS["I5"],
                "I6f": INVARIANTS["I6"],
                "I7f": INVARIANTS["I7"],
                "I8": INVARIANTS["I8"],
                "I10f": INVARIANTS["I10"],
                "I11": INVARIANTS["I11"],
            }
        ),
        ("name",),
        start,
    ),
    Question(
        "instances",
        "Which attempts does a container get, how many of them run, and is anything left over?",
        MappingProxyType(
            {
                "I1": "attempts_are_unique_in_a_sandbox",
                "I1a": "no_create_meets_its_own_name",
                "I2": "attempts_increase",
                "I2a": "attempts_never_go_down",
                "I4": "at_most_one_runs",
                "I4a": "the_running_container_is_seen",
                "I9": "never_creates_once",
                "I12": "a_created_container_is_started_or_removed",
                "I13": "a_wanted_container_runs",
            }
        ),
        ("count_rule", "pre_start_can_fail"),
        pod(PodSync),
    ),
    Question(
        "restarts",
        "Does the restart count that users see ever go down?",
        MappingProxyType({"I3": "the_api_count_never_decreases"}),
        ("count_rule", "pre_start_can_fail", "api_count_rule"),
        pod(PodRestarts),
    ),
    Question(
        "events",
        "What do the events of a container leave out, and which hooks are never run?",
        MappingProxyType(
            {
                "I5": "started_follows_created",
                "I6": "created_names_a_container",
                "I7": "every_container_was_announced",
                "I10": "a_failed_hook_leaves_nothing_running",
                "I10a": "no_hook_is_left_out",
            }
        ),
        ("count_rule", "pre_start_can_fail"),
        pod(PodEvents),
    ),
    Question(
        "reboots",
        "Does a count go on when a reboot wipes the runtime's state?",
        MappingProxyType({"B1": "a_container_that_ran_is_counted"}),
        ("count_rule", "pre_start_can_fail"),
        pod(PodReboots),
    ),
    Question(
        "init order",
        "Which init container is begun when?",
        MappingProxyType(
            {
                "I1i": "attempts_are_unique_in_a_sandbox",
                "N1": "first_attempts_in_a_sandbox_agree",
                "N2": "a_regular_container_waits_for_all_init_containers",
                "N3": "a_regular_container_waits_where_the_purge_worked",
                "N4": "a_succeeded_init_container_is_not_run_again",
                "N5": "no_init_container_is_created_beside_a_regular_one",
            }
        ),
        ("count_rule", "created_init_is_selected", "init_choice"),
        init(InitContainers),
    ),
    Question(
        "init counts",
        "Which attempts do init containers get?",
        MappingProxyType({"I2i": "attempts_increase", "I2ai": "attempts_never_go_down"}),
        ("count_rule", "created_init_is_selected", "init_choice"),
        init(InitCounts),
    ),
    Question(
        "init starts",
        "Does a pod with init containers come to start?",
        MappingProxyType(
            {
                "I12i": "a_created_init_container_is_started_or_removed",
                "I13i": "the_pod_starts",
                "N6": "the_pod_starts_whatever_the_clock_says",
            }
        ),
        ("count_rule", "created_init_is_selected", "init_choice"),
        init(InitStarts),
    ),
    Question(
        "workers",
        "What may a pod's worker not know of the one before it?",
        MappingProxyType(
            {
                "I1w": "attempts_are_unique",
                "I2w": "attempts_increase",
                "I4w": "at_most_one_runs",
                "I4aw": "none_is_created_beside_a_running_one",
                "W1": "the_live_container_is_not_ignored",
            }
        ),
        ("worker_end",),
        workers,
    ),
    Question(
        "logs",
        "What does it mean that log files outlive their containers?",
        MappingProxyType({"B2": "a_new_life_begins_at_zero"}),
        ("count_rule", "pre_start_can_fail"),
        logs,
    ),
)
