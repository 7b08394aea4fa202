"""Sandboxes in memory: the part of the runtime that keeps them.

Codes and messages: containerd 1.6.20, measured.
"""

from dataclasses import dataclass

from . import messages as cri
from .clock import Clock
from .errors import RpcError, StatusCode
from .identifiers import IdSource, NameRegistry, find_by_prefix, sandbox_name

__all__ = ["Sandbox", "Sandboxes"]


@dataclass
class Sandbox:
    """A sandbox that exists. `metadata` is the one of its `config`; `shim`: none has killed its shim."""

    id: str
    metadata: cri.PodSandboxMetadata
    config: cri.PodSandboxConfig
    created_at: int
    state: cri.PodSandboxState = cri.PodSandboxState.SANDBOX_READY
    shim: bool = True

    @property
    def ready(self) -> bool:
        """Whether containers can be created and started in it."""
        return self.state is cri.PodSandboxState.SANDBOX_READY


class Sandboxes:
    """All sandboxes, in the order of their creation."""

    def __init__(self, ids: IdSource, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self._names = NameRegistry("sandbox")
        self._sandboxes: dict[str, Sandbox] = {}

    def run(self, config: cri.PodSandboxConfig | None, runtime_handler: str) -> str:
        """Make a sandbox. Only the default handler, the empty one, is configured."""
        if config is None or config.metadata is None:
            raise RpcError(StatusCode.UNKNOWN, "sandbox config must include metadata")
        id_ = self._ids.next()
        self._names.reserve(sandbox_name(config.metadata), id_)
        if runtime_handler:
            self._names.release(id_)
            raise RpcError(
                StatusCode.UNKNOWN,
                f'failed to get sandbox runtime: no runtime for "{runtime_handler}" is configured',
            )
        self._sandboxes[id_] = Sandbox(id_, config.metadata, config, self._clock())
        return id_

    def find(self, pod_sandbox_id: str) -> Sandbox:
        """The sandbox of that id or prefix; raises `RpcError` without a context of its own."""
        return find_by_prefix(self._sandboxes, pod_sandbox_id)

    def status(self, pod_sandbox_id: str) -> cri.PodSandboxStatus:
        """The status of a sandbox. Its message for an absent one does not say the id."""
        try:
            sandbox = self.find(pod_sandbox_id)
        except RpcError as error:
            raise error.within("an error occurred when try to find sandbox") from None
        return cri.PodSandboxStatus(
            sandbox.id,
            sandbox.metadata,
            sandbox.state,
            sandbox.created_at,
            dict(sandbox.config.labels),
            dict(sandbox.config.annotations),
        )

    def list(self, filter_: cri.PodSandboxFilter) -> tuple[cri.PodSandbox, ...]:
        """The sandboxes that match; a filter by an unknown id matches none."""
        return tuple(
            cri.PodSandbox(
                sandbox.id,
                sandbox.metadata,
                sandbox.state,
                sandbox.created_at,
                dict(sandbox.config.labels),
                dict(sandbox.config.annotations),
            )
            for sandbox in self._sandboxes.values()
            if sandbox.id.startswith(filter_.id)
            and filter_.state in (None, sandbox.state)
            and filter_.label_selector.items() <= sandbox.config.labels.items()
        )

    def find_to_stop(self, pod_sandbox_id: str) -> Sandbox:
        """The sandbox, for stopping or removing it: the message says the id."""
        try:
            return self.find(pod_sandbox_id)
        except RpcError as error:
            raise error.within(f'an error occurred when try to find sandbox "{pod_sandbox_id}"') from None

    def forget(self, sandbox: Sandbox) -> None:
        """Remove the sandbox and release its name."""
        del self._sandboxes[sandbox.id]
        self._names.release(sandbox.id)

    def lose_all(self) -> None:
        """No sandbox is ready any more; their names stay reserved."""
        for sandbox in self._sandboxes.values():
            sandbox.state = cri.PodSandboxState.SANDBOX_NOTREADY
