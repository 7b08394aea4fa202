"""The proxy before a real runtime: nothing is different, and whatever fails, the record accounts for it."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fsm.kubelet import messages as cri
from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.proxy.background import Proxy
from fsm.kubelet.cri.proxy.chaos import Chaos
from fsm.kubelet.errors import RpcError
from tests.kubelet.cri.proxy_bench import short_folder
from tests.kubelet.cri.proxy_cycles import Cycles, accounts, unexplained

COUNT = int(os.environ.get("FSM_CYCLES", "60"))
FAULTS = {"error", "drop_reply", "delay_before", "delay_after", "cut_before", "cut_after"}


def lines_of(record: Path) -> list[dict]:
    return [json.loads(line) for line in record.read_text().splitlines()]


def test_every_container_is_accounted_for_whatever_failed(cri_runtime, cri_endpoint, cri_image, cri_pod):
    """Each client has its own proxy: a start that another's cut breaks off may never end in containerd."""
    configs = [cri_pod(f"cycles{at}") for at in range(2)]
    sandboxes = [cri_runtime.run_pod_sandbox(config) for config in configs]

    def client(at: int) -> list[dict]:
        with short_folder() as folder:
            record = folder / "calls.jsonl"
            with (
                Proxy(f"unix://{folder}/p.sock", cri_endpoint, record, chaos=Chaos(at, 0.2)) as proxy,
                CriRuntime(proxy.endpoint, 30.0) as runtime,
            ):
                Cycles(runtime, sandboxes[at], configs[at], cri_image, at).go(COUNT // 2)
            return lines_of(record)

    with ThreadPoolExecutor(2) as pool:
        records = list(pool.map(client, range(2)))
    for sandbox, lines in zip(sandboxes, records, strict=True):
        left = cri_runtime.list_containers(cri.ContainerFilter(pod_sandbox_id=sandbox))
        fates, _ = accounts(lines)
        assert unexplained(lines, left) == []
        assert len({fate.key for fate in fates.values()}) == COUNT // 2
    assert {line["fault"]["action"] for lines in records for line in lines if "fault" in line} == FAULTS


def test_a_reply_that_is_lost_leaves_a_container_that_the_record_tells_of(
    cri_runtime, cri_endpoint, cri_image, cri_pod
):
    config = cri_pod("lost")
    sandbox = cri_runtime.run_pod_sandbox(config)
    container = cri.ContainerConfig(
        cri.ContainerMetadata("main"), cri.ImageSpec(cri_image), command=("true",)
    )
    with short_folder() as folder:
        record = folder / "calls.jsonl"
        rules = ["CreateContainer container=main drop_reply"]
        with (
            Proxy(f"unix://{folder}/p.sock", cri_endpoint, record, rules) as proxy,
            CriRuntime(proxy.endpoint) as runtime,
            pytest.raises(RpcError, match="context deadline exceeded"),
        ):
            runtime.create_container(sandbox, container, config)
        (line,) = lines_of(record)
    (there,) = [one for one in cri_runtime.list_containers() if one.pod_sandbox_id == sandbox]
    assert line["upstream"] == ["OK", "", {"container_id": there.id}]


def test_both_sides_see_the_same_through_it(cri_runtime, cri_endpoint, cri_pod):
    with (
        short_folder() as folder,
        Proxy(f"unix://{folder}/p.sock", cri_endpoint) as proxy,
        CriRuntime(proxy.endpoint) as runtime,
    ):
        assert runtime.version() == cri_runtime.version()
        assert set(runtime.list_images()) == set(cri_runtime.list_images())
        said = []
        for one in (runtime, cri_runtime):
            with pytest.raises(RpcError) as caught:
                one.start_container("no such container")
            said.append(caught.value)
        assert said[0] == said[1]


def test_a_runtime_that_is_killed_and_started_again_is_found_again(private_containerd):
    with short_folder() as folder:
        with (
            Proxy(f"unix://{folder}/p.sock", private_containerd.endpoint, folder / "calls.jsonl") as proxy,
            CriRuntime(proxy.endpoint) as runtime,
        ):
            runtime.version()
            private_containerd.kill()
            with pytest.raises(RpcError) as caught:
                runtime.version()
            assert caught.value.code.name == "UNAVAILABLE"
            private_containerd.start()
            runtime.version()
        assert [line["code"] for line in lines_of(folder / "calls.jsonl")] == ["OK", "UNAVAILABLE", "OK"]
