"""The dining philosophers: a deadlock, and the left-handed guest who breaks it.

After E. W. Dijkstra, "Hierarchical Ordering of Sequential Processes", Acta Informatica 1(2), 1971. Around a
table with one fork between neighbours, everybody picks up one fork, then the other one, eats, and puts both
down. n philosophers have as many states as the companion Pell number Q(n) = (1+√2)ⁿ + (1−√2)ⁿ says: whoever
eats leaves the next neighbour without a first fork, and nothing else is impossible. Five have 82.

No deadlock is not yet no starvation. At the table with a left-handed guest a philosopher is never sure of the
second fork as long as the forks are only fair to whoever waits without a break (weak fairness): a neighbour
may take the fork again each time before anybody looks. If whoever can take a fork again and again gets it
some time (strong fairness), everybody eats again and again. At the symmetric table no fairness helps.
"""

from enum import Enum
from typing import Annotated

from fsm import action, always, each, leads_to, recoverable, recurs, require, sometimes, spec, strong, weak

SEATS = 5
Seat = Annotated[int, range(SEATS)]  # fork i lies between philosophers i - 1 and i, at the left hand of i


class Philosopher(Enum):
    """What somebody at the table does."""

    THINKING = "thinking"
    HUNGRY = "hungry"  # holds the first fork
    EATING = "eating"  # holds both


@spec
class DiningPhilosophers:
    """Everybody takes the left fork first; so everybody may hold one, and wait for ever."""

    LEFT_HANDED = frozenset()  # who takes the right fork first

    at: dict[Seat, Philosopher] = each(range(SEATS), Philosopher.THINKING)
    on_table: frozenset[Seat] = frozenset(range(SEATS))

    @action(Philosopher.THINKING)
    def take_first(self, who: Seat) -> None:
        """Pick up the first fork, if it is there."""
        fork = self.first(who)
        require(fork in self.on_table)
        self.on_table -= {fork}
        self.at[who] = Philosopher.HUNGRY

    @action(Philosopher.HUNGRY)
    def take_second(self, who: Seat) -> None:
        """Pick up the second fork, if it is there, and eat."""
        fork = self.second(who)
        require(fork in self.on_table)
        self.on_table -= {fork}
        self.at[who] = Philosopher.EATING

    @action(Philosopher.HUNGRY)
    def wait(self, who: Seat) -> None:
        """The second fork is taken: look again. So nobody is ever stuck, as in a program that polls."""
        require(self.second(who) not in self.on_table)

    @action(Philosopher.EATING)
    def put_down(self, who: Seat) -> None:
        """Put both forks back."""
        self.on_table |= {self.first(who), self.second(who)}
        self.at[who] = Philosopher.THINKING

    def first(self, who: int) -> int:
        """The fork that somebody picks up first."""
        return (who + 1) % SEATS if who in self.LEFT_HANDED else who

    def second(self, who: int) -> int:
        """The fork that somebody picks up second."""
        return who if who in self.LEFT_HANDED else (who + 1) % SEATS

    @always
    def neighbours_never_eat_together(self, who: Seat) -> bool:
        """They share a fork."""
        return not (self.at[who] is Philosopher.EATING and self.at[(who + 1) % SEATS] is Philosopher.EATING)

    @always(finding="everybody may hold the left fork, and then nobody ever gets the right one")
    def somebody_can_move_on(self) -> bool:
        """As long as not everybody holds one fork, somebody can take one or put two down."""
        return not all(self.at[who] is Philosopher.HUNGRY for who in range(SEATS))

    @recoverable(finding="once everybody holds one fork, nobody ever eats again")
    def can_still_eat(self, who: Seat) -> bool:
        """Nobody is ever left to starve."""
        return self.at[who] is Philosopher.EATING

    @leads_to(fair=strong(each="who"), finding="no fairness lets anybody take a fork that nobody puts down")
    def who_holds_a_fork_eats(self, who: Seat) -> tuple[bool, bool]:
        """Whoever has begun gets the other fork, too."""
        return self.at[who] is Philosopher.HUNGRY, self.at[who] is Philosopher.EATING

    @sometimes
    def two_eat(self) -> bool:
        """As many as can at a table of five."""
        return sum(self.at[who] is Philosopher.EATING for who in range(SEATS)) == SEATS // 2


class OneLeftHanded(DiningPhilosophers):
    """One philosopher takes the right fork first, and the circle of waiting cannot close.

    Nobody waits actively here: that nothing is ever stuck says that there is no deadlock.
    """

    LEFT_HANDED = frozenset({0})
    wait = None

    @always
    def somebody_can_move_on(self) -> bool:
        """Philosophers 0 and 1 want the same fork first: only one of them can hold it."""
        return not all(self.at[who] is Philosopher.HUNGRY for who in range(SEATS))

    @recoverable
    def can_still_eat(self, who: Seat) -> bool:
        """Nobody is ever left to starve."""
        return self.at[who] is Philosopher.EATING

    @leads_to(fair=weak(each="who"), finding="a neighbour may take the fork again before anybody looks")
    def who_holds_a_fork_eats(self, who: Seat) -> tuple[bool, bool]:
        """The fork is free again and again, and never without a break."""
        return self.at[who] is Philosopher.HUNGRY, self.at[who] is Philosopher.EATING

    @recurs(fair=[strong("take_first", "take_second", each="who"), weak("put_down", each="who")])
    def everybody_eats(self, who: Seat) -> bool:
        """Nobody starves if the forks are fair, and those who eat end some time."""
        return self.at[who] is Philosopher.EATING
