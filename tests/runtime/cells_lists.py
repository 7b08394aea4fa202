"""The cells of lists and of images."""

import re
from dataclasses import replace
from typing import Any

from fsm.kubelet import RpcError
from fsm.kubelet import messages as cri
from fsm.kubelet.messages import ContainerState, PodSandboxState

from .cells import Cell
from .cells_scene import ABSENT, Scene

__all__ = ["LISTS"]

LIST, LIST_SANDBOXES, IMAGE = "ListContainers", "ListPodSandbox", "ImageStatus"
CREATED, RUNNING, EXITED = "CONTAINER_CREATED", "CONTAINER_RUNNING", "CONTAINER_EXITED"
ALL = f"c 0 {CREATED}, c 1 {RUNNING}, c 2 {EXITED}"


def three(scene: Scene) -> Scene:
    """One container exited, one running, one created, which is the last."""
    scene.create(attempt=2).start().stop().create(attempt=1).start()
    return scene.create(labels={"pod": scene.uid, "kind": "created"})


def of(scene: Scene, **conditions: Any) -> cri.ContainerFilter:
    """A filter that only the scene's containers pass."""
    return replace(cri.ContainerFilter(label_selector={"pod": scene.uid}), **conditions)


def those(scene: Scene, **conditions: Any) -> cri.PodSandboxFilter:
    """A filter that only the scene's sandboxes pass."""
    return replace(cri.PodSandboxFilter(label_selector={"pod": scene.uid}), **conditions)


def two_sandboxes(scene: Scene) -> Scene:
    """The first stopped, the second ready."""
    return scene.stop_sandbox().run(1)


def shared_digit(scene: Scene) -> str:
    """A prefix of several ids: of seventeen containers two begin with the same digit."""
    first = [scene.create(attempt=attempt).id[0] for attempt in range(17)]
    return next(digit for digit in first if first.count(digit) > 1)


def status_by_digit(scene: Scene, digit: str) -> Any:
    try:
        return scene.runtime.container_status(digit)
    except RpcError as error:
        raise RpcError(error.code, re.sub(rf"\b{digit}\b", "<DIGIT>", error.details)) from None


LISTS = (
    Cell(LIST, "label filter", lambda s: of(three(s)), text=ALL),
    Cell(
        LIST,
        "label filter, two labels",
        lambda s: of(three(s), label_selector={"pod": s.uid, "kind": "created"}),
        text=f"c 0 {CREATED}",
    ),
    Cell(
        LIST, "label filter, another value", lambda s: of(three(s), label_selector={"pod": "x"}), text="none"
    ),
    Cell(
        LIST,
        "filter by state",
        lambda s: of(three(s), state=ContainerState.CONTAINER_CREATED),
        text=f"c 0 {CREATED}",
    ),
    Cell(
        LIST,
        "filter by state, of which there is none",
        lambda s: of(three(s), state=ContainerState.CONTAINER_UNKNOWN),
        text="none",
    ),
    Cell(LIST, "filter by id", lambda s: of(three(s), id=s.id), text=f"c 0 {CREATED}"),
    Cell(
        LIST,
        "filter by id prefix (12 hex digits)",
        lambda s: of(three(s), id=s.id[:12]),
        text=f"c 0 {CREATED}",
    ),
    Cell(LIST, "filter by unknown id", lambda s: of(three(s), id=ABSENT), text="none"),
    Cell(LIST, "filter by sandbox id", lambda s: of(three(s), pod_sandbox_id=s.sandbox), text=ALL),
    Cell(
        LIST,
        "filter by sandbox id prefix (12 hex digits)",
        lambda s: of(three(s), pod_sandbox_id=s.sandbox[:12]),
        text=ALL,
    ),
    Cell(
        LIST,
        "filter by another sandbox id",
        lambda s: of(three(s).run(1), pod_sandbox_id=s.sandbox),
        text="none",
    ),
    Cell(
        LIST,
        "filter by removed sandbox id",
        lambda s: of(s.create().remove_sandbox(), pod_sandbox_id=s.sandbox),
        text="none",
    ),
    Cell(LIST, "after remove of the only one", lambda s: of(s.create().remove()), text="none"),
    Cell(
        LIST,
        "in a stopped sandbox",
        lambda s: of(s.create().stop_sandbox()),
        text=f"c 0 {CREATED}",
    ),
    Cell(
        LIST_SANDBOXES,
        "label filter",
        lambda s: those(two_sandboxes(s)),
        text="<POD> 0 SANDBOX_NOTREADY, <POD> 1 SANDBOX_READY",
    ),
    Cell(
        LIST_SANDBOXES,
        "filter by state",
        lambda s: those(two_sandboxes(s), state=PodSandboxState.SANDBOX_READY),
        text="<POD> 1 SANDBOX_READY",
    ),
    Cell(
        LIST_SANDBOXES,
        "filter by id prefix (12 hex digits)",
        lambda s: those(two_sandboxes(s), id=s.sandbox[:12]),
        text="<POD> 1 SANDBOX_READY",
    ),
    Cell(LIST_SANDBOXES, "filter by unknown id", lambda s: those(s, id=ABSENT), text="none"),
    Cell(LIST_SANDBOXES, "after remove of the only one", lambda s: those(s.remove_sandbox()), text="none"),
    Cell(
        "ContainerStatus",
        "id prefix of several containers",
        shared_digit,
        "UNKNOWN",
        'an error occurred when try to find container "<DIGIT>": '
        "Multiple IDs found with provided prefix: <DIGIT>",
        ask=status_by_digit,
    ),
    Cell(
        "ContainerStatus",
        "id prefix (12 hex digits)",
        lambda s: s.create().id[:12],
        text="CONTAINER_CREATED exit_code=0 reason='' started_at=0 finished_at=0 message=''",
    ),
    Cell(IMAGE, "present, by name", lambda s: cri.ImageSpec(s.world.image), text="<IMAGE ID> <IMAGE>"),
    Cell(IMAGE, "present, by id", lambda s: cri.ImageSpec(s.image_id), text="<IMAGE ID> <IMAGE>"),
    Cell(IMAGE, "absent, by name", lambda s: cri.ImageSpec("local.test/nope:1")),
    Cell(IMAGE, "absent, by id", lambda s: cri.ImageSpec(f"sha256:{ABSENT}")),
    Cell(
        IMAGE,
        "empty name",
        lambda s: cri.ImageSpec(),
        "UNKNOWN",
        'can not resolve "" locally: ambiguous digest string',
    ),
    Cell("RemoveImage", "absent", lambda s: cri.ImageSpec("local.test/nope:1")),
)
