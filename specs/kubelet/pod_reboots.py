"""A node that reboots again and again, with or without its runtime's state, and nothing else that goes wrong.

This is the world of one published defect and of its mending. Up to 1.21.5 a container whose runtime forgot
everything begins at restart count 0 again, and writes over its own log (kubernetes/kubernetes#99748); since
1.21.6 the log files are asked (`log_directory`). What the mending promises is said exactly: the count goes on
from a container that has run, as long as the kubelet itself has not removed that container and its log.
"""

from fsm import always, sometimes, spec, var

from .node import COUNTS, Phase
from .pod_worker import PodWorker


@spec(
    final={Phase.IDLE},
    findings={
        "a_container_that_ran_is_counted": "a wiped runtime begins at 0 again (kubernetes/kubernetes#99748)",
    },
)
class PodReboots(PodWorker):
    """One container of one pod on a node that reboots."""

    REMEMBERS = False

    ran: int | None = var(COUNTS, None)  # attempt of the last container that ran, until it is collected

    kill_fails = create_sandbox_fails = create_sandbox_leaves_one = create_fails = create_times_out = None
    pre_start_fails = start_fails = start_is_never_served = start_times_out = start_reply_is_lost = (
        post_start
    ) = post_start_fails = kubelet_restarts = None
    dead_containers_are_pruned = instance_becomes_unreadable = runtime_restarts = None
    sandbox_is_lost = clock_is_set_back = clock_goes_on = None
    log_directory_cannot_be_read = stray_file_is_taken_for_a_log = node_is_installed_anew = None
    create_is_refused = create_answers_with_the_holder = create_under_another_name = start_is_refused = None
    late_create_completes = late_create_is_undone = late_start_ends = None

    def run(self) -> None:
        """The held container runs: its attempt was used."""
        super().run()
        place = self.held()
        assert place is not None
        self.ran = self.instances[place].attempt

    def forget_log(self, attempt: int) -> None:
        """The kubelet removes the container itself, and its log: what comes next is its own doing."""
        super().forget_log(attempt)
        if self.ran == attempt:
            self.ran = None

    @always(on=PodWorker.start)
    def a_container_that_ran_is_counted(self, after: "PodReboots") -> bool:
        """B1: a container that starts has a higher attempt than the one that ran before it."""
        return self.ran is None or (after.ran is not None and after.ran > self.ran)

    @sometimes
    def a_wiped_node_starts_again(self) -> bool:
        """A container has run, and now nothing of it is listed."""
        return self.ran is not None and self.phase is Phase.CREATE and not self.instances[0].is_there
