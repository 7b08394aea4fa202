"""What a recording tells of one container name of one pod uid: which instances there were, and when.

A recording knows more than any single line of it: in which order the runtime's clock puts the instances, the
exit code of one, whether a start was followed by a hook. `History` gathers that from the whole recording, so
that each call can be told in the world's words, which count instances from the newest one.

*When* is a place between lines: calls stand in the order in which they ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fsm.recording import Line
from specs.kubelet.cri_calls import (
    CLOCK,
    Call,
    Create,
    Labels,
    Shown,
    ShownSandbox,
    create_of,
    part,
    sandboxes_shown_by,
    shown_by,
    shows_all,
)

NEVER = float("inf")
SILENCE = 2  # seconds without a call; a kubelet lists every second
LOSSES = ("dead_containers_are_pruned", "node_reboots")  # what a note may say
RESTARTS = "kubelet_restarts"  # what a note may say
STARTING = 0.5  # seconds in which a kubelet that starts lists images

LOST = frozenset({"CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE"})


@dataclass(frozen=True)
class Restart:
    """A kubelet that ended, and the next one.

    Args:
        place: between which lines.
        time: the next one is there, in seconds.
    """

    place: float
    time: float

    def interrupts(self, call: Call) -> bool:
        """Whether nobody was there any more to see the answer."""
        return call.sent < self.time - CLOCK and call.line > self.place


@dataclass(frozen=True)
class Instance:
    """One container of a recording.

    Args:
        created_at: in nanoseconds, by the runtime's clock.
        born, gone: between which places it was there.
        known: since when the kubelet may know of it: it was created, or shown.
        dated: whether a reply tells when it was created; if not, it is taken to be when that was answered.
    """

    created_at: int
    born: float
    gone: float
    known: float
    dated: bool


@dataclass
class History:
    """What was recorded of one container name of one pod uid.

    Args:
        labels: whose it is.
        restarts: of the kubelet.
        losses: lines of notes that tell of containers that went behind the kubelet's back.
        deeds: the calls that do something with it or with its pod's sandboxes, as they ended.
        creates: its `CreateContainer` calls, by line.
        shown: in which replies it was shown.
        sandboxes: in which replies the pod's sandboxes were shown.
        looks: the replies that show what there is of its pod.
    """

    labels: Labels
    restarts: Sequence[Restart] = ()
    losses: Sequence[int] = ()
    deeds: list[Call] = field(default_factory=list)
    creates: dict[int, Create] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    sandboxes: list[ShownSandbox] = field(default_factory=list)
    looks: list[Call] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the report calls it."""
        namespace, pod, uid, container = self.labels
        return f"container {container} of pod {namespace}/{pod} ({uid})"

    def interrupted(self, call: Call) -> Restart | None:
        """The restart of the kubelet that a call did not outlast."""
        return next((one for one in self.restarts if one.interrupts(call)), None)

    def is_lost(self, call: Call) -> bool:
        """Whether the kubelet saw an error, or nothing, while the runtime may have gone on."""
        text = call.details.lower()
        empty = call.name == "CreateContainer" and call.code == "OK" and not call.says("container_id", "")
        gave_up = call.code in LOST or (call.code != "OK" and ("deadline" in text or "cancel" in text))
        return empty or gave_up or self.interrupted(call) is not None

    def came_about(self, call: Call) -> bool:
        """Whether a call was answered OK, to a kubelet that was there."""
        return call.code == "OK" and not self.is_lost(call)

    @cached_property
    def shown_in(self) -> dict[int, list[Shown]]:
        """What each reply shows of it, by line; newest first, by the runtime's clock."""
        found: dict[int, list[Shown]] = {}
        for one in sorted(self.shown, key=lambda one: (one.created_at, one.attempt), reverse=True):
            found.setdefault(one.call.line, []).append(one)
        return found

    @cached_property
    def exit_codes(self) -> dict[str, int]:
        """How containers exited, by id."""
        return {one.id: one.exit_code for one in self.shown if one.exit_code is not None}

    @cached_property
    def instances(self) -> dict[str, Instance]:
        """Every instance that was created or shown, by id."""
        shown = {one.id: one for one in reversed(self.shown) if one.id}
        made = {one.id: one.call for one in self.creates.values() if one.id and self.came_about(one.call)}
        found = {}
        for name in {**made, **shown}:
            if name in made:
                at = shown[name].created_at if name in shown else int(made[name].ended * 1e9)
                born = known = float(made[name].line)
            else:
                at, known = shown[name].created_at, float(shown[name].call.line)
                born = self._born(shown[name])
            found[name] = Instance(at, born, self._gone(name), known, name in shown)
        return found

    def _born(self, one: Shown | ShownSandbox, makers: Sequence[Call] = ()) -> float:
        """When something came to be that no answer names: by its clock, and before it was shown."""
        if one.created_at / 1e9 < min(call.sent for call in (*self.looks, *self.deeds)):
            return 0.0
        by_clock = [call.line for call in (*self.looks, *makers) if call.ended >= one.created_at / 1e9]
        return min([one.call.line, *by_clock]) - 0.25

    def _gone(self, name: str) -> float:
        """When it was removed, or was missing for the first time."""
        lines = [one.call.line for one in self.shown if one.id == name]
        last = max([*lines, *(line for line, one in self.creates.items() if one.id == name)])
        removed = [
            call.line
            for call in self.deeds
            if call.name == "RemoveContainer" and call.code == "OK" and call.asks("container_id", "") == name
        ]
        missed = [
            call.line
            for call in self.looks
            if call.line > last
            and self.is_whole(call)
            and all(deed.name != "CreateContainer" for deed in self.meanwhile(call))
        ]
        return min([*removed, *missed], default=NEVER)

    @cached_property
    def hooks(self) -> dict[str, Call]:
        """The call that is the post-start hook of a container, by id.

        It is sent by the sync that started the container, so before any reply shows it as started; probes
        come later, when the kubelet knows that it runs (*inferred* from the recordings of 1.20.2).
        """
        found: dict[str, Call] = {}
        started = {call.asks("container_id", "") for call in self.deeds if call.name == "StartContainer"}
        for call in self.deeds:
            container = call.asks("container_id", "")
            if call.name != "ExecSync" or container not in started or container in found:
                continue
            if not any(
                one.id == container and one.started and one.call.ended < call.sent for one in self.shown
            ):
                found[container] = call
        return found

    def fails(self, hook: Call) -> bool:
        """Whether a hook has failed."""
        return hook.code != "OK" or hook.says("exit_code", 0) != 0

    def meanwhile(self, look: Call) -> list[Call]:
        """The deeds that were under way while a reply was asked for and given."""
        return [
            call for call in self.deeds if call.sent <= look.ended + CLOCK and call.ended + CLOCK >= look.sent
        ]

    def is_unsure(self, line: int) -> bool:
        """Whether a container may be there that no reply has shown so far."""
        lost = [one.call.line for one in self.creates.values() if not self.came_about(one.call)]
        return any(before < line for before in lost) and any(
            one.known > line for one in self.instances.values()
        )

    def is_whole(self, look: Call) -> bool:
        """Whether a reply shows every container of its pod."""
        return shows_all(look, self.labels)

    def place_of(self, name: str, when: float) -> int | None:
        """Where an instance stands, counted from the newest; `None` if it is not there."""
        one = self.instances.get(name)
        if one is None or not one.born <= when <= one.gone:
            return None
        return sum(
            other.created_at > one.created_at and other.born < when < other.gone
            for other in self.instances.values()
        )

    def is_placed(self, name: str, when: float) -> bool:
        """Whether it is known where one stands: its age, and that nothing went since the last list."""
        lost = [line for line in self.losses if line < when]
        listed = [look.line for look in self.looks if look.line < when and self.is_whole(look)]
        return self.instances[name].dated and max(lost, default=0) <= max(listed, default=0)

    def newest_sandbox(self, when: float) -> str:
        """The pod's newest sandbox, as far as the recording tells; empty if there is none."""
        there = [one for one in self._sandboxes if one[0] < when]
        return max(there)[2] if there else ""

    @cached_property
    def _sandboxes(self) -> list[tuple[float, int, str]]:
        """The pod's sandboxes: between which places each came to be, by the runtime's clock, and its id.

        One that no answer names was left behind by a call that failed, or whose reply was lost.
        """
        runs = [call for call in self.deeds if call.name == "RunPodSandbox"]
        named = {call.says("pod_sandbox_id", ""): float(call.line) for call in runs}
        made = {name: place for name, place in named.items() if name}
        shown = {one.id: one for one in reversed(self.sandboxes)}
        found = [(place, 0, name) for name, place in made.items() if name not in shown]
        for name, one in shown.items():
            place = made[name] if name in made else self._born(one, runs)
            found.append((place, one.created_at, name))
        return found


