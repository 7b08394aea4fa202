"""What the events of a container say, and what they leave out, in the pod's worker.

Which event is emitted is decided inside `startContainer` (see `start_container`); here it is asked what the
world makes of it: containers that no event ever told of, events about containers that are gone, hooks that
were never run. Emitted is meant, not delivered: for that see `event_delivery`.
"""

from fsm import always, sometimes, spec

from .node import PLACES, Node, Phase
from .pod_worker import PodWorker


@spec(
    final={Phase.IDLE},
    findings={
        "created_names_a_container": "nobody looks again between the create and the event",
        "every_container_was_announced": "a create whose reply was lost is told of by no event",
        "a_failed_hook_leaves_nothing_running": "that the kill fails as well is only logged",
        "no_hook_is_left_out": "a start whose reply was lost has no hook (kubernetes/kubernetes#60053)",
    },
)
class PodEvents(PodWorker):
    """One container of one pod with a hook; each instance knows whether `Created` was sent for it."""

    MOST = 1  # what is said of one container does not depend on how many there were
    EVENTS = True
    HOOK = True
    REMEMBERS = False

    @always(on=PodWorker.start)
    def started_follows_created(self, after: "PodEvents") -> bool:
        """I5: `Started` is sent for a container for which `Created` was sent before."""
        return any(self.instances[place].held and self.instances[place].announced for place in PLACES)

    @always(on=PodWorker.pre_start)
    def created_names_a_container(self, after: "PodEvents") -> bool:
        """I6: when `Created` is sent, the container is there (and its pre-start hook has passed)."""
        return self.held() is not None

    @always
    def every_container_was_announced(self) -> bool:
        """I7: between syncs, every container in the runtime is one that `Created` was sent for."""
        if self.phase is not Phase.IDLE:
            return True
        return all(self.instances[place].announced or not self.instances[place].is_there for place in PLACES)

    @always(on=PodWorker.post_start_fails)
    def a_failed_hook_leaves_nothing_running(self, after: "PodEvents") -> bool:
        """I10: after a failed post-start hook the container does not run."""
        return not any(self.instances[place].held and after.instances[place].runs for place in PLACES)

    @always(on=(PodWorker.start_reply_is_lost, PodWorker.kubelet_restarts, Node.late_start_ends))
    def no_hook_is_left_out(self, after: "PodEvents") -> bool:
        """A container that runs on has had its post-start hook."""
        if any(self.instances[place].is_starting and after.instances[place].runs for place in PLACES):
            return False
        held = [place for place in PLACES if self.instances[place].held]
        begun = self.phase is Phase.POST_START or (self.phase is Phase.START and after.phase is Phase.IDLE)
        return not begun or not any(after.instances[place].runs for place in held)

    @sometimes
    def an_announced_container_runs(self) -> bool:
        """`Created`, then `Started`."""
        return any(self.instances[place].runs and self.instances[place].announced for place in PLACES)

    @sometimes
    def a_hook_is_due(self) -> bool:
        """A container runs whose hook comes next."""
        return self.phase is Phase.POST_START and self.held() is not None
