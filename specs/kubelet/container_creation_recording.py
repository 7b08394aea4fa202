"""What a recording of a kubelet's CRI calls says about container creation.

A subject is one container name of one pod uid. What is read of the calls (`cri_calls`):

    CreateContainer, answered OK          `create`, with the restart count: the CRI attempt, which the
                                          annotation and the log path have to repeat
    CreateContainer, any other answer     `create_is_refused` or `create_reply_is_lost`: the kubelet saw an
                                          error, whatever the runtime did; so it did if the id came back empty
    StartContainer, whatever its answer   `pre_start` passed, for the container of this attempt: the call
                                          comes right after it, and after nothing else
    ListContainers, ContainerStatus       a container that is shown is there: the newest one is at least its
                                          attempt. The first list that hides none of the pod's containers
                                          says where the recording begins
    RemoveContainer, RemovePodSandbox     of the newest container: the end of what can be judged

When: a create counts when it was answered, a start when it was sent, and a container that a reply shows when
every create that was open during that reply has been answered: its own may be among them.

What is not judged: that a container is *not* shown (older ones are removed all the time, and a create whose
reply was lost may be done late); what follows the removal of the newest container, since the spec has no
garbage collection; how a container runs. What cannot be told from CRI calls: a kubelet that died between
create and start looks like one whose pre-start hook failed, and a reference leaves no trace at all.

A note (a line without `n`) may name the recorded kubelet: {"note": "...", "kubelet": "v1.20.2"}.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fsm import AnyOf, Observation, Subject
from fsm.recording import Line
from specs.kubelet.container_creation import container_creation
from specs.kubelet.cri_calls import (
    CLOCK,
    Call,
    Create,
    Labels,
    Shown,
    calls_of,
    create_of,
    shown_by,
    shows_all,
)

HIDDEN = frozenset(
    {
        "generate_ref", "generate_ref_fails", "get_target_id", "target_is_missing", "generate_config",
        "generate_config_fails", "pre_start", "pre_start_fails", "next_sync",
    }
)  # fmt: skip

MOST = 1000  # higher restart counts are not followed: exploring the spec would take minutes

SPEC = "the spec describes kubelet v1.18"
INFERRED = {
    "runtime.v1alpha2.": (
        "the recording does not name its kubelet; from CRI v1alpha2 alone v1.20.2 is inferred, not known; "
        "from v1.18 to v1.20 the step differs in the reference alone (gone since v1.19), which CRI calls do "
        "not show"
    ),
    "runtime.v1.": (
        "the recording does not name its kubelet, and since it speaks CRI v1, it is a newer one; since v1.22 "
        "(and v1.21.6) a container without a status takes its restart count from the log directory, which "
        "the spec does not have"
    ),
}


@dataclass(frozen=True)
class Beginning:
    """Where a recording finds a container.

    Args:
        start: the known part of the state; `None` for the spec's beginning.
        count: the restart count that is counted on from.
        line: up to where it was looked at; 0 if nothing is known.
    """

    start: Mapping[str, Any] | None
    count: int = 0
    line: int = 0


@dataclass
class History:
    """What was recorded of one container name of one pod uid."""

    labels: Labels
    creates: list[Create] = field(default_factory=list)
    starts: list[tuple[Call, str]] = field(default_factory=list)  # with the container's id
    shown: list[Shown] = field(default_factory=list)
    removals: list[tuple[Call, str, str]] = field(default_factory=list)  # with the id, or the sandbox's

    @property
    def name(self) -> str:
        """What the report calls it."""
        namespace, pod, uid, container = self.labels
        return f"container {container} of pod {namespace}/{pod} ({uid})"

    @property
    def deeds(self) -> list[Call]:
        """The calls that did something with it, as they ended."""
        calls = [one.call for one in self.creates] + [call for call, _ in self.starts]
        return sorted(calls, key=lambda call: call.line)


def subjects(lines: Sequence[Line]) -> list[Subject]:
    """The containers that a recording shows being created or started.

    Args:
        lines: of one recording.

    Raises:
        LogError: for a line that is no CRI call, with its number.
    """
    calls = calls_of(lines)
    note = versions(lines, calls)
    histories, strays = histories_of(calls)
    begun = [(history, beginning(history, calls)) for history in histories if history.deeds]
    bounds = [begin.count + len(one.creates) + 1 for one, begin in begun if begin.count <= MOST]
    spec = wide_enough(max([1, *bounds]))
    found = [subject_of(history, begin, spec, note) for history, begin in begun]
    for call, container in strays:
        if any(lists(calls, call)):
            name = f"container {container[:12] or '(no id)'}, of which nothing else is recorded"
            seen = Observation(("pre_start",), text=start_text(call, container), line=call.line)
            found.append(Subject(name, [seen], HIDDEN, None, spec, (note,)))
    return found


@cache
def wide_enough(most: int) -> type:
    """The spec with room for that many restarts; the same one for all recordings that need it."""
    return container_creation(most)


def versions(lines: Iterable[Line], calls: Sequence[Call]) -> str:
    """Which kubelet the spec describes, and which was recorded."""
    named = [line.data["kubelet"] for line in lines if "n" not in line.data and "kubelet" in line.data]
    if named:
        return f"{SPEC}; the recording says that its kubelet is {', '.join(map(str, named))}"
    return f"{SPEC}; {next(INFERRED[one] for one in INFERRED if calls[0].service.startswith(one))}"


def histories_of(calls: Sequence[Call]) -> tuple[list[History], list[tuple[Call, str]]]:
    """What was recorded of each container name of each pod uid; and the starts of unknown containers."""
    histories: dict[Labels, History] = {}
    owners: dict[str, History] = {}
    for call in calls:
        if call.name == "CreateContainer":
            labels, create = create_of(call)
            history = histories.setdefault(labels[2:], History(labels))
            history.creates.append(create)
            owners.setdefault(create.id, history)
        for labels, shown in shown_by(call):
            history = histories.setdefault(labels[2:], History(labels))
            history.shown.append(shown)
            owners.setdefault(shown.id, history)
    owners.pop("", None)
    strays = []
    for call in calls:
        container = call.asks("container_id", "") if "container_id" in call.request else ""
        if call.name == "StartContainer":
            if container in owners:
                owners[container].starts.append((call, container))
            else:
                strays.append((call, container))
        elif call.name == "RemoveContainer" and call.code == "OK" and container in owners:
            owners[container].removals.append((call, container, ""))
        elif call.name == "RemovePodSandbox" and call.code == "OK":
            for history in histories.values():
                history.removals.append((call, "", call.asks("pod_sandbox_id", "")))
    return list(histories.values()), strays


def beginning(history: History, calls: Sequence[Call]) -> Beginning:
    """Where the recording finds a container.

    That is what the first list shows that hides none of its pod's containers, if it ended before anything
    was done with this one; without such a list nothing is known.
    """
    for call in lists(calls, history.deeds[0], history.labels):
        there = [one for one in history.shown if one.call is call]
        if not there:
            return Beginning(None, line=call.line)
        newest = max(there, key=lambda one: (one.created_at, one.attempt))
        return Beginning({"newest": newest.read}, newest.read, call.line)
    made = {one.id for one in history.creates}
    counts = [one.attempt for one in history.creates[:1]]
    counts += [one.attempt for one in history.shown if one.id not in made]
    return Beginning({}, max(counts, default=0))


def lists(calls: Sequence[Call], deed: Call, labels: Labels = ()) -> Iterator[Call]:
    """The lists that hide nothing, or nothing of a pod, and that were asked for and answered before a deed.

    One that was asked for before the recording began may know nothing of what was done just before.
    """
    for call in calls:
        if shows_all(call, labels) and call.sent + CLOCK >= calls[0].ended and call.ended_before(deed):
            yield call


def subject_of(history: History, begin: Beginning, spec: type, note: str) -> Subject:
    """A container as the replayer follows it."""
    if begin.count > MOST:
        why = f"it is at restart count {begin.count}, and those above {MOST} are not followed"
        return Subject(history.name, notes=(note,), unknown=why)
    found = [*creates(history), *starts(history, begin), *sightings(history, begin)]
    seen = [one for _, one in sorted(found, key=lambda pair: pair[0])]
    end = the_end(history)
    notes = [note]
    kept = [one for one in seen if end is None or one.line < end.line]
    if end is not None and any(one.actions and one.line > end.line for one in seen):
        notes.append(
            f"{history.name} is judged up to line {end.line}, where its newest container was removed: the "
            "spec has no garbage collection"
        )
    return Subject(history.name, kept, HIDDEN, begin.start, spec, tuple(notes))


def creates(history: History) -> Iterator[tuple[float, Observation]]:
    """The creates, each where it was answered."""
    for one in history.creates:
        actions, answer = ("create_is_refused", "create_reply_is_lost"), one.call.answer
        if one.id:
            actions, answer = ("create",), f"OK, id {one.id[:12]}"
        elif one.call.code == "OK":
            answer = "OK, but no id"
        text = f"CreateContainer {history.labels[-1]}, attempt {one.attempt}: {answer}"
        state = {"restart_count": one.count}
        yield one.call.line, Observation(actions, state=state, text=text, line=one.call.line)


def starts(history: History, begin: Beginning) -> Iterator[tuple[float, Observation]]:
    """The starts, each where it was sent: after its own create, before any that was sent later."""
    made = {one.id: one for one in history.creates if one.id}
    there = {one.id: one.count for one in history.shown if one.call.line <= begin.line or not begin.line}
    for call, container in history.starts:
        count: int | str = "that of a container which no CreateContainer returned"
        count = made[container].count if container in made else there.get(container, count)
        later = [one.call.line for one in history.creates if one.call.sent > call.sent + CLOCK]
        place = min([call.line, *later]) - 0.5
        if container in made:
            place = max(place, made[container].call.line + 0.25)
        state = {"restart_count": count}
        text = start_text(call, container)
        yield place, Observation(("pre_start",), state=state, text=text, line=call.line)


def start_text(call: Call, container: str) -> str:
    """A start in words."""
    return f"StartContainer {container[:12]}: {call.answer}"


def sightings(history: History, begin: Beginning) -> Iterator[tuple[float, Observation]]:
    """The containers that replies show, each once.

    One that no create explains may be made by a create that is still open where the recording ends. So it
    counts only if it was started, or if something else was done with its name later.
    """
    told = {(one.id, one.count) for one in history.shown if one.call.line <= begin.line}
    for one in history.shown:
        if (one.id, one.count) in told:
            continue
        told.add((one.id, one.count))
        waited = [create.call.line for create in history.creates if create.call.open_at_the_end_of(one.call)]
        place = max([one.call.line, *waited]) + 0.5
        before = [create.attempt for create in history.creates if create.call.line < place]
        later = any(one.call.ended_before(deed) for deed in history.deeds)
        if one.started or one.attempt in before or later:
            text = f"{one.call.name} shows {one.id[:12]}, attempt {one.attempt}"
            highest = begin.count + (len(before) if begin.line else len(history.creates))
            state = {"newest": at_least(one.count, highest)}
            yield place, Observation(state=state, text=text, line=one.call.line)


def at_least(count: int | str, highest: int) -> Any:
    """A restart count, or any of those from it up to the highest that there can be."""
    if isinstance(count, str) or count >= highest:
        return count
    return AnyOf(tuple(range(count, highest + 1)))


def the_end(history: History) -> Call | None:
    """The first removal of the newest container."""
    there = [(one.call.line, one.attempt, one.id, one.sandbox) for one in history.shown]
    there += [(one.call.line, one.attempt, one.id, one.sandbox) for one in history.creates if one.id]
    for call, container, sandbox in history.removals:
        _, newest, its_sandbox = max(
            (one[1:] for one in there if one[0] < call.line), default=(0, "", "")
        )  # fmt: skip
        if newest and (container == newest or (sandbox and sandbox == its_sandbox)):
            return call
    return None
