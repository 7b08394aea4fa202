"""The restart count that users see: `ContainerStatus.restartCount` in the API.

The kubelet computes it anew whenever it reports a pod's status (`convertToAPIContainerStatuses`,
pkg/kubelet/kubelet_pods.go), from the newest status in the runtime and from what the API said before. It is
not the number that the next container gets: corrections for containers that vanished (since 1.20 and 1.22)
are made in the API alone, so the next real container may bring the count back down; a floor came with 1.36.
"""

from enum import Enum

from fsm import action, always, limit, require, sometimes, spec, var

from .node import COUNTS, Phase, State
from .pod_worker import PodWorker
from .versions import ApiCountRule

RULES = tuple(ApiCountRule)


class ApiState(Enum):
    """A container's state in the API."""

    WAITING = "waiting"
    RUNNING = "running"
    TERMINATED = "terminated"


def shown(state: State) -> ApiState:
    """How the API shows a state; until 1.20 a created container is terminated, which nothing here asks."""
    match state:
        case State.RUNNING:
            return ApiState.RUNNING
        case State.SUCCEEDED | State.FAILED:
            return ApiState.TERMINATED
        case _:
            return ApiState.WAITING


@spec(
    final={Phase.IDLE},
    findings={"the_api_count_never_decreases": "what was added for an unknown container is forgotten again"},
)
class PodRestarts(PodWorker):
    """One container of one pod whose status is reported."""

    MOST = 1  # one restart is enough to go down by
    REMEMBERS = False

    api_count: int = var(COUNTS, 0)
    api_state: ApiState = ApiState.WAITING

    def begin_sync(self, unhealthy: bool) -> None:
        """`syncPod` reports the very status that it then acts on."""
        self.report()
        super().begin_sync(unhealthy)

    @action(Phase.IDLE, sender="kubelet", receiver="API")
    def report_status(self) -> None:
        """A sync that has nothing to do reports, too."""
        before = (self.api_count, self.api_state)
        require(self.decide(False) == (False, False))
        self.report()
        require((self.api_count, self.api_state) != before)

    def report(self) -> None:
        """The status goes to the API."""
        count, state = self.api_count, ApiState.WAITING
        newest = self.instances[0]
        vanished = self.api_state is ApiState.RUNNING
        if newest.is_there:
            count, state = newest.attempt, shown(newest.state)
            if newest.state is State.UNKNOWN and vanished and self.has(ApiCountRule.UNKNOWN_ADDS):
                count, state = self.api_count + 1, ApiState.TERMINATED
            if self.has(ApiCountRule.MONOTONE):
                again = self.api_state is ApiState.TERMINATED and self.api_count >= newest.attempt
                count = max(count, self.api_count + (newest.runs and again))
        elif vanished and self.has(ApiCountRule.LOST_ADDS):
            count += 1
        limit(count <= self.MOST + 1)
        self.api_count, self.api_state = count, state

    def has(self, rule: ApiCountRule) -> bool:
        """Whether the version has this rule; each came on top of those before it."""
        return RULES.index(self.KUBELET.api_count_rule) >= RULES.index(rule)

    @always
    def the_api_count_never_decreases(self, after: "PodRestarts") -> bool:
        """I3: the restart count in the API is monotone, as long as the kubelet knows what it said before."""
        return after.api_count >= self.api_count

    @sometimes
    def a_restart_is_shown(self) -> bool:
        """I3: the API shows a restart of a container that runs."""
        return self.api_count > 0 and self.api_state is ApiState.RUNNING
