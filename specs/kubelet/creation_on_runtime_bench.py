"""The bench of container creation over a real runtime.

Containers are really created and removed. What fails is what fails in memory too: the kubelet's own seams,
and a runtime that refuses or loses a reply, which stands in front of the client. The image has the name that
the spec's texts give it, and the id of the real one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .container_creation_conformance import IMAGE, NAME, TARGET, Bench, Faults
from .runtime_pod import RuntimePod


@dataclass
class RuntimeBench(Bench):
    """A kubelet over a real runtime, and one pod of it.

    Args:
        on: the pod, with nothing in it yet.
    """

    on: RuntimePod = None  # type: ignore[assignment]  # it is always given

    def furnish(self) -> None:
        """The pod that there is."""
        k, on = self.k, self.on
        self.images = k.MemoryImages([k.Image(on.image.id, repo_tags=(IMAGE,))])
        self.image, self.world = on.image.id, on.runtime
        self.sources = k.ConfigSources(mounted_volumes=lambda _: {"data": on.directory("data")})
        self.config, self.sandbox = on.config, on.sandbox

    def pod(self, faults: Faults) -> Any:
        """The same pod as in memory, with a uid of its own."""
        return self.on.mine(super().pod(faults))

    def settle_target(self, wanted: bool) -> None:
        """Have the target of an ephemeral container running, or not at all."""
        self.on.settle(TARGET, wanted)

    def mine(self) -> Sequence[Any]:
        """The containers of that name in the pod, oldest first."""
        return self.on.containers(NAME)
