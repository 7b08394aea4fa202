"""What all tests share."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from fsm.loading import load

pytest_plugins = ["pytester"]

# Whole specs are large to draw, and a busy machine is no bug. `--hypothesis-profile=deep` looks longer.
# Where a change is judged the same examples come every time; at a desk others do, and may find more.
settings.register_profile(
    "tests",
    max_examples=50,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("deep", settings.get_profile("tests"), max_examples=2000, derandomize=False)
settings.load_profile("tests")

HEAD = """\
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from typing import Annotated, ClassVar, Literal

from fsm import *

Phase = Enum("Phase", "A B C")


@dataclass(frozen=True)
class Point:
    x: Annotated[int, range(3)] = 0
    on: bool = False


"""


@dataclass
class Written:
    """A spec file in a folder of its own.

    Args:
        file: where it is.
        source: what was written; `# HERE` marks the lines that somebody should be sent to.
    """

    file: Path
    source: str

    @property
    def marked(self) -> list[int]:
        """The numbers of the marked lines."""
        return [number for number, line in enumerate(self.source.splitlines(), 1) if "# HERE" in line]

    def load(self) -> Any:
        """The file as a module."""
        return load(self.file)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Written]:
    """Write a spec file; the names of `fsm` and some types stand at its top."""

    def write(text: str, name: str = "written") -> Written:
        source = HEAD + dedent(text)
        file = tmp_path / f"{name}.py"
        file.write_text(source)
        return Written(file, source)

    return write
