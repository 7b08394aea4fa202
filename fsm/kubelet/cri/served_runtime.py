"""The calls of `RuntimeService` that a runtime in memory answers, each from its request into its answer.

A method here is a call of the CRI in snake case; it reads the message of whichever version was asked and
fills in that version's answer. A call without a method is not implemented.
"""

# ruff: noqa: ARG002  (a call is given its request and its answer, and need not look at either)

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .. import messages as cri
from ..errors import RpcError, StatusCode
from ..memory_runtime import MemoryRuntime
from .convert import fill, read, read_field
from .served_messages import NAME, NO_PROCESS, container_stats, said, sandbox_stats, sandbox_status

__all__ = ["ServedRuntime"]

CGROUPFS = 1  #: `CgroupDriver.CGROUPFS`: no cgroup is made here, and this driver needs no other daemon


class ServedRuntime:
    """The answers of `runtime`, as `runtime.v1` and `runtime.v1alpha2` have them."""

    def __init__(self, runtime: MemoryRuntime) -> None:
        self._runtime = runtime

    # the runtime itself

    def version(self, request: Any, answer: Any) -> None:
        """The runtime's name is `fsm-memory`, its version that of this package."""
        answer.version = "0.1.0"  # of the kubelet's own interface, which never changed
        answer.runtime_name = NAME
        answer.runtime_version = _own_version()
        answer.runtime_api_version = answer.DESCRIPTOR.file.package.removeprefix("runtime.")

    def status(self, request: Any, answer: Any) -> None:
        """It is ready, and says that it is for tests."""
        for kind in ("RuntimeReady", "NetworkReady"):
            answer.status.conditions.add(type=kind, status=True, reason="ForTests", message=NO_PROCESS)
        if request.verbose:
            answer.info["runtime"] = said(
                name=NAME,
                version=_own_version(),
                behaves_like="containerd 1.6.20",
                sandboxes=len(self._runtime.list_pod_sandbox()),
                containers=len(self._runtime.list_containers()),
            )

    def update_runtime_config(self, request: Any, answer: Any) -> None:
        """Accepted; there is no network that a range of addresses could be for."""

    def runtime_config(self, request: Any, answer: Any) -> None:
        """The cgroup driver, for a kubelet that asks which one to use."""
        answer.linux.cgroup_driver = CGROUPFS

    # sandboxes

    def run_pod_sandbox(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        config = read_field(cri.PodSandboxConfig, request, "config")
        answer.pod_sandbox_id = self._runtime.run_pod_sandbox(config, request.runtime_handler)

    def stop_pod_sandbox(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        self._runtime.stop_pod_sandbox(request.pod_sandbox_id)

    def remove_pod_sandbox(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        self._runtime.remove_pod_sandbox(request.pod_sandbox_id)

    def pod_sandbox_status(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says; with namespaces and an address."""
        sandbox_status(answer.status, self._runtime, request.pod_sandbox_id)
        if request.verbose:
            answer.info["info"] = said(pid=0)

    def list_pod_sandbox(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        for sandbox in self._runtime.list_pod_sandbox(read_field(cri.PodSandboxFilter, request, "filter")):
            fill(answer.items.add(), sandbox)

    # containers

    def create_container(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        answer.container_id = self._runtime.create_container(
            request.pod_sandbox_id,
            read_field(cri.ContainerConfig, request, "config"),
            read_field(cri.PodSandboxConfig, request, "sandbox_config"),
        )

    def start_container(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        self._runtime.start_container(request.container_id)

    def stop_container(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        self._runtime.stop_container(request.container_id, request.timeout)

    def remove_container(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        self._runtime.remove_container(request.container_id)

    def list_containers(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        for container in self._runtime.list_containers(read_field(cri.ContainerFilter, request, "filter")):
            fill(answer.containers.add(), container)

    def container_status(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        status = self._runtime.container_status(request.container_id)
        fill(answer.status, status)
        if request.verbose:
            answer.info["info"] = said(pid=0)

    def update_container_resources(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        resources = read(cri.LinuxContainerResources, request.linux)
        self._runtime.update_container_resources(request.container_id, resources)

    def reopen_container_log(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says."""
        self._runtime.reopen_container_log(request.container_id)

    # commands in containers

    def exec_sync(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says: of known commands what is known, of others that they end with 0."""
        fill(answer, self._runtime.exec_sync(request.container_id, tuple(request.cmd), request.timeout))

    def exec(self, request: Any, answer: Any) -> None:
        """Refused: there is no process to talk to."""
        raise _no_process("Exec", "ExecSync answers for commands that are known")

    def attach(self, request: Any, answer: Any) -> None:
        """Refused: there is no process to talk to."""
        raise _no_process("Attach", "there is nothing to attach to")

    def port_forward(self, request: Any, answer: Any) -> None:
        """Refused: nobody listens in a sandbox."""
        raise _no_process("PortForward", "nobody listens on a port")

    # statistics

    def container_stats(self, request: Any, answer: Any) -> None:
        """As `MemoryRuntime` says, and the same of its layer of files."""
        container_stats(answer.stats, self._runtime.container_stats(request.container_id))

    def list_container_stats(self, request: Any, answer: Any) -> None:
        """Zeros, of what runs."""
        wanted = read(cri.ContainerFilter, request.filter)
        for container in self._runtime.list_containers(wanted):
            if container.state is cri.ContainerState.CONTAINER_RUNNING:
                container_stats(answer.stats.add(), self._runtime.container_stats(container.id))

    def pod_sandbox_stats(self, request: Any, answer: Any) -> None:
        """Zeros; an absent sandbox is an error, as its status is."""
        id_ = self._runtime.pod_sandbox_status(request.pod_sandbox_id).id
        (sandbox,) = self._runtime.list_pod_sandbox(cri.PodSandboxFilter(id=id_))
        sandbox_stats(answer.stats, self._runtime, sandbox)

    def list_pod_sandbox_stats(self, request: Any, answer: Any) -> None:
        """Zeros, of the sandboxes that are ready."""
        wanted = read(cri.PodSandboxFilter, request.filter)
        for sandbox in self._runtime.list_pod_sandbox(wanted):
            if sandbox.state is cri.PodSandboxState.SANDBOX_READY:
                sandbox_stats(answer.stats.add(), self._runtime, sandbox)


def _no_process(call: str, hint: str) -> RpcError:
    return RpcError(StatusCode.UNIMPLEMENTED, f"{NO_PROCESS}; {call}: {hint}")


@cache
def _own_version() -> str:
    try:
        return version("fsm-spec")
    except PackageNotFoundError:  # a copy that was not installed
        return "0.0.0"
