"""What a recording of a kubelet's CRI calls says about a pod's container, from its creation to its removal.

A subject is one container name of one pod uid. Each call that does something is an action of `pod` (its
table tells which), with the attempt or the place of the container that it is about; each reply that shows
containers or sandboxes is a look at the world. Actions that leave no trace in CRI calls happen in between:
exits, decisions, back-off, errors before a call, creates that complete late.

When: a call counts when it was answered. A reply may be older than a call that was open meanwhile: it is not
asked for what that call changes. A call that the kubelet did not outlast was answered to nobody; where
kubelets restarted is inferred (`restarts_of`), or told by a note.

Of what else happens the recording has to show a trace: of a pod that is deleted, a sandbox that is stopped
(or a container, at the recording's end); of faults, a container of unknown state, a sandbox that is not ready
though nobody stopped it, a runtime that is away, creation times out of order. Other faults are told by notes,
lines without `n`:

    {"note": "...", "kubelet": "v1.20.2"}               which kubelet was recorded
    {"note": "...", "restart_policy": "Never"}          of the recorded pods; Always by default
    {"note": "...", "happened": "node_reboots"}         at this line; one of `TOLD`

What cannot be told: a hook that is no command leaves no trace, and neither does a probe. So a `StopContainer`
of a container that runs can be explained (it was unhealthy) where no hook is under way; what follows it is
judged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from fsm import Observation, Subject
from fsm.errors import LogError
from fsm.recording import Line
from specs.kubelet.cri_calls import CLOCK, Call, Shown, calls_of, shows_all
from specs.kubelet.node import PLACES, Policy, Sandbox
from specs.kubelet.node import Instance as There
from specs.kubelet.pod import HAPPENINGS, HIGHEST, from_there, pod
from specs.kubelet.pod_deeds import UNHEARD, Placed, deeds, start_text
from specs.kubelet.pod_history import RESTARTS, History, gather
from specs.kubelet.pod_looks import looks, sandbox_shown, states

HIDDEN = frozenset(
    {
        "exits", "begin_sync", "create_fails", "back_off", "pre_start", "pre_start_fails",
        "late_create_completes", "late_create_is_undone", "late_start_ends",
    }
)  # fmt: skip

TOLD = (
    "kubelet_restarts", "node_reboots", "runtime_restarts", "sandbox_is_lost", "clock_is_set_back",
    "dead_containers_are_pruned", "instance_becomes_unreadable", "pod_is_deleted", "back_off",
)  # fmt: skip

SPEC = "the world describes kubelet v1.20 on containerd"


@dataclass(frozen=True)
class Told:
    """What the notes of a recording say.

    Args:
        kubelet: the version, or an empty text.
        policy: the restart policy.
        happened: actions of the world, by line.
    """

    kubelet: str
    policy: str
    happened: Mapping[int, str]


@dataclass(frozen=True)
class Begin:
    """Where the judging of a container begins: at a place, in a world."""

    place: float
    world: type


def subjects(lines: Sequence[Line]) -> list[Subject]:
    """The containers with which a recording shows something being done.

    Args:
        lines: of one recording.

    Raises:
        LogError: for a line that is no CRI call, or a note that says what cannot be, with its number.
    """
    calls = calls_of(lines)
    told = notes_of(lines)
    histories, strays = gather(lines, calls)
    found = [subject_of(one, told, calls, siblings(one, histories)) for one in histories if one.deeds]
    for call, container in strays:
        if any(call.line > one.line and shows_all(one) for one in calls):
            name = f"container {container[:12] or '(no id)'}, of which nothing else is recorded"
            text = start_text(call, container)
            seen = Observation(("start",), {"place": UNHEARD}, text=text, line=call.line)
            world = pod(happenings=frozenset())
            found.append(Subject(name, [seen], HIDDEN, None, world, (about(told, calls),)))
    return found


def notes_of(lines: Iterable[Line]) -> Told:
    """What the notes say; raises `LogError` for what none can say."""
    kubelet, policy, happened = "", "Always", {}
    for line in lines:
        if "n" in line.data:
            continue
        kubelet = str(line.data.get("kubelet", kubelet))
        policy = line.data.get("restart_policy", policy)
        if policy not in [one.value for one in Policy]:
            known = ", ".join(one.value for one in Policy)
            raise LogError(f"{line.number}: `restart_policy` is {policy!r:.60}, where it is one of {known}")
        if "happened" in line.data:
            what = line.data["happened"]
            if what not in TOLD:
                raise LogError(
                    f"{line.number}: `happened` is {what!r:.60}, where it is one of {', '.join(TOLD)}"
                )
            happened[line.number] = what
    return Told(kubelet, policy, happened)


def about(told: Told, calls: Sequence[Call]) -> str:
    """Which kubelet the world describes, and which was recorded."""
    if told.kubelet:
        return f"{SPEC}; the recording says that its kubelet is {told.kubelet}"
    unnamed = f"{SPEC}; the recording does not name its kubelet"
    if calls[0].service.startswith("runtime.v1alpha2."):
        return f"{unnamed}; from CRI v1alpha2 alone v1.20.2 is inferred, not known"
    return (
        f"{unnamed}, and since it speaks CRI v1, it is a newer one; since v1.22 (and v1.21.6) a container "
        "without a status takes its restart count from log files, which the calls do not show"
    )


def siblings(history: History, histories: Iterable[History]) -> list[str]:
    """The other containers of the same pod."""
    return sorted(
        one.labels[3] for one in histories if one.labels[2] == history.labels[2] and one is not history
    )


def subject_of(history: History, told: Told, calls: Sequence[Call], others: Sequence[str]) -> Subject:
    """A container as the replayer follows it."""
    notes = [about(told, calls)]
    if others:
        why = f"its pod has other containers ({', '.join(others)}), and the world has pods of one"
        return Subject(history.name, notes=tuple(notes), unknown=why)
    begin = beginning(history, told, calls)
    if isinstance(begin, str):
        return Subject(history.name, notes=tuple(notes), unknown=begin)
    if begin.place:
        where = f"line {int(begin.place)}"
        notes.append(f"{history.name} is judged from {where} on, where a list shows what there is")
    found = [*deeds(history), *looks(history, told.policy), *asides(history, told)]
    seen = [one for place, one in sorted(found, key=lambda pair: pair[0]) if place > begin.place]
    end = the_end(history, begin)
    if end is not None:
        line, why = end
        seen = [one for one in seen if one.line < line]
        notes.append(f"{history.name} is judged up to line {line}: {why}")
    if all(set(one.actions) <= {"relist"} for one in seen):
        why = "nothing is done with it where it can be judged"
        return Subject(history.name, notes=tuple(notes), unknown=why)
    hidden = HIDDEN | traces(history, told, calls) - {RESTARTS}
    return Subject(history.name, seen, hidden, None, begin.world, tuple(notes))


def traces(history: History, told: Told, calls: Sequence[Call]) -> frozenset[str]:
    """What a recording shows a trace of, and what therefore may have happened anywhere in it.

    What notes tell of happened where they tell it, and nowhere else.
    """
    noted = set(told.happened.values())
    found = {"clock_goes_on"} if "clock_is_set_back" in noted else set[str]()
    done = [call.name for call in history.deeds if call.name != "ExecSync"]
    if {"StopPodSandbox", "RemovePodSandbox"} & {*done} or done[-1:] == ["StopContainer"]:
        found.add("pod_is_deleted")
    if history.restarts:
        found.add(RESTARTS)
    unreadable = {"instance_becomes_unreadable", "runtime_restarts"}
    if any(one.state == "UNKNOWN" for one in history.shown) and not unreadable & noted:
        found |= unreadable
    if any(call.code == "UNAVAILABLE" for call in calls):
        found.add("runtime_restarts")
    stops = [call for call in history.deeds if call.name == "StopPodSandbox"]
    for one in history.sandboxes:
        earlier = (call for call in stops if call.sent <= one.call.ended + CLOCK)
        if not one.ready and all(call.asks("pod_sandbox_id", "") != one.id for call in earlier):
            found.add("sandbox_is_lost")
    made = sorted(history.instances.values(), key=lambda one: one.born)
    if any(before.created_at > after.created_at for before, after in pairwise(made)):
        found |= {"clock_is_set_back", "clock_goes_on"}
    return frozenset(found - noted)


# where it begins and ends


def beginning(history: History, told: Told, calls: Sequence[Call]) -> Begin | str:
    """Where a container can be judged from: the first list of all that its pod has; or why nowhere."""
    happened = traces(history, told, calls) | set(told.happened.values())
    world = pod(told.policy, bool(history.hooks), HAPPENINGS & happened)
    for look in history.looks:
        if not history.is_whole(look) or look.sent + CLOCK < calls[0].ended or history.meanwhile(look):
            continue
        there = history.shown_in.get(look.line, [])
        if len(there) > len(PLACES) or any(not is_writable(one.count) for one in there):
            continue
        sandbox = sandbox_then(history, look)
        done = any(call.line < look.line for call in history.deeds)
        if not there and not done and sandbox is Sandbox.NONE:
            return Begin(0, world)
        found = {place: instance(history, one, told.policy) for place, one in enumerate(there)}
        earlier = {one.count for line, one in history.creates.items() if line < look.line}
        before = {what for line, what in told.happened.items() if line < look.line}
        starting = [place for place, one in enumerate(there) if may_be_starting(history, one)]
        known = sorted(count for count in earlier if isinstance(count, int) and count <= HIGHEST)
        return Begin(look.line, from_there(world, found, sandbox, known, before, starting))
    return "no list shows what there is of its pod at a time when nothing is done with it"


def sandbox_then(history: History, look: Call) -> Sandbox | None:
    """How the newest sandbox is at the time of a list of containers; `None` if nothing tells."""
    for other in history.looks:
        if not shows_all(other, history.labels, "ListPodSandbox"):
            continue
        first, last = sorted((look, other), key=lambda call: call.line)
        changed = (
            call
            for call in history.deeds
            if call.name.endswith("PodSandbox")
            and call.sent <= last.ended + CLOCK
            and call.ended + CLOCK >= first.sent
        )
        if not any(changed):
            return sandbox_shown(history, other)
    return None


def instance(history: History, one: Shown, policy: str) -> There:
    """A container that is shown, as the world has it."""
    newest = history.newest_sandbox(one.call.line)
    return There(int(one.count), states(history, one, policy)[0], old=bool(newest) and one.sandbox != newest)


def may_be_starting(history: History, one: Shown) -> bool:
    """Whether a start that nobody waits for may go on: one was sent before, or may have been unrecorded."""
    if one.state != "CREATED":
        return False
    made = any(create.id == one.id for line, create in history.creates.items() if line < one.call.line)
    sent = any(
        call.name == "StartContainer" and call.asks("container_id", "") == one.id
        for call in history.deeds
        if call.line < one.call.line
    )
    return sent or not made


def is_writable(count: int | str) -> bool:
    """Whether the world has room for an attempt; one that is told in two ways is refused where it is seen."""
    return isinstance(count, int) and count <= HIGHEST


def the_end(history: History, begin: Begin) -> tuple[int, str] | None:
    """The first line that the world has no room for, and why; `None` if there is none."""
    counts = [(line, one.count) for line, one in history.creates.items()]
    counts += [(one.call.line, one.count) for one in history.shown]
    found = [
        (line, f"attempt {count} is more than the {HIGHEST} that the world has room for")
        for line, count in counts
        if isinstance(count, int) and count > HIGHEST
    ]
    for one in history.instances.values():
        there = [other for other in history.instances.values() if other.born <= one.born < other.gone]
        if len(there) > len(PLACES):
            why = f"{len(there)} containers are there at once, and the world has room for {len(PLACES)}"
            found.append((ceil(one.born), why))
    return min((one for one in found if one[0] > begin.place), default=None)


def asides(history: History, told: Told) -> Iterator[Placed]:
    """What no call says: that the kubelet restarted, and what notes tell."""
    for one in history.restarts:
        text = "the kubelet restarts"
        yield one.place, Observation((RESTARTS,), text=text, line=ceil(one.place))
    for line, what in told.happened.items():
        if what != RESTARTS:
            yield line, Observation((what,), text=f"a note says: {what}", line=line)
