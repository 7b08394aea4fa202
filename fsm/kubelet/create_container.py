"""Step 2 of startContainer: the container is created, and its internal hooks pass.

pkg/kubelet/kuberuntime/kuberuntime_container.go. The order, with what a `Version` has of it:

    reference (stored) → restart count → target → configuration → actuated resources → pre-create hook
    → CreateContainer → pre-start hook → event `Created` → SetRef (stored)

What a way out leaves behind stays: nothing here undoes a step, except that a cleanup which the
configuration owes runs when the whole attempt returns, success included. A failed reference stops
nothing; it only means that no reference is stored.
"""

from contextlib import ExitStack
from typing import NamedTuple, Protocol

from .attempt import Attempt, StartResult
from .errors import ERRORS, RuntimeReplyError, StartError, status_message
from .events import (
    CREATED_CONTAINER,
    FAILED_TO_CREATE_CONTAINER,
    FAILED_TO_START_CONTAINER,
    EventType,
)
from .go_text import quote
from .log_directory import restart_count_from_logs
from .messages import ContainerConfig, PodSandboxConfig
from .pod import Pod
from .sandbox_config import container_logs_directory
from .seams import Seams
from .status import PodStatus
from .target import StartSpec
from .version import ReferenceRule

__all__ = ["CreateContainer", "CreatedContainer", "create", "create_container"]


class CreateContainer(Protocol):
    """`create_container` or something in its place."""

    def __call__(
        self,
        seams: Seams,
        pod_sandbox_id: str,
        pod_sandbox_config: PodSandboxConfig,
        spec: StartSpec,
        pod: Pod,
        pod_status: PodStatus,
        image_ref: str,
    ) -> StartResult:
        """Create the container of `spec` in the sandbox."""


def create_container(
    seams: Seams,
    pod_sandbox_id: str,
    pod_sandbox_config: PodSandboxConfig,
    spec: StartSpec,
    pod: Pod,
    pod_status: PodStatus,
    image_ref: str,
) -> StartResult:
    """Step 2 alone: create the container of `spec` in the sandbox, and do not start it.

    `image_ref` is the image id that step 1 made present, `pod_status` the snapshot to count from. Every
    call creates anew: nothing is looked up, adopted or removed. Seams may raise what `ERRORS` names;
    anything else passes through, after the cleanup.
    """
    attempt = Attempt(seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status)
    with ExitStack() as deferred:
        created = create(attempt, image_ref, deferred)
        return created if isinstance(created, StartResult) else StartResult("", None)


class CreatedContainer(NamedTuple):
    """A container that exists and whose hooks have passed, and what it was created from."""

    id: str
    config: ContainerConfig


def create(attempt: Attempt, image_ref: str, deferred: ExitStack) -> CreatedContainer | StartResult:
    """Step 2 of an attempt; `deferred` takes the cleanup that is owed when the attempt returns."""
    seams, version, pod, container = attempt.seams, attempt.version, attempt.pod, attempt.container

    reference = attempt.reference() if version.reference is ReferenceRule.STORED else None
    restart_count = next_restart_count(attempt)

    target_id = None
    if version.target:
        try:
            target_id = seams.get_target_id(attempt.spec, attempt.pod_status)
        except ERRORS as error:
            target_text = status_message(error)
            attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {target_text}")
            return StartResult(target_text, StartError.CREATE_CONTAINER_CONFIG)

    config, cleanup, config_error = seams.generate_config(container, pod, restart_count, image_ref, target_id)
    if cleanup is not None:
        deferred.callback(cleanup)
    if config is None:
        config_text = "" if config_error is None else status_message(config_error)
        attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {config_text}")
        return StartResult(config_text, StartError.CREATE_CONTAINER_CONFIG)

    if version.actuated_resources:
        try:
            seams.set_actuated_resources(pod, container)
        except ERRORS as error:
            resources_text = str(error)
            attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {resources_text}")
            return StartResult(resources_text, StartError.CREATE_CONTAINER_CONFIG)

    if version.pre_create:
        try:
            config = seams.internal_lifecycle.pre_create_container(pod, container, config)
        except ERRORS as error:
            refusal = status_message(error)
            attempt.tell(
                EventType.WARNING,
                FAILED_TO_CREATE_CONTAINER,
                f"Internal PreCreateContainer hook failed: {refusal}",
            )
            return StartResult(refusal, StartError.PRE_CREATE_HOOK)

    try:
        container_id = seams.runtime.create_container(
            attempt.pod_sandbox_id, config, attempt.pod_sandbox_config
        )
        if not container_id:  # the container exists all the same, and the kubelet forgets it
            raise RuntimeReplyError(f"ContainerId is not set for container {quote(container.name)}")
    except ERRORS as error:
        create_text = status_message(error)
        # There is no id to pass, so ids that the runtime quotes stay in the event.
        attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {create_text}")
        return StartResult(create_text, StartError.CREATE_CONTAINER)

    try:
        seams.internal_lifecycle.pre_start_container(pod, container, container_id)
    except ERRORS as error:
        hook_text = status_message(error)
        attempt.tell(
            EventType.WARNING,
            FAILED_TO_START_CONTAINER,
            f"Internal PreStartContainer hook failed: {hook_text}",
            container_id,
        )
        return StartResult(hook_text, StartError.PRE_START_HOOK)

    created = version.created.format(name=container.name)
    attempt.tell(EventType.NORMAL, CREATED_CONTAINER, created, container_id)
    if reference is not None:
        seams.ref_manager.set_ref(container_id, reference)
    return CreatedContainer(container_id, config)


def next_restart_count(attempt: Attempt) -> int:
    """The newest visible predecessor's count plus one; without any, what the version's rule finds."""
    status = attempt.pod_status.find_container_status_by_name(attempt.container.name)
    if status is not None:
        return status.restart_count + 1
    directory = container_logs_directory(attempt.pod, attempt.container.name)
    return restart_count_from_logs(
        attempt.seams.files, directory, attempt.version.count_rule, attempt.seams.logger
    )
