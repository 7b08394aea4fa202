"""Two water jugs and a fountain: a spec that fails on purpose, and whose counterexample solves the puzzle.

The riddle of the film "Die Hard with a Vengeance": measure four gallons with a jug of three and a jug of
five. It is the first example of Leslie Lamport's TLA+ video course and stands as `DieHard` among the TLA+
examples: 16 distinct and 97 generated states. The shortest solution has six steps.
"""

from fsm import action, always, recoverable, spec, var


@spec
class DieHard:
    """What is in the jugs, in gallons."""

    big: int = var(range(6), 0)
    small: int = var(range(4), 0)

    @action
    def fill_big(self) -> None:
        """To the brim: the jugs have no marks."""
        self.big = 5

    @action
    def fill_small(self) -> None:
        """To the brim."""
        self.small = 3

    @action
    def empty_big(self) -> None:
        """Back into the fountain."""
        self.big = 0

    @action
    def empty_small(self) -> None:
        """Back into the fountain."""
        self.small = 0

    @action
    def pour_into_big(self) -> None:
        """Until the big jug is full or the small one empty."""
        poured = min(self.small, 5 - self.big)
        self.big += poured
        self.small -= poured

    @action
    def pour_into_small(self) -> None:
        """Until the small jug is full or the big one empty."""
        poured = min(self.big, 3 - self.small)
        self.small += poured
        self.big -= poured

    @always(finding="the puzzle can be solved: this trace is the solution")
    def never_four_gallons(self) -> bool:
        """Claimed in order to be refuted."""
        return self.big != 4

    @always
    def one_jug_is_full_or_empty(self) -> bool:
        """Without marks nothing else can be measured, and so only 16 of the 24 fillings occur."""
        return self.big in (0, 5) or self.small in (0, 3)

    @recoverable
    def one_can_begin_again(self) -> bool:
        """No mistake is for ever."""
        return self.big == 0 and self.small == 0
