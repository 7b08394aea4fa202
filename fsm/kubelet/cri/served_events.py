"""GetContainerEvents: what has become of sandboxes and containers, told from what is listed before and after.

After every call the runtime is listed and compared with what was listed before, so whatever changes it, a
call, a program that ends or a test that plays the world, is told, and whoever follows the events from the
first one on knows the listing. A sandbox is told with its own id, as a container that starts at once.

containerd 1.6.20 does not implement the call. Which events there are is read in containerd 1.7.27
(pkg/cri/server); that a container which failed to start has STOPPED is this runtime's: 1.7 does not say so.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from queue import SimpleQueue
from typing import Any

from cri_api.v1 import api_pb2

from .. import messages as cri
from ..errors import RpcError, StatusCode
from ..memory_runtime import MemoryRuntime
from ..messages import ContainerState, PodSandboxState
from .convert import fill
from .served_messages import sandbox_status

__all__ = ["EventKind", "Events", "container_events", "sandbox_events"]

MOST_STREAMS = 16  #: each takes a thread
LONGEST_QUEUE = 10_000  #: events that a client may leave unread


class EventKind(Enum):
    """What happened; the numbers are those of the CRI's `ContainerEventType`."""

    CREATED = 0
    STARTED = 1
    STOPPED = 2
    DELETED = 3


def container_events(
    before: ContainerState | None, after: ContainerState | None, started: bool
) -> list[EventKind]:
    """What has happened to a container between two listings; None: it is not there.

    Args:
        before: its state.
        after: its state.
        started: whether it has ever run, for one that has exited.

    Example:
        >>> [one.name for one in container_events(None, ContainerState.CONTAINER_EXITED, started=True)]
        ['CREATED', 'STARTED', 'STOPPED']
    """
    told = []
    if before is None and after is not None:
        told.append(EventKind.CREATED)
        before = ContainerState.CONTAINER_CREATED
    if before is ContainerState.CONTAINER_CREATED and (
        after is ContainerState.CONTAINER_RUNNING or (after is ContainerState.CONTAINER_EXITED and started)
    ):
        told.append(EventKind.STARTED)
        before = ContainerState.CONTAINER_RUNNING
    ended = after is ContainerState.CONTAINER_EXITED and before is not ContainerState.CONTAINER_EXITED
    if ended or (after is None and before is ContainerState.CONTAINER_RUNNING):
        told.append(EventKind.STOPPED)
    if after is None and before is not None:
        told.append(EventKind.DELETED)
    return told


def sandbox_events(before: PodSandboxState | None, after: PodSandboxState | None) -> list[EventKind]:
    """What has happened to a sandbox between two listings; None: it is not there."""
    ready = PodSandboxState.SANDBOX_READY
    told = []
    if before is None and after is not None:
        told += [EventKind.CREATED, EventKind.STARTED]
        before = ready
    if before is ready and after is not ready:
        told.append(EventKind.STOPPED)
    if after is None and before is not None:
        told.append(EventKind.DELETED)
    return told


@dataclass(frozen=True)
class Listing:
    """What there is at one moment, by id."""

    sandboxes: dict[str, PodSandboxState] = field(default_factory=dict)
    containers: dict[str, tuple[str, ContainerState]] = field(default_factory=dict)


class Events:
    """The events of a runtime, and the streams that wait for them. Its caller calls one at a time."""

    def __init__(self, runtime: MemoryRuntime) -> None:
        self._runtime = runtime
        self._seen = Listing()
        self._queues: list[SimpleQueue[Any]] = []

    def look(self) -> None:
        """Compare what there is with what there was, and tell every stream."""
        if not self._queues:
            return
        before, self._seen = self._seen, self._list()
        for event in self._between(before, self._seen):
            for queue in self._queues:
                queue.put(event)

    def subscribe(self) -> "SimpleQueue[Any]":
        """A queue for the events from now on; None in it is the end.

        Raises:
            RpcError: if there are too many streams.
        """
        if len(self._queues) >= MOST_STREAMS:
            raise RpcError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"{MOST_STREAMS} streams of events are open, and no more can be",
            )
        if not self._queues:
            self._seen = self._list()
        queue: SimpleQueue[Any] = SimpleQueue()
        self._queues.append(queue)
        return queue

    def unsubscribe(self, queue: "SimpleQueue[Any]") -> None:
        """The stream has ended."""
        if queue in self._queues:
            self._queues.remove(queue)

    def _list(self) -> Listing:
        return Listing(
            {one.id: one.state for one in self._runtime.list_pod_sandbox()},
            {one.id: (one.pod_sandbox_id, one.state) for one in self._runtime.list_containers()},
        )

    def _between(self, before: Listing, after: Listing) -> Iterator[Any]:
        """The events, those of a sandbox's beginning before and of its end after its containers'."""
        ends = []
        for id_ in before.sandboxes | after.sandboxes:
            for kind in sandbox_events(before.sandboxes.get(id_), after.sandboxes.get(id_)):
                if kind in (EventKind.CREATED, EventKind.STARTED):
                    yield self._event(kind, id_, id_)
                else:
                    ends.append((kind, id_))
        for id_, (sandbox, _) in (before.containers | after.containers).items():
            old, new = (one.containers.get(id_, (sandbox, None))[1] for one in (before, after))
            if old is not new:
                started = new is not None and self._runtime.container_status(id_).started_at > 0
                for kind in container_events(old, new, started):
                    yield self._event(kind, id_, sandbox)
        for kind, id_ in ends:
            yield self._event(kind, id_, id_)

    def _event(self, kind: EventKind, id_: str, sandbox: str) -> Any:
        event: Any = api_pb2.ContainerEventResponse(container_id=id_, created_at=time.time_ns())
        event.container_event_type = kind.value
        if sandbox in self._seen.sandboxes:
            sandbox_status(event.pod_sandbox_status, self._runtime, sandbox)
        for one in self._runtime.list_containers(cri.ContainerFilter(pod_sandbox_id=sandbox)):
            fill(event.containers_statuses.add(), self._runtime.container_status(one.id))
        return event
