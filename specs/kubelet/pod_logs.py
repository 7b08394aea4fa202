"""What it means that log files outlive the containers that they are about.

The rule of `log_directory` was made so that a runtime that forgot its containers does not begin at 0 again;
the other side of it is that a pod that is really new begins where somebody else ended.
"""

from fsm import always, sometimes, spec

from .log_directory import LogDirectory
from .node import Phase
from .pod_worker import PodWorker
from .versions import version


@spec(
    final={Phase.IDLE},
    findings={
        "a_new_life_begins_at_zero": "what resembles a log counts as one (kubernetes/kubernetes#115273)"
    },
)
class PodLogs(LogDirectory):
    """One container of one pod, synced again and again, with its log files."""

    KUBELET = version("1.22")
    MOST = 1

    @always(on=(PodWorker.create, PodWorker.create_under_another_name))
    def a_new_life_begins_at_zero(self, after: "PodLogs") -> bool:
        """The first container of a pod that is new to its node has restart count 0."""
        return self.last is not None or after.last == 0

    @sometimes
    def a_count_comes_from_the_logs(self) -> bool:
        """A container without a status, and logs that tell of an earlier one."""
        return self.phase is Phase.CREATE and self.seen is None and bool(self.logs)
