"""The answers of the runtime in memory: asked directly, or behind a socket if only a socket has it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory

from .cells import answer
from .cells_all import CELLS
from .cells_scene import Scene
from .cells_show import Answer
from .cells_worlds import MemoryWorld, memory_runtime

__all__ = ["direct", "embedded", "served"]


def direct() -> Scene:
    """A scene of a runtime in memory of its own."""
    runtime = memory_runtime()
    return Scene(runtime, runtime.images, MemoryWorld(runtime))


@contextmanager
def served() -> Iterator[Callable[[], Scene]]:
    """Scenes of one runtime in memory that is served as containerd 1.6.20 serves."""
    from .cells_served import ServedWorld

    with TemporaryDirectory(prefix="fsm-") as folder:
        world = ServedWorld(memory_runtime(), f"unix://{folder}/s")
        with closing(world):
            yield lambda: Scene(world.client, world.client, world)


def embedded() -> Mapping[str, Answer]:
    """What the runtime in memory answers to every cell that it models, by the cells' names."""
    with served() as over_the_wire:
        return {
            cell.name: answer(cell, over_the_wire() if cell.raw else direct())
            for cell in CELLS
            if not cell.unmodelled
        }
