"""What is promised of a pod with two init containers, era by era.

Init containers run one after the other, each until it has succeeded; only then is the regular container
started, and after a new sandbox everything begins again. Three worlds ask about it, over one worker
(`init_worker`) and one node (`init_node`):

    InitContainers   who is created when, while removals fail or are somebody else's
    InitCounts       which restart count it gets, while clocks are set
    InitStarts       whether the pod starts once faults have ended

Until 1.20 nothing keeps init containers from being run again beside a running regular one; 1.21 to 1.27 ask
whether it runs; 1.28 and 1.29 wait for one that was only created; since 1.30.7 it is begun again.
"""

from fsm import action, always, each, finitely, leads_to, require, sometimes, spec, strong, var, weak

from .init_node import INITS, PLACES, Init, InitNode, Phase
from .init_worker import InitWorker
from .node import COUNTS, Policy, Sandbox
from .runtimes import Duplicate, Runtime
from .versions import Version, version


class Promises(InitWorker):
    """What every world promises."""

    @always
    def attempts_are_unique_in_a_sandbox(self, init: Init) -> bool:
        """I1: CRI's `(name, attempt)` is unique in its sandbox."""
        one, other = self.instances[init].values()
        return not (one.is_current and other.is_current) or one.attempt != other.attempt

    @always
    def nothing_of_an_older_sandbox_runs(self) -> bool:
        """A new sandbox begins when all of the old one has stopped."""
        listed = [one for init in INITS for one in self.instances[init].values()]
        return not any(one.runs and one.old for one in (*listed, self.main))

    @sometimes
    def room_is_used(self, init: Init) -> bool:
        """I1i: two instances are listed in one sandbox."""
        return all(one.is_current for one in self.instances[init].values())


class InitContainers(Promises):
    """Two init containers and a regular one, while removals fail or are somebody else's."""

    began: dict[Init, int | None] = each(INITS, var(COUNTS, None))  # attempt created first in this sandbox
    done: dict[Init, bool] = each(INITS, False)  # has it succeeded in this sandbox?
    leftover: bool = False  # was an init container of an older sandbox still listed when this one began?

    instance_becomes_unreadable = None
    kill = None

    def note_created(self, init: Init, attempt: int) -> None:
        """A container came to be."""
        if self.began[init] is None:
            self.began[init] = attempt

    def note_succeeded(self, init: Init) -> None:
        """One of the newest sandbox has exited with 0."""
        self.done[init] = True

    def note_sandbox(self) -> None:
        """There is a new sandbox."""
        self.leftover = any(self.instances[init][0].is_there for init in INITS)
        for init in INITS:
            self.began[init] = None
            self.done[init] = False

    @action(fault=True, sender="operator", receiver="runtime")
    def dead_containers_are_removed(self, init: Init) -> None:
        """Somebody removes an init container that does not run, behind the kubelet's back; logs stay."""
        require(any(one.is_dead for one in self.instances[init].values()))
        for place in reversed(PLACES):
            if self.instances[init][place].is_dead:
                self.remove(init, place)

    @always(on=InitWorker.create)
    def first_attempts_in_a_sandbox_agree(self, after: "InitContainers") -> bool:
        """The counts of all init containers begin together when there is a new sandbox."""
        first, second = after.began.values()
        return first is None or second is None or first == second

    @always(on=InitWorker.create_main)
    def a_regular_container_waits_for_all_init_containers(self, after: "InitContainers") -> bool:
        """None is created before all init containers have succeeded in its sandbox."""
        return all(self.done.values())

    @always(on=InitWorker.create_main)
    def a_regular_container_waits_where_the_purge_worked(self, after: "InitContainers") -> bool:
        """The same, where no init container of an older sandbox was left."""
        return all(self.done.values()) or self.leftover

    @always(on=InitWorker.create)
    def a_succeeded_init_container_is_not_run_again(self, after: "InitContainers", init: Init) -> bool:
        """In one sandbox an init container is over when it has succeeded once."""
        return self.target is not init or not self.done[init]

    @always(on=InitWorker.create)
    def no_init_container_is_created_beside_a_regular_one(self, after: "InitContainers") -> bool:
        """While the regular container runs, all init containers are over."""
        return not self.main.runs

    @sometimes
    def all_is_over(self) -> bool:
        """The regular container runs, and all init containers have succeeded in its sandbox."""
        return self.main.runs and all(self.done.values())

    @sometimes
    def one_is_left(self, init: Init) -> bool:
        """A purge has failed."""
        return self.leftover and self.instances[init][0].is_there and self.instances[init][0].old

    @sometimes
    def one_is_gone_that_has_succeeded(self, init: Init) -> bool:
        """Somebody has removed it, while its sandbox is ready."""
        gone = self.done[init] and not self.instances[init][0].is_there
        return gone and self.main.runs and self.sandbox is Sandbox.READY


