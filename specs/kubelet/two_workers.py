"""One pod, two workers, and a cache between them and the runtime.

A worker reads the cache only if it is newer than the end of its own last sync (`pod_cache`). That keeps one
worker from acting on what it has changed itself. It says nothing of two cases: a worker that is new has no
last sync, so it takes whatever is there; and a cache that is called new without having been filled anew is
no bound at all.

That a static pod comes and goes is no fault here: to write a file is nobody's error. Its uid is a hash of the
manifest, so the same text has the same uid, and the next worker is one of the same pod.

    TwoWorkers_1_21     the worker of a removed pod is forgotten, though its sync may go on; a new one begins
    TwoWorkers_1_36     a new worker begins when the old one has ended, its containers stopped
    LostTermination     as before, and the old one may end without having stopped anything
    EventedPleg         one worker; events fill the cache, and a timer calls it new
    OneWorker           one worker, and the PLEG that lists: nothing is wrong
    BoundWorkers        the same faults, and workers that wait for a cache that was filled after they began

Sources: `removeWorker` of 1.19 to 1.21 (pkg/kubelet/pod_workers.go; that it closes a channel while the sync
goes on is *inferred* to be the cause of #94932); `updateGlobalCache` (pkg/kubelet/pleg/evented.go), which
sets the time of the whole cache every 5 s.
"""

from fsm import action, limit, require, sometimes, spec, var

from .pod_cache import Phase, Pod, Status, Who


@spec(final={Phase.GONE, Phase.IDLE})
class OneWorker(Pod):
    """One worker, and a PLEG that lists: the guard is enough."""

    create_is_refused = None
    start_is_refused = None


class StaticPod(Pod):
    """A pod that comes and goes."""

    @action(sender="operator", receiver="kubelet")
    def pod_goes(self) -> None:
        """Its manifest is removed. The worker is forgotten: it ends with the sync that it is in."""
        require(self.current is not None)
        for who in Who:
            if self.current is who and self.phase[who] is Phase.IDLE:
                self.phase[who] = self.after_the_last_sync()
                self.let_go(who)
        self.current = None

    @sometimes
    def the_cache_is_old(self) -> bool:
        """A worker takes a cache for new that does not have the newest container."""
        current = self.current
        if current is None or not self.fresh[current] or not self.warm:
            return False
        return self.instances[0].is_there and self.cached.attempt != self.instances[0].attempt


SEEN_TWICE = {
    "at_most_one_runs": "#94932: a new worker has no last sync, so it may take a cache for new in which the "
    "container that runs was only created",
    "none_is_created_beside_a_running_one": "#94932, #82512: what was only created is created once more",
    "the_live_container_is_not_ignored": "#82512: the second one finds its port in use and exits again and "
    "again; the newest status is the one that counts",
}
OVERTAKEN = {
    "attempts_increase": "a prediction, by removeWorker (pkg/kubelet/pod_workers.go) of 1.19 to 1.21: a sync "
    "that was overtaken creates with a number whose container was collected meanwhile",
}
LOST = {
    "at_most_one_runs": "a prediction: the race of #112814 and rancher/rke2#1962 is not known. In "
    "managePodLoop (pkg/kubelet/pod_workers.go) of 1.22 and later a new worker has no last sync either, so "
    "whatever ends a worker without syncTerminatingPod brings #94932 back",
    "none_is_created_beside_a_running_one": "a prediction, as for at_most_one_runs",
    "the_live_container_is_not_ignored": "a prediction, as for at_most_one_runs",
}
CALLED_NEW = {
    "at_most_one_runs": "#123087, #127086: the event of a created container has filled the cache, the timer "
    "calls it new, and the event of its start has not come yet",
    "none_is_created_beside_a_running_one": "#120941, #121003: the cache is new by name only",
    "the_live_container_is_not_ignored": "#120941, #120942: the later container exits again and again",
}


