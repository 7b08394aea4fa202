"""What differs between versions of the kubelet: a version is a value.

A `Version` says by which mechanism each thing is done. One table holds them all: a row shows what differs
from the row before, and nothing else. A row holds from its version on until the next row; where the exact
patch release is not known, the row begins with the minor version whose source was read.

Sources are the trees of `pkg/kubelet/` that each row names. 1.16 was not read, nor anything after 1.36.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any


class HandlerLookUp(Enum):
    """Step 0, behind the gate `RuntimeClassInImageCriAPI`: what a failed look-up returns beside its error."""

    NONE = "there is no look-up"
    TELLS = "a text"
    IS_SILENT = "an empty text"


class ReferenceUse(Enum):
    """What `GenerateContainerRef` in `startContainer` is made for."""

    NONE = "it is not made"
    STORED = "the map of references, after the image"
    FOR_PULLER = "the image puller alone, before the image"


class CountRule(Enum):
    """The restart count of a container that has no status; with one it is always the status' count + 1."""

    STATUS = "0"
    LOG_DIRECTORY_KEEPS = "by the log files; on an error what was found so far"
    LOG_DIRECTORY_RESETS = "by the log files; on an error 0"


class PulledText(Enum):
    """The text of the event of a pulled image."""

    DURATION = 'Successfully pulled image "IMAGE" in TIME'
    WAITING = 'Successfully pulled image "IMAGE" in TIME (TIME including waiting)'
    SIZE = 'Successfully pulled image "IMAGE" in TIME (TIME including waiting). Image size: SIZE bytes.'


class BackOffText(Enum):
    """What is returned beside `ImagePullBackOff`; the event is always the plain one."""

    PLAIN = 'Back-off pulling image "IMAGE"'
    TELLS_WHY = 'Back-off pulling image "IMAGE" (and why the last pull failed)'


class CreatedText(Enum):
    """The text of the event of a created container."""

    NAMED = "Created container NAME"
    COLON = "Created container: NAME"
    BARE = "Container created"


class StartedText(Enum):
    """The text of the event of a started container."""

    NAMED = "Started container NAME"
    BARE = "Container started"


class HookText(Enum):
    """The text of the event of a failed post-start hook."""

    DETAILED = "(what the hook said)"
    FIXED = "PostStartHook failed"


class HookError(Enum):
    """The error value of a failed post-start hook; it becomes `state.waiting.reason`."""

    DETAILED = "PostStartHookError: (why the hook failed)"
    BARE = "PostStartHookError"


class ApiCountRule(Enum):
    """`ContainerStatus.restartCount` in the API, where it is not just the count of the runtime's status."""

    RUNTIME = "with no status the old count stays"
    UNKNOWN_ADDS = "a running container whose state became unknown adds 1"
    LOST_ADDS = "so does one that is gone from the runtime, unless its pod is being deleted"
    MONOTONE = "and it never goes down: the greater of the old count and the runtime's"


class Requeue(Enum):
    """When a pod is synced again if all that went wrong is that a container backs off."""

    ERROR = "as after an error, some 10 s later: the rule for back-off never applies"
    EXPIRY = "when the back-off expires, a minute later at most"


class InitChoice(Enum):
    """Which init container is next, and when none of them is looked at any more (`computePodActions`)."""

    FAILED_FIRST = "the last failed one, else the first that has not succeeded"
    UNLESS_RUNNING = "the same, unless the regular container runs"
    BACKWARD = "the one after the last that succeeded, unless the regular container runs or was created"


class WorkerEnd(Enum):
    """How the worker of a pod ends (`pkg/kubelet/pod_workers.go`)."""

    FORGOTTEN = "it is forgotten when its pod is removed, and its last sync goes on"
    TERMINATION = "it has terminated its pod before the next worker begins"


class Delivery(Enum):
    """How an event gets from the recorder to the API server (client-go `tools/record`)."""

    GOROUTINES = "each on its own: the order may change"
    FIFO = "through a queue of 1000: in order; dropped when it is full"