def gather(lines: Sequence[Line], calls: Sequence[Call]) -> tuple[list[History], list[tuple[Call, str]]]:
    """What was recorded of each container name of each pod uid; and the starts of containers that none knows.

    Args:
        lines: the recording.
        calls: the CRI calls in it.
    """
    restarts = restarts_of(lines, calls)
    losses = [line.number for line in lines if "n" not in line.data and line.data.get("happened") in LOSSES]
    histories: dict[Labels, History] = {}
    owners: dict[str, History] = {}  # by the id of a container
    pods: dict[str, str] = {}  # uids by the id of a sandbox
    for call in calls:
        if call.name == "CreateContainer":
            labels, create = create_of(call)
            history = histories.setdefault(labels[2:], History(labels, restarts, losses))
            history.creates[call.line] = create
            owners.setdefault(create.id, history)
        for labels, shown in shown_by(call):
            history = histories.setdefault(labels[2:], History(labels, restarts, losses))
            history.shown.append(shown)
            owners.setdefault(shown.id, history)
        if call.name == "RunPodSandbox":
            pods.setdefault(call.says("pod_sandbox_id", ""), call.asks("config.metadata.uid", ""))
        for sandbox in sandboxes_shown_by(call):
            pods.setdefault(sandbox.id, sandbox.pod)
    owners.pop("", None)
    strays = []
    for call in calls:
        for history in concerned(call, histories.values(), owners, pods):
            history.deeds.append(call)
        if call.name == "StartContainer" and call.asks("container_id", "") not in owners:
            strays.append((call, call.asks("container_id", "")))
        shown_here = list(sandboxes_shown_by(call))
        for history in histories.values():
            history.sandboxes += [one for one in shown_here if one.pod == history.labels[2]]
            history.looks += [call] if call.name in LOOKS and call.code == "OK" else []
    return list(histories.values()), strays


