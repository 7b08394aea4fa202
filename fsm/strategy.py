"""How to explore: with which engine, on how many cores, up to renaming or not, kept where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

EngineName = Literal["auto", "python", "native"]
ENGINES: tuple[str, ...] = get_args(EngineName)


@dataclass(frozen=True)
class Strategy:
    """How to explore; none of it changes an answer.

    Args:
        engine: `python` needs nothing and has no start-up cost; `native` is compiled, and needs the extra
            `fast`; `auto` begins in Python and moves over where that pays.
        workers: how many cores the native engine may use, 1 or 2.
        symmetry: whether to explore interchangeable members up to renaming; `None` for "where the spec
            declares them".
        checkpoint: a file that keeps what was explored, so that a killed run can go on; empty for none.

    Raises:
        ValueError: for a value outside of these.
    """

    engine: EngineName = "auto"
    workers: int = 1
    symmetry: bool | None = None
    checkpoint: str = ""

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ValueError(f"engine={self.engine!r} is none: choose one of {', '.join(ENGINES)}")
        if type(self.workers) is not int or self.workers not in (1, 2):
            raise ValueError(f"workers={self.workers!r}: the native engine runs on 1 core or on 2")


DEFAULT = Strategy()
