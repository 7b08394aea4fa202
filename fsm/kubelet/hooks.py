"""The user's hooks: a command in the container after its start, and one before its stop.

pkg/kubelet/lifecycle/handlers.go; only the exec form. The words of a failure are those of a recorded v1.20.2;
how output and exit code come into them is *inferred* where that recording has neither.
"""

from enum import Enum
from typing import NamedTuple, Protocol

from .container import Container, Handler
from .errors import ERRORS, CommandError
from .go_text import quote
from .pod import Pod, pod_text
from .runtime import RuntimeService

__all__ = ["ExecHooks", "Hook", "HookResult", "HookRunner", "hook_failure"]


class Hook(Enum):
    """Which of the hooks."""

    POST_START = "postStart"
    PRE_STOP = "preStop"

    def handler(self, container: Container) -> Handler | None:
        """What the container says to run, or None."""
        lifecycle = container.lifecycle
        return lifecycle.post_start if self is Hook.POST_START else lifecycle.pre_stop


class HookResult(NamedTuple):
    """How a hook ended: `("", None)` for success, else a message for the user and the cause."""

    message: str = ""
    error: Exception | None = None


class HookRunner(Protocol):
    """Whoever runs hooks."""

    def run(
        self, runtime: RuntimeService, hook: Hook, container_id: str, pod: Pod, container: Container
    ) -> HookResult:
        """Run the hook that `container` has in the running container `container_id`."""


class ExecHooks:
    """Runs hooks by ExecSync, without a time limit."""

    def run(
        self, runtime: RuntimeService, hook: Hook, container_id: str, pod: Pod, container: Container
    ) -> HookResult:
        """Run the hook; it fails with the call, or with an exit code other than 0."""
        handler = hook.handler(container)
        if handler is None:
            return HookResult()
        output = ""
        try:
            response = runtime.exec_sync(container_id, handler.command, 0)
            output = (response.stdout + response.stderr).decode(errors="replace")
            if response.exit_code:
                raise CommandError(
                    f"command '{' '.join(handler.command)}' exited with {response.exit_code}: "
                    + response.stderr.decode(errors="replace")
                )
        except ERRORS as error:
            return hook_failure(handler, pod, container, error, output)
        return HookResult()


def hook_failure(
    handler: Handler, pod: Pod, container: Container, error: Exception, output: str = ""
) -> HookResult:
    """The result of a hook that failed with `error` after it had printed `output`."""
    return HookResult(
        f"Exec lifecycle hook ([{' '.join(handler.command)}]) for Container {quote(container.name)} "
        f"in Pod {quote(pod_text(pod))} failed - error: {error}, message: {quote(output)}",
        error,
    )
