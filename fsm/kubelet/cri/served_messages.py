"""What a served runtime says beyond the port's messages: addresses, statistics that are zero, its own words.

The port's messages have what a kubelet's startContainer needs. A whole kubelet, `crictl` and `critest` read
more, and are told what is so: nothing runs, nothing is used.
"""

import json
import time
from typing import Any

from .. import messages as cri
from ..memory_runtime import MemoryRuntime
from ..messages import ContainerState, NamespaceMode, NamespaceOption
from ..usage import ContainerStats
from .convert import fill

__all__ = ["NAME", "NO_PROCESS", "container_stats", "said", "sandbox_stats", "sandbox_status"]

NAME = "fsm-memory"  #: the runtime's name, in Version and wherever it speaks of itself
NO_PROCESS = f"{NAME} is a runtime for tests: no process runs in it"


def said(**facts: Any) -> str:
    """Facts for the `info` of a verbose answer: JSON, and first of all what this runtime is."""
    return json.dumps({"note": NO_PROCESS, **facts})


def sandbox_status(message: Any, runtime: MemoryRuntime, pod_sandbox_id: str) -> None:
    """Write the status of a sandbox, with its namespaces and its address.

    A kubelet makes a pod's sandbox anew where the address is missing, or where the network is not the one
    that it asked for: podSandboxChanged, pkg/kubelet/kuberuntime/kuberuntime_manager.go, v1.20; *inferred*
    from how it behaves.
    """
    fill(message, runtime.pod_sandbox_status(pod_sandbox_id))
    sandbox = runtime.sandbox(pod_sandbox_id)
    options = sandbox.config.linux.security_context.namespace_options
    fill(message.linux.namespaces.options, options)
    message.network.ip = _address(sandbox.id, options)


def _address(pod_sandbox_id: str, options: NamespaceOption) -> str:
    """An address of 198.18.0.0/15, which is for tests (RFC 2544): there is no network, and nobody listens."""
    if options.network is NamespaceMode.NODE:
        return ""
    low = 1 + int(pod_sandbox_id[:12], 16) % 0x1FFFE
    return f"198.{18 + (low >> 16)}.{low >> 8 & 255}.{low & 255}"


def container_stats(message: Any, stats: ContainerStats) -> None:
    """Write the statistics of a container, and that its layer of files is empty."""
    fill(message, stats)
    message.writable_layer.timestamp = stats.cpu.timestamp
    message.writable_layer.fs_id.mountpoint = "/"
    message.writable_layer.used_bytes.value = 0
    message.writable_layer.inodes_used.value = 0


def sandbox_stats(message: Any, runtime: MemoryRuntime, sandbox: cri.PodSandbox) -> None:
    """Write the statistics of a sandbox and of what runs in it: it has used nothing, as of now."""
    fill(message.attributes, sandbox)
    now = time.time_ns()
    message.linux.cpu.timestamp = message.linux.memory.timestamp = now
    message.linux.cpu.usage_core_nano_seconds.value = 0
    message.linux.memory.working_set_bytes.value = 0
    message.linux.network.timestamp = now
    message.linux.process.timestamp = now
    message.linux.process.process_count.value = 0
    running = cri.ContainerFilter(pod_sandbox_id=sandbox.id, state=ContainerState.CONTAINER_RUNNING)
    for container in runtime.list_containers(running):
        container_stats(message.linux.containers.add(), runtime.container_stats(container.id))
