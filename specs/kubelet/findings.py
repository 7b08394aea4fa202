"""Where broken promises come from: known bugs, what was recorded, and predictions.

A finding is recognised by its cause: the promise, the version, and the steps of the shortest trace that give
it away. "B" is a bug that was reported in public, "R" what a real kubelet was recorded doing. "P" is a
*prediction* about the modelled versions; `rests_on` names the code that it follows from, as far as that code
was read. A prediction is as good as the model, and nobody has to believe it before it was seen.
"""

from dataclasses import dataclass
from typing import Any

from fsm.verdict import PropertyResult

from .node import Policy
from .runtimes import Runtime
from .versions import Version, numbers
from .worlds import Question

FIRST, LAST = "1.17", "1.36"


@dataclass(frozen=True)
class Finding:
    """One reason why promises are broken.

    Args:
        name: as the matrix calls it: "B1", "R1", "P1".
        text: what happens, in a sentence.
        rests_on: reports or recordings; for a prediction the code that it rests on.
        promises: the names of the promises that it breaks.
        steps: the actions that give it away: all of them are in the trace.
        since, mended: the first version that has it, and the first one that no longer does ("" if none).
    """

    name: str
    text: str
    rests_on: str
    promises: tuple[str, ...]
    steps: tuple[str, ...]
    since: str = FIRST
    mended: str = ""

    @property
    def known(self) -> bool:
        """Whether it was reported or recorded; otherwise it is a prediction."""
        return not self.name.startswith("P")

    def explains(self, promise: str, version: str, result: PropertyResult) -> bool:
        """Whether a violation of a promise in a version is this."""
        if promise not in self.promises or result.trace is None:
            return False
        if numbers(version) < numbers(self.since):
            return False
        if self.mended and numbers(version) >= numbers(self.mended):
            return False
        return set(self.steps) <= {step.action for step in result.trace.steps}


GC = "pkg/kubelet/kuberuntime/kuberuntime_gc.go"
MANAGER = "pkg/kubelet/kuberuntime/kuberuntime_manager.go"
CONTAINER = "pkg/kubelet/kuberuntime/kuberuntime_container.go"
HELPERS = "pkg/kubelet/container/helpers.go"
PODS = "pkg/kubelet/kubelet_pods.go"

