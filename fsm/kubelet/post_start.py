"""Step 4 of startContainer: the user's post-start hook, and the kill if it fails.

pkg/kubelet/kuberuntime/kuberuntime_container.go. The event tells what the hook said up to v1.25, and the
error value why it failed up to v1.21; the message of the result always tells.
"""

from .attempt import Attempt, StartResult
from .errors import ERRORS, ErrorValue, PostStartHookError, StartError
from .events import FAILED_POST_START_HOOK, EventType
from .hooks import Hook
from .kill_container import kill_container

__all__ = ["run_post_start_hook"]


def run_post_start_hook(attempt: Attempt, container_id: str) -> StartResult | None:
    """Run the hook in the started container; None if there is none or it succeeds.

    A container whose hook fails is killed; that it could not be is logged, and it runs on.
    """
    if attempt.container.lifecycle.post_start is None:
        return None
    seams = attempt.seams
    message, cause = seams.hooks.run(
        seams.runtime, Hook.POST_START, container_id, attempt.pod, attempt.container
    )
    if cause is None:
        return None
    seams.logger.error("Failed to execute PostStartHook: %s", message)
    told = message if attempt.version.hook_event_tells else "PostStartHook failed"
    attempt.tell(EventType.WARNING, FAILED_POST_START_HOOK, told, container_id)
    try:
        kill_container(attempt, container_id, "FailedPostStartHook")
    except ERRORS as error:
        seams.logger.error("Failed to kill container %s: %s", container_id, error)
    failure: ErrorValue = StartError.POST_START_HOOK
    if attempt.version.hook_error_tells:
        failure = PostStartHookError(f"{StartError.POST_START_HOOK}: {cause}")
    return StartResult(message, failure)
