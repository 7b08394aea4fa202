"""Cells: what a CRI runtime answers to one call under one condition.

A cell is a short sequence of calls that makes the condition, the call itself, and the answer that containerd
1.6.20 was measured to give: a code, and the message or the result up to ids. One cell is asked of the runtime
in memory, of the same behind a socket and of a real containerd alike; `cells_scene.py` says with which pods,
and `cells_worlds.py` what happens to a runtime beside its calls.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fsm.kubelet import RpcError

from .cells_scene import Scene
from .cells_show import Answer, normal, show

__all__ = ["IMAGE_CALLS", "PORT_CALLS", "Cell", "answer"]

IMAGE_CALLS = frozenset({"ListImages", "ImageStatus", "PullImage", "RemoveImage"})
PORT_CALLS = IMAGE_CALLS | {
    "RunPodSandbox",
    "StopPodSandbox",
    "RemovePodSandbox",
    "PodSandboxStatus",
    "ListPodSandbox",
    "CreateContainer",
    "StartContainer",
    "StopContainer",
    "RemoveContainer",
    "ListContainers",
    "ContainerStatus",
    "UpdateContainerResources",
    "ExecSync",
    "ContainerStats",
    "ReopenContainerLog",
}


@dataclass(frozen=True)
class Cell:
    """One call under one condition.

    `given` makes the condition and gives the call's arguments: a tuple, or the only one. `code` and `text`
    are what containerd 1.6.20 was measured to answer. `ask` makes the call if it is not one call of the port
    or not all that is looked at. `unmodelled` says why the runtime in memory cannot answer; `private`: the
    cell ends, kills or pauses the runtime, and is for one of our own only.
    """

    call: str
    condition: str
    given: Callable[[Scene], Any]
    code: str = "OK"
    text: str = ""
    ask: Callable[[Scene, Any], Any] | None = None
    unmodelled: str = ""
    private: bool = False

    @property
    def name(self) -> str:
        """What the cell is called in tests and in the kept answers."""
        return f"{self.call}: {self.condition}"

    @property
    def expected(self) -> Answer:
        """What containerd 1.6.20 was measured to answer."""
        return Answer(self.code, self.text)

    @property
    def raw(self) -> bool:
        """Whether the call is none of the port's: it can be made on the wire only."""
        return self.ask is None and self.call not in PORT_CALLS


def answer(cell: Cell, scene: Scene) -> Answer:
    """Make the cell's condition and its call; what came back, up to ids.

    An error of the condition is no answer: it is raised.
    """
    given = cell.given(scene)
    arguments = given if isinstance(given, tuple) else (given,)
    try:
        if cell.ask is not None:
            found = cell.ask(scene, given)
        elif cell.raw:
            found = scene.world.raw(cell.call, **given)
        else:
            service = scene.images if cell.call in IMAGE_CALLS else scene.runtime
            found = getattr(service, _snake(cell.call))(*arguments)
    except RpcError as error:
        return Answer(error.code.name, normal(error.details, scene.names))
    if cell.ask is None and cell.call in ("CreateContainer", "RunPodSandbox"):
        scene.learn(cell.call, found)
    return Answer("OK", normal(show(found), scene.names))


def _snake(call: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", call).lower()
