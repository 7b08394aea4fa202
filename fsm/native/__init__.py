"""The native engine: the inner loops compiled by numba, for any spec, once.

What is here may import numpy and numba; nothing else in `fsm` does. It comes with the extra `fast`.
"""

from __future__ import annotations

from collections.abc import Callable

on_compile: Callable[[str], None] | None = None  #: is told in a line that compiling takes a while now
