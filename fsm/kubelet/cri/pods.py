"""Pods of one's own in a runtime that others may use: uids of their own, and an end to what has one."""

import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from .. import messages as cri
from ..errors import RpcError
from ..runtime import RuntimeService

__all__ = ["Pods"]

RUN = "fsm.run"  #: the label of all that one run of tests made


class Pods:
    """Configurations of sandboxes, and the removal of every sandbox that was made of one.

    Args:
        runtime: in which the sandboxes are made.
        logs: a directory; each pod's containers log into one in it.
        run: what the uids begin with; the default is like no other.

    Example:
        >>> from fsm.kubelet import MemoryRuntime, MemoryImages, SteppingClock
        >>> runtime = MemoryRuntime(MemoryImages([]), SteppingClock())
        >>> pods = Pods(runtime, Path("/tmp/logs"), run="fsm-1")
        >>> sandbox = runtime.run_pod_sandbox(pods.config())
        >>> [one.metadata.uid for one in pods.sandboxes()]
        ['fsm-1-0']
        >>> pods.remove()
        >>> pods.sandboxes()
        []
    """

    def __init__(self, runtime: RuntimeService, logs: Path, run: str = "") -> None:
        self.run = run or f"fsm-{uuid4().hex[:12]}"
        self._runtime = runtime
        self._logs = logs
        self._count = 0

    def config(
        self, name: str = "web", *, namespace: str = "default", labels: Mapping[str, str] | None = None
    ) -> cri.PodSandboxConfig:
        """The configuration of a sandbox for a pod with a uid of its own.

        It uses the node's network, for which a runtime needs no CNI configuration. The next sandbox of the
        same pod is `dataclasses.replace(config, metadata=replace(config.metadata, attempt=1))`.

        Args:
            name: of the pod.
            namespace: of the pod.
            labels: beside those that a kubelet gives, and the run's.
        """
        uid = f"{self.run}-{self._count}"
        self._count += 1
        told = {
            "io.kubernetes.pod.name": name,
            "io.kubernetes.pod.namespace": namespace,
            "io.kubernetes.pod.uid": uid,
            RUN: self.run,
        }
        network = cri.NamespaceOption(network=cri.NamespaceMode.NODE)
        security = cri.LinuxSandboxSecurityContext(namespace_options=network)
        return cri.PodSandboxConfig(
            metadata=cri.PodSandboxMetadata(name, uid, namespace),
            log_directory=str(self._logs / uid),
            labels={**told, **(labels or {})},
            linux=cri.LinuxPodSandboxConfig(security),
        )

    __call__ = config

    def sandboxes(self) -> list[cri.PodSandbox]:
        """Those that there are now of its pods."""
        mine = f"{self.run}-"
        return [one for one in self._runtime.list_pod_sandbox() if one.metadata.uid.startswith(mine)]

    def remove(self, patience: float = 10.0) -> None:
        """Remove the sandboxes of its pods with all that is in them; no other is touched.

        A container whose start was given up refuses to be removed for a while, so a refusal is not believed
        at once; containerd 1.6.20, measured.

        Args:
            patience: seconds that a runtime may refuse.

        Raises:
            RpcError: what it said last.
        """
        give_up = time.monotonic() + patience
        while left := self.sandboxes():
            refusal: RpcError | None = None
            for sandbox in left:
                try:
                    self._runtime.stop_pod_sandbox(sandbox.id)
                    self._runtime.remove_pod_sandbox(sandbox.id)
                except RpcError as error:
                    refusal = error
            if refusal is not None:
                if time.monotonic() >= give_up:
                    raise refusal
                time.sleep(0.05)
