"""The words of `CriContainer`: what a container, its sandbox and its name may be, and what is answered.

A state is whatever has the variables of the spec as attributes: the spec itself, or a row of the matrix.
"""

from enum import Enum
from typing import Any


class Container(Enum):
    """The container of interest, as ContainerStatus and ListContainers tell it."""

    ABSENT = "there was none yet"
    CREATED = "CONTAINER_CREATED"
    RUNNING = "CONTAINER_RUNNING"
    EXITED = "CONTAINER_EXITED"
    UNKNOWN = "CONTAINER_UNKNOWN"
    REMOVED = "there was one, and it is gone"


class Sandbox(Enum):
    """Its sandbox, as PodSandboxStatus and ListPodSandbox tell it."""

    ABSENT = "there was none yet"
    READY = "SANDBOX_READY"
    NOT_READY = "SANDBOX_NOTREADY"
    REMOVED = "there was one, and it is gone"


class Name(Enum):
    """The container's name and attempt in its sandbox."""

    FREE = "nobody has it"
    TRIED = "nobody has it; the last create with it failed"
    HELD = "the container has it"
    STUCK = "nothing that is listed has it, and something was left behind by a create that was cut short"


class Exit(Enum):
    """What an exited container's status says of its end."""

    NONE = "nothing: finished_at and exit_code are 0"
    OWN = "the code that its process ended with"
    KILLED = "that it was killed"
    NEVER_RAN = "that it could not be started: started_at is 0"
    LOST = "that nobody knows: 255"


class Other(Enum):
    """What else the pod has, beside the container and its sandbox."""

    NONE = "nothing"
    NEXT = "a container of the same name with the next attempt, in the same sandbox"
    SECOND = "a second sandbox, which is ready and empty"
    TWIN = "a second sandbox, and in it a container of the same name and attempt"


class Reply(Enum):
    """An answer, by what it means."""

    OK = "success"
    HOLDER = "success, with the id of what has the name already"
    REFUSED = "an error"
    NOT_FOUND = "an error with the code NOT_FOUND"
    GONE = "no answer: the runtime has ended"


class Fate(Enum):
    """What the call does to the container, beyond what it is for."""

    KEPT = "nothing"
    EXITED = "it has exited"
    LOST = "it has exited, and nobody knows how"
    REMOVED = "it is gone"
    SPARED = "it runs on, although the call is there to end it"


LISTED = frozenset({Container.CREATED, Container.RUNNING, Container.EXITED, Container.UNKNOWN})
PRESENT = frozenset({Sandbox.READY, Sandbox.NOT_READY})


def is_listed(at: Any) -> bool:
    """Whether the container is there."""
    return at.container in LISTED


def is_present(at: Any) -> bool:
    """Whether the sandbox is there."""
    return at.sandbox in PRESENT


def is_alone(at: Any) -> bool:
    """Whether the pod has one sandbox with one container at most."""
    return at.other is Other.NONE
