"""What must hold of a pod whatever happens: each is a function that says what is wrong, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .node import Policy


@dataclass(frozen=True)
class Shown:
    """A container of the pod, as the runtime itself lists it.

    Args:
        state: in one word.
        created_at: in nanoseconds, by the runtime's clock.
    """

    id: str
    attempt: int
    state: str
    created_at: int

    def __str__(self) -> str:
        return f"{self.id[:8]} attempt {self.attempt} {self.state}"


def shown(listed: Any) -> Shown:
    """A container of a list."""
    state = listed.state.name.removeprefix("CONTAINER_").lower()
    return Shown(listed.id, listed.metadata.attempt, state, listed.created_at)


def two_run(there: Sequence[Shown]) -> list[str]:
    """At most one instance of the container runs."""
    running = [one for one in there if one.state == "running"]
    listed = ", ".join(map(str, running))
    return [f"{len(running)} instances run at once: {listed}"] if len(running) > 1 else []


def does_not_rise(new: Shown, earlier: Mapping[str, int]) -> list[str]:
    """A new container has a higher attempt than every one before it.

    Args:
        new: was never listed before.
        earlier: the attempts of all that were, by id.
    """
    if not earlier or new.attempt > max(earlier.values()):
        return []
    return [f"{new} is new, and there were attempts {', '.join(map(str, earlier.values()))} before it"]


def is_not_seen(status: Any, before: Sequence[Shown]) -> list[str]:
    """A snapshot shows what was there before it was taken."""
    seen = {one.id for one in status.container_statuses}
    missing = [str(one) for one in before if one.id not in seen]
    return [f"the snapshot does not show {', '.join(missing)}"] if missing else []


def is_anothers(entries: Sequence[Any]) -> list[str]:
    """An attempt starts what it has created, and nothing else is started.

    Args:
        entries: of a recording.
    """
    created, wrong = "", []
    for entry in entries:
        match type(entry).__name__:
            case "AttemptBegan" | "AttemptReturned":
                created = ""
            case "CreateSucceeded":
                created = entry.container_id
            case "StartRequested" if entry.container_id != created:
                wrong.append(f"{entry.container_id[:8]} is started, and not by the attempt that made it")
    return wrong


def is_still_unknown(newest: Any, there: Sequence[Shown]) -> list[str]:
    """What was unknown is killed before another one is started.

    Args:
        newest: the newest status of the snapshot.
    """
    left = [one for one in there if one.id == newest.id and one.state == "unknown"]
    return [f"{left[0]} was not killed before another one was started"] if left else []


def is_not_told(there: Sequence[Shown], processes: Mapping[str, str]) -> list[str]:
    """What has a process is listed as running.

    Args:
        processes: what the containers of the pod execute that have a process, by id.
    """
    states = {one.id: one.state for one in there}
    return [
        f"a process ({what}) of a container that is {states.get(id_, 'not listed')}"
        for id_, what in processes.items()
        if states.get(id_) != "running"
    ]


def does_not_run(policy: Policy, there: Sequence[Shown]) -> list[str]:
    """A pod at rest whose container is always wanted has one that runs."""
    newest = there[0].state if there else "not there"
    if policy is not Policy.ALWAYS or newest == "running":
        return []
    return [f"the pod is at rest, and its newest container is {newest}"]
