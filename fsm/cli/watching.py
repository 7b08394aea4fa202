"""Somebody who watches an exploration: shows how far it has come, and takes Ctrl-C at a good moment.

On a terminal one line is kept up to date; elsewhere there is a line each ten seconds, from the tenth second
on. Ctrl-C ends an exploration where it looks at the clock, so that what is known by then is whole; where that
takes too long, as in a body that does not come back, it ends at once.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

import fsm.native as native
from fsm.limits import GIB, Progress, memory

ON_TERMINAL = 1.0  #: seconds between two looks
ELSEWHERE = 10.0
TOO_LONG = 0.5  #: seconds without a look after which Ctrl-C does not wait for the next one


class Watcher:
    """Called with each `Progress`.

    Args:
        name: what is explored.
        silent: whether nothing is shown.
    """

    def __init__(self, name: str, silent: bool = False) -> None:
        self._name = name
        self._silent = silent
        self._terminal = sys.stderr.isatty()
        self._told = self._looked = time.monotonic()
        self._states = 0
        self._shown = False
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Watcher:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        if not self._silent:
            native.on_compile = self._say
        return self

    def __exit__(self, *_: object) -> None:
        native.on_compile = None
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self._shown:
            _write("\r\x1b[K")

    def __call__(self, progress: Progress) -> None:
        """Show it, if it is time; raises `KeyboardInterrupt` if that was asked for."""
        self._looked = now = time.monotonic()
        if self._asked:
            raise KeyboardInterrupt
        if self._silent or now - self._told < (ON_TERMINAL if self._terminal else ELSEWHERE):
            return
        line = self._line(progress, (progress.states - self._states) / (now - self._told))
        self._told, self._states = now, progress.states
        self._shown = self._terminal
        _write(f"\r{line}\x1b[K" if self._terminal else f"{line}\n")

    def _say(self, line: str) -> None:
        """Say something that is no progress, on a line of its own."""
        _write(f"\r{line}\x1b[K\n" if self._terminal else f"{line}\n")

    def _line(self, progress: Progress, rate: float) -> str:
        parts = [f"{progress.states:,} states"]
        if progress.bound is not None:
            parts.append(f"of at most {progress.bound:,}")
        parts += [f"{progress.frontier:,} waiting", f"depth {progress.depth}"]
        if progress.faults:
            parts.append(f"{progress.faults} faults")
        parts += [f"{rate:,.0f}/s", f"{memory() / GIB:.1f} GiB", f"{progress.seconds:.0f} s", progress.engine]
        return f"{self._name}: {', '.join(parts)}"

    def _interrupt(self, _: int, __: FrameType | None) -> None:
        if self._asked or time.monotonic() - self._looked > TOO_LONG:
            raise KeyboardInterrupt
        self._asked = True


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
