"""The port of the kubelet, held to the spec of container creation on a real runtime.

The same plans as in `container_creation_conformance`, all of them, carried out by the same port with the same
seams; the containers are a real runtime's. Without one the tests skip.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import fsm.kubelet
from fsm import Observation, Plan, conform

from .container_creation import ContainerCreation
from .container_creation_conformance import attempts_of, faults_of
from .creation_on_runtime_bench import RuntimeBench
from .runtime_pod import RuntimePod, runtime_pod

__all__ = ["runtime_pod"]  # a fixture


def run_on(kubelet: ModuleType) -> Callable[..., list[Observation]]:
    """A run that carries out plans on a port of the kubelet, in the test's pod.

    The pod is empty before a plan, and afterwards.

    Args:
        kubelet: `fsm.kubelet`, or a changed copy of it.
    """

    def run(plan: Plan, runtime_pod: RuntimePod) -> list[Observation]:
        try:
            bench = RuntimeBench(kubelet, plan.initial["kind"], on=runtime_pod)
            for number, steps in enumerate(attempts_of(plan)):
                bench.sync(faults_of(steps), first=number == 0)
        finally:
            runtime_pod.clear()
        return bench.seen

    return run


def on_runtime(spec: type) -> Any:
    """The spec under a name of its own: what is covered here is covered on a real runtime."""

    class OnRuntime(spec):  # type: ignore[misc, valid-type]
        pass

    OnRuntime.__name__ = OnRuntime.__qualname__ = f"{spec.__name__}_on_runtime"
    OnRuntime.__doc__ = spec.__doc__
    return OnRuntime


TestContainerCreationOnRuntime = conform(
    on_runtime(ContainerCreation), run=run_on(fsm.kubelet), walks=20, timeout=60, most_tours=0
)
