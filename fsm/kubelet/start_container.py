"""startContainer: the image is ensured, the container created and started, its post-start hook run.

pkg/kubelet/kuberuntime/kuberuntime_container.go, v1.17 to v1.36. The steps, each in a file of its own:

    0   the runtime handler is looked up (v1.29, behind a gate)
    1   the image                   `image_puller`
    2   the container is created    `create_container`
    3   it is started               `run_container`
    4   its post-start hook         `post_start`

A way out leaves behind what was done before it: nobody removes a container here. What a version has
of this is in `version`.
"""

from contextlib import ExitStack
from typing import Protocol

from .attempt import Attempt, StartResult
from .create_container import create
from .errors import ERRORS
from .events import FAILED_TO_CREATE_CONTAINER, EventType
from .image_puller import ensure_image_exists
from .messages import PodSandboxConfig
from .pod import Pod
from .post_start import run_post_start_hook
from .run_container import run
from .seams import Seams
from .status import PodStatus
from .target import StartSpec
from .version import HandlerRule, ReferenceRule

__all__ = ["StartContainer", "start_container"]


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
    ) -> StartResult:
        """Start the container of `spec` in the sandbox."""


def start_container(
    seams: Seams,
    pod_sandbox_id: str,
    pod_sandbox_config: PodSandboxConfig,
    spec: StartSpec,
    pod: Pod,
    pod_status: PodStatus,
) -> StartResult:
    """Start the container of `spec` in the sandbox, from the snapshot `pod_status`.

    Every call creates anew: nothing is looked up, adopted or removed. Seams may raise what `ERRORS`
    names; anything else passes through, after the cleanup.
    """
    attempt = Attempt(seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status)
    with ExitStack() as deferred:
        image = _ensure_image(attempt)
        if isinstance(image, StartResult):
            return image
        created = create(attempt, image, deferred)
        if isinstance(created, StartResult):
            return created
        return run(attempt, created) or run_post_start_hook(attempt, created.id) or StartResult("", None)


def _ensure_image(attempt: Attempt) -> str | StartResult:
    """Steps 0 and 1: the id of the image. A failure is told twice: by the puller, and here."""
    handler = _runtime_handler(attempt)
    if isinstance(handler, StartResult):
        return handler
    reference = attempt.reference() if attempt.version.reference is ReferenceRule.FOR_IMAGE else None
    image_ref, message, error = ensure_image_exists(attempt, reference, handler)
    if error is not None:
        attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {error}")
        return StartResult(message, error)
    return image_ref


def _runtime_handler(attempt: Attempt) -> str | StartResult:
    """Step 0: the runtime handler, empty where it is not looked up. A failure is told by no event."""
    rule, name = attempt.version.handler, attempt.pod.runtime_class_name
    gate = attempt.seams.gates.runtime_class_in_image_cri_api
    if rule is HandlerRule.NONE or not gate or not name:
        return ""
    try:
        return attempt.seams.lookup_runtime_handler(name)
    except ERRORS as error:
        text = f"Failed to lookup runtimeHandler for runtimeClassName {name}"
        return StartResult(text if rule is HandlerRule.WITH_TEXT else "", error)
