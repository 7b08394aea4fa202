"""Two-phase commit: resource managers and their coordinator agree on commit or abort, all of them or none.

After Jim Gray and Leslie Lamport, "Consensus on Transaction Commit", ACM Transactions on Database Systems
31(1), 2006, section 3, and the TLA+ specification `TwoPhase` that goes with it. Messages are never lost and
never taken back: a set of those that were sent is all there is to the network, and any of them may be
received again. The published answer for three managers is 288 distinct and 1,146 generated states; for five
it is 8,832 distinct.
"""

from enum import Enum
from typing import Annotated

from fsm import action, always, each, recoverable, require, sometimes, spec


class Manager(Enum):
    """How far one resource manager has come."""

    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Decision(Enum):
    """What the coordinator has decided."""

    NONE = "none"
    COMMIT = "commit"
    ABORT = "abort"


def two_phase_commit(n: int) -> type:
    """The protocol with n resource managers, at least one."""
    Id = Annotated[int, range(n)]

    @spec(final={Manager.COMMITTED, Manager.ABORTED})
    class TwoPhaseCommit:
        """A transaction over several resource managers, ended by one decision."""

        managers: dict[Id, Manager] = each(range(n), Manager.WORKING)
        decision: Decision = Decision.NONE
        heard: frozenset[Id] = frozenset()  # whom the coordinator knows to be prepared
        prepared_sent: frozenset[Id] = frozenset()
        commit_sent: bool = False
        abort_sent: bool = False

        # the resource managers

        @action(Manager.WORKING)
        def prepare(self, rm: Id) -> None:
            """A manager has done its part, and promises to obey the decision."""
            self.managers[rm] = Manager.PREPARED
            self.prepared_sent |= {rm}

        @action(Manager.WORKING)
        def give_up(self, rm: Id) -> None:
            """As long as it has promised nothing, a manager may abort on its own."""
            self.managers[rm] = Manager.ABORTED

        @action
        def receive_commit(self, rm: Id) -> None:
            """A manager is told to commit."""
            require(self.commit_sent)
            self.managers[rm] = Manager.COMMITTED

        @action
        def receive_abort(self, rm: Id) -> None:
            """A manager is told to abort."""
            require(self.abort_sent)
            self.managers[rm] = Manager.ABORTED

        # the coordinator

        @action
        def hear(self, rm: Id) -> None:
            """The coordinator learns that a manager is prepared."""
            require(self.decision is Decision.NONE and rm in self.prepared_sent)
            self.heard |= {rm}

        @action
        def commit(self) -> None:
            """Everybody is prepared: the coordinator decides to commit."""
            require(self.decision is Decision.NONE and len(self.heard) == n)
            self.decision = Decision.COMMIT
            self.commit_sent = True

        @action
        def abort(self) -> None:
            """As long as nothing is decided, the coordinator may decide to abort."""
            require(self.decision is Decision.NONE)
            self.decision = Decision.ABORT
            self.abort_sent = True

        @always
        def no_commit_beside_an_abort(self, one: Id, other: Id) -> bool:
            """Consistency: no manager has committed while another one has aborted."""
            both = self.managers[one] is Manager.COMMITTED and self.managers[other] is Manager.ABORTED
            return not both

        @always
        def a_commit_follows_the_decision(self, rm: Id) -> bool:
            """Nobody commits before the coordinator has decided it."""
            return self.managers[rm] is not Manager.COMMITTED or self.decision is Decision.COMMIT

        @always
        def an_end_is_final(self, after: "TwoPhaseCommit", rm: Id) -> bool:
            """Stability: what has committed or aborted never changes."""
            ended = self.managers[rm] in (Manager.COMMITTED, Manager.ABORTED)
            return not ended or after.managers[rm] is self.managers[rm]

        @sometimes
        def all_commit(self) -> bool:
            """A transaction can succeed."""
            return all(self.managers[rm] is Manager.COMMITTED for rm in range(n))

        @sometimes
        def all_abort(self) -> bool:
            """A transaction can fail."""
            return all(self.managers[rm] is Manager.ABORTED for rm in range(n))

        @recoverable
        def each_can_end(self, rm: Id) -> bool:
            """No manager is ever left without a way to its end."""
            return self.managers[rm] in (Manager.COMMITTED, Manager.ABORTED)

    return TwoPhaseCommit


TwoPhaseCommit = two_phase_commit(3)
