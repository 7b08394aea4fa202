"""Faults at random, the same ones for the same seed.

Each call is drawn for by itself, from the seed, its method and which of the method's calls it is: so a run
whose calls come in another order gets the same faults at the same calls, and what a record shows under
`fault` can be written into a file of rules and had again.
"""

from dataclasses import dataclass
from random import Random

from .reading import Method
from .rules import Rule

__all__ = ["Chaos"]

DEADLINE = ("DEADLINE_EXCEEDED", "context deadline exceeded")
AWAY = ("UNAVAILABLE", 'connection error: desc = "transport: Error while dialing"')
KINDS = ("error", "drop_reply", "delay_before", "delay_after", "cut_before", "cut_after")
LONGEST = 0.05  #: seconds that a delay lasts at most


@dataclass(frozen=True)
class Chaos:
    """A source of rules.

    Args:
        seed: any whole number.
        rate: how likely a call is to get a fault, from 0 to 1.
    """

    seed: int
    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate is {self.rate}: a share of the calls, from 0 to 1")

    def __call__(self, method: Method, nth: int) -> Rule | None:
        """The fault of a call, if it gets one.

        >>> from fsm.kubelet.cri.proxy.reading import method_of
        >>> print(Chaos(3, 1.0)(method_of("/runtime.v1.RuntimeService/StartContainer"), 1))
        StartContainer#1 delay_before 0.024
        """
        dice = Random(f"{self.seed} {method.name} {nth}")
        if dice.random() >= self.rate:
            return None
        name = method.name if method.request is not None else f"{method.service}/{method.name}"
        action = dice.choice(KINDS)
        code, details = {"error": AWAY, "drop_reply": DEADLINE}.get(action, ("", ""))
        seconds = round(dice.uniform(0.001, LONGEST), 3) if action.startswith("delay") else 0.0
        return Rule(name, action, nth, code=code, details=details, seconds=seconds)
