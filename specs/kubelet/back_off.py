"""How restarts are backed off: `doBackOff`, the books that it keeps, and when the pod worker looks again.

Sources: `doBackOff` and `SyncPod` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, the books in
`util/flowcontrol/backoff.go` of client-go, their clean-up in `HandlePodCleanups` of
`pkg/kubelet/kubelet_pods.go`, `completeWork` in `pkg/kubelet/pod_workers.go`; the restart policy is Always.

    a sync finds          looks for                does
    newest not running    the newest EXITED one    none: starts; in its window: refuses; else: `Next`, starts

The window is counted from when that container finished: 10 s, doubled by every `Next`, 300 s at most. An
entry of the books is void once a container finished more than 600 s after it was last written, and is thrown
away as soon as it was not written for 600 s.

Time goes in ticks of 10 s. Clocks stop just above the largest number that they are compared with (600 s since
`Next`; 300 s and the longest lateness since an exit): all that any decision asks of them. A container
runs for a multiple of 300 s: shorter differences in how long it ran change no decision but the one at 600 s.
Time goes on from sync to sync, and not while one is due.

One spec: `back_off_steps` says what happens, `back_off_promises` what is promised of it, `back_off_books`
what a window is. Here stand the eras, each with what it changes.

Not modelled: the gates that change the numbers (`ReduceDefaultCrashLoopBackOffDecay`, and
`KubeletCrashLoopBackOffMax` with a value set), an image that is changed back while its old entry is still
there, and more containers than one: what theirs do wakes the worker.
"""

from typing import ClassVar

from fsm import always, spec

from .back_off_books import WINDOWS
from .back_off_promises import Promises
from .back_off_steps import MINUTE, Reason
from .versions import Requeue, version


@spec
class BackOff_1_34(Promises):
    """A container crashes, and is restarted later and later; the worker comes as the window ends (≥1.34)."""

    REQUEUE: ClassVar[Requeue] = version("1.34").requeue
    LATE: ClassVar[int] = MINUTE // 2


class BackOff_1_17(BackOff_1_34):
    """A container crashes, and is restarted later and later; the worker looks every ten seconds (≤1.33)."""

    REQUEUE = version("1.33").requeue
    LATE = 2  # ticks: ten seconds and their jitter

    def after_back_off(self) -> int:
        """As after any error: the rule that back-off is none never applies (kubernetes/kubernetes#123602)."""
        return 1

    @always(
        on="back_off",
        finding="kubernetes/kubernetes#123602: back-off counts as an error, and is looked at every 10 s",
    )
    def the_worker_does_not_look_in_vain(self, after: "BackOff_1_17") -> bool:
        """Lost: thirty syncs and thirty errors in a window of five minutes."""
        return after.due >= min(WINDOWS[self.level or 0] - self.since_exit.ticks, MINUTE)

    @always(
        on="start",
        finding="kubernetes/kubernetes#123602: the period of errors adds up to 10 s, and its jitter",
    )
    def a_restart_is_on_time(self, after: "BackOff_1_17") -> bool:
        """Lost as well."""
        refused = self.reason is Reason.CRASH_LOOP_BACK_OFF
        return not refused or self.level is None or self.void or self.since_exit.ticks <= WINDOWS[self.level]


ILLUSTRATED = (BackOff_1_34,)
