"""Containers created, started, stopped and removed through a proxy that lets calls fail; and their accounts.

The client believes no error: it looks what there is, takes what it finds, and asks again for the rest.

The accounts are the record's: what became of every container, whatever its callers were told. An outcome that
nobody could know is `perhaps`, and then both must be expected.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from fsm.kubelet import messages as cri
from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.errors import RpcError

T = TypeVar("T")
PAUSES = [0.0] * 5 + [0.02] * 500  # seconds before a call is made again; then a test fails

YES, NO, PERHAPS = "yes", "no", "perhaps"
BROKEN_OFF = {"CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE"}
NEVER_SENT = {"error", "cut_before", "hang_before"}


def insist(call: Callable[..., T], *arguments: Any) -> T:
    """Make a call that may be made again until it works."""
    for pause in PAUSES:
        try:
            return call(*arguments)
        except RpcError as error:
            last = error
        time.sleep(pause)
    raise last


@dataclass
class Cycles:
    """A client that makes containers in one sandbox.

    Args:
        runtime: to call, through the proxy.
        sandbox, config: where.
        image: of all containers.
        seed: of what is done with each.
    """

    runtime: CriRuntime
    sandbox: str
    config: cri.PodSandboxConfig
    image: str
    seed: int

    def go(self, count: int) -> None:
        """So many cycles; now and then one of them stops half-way, and its container is left as it is."""
        dice = Random(self.seed)
        for at in range(count):
            stages = dice.choice([1, 2, 3]) if dice.random() < 0.2 else 4
            container = self.create(f"c{at % 10}", at // 10)
            if stages > 1:
                self.start(container)
            if stages > 2:
                insist(self.runtime.stop_container, container, 0)
            if stages > 3:
                insist(self.runtime.remove_container, container)

    def create(self, name: str, attempt: int) -> str:
        config = cri.ContainerConfig(
            metadata=cri.ContainerMetadata(name, attempt),
            image=cri.ImageSpec(self.image),
            command=("sleep", "1000"),
            labels={**self.config.labels, "io.kubernetes.container.name": name},
            log_path=f"{name}_{attempt}.log",
        )
        for pause in PAUSES:
            time.sleep(pause)
            try:
                return self.runtime.create_container(self.sandbox, config, self.config)
            except RpcError as error:
                last = error
            mine = cri.ContainerFilter(pod_sandbox_id=self.sandbox)
            for one in insist(self.runtime.list_containers, mine):
                if one.metadata == config.metadata:
                    return one.id
        raise last

    def start(self, container: str) -> None:
        for pause in PAUSES:
            time.sleep(pause)
            try:
                return self.runtime.start_container(container)
            except RpcError as error:
                last = error
            if (
                insist(self.runtime.container_status, container).state
                is not cri.ContainerState.CONTAINER_CREATED
            ):
                return None
        raise last


@dataclass
class Fate:
    """What the record tells of a container: whether each was done to it."""

    key: tuple[str, str, int]
    started: str = NO
    stopped: str = NO
    removed: str = NO


def done(line: dict[str, Any]) -> str:
    """Whether the runtime did what a call asked for."""
    if "upstream" in line:
        return YES if line["upstream"][0] == "OK" else NO
    if line.get("fault", {}).get("action") in NEVER_SENT:
        return NO
    if line["code"] == "OK":
        return YES
    return PERHAPS if line["code"] in BROKEN_OFF else NO


def more(before: str, now: str) -> str:
    return max(before, now, key=[NO, PERHAPS, YES].index)


def key_of(metadata: dict[str, Any], labels: dict[str, Any]) -> tuple[str, str, int]:
    return labels["io.kubernetes.pod.uid"], metadata["name"], metadata.get("attempt", 0)


def accounts(lines: Sequence[dict[str, Any]]) -> tuple[dict[str, Fate], set[tuple[str, str, int]]]:
    """The fates of the containers whose ids the record knows; and the keys of creates of unknown outcome."""
    fates: dict[str, Fate] = {}
    unknown = set()
    for line in lines:
        request, reply = line.get("req", {}), line.get("resp", {})
        if line["call"] == "CreateContainer":
            key = key_of(request["config"]["metadata"], request["config"]["labels"])
            if done(line) == YES:
                fates[reply["container_id"]] = Fate(key)
            elif done(line) == PERHAPS:
                unknown.add(key)
        for shown in reply.get("containers", []):
            key = key_of(shown["metadata"], shown["labels"])
            if key in unknown:
                fates.setdefault(shown["id"], Fate(key))
    for line in lines:
        fate = fates.get(line.get("req", {}).get("container_id", ""))
        if fate is not None:
            for call, deed in (("Start", "started"), ("Stop", "stopped"), ("Remove", "removed")):
                if line["call"] == f"{call}Container":
                    setattr(fate, deed, more(getattr(fate, deed), done(line)))
    return fates, unknown


def unexplained(lines: Sequence[dict[str, Any]], left: Sequence[cri.Container]) -> list[str]:
    """What the record does not explain of the containers that are left, and of those that are not.

    Args:
        lines: of the record, all of it.
        left: all containers that there are in the end.
    """
    lines = [line for line in lines if "n" in line]
    fates, unknown = accounts(lines)
    wrong = []
    for one in left:
        key = (one.labels["io.kubernetes.pod.uid"], one.metadata.name, one.metadata.attempt)
        fate = fates.get(one.id)
        if fate is None:
            if key not in unknown:
                wrong.append(f"{key} is there, and nobody created it")
        elif fate.removed == YES:
            wrong.append(f"{key} is there, and was removed")
        elif one.state is cri.ContainerState.CONTAINER_RUNNING and (
            fate.started == NO or fate.stopped == YES
        ):
            wrong.append(f"{key} runs, and was started: {fate.started}, stopped: {fate.stopped}")
        elif one.state is cri.ContainerState.CONTAINER_CREATED and fate.started == YES:
            wrong.append(f"{key} does not run, and was started")
        elif one.state is cri.ContainerState.CONTAINER_EXITED and fate.started == NO:
            wrong.append(f"{key} has ended, and was never started")
    there = {one.id for one in left}
    wrong += [
        f"{fate.key} is gone" for name, fate in fates.items() if fate.removed == NO and name not in there
    ]
    return wrong + twins(lines, left)


def twins(lines: Sequence[dict[str, Any]], left: Sequence[cri.Container]) -> list[str]:
    """The containers that ran at the same time as another one of the same pod, name and attempt."""
    fates, _ = accounts(lines)
    running: dict[tuple[str, str, int], set[str]] = {}
    wrong = []
    for line in lines:
        name = line.get("req", {}).get("container_id", "")
        if name in fates and done(line) != NO:
            there = running.setdefault(fates[name].key, set())
            if line["call"] == "StartContainer":
                there.add(name)
            elif line["call"] in ("StopContainer", "RemoveContainer") and done(line) == YES:
                there.discard(name)
            if len(there) > 1:
                wrong.append(f"{fates[name].key} runs twice at call {line['n']}")
    keys = [
        (one.labels["io.kubernetes.pod.uid"], one.metadata)
        for one in left
        if one.state is cri.ContainerState.CONTAINER_RUNNING
    ]
    return wrong + [f"{key} runs twice" for key in set(keys) if keys.count(key) > 1]
