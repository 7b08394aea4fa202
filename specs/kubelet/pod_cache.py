"""A pod, its workers, and the cache between them and the runtime.

A pod's worker does not ask the runtime: it reads what the PLEG cached, and may read it only if it is newer
than the end of the worker's own last sync (`GetNewerThan(uid, lastSyncTime)`, pkg/kubelet/pod_workers.go).

    who          does what                                              what it rests on
    PLEG         lists; looks closer where the list has changed         the runtime, created ones as "unknown"
    a worker     looks: is the container to be started?                 the cache, if it is new enough
                 creates, starts                                        what it saw when it looked

There are no times. That the cache is newer than the end of a worker's last sync is a bit: the end of a sync
clears it, a relist that began after that sets it, and so does a closer look. The pod has one container, under
policy Always, in a sandbox that is always ready; of its clock there is nothing to tell.

Sources: `generic.go` of pkg/kubelet/pleg, and pkg/kubelet/pod_workers.go.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, ClassVar, Literal

from fsm import action, always, each, finitely, leads_to, limit, require, sometimes, strong, var, weak

from .node import COUNTS, Instance, State

Place = Literal[0, 1]  # no more than two names are in use, so there is always room
PLACES = (0, 1)
LAST = 1


class Phase(Enum):
    """What a worker does next."""

    GONE = "Gone"
    IDLE = "Idle"
    CREATE = "Create"
    START = "Start"


class Who(Enum):
    """A worker of the pod; two may live at once."""

    ONE = "one"
    OTHER = "other"


class Listed(Enum):
    """A container's state as the PLEG lists it (`convertState`)."""

    NOT = "non-existent"
    UNKNOWN = "unknown"  # what was only created is listed so, too
    RUNNING = "running"
    EXITED = "exited"


@dataclass(frozen=True)
class Known(Instance):
    """One container in the runtime, and what the PLEG has on record of it.

    Args:
        holder: the worker that acts on it just now.
        recorded: its state in the last list.
    """

    holder: Who | None = None
    recorded: Listed = Listed.NOT

    @property
    def listed(self) -> Listed:
        """Its state in a list that is made now."""
        if self.runs:
            return Listed.RUNNING
        if self.has_exited:
            return Listed.EXITED
        return Listed.UNKNOWN if self.is_there else Listed.NOT

    @property
    def differs(self) -> bool:
        """Whether a list that is made now differs from the record."""
        return self.listed is not self.recorded


@dataclass(frozen=True)
class Status:
    """The newest status of the container's name, as the cache has it."""

    attempt: Annotated[int, COUNTS] = 0
    state: State = State.ABSENT


NOTHING = Known()
NO_STATUS = Status()