FINDINGS = (
    Finding(
        "P1",
        "Docker's shim gives a container a random name when nobody can be found who has the right one; the "
        "create that had it completes after all, and two containers have one attempt.",
        "pkg/kubelet/dockershim/helpers.go (`recoverFromCreationConflictIfNeeded`), v1.19; that docker "
        "still works on the first create is inferred",
        ("I1", "I1a", "I2", "I2a", "I3", "I4", "I4a", "I12"),
        ("create_under_another_name",),
    ),
    Finding(
        "B4",
        "A clock was set back: a container that does not run is now newer than the one that runs. The "
        "kubelet looks at the newest and wants to start another beside the one that runs.",
        "kubernetes/kubernetes#134153, open; its reporter blames `GetNewerThan`, that the order by creation "
        "time is the cause is inferred",
        ("I4a",),
        ("clock_is_set_back",),
    ),
    Finding(
        "P2",
        "A container is created while the clock is set back, and the clock is corrected before it is "
        "started: it counts as the oldest, garbage collection takes it, and its number is used again.",
        f"{GC} (`evictableContainers`: all that do not run, by creation time), v1.19 and v1.36",
        ("I2", "I2a", "I6"),
        ("clock_is_set_back", "collect"),
    ),
    Finding(
        "B5",
        "A create that its caller gave up still has the name when the same attempt is asked for again.",
        "containerd/containerd#4604, #10828 and #13867, k3s-io/k3s#2312, cri-o/cri-o#8906; containerd "
        "1.6.20 in 195 trials with a deadline, a cancel or a closed channel: always created, and the same "
        "attempt refused",
        ("I1a",),
        ("create_times_out",),
    ),
    Finding(
        "P3",
        "An older container has the number that comes next.",
        f"{CONTAINER} (the count is that of the newest status + 1, whatever others there are), v1.18 to "
        "v1.36",
        ("I1a",),
        (),
    ),
    Finding(
        "B1",
        "A reboot wipes the runtime's state, and the next container begins at a number that was used before.",
        "kubernetes/kubernetes#99748 for CRI-O and docker, cherry-picked to 1.21.6 by #105614; on "
        "containerd its root directory would have to be lost",
        ("B1", "I2", "I2a", "I3"),
        ("start", "node_reboots"),
        mended="1.21.6",
    ),
    Finding(
        "P16",
        "A wiped runtime also forgets a container that was created and never started; its number is given "
        "again, though nothing ran under it.",
        f"{CONTAINER} (`startContainer` has no memory of its own), v1.18 to v1.36; until 1.21.5 as B1",
        ("I2", "I2a", "I3"),
        ("node_reboots",),
        mended="1.21.6",
    ),
    Finding(
        "P17",
        "The log directory cannot be read: the count is 0, and only a line in the kubelet's log tells.",
        f"{CONTAINER} (`calcRestartCountByLogDir`: an error of `ReadDir`), v1.22 to v1.36",
        ("I2", "I2a", "I3"),
        ("log_directory_cannot_be_read",),
        since="1.21.6",
    ),
    Finding(
        "P18",
        "A running container is gone from the runtime: the API counts one more; and when the next one gets a "
        "number that was used before (as in P4), the count goes down.",
        f"{PODS} (`convertToAPIContainerStatuses`), v1.22.17 to v1.35",
        ("I3",),
        ("node_reboots",),
        since="1.22",
        mended="1.36",
    ),
    Finding(
        "P4",
        "A container that was created and not yet started has no log file, and garbage collection may just "
        "have "
        "deleted its predecessor's: a runtime that is wiped then begins at a number that was used before.",
        f"{CONTAINER} (`calcRestartCountByLogDir`), {GC} (`removeContainer` deletes the log), v1.22 to "
        "v1.36; that "
        "containerd opens the log at the start was measured",
        ("I2", "I2a", "I3"),
        ("node_reboots",),
        since="1.21.6",
    ),
    Finding(
        "P5",
        "The runtime removes a container whose start failed, and the next one gets its number again; in the "
        "API "
        "the count goes down.",
        "cri-o/cri-o#8288 (v1.31.0); what the kubelet makes of it is inferred",
        ("I2", "I2a", "I3"),
        ("start_fails",),
    ),
    Finding(
        "P6",
        "Somebody removes the dead containers behind the kubelet's back: what was counted is forgotten.",
        f"{MANAGER} (a comment in `GetPodStatus` says that the count is best effort), v1.19",
        ("I2", "I2a", "I3"),
        ("dead_containers_are_pruned",),
    ),
    Finding(
        "P7",
        "A start goes on past its deadline, or through a restart of the runtime; the container that is "
        "still listed as created is replaced, and then both run.",
        f"{HELPERS} (`ShouldContainerBeRestarted`: what is created is started again), v1.19 to v1.36. That "
        "CRI-O and docker complete such a start is inferred; containerd 1.6.20 was measured not to, but 9 "
        "of 40 starts during which it was killed had worked",
        ("I4", "I4a"),
        ("start_times_out",),
    ),
    Finding(
        "P8",
        "A create that was given up completes when a later container already runs; it is the newest now, "
        "nobody "
        "looks at the one that runs, and another is started beside it.",
        "pkg/kubelet/container/runtime.go (`FindContainerStatusByName`: the newest by creation time), "
        f"{HELPERS} "
        "(`ShouldContainerBeRestarted`), v1.19 to v1.36",
        ("I4", "I4a"),
        ("create_times_out", "late_create_completes"),
    ),
    Finding(
        "P9",
        "Under restart policy Never a container that was created and not started is replaced: only one that "
        "has "
        "exited counts as had.",
        f"{HELPERS} (`ShouldContainerBeRestarted`: created and unknown count under every policy), v1.19 to "
        "v1.36",
        ("I9",),
        (),
    ),
    Finding(
        "P10",
        "Under restart policy Never a pod whose sandbox is gone gets no new one once any container was "
        "there: one that was only created stays for ever.",
        f"{MANAGER} (`computePodActions`), v1.18",
        ("I12", "I12i"),
        ("node_reboots",),
    ),
    Finding(
        "R1",
        "A container that was created and not started is never taken up: its successor runs, and it stays "
        "as the one dead container that garbage collection keeps.",
        "recorded with v1.20.2 and containerd 1.6.20 (`s06`, `s09`); k3s-io/k3s#2312; the code is the same "
        "up to 1.36",
        ("I12",),
        (),
    ),
    Finding(
        "P11",
        "A running container becomes unknown: the API counts one more. The unknown one is killed, and if no "
        "other is made in that sync, the next report says what the runtime says, which is lower.",
        f"{PODS} (`convertToAPIContainerStatuses`), v1.20.4 to v1.35",
        ("I3",),
        ("instance_becomes_unreadable",),
        since="1.20",
        mended="1.36",
    ),
    Finding(
        "P12",
        "`Created` is told of a container that was removed between its create and the event.",
        f"{CONTAINER} (`startContainer` does not look again), v1.18 to v1.36",
        ("I6",),
        (),
    ),
    Finding(
        "R2",
        "A create whose reply was lost leaves a container that no event ever told of; so does a kubelet "
        "that ends between create and event.",
        "recorded with v1.20.2 and containerd 1.6.20 (`s06`, `s09`); the code is the same up to 1.36",
        ("I7", "I7f"),
        (),
    ),
    Finding(
        "P13",
        "The kill after a failed post-start hook fails too: that is only logged, and the container runs on.",
        f"{CONTAINER} (`startContainer`, step 4), v1.18 to v1.36; in the world of one pod both failures are "
        "one step",
        ("I10", "I10f"),
        (),
    ),
    Finding(
        "B13",
        "The runtime has started the container and the kubelet does not know: the post-start hook is never "
        "run.",
        "kubernetes/kubernetes#60053 and #122803, the latter open",
        ("I10a",),
        (),
    ),
    Finding(
        "B2",
        "Log files outlive an installation: a static pod, whose uid is a hash of its manifest, begins where "
        "the "
        "last installation ended.",
        "rancher/rke2#3819",
        ("B2",),
        ("node_is_installed_anew",),
        since="1.21.6",
    ),
    Finding(
        "B2a",
        "A file whose name only resembles a log's is counted as one.",
        "kubernetes/kubernetes#115273",
        ("B2", "I2", "I2a", "I3"),
        ("stray_file_is_taken_for_a_log",),
        since="1.21.6",
        mended="1.27",
    ),
    Finding(
        "P14",
        "Not every way out has a `Failed` event: a failed post-start hook has a reason of its own, and "
        "since 1.29 a failed look-up of the runtime handler has no event at all.",
        f"{CONTAINER} (`startContainer`, steps 0 and 4), v1.18 to v1.36",
        ("I11",),
        (),
    ),
    Finding(
        "B11",
        "An init container that was created and not started is waited for, and nobody starts it.",
        "kubernetes/kubernetes#126440, mended by #126543",
        ("I12i", "I13i", "N6"),
        ("start_is_not_served",),
        since="1.28",
        mended="1.30",
    ),
    Finding(
        "B3",
        "While the clock is behind, the newest container is not the one that was created last: attempts "
        "repeat, names are taken, and what has succeeded is not what is looked at.",
        "kubernetes/kubernetes#135762; time shifts are not supported",
        ("I2i", "I2ai", "N6"),
        ("clock_is_set_back",),
    ),
    Finding(
        "B18",
        "A new sandbox: its first init container is created in the sync that made it and counts from its "
        "purged predecessor, the others are created in later syncs and begin at 0.",
        "kubernetes/kubernetes#124002",
        ("N1", "I2i", "I2ai"),
        ("purge",),
    ),
    Finding(
        "B19",
        "A purge that fails is only logged, and what it left is taken for an init container of the new "
        "sandbox: the regular container is begun too early.",
        "kubernetes/kubernetes#137710",
        ("N2", "I12i"),
        ("purge_fails",),
    ),
    Finding(
        "B20",
        "The only memory of an init container that succeeded is its container: removed, it is run again.",
        "kubernetes/kubernetes#77859 and #90271",
        ("N4",),
        (),
    ),
    Finding(
        "B21",
        "A regular container of an older sandbox that was only created says that all init containers are "
        "done.",
        "kubernetes/kubernetes#140309; #138514 mends it in a version that was not read",
        ("N2", "N3", "I12i", "N6"),
        (),
        since="1.28",
    ),
    Finding(
        "B22",
        "An init container is begun beside a regular one that runs, for nobody asks the regular one.",
        "kubernetes/kubernetes#90271, mended by #96572",
        ("N5",),
        (),
        mended="1.21",
    ),
    Finding(
        "B7",
        "A new worker of the same pod has no last sync, so it may take a cache for new in which the "
        "container that runs was only created: it creates another one.",
        "kubernetes/kubernetes#94932, #82512, #80005 and #23636",
        ("I4w", "I4aw", "W1"),
        (),
        mended="1.22",
    ),
    Finding(
        "P15",
        "A sync that was overtaken by the next worker creates with a number whose container was collected "
        "meanwhile.",
        "pkg/kubelet/pod_workers.go (`removeWorker`), v1.19 to v1.21",
        ("I2w",),
        (),
        mended="1.22",
    ),
)


def explain(
    question: Question,  # noqa: ARG001
    promise: str,
    version: Version,
    runtime: Runtime,  # noqa: ARG001
    policy: Policy,  # noqa: ARG001
    result: PropertyResult,
) -> Any:
    """The finding that a violation is, or `None`."""
    return next((one for one in FINDINGS if one.explains(promise, version.name, result)), None)
