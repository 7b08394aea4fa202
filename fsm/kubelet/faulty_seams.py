"""Seams that fail on demand: a reference maker and a lifecycle hook."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .container import Container
from .errors import HookError, MakeReferenceError
from .lifecycle import InternalContainerLifecycle, NoLifecycle
from .pod import Pod
from .references import MakeReference, ObjectReference

__all__ = ["FailingLifecycle", "OneShotReferenceFailure"]


@dataclass
class OneShotReferenceFailure:
    """A reference maker whose next call fails once `armed`, and no other.

    Hypothetical: for a real pod the reference cannot fail in v1.17.1 and later
    (pkg/kubelet/container/ref.go). It exists to walk the branch that upstream's code has for it.
    Since the attempt asks before its events do, one failure is the attempt's own, and the events
    are recorded all the same.
    """

    inner: MakeReference
    armed: bool = True
    error: Exception = field(default_factory=lambda: MakeReferenceError("object has no metadata"))

    def __call__(self, pod: Pod, container: Container) -> ObjectReference:
        """The inner maker's reference; raises `error` if armed."""
        if self.armed:
            self.armed = False
            raise self.error.with_traceback(None)
        return self.inner(pod, container)


class FailingLifecycle:
    """A pre-start hook over `inner` that refuses the calls (counted from 1) named in `calls`."""

    def __init__(
        self,
        calls: Iterable[int] = (),
        error: Exception | None = None,
        inner: InternalContainerLifecycle | None = None,
    ) -> None:
        self.calls = set(calls)
        self.made = 0
        self.error = error or HookError("not enough cpus available to satisfy request")
        self.inner = inner or NoLifecycle()

    def fail_next(self) -> None:
        """Refuse the next call too."""
        self.calls.add(self.made + 1)

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Refuse with `error` if this call is named, else do as `inner` does."""
        self.made += 1
        if self.made in self.calls:
            raise self.error.with_traceback(None)
        self.inner.pre_start_container(pod, container, container_id)
