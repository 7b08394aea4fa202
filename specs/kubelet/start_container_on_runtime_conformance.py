"""The port of the kubelet, held to `startContainer` on a real runtime.

As `start_container_conformance`, and what the port makes is real (`start_on_runtime_bench`). A start takes a
real runtime some fifty milliseconds, so fewer calls are followed by others (`brief`), and of the versions
those are taken that differ most. `FSM_TOURS=all` takes every version and every tour: that is an hour.
Without a runtime the tests skip.
"""

import os
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import fsm.kubelet
from fsm import Observation, Plan, conform, model_of, require

from .container_creation import Cleanup, Kind
from .runtime_pod import RuntimePod, runtime_pod
from .start_bench import calls_of
from .start_call import Container
from .start_container import StartContainer, start_container
from .start_container_conformance import small, sync
from .start_events import Event
from .start_on_runtime_bench import RuntimeBench, RuntimeReading

__all__ = ["runtime_pod"]  # a fixture

ALL = os.environ.get("FSM_TOURS") == "all"
BRIEF = ("1.22", "1.36")
EVERY = ("1.17", "1.18", "1.19", "1.21", "1.21.6", "1.22", "1.26", "1.27", "1.29", "1.31", "1.33", "1.36")

LATER = ("log_directory_is_unreadable", "log_name_is_too_big", "next_sync_finds_nothing", "target_is_missing")
"""The faults that happen in later calls too: what they do depends on what earlier ones have left."""


def brief(spec: type[StartContainer]) -> Any:
    """The spec in which the world makes its choices in the first call for a regular container.

    In later calls, and for an ephemeral container, all goes well but what `LATER` names.
    """
    base = small(spec)

    class Brief(base):  # type: ignore[misc, valid-type]
        def first(self) -> bool:
            if self.kind is not Kind.REGULAR or self.status_seen is not None:
                return False
            if self.container is Container.NONE:
                return self.plain()
            pulled = self.pull_failed or Event.PULLING in self.events
            return self.newest == 0 and self.logs <= 1 and self.cleanup is Cleanup.NONE and not pulled

        def pull_image(self) -> None:
            require(self.first())
            super().pull_image()

        def configure(self, cleanup: bool) -> None:
            require(not cleanup or self.first())
            super().configure(cleanup)

        def start(self, logged: bool) -> None:
            require(logged or self.first())
            super().start(logged)

        def post_start(self, asked: bool) -> None:
            require(not asked or self.first())
            super().post_start(asked)

    for one in model_of(spec).actions:
        if one.fault and one.name not in LATER:
            setattr(Brief, one.name, in_the_first_call(getattr(base, one.name)))
    return Brief


def in_the_first_call(fault: Callable[..., None]) -> Callable[..., None]:
    """The fault, which does not happen later."""

    @wraps(fault)
    def guarded(self: Any, *arguments: Any) -> None:
        require(self.first())
        fault(self, *arguments)

    return guarded


def run_on(kubelet: ModuleType, version: str) -> Callable[..., list[Observation]]:
    """A run that carries out plans on a port of the kubelet, in the test's pod.

    The pod is empty before a plan, and afterwards.

    Args:
        kubelet: `fsm.kubelet`, or a changed copy of it.
        version: which kubelet it is to be.
    """
    spec = start_container(version)

    def run(plan: Plan, runtime_pod: RuntimePod) -> list[Observation]:
        seen: list[Observation] = []
        try:
            bench = RuntimeBench(kubelet, version, plan.initial["kind"], runtime_pod)
            for number, chosen in enumerate(calls_of(plan.steps)):
                seen += sync(spec, bench, chosen, number == 0, RuntimeReading)
        finally:
            runtime_pod.clear()
        return seen

    return run


def suite(version: str) -> type:
    """The tests of the port as one version, on a real runtime."""
    spec = (small if ALL else brief)(start_container(version))
    spec.__name__ = spec.__qualname__ = f"StartContainer_{version.replace('.', '_')}_on_runtime"
    return conform(spec, run=run_on(fsm.kubelet, version), walks=5, timeout=60, most_tours=0)


for _version in EVERY if ALL else BRIEF:
    globals()[f"TestStartContainerOnRuntime_{_version.replace('.', '_')}"] = suite(_version)
