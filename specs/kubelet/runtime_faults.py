"""Faults between a kubelet and its runtime: what happens, to which call, before, during or after it.

A fault is told to the `Wire`, which every call of the kubelet goes through; it strikes the next call of its
method. How a fault is brought about is the node's business (`runtime_faults_nodes`): a runtime in memory
chooses one of the outcomes that were measured, a real one is ended, paused or asked with a deadline that
passes, and what comes of that is its own. A call that races with its fault has several right outcomes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import product
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class What(Enum):
    """What goes wrong."""

    REPLY_LOST = "the reply is lost"
    ID_LOST = "the id is lost"
    REFUSED = "refused"
    RESERVED = "refused, the name is reserved"
    DEADLINE = "the deadline passes"
    DELAYED = "the reply is late"
    CUT = "the connection is cut"
    KILLED = "the runtime is killed"
    PAUSED = "the runtime is paused"
    SHIM = "the sandbox's shim is killed"
    REBOOTED = "the node reboots"
    KUBELET_ENDS = "the kubelet ends"


class When(Enum):
    """When, as the call sees it."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


SANDBOX, CREATE, START = "run_pod_sandbox", "create_container", "start_container"
STOP, REMOVE, LIST = "stop_container", "remove_container", "list_containers"


@dataclass(frozen=True)
class Fault:
    """What happens to a call of a method.

    Args:
        chance: in [0, 1): which of the outcomes, or how far into the call.
    """

    method: str
    what: What
    when: When = When.DURING
    chance: float = 0.0

    def __str__(self) -> str:
        timed = f" {self.when.value} the call" if self.what in TIMED else ""
        return f"{self.method}: {self.what.value}{timed}"

    @property
    def exactly(self) -> str:
        """The same, with the chance that it takes to have it again."""
        return f"{self} ({self.chance:.3f})"


TIMED = (What.KILLED, What.PAUSED, What.SHIM, What.REBOOTED, What.KUBELET_ENDS)
"""What has a time of its own; the rest of what happens is about the call itself."""

FAULTS = (
    *(Fault(CREATE, what) for what in (What.REPLY_LOST, What.ID_LOST, What.REFUSED, What.RESERVED)),
    *(Fault(START, what) for what in (What.REPLY_LOST, What.REFUSED)),
    *(Fault(SANDBOX, what) for what in (What.REPLY_LOST, What.REFUSED)),
    Fault(LIST, What.REPLY_LOST),
    *(Fault(*of) for of in product((SANDBOX, CREATE, START), (What.DEADLINE, What.DELAYED, What.CUT))),
    *(Fault(*of) for of in product((CREATE, START), (What.KILLED, What.SHIM, What.REBOOTED), When)),
    *(Fault(*of) for of in product((CREATE, START), (What.PAUSED,), (When.BEFORE, When.DURING))),
    *(Fault(method, What.KUBELET_ENDS, When.AFTER) for method in (SANDBOX, CREATE, START)),
    Fault(SANDBOX, What.KILLED, When.DURING),
    Fault(SANDBOX, What.PAUSED, When.DURING),
)
"""Those that strike a sync. A pause after a call would be one before the next."""

BETWEEN_CALLS = (What.KILLED, What.SHIM, What.REBOOTED)
"""What may happen while nothing is asked."""

GARBAGE = (
    Fault(REMOVE, What.REPLY_LOST),
    Fault(REMOVE, What.DEADLINE),
    Fault(REMOVE, What.KILLED, When.DURING),
)
"""Those that strike the collector."""


class KubeletEnds(Exception):
    """The kubelet is no more: its sync ends where it is."""


class Node(Protocol):
    """A node: a runtime with its images and the node's disk, and what may befall it.

    Args:
        name: what the runtime is called in reports.
        run: what tells this run's pods from others on the same runtime.
        k: the package of the port that runs on it.
        runtime: the runtime itself, which no fault strikes.
        line: the runtime as a kubelet is told to reach it.
        images: the images as a kubelet is told to reach them.
        image: the name of one that is there and has a shell.
        disk: the node's files; log files can be removed.
        logs: the directory that holds `/var/log` of this node, or an empty text.
        down: whether the runtime is not there just now.
    """

    name: str
    run: str
    k: Any
    runtime: Any
    line: Any
    images: Any
    image: str
    disk: Any
    logs: str
    down: bool

    def lacks(self, what: What) -> str:
        """Why this cannot be brought about here; empty if it can."""

    def outcomes(self, fault: Fault) -> tuple[str, ...]:
        """The outcomes of which `chance` chooses one, by name; none where nobody chooses."""

    def pass_on(self, method: str, call: Callable[[], T]) -> T:
        """A call that no fault strikes."""

    def carry_out(self, fault: Fault, call: "partial[T]", pod: str) -> T:
        """A call that one does; `pod` is a uid."""

    def happen(self, what: What, pod: str) -> None:
        """What of `BETWEEN_CALLS` happens while nothing is asked; all of it is over then, but for `down`."""

    def exit(self, container: str, ok: bool) -> None:
        """The process of a running container ends, well or not."""

    def recover(self) -> None:
        """The runtime is there again."""

    def wait(self, turn: int) -> None:
        """Time passes: what is late comes, a little more of it in every turn."""

    def processes(self, pod: str) -> dict[str, str]:
        """The containers of a pod whose processes are there, with what they execute."""

    def restart(self) -> bool:
        """Start the runtime again, to have it forget what it holds on to; false if it is not ours."""

    def leftovers(self, pod: str) -> list[str]:
        """What is left of a pod that is gone."""

    def litter(self) -> list[str]:
        """What the runtime keeps on its disk for nothing; each thing is told once."""


class Wire:
    """What lies between a kubelet and a service of a node: the place where faults strike.

    Args:
        node: the node.
        service: its runtime or its images.
        pod: the uid of the pod that the kubelet is about.
    """

    def __init__(self, node: Node, service: Any, pod: str) -> None:
        self._node, self._service, self._pod = node, service, pod
        self._armed: Fault | None = None
        self.struck: list[Fault] = []
        self.answer = ""  # the code of the call that was struck last

    def arm(self, fault: Fault | None) -> None:
        """Have this happen to the next call of its method; `None` takes back what has not struck."""
        self._armed = fault

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            return self._forward(method, partial(getattr(self._service, method), *args, **named))

        return call

    def _forward(self, method: str, call: "partial[T]") -> T:
        fault = self._armed
        if fault is None or fault.method != method:
            return self._node.pass_on(method, call)
        self._armed = None
        self.struck.append(fault)
        self.answer = "OK"
        if fault.what is What.KUBELET_ENDS:
            call()
            raise KubeletEnds
        try:
            return self._node.carry_out(fault, call, self._pod)
        except self._node.k.RpcError as error:
            self.answer = error.code.name
            raise
