"""Container runtimes as values: how each one answers where the CRI leaves it open.

A runtime is what the kubelet's world (`node`) asks about it, and nothing else. What was read and what was
measured: containerd's `internal/cri/server` (2.4.0-beta; v1.4.13 has the same shape) and a containerd 1.6.20
with runc 1.1.5; CRI-O's tree near 1.37 and its commit 20eba5edf7 (v1.31.0); the dockershim of Kubernetes
1.19, whose helper lives on in cri-dockerd. What is inferred says so.
"""

from dataclasses import dataclass, replace
from enum import Enum


class Duplicate(Enum):
    """The answer to a create whose name belongs to a container that is listed."""

    REFUSED = "an error"
    ADOPTED = "the id of the container that has the name, as success"
    HOLDER_REMOVED = "an error; the container that has the name is removed unless it runs"


class Failed(Enum):
    """What becomes of a container whose start failed."""

    EXITED = "exited"
    REMOVED = "removed"
    EXITED_OR_CREATED = "exited if an exit code was stored, else as it was created"


class LogFile(Enum):
    """When `<restart count>.log` appears in the container's log directory."""

    AT_CREATE = "at create"
    AT_START = "at start"


@dataclass(frozen=True)
class Runtime:
    """One container runtime.

    Args:
        name: as its users write it.
        duplicate: the answer to a create with the name of a container that is listed.
        renames: whether a create with the name of one that is *not* listed gets a random name, and works.
        failed: what becomes of a container whose start failed.
        refused_start_exits: whether a container is exited after a start that the runtime refused, for its
            sandbox is not ready.
        late_start: whether a start that went on past the caller's deadline may still end in a running
            container.
        ends_unknown: whether `StopPodSandbox` ends the containers whose state is unknown, too.
        log: when the log file appears.
    """

    name: str
    duplicate: Duplicate
    renames: bool
    failed: Failed
    refused_start_exits: bool
    late_start: bool
    ends_unknown: bool
    log: LogFile


CONTAINERD = Runtime(
    "containerd",
    duplicate=Duplicate.REFUSED,
    renames=False,
    failed=Failed.EXITED,
    refused_start_exits=True,  # measured: exited, 128, StartError
    late_start=False,  # measured: created at first, then exited with 128, and never running
    ends_unknown=True,  # measured: exited, 255, Unknown; `StopPodSandbox` stops all that its sandbox holds
    log=LogFile.AT_START,  # measured: a log that cannot be opened fails the start, not the create
)
CRI_O = Runtime(
    "CRI-O until 1.30",
    duplicate=Duplicate.ADOPTED,
    renames=False,
    failed=Failed.EXITED,  # inferred from the commit that changed it, which also went into some 1.29 and 1.30
    refused_start_exits=False,
    late_start=True,  # inferred: no text says that a start past its deadline is undone
    ends_unknown=True,  # inferred: it stops all that its sandbox holds
    log=LogFile.AT_CREATE,  # inferred: conmon gets the log's path at create
)
CRI_O_1_31 = replace(CRI_O, name="CRI-O from 1.31", failed=Failed.REMOVED)
DOCKERSHIM = Runtime(
    "dockershim",
    duplicate=Duplicate.HOLDER_REMOVED,
    renames=True,
    failed=Failed.EXITED_OR_CREATED,
    refused_start_exits=False,
    late_start=True,  # inferred: docker goes on when its caller has gone
    ends_unknown=False,  # inferred: the shim stops the sandbox's own container alone
    log=LogFile.AT_START,  # inferred: the shim links to docker's own file
)

RUNTIMES = (CONTAINERD, CRI_O, CRI_O_1_31, DOCKERSHIM)
