"""Peterson's algorithm: mutual exclusion of two processes with nothing but reads and writes.

After G. L. Peterson, "Myths About the Mutual Exclusion Problem", Information Processing Letters 12(3), 1981.
Each read and each write of a shared variable is a step of its own, since anything may happen in between; only
the waiting loop reads two variables, one after the other, and may go on after either. It begins with either
process's turn, and has 20 states; with its first two writes exchanged it has 32, and is wrong.

Whoever shows interest gets in, and is overtaken once at most: Z. Manna and A. Pnueli, "Temporal Verification
of Reactive Systems: Safety", 1995, prove the latter as a nested `W`. Neither needs fairness here, where
waiting takes no steps: the other process comes to a point where it has to wait itself, and then nothing else
can happen. A processor that looks again and again is another matter (`PetersonSpinning`): unless each process
is scheduled again and again, one may look for ever.
"""

from enum import Enum

from fsm import (
    G,
    W,
    action,
    always,
    each,
    leads_to,
    one_of,
    recoverable,
    require,
    sometimes,
    spec,
    temporal,
    var,
    weak,
)  # fmt: skip
from fsm.formula import Formula


class Place(Enum):
    """Where a process is in its program."""

    OUTSIDE = "outside"
    ASKING = "asking"
    WAITING = "waiting"
    CRITICAL = "critical"


class Process(Enum):
    """Who runs."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Process":
        """The one that is not this one."""
        return Process.RIGHT if self is Process.LEFT else Process.LEFT


@spec(final={Place.OUTSIDE})
class Peterson:
    """Two processes that may each enter a critical section, again and again."""

    at: dict[Process, Place] = each(Process, Place.OUTSIDE)
    interested: dict[Process, bool] = each(Process, False)
    turn: Process = var(initial=one_of(Process.LEFT, Process.RIGHT))

    @action(Place.OUTSIDE)
    def ask(self, who: Process) -> None:
        """`interested[who] := true`"""
        self.interested[who] = True
        self.at[who] = Place.ASKING

    @action(Place.ASKING)
    def give_way(self, who: Process) -> None:
        """`turn := other`: whoever is politest last, waits."""
        self.turn = who.other
        self.at[who] = Place.WAITING

    @action(Place.WAITING)
    def enter_alone(self, who: Process) -> None:
        """The waiting loop finds that the other one is not interested."""
        require(not self.interested[who.other])
        self.at[who] = Place.CRITICAL

    @action(Place.WAITING)
    def enter_in_turn(self, who: Process) -> None:
        """The waiting loop finds that it is its turn."""
        require(self.turn is who)
        self.at[who] = Place.CRITICAL

    @action(Place.CRITICAL)
    def leave(self, who: Process) -> None:
        """`interested[who] := false`"""
        self.interested[who] = False
        self.at[who] = Place.OUTSIDE

    @always
    def mutual_exclusion(self) -> bool:
        """Never are both in the critical section."""
        return not all(self.at[who] is Place.CRITICAL for who in Process)

    @always
    def who_is_inside_is_interested(self, who: Process) -> bool:
        """A process shows its interest from before it asks until after it has left."""
        return self.interested[who] == (self.at[who] is not Place.OUTSIDE)

    @sometimes
    def enters(self, who: Process) -> bool:
        """Each of them gets in."""
        return self.at[who] is Place.CRITICAL

    @sometimes
    def both_wait(self) -> bool:
        """They do meet."""
        return all(self.at[who] is Place.WAITING for who in Process)

    @recoverable
    def can_enter(self, who: Process) -> bool:
        """Neither is ever shut out."""
        return self.at[who] is Place.CRITICAL

    @leads_to
    def who_asks_enters(self, who: Process) -> tuple[bool, bool]:
        """Nobody starves."""
        return self.at[who] is Place.ASKING, self.at[who] is Place.CRITICAL

    @temporal
    def is_overtaken_once_at_most(self, who: Process) -> Formula:
        """While a process waits the other one enters once at most."""
        mine, other = self.is_inside(who), self.is_inside(who.other)
        return G(self.waits(who) >> W(~other, W(other, W(~other, mine))))

    def waits(self, who: Process) -> bool:
        """Whether a process has given way, and waits."""
        return self.at[who] is Place.WAITING

    def is_inside(self, who: Process) -> bool:
        """Whether a process is in the critical section."""
        return self.at[who] is Place.CRITICAL


class PetersonReversed(Peterson):
    """The same with the first two writes in the wrong order: a process gives way before it asks."""

    @action(Place.OUTSIDE)
    def ask(self, who: Process) -> None:
        """`turn := other`, too early."""
        self.turn = who.other
        self.at[who] = Place.ASKING

    @action(Place.ASKING)
    def give_way(self, who: Process) -> None:
        """`interested[who] := true`, too late."""
        self.interested[who] = True
        self.at[who] = Place.WAITING

    @always(finding="with the two writes exchanged, both processes enter")
    def mutual_exclusion(self) -> bool:
        """Lost, which shows that the order of the writes is what it rests on."""
        return not all(self.at[who] is Place.CRITICAL for who in Process)

    @always
    def who_is_inside_is_interested(self, who: Process) -> bool:
        """Interest is shown later, and still before waiting."""
        return self.interested[who] == (self.at[who] in (Place.WAITING, Place.CRITICAL))

    @leads_to(finding="who has not shown its interest yet may be overtaken for ever")
    def who_asks_enters(self, who: Process) -> tuple[bool, bool]:
        """Lost, too: the other one does not know that it is asked to wait."""
        return self.at[who] is Place.ASKING, self.at[who] is Place.CRITICAL


class PetersonSpinning(Peterson):
    """The waiting loop takes steps, as on a processor."""

    @action(Place.WAITING)
    def look_again(self, who: Process) -> None:
        """The waiting loop finds that it has to go on waiting."""
        require(self.interested[who.other] and self.turn is who.other)

    @leads_to(finding="a process may look again and again, and the other one is never scheduled")
    def who_asks_enters(self, who: Process) -> tuple[bool, bool]:
        """Lost, as it must be where nothing is said of the scheduler."""
        return self.at[who] is Place.ASKING, self.at[who] is Place.CRITICAL

    @leads_to(
        fair=weak("give_way", "enter_alone", "enter_in_turn", "leave", look_again, each="who", together=True)
    )
    def who_asks_enters_if_both_are_scheduled(self, who: Process) -> tuple[bool, bool]:
        """It is enough that a process that can take a step takes one some time."""
        return self.at[who] is Place.ASKING, self.at[who] is Place.CRITICAL
