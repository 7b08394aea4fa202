"""Containers made and removed through a proxy with random faults, in memory: each is accounted for."""

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from fsm.kubelet import Image, MemoryImages, MemoryRuntime
from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.pods import Pods
from fsm.kubelet.cri.proxy.background import Proxy
from fsm.kubelet.cri.proxy.chaos import Chaos
from fsm.kubelet.cri.server import serve
from tests.kubelet.cri.proxy_bench import short_folder
from tests.kubelet.cri.proxy_cycles import Cycles, accounts, insist, unexplained

COUNT = int(os.environ.get("FSM_CYCLES", "60"))
IMAGE = "local.test/app:1"


@dataclass(frozen=True)
class Run:
    lines: list[dict[str, Any]]
    left: Any


@cache
def run(seed):
    """Two clients, each with a pod of its own, and what came of them."""
    images = MemoryImages([Image("sha256:" + "a" * 64, repo_tags=(IMAGE,))])
    with short_folder() as folder, serve(MemoryRuntime(images), images, f"unix://{folder}/r.sock") as server:
        record = folder / "calls.jsonl"
        with Proxy(f"unix://{folder}/p.sock", server.endpoint, record, chaos=Chaos(seed, 0.2)) as proxy:

            def client(at):
                with CriRuntime(proxy.endpoint, 20.0) as runtime:
                    config = Pods(runtime, folder, f"pod{at}").config()
                    with CriRuntime(server.endpoint) as direct:
                        sandbox = direct.run_pod_sandbox(config)
                    Cycles(runtime, sandbox, config, IMAGE, seed + at).go(COUNT // 2)

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(client, range(2)))
        with CriRuntime(server.endpoint) as direct:
            left = insist(direct.list_containers)
        lines = [json.loads(line) for line in record.read_text().splitlines()]
    return Run(lines, left)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_container_is_accounted_for(seed):
    found = run(seed)
    fates, _ = accounts(found.lines)
    assert unexplained(found.lines, found.left) == []
    assert len({fate.key for fate in fates.values()}) == COUNT // 2 * 2
    assert Counter(fate.removed for fate in fates.values())["yes"] > COUNT // 2
    assert {one.id for one in found.left} <= set(fates)


def test_there_were_faults_of_every_kind():
    kinds = Counter(line["fault"]["action"] for seed in (1, 2) for line in run(seed).lines if "fault" in line)
    assert set(kinds) == {"error", "drop_reply", "delay_before", "delay_after", "cut_before", "cut_after"}


def tells_of_nothing_else(line, lines, left):
    """Whether nothing but this call explains what there is of its container."""
    name = line["req"].get("container_id") or line["resp"]["container_id"]
    same = [other for other in lines if other["call"] == line["call"] and other["req"] == line["req"]]
    if line["call"] == "RemoveContainer":
        return len(same) == 1
    states = [one.state.name for one in left if one.id == name]
    return (
        len(same) == 1
        and states != []
        and (line["call"] == "CreateContainer" or states != ["CONTAINER_CREATED"])
    )


@pytest.mark.parametrize("call", ["CreateContainer", "StartContainer", "RemoveContainer"])
def test_a_record_that_lacks_a_call_does_not_account_for_everything(call):
    lines, left = run(1).lines, run(1).left
    calls = [line for line in lines if line["call"] == call and line["code"] == "OK"]
    needed = [line for line in calls if tells_of_nothing_else(line, lines, left)]
    assert needed
    for line in needed:
        assert unexplained([other for other in lines if other is not line], left) != []
