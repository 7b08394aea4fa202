"""The bakery: mutual exclusion by drawing numbers, with reads and writes that nobody has to make atomic.

After L. Lamport, "A New Solution of Dijkstra's Concurrent Programming Problem", Communications of the ACM
17(8), 1974. Whoever comes in draws a number higher than all that are held, and the lowest number is served
next; of two equal ones the process that comes first in order. Reading the numbers and writing one's own are
two steps, so two processes may draw the same, and one that has read may be slow to write: hence nobody is
served while somebody else is still choosing. Without that, two get in (`WithoutChoosing`).

The paper shows that processes enter in the order in which they drew, and that nobody waits for ever if every
process goes on. Numbers grow without bound as long as the shop is never empty; here a limit stops them at
`HIGHEST`, and what holds, holds within bounds.
"""

from enum import Enum
from typing import Annotated

from fsm import (
    G,
    W,
    action,
    always,
    each,
    leads_to,
    limit,
    require,
    sometimes,
    spec,
    temporal,
    weak,
)  # fmt: skip
from fsm.formula import Formula

HIGHEST = 4  # a number; 0 is none
Number = Annotated[int, range(HIGHEST + 1)]


class Place(Enum):
    """Where a process is in its program."""

    OUTSIDE = "outside"
    CHOOSING = "choosing"  # has said so
    DRAWING = "drawing"  # has read the other's number
    DRAWN = "drawn"  # has written its own, and has not yet said that it is done
    AT_THE_DOOR = "at the door"  # waits for the other one to be done with choosing
    WAITING = "waiting"  # for its turn
    CRITICAL = "critical"


class Process(Enum):
    """Who runs."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> "Process":
        """The one that is not this one."""
        return Process.SECOND if self is Process.FIRST else Process.FIRST


@spec(final={Place.OUTSIDE})
class Bakery:
    """Two processes that may each enter a critical section, again and again."""

    at: dict[Process, Place] = each(Process, Place.OUTSIDE)
    choosing: dict[Process, bool] = each(Process, False)
    number: dict[Process, Number] = each(Process, 0)
    read: dict[Process, Number] = each(Process, 0)  # what a process remembers of the other's number

    @action(Place.OUTSIDE)
    def come_in(self, who: Process) -> None:
        """`choosing[who] := true`"""
        self.choosing[who] = True
        self.at[who] = Place.CHOOSING

    @action(Place.CHOOSING)
    def read_number(self, who: Process) -> None:
        """Look at the number that the other one holds."""
        self.read[who] = self.number[who.other]
        self.at[who] = Place.DRAWING

    @action(Place.DRAWING)
    def draw(self, who: Process) -> None:
        """`number[who] := 1 + ` what was read"""
        limit(self.read[who] < HIGHEST)
        self.number[who] = self.read[who] + 1
        self.read[who] = 0
        self.at[who] = Place.DRAWN

    @action(Place.DRAWN)
    def end_choosing(self, who: Process) -> None:
        """`choosing[who] := false`"""
        self.choosing[who] = False
        self.at[who] = Place.AT_THE_DOOR

    @action(Place.AT_THE_DOOR)
    def pass_the_door(self, who: Process) -> None:
        """The other one is not choosing."""
        require(not self.choosing[who.other])
        self.at[who] = Place.WAITING

    @action(Place.WAITING)
    def enter(self, who: Process) -> None:
        """The other one holds no number, or a later one."""
        require(not self.is_before(who.other, who))
        self.at[who] = Place.CRITICAL

    @action(Place.AT_THE_DOOR, Place.WAITING)
    def look_again(self, who: Process) -> None:
        """Both waiting loops take steps as long as they wait."""
        door = self.at[who] is Place.AT_THE_DOOR
        require(self.choosing[who.other] if door else self.is_before(who.other, who))

    @action(Place.CRITICAL)
    def leave(self, who: Process) -> None:
        """`number[who] := 0`"""
        self.number[who] = 0
        self.at[who] = Place.OUTSIDE

    def is_before(self, one: Process, other: Process) -> bool:
        """Whether one of them holds a number and is served before the other."""
        mine, yours = self.number[one], self.number[other]
        return mine != 0 and (mine < yours or (mine == yours and one is Process.FIRST))

    @always
    def mutual_exclusion(self) -> bool:
        """Never are both in the critical section."""
        return not all(self.at[who] is Place.CRITICAL for who in Process)

    @sometimes
    def the_same_number(self) -> bool:
        """Two may draw the same."""
        return self.number[Process.FIRST] == self.number[Process.SECOND] != 0

    @temporal
    def first_come_first_served(self, who: Process) -> Formula:
        """Who holds a number before the other one comes in, enters before it."""
        comes_first = self.holds_a_number(who) & self.is_outside(who.other)
        return G(comes_first >> W(~self.is_inside(who.other), self.is_inside(who)))

    def holds_a_number(self, who: Process) -> bool:
        """Whether a process has drawn and waits."""
        return self.at[who] in (Place.DRAWN, Place.AT_THE_DOOR, Place.WAITING)

    def is_outside(self, who: Process) -> bool:
        """Whether a process wants nothing."""
        return self.at[who] is Place.OUTSIDE

    def is_inside(self, who: Process) -> bool:
        """Whether a process is in the critical section."""
        return self.at[who] is Place.CRITICAL

    @leads_to(fair=weak(each="who", together=True))
    def who_comes_in_is_served(self, who: Process) -> tuple[bool, bool]:
        """Nobody waits for ever if each process goes on as long as it can."""
        return self.at[who] is Place.CHOOSING, self.at[who] is Place.CRITICAL

    @leads_to(finding="a process may look again and again, and the other one is never scheduled")
    def who_comes_in_is_served_at_any_speed(self, who: Process) -> tuple[bool, bool]:
        """Too much to ask where nothing is said of the scheduler."""
        return self.at[who] is Place.CHOOSING, self.at[who] is Place.CRITICAL


class WithoutChoosing(Bakery):
    """Nobody minds whether somebody is still choosing."""

    @action(Place.AT_THE_DOOR)
    def pass_the_door(self, who: Process) -> None:
        """There is no door."""
        self.at[who] = Place.WAITING

    @action(Place.WAITING)
    def look_again(self, who: Process) -> None:
        """One waiting loop is left."""
        require(self.is_before(who.other, who))

    @always(
        finding="who has read and not yet written is overlooked, and may then draw the same or a lower number"
    )
    def mutual_exclusion(self) -> bool:
        """Lost, which shows what `choosing` is for."""
        return not all(self.at[who] is Place.CRITICAL for who in Process)