class Pod:
    """A pod with one container, its workers, the cache, and the runtime."""

    MOST: ClassVar[int] = 1  # the highest attempt that is followed

    phase: dict[Who, Phase] = each(Who, Phase.GONE)
    current: Who | None = None  # the worker of the pod; another one may still be in its last sync
    instances: dict[Place, Known] = each(Place, NOTHING)  # newest first
    vanished: bool = False  # was a container removed that the PLEG has on record?
    cached: Status = NO_STATUS
    warm: bool = False  # has this kubelet listed at all?
    relist: Literal["none", "the same", "different"] = (
        "none"  # the list that was made, and is being looked at
    )
    fresh: dict[Who, bool] = each(Who, False)  # is the cache newer than the end of its last sync?
    since: dict[Who, bool] = each(Who, False)  # did the relist begin after that?
    seen: dict[Who, int | None] = each(Who, var(COUNTS, None))  # the snapshot: restart count, if any
    last: int | None = var(COUNTS, None)  # attempt that was created last; nobody on a node remembers it

    # the pod comes and goes

    @action(Phase.GONE, sender="kubelet", receiver="pod worker")
    def pod_appears(self, who: Who) -> None:
        """The pod is new to the kubelet: its worker has no last sync, so any cache is new enough."""
        require(self.current is None and self.may_begin(who))
        self.current = who
        self.fresh[who] = self.is_born_fresh()
        self.phase[who] = Phase.IDLE

    def may_begin(self, who: Who) -> bool:
        """Whether a worker may begin: the goroutine of the one before is not waited for."""
        return True

    def is_born_fresh(self) -> bool:
        """Whether a worker that has no last sync takes what is there."""
        return True

    # a worker

    def end_sync(self, who: Who) -> None:
        """The sync returns, with an error or without; what was cached until now is too old."""
        self.phase[who] = Phase.IDLE if self.current is who else self.after_the_last_sync()
        self.let_go(who)

    def after_the_last_sync(self) -> Phase:
        """What becomes of a worker whose pod is gone."""
        return Phase.GONE

    def let_go(self, who: Who) -> None:
        """Nothing of what the worker was about is kept."""
        self.seen[who] = None
        self.fresh[who] = self.since[who] = False
        for place in PLACES:
            if self.instances[place].holder is who:
                self.instances[place] = replace(self.instances[place], holder=None)

    @action(Phase.IDLE, sender="pod worker", receiver="kubelet")
    def begin_sync(self, who: Who) -> None:
        """`GetNewerThan` returns, and what it returns is no running container."""
        require(self.current is who and self.warm and self.fresh[who])
        require(self.cached.state is not State.RUNNING)
        self.seen[who] = None if self.cached.state is State.ABSENT else self.cached.attempt
        self.phase[who] = Phase.CREATE

    def restart_count(self, who: Who) -> int:
        """The number that the next container gets."""
        seen = self.seen[who]
        count = 0 if seen is None else seen + 1
        limit(count <= self.MOST)
        return count

    def is_taken(self, attempt: int) -> bool:
        """Whether a container has the name."""
        return any(one.is_there and one.attempt == attempt for one in self.instances.values())

    @action(Phase.CREATE, sender="kubelet", receiver="runtime")
    def create(self, who: Who) -> None:
        """CRI `CreateContainer`: the name is free, and the id comes back."""
        count = self.restart_count(who)
        require(not self.is_taken(count))
        self.instances[LAST] = self.instances[0]
        self.instances[0] = Known(count, State.CREATED, holder=who)
        self.last = count
        self.phase[who] = Phase.START
        self.tell()

    @action(Phase.CREATE, sender="runtime", receiver="kubelet")
    def create_is_refused(self, who: Who) -> None:
        """Another container has the name."""
        require(self.is_taken(self.restart_count(who)))
        self.end_sync(who)

    @action(Phase.CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_fails(self, who: Who) -> None:
        """An error before anything was made."""
        self.end_sync(who)

    def held(self, who: Who) -> int | None:
        """Where the instance stands that the worker may start; it may have been removed meanwhile."""
        for place in PLACES:
            if self.instances[place].holder is who and self.instances[place].is_created:
                return place
        return None

    @action(Phase.START, sender="kubelet", receiver="runtime")
    def start(self, who: Who) -> None:
        """CRI `StartContainer`, answered OK."""
        place = self.held(who)
        require(place is not None)
        self.become(place, State.RUNNING)
        self.end_sync(who)

    @action(Phase.START, sender="runtime", receiver="kubelet")
    def start_is_refused(self, who: Who) -> None:
        """The container is gone."""
        require(self.held(who) is None)
        self.end_sync(who)

    @action(Phase.START, fault=True, sender="runtime", receiver="kubelet")
    def start_fails(self, who: Who) -> None:
        """The container is exited, with 128."""
        place = self.held(who)
        require(place is not None)
        self.become(place, State.FAILED)
        self.end_sync(who)

    # the runtime

    def become(self, place: int, state: State) -> None:
        """A change of state, and of nothing else."""
        self.instances[place] = replace(self.instances[place], state=state)
        self.tell()

    def tell(self) -> None:
        """The runtime sends an event, where somebody listens."""

    def kill_all(self) -> None:
        """CRI `StopContainer` of what runs."""
        for place in PLACES:
            if self.instances[place].runs:
                self.become(place, State.FAILED)

    @action(sender="container", receiver="runtime")
    def exits(self, place: Place) -> None:
        """A process ends: by itself, or because another one has its port."""
        require(self.instances[place].runs)
        self.become(place, State.FAILED)

    @action(sender="garbage collector", receiver="runtime")
    def collect(self) -> None:
        """The oldest container that does not run is removed, while there is a newer such one."""
        require(all(one.is_dead for one in self.instances.values()))
        self.vanished = self.vanished or self.instances[LAST].recorded is not Listed.NOT
        self.instances[LAST] = NOTHING

    # the PLEG

    @action(sender="PLEG", receiver="runtime")
    def relist_begins(self) -> None:
        """All containers are listed, and compared with the list before. This is the relist's time."""
        require(self.relist == "none")
        differs = self.vanished or any(self.instances[place].differs for place in PLACES)
        self.relist = "different" if differs else "the same"
        self.vanished = False
        for place in PLACES:
            one = self.instances[place]
            self.instances[place] = replace(one, recorded=one.listed)
        for who in Who:
            self.since[who] = self.phase[who] is not Phase.GONE

    @action(sender="PLEG", receiver="cache")
    def relist_ends(self) -> None:
        """A pod that differs is cached as it is now; the cache is as new as the list."""
        require(self.relist != "none")
        for who in Who:
            if self.since[who] or (self.relist == "different" and self.phase[who] is not Phase.GONE):
                self.fresh[who] = True
            self.since[who] = False
        if self.relist == "different":
            self.fill_cache()
        self.relist = "none"
        self.warm = True

    def fill_cache(self) -> None:
        """The newest status as it is now."""
        self.cached = Status(self.instances[0].attempt, self.instances[0].state)

    @action(fault=True, sender="node", receiver="kubelet")
    def kubelet_restarts(self) -> None:
        """Workers and cache are gone. The first sync waits for the first relist."""
        require(self.warm)
        for who in Who:
            self.phase[who] = Phase.GONE
            self.let_go(who)
        self.current = None
        self.cached = NO_STATUS
        self.vanished = self.warm = False
        self.relist = "none"
        for place in PLACES:
            self.instances[place] = replace(self.instances[place], recorded=Listed.NOT)

    # what is promised

    @always
    def attempts_are_unique(self) -> bool:
        """I1: `(name, attempt)` is unique."""
        attempts = [one.attempt for one in self.instances.values() if one.is_there]
        return len(set(attempts)) == len(attempts)

    @always(on=create)
    def attempts_increase(self, after: "Pod") -> bool:
        """I2: each container that comes to be has a higher attempt than the one before it."""
        return self.last is None or after.last > self.last

    @always
    def at_most_one_runs(self) -> bool:
        """I4: of one container of one pod at most one instance runs."""
        return sum(one.runs for one in self.instances.values()) <= 1

    @always(on=create)
    def none_is_created_beside_a_running_one(self, after: "Pod") -> bool:
        """Whoever creates a container has seen that none runs."""
        return not any(one.runs for one in self.instances.values())

    @always
    def the_live_container_is_not_ignored(self) -> bool:
        """The newest status is not that of a container that has exited, while an older one runs."""
        return not (self.instances[0].has_exited and self.instances[LAST].runs)

    @leads_to(
        fair=(
            weak(pod_appears, create, create_is_refused, start, start_is_refused),
            weak(relist_begins, relist_ends, collect),
            strong(begin_sync),
            finitely(),
        )
    )
    def a_pod_that_stays_runs(self) -> tuple[bool, bool]:
        """Whatever was created: in the end something runs, or the pod goes."""
        runs = any(one.runs for one in self.instances.values())
        return self.current is not None and not runs, runs or self.current is None

    @sometimes
    def it_restarts(self) -> bool:
        """I1w: a container that is not the first one runs, so there was another name."""
        return self.instances[0].runs and self.last == 1

    @sometimes
    def one_is_cached_as_created(self) -> bool:
        """The PLEG has looked between create and start."""
        return self.cached.state is State.CREATED and self.instances[0].runs
