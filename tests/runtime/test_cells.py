"""The runtime in memory and containerd 1.6.20 give the same answers, cell by cell."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fsm.kubelet import RpcError
from fsm.kubelet.container_record import ContainerRecord
from fsm.kubelet.identifiers import NameRegistry
from fsm.kubelet.memory_containers import Containers

from .cells import Cell, answer
from .cells_all import CELLS
from .cells_embedded import direct, served
from .cells_page import FILE, REFERENCE, page
from .cells_record import kept
from .cells_scene import Scene
from .cells_show import normal

MODELLED = [cell for cell in CELLS if not cell.unmodelled]
UNMODELLED = {
    "no process heeds or ignores a signal": 4,
    "nothing runs that could print": 1,
    "nothing uses anything": 1,
    "one call at a time": 1,
}


def each(cells: list[Cell]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cell", cells, ids=[cell.name for cell in cells])


@pytest.fixture(scope="module")
def over_the_wire() -> Iterator[Callable[[], Scene]]:
    with served() as scene:
        yield scene


@each([cell for cell in MODELLED if not cell.raw])
def test_the_runtime_in_memory_answers_as_containerd_was_measured_to(cell):
    assert answer(cell, direct()) == cell.expected


@each(MODELLED)
def test_the_served_runtime_answers_as_containerd_was_measured_to(cell, over_the_wire):
    scene = over_the_wire()
    try:
        assert answer(cell, scene) == cell.expected
    finally:
        scene.tidy()


@each([cell for cell in CELLS if cell.unmodelled])
def test_what_is_said_not_to_be_modelled_is_not_answered_alike(cell, over_the_wire):
    scene = over_the_wire()
    try:
        found = answer(cell, scene)
    except (RpcError, AssertionError):  # not even the condition can be made
        found = None
    finally:
        scene.tidy()
    assert found != cell.expected


def test_what_is_not_modelled_is_counted():
    assert Counter(cell.unmodelled for cell in CELLS if cell.unmodelled) == UNMODELLED


def test_no_two_cells_have_one_name():
    assert [name for name, count in Counter(cell.name for cell in CELLS).items() if count > 1] == []


def test_the_kept_answers_of_containerd_are_those_that_were_measured():
    assert kept()[REFERENCE] == {cell.name: cell.expected for cell in CELLS}


def test_the_kept_answers_of_every_version_are_complete():
    assert {version: set(found) for version, found in kept().items()} == {
        version: {cell.name for cell in CELLS} for version in kept()
    }


def test_the_page_tells_the_answers_as_they_are():
    """CELLS.md is written by `python -m tests.runtime.cells_record`."""
    assert FILE.read_text("utf-8") == page(kept())


def hold(cell: Cell, scene: Scene) -> None:
    """containerd 1.6.20 is held to what was measured; how another differs is told, and no failure."""
    told = scene.runtime.version()
    name = f"{told.runtime_name} {told.runtime_version}"
    try:
        found = answer(cell, scene)
    finally:
        scene.tidy()
    if found != cell.expected and not name.startswith(f"containerd {REFERENCE}"):
        pytest.skip(f"{name} answers {found}")
    assert found == cell.expected


@each([cell for cell in CELLS if not cell.private])
def test_a_real_runtime_answers_as_it_was_measured_to(cell, cri_runtime, cri_image, tmp_path):
    from .cells_containerd import ContainerdWorld

    hold(cell, Scene(cri_runtime, cri_runtime, ContainerdWorld(cri_runtime, tmp_path, image=cri_image)))


@each([cell for cell in CELLS if cell.private])
def test_a_runtime_of_our_own_answers_as_it_was_measured_to(cell, private_containerd, cri_runtime, tmp_path):
    from .cells_containerd import ContainerdWorld

    world = ContainerdWorld(cri_runtime, tmp_path, private_containerd)
    hold(cell, Scene(cri_runtime, cri_runtime, world))


def accept_any(self: NameRegistry, name: str, id_: str) -> None:
    """A name is never refused."""


def end_all(self: Containers, container: ContainerRecord) -> None:
    """A stop ends what was never started, too."""
    container.exit(137, "Error", 1)


def start_any(self: Containers, container_id: str) -> None:
    """What has ended can be started again."""
    self.find(container_id).run(1)


@pytest.mark.parametrize(
    ("kind", "method", "wrong", "cell"),
    [
        (NameRegistry, "reserve", accept_any, "CreateContainer: same metadata+attempt, first is EXITED"),
        (Containers, "end", end_all, "ContainerStatus: CREATED, after StopContainer"),
        (Containers, "start", start_any, "StartContainer: EXITED"),
    ],
)
def test_a_runtime_that_answers_otherwise_is_found_out(monkeypatch, kind, method, wrong, cell):
    monkeypatch.setattr(kind, method, wrong)
    (found,) = [one for one in CELLS if one.name == cell]
    assert answer(found, direct()) != found.expected


def test_an_error_of_the_condition_is_no_answer():
    cell = Cell("StartContainer", "x", lambda scene: scene.run().id, "UNKNOWN", "")
    with pytest.raises(RpcError, match="is reserved"):
        answer(cell, direct())


def test_a_condition_that_was_to_be_refused_and_was_not_is_told():
    with pytest.raises(AssertionError, match="stop_pod_sandbox was to be refused"):
        direct().refused("stop_pod_sandbox", direct().sandbox[:0] or direct().sandbox)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f'find "{"a" * 64}": {"b" * 64}', 'find "<C1>": <ID64>'),
        ("c_web_default_web-uid_0", "c_<POD>_default_<UID>_0"),
        (f"{'a' * 63} stays", f"{'a' * 63} stays"),
        ("failed to connect to all addresses; last error: x", "failed to connect to all addresses"),
        ("Stream removed (Socket closed)", "Stream removed"),
    ],
)
def test_ids_and_names_are_told_apart_from_the_rest(text: str, shown: str):
    assert normal(text, {"a" * 64: "<C1>", "web": "<POD>", "web-uid": "<UID>"}) == shown


def test_scenes_of_one_runtime_do_not_meet(over_the_wire: Any):
    first, second = over_the_wire(), over_the_wire()
    assert first.create().id != second.create().id
    first.tidy()
    assert second.runtime.container_status(second.id).id == second.id
    second.tidy()
