"""Workers who carry pieces between locked shelves, after orders from a queue: a state of two machine words.

Everything is shared: the queue, the locks, the stock. Two books are kept of the locks, one on the shelves and
one with each worker, as real systems have it, and they must agree. Four workers with two waiting orders need
69 bits.
"""

from enum import Enum
from typing import Annotated

from fsm import action, always, each, require, sometimes, spec, var

SHELVES = 4

Phase = Enum("Phase", "IDLE WANTS ONE BOTH CARRIES DELIVERED LEAVING")
Shelf = Annotated[int, range(SHELVES)]


def depot(workers: int, longest: int) -> type:
    """The depot with some workers and a queue of at most so many orders."""
    Worker = Annotated[int, range(workers)]

    @spec
    class Depot:
        """An order moves one piece from its shelf to the next one, under the locks of both."""

        phase: dict[Worker, Phase] = each(range(workers), Phase.IDLE)
        order: dict[Worker, Shelf | None] = each(range(workers), None)
        holds: dict[Worker, frozenset[Shelf]] = each(range(workers), frozenset())
        owner: dict[Shelf, Worker | None] = each(range(SHELVES), None)
        stock: dict[Shelf, Annotated[int, range(SHELVES + 1)]] = each(range(SHELVES), 1)
        queue: tuple[Shelf, ...] = var(maxlen=longest)

        @action
        def submit(self, source: Shelf) -> None:
            """An order comes in: a piece of this shelf is wanted on the next one."""
            require(len(self.queue) < longest)
            self.queue = (*self.queue, source)

        @action(Phase.IDLE)
        def take_order(self, worker: Worker) -> None:
            """The oldest order is taken."""
            require(len(self.queue) > 0)
            self.order[worker] = self.queue[0]
            self.queue = self.queue[1:]
            self.phase[worker] = Phase.WANTS

        @action(Phase.WANTS)
        def lock_first(self, worker: Worker) -> None:
            """Locks are taken in the order of the shelves, so that nobody waits in a circle."""
            self.lock(worker, min(self.route(worker)))
            self.phase[worker] = Phase.ONE

        @action(Phase.ONE)
        def lock_second(self, worker: Worker) -> None:
            """The other shelf."""
            self.lock(worker, max(self.route(worker)))
            self.phase[worker] = Phase.BOTH

        @action(Phase.BOTH)
        def pick(self, worker: Worker) -> None:
            """A piece is taken from the shelf."""
            source, _ = self.route(worker)
            require(self.stock[source] > 0)
            self.stock[source] -= 1
            self.phase[worker] = Phase.CARRIES

        @action(Phase.BOTH)
        def find_nothing(self, worker: Worker) -> None:
            """The shelf is empty: the order is dropped."""
            source, _ = self.route(worker)
            require(self.stock[source] == 0)
            self.unlock(worker, max(self.route(worker)))
            self.phase[worker] = Phase.LEAVING

        @action(Phase.CARRIES)
        def put(self, worker: Worker) -> None:
            """The piece is put where it is wanted."""
            _, target = self.route(worker)
            self.stock[target] += 1
            self.phase[worker] = Phase.DELIVERED

        @action(Phase.DELIVERED)
        def unlock_second(self, worker: Worker) -> None:
            """The lock that was taken last goes first."""
            self.unlock(worker, max(self.route(worker)))
            self.phase[worker] = Phase.LEAVING

        @action(Phase.LEAVING)
        def unlock_first(self, worker: Worker) -> None:
            """The order is done."""
            self.unlock(worker, min(self.route(worker)))
            self.order[worker] = None
            self.phase[worker] = Phase.IDLE

        def route(self, worker: int) -> tuple[int, int]:
            source = self.order[worker]
            return source, (source + 1) % SHELVES

        def lock(self, worker: int, shelf: int) -> None:
            require(self.owner[shelf] is None)
            self.owner[shelf] = worker
            self.holds[worker] |= {shelf}

        def unlock(self, worker: int, shelf: int) -> None:
            self.owner[shelf] = None
            self.holds[worker] -= {shelf}

        @always
        def nothing_is_lost(self) -> bool:
            """Every piece is on a shelf or in somebody's hands."""
            carried = sum(self.phase[worker] is Phase.CARRIES for worker in range(workers))
            return carried + sum(self.stock[shelf] for shelf in range(SHELVES)) == SHELVES

        @always
        def who_carries_holds_both(self, worker: Worker) -> bool:
            """Nothing is moved without the locks."""
            return self.phase[worker] is not Phase.CARRIES or set(self.route(worker)) == self.holds[worker]

        @always
        def the_books_agree(self, worker: Worker, shelf: Shelf) -> bool:
            """What the shelf says of its lock and what the worker believes are the same."""
            return (self.owner[shelf] == worker) == (shelf in self.holds[worker])

        @always
        def nobody_takes_a_lock_from_another(self, after, shelf: Shelf) -> bool:
            """A lock changes hands only by being free in between."""
            return self.owner[shelf] is None or after.owner[shelf] in (None, self.owner[shelf])

        @sometimes
        def two_carry(self) -> bool:
            """The locks do not make everybody wait for everybody."""
            return sum(self.phase[worker] is Phase.CARRIES for worker in range(workers)) >= 2

    return Depot