@dataclass(frozen=True)
class Version:
    """The mechanisms of one version, in the order in which `startContainer` comes to them.

    Args:
        name: the version that the row begins with, such as "1.18".
        handler_look_up: whether step 0 looks for the runtime handler, and what its failure returns.
        reference: what a reference to the container is made for.
        pulled_text: how the event of a pulled image reads.
        back_off_text: what is returned while pulls of the image back off.
        count_rule: the restart count of a container without a status.
        target_id: whether an ephemeral container may ask for the PID namespace of another one.
        actuated_resources: whether the resources are written to a checkpoint before the container is created.
        pre_create: whether there is a hook between the config and the CRI call.
        pre_start_can_fail: whether the hook of Linux between create and start can fail: until the CPU manager
            moved into `PreCreateContainer` (`pkg/kubelet/cm/internal_container_lifecycle.go`).
        created_text, started_text: how the two events of a success read.
        hook_text, hook_error: how a failed post-start hook is told, and what is returned for it.
        api_count_rule: the restart count that the API shows (`convertToAPIContainerStatuses`,
            `pkg/kubelet/kubelet_pods.go`).
        created_init_is_selected: whether an init container that was created and never started is begun
            again (`computePodActions`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
        init_choice: which init container is next (kubernetes/kubernetes#96572 in 1.21).
        worker_end: how the worker of a pod ends.
        requeue: when a pod whose container backs off is synced again (kubernetes/kubernetes#123602).
        delivery: how events reach the API server.
    """

    name: str
    handler_look_up: HandlerLookUp
    reference: ReferenceUse
    pulled_text: PulledText
    back_off_text: BackOffText
    count_rule: CountRule
    target_id: bool
    actuated_resources: bool
    pre_create: bool
    pre_start_can_fail: bool
    created_text: CreatedText
    started_text: StartedText
    hook_text: HookText
    hook_error: HookError
    api_count_rule: ApiCountRule
    created_init_is_selected: bool
    init_choice: InitChoice
    worker_end: WorkerEnd
    requeue: Requeue
    delivery: Delivery

    def __str__(self) -> str:
        return self.name


OLDEST = Version(
    name="1.17",  # v1.17.1
    handler_look_up=HandlerLookUp.NONE,
    reference=ReferenceUse.STORED,
    pulled_text=PulledText.DURATION,
    back_off_text=BackOffText.PLAIN,
    count_rule=CountRule.STATUS,
    target_id=False,
    actuated_resources=False,
    pre_create=False,
    pre_start_can_fail=True,
    created_text=CreatedText.NAMED,
    started_text=StartedText.NAMED,
    hook_text=HookText.DETAILED,
    hook_error=HookError.DETAILED,
    api_count_rule=ApiCountRule.RUNTIME,
    created_init_is_selected=True,
    init_choice=InitChoice.FAILED_FIRST,
    worker_end=WorkerEnd.FORGOTTEN,
    requeue=Requeue.ERROR,
    delivery=Delivery.GOROUTINES,
)

