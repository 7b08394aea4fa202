"""All cells, in the order in which they are listed; those that end the runtime come last."""

from .cells import Cell
from .cells_commands import COMMANDS
from .cells_creation import CREATION
from .cells_faults import FAULTS
from .cells_lists import LISTS
from .cells_running import RUNNING
from .cells_sandboxes import SANDBOXES

__all__ = ["CELLS"]

CELLS: tuple[Cell, ...] = (*CREATION, *RUNNING, *SANDBOXES, *LISTS, *COMMANDS, *FAULTS)
