"""A runtime and an image service that fail where a plan says."""

from collections.abc import Callable
from typing import TypeVar

from .fault_plan import Fault, FaultPlan
from .forwarding_images import IMAGE_METHODS, ForwardingImages
from .forwarding_runtime import METHODS, ForwardingRuntime
from .runtime import ImageService, RuntimeService

__all__ = ["FaultyImages", "FaultyRuntime"]

T = TypeVar("T")


class FaultyRuntime(ForwardingRuntime):
    """A runtime over `inner` that fails where its plan says.

    `plan`, `next_call` and `pending` are those of its `FaultPlan`.
    """

    def __init__(self, inner: RuntimeService, *faults: Fault) -> None:
        super().__init__(inner)
        self.faults = FaultPlan(METHODS, *faults)
        self.plan, self.next_call = self.faults.plan, self.faults.next_call

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that have not happened."""
        return self.faults.pending

    def _forward(self, method: str, call: Callable[[], T]) -> T:
        return self.faults.carry_out(method, call)


class FaultyImages(ForwardingImages):
    """An image service over `inner` that fails where its plan says, as `FaultyRuntime` does."""

    def __init__(self, inner: ImageService, *faults: Fault) -> None:
        super().__init__(inner)
        self.faults = FaultPlan(IMAGE_METHODS, *faults)
        self.plan, self.next_call = self.faults.plan, self.faults.next_call

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that have not happened."""
        return self.faults.pending

    def _forward(self, method: str, call: Callable[[], T]) -> T:
        return self.faults.carry_out(method, call)
