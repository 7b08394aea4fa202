"""One container of one pod, synced again and again: what may be relied on of attempts and instances.

The promises are those that engineers of kubelets and runtimes ask about (unique and increasing attempts, one
running instance, nothing left over); the world that they are judged in is `pod_worker` on its `node`. Which
of them hold in which version, on which runtime and under which policy is told in `README.md` beside this
file; the spec here is the kubelet of 1.20 on containerd with restart policy Always.
"""

from typing import Literal

from fsm import always, finitely, leads_to, sometimes, spec, strong, weak

from .node import PLACES, Node, Phase, Policy, Sandbox
from .pod_worker import PodWorker

Attempt = Literal[0, 1, 2, 3]

CREATIONS = (PodWorker.create, PodWorker.create_under_another_name, Node.late_create_completes)

MEETINGS = (
    PodWorker.create_is_refused,
    PodWorker.create_answers_with_the_holder,
    PodWorker.create_under_another_name,
)

GO_ON = (
    weak(PodWorker.begin_sync, unhealthy=False),
    weak(
        PodWorker.kill, PodWorker.create_sandbox, PodWorker.create, PodWorker.create_is_refused,
        PodWorker.create_answers_with_the_holder, PodWorker.create_under_another_name, PodWorker.pre_start,
        PodWorker.start, PodWorker.start_is_refused, PodWorker.post_start, Node.late_create_completes,
        Node.late_create_is_undone, Node.late_start_ends, Node.collect, Node.collect_exited,
        Node.clock_goes_on,
    ),
    finitely(),
)  # fmt: skip
"""The kubelet, the runtime and time go on, and faults end.

A create that was given up ends some day: one that hangs until the runtime is restarted is not among these
runs (containerd/containerd#4604 tells of such). Whether a container ever exits or fails a probe is its own
business: one that runs on is the usual case.
"""


@spec(
    final={Phase.IDLE},
    folds="instances[0].state",
    findings={
        "attempts_increase": "a wiped runtime gives numbers again (kubernetes/kubernetes#99748)",
        "attempts_never_go_down": "a wiped runtime begins at 0 again (kubernetes/kubernetes#99748)",
        "no_create_meets_its_own_name": "what its caller gave up has the name (containerd/containerd#4604)",
        "at_most_one_runs": "a start that was given up works after all, beside its successor",
        "the_running_container_is_seen": "a clock that was set back hides it (kubernetes/kubernetes#134153)",
        "a_created_container_is_started_or_removed": "it is never taken up, and garbage collection keeps one",
    },
)
class PodSync(PodWorker):
    """One container of one pod, synced again and again."""

    # restart counts

    @always
    def attempts_are_unique_in_a_sandbox(self) -> bool:
        """I1: CRI's `(name, attempt)` is unique in its sandbox."""
        now = [self.instances[place] for place in PLACES if self.instances[place].is_current]
        return len({one.attempt for one in now}) == len(now)

    @always(on=CREATIONS)
    def attempts_increase(self, after: "PodSync") -> bool:
        """I2: each container that comes to be has a higher attempt than the one before it."""
        return self.last is None or (after.last is not None and after.last > self.last)

    @always(on=CREATIONS)
    def attempts_never_go_down(self, after: "PodSync") -> bool:
        """An attempt may be used again, but never a lower one than before."""
        return self.last is None or (after.last is not None and after.last >= self.last)

    # instances

    @always
    def at_most_one_runs(self) -> bool:
        """I4: of one container of one pod at most one instance runs."""
        return sum(self.instances[place].runs for place in PLACES) <= 1

    @always(on=PodWorker.begin_sync)
    def the_running_container_is_seen(self, after: "PodSync") -> bool:
        """I4a: no container is to be created beside one that runs and that nobody is going to stop."""
        if not after.starts or self.sandbox is not Sandbox.READY:  # for a new sandbox all are stopped
            return True
        return not any(self.instances[place].runs and not after.instances[place].held for place in PLACES)

    @always(on=MEETINGS)
    def no_create_meets_its_own_name(self, after: "PodSync") -> bool:
        """I1a: the name that a create asks for belongs to no container that is there, or on its way."""
        return self.sandbox is not Sandbox.READY

    @always(on=CREATIONS)
    def never_creates_once(self, after: "PodSync") -> bool:
        """I9: under restart policy Never at most one container is ever created."""
        return self.POLICY is not Policy.NEVER or self.last is None

    @leads_to(fair=GO_ON)
    def a_created_container_is_started_or_removed(self, attempt: Attempt) -> tuple[bool, bool]:
        """I12: no container stays created for ever once faults end."""
        stays = any(
            self.instances[place].is_created and self.instances[place].attempt == attempt for place in PLACES
        )
        return stays, not stays

    @leads_to(fair=(*GO_ON, strong(PodWorker.create)))
    def a_wanted_container_runs(self) -> tuple[bool, bool]:
        """I13: once faults end, a container that is always wanted comes to run: back-off is not for ever."""
        return self.POLICY is Policy.ALWAYS, any(self.instances[place].runs for place in PLACES)

    # nothing holds for want of examples

    @sometimes
    def two_are_in_one_sandbox(self) -> bool:
        """I1: there are two whose attempts could be the same."""
        return sum(self.instances[place].is_current for place in PLACES) > 1

    @sometimes
    def three_are_listed(self) -> bool:
        """Room is used."""
        return all(self.instances[place].is_there for place in PLACES)

    @sometimes
    def a_second_container_was_created(self) -> bool:
        """There is a later attempt than the first."""
        return self.last is not None and self.last > 0

    @sometimes
    def a_container_runs(self) -> bool:
        """A container runs, and the worker has nothing to do."""
        return self.phase is Phase.IDLE and self.instances[0].runs

    @sometimes
    def a_created_container_is_left(self) -> bool:
        """A container was created that nobody holds any more."""
        return self.phase is Phase.IDLE and any(self.instances[place].is_created for place in PLACES)
