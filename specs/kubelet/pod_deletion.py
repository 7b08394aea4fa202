"""What a pod goes through that is done, or deleted; and the collector that comes when a container has died.

`pod_worker` tells of a pod that is to run. Here it may end: the kubelet stops the containers, then the
sandbox (recorded of kubelet 1.20.2: `StopContainer`, `StopPodSandbox`), and its garbage collection takes what
is left.

What rests on what. That a sync which goes on when the pod is deleted is carried to its end is *inferred* for
kubelets until 1.21, where `removeWorker` closes the worker's channel and waits for nobody. That garbage
collection takes every dead container of a deleted pod, and then the sandbox, is *inferred*: no recording is
long enough to show it. A pod that comes back under the same uid is not followed.
"""

from typing import ClassVar

from fsm import action, always, leads_to, require, sometimes, spec, weak

from .node import PLACES, Phase, Place, Policy, Sandbox, State
from .pod_sync import GO_ON
from .pod_worker import PodWorker

STOPPABLE = frozenset({State.RUNNING, State.SUCCEEDED, State.FAILED, State.UNKNOWN})


@spec(final={Phase.IDLE})
class PodDeletion(PodWorker):
    """One container of one pod, from its first sync until nothing is left of it."""

    MOST: ClassVar[int] = 1

    deleted: bool = False

    def begin_sync(self, unhealthy: bool) -> None:
        """A deleted pod is synced no more."""
        require(not self.deleted)
        super().begin_sync(unhealthy)

    @action(sender="user", receiver="kubelet")
    def pod_is_deleted(self) -> None:
        """Its file is gone, or the API server says so."""
        require(not self.deleted)
        self.deleted = True

    # the kubelet kills the pod

    @action(sender="kubelet", receiver="runtime")
    def stop_container(self, place: Place) -> None:
        """CRI `StopContainer` for a deleted pod: of one that runs, or did when the kubelet looked."""
        require(self.deleted and self.instances[place].state in STOPPABLE)
        if self.instances[place].state in {State.RUNNING, State.UNKNOWN}:
            self.become(place, State.FAILED)

    @action(fault=True, sender="runtime", receiver="kubelet")
    def stop_container_fails(self, place: Place) -> None:
        """An error, or no answer in time: the container stays as it is, and is stopped again later."""
        require(self.deleted and self.instances[place].state in STOPPABLE)

    @action(sender="kubelet", receiver="runtime")
    def stop_sandbox(self) -> None:
        """CRI `StopPodSandbox`: of a deleted pod, of one that is done, or of one that needs a new sandbox.

        A pod is done when no container is kept and none is to be started (`computePodActions`). A start that
        nobody waits for any more goes on, and ends by itself: measured with containerd 1.6.20, which listed
        such a container as created 0.9 s after its sandbox was stopped, and as exited 1.8 s after it.
        """
        require(self.sandbox is not Sandbox.NONE)
        require(self.deleted or self.sandbox is Sandbox.LOST or self.is_done())
        for place in PLACES:
            if self.ends_with_its_sandbox(self.instances[place]):
                self.become(place, State.FAILED)
        self.sandbox = Sandbox.LOST

    def is_done(self) -> bool:
        """Whether the restart policy asks for nothing more."""
        if self.POLICY is Policy.ALWAYS or self.phase is not Phase.IDLE:
            return False
        return self.instances[0].has_exited and not self.is_wanted(self.instances[0].state, False)

    # garbage collection

    @action(sender="garbage collector", receiver="runtime")
    def stop_unknown(self, place: Place) -> None:
        """A container of unknown state is stopped before it is collected."""
        require(self.instances[place].state is State.UNKNOWN)
        self.become(place, State.FAILED)

    @action(sender="garbage collector", receiver="runtime")
    def remove_container(self, place: Place) -> None:
        """Of a deleted pod no dead container is kept."""
        require(self.deleted and self.instances[place].is_dead)
        self.forget_log(self.instances[place].attempt)
        self.remove(place)

    @action(sender="garbage collector", receiver="runtime")
    def remove_sandbox(self) -> None:
        """The sandbox of a deleted pod goes when it is stopped and holds no container."""
        require(self.deleted and self.sandbox is Sandbox.LOST and not self.instances[0].is_there)
        self.pending = None
        self.sandbox = Sandbox.NONE

    ENDS = (weak(stop_container), weak(stop_sandbox, remove_container, remove_sandbox))

    # promises

    @leads_to(fair=(*GO_ON, *ENDS))
    def nothing_is_left_of_a_deleted_pod(self) -> tuple[bool, bool]:
        """Once faults end, its containers and its sandbox go."""
        return self.deleted, not self.instances[0].is_there and self.sandbox is not Sandbox.READY

    @always(on=(PodWorker.begin_sync,))
    def nothing_is_decided_for_a_deleted_pod(self, after: "PodDeletion") -> bool:
        """No sync begins once the pod is deleted."""
        return not self.deleted

    @sometimes
    def a_deleted_pod_still_gets_a_container(self) -> bool:
        """A sync that went on when its pod was deleted creates one all the same."""
        return self.deleted and self.phase is Phase.PRE_START

    @sometimes
    def everything_is_gone(self) -> bool:
        """A pod that ran has left nothing behind."""
        gone = self.sandbox is Sandbox.NONE and not self.instances[0].is_there
        return self.deleted and self.last is not None and gone
