"""Whatever the world of a pod does, written down as CRI calls, is read as conforming: nobody is accused.

A walk through `pod` is turned into the recording that a proxy would have made of it, with ids, creation times
and exit codes; some replies are answered late, and show what was there before the call that they overtook.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.recording import Line
from fsm.replaying import Judge
from fsm.tables import Step
from fsm.targets import find
from fsm.verdict import Outcome
from specs.kubelet.node import State
from specs.kubelet.pod import pod

SPEC = Path(__file__).parent.parent / "specs" / "kubelet" / "pod.py"
SECOND = 10**9  # nanoseconds
BEGIN = 1795445000.0

LABELS = {
    "io.kubernetes.pod.namespace": "default",
    "io.kubernetes.pod.name": "pod",
    "io.kubernetes.pod.uid": "uid",
    "io.kubernetes.container.name": "main",
}
SHOWN = {
    State.CREATED: "CONTAINER_CREATED",
    State.STARTING: "CONTAINER_CREATED",
    State.RUNNING: "CONTAINER_RUNNING",
    State.SUCCEEDED: "CONTAINER_EXITED",
    State.FAILED: "CONTAINER_EXITED",
    State.UNKNOWN: "CONTAINER_UNKNOWN",
}
INSERTS = {"create", "late_create_completes", "create_under_another_name"}
REMOVES = {"collect", "collect_exited", "remove_container"}
NOTED = {
    "node_reboots",
    "runtime_restarts",
    "dead_containers_are_pruned",
    "pod_is_deleted",
    "clock_is_set_back",
    "sandbox_is_lost",
    "instance_becomes_unreadable",
}
ERRORS = {
    "create_call_fails": ("CreateContainer", "UNKNOWN"),
    "create_is_refused": ("CreateContainer", "UNKNOWN"),
    "create_times_out": ("CreateContainer", "DEADLINE_EXCEEDED"),
    "start_fails": ("StartContainer", "UNKNOWN"),
    "start_is_refused": ("StartContainer", "UNKNOWN"),
    "start_is_never_served": ("StartContainer", "DEADLINE_EXCEEDED"),
    "start_times_out": ("StartContainer", "DEADLINE_EXCEEDED"),
    "start_reply_is_lost": ("StartContainer", "DEADLINE_EXCEEDED"),
    "kill_fails": ("StopContainer", "UNKNOWN"),
    "stop_container_fails": ("StopContainer", "UNKNOWN"),
    "create_sandbox_fails": ("RunPodSandbox", "UNKNOWN"),
    "create_sandbox_leaves_one": ("RunPodSandbox", "DEADLINE_EXCEEDED"),
}
CALLS = {
    "create": "CreateContainer",
    "create_sandbox": "RunPodSandbox",
    "start": "StartContainer",
    "kill": "StopContainer",
    "stop_container": "StopContainer",
    "stop_unknown": "StopContainer",
    "stop_sandbox": "StopPodSandbox",
    "remove_sandbox": "RemovePodSandbox",
    **dict.fromkeys(REMOVES, "RemoveContainer"),
}
DEEDS = {*CALLS.values()}


@cache
def tables_of(world: type) -> Tables:
    return Tables(model_of(world))


class Recorder:
    """A walk through a world of `pod`, and the recording of it."""

    def __init__(self, world: type) -> None:
        self.tables = tables_of(world)
        (self.state,) = self.tables.initial_states()
        self.rows: list[dict[str, Any]] = []
        self.now = BEGIN
        self.count = 0
        self.ids: list[str] = []  # of the instances, newest first
        self.created: dict[str, int] = {}
        self.sandboxes: list[tuple[str, int]] = []  # with creation times; the newest last
        self.home: dict[str, str] = {}  # the sandbox of each container
        self.held = ""
        self.started = BEGIN
        self.awaited: set[int] = set()  # rows of lists that are waited for
        self.call("Version", {}, {})
        self.relist()

    def __getattr__(self, name: str) -> Any:
        return self.tables.layout.value(self.state, name)

    def choices(self) -> list[int]:
        """The events that are possible, by place."""
        leaves = (table.leaf(self.state) for table in self.tables.events)
        return [place for place, leaf in enumerate(leaves) if isinstance(leaf, Step)]

    def take(self, place: int) -> None:
        """Take a step, and write down what is seen of it."""
        event = self.tables.model.events[place]
        name, told, behind = event.action.name, event.named, self.behind
        acted_on = self.ids[told["place"]] if told.get("place", 99) < len(self.ids) else self.held
        leaf = self.tables.events[place].leaf(self.state)
        assert isinstance(leaf, Step)
        before, self.state = self.state, leaf.apply(self.state)
        if name in NOTED:
            self.rows.append({"note": "a note", "happened": name})
        if name in INSERTS:
            self.insert(behind)
        if name in ("create_sandbox", "create_sandbox_leaves_one"):
            self.sandboxes.append((f"sandbox{self.count}", self.nanoseconds()))
        if name in ERRORS:
            call, code = ERRORS[name]
            asked = told.get("attempt", 0) if call == "CreateContainer" else acted_on
            self.call(call, self.request(call, asked), {}, code)
        elif name in CALLS:
            call = CALLS[name]
            asked = told["attempt"] if call == "CreateContainer" else acted_on
            request = self.request(call, asked)
            response = {"RunPodSandbox": {"pod_sandbox_id": self.sandbox_id}, "CreateContainer": {}}.get(
                call, {}
            )
            if call == "CreateContainer":
                response = {"container_id": self.held}
            self.call(call, request, response)
        if name == "start":
            self.started = self.now
        if name.startswith("post_start"):
            self.call("ExecSync", {"container_id": self.held}, {"exit_code": 7} if "fails" in name else {})
            self.rows[-1].update(t=self.started, ms=1000 * (self.now - self.started) - 10)
        if name == "post_start_fails":
            code = "OK" if told["killed"] else "UNKNOWN"
            self.call("StopContainer", {"container_id": self.held}, {}, code)
        if name == "relist":
            begun = len(self.rows)
            self.relist()
            if self.tables.layout.value(before, "unseen"):  # what it shows may be decided on at once
                self.awaited |= {*range(begun, len(self.rows))}
        if name == "kubelet_restarts":
            self.now += 10
            self.call("Version", {}, {})
            self.call("ListImages", {}, {})
        self.forget(name, before, acted_on)

    def insert(self, behind: int) -> None:
        """A container comes to be, as new as the clock says."""
        name = f"{len(self.created):064x}"
        now = self.nanoseconds()
        if behind:
            older = self.created[self.ids[behind]] if behind < len(self.ids) else 0
            now = (
                (self.created[self.ids[behind - 1]] + older) // 2
                if older
                else self.created[self.ids[-1]] - SECOND
            )
        self.created[name] = now
        self.home[name] = self.sandbox_id
        self.ids.insert(behind, name)
        self.held = name

    def forget(self, name: str, before: int, removed: str) -> None:
        """Keep the ids of what is left."""
        if name in REMOVES:
            self.ids.remove(removed)
        elif name == "dead_containers_are_pruned":
            was = self.tables.layout.value(before, "instances")
            self.ids = [one for place, one in enumerate(self.ids) if not was[place].can_be_pruned]
        elif name == "node_reboots" and not any(one.is_there for one in self.instances.values()):
            self.ids = []
            self.sandboxes = self.sandboxes if self.sandbox.value != "none" else []
        elif name == "runtime_restarts" and sum(one.is_there for one in self.instances.values()) > len(
            self.ids
        ):
            self.insert(self.tables.layout.value(before, "behind"))
        elif name == "remove_sandbox":
            self.sandboxes = []
        assert len(self.ids) == sum(one.is_there for one in self.instances.values()), name

    @property
    def sandbox_id(self) -> str:
        return self.sandboxes[-1][0] if self.sandboxes else ""

    def nanoseconds(self) -> int:
        return int(self.now * SECOND)

    def request(self, call: str, asked: Any) -> dict[str, Any]:
        if call == "CreateContainer":
            config = {
                "metadata": {"name": "main", "attempt": asked},
                "labels": LABELS,
                "log_path": f"main/{asked}.log",
                "annotations": {"io.kubernetes.container.restartCount": str(asked)},
            }
            return {"pod_sandbox_id": self.sandbox_id, "config": config}
        if call == "RunPodSandbox":
            return {"config": {"metadata": {"name": "pod", "uid": "uid", "namespace": "default"}}}
        return {"pod_sandbox_id": self.sandbox_id} if "Sandbox" in call else {"container_id": asked}

    def call(self, name: str, request: dict[str, Any], response: dict[str, Any], code: str = "OK") -> None:
        """A call that takes 20 ms, and 10 ms in which nothing happens."""
        self.count += 1
        row = {
            "n": self.count,
            "t": self.now,
            "ms": 20,
            "svc": "runtime.v1alpha2.RuntimeService",
            "call": name,
            "req": request,
            "code": code,
            "resp": response,
        }
        self.rows.append(row)
        self.now += 0.03

    def relist(self) -> None:
        """Everything is listed."""
        shown = [
            {
                "id": name,
                "pod_sandbox_id": self.home[name],
                "labels": LABELS,
                "state": SHOWN[one.state],
                "metadata": {"name": "main", "attempt": one.attempt},
                "created_at": str(self.created[name]),
                "annotations": {"io.kubernetes.container.restartCount": str(one.attempt)},
            }
            for name, one in zip(self.ids, self.instances.values(), strict=False)
        ]
        ready = "SANDBOX_READY" if self.sandbox.value == "ready" else "SANDBOX_NOTREADY"
        sandboxes = [
            {
                "id": name,
                "metadata": {"name": "pod", "uid": "uid"},
                "created_at": str(created),
                "state": ready if name == self.sandbox_id else "SANDBOX_NOTREADY",
            }
            for name, created in self.sandboxes
        ]
        self.call("ListPodSandbox", {}, {"items": sandboxes})
        self.call("ListContainers", {}, {"containers": shown})
        for one, instance in zip(shown, self.instances.values(), strict=False):
            code = {"exit_code": 3} if instance.state is State.FAILED else {}
            self.call("ContainerStatus", {"container_id": one["id"]}, {"status": {**one, **code}})

    def overtaken(self, chosen: set[int]) -> list[Line]:
        """The recording, with some replies answered only after the call that follows."""
        rows, moved = list(self.rows), 0
        for number in sorted(chosen - self.awaited):
            late, following = rows[number : number + 2] if number + 1 < len(rows) else ({}, {})
            if number > moved and late.get("call", "").startswith("List") and following.get("call") in DEEDS:
                rows[number], rows[number + 1] = following, {**late, "ms": 55}
                moved = number + 1
        return [Line(number, row) for number, row in enumerate(rows, 1)]


@cache
def the_judge() -> Judge:
    (target,) = find([str(SPEC)]).targets
    return Judge(target)


UNHEARD = ("create_times_out", "start_is_never_served", "start_times_out", "start_reply_is_lost")
WAYS_ON = ("begin_sync", "create_sandbox", "create", "pre_start", "start")
LIKELY = {"relist": 9, "exits": 5, **dict.fromkeys(WAYS_ON, 20), **dict.fromkeys(UNHEARD, 5)}


def walk(random: Random, policy: str, hook: bool) -> list[Line]:
    """A recording of up to 40 steps."""
    recorder = Recorder(pod(policy, hook))
    names = [event.action.name for event in recorder.tables.model.events]
    for _ in range(random.randint(10, 40)):
        places = recorder.choices()
        recorder.take(random.choices(places, [LIKELY.get(names[place], 1) for place in places])[0])
    late = {number for number in range(len(recorder.rows)) if random.random() < 0.3}
    return [Line(0, {"note": "a walk", "restart_policy": policy}), *recorder.overtaken(late)]


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
@pytest.mark.parametrize("hook", [False, True])
@settings(max_examples=8)
@given(seed=st.integers(0, 10**6))
def test_what_the_world_does_is_read_as_conforming(policy, hook, seed):
    for one in the_judge().lines(walk(Random(seed), policy, hook), "walk"):
        assert one.outcome is not Outcome.VIOLATED, explained(one)


def test_most_walks_are_judged_and_take_every_kind_of_call():
    walks = [walk(Random(seed), "Always", True) for seed in range(40)]
    judged = [one for lines in walks for one in the_judge().lines(lines, "walk")]
    taken = {name for one in judged for seen in one.explained for name in seen.actions}
    assert sum(one.outcome is Outcome.HOLDS for one in judged) >= 25
    assert taken >= {*CALLS, *ERRORS, *NOTED, "post_start", "kubelet_restarts"}


def explained(judgement: Any) -> str:
    """What the mapping made of it, up to the refusal."""
    seen = [f"{one.line}: {one.label}" for one in judgement.subject.observations]
    return "\n".join([*seen[: judgement.conformance.observations + 1], str(judgement.conformance)])
