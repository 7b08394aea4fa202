"""Which engine explores: the one that was asked for, or the one that pays.

Pure Python starts at once; the native engine takes half a second to come, and is then several times as fast.
So exploring begins in Python, and moves over when more than `PATIENCE` seconds of Python would be left, or
`READY` where the native engine has come already, for another check of the same process. How much is left
nobody knows; two things are known. What waits has to be expanded. And as long as more and more waits, most of
the way is still ahead: of 32 specs with 4,000 states and more, our own and those of the benchmark, the most
wait when 36 % are expanded (the median). When everything is explored, each promise over runs is a search that
takes about as long again.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from fsm.capture import bind
from fsm.engine import Engine
from fsm.errors import FsmError
from fsm.graph import Graph, Listed
from fsm.interpreter import Interpreter
from fsm.limits import available_memory
from fsm.strategy import Strategy
from fsm.symmetry import Symmetry

PATIENCE = 1.0  #: seconds of Python that are worth a move
READY = 0.3  #: the same once the native engine is there: what has been seen so far is to be laid out for it
AHEAD = 2.0  #: times what it took so far that is left, as long as more and more waits
TOO_EARLY = 0.3  #: seconds before which nothing is known
BRIEF = 0.001  #: seconds of Python for all that waits below which the native engine is no faster
INSTALL = "pip install 'fsm-spec[fast]'"


class Choice:
    """The engine of one exploration.

    Args:
        graph: what it explores.
        strategy: what was asked for.
        symmetry: what to explore up to, if anything.

    Raises:
        FsmError: if the native engine was asked for and cannot be had.
    """

    def __init__(self, graph: Graph, strategy: Strategy, symmetry: Symmetry | None = None) -> None:
        self._graph = graph
        self._strategy = strategy
        self._symmetry = symmetry
        self._widest = 0
        self.hindrance = ""  #: why the native engine is out of the question, once that was asked
        self.missed = False  #: whether a move would have paid

    def first(self) -> Engine:
        """The engine to begin with."""
        if self._strategy.engine != "native":
            return Interpreter(self._graph, self._symmetry.canonical if self._symmetry else None)
        hindrance = _hindrance(self._graph)
        if hindrance:
            raise FsmError(f"--engine native: {hindrance}")
        return self._native()

    def pays(self, engine: Engine, expanded: int, waiting: int, seconds: float) -> bool:
        """Whether to move over now.

        Args:
            engine: the one at work.
            expanded, waiting: how many states were expanded, and how many wait.
            seconds: how long it took.
        """
        growing = waiting >= self._widest
        self._widest = max(self._widest, waiting)
        next_ones = waiting * seconds / max(expanded, 1)
        if seconds < TOO_EARLY or next_ones < BRIEF:
            return False
        return self._moves(engine, max(next_ones, AHEAD * seconds if growing else 0.0))

    def pays_for_runs(self, engine: Engine, seconds: float) -> bool:
        """Whether to move over before promises over runs are judged.

        Args:
            engine: the one that has explored everything.
            seconds: how long that took; a search along the runs takes about as long.
        """
        asked = (one for one in self._graph.model.properties if one.kind.over_runs)
        searches = 0 if self._symmetry else sum(1 for one in asked for _ in bind(one))
        return self._moves(engine, searches * seconds)

    def _moves(self, engine: Engine, left: float) -> bool:
        """Whether to move over when so many seconds of Python would be left."""
        if self._strategy.engine != "auto" or self.missed or not isinstance(engine, Interpreter):
            return False
        if left <= (READY if "fsm.native.engine" in sys.modules else PATIENCE):
            return False
        self.hindrance = self.hindrance or _hindrance(self._graph)
        self.missed = bool(self.hindrance) and left > PATIENCE
        return not self.hindrance

    def move(self, engine: Engine) -> Engine:
        """The native engine, with all that the other one has found."""
        engine.settle()
        states = engine.states
        assert isinstance(states, Listed)
        new = self._native()
        new.take_over(states)
        return new

    def _native(self) -> Engine:
        from fsm.native.engine import Native

        most = available_memory() // (8 * self._graph.model.layout.words + 4)
        try:
            return Native(self._graph, self._strategy.workers, self._symmetry, most)
        except MemoryError as error:
            raise FsmError(f"the native engine finds no memory here: {error}; try --engine python") from None


def _hindrance(graph: Graph) -> str:
    """Why the native engine cannot be had; empty if it can."""
    if find_spec("numba") is None or find_spec("numpy") is None:
        return f"it needs numba, which is not installed: {INSTALL}"
    from fsm.native.fitness import unfit

    return unfit(graph.model.layout)
