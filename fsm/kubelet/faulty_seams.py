"""Seams that fail on demand: a reference maker, the hooks of the kubelet and of the user, any call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, ParamSpec, TypeVar

from .container import Container
from .errors import CommandError, HookError, KubeletError, MakeReferenceError
from .hooks import ExecHooks, Hook, HookResult, HookRunner, hook_failure
from .lifecycle import InternalContainerLifecycle, NoLifecycle
from .messages import ContainerConfig
from .pod import Pod
from .references import MakeReference, ObjectReference
from .runtime import RuntimeService

__all__ = ["FailingCall", "FailingHooks", "FailingLifecycle", "OneShotReferenceFailure"]

P = ParamSpec("P")
T = TypeVar("T")


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


@dataclass
class FailingCall(Generic[P, T]):
    """Any seam that is one function: its next call fails once `armed`, and no other.

    For looking up a runtime handler, say, or for writing down resources.
    """

    inner: Callable[P, T]
    armed: bool = False
    error: Exception = field(default_factory=lambda: KubeletError("not today"))

    def fail_next(self) -> None:
        """Fail at the next call."""
        self.armed = True

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the inner function gives; raises `error` if armed."""
        if self.armed:
            self.armed = False
            raise self.error.with_traceback(None)
        return self.inner(*args, **kwargs)


class FailingLifecycle:
    """Internal hooks over `inner` that refuse the calls (counted from 1) named in `calls`.

    `calls` are those of the pre-start hook; the pre-create hook refuses when told to.
    """

    def __init__(
        self,
        calls: Iterable[int] = (),
        error: Exception | None = None,
        inner: InternalContainerLifecycle | None = None,
    ) -> None:
        self.calls = set(calls)
        self.made = 0
        self.refuses_create = False
        self.error = error or HookError("not enough cpus available to satisfy request")
        self.inner = inner or NoLifecycle()

    def fail_next(self) -> None:
        """Refuse the next call before a start too."""
        self.calls.add(self.made + 1)

    def fail_next_pre_create(self) -> None:
        """Refuse the next call before a create."""
        self.refuses_create = True

    def pre_create_container(
        self, pod: Pod, container: Container, config: ContainerConfig
    ) -> ContainerConfig:
        """Refuse with `error` if told to, else do as `inner` does."""
        if self.refuses_create:
            self.refuses_create = False
            raise self.error.with_traceback(None)
        return self.inner.pre_create_container(pod, container, config)

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """Refuse with `error` if this call is named, else do as `inner` does."""
        self.made += 1
        if self.made in self.calls:
            raise self.error.with_traceback(None)
        self.inner.pre_start_container(pod, container, container_id)


@dataclass
class FailingHooks:
    """The user's hooks over `inner`, of which the next one of a kind fails once told to, unrun."""

    inner: HookRunner = field(default_factory=ExecHooks)
    error: Exception = field(default_factory=lambda: CommandError("command 'hook' exited with 1: "))
    failing: set[Hook] = field(default_factory=set)

    def fail_next(self, hook: Hook) -> None:
        """Fail at the next run of `hook`."""
        self.failing.add(hook)

    def run(
        self, runtime: RuntimeService, hook: Hook, container_id: str, pod: Pod, container: Container
    ) -> HookResult:
        """Fail with `error` if told to, else do as `inner` does."""
        handler = hook.handler(container)
        if hook in self.failing and handler is not None:
            self.failing.remove(hook)
            return hook_failure(handler, pod, container, self.error.with_traceback(None))
        return self.inner.run(runtime, hook, container_id, pod, container)
