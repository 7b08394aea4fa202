"""A folder of one's own to write spec files in, from which nothing is left in the process afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsm.declaration  # noqa: F401 - so that no run of pytest within this process loads the language anew

LAMP = '''\
"""Lamps."""

from enum import Enum

from fsm import action, always, many, recoverable, require, sometimes, spec

Light = Enum("Light", "RED GREEN DARK")


@spec
class Lamp:
    """A lamp that somebody may smash."""

    light: Light = Light.RED
    broken: bool = False

    @action(Light.RED)
    def go(self) -> None:
        self.light = Light.GREEN

    @action(Light.GREEN)
    def stop(self, slowly: bool) -> None:
        self.light = Light.RED

    @action(fault=True)
    def smash(self) -> None:
        self.broken = True
        self.light = Light.DARK

    @action(Light.DARK)
    def mend(self) -> None:
        require(not self.broken)

    @always
    def never_dark(self) -> bool:
        """It shines."""
        return self.light is not Light.DARK

    @always(finding="it can be smashed, and nobody mends it")
    def whole(self) -> bool:
        return not self.broken

    @sometimes
    def green(self) -> bool:
        return self.light is Light.GREEN


three = many(Lamp, 3)
'''

GOOD = '''\
from fsm import action, always, spec


@spec
class Switch:
    """A switch."""

    on: bool = False

    @action(False)
    def press(self) -> None:
        self.on = True

    @action(True)
    def release(self) -> None:
        self.on = False

    @always
    def is_a_bool(self) -> bool:
        return self.on in (True, False)


def counter(most: int):
    """A spec with a parameter."""
    from fsm import require, var

    @spec
    class Counter:
        count: int = var(range(most + 1), 0)

        @action
        def up(self) -> None:
            require(self.count < most)
            self.count += 1

        @action
        def reset(self) -> None:
            self.count = 0

    return Counter
'''

WRONG = """\
from fsm import action, spec


@spec
class Wrong:
    on: bool = False
    size: int = 0
    name: str = ""

    @action
    def go(self) -> None:
        self.on = True
"""

RAISES = """\
from fsm import action, spec


@spec
class Raises:
    on: bool = False

    @action
    def go(self) -> None:
        self.on = [][1]
"""


class Workspace:
    """A current folder, with helpers to write files in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        """Write a file, its folders too."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


@contextmanager
def workspace_in(folder: Path) -> Iterator[Workspace]:
    """Go to a folder, and come back to a process that has not been there."""
    here, path, meta = Path.cwd(), list(sys.path), list(sys.meta_path)
    specs = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "specs"}
    modules = dict(sys.modules)
    os.chdir(folder)
    try:
        yield Workspace(folder)
    finally:
        os.chdir(here)
        sys.path[:], sys.meta_path[:] = path, meta
        for name in [name for name in sys.modules if name not in modules]:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if name.partition(".")[0] == "specs" or file.startswith(str(folder)):
                del sys.modules[name]
        sys.modules.update(specs)
