"""Peterson's algorithm: mutual exclusion of two processes with nothing but reads and writes.

After G. L. Peterson, "Myths About the Mutual Exclusion Problem", Information Processing Letters 12(3), 1981.
Each read and each write of a shared variable is a step of its own, since anything may happen in between;
only the waiting loop reads two variables, one after the other, and may go on after either. It begins with
either process's turn, and has 20 states; with its first two writes exchanged it has 32, and is wrong.
"""

from enum import Enum

from fsm import action, always, each, one_of, recoverable, require, sometimes, spec, var


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