@spec(final={Phase.GONE, Phase.IDLE}, findings={**SEEN_TWICE, **OVERTAKEN})
class TwoWorkers_1_21(StaticPod):
    """Kubelets until 1.21: the old worker's sync may go on beside the new worker."""

    to_kill: bool = False  # the pod is handed to the killer

    @action(sender="operator", receiver="kubelet")
    def pod_goes(self) -> None:
        """`HandlePodRemoves`: the worker is forgotten, and the pod is handed to the killer."""
        super().pod_goes()
        self.to_kill = True

    @action(sender="pod killer", receiver="runtime")
    def pod_is_killed(self) -> None:
        """What runs is stopped, whether the pod is back or not."""
        require(self.to_kill)
        self.kill_all()
        self.to_kill = False

    @action(fault=True, sender="node", receiver="kubelet")
    def kubelet_restarts(self) -> None:
        """Nor is anything killed."""
        super().kubelet_restarts()
        self.to_kill = False

    @sometimes
    def both_act(self) -> bool:
        """Two workers are in a sync."""
        return all(phase in {Phase.CREATE, Phase.START} for phase in self.phase.values())


@spec(final={Phase.GONE})
class TwoWorkers_1_36(StaticPod):
    """Kubelets since 1.22: a worker terminates its pod before the next one begins.

    That this is enough is a prediction: it rests on `managePodLoop`, `completeTerminating` and
    `completeTerminated` (pkg/kubelet/pod_workers.go), by which a worker ends only after its pod's containers
    were seen to be stopped.
    """

    start_is_refused = None

    def may_begin(self, who: Who) -> bool:
        """The worker before has ended."""
        return all(phase is Phase.GONE for phase in self.phase.values())

    def after_the_last_sync(self) -> Phase:
        """It is to terminate the pod."""
        return Phase.IDLE

    @action(Phase.IDLE, sender="pod worker", receiver="runtime")
    def terminate(self, who: Who) -> None:
        """`syncTerminatingPod` and `syncTerminatedPod`: all that runs is stopped, then the worker ends."""
        require(self.current is not who)
        self.kill_all()
        self.phase[who] = Phase.GONE
        self.let_go(who)


@spec(final={Phase.GONE}, findings=LOST)
class LostTermination(TwoWorkers_1_36):
    """Kubelets since 1.22, where a worker may end without having terminated its pod."""

    @action(Phase.IDLE, fault=True, sender="pod worker", receiver="kubelet")
    def termination_is_lost(self, who: Who) -> None:
        """The worker ends, and what runs goes on."""
        require(self.current is not who)
        self.phase[who] = Phase.GONE
        self.let_go(who)


@spec(final={Phase.GONE})
class BoundWorkers(LostTermination):
    """What would be enough: no two at once, and a cache that was filled after the worker began."""

    the_cache_is_old = None
    create_is_refused = None

    def is_born_fresh(self) -> bool:
        """It waits for the next relist."""
        return False


@spec(final={Phase.GONE, Phase.IDLE}, findings=CALLED_NEW)
class EventedPleg(Pod):
    """One worker, events that fill the cache, and a timer that calls the whole cache new."""

    start_is_refused = None

    events: tuple[Status, ...] = var(maxlen=3)  # sent and not yet received, oldest first

    def tell(self) -> None:
        """An event with the pod's status, as `GetContainerEvents` sends it."""
        limit(len(self.events) < 3)
        self.events += (Status(self.instances[0].attempt, self.instances[0].state),)

    @action(sender="PLEG", receiver="cache")
    def event_arrives(self) -> None:
        """The cache is filled with the status that the event carries."""
        require(self.events)
        self.cached = self.events[0]
        self.events = self.events[1:]

    @action(sender="PLEG", receiver="cache")
    def cache_is_called_new(self) -> None:
        """`updateGlobalCache`: the time of the whole cache is now. Nothing is looked at."""
        require(self.warm and self.current is not None)
        for who in Who:
            self.fresh[who] = self.current is who

    def fill_cache(self) -> None:
        """The relist that goes on beside it; events that are older are not taken any more."""
        super().fill_cache()
        self.events = ()

    @action(fault=True, sender="node", receiver="kubelet")
    def kubelet_restarts(self) -> None:
        """The stream of events begins anew."""
        super().kubelet_restarts()
        self.events = ()
