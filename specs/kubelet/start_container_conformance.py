"""The port of the kubelet, held to `startContainer` of every version.

A plan is carried out call by call (`start_bench`), and what the port asked of its surroundings is read back
as observations (`start_reading`), with the exact texts of its events, of its error values and of what it
returns with them (`start_messages`).
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import fsm.kubelet
from fsm import Observation, Plan, conform, require

from .start_bench import NAME, WIPE, Bench, Chosen, calls_of
from .start_container import StartContainer, start_container
from .start_events import Event
from .start_phases import Phase
from .start_reading import Reading


def run_on(kubelet: ModuleType, version: str) -> Callable[[Plan], list[Observation]]:
    """A run that carries out plans on a port of the kubelet.

    Args:
        kubelet: `fsm.kubelet`, or a changed copy of it.
        version: which kubelet it is to be.
    """
    spec = start_container(version)

    def run(plan: Plan) -> list[Observation]:
        bench = Bench(kubelet, version, plan.initial["kind"])
        seen: list[Observation] = []
        for number, chosen in enumerate(calls_of(plan.steps)):
            seen += sync(spec, bench, chosen, first=number == 0)
        return seen

    return run


def sync(
    spec: type[StartContainer], bench: Bench, chosen: Chosen, first: bool, reader: type[Reading] = Reading
) -> Iterator[Observation]:
    """One sync: a fresh snapshot of the status, one call, what was seen of both, and what came after."""
    bench.settle(chosen)
    status = bench.snapshot(chosen)
    if not first:
        found = status.find_container_status_by_name(NAME)
        count = None if found is None else found.restart_count
        seen = {"status_seen": count, "newest": bench.newest_count(), "phase": Phase.PENDING}
        yield Observation((WIPE if chosen.does(WIPE) else "next_sync",), state=seen)
    before = bench.newest()
    bench.call(chosen, status)
    reading = reader(spec, bench, chosen, "" if before is None else before.id)
    yield from reading.read(bench.recording.attempts()[-1])
    if chosen.does("container_exits"):
        bench.exits()
        yield Observation(("container_exits",), state={"container": reading.container()})


def small(spec: type[StartContainer]) -> Any:
    """The spec with one restart at most, and without combinations of what has nothing to do with each other.

    Pulled images, failed references and clean-ups are for calls that begin with nothing in the runtime, and
    for one of the three at a time. Every choice is still made, and every call can still follow every other.
    """

    class Small(spec):  # type: ignore[misc, valid-type]
        MOST = 1

        def plain(self) -> bool:
            return self.newest is None and self.logs == 0

        def pull_image(self) -> None:
            require(self.plain())
            super().pull_image()

        def configure(self, cleanup: bool) -> None:
            referred = self.ref_made or Phase.REF_GENERATED not in self.ROUTE
            require(not cleanup or (self.plain() and referred and self.events == (Event.PRESENT,)))
            super().configure(cleanup)

    if Phase.REF_GENERATED in spec.ROUTE:

        def generate_ref_fails(self: Any) -> None:
            require(self.newest is None and self.logs == 0 and Event.PULLING not in self.events)
            spec.generate_ref_fails(self)

        Small.generate_ref_fails = generate_ref_fails
    Small.__name__ = Small.__qualname__ = spec.__name__
    Small.__doc__ = spec.__doc__
    return Small


def suite(version: str, kubelet: ModuleType = fsm.kubelet) -> type:
    """The tests of a port of the kubelet as one version.

    Args:
        version: which.
        kubelet: the port.
    """
    return conform(small(start_container(version)), run=run_on(kubelet, version), walks=25)


TestStartContainer_1_17 = suite("1.17")
TestStartContainer_1_18 = suite("1.18")
TestStartContainer_1_19 = suite("1.19")
TestStartContainer_1_21 = suite("1.21")
TestStartContainer_1_21_6 = suite("1.21.6")
TestStartContainer_1_22 = suite("1.22")
TestStartContainer_1_26 = suite("1.26")
TestStartContainer_1_27 = suite("1.27")
TestStartContainer_1_29 = suite("1.29")
TestStartContainer_1_31 = suite("1.31")
TestStartContainer_1_33 = suite("1.33")
TestStartContainer_1_35 = suite("1.35")
