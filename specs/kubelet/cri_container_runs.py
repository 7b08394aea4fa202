"""Runtimes that were asked: how each is reached, and what was found, kept in `runtimes.json`.

A *column* is one runtime with the outcomes of all cells and races. Running a runtime again replaces its
column and leaves the others. Names and versions are what the runtime says of itself (the Version call).
"""

import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsm.kubelet

from .cri_container_bench import CANNOT_RUN, IMAGE, Bench
from .cri_container_divergences import Divergence
from .cri_container_known import PROFILES
from .cri_container_matrix import Examiner, Judgement, NotRun, Outcome
from .cri_container_races import RACES, race
from .cri_container_situations import cells
from .cri_container_worlds import AnyWorld, ContainerdWorld, MemoryWorld, World, lacking

FILE = Path(__file__).with_name("runtimes.json")
CHANCY = ("create_is_cut_short", "start_is_cut_short")  # no way to a situation goes by chance
TRIES = 8  # of each race: what comes depends on the moment
EMBEDDED, SERVED = "embedded", "embedded, over gRPC"


@dataclass(frozen=True)
class Column:
    """What was found of one runtime.

    Args:
        title: what it is called on the page.
        cells: the outcomes, by name.
        races: the distinct outcomes of each race, which depend on the moment, with how often each came.
        not_run: why what was not asked was not.
        seconds: how long it took.
    """

    title: str
    cells: Mapping[str, Outcome] = field(default_factory=dict)
    races: Mapping[str, tuple[Outcome, ...]] = field(default_factory=dict)
    not_run: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def load(file: Path) -> dict[str, Column]:
    """The columns that are kept, by title; none where there is no file.

    Raises:
        ValueError: for a file that `save` did not write.
    """
    if not file.exists():
        return {}
    try:
        return {title: _column(title, kept) for title, kept in json.loads(file.read_text("utf-8")).items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{file}: no file of columns; remove it and ask anew ({error!r})") from None


def _column(title: str, kept: Mapping[str, Any]) -> Column:
    return Column(
        title,
        {name: Outcome(**one) for name, one in kept["cells"].items()},
        {name: tuple(Outcome(**one) for one in ones) for name, ones in kept["races"].items()},
        kept["not_run"],
        kept["seconds"],
    )


def save(columns: Mapping[str, Column], file: Path) -> None:
    """Keep columns."""
    file.write_text(
        json.dumps({title: asdict(one) for title, one in columns.items()}, indent=1) + "\n", "utf-8"
    )


@dataclass(frozen=True)
class Reached:
    """A runtime that can be asked.

    Args:
        title: what it is called.
        make: makes a bench of it.
        lacks: what cannot be done to it.
        divergences: those that it is known for.
        together: whether calls may be made at once.
    """

    title: str
    make: Callable[[], Bench]
    lacks: tuple[str, ...]
    divergences: tuple[Divergence, ...]
    together: bool = True

    def examiner(self) -> Examiner:
        """Somebody who asks it."""
        return Examiner(self.make, self.divergences, self.lacks)


def known_of(name: str, version: str) -> tuple[Divergence, ...]:
    """The divergences that a runtime is known for, by what it says of itself.

    None of a stranger, nor of a version of containerd that nobody has asked.

    >>> [one.name for one in known_of("containerd", "1.6.20~ds1")]
    ['D1', 'D2', 'D3', 'D4', 'D10', 'D11', 'D12', 'D13', 'D16']
    >>> known_of("containerd", "1.7.0"), known_of("youki", "0.1")
    ((), ())
    """
    numbers = tuple(int(part) for part in version.lstrip("v").split(".")[:2] if part.isdigit())
    profile = f"containerd {'.'.join(map(str, numbers))}" if name == "containerd" else ""
    if name == "cri-o" and numbers:
        profile = "CRI-O until 1.30" if numbers < (1, 31) else "CRI-O from 1.31"
    if name == "docker":
        profile = "dockershim"
    return next(((*one.divergences, *one.beside) for one in PROFILES if one.name == profile), ())


def memory(kubelet: Any = fsm.kubelet, clock: Any = None) -> Any:
    """A runtime in memory that can run what a bench starts.

    Args:
        kubelet: `fsm.kubelet`, or a changed copy of it.
        clock: the time, for clients that look at it.
    """
    image = kubelet.Image("sha256:" + "a" * 64, repo_tags=(IMAGE,))
    absent = kubelet.Surroundings(absent=frozenset(CANNOT_RUN))
    return kubelet.MemoryRuntime(kubelet.MemoryImages([image]), clock, absent)


def embedded(kubelet: Any = fsm.kubelet) -> Reached:
    """The runtime in memory, called directly: a new one for each bench, one call at a time."""

    def make() -> Bench:
        runtime = memory(kubelet)
        return Bench(runtime, MemoryWorld(runtime), kubelet=kubelet)

    lacks = lacking(MemoryWorld(memory(kubelet)))
    return Reached(EMBEDDED, make, lacks, known_of("containerd", "1.6.20"), together=False)


@contextmanager
def embedded_over_grpc() -> Iterator[Reached]:
    """The runtime in memory, served on a socket."""
    from fsm.kubelet.cri.client import connect
    from fsm.kubelet.cri.server import serve

    runtime = memory(clock=time.time_ns)
    with (
        tempfile.TemporaryDirectory(prefix="fsm-") as folder,
        serve(runtime, runtime.images, f"unix://{folder}/s") as server,
        connect(server.endpoint) as client,
    ):
        world = MemoryWorld(runtime)
        lacks = lacking(world)
        known = known_of("containerd", "1.6.20")
        yield Reached(SERVED, lambda: Bench(client, world), lacks, known)


@contextmanager
def at(endpoint: str, world_of: Callable[[Any], World] = AnyWorld) -> Iterator[Reached]:
    """The runtime that listens somewhere.

    Args:
        endpoint: such as `unix:///run/containerd/containerd.sock`.
        world_of: what can happen to it.
    """
    from fsm.kubelet.cri.client import connect

    with connect(endpoint) as client:
        told = client.version()
        world, version = world_of(client), told.runtime_version
        title = f"{told.runtime_name} {re.split('[~+]', version)[0]}"
        known = known_of(told.runtime_name, version)
        yield Reached(title, lambda: Bench(client, world), lacking(world), known)


@contextmanager
def private(program: str = "containerd") -> Iterator[Reached]:
    """A containerd of one's own, which may be killed.

    Args:
        program: which.
    """
    from fsm.kubelet.cri.containerd import PrivateContainerd

    with (
        PrivateContainerd(Path(tempfile.gettempdir(), f"fsm-cri-{uuid4().hex[:8]}"), program) as containerd,
        at(containerd.endpoint, lambda client: ContainerdWorld(containerd, client)) as reached,
    ):
        yield replace(reached, lacks=(*reached.lacks, *CHANCY))


def ask(reached: Reached, say: Callable[[str], None] = lambda _: None) -> Column:
    """Ask a runtime everything.

    Args:
        reached: the runtime.
        say: told of each cell.
    """
    begun = time.monotonic()
    found: dict[str, Outcome] = {}
    races: dict[str, tuple[Outcome, ...]] = {}
    not_run: dict[str, str] = {}
    examiner = reached.examiner()
    try:
        for cell in cells():
            try:
                found[str(cell)] = examiner.examine(cell)
                say(f"{cell}: {found[str(cell)].judgement}")
            except NotRun as why:
                not_run[str(cell)] = str(why)
            except AssertionError as broken:
                found[str(cell)] = Outcome("", "", "", Judgement.VIOLATION.value, str(broken))
        for one in RACES:
            tries = range(TRIES if reached.together else 1)
            came = Counter(race(examiner, one, reached.together) for _ in tries)
            races[str(one)] = tuple(
                replace(outcome, times=came[outcome])
                for outcome in sorted(came, key=lambda outcome: (outcome.code, outcome.after))
            )
            say(f"{one}: {', '.join(outcome.judgement for outcome in races[str(one)])}")
    finally:
        examiner.close()
    return Column(reached.title, found, races, not_run, round(time.monotonic() - begun, 1))