CHANGES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # v1.18.6: ephemeral containers get a target
        "1.18": {"target_id": True},
        # v1.19.3, kubernetes/kubernetes#85225: the map of references is removed
        "1.19": {"reference": ReferenceUse.NONE},
        # v1.20.4: `startContainer` is that of 1.19
        "1.20": {"api_count_rule": ApiCountRule.UNKNOWN_ADDS},
        # v1.21.4, kubernetes/kubernetes#98019 and #96572; how the API counts in 1.21 was not read
        "1.21": {
            "pre_create": True,
            "pre_start_can_fail": False,
            "init_choice": InitChoice.UNLESS_RUNNING,
            "delivery": Delivery.FIFO,
        },
        # kubernetes/kubernetes#105614, the cherry-pick of #99748
        "1.21.6": {"count_rule": CountRule.LOG_DIRECTORY_KEEPS},
        # v1.22.6, the API's count in v1.22.17
        "1.22": {
            "hook_error": HookError.BARE,
            "api_count_rule": ApiCountRule.LOST_ADDS,
            "worker_end": WorkerEnd.TERMINATION,
        },
        # v1.25.10
        "1.25": {"pulled_text": PulledText.WAITING},
        # v1.26.15
        "1.26": {"hook_text": HookText.FIXED},
        # v1.27.15, kubernetes/kubernetes#115273
        "1.27": {"count_rule": CountRule.LOG_DIRECTORY_RESETS},
        # v1.28.0
        "1.28": {"created_init_is_selected": False, "init_choice": InitChoice.BACKWARD},
        # v1.29.6
        "1.29": {"handler_look_up": HandlerLookUp.TELLS},
        # v1.30.7, kubernetes/kubernetes#126543
        "1.30": {"pulled_text": PulledText.SIZE, "created_init_is_selected": True},
        # v1.31.12
        "1.31": {
            "handler_look_up": HandlerLookUp.IS_SILENT,
            "reference": ReferenceUse.FOR_PULLER,
            "created_text": CreatedText.COLON,
        },
        # v1.32.10
        "1.32": {"back_off_text": BackOffText.TELLS_WHY},
        # v1.33.13
        "1.33": {"actuated_resources": True},
        # v1.34.9, kubernetes/kubernetes#133066
        "1.34": {"requeue": Requeue.EXPIRY},
        # v1.35.6, kubernetes/kubernetes#134043
        "1.35": {"created_text": CreatedText.BARE, "started_text": StartedText.BARE},
        # v1.36.2: the gate `RestartAllContainersOnContainerExits` is on by default
        "1.36": {"api_count_rule": ApiCountRule.MONOTONE},
    }
)

ERAS = ("1.17", "1.18", "1.19", "1.21", "1.22", "1.26", "1.27", "1.29", "1.31", "1.33", "1.35")
"""The versions in which `startContainer` itself became another one."""

NEWEST = (1, 36)


def _table() -> tuple[Version, ...]:
    rows = [OLDEST]
    for name, changes in CHANGES.items():
        rows.append(replace(rows[-1], name=name, **changes))
    return tuple(rows)


VERSIONS = _table()


def numbers(name: str) -> tuple[int, ...]:
    """The parts of a version's name.

    >>> numbers("v1.21.6")
    (1, 21, 6)
    """
    found = re.fullmatch(r"v?([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?", name)
    if found is None:
        raise ValueError(f"{name!r} is no version of Kubernetes: write it as '1.21' or '1.21.6'")
    return tuple(int(part) for part in found.groups() if part is not None)


@cache
def version(name: str) -> Version:
    """The mechanisms of a version of the kubelet.

    Args:
        name: minor version, with or without a patch release: "1.20", "v1.21.6". Without one the first
            release of the minor version is meant.

    Returns:
        The row of the table that holds for it.

    Raises:
        ValueError: if it is no version, or one that was not read.

    >>> version("1.20").pre_create, version("1.23").name
    (False, '1.22')
    >>> version("1.21.5").count_rule.name, version("1.21.6").count_rule.name
    ('STATUS', 'LOG_DIRECTORY_KEEPS')
    """
    asked = numbers(name)
    if not numbers(OLDEST.name) <= asked or asked[:2] > NEWEST:
        newest = ".".join(map(str, NEWEST))
        raise ValueError(
            f"version {name} is not known: the kubelet was read from {OLDEST.name} to {newest}; "
            "name one of these"
        )
    return [one for one in VERSIONS if numbers(one.name) <= asked][-1]


def era_of(name: str) -> str:
    """The era of `startContainer` that a version belongs to.

    >>> era_of("1.20"), era_of("1.36.2")
    ('1.19', '1.35')
    """
    found = numbers(version(name).name)
    return [era for era in ERAS if numbers(era) <= found][-1]