class Clocks(Promises):
    """A node whose clock is set."""

    @action(fault=True, sender="node", receiver="runtime")
    def clock_is_set_back(self) -> None:
        """To a time before everything that is listed, as a clock without a battery is."""
        counts = {init: sum(one.is_there for one in self.instances[init].values()) for init in INITS}
        require(any(self.behind[init] < counts[init] for init in INITS))
        for init in INITS:
            self.behind[init] = counts[init]

    @action(sender="node", receiver="runtime")
    def clock_is_corrected(self) -> None:
        """Or so much time has passed: nothing is newer than now."""
        require(any(self.behind[init] for init in INITS))
        for init in INITS:
            self.behind[init] = 0


class InitCounts(Clocks):
    """Two init containers and a regular one, while the node's clock is set."""

    start_fails = None  # the same as an exit, where counts are asked for
    main_exits = None

    last: dict[Init, int | None] = each(INITS, var(COUNTS, None))  # attempt that was created last

    def note_created(self, init: Init, attempt: int) -> None:
        """A container came to be."""
        self.last[init] = attempt

    @always(on=InitWorker.create)
    def attempts_increase(self, after: "InitCounts", init: Init) -> bool:
        """I2: each container that comes to be has a higher attempt than the one before it."""
        before = self.last[init]
        return self.target is not init or before is None or after.last[init] > before

    @always(on=InitWorker.create)
    def attempts_never_go_down(self, after: "InitCounts", init: Init) -> bool:
        """An attempt may be used again, but never a lower one than before."""
        before = self.last[init]
        return before is None or after.last[init] >= before

    @always(on=InitWorker.start)
    def no_log_is_written_over(self, after: "InitCounts", init: Init) -> bool:
        """A container that starts has a log file of its own."""
        held = [one.attempt for one in self.instances[init].values() if one.held]
        return not any(attempt in self.logs[init] for attempt in held)

    @sometimes
    def one_counts(self, init: Init) -> bool:
        """A container that is not the first one of its name is created."""
        return self.last[init] == 1

    @sometimes
    def an_older_one_is_looked_at(self, init: Init) -> bool:
        """By the clock, the one that was created last is not the newest."""
        return self.instances[init][1].is_there and self.last[init] == self.instances[init][1].attempt


ON_AND_ON = (
    weak(InitWorker.begin_sync, InitWorker.purge, InitWorker.create_sandbox),
    weak(InitWorker.create, InitWorker.create_is_refused, InitWorker.create_answers_with_the_holder),
    weak(InitWorker.create_main, InitWorker.start, InitWorker.start_main, InitWorker.start_is_refused),
    weak(InitNode.collect, each="init"),
    strong(InitNode.exits, each="init", ok=True),
    finitely(),
)  # the kubelet and the runtime go on, and init containers end well
CLOCKS_TOO = (*ON_AND_ON, weak(Clocks.clock_is_corrected))  # and a clock is right in the end


class InitStarts(Clocks):
    """Two init containers and a regular one, once faults have ended."""

    instance_becomes_unreadable = None
    kill = None
    sandbox_is_lost = None
    start_fails = None
    main_exits = None

    @leads_to(fair=CLOCKS_TOO)
    def a_created_init_container_is_started_or_removed(self, init: Init) -> tuple[bool, bool]:
        """I12: none stays created for ever."""
        stays = any(self.instances[init][place].is_created for place in PLACES)
        return stays, not stays

    @leads_to(fair=CLOCKS_TOO)
    def the_pod_starts(self) -> tuple[bool, bool]:
        """No pod waits for its regular container for ever."""
        return not self.main.runs, self.main.runs

    @leads_to(fair=ON_AND_ON)
    def the_pod_starts_whatever_the_clock_says(self) -> tuple[bool, bool]:
        """The same, where nobody corrects the clock."""
        return not self.main.runs, self.main.runs

    @sometimes
    def one_is_only_created(self, init: Init) -> bool:
        """Nobody acts on it just now."""
        return any(one.is_created and not one.held for one in self.instances[init].values())

    @sometimes
    def the_pod_has_started(self) -> bool:
        """The regular container runs."""
        return self.main.runs


def init_containers(
    kubelet: Version, runtime: Runtime, policy: Policy, world: type[Promises] = InitContainers
) -> type:
    """The spec of one combination; which of its promises are known to fail is not said.

    Args:
        kubelet: a row of the table of versions.
        runtime: how the CRI is answered.
        policy: the pod's restart policy.
        world: the question: `InitContainers`, `InitCounts` or `InitStarts`.

    Returns:
        A class to be checked.

    >>> from fsm import check
    >>> from .runtimes import CRI_O
    >>> check(init_containers(version("1.36"), CRI_O, Policy.NEVER), max_faults=0).states
    17
    """
    constants: dict[str, object] = {"KUBELET": kubelet, "RUNTIME": runtime, "POLICY": policy}
    if runtime.duplicate is not Duplicate.ADOPTED:
        constants["create_answers_with_the_holder"] = None
    constants["__doc__"] = f"{world.__doc__} Kubernetes {kubelet}, {runtime.name}, {policy.value}."
    constants["__module__"] = __name__
    return spec(final={Phase.IDLE})(type(world.__name__, (world,), constants))


