"""One container's life over four starts: 76 states, 114 transitions; three of them are 438,976 states.

Copies are independent, so the sizes check themselves: n copies have 76ⁿ states and n·114·76ⁿ⁻¹ transitions.
"""

from enum import Enum
from typing import Literal

from fsm import action, always, require, sometimes, spec, var

STATES = 76  #: of one container
TRANSITIONS = 114

Phase = Enum("Phase", "PENDING REF_GENERATED CONFIGURED CREATED PRE_STARTED FAILED")
Fault = Enum("Fault", "NONE IMAGE CONFIG PRE_CREATE CREATE PRE_START")


@spec(final={Phase.PRE_STARTED, Phase.FAILED})
class Container:
    """A container that is started, fails or runs and ends, and is started again, at most three times."""

    phase: Phase = Phase.PENDING
    ref: bool = False
    container: bool = False
    fault: Fault = Fault.NONE
    restart_count: int = var(range(4), 0)

    @action(Phase.PENDING)
    def generate_ref(self, ok: bool) -> None:
        """Events get an object to attach to, or none; starting goes on either way."""
        self.ref = ok
        self.phase = Phase.REF_GENERATED

    @action(Phase.REF_GENERATED)
    def configure(self, fault: Literal[Fault.NONE, Fault.IMAGE, Fault.CONFIG]) -> None:
        """The image is pulled, then the container's config is made."""
        self.settle(Phase.CONFIGURED, fault)

    @action(Phase.CONFIGURED)
    def create(self, fault: Literal[Fault.NONE, Fault.PRE_CREATE, Fault.CREATE]) -> None:
        """The hook before creation, then the runtime's own part."""
        self.container = fault is Fault.NONE
        self.settle(Phase.CREATED, fault)

    @action(Phase.CREATED)
    def pre_start(self, fault: Literal[Fault.NONE, Fault.PRE_START]) -> None:
        """The hook before the start: when it fails, the container stays where it is."""
        self.settle(Phase.PRE_STARTED, fault)

    @action(Phase.FAILED)
    def retry(self) -> None:
        """A failed start is tried again."""
        self.begin_again()

    @action(Phase.PRE_STARTED)
    def end(self, killed: bool) -> None:
        """The process exits, or a probe has it killed: both are followed by another start."""
        self.begin_again()

    def settle(self, phase: Phase, fault: Fault) -> None:
        self.fault = fault
        self.phase = phase if fault is Fault.NONE else Phase.FAILED

    def begin_again(self) -> None:
        require(self.restart_count < 3)
        self.restart_count += 1
        self.phase = Phase.PENDING
        self.ref = self.container = False
        self.fault = Fault.NONE

    @always
    def failed_iff_faulted(self) -> bool:
        return (self.phase is Phase.FAILED) == (self.fault is not Fault.NONE)

    @always
    def only_a_created_container_is_there(self) -> bool:
        there = self.phase in (Phase.CREATED, Phase.PRE_STARTED) or self.fault is Fault.PRE_START
        return self.container == there

    @always
    def nothing_is_referred_to_before_it_is_generated(self) -> bool:
        return not self.ref or self.phase is not Phase.PENDING

    @always
    def restart_count_never_decreases(self, after) -> bool:
        return after.restart_count >= self.restart_count

    @sometimes
    def starts_without_ref(self) -> bool:
        return self.phase is Phase.PRE_STARTED and not self.ref
