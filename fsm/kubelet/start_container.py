"""Creating a container: step 2 of startContainer, with every way out of it.

pkg/kubelet/kuberuntime/kuberuntime_container.go, v1.18.6. The order:

    reference → restart count → target → configuration → CreateContainer → pre-start hook
    → event `Created` → SetRef

What a way out leaves behind stays: nothing here undoes a step, except that a cleanup which the
configuration owes runs on every later way out, success included. A failed reference stops nothing;
it only means that no reference is stored.
"""

from contextlib import ExitStack
from typing import NamedTuple, Protocol

from .errors import ERRORS, StartError, status_message
from .events import (
    CREATED_CONTAINER,
    FAILED_TO_CREATE_CONTAINER,
    FAILED_TO_START_CONTAINER,
    EventType,
)
from .messages import PodSandboxConfig
from .pod import Pod, pod_text
from .seams import Seams
from .status import PodStatus
from .target import StartSpec

__all__ = ["StartContainer", "StartResult", "start_container"]


class StartResult(NamedTuple):
    """What an attempt returns: `("", None)` for success, else a text and an error value."""

    message: str
    error: StartError | None


class StartContainer(Protocol):
    """`start_container` or something in its place."""

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


def start_container(
    seams: Seams,
    pod_sandbox_id: str,
    pod_sandbox_config: PodSandboxConfig,
    spec: StartSpec,
    pod: Pod,
    pod_status: PodStatus,
    image_ref: str,
) -> StartResult:
    """Create the container of `spec` in the sandbox, from the snapshot `pod_status`.

    `image_ref` is the image id that step 1 made present. Every call creates anew: nothing is
    looked up, adopted or removed. Seams may raise what `ERRORS` names; anything else passes
    through, after the cleanup.
    """
    container = spec.container
    events = seams.events
    with ExitStack() as deferred:
        reference = None
        try:
            reference = seams.make_reference(pod, container)
        except ERRORS as error:
            seams.logger.error(
                "Can't make a ref to pod %s, container %s: %s",
                pod_text(pod),
                container.name,
                error,
            )
        seams.logger.debug("Generating ref for container %s: %s", container.name, reference)

        restart_count = 0
        status = pod_status.find_container_status_by_name(container.name)
        if status is not None:
            restart_count = status.restart_count + 1

        try:
            target_id = seams.get_target_id(spec, pod_status)
        except ERRORS as error:
            target_text = status_message(error)
            events.record(
                pod,
                container,
                "",
                EventType.WARNING,
                FAILED_TO_CREATE_CONTAINER,
                f"Error: {target_text}",
            )
            return StartResult(target_text, StartError.CREATE_CONTAINER_CONFIG)

        config, cleanup, config_error = seams.generate_config(
            container, pod, restart_count, image_ref, target_id
        )
        if cleanup is not None:
            deferred.callback(cleanup)
        if config_error is not None:
            config_text = status_message(config_error)
            events.record(
                pod,
                container,
                "",
                EventType.WARNING,
                FAILED_TO_CREATE_CONTAINER,
                f"Error: {config_text}",
            )
            return StartResult(config_text, StartError.CREATE_CONTAINER_CONFIG)

        try:
            container_id = seams.runtime.create_container(pod_sandbox_id, config, pod_sandbox_config)
        except ERRORS as error:
            create_text = status_message(error)
            # There is no id to pass, so ids that the runtime quotes stay in the event.
            events.record(
                pod,
                container,
                "",
                EventType.WARNING,
                FAILED_TO_CREATE_CONTAINER,
                f"Error: {create_text}",
            )
            return StartResult(create_text, StartError.CREATE_CONTAINER)

        try:
            seams.internal_lifecycle.pre_start_container(pod, container, container_id)
        except ERRORS as error:
            hook_text = status_message(error)
            events.record(
                pod,
                container,
                container_id,
                EventType.WARNING,
                FAILED_TO_START_CONTAINER,
                f"Internal PreStartContainer hook failed: {hook_text}",
            )
            return StartResult(hook_text, StartError.PRE_START_HOOK)

        events.record(
            pod,
            container,
            container_id,
            EventType.NORMAL,
            CREATED_CONTAINER,
            f"Created container {container.name}",
        )
        if reference is not None:
            seams.ref_manager.set_ref(container_id, reference)
        return StartResult("", None)