LOOKS = frozenset({"ListContainers", "ContainerStatus", "ListPodSandbox", "PodSandboxStatus"})
OF_CONTAINERS = frozenset({"StartContainer", "StopContainer", "RemoveContainer", "ExecSync"})
OF_SANDBOXES = frozenset({"StopPodSandbox", "RemovePodSandbox"})


def concerned(
    call: Call, histories: Iterable[History], owners: Mapping[str, History], pods: Mapping[str, str]
) -> list[History]:
    """Those with which a call does something."""
    if call.name == "CreateContainer":
        return [one for one in histories if call.line in one.creates]
    if call.name in OF_CONTAINERS:
        owner = owners.get(call.asks("container_id", ""))
        return [] if owner is None else [owner]
    if call.name == "RunPodSandbox":
        uid = call.asks("config.metadata.uid", "")
    elif call.name in OF_SANDBOXES:
        uid = pods.get(call.asks("pod_sandbox_id", ""), "")
    else:
        return []
    return [one for one in histories if uid and one.labels[2] == uid]


def restarts_of(lines: Sequence[Line], calls: Sequence[Call]) -> list[Restart]:
    """Where the kubelet ended and another one began, as far as a recording shows it.

    The numbers of calls start over with another proxy. A kubelet that starts on the same one is known by a
    silence in which nothing was listed, ended by `Version` and, within half a second, `ListImages`
    (*inferred* from the recordings of 1.20.2).
    """
    over = [line.number for line in lines if part(line.number, line.data, "n", 0) == 1][1:]
    found = {call.line: call.sent for call in calls if call.line in over}
    for line in lines:
        if "n" not in line.data and line.data.get("happened") == RESTARTS:
            found[line.number] = max([one.ended for one in calls if one.line < line.number], default=0.0)
    quiet = calls[0].ended
    for call in sorted(calls, key=lambda call: call.sent):
        if call.name == "Version" and call.sent > quiet + SILENCE:
            soon = (one for one in calls if 0 <= one.sent - call.sent <= STARTING)
            if any(one.name == "ListImages" for one in soon):
                found[min(one.line for one in calls if one.sent >= call.sent)] = call.sent
        quiet = max(quiet, call.sent)
    return [Restart(line - 0.5, sent) for line, sent in sorted(found.items())]
