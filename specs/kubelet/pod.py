"""A pod's container as its calls show it: the world of `pod_deletion`, with what a call says of each step.

A CRI call says which attempt it is about, or which container. So here the steps of the worker and of the
collector take that as an argument; and since lists are calls, too, the kubelet decides on what they have
shown: nothing is begun between an exit and the next `relist`. Nothing else is changed: every behaviour is one
of `PodDeletion`. Recordings are followed through it (`pod_recording`), and what they might have shown instead
is named with these arguments: `create(attempt=1)`, `remove_container(place=2)`.

    CRI                          here
    RunPodSandbox                create_sandbox; create_sandbox_fails, create_sandbox_leaves_one(ready)
    CreateContainer              create(attempt); create_call_fails(attempt), create_times_out(attempt)
    StartContainer               start(place), or one of its failures
    ExecSync, of a hook          post_start(place); post_start_fails(place, killed), seen by what follows
    StopContainer                kill(place), stop_container(place), stop_unknown(place);
                                 or the end of post_start_fails
    StopPodSandbox               stop_sandbox
    RemoveContainer              collect(place), collect_exited(place), remove_container(place)
    RemovePodSandbox             remove_sandbox
    ListContainers               relist; so is ContainerStatus, which completes it
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, Literal

from fsm import action, always, initial, one_of, require, sometimes, spec, var

from .node import NOTHING, PLACES, Instance, Phase, Place, Policy, Sandbox, State
from .pod_deletion import PodDeletion

Count = Literal[0, 1, 2, 3, 4, 5, 6, 7]
ABOUT_TO = frozenset({Phase.SANDBOX, Phase.CREATE})
HIGHEST = 7  # the highest attempt that can be written down


@spec(final={Phase.IDLE})
class Pod(PodDeletion):
    """One container of one pod, with the calls that are made about it."""

    MOST: ClassVar[int] = 1

    unseen: bool = False  # something has changed by itself that no list has shown so far

    @action(sender="kubelet", receiver="runtime")
    def relist(self) -> None:
        """The kubelet learns what there is."""
        self.unseen = False

    def begin_sync(self, unhealthy: bool) -> None:
        """The worker decides on what was listed; what has changed since, it does not know."""
        require(not self.unseen)
        super().begin_sync(unhealthy)

    def collect(self, place: Place) -> None:
        """The collector, too, knows what was listed."""
        require(not self.unseen)
        super().collect(place)

    def collect_exited(self, place: Place) -> None:
        """As `collect`, after a container was seen to have died."""
        require(not self.unseen)
        super().collect_exited(place)

    def exits(self, place: Place, ok: bool) -> None:
        """A container's process ends; the kubelet is not told."""
        super().exits(place, ok)
        self.unseen = True

    def late_create_completes(self) -> None:
        """A container comes to be that nobody waits for."""
        super().late_create_completes()
        self.unseen = True

    def late_start_ends(self, place: Place, running: bool) -> None:
        """A start that nobody waits for ends."""
        super().late_start_ends(place, running)
        self.unseen = True

    def runtime_restarts(self, unreadable: bool, started: bool) -> None:
        """A container may come to be listed that nobody knows."""
        super().runtime_restarts(unreadable, started)
        self.unseen = True

    def create(self, attempt: Count) -> None:
        """CRI `CreateContainer`, with this attempt, is answered with an id."""
        require(attempt == self.restart_count())
        super().create()

    def create_is_refused(self, attempt: Count) -> None:
        """The sandbox is not ready, or another container has the name with this attempt."""
        require(attempt == self.restart_count())
        super().create_is_refused()

    @action(Phase.CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_call_fails(self, attempt: Count) -> None:
        """The runtime was asked for this attempt and answers with an error, having made nothing."""
        require(attempt == self.restart_count())
        super().create_fails()

    def create_fails(self) -> None:
        """Image, configuration, hook: an error before the runtime is asked for anything."""
        super().create_fails()

    def create_times_out(self, attempt: Count) -> None:
        """The worker sees an error while the runtime works on the container with this attempt."""
        require(attempt == self.restart_count())
        super().create_times_out()

    def start(self, place: Place) -> None:
        """CRI `StartContainer`, of the container that the worker has created, answered OK."""
        require(place == self.held())
        super().start()

    def start_fails(self, place: Place, kept_created: bool) -> None:
        """It is answered with an error."""
        require(place == self.held())
        super().start_fails(kept_created)

    def start_is_never_served(self, place: Place) -> None:
        """The worker sees an error, and the container stays created."""
        require(place == self.held())
        super().start_is_never_served()

    def start_times_out(self, place: Place) -> None:
        """The worker sees an error while the runtime is still starting the container."""
        require(place == self.held())
        super().start_times_out()

    def start_reply_is_lost(self, place: Place) -> None:
        """The container runs, and the worker sees an error."""
        require(place == self.held())
        super().start_reply_is_lost()

    def post_start(self, place: Place) -> None:
        """The user's hook passes in this container."""
        require(self.held() in (None, place))
        super().post_start()

    def post_start_fails(self, place: Place, killed: bool) -> None:
        """It fails, and this container is killed, or that fails, too."""
        require(self.held() in (None, place))
        super().post_start_fails(killed)

    def kill(self, place: Place) -> None:
        """CRI `StopContainer`: of the unhealthy or unknown one; for a new sandbox, of one that ran."""
        if self.sandbox is Sandbox.READY:
            require(self.held() in (None, place))
        else:
            require(not self.instances[place].is_created)
        super().kill()

    def is_killed_with_the_pod(self, instance: Instance) -> bool:
        """What runs gets a `StopContainer`; `StopPodSandbox` is a call, and so a step, of its own."""
        return instance.runs

    def kubelet_restarts(self) -> None:
        """At any time; a worker that was about nothing has nothing to lose."""
        self.end_sync()

    # what is promised of a deleted pod is judged in `pod_deletion`

    nothing_is_left_of_a_deleted_pod = nothing_is_decided_for_a_deleted_pod = None
    a_deleted_pod_still_gets_a_container = everything_is_gone = None

    @always(on=(begin_sync, collect, collect_exited))
    def the_kubelet_acts_on_what_was_listed(self, after: "Pod") -> bool:
        """Nothing that it decides rests on a change that no list has shown."""
        return not self.unseen and not after.unseen

    @sometimes
    def a_restart_is_decided(self) -> bool:
        """A container that has run is to be created anew."""
        return self.phase is Phase.CREATE and self.seen_exited


HAPPENINGS = frozenset(
    {
        "node_reboots", "runtime_restarts", "sandbox_is_lost", "clock_is_set_back", "clock_goes_on",
        "dead_containers_are_pruned", "instance_becomes_unreadable", "kubelet_restarts", "pod_is_deleted",
    }
)  # fmt: skip
"""What befalls a pod from outside; not every recording has to be explained by each of them."""


@cache
def pod(policy: str = "Always", hook: bool = False, happenings: frozenset[str] = HAPPENINGS) -> type:
    """The world of a pod with room for attempts up to 7.

    Args:
        policy: the restart policy, as Kubernetes writes it: "Always", "OnFailure" or "Never".
        hook: whether the container has a post-start hook.
        happenings: those of `HAPPENINGS` that may be.

    Returns:
        A spec; the same one for the same arguments.

    Raises:
        ValueError: for another restart policy.

    >>> pod("Never").POLICY.name, pod("Never") is pod("Never")
    ('NEVER', True)
    """
    left_out = dict.fromkeys(HAPPENINGS - happenings)
    constants = {"MOST": HIGHEST, "REMEMBERS": False, "POLICY": Policy(policy), "HOOK": hook}
    return type("RecordedPod", (Pod,), {**constants, **left_out, "__doc__": Pod.__doc__})


def from_there(
    world: Any,
    found: Mapping[int, Instance],
    newest_sandbox: Sandbox | None,
    earlier: Iterable[int] = (),
    happened: Collection[str] = (),
    starting: Iterable[int] = (),
) -> type:
    """The same world, begun where a recording finds it.

    Args:
        world: a spec that `pod` made.
        found: the instances that are listed, by place.
        newest_sandbox: how it is, or `None` if nothing says.
        earlier: attempts that the worker may have seen before.
        happened: those of `HAPPENINGS` that came before.
        starting: places of instances that are listed as created, and whose start may still go on.

    Returns:
        A spec that begins with them: between two syncs, while the worker acts on the newest one, or while it
        is about to create the next one.
    """
    there = {place: found.get(place, NOTHING) for place in PLACES}
    tables = [there]
    for place in starting:
        tables += [{**one, place: replace(one[place], state=State.STARTING)} for one in tables]
    newest = there[0]
    held = [{**one, 0: replace(newest, held=newest.is_there)} for one in tables if one[0] == newest]
    phases = {Phase.IDLE, Phase.PRE_START}
    phases |= {Phase.POST_START} if world.HOOK else set()
    is_first = not earlier and not newest.is_there
    phases |= ABOUT_TO if earlier or is_first else set()
    follows = newest.attempt + 1 if newest.is_there else 0

    class PodFromThere(world):  # type: ignore[misc, valid-type]
        phase = var(initial=one_of(*sorted(phases, key=list(Phase).index)))
        instances = var(initial=one_of(*tables, *held))
        sandbox = var(initial=one_of(*Sandbox) if newest_sandbox is None else newest_sandbox)
        pending = var(initial=one_of(None, min(follows, HIGHEST)))
        starts = var(initial=one_of(True, False))
        seen = var(initial=one_of(None, *earlier))
        seen_exited = var(initial=one_of(False, True))
        deleted = "pod_is_deleted" in happened
        behind = var(initial=one_of(*range(len(found) + 1)) if "clock_is_set_back" in happened else 0)

        @initial
        def fits(self: Any) -> bool:
            """A worker that is about something holds the newest container, if that is still there."""
            newest = self.instances[0]
            if self.phase in ABOUT_TO:
                return self.starts and (self.seen is None) == is_first and not newest.held
            if self.seen is not None or self.seen_exited:
                return False
            if self.phase is Phase.IDLE:
                return not self.starts and not newest.held
            return self.starts and (self.phase is Phase.PRE_START or (newest.held and not newest.is_created))

    return PodFromThere
