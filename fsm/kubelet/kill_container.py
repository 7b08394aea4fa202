"""Killing a container: the event, the user's hook, StopContainer.

`killContainer` in pkg/kubelet/kuberuntime/kuberuntime_container.go, as startContainer calls it. *Inferred*
and not read: that a failed hook stops nothing, what its event says, and how the grace period is counted
(the deletion's or else the pod's, less what the hook took, and never under 2 s).
"""

from .attempt import Attempt
from .events import FAILED_PRE_STOP_HOOK, KILLING_CONTAINER, EventType
from .hooks import Hook
from .version import ReferenceRule

__all__ = ["kill_container"]

_LEAST_GRACE = 2
_SECOND = 1_000_000_000


def kill_container(attempt: Attempt, container_id: str, message: str) -> None:
    """Kill the attempt's container; `message` is what the event says.

    Raises what StopContainer answers. A stored reference is forgotten in either case.
    """
    seams = attempt.seams
    attempt.tell(EventType.NORMAL, KILLING_CONTAINER, message, container_id)
    grace = _grace(attempt)
    if attempt.container.lifecycle.pre_stop is not None and grace > 0:
        grace -= _run_pre_stop_hook(attempt, container_id)
    grace = max(grace, _LEAST_GRACE)
    seams.logger.info("Killing container %s with a %s second grace period", container_id, grace)
    try:
        seams.runtime.stop_container(container_id, grace)
    finally:
        if attempt.version.reference is ReferenceRule.STORED:
            seams.ref_manager.clear_ref(container_id)


def _grace(attempt: Attempt) -> int:
    pod = attempt.pod
    if pod.deletion_grace_period_seconds is not None:
        return pod.deletion_grace_period_seconds
    if pod.termination_grace_period_seconds is not None:
        return pod.termination_grace_period_seconds
    return _LEAST_GRACE


def _run_pre_stop_hook(attempt: Attempt, container_id: str) -> int:
    """Run the hook; the whole seconds that it took."""
    seams = attempt.seams
    began = seams.clock()
    message, error = seams.hooks.run(
        seams.runtime, Hook.PRE_STOP, container_id, attempt.pod, attempt.container
    )
    if error is not None:
        told = message if attempt.version.hook_event_tells else "PreStopHook failed"
        attempt.tell(EventType.WARNING, FAILED_PRE_STOP_HOOK, told, container_id)
    return (seams.clock() - began) // _SECOND