WHO = {
    "first_attempts_in_a_sandbox_agree": "#124002: in the sync that makes a sandbox the first one "
    "counts from its purged predecessor; the others are created in later syncs, and begin at 0",
    "a_regular_container_waits_for_all_init_containers": "#137710: a failed purge is only logged, and what "
    "it left is taken for an init container of the new sandbox",
    "a_succeeded_init_container_is_not_run_again": "#77859, #90271: the only memory of what has succeeded is "
    "its container, and somebody has removed it",
}
BESIDE = {
    "no_init_container_is_created_beside_a_regular_one": "#90271: the regular container is not asked; "
    "since 1.21 it is (#96572)",
}
CREATED_MAIN = {
    "a_regular_container_waits_where_the_purge_worked": "#140309: a regular container of an older sandbox "
    "that was only created says that all init containers are done; #138514 mends it, in a version that was "
    "not read",
}
COUNTS_FAIL = {
    "attempts_increase": "a purge, or a runtime that has forgotten all, takes the count away; and while the "
    "clock is behind, the newest container is not the one that was created last (#135762)",
    "attempts_never_go_down": "#124002: after a purge, or in a runtime that has forgotten all, the count is "
    "gone",
}
CLOCK = {
    "the_pod_starts_whatever_the_clock_says": "#135762: while the clock is behind, what succeeds is not what "
    "is looked at. That the pod starts when the clock is right and garbage was collected is a prediction",
}
LITTER = {
    "a_created_init_container_is_started_or_removed": "#137710, #140309: the regular container is begun too "
    "early, and nobody looks at init containers any more",
}
STUCK = {
    "a_created_init_container_is_started_or_removed": "#126440: computeInitContainerActions of 1.28 and 1.29 "
    "waits for one that was created to be started, and nobody does",
    "the_pod_starts": "#126440: the regular container waits for an init container that was only created",
}


@spec(final={Phase.IDLE}, findings={**WHO, **BESIDE})
class InitContainers_1_20(InitContainers):
    """Who is created when: kubelets until 1.20, with containerd."""

    KUBELET = version("1.20")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings=WHO)
class InitContainers_1_27(InitContainers):
    """Who is created when: kubelets 1.21.6 to 1.27, with containerd."""

    KUBELET = version("1.27")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings={**WHO, **CREATED_MAIN})
class InitContainers_1_29(InitContainers):
    """Who is created when: kubelets 1.28 and 1.29, with containerd."""

    KUBELET = version("1.29")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings={**WHO, **CREATED_MAIN})
class InitContainers_1_36(InitContainers):
    """Who is created when: kubelets since 1.30.7, with containerd."""

    KUBELET = version("1.36")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings=COUNTS_FAIL)
class InitCounts_1_20(InitCounts):
    """With which restart counts: kubelets until 1.20, with containerd."""

    no_log_is_written_over = None  # log files are not counted, and not followed

    KUBELET = version("1.20")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings=COUNTS_FAIL)
class InitCounts_1_27(InitCounts):
    """With which restart counts: kubelets 1.21.6 to 1.27, with containerd."""

    KUBELET = version("1.27")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings=COUNTS_FAIL)
class InitCounts_1_29(InitCounts):
    """With which restart counts: kubelets 1.28 and 1.29, with containerd."""

    KUBELET = version("1.29")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings=COUNTS_FAIL)
class InitCounts_1_36(InitCounts):
    """With which restart counts: kubelets since 1.30.7, with containerd."""

    KUBELET = version("1.36")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings={**CLOCK, **LITTER})
class InitStarts_1_20(InitStarts):
    """Whether the pod starts: kubelets until 1.20, with containerd."""

    KUBELET = version("1.20")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings={**CLOCK, **LITTER})
class InitStarts_1_27(InitStarts):
    """Whether the pod starts: kubelets 1.21.6 to 1.27, with containerd."""

    KUBELET = version("1.27")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings={**CLOCK, **STUCK})
class InitStarts_1_29(InitStarts):
    """Whether the pod starts: kubelets 1.28 and 1.29, with containerd."""

    KUBELET = version("1.29")
    create_answers_with_the_holder = None


@spec(final={Phase.IDLE}, findings={**CLOCK, **LITTER})
class InitStarts_1_36(InitStarts):
    """Whether the pod starts: kubelets since 1.30.7, with containerd."""

    KUBELET = version("1.36")
    create_answers_with_the_holder = None


ILLUSTRATED = (InitContainers_1_29, InitCounts_1_29, InitStarts_1_29)
