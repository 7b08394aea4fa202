"""Restart counts from the log directory, for a container that has no status (1.21.6 and later).

`calcRestartCountByLogDir` (pkg/kubelet/kuberuntime/kuberuntime_container.go): with no status of that name,
the restart count is the highest number of a log file + 1. Log files are written by the runtime and deleted by
the kubelet with the container; a runtime that forgets its containers leaves them, and so does an installation
that goes. They outlive what they are about: that is the point of the rule, and its trouble.
"""

from typing import Literal

from fsm import action, require

from .node import Phase, Sandbox
from .pod_worker import PodWorker
from .versions import CountRule

STRAY = 0  # the number that the expression of 1.22 finds in the name of a file that is no log of ours


class LogDirectory(PodWorker):
    """A pod's worker that counts log files where it sees no container."""

    logs: frozenset[Literal[0, 1, 2]] = frozenset()
    stray: bool = False  # a file lies there that an expression without anchors takes for a log
    unreadable: bool = False  # reading the directory fails, in this sync

    def end_sync(self) -> None:
        """The directory is read anew each time."""
        super().end_sync()
        self.unreadable = False

    def count_by_logs(self) -> int:
        """The highest number of a log file + 1; 0 where there is none, and where reading fails at once."""
        if self.unreadable:
            return 0
        found = max(self.logs, default=-1)
        return (max(found, STRAY) if self.stray else found) + 1

    def write_log(self, attempt: int) -> None:
        """The runtime opens `<attempt>.log`, or goes on with the one that is there."""
        self.logs |= {attempt}

    def forget_log(self, attempt: int) -> None:
        """`removeContainer` deletes the log before the container."""
        self.logs -= {attempt}

    @action(Phase.CREATE, fault=True, sender="node", receiver="kubelet")
    def log_directory_cannot_be_read(self) -> None:
        """`ReadDir` fails: 0 in every version, and only a line in the kubelet's log."""
        require(self.seen is None and not self.unreadable and (bool(self.logs) or self.stray))
        self.unreadable = True

    @action(Phase.CREATE, fault=True, sender="operator", receiver="kubelet")
    def stray_file_is_taken_for_a_log(self) -> None:
        """A file such as `old0xlog` lies there from now on, and the expression is not anchored (until 1.26).

        That it came just before it was read makes no difference to what is counted.
        """
        require(self.KUBELET.count_rule is CountRule.LOG_DIRECTORY_KEEPS)
        require(self.seen is None and not self.stray)
        self.stray = True

    @action(Phase.IDLE, fault=True, sender="operator", receiver="node")
    def node_is_installed_anew(self) -> None:
        """The runtime's state goes, the logs stay, and a static pod comes back under the same uid.

        The uid of a static pod is a hash of its manifest (rancher/rke2#3819).
        """
        require(self.sandbox is not Sandbox.NONE and self.last is not None)
        self.lose_everything()
        self.last = None
