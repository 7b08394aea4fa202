"""What faults between the kubelet and a real runtime leave behind: found by this suite, with how often.

Each was seen on containerd 1.6.20 with runc 1.1.5, in some 860 trials of one fault and 100 histories.
A leak that a later sync cannot get past is a defect of the runtime; it is listed here, remarked by a run that
meets it, and everything else fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["FAULT_FINDINGS", "FaultFinding", "finding_lines"]


@dataclass(frozen=True)
class FaultFinding:
    """One thing that was found.

    Args:
        name: `F1`, …
        title: in one line.
        fault: what was done.
        found: what was seen afterwards.
        times: how often, in words.
        mended: what gets past it.
    """

    name: str
    title: str
    fault: str
    found: str
    times: str
    mended: str


FAULT_FINDINGS = (
    FaultFinding(
        "F1",
        "A start that was given up can leave a container that cannot be removed",
        "StartContainer whose deadline passes while the task is being made (20 to 130 ms)",
        "ContainerStatus says EXITED, 128, StartError, `failed to get task pid: context deadline exceeded`; "
        "the task stays, and `runc init` with it. StopContainer answers OK; RemoveContainer and "
        "RemovePodSandbox answer FAILED_PRECONDITION `cannot delete running task`, for as long as it was "
        "watched (18 s). The name and the sandbox stay reserved; the next attempt is not hindered",
        "2 of 482 starts under a deadline; once more in a run of the suite; also where another client's "
        "connection was cut",
        "a restart of containerd: the container is UNKNOWN then, and can be removed",
    ),
    FaultFinding(
        "F2",
        "Folders of tasks outlive their containers",
        "the runtime ended by kill -9 during StartContainer or RunPodSandbox; now and then a start past its "
        "deadline",
        "a folder in `io.containerd.runtime.v2.task/k8s.io` whose container is gone; no process",
        "11 of 60 kills during a start",
        "the next start of containerd removes them",
    ),
    FaultFinding(
        "F3",
        "EXITED is told before the process has ended",
        "the sandbox's shim ended by kill -9",
        "the container is EXITED and the sandbox NOTREADY up to 135 ms before its process is gone",
        "5 of 12",
        "time: a kubelet that starts the next attempt at once has two processes for that long",
    ),
    FaultFinding(
        "F4",
        "A kill during RunPodSandbox leaves a sandbox or a folder",
        "the runtime ended by kill -9 during RunPodSandbox",
        "a sandbox that is NOTREADY, its name reserved; or the next create is refused with `file exists`",
        "a few of 12 each",
        "the worker removes what is not ready and takes the next attempt; the second try succeeds",
    ),
    FaultFinding(
        "F5",
        "A process may run while its container is CREATED",
        "StartContainer past its deadline",
        "the container is listed as CREATED, and its process runs for a moment before it is ended",
        "seldom; never listed as RUNNING beside a successor",
        "time",
    ),
)


def finding_lines() -> Iterator[str]:
    """The findings in Markdown."""
    yield "## Under faults\n"
    yield (
        "Replies lost and late, deadlines, `kill -9`, pauses, lost sandboxes: "
        "[the suite](runtime_faults_conformance.py) strikes a kubelet's calls, and looks, some syncs later, "
        "whether two instances of one attempt run, whether a name stays reserved that no sync gets past, and "
        "whether restart counts and events are as the specs say. On containerd 1.6.20 none of these was "
        "broken but as follows.\n"
    )
    for one in FAULT_FINDINGS:
        yield f"### {one.name}\n"
        yield f"**{one.title}.**\n"
        yield f"- After: {one.fault}."
        yield f"- Found: {one.found}."
        yield f"- Seen: {one.times}."
        yield f"- What gets past it: {one.mended}.\n"
