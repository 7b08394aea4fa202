"""What `startContainer` does, step by step, and the world that it does it in; one call after the other.

Theory. A version is a constant of the class (`versions`), and says which phases a call goes through: its
route (`start_phases`). A step is taken where the route leads to the phase that it makes; where the route does
not, the version has no such action. Whatever the world does is a choice: an argument where it is harmless, a
fault where something goes wrong.

    start_call      the variables, and how a call ends
    start_image     the runtime handler, the reference, the image
    start_create    the restart count, the config, the hooks, the container
    start_run       start, the link to the log, the post-start hook
    here            what comes after a call, and the next one

The world: the restart count of the newest container of that name, the number that the log directory would
give, and whether the pull of the image backs off. A log file is made when the container is started, as
containerd does. Not modelled: back-off of restarts, garbage collection, events on their way.
"""

from fsm import action, limit, require

from .container_creation import Cleanup, Kind, Target
from .start_call import Container
from .start_events import Error, Text
from .start_phases import Phase
from .start_run import Run


class Steps(Run):
    """All variables and actions; `start_container` makes specs of them, one for each version."""

    @action(Phase.SUCCEEDED, Phase.FAILED, sender="container", receiver="runtime")
    def container_exits(self) -> None:
        """The process ends, sooner or later."""
        require(self.container is Container.RUNNING)
        self.container = Container.EXITED

    @action(Phase.SUCCEEDED, Phase.FAILED, sender="pod worker", receiver="kubelet")
    def next_sync(self) -> None:
        """The container is wanted again: a new snapshot of the status, a new call.

        A container that runs is kept, one that was created or has exited is not taken up; an ephemeral one
        is only ever begun while it has no status (`computePodActions`,
        `pkg/kubelet/kuberuntime/kuberuntime_manager.go`). The restart policy is Always.
        """
        require(self.container is not Container.RUNNING)
        self.begin()

    @action(Phase.SUCCEEDED, Phase.FAILED, fault=True, sender="runtime", receiver="kubelet")
    def next_sync_finds_nothing(self) -> None:
        """The node was rebooted and the runtime's containers are gone; the log files are still there."""
        require(self.newest is not None)
        self.newest = None
        self.begin()

    def begin(self) -> None:
        """A call begins with what the snapshot shows."""
        require(self.kind is Kind.REGULAR or self.newest is None)
        self.status_seen = self.newest
        limit(self.count() <= self.MOST)
        self.ref_made = self.ref_stored = False
        self.target = None if self.VERSION.target_id else Target.NOT_ASKED
        self.cleanup = Cleanup.NONE
        self.container = Container.NONE
        self.log = False
        self.link = None
        self.error, self.text = Error.NONE, Text.NONE
        self.events = ()
        self.phase = Phase.PENDING
