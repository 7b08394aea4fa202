"""Who would notice: each planted fault (`mutants`) is checked in small worlds, beside none planted.

A fault is *noticed* by the properties whose verdict is another one, or whose shortest violation takes other
numbers of faults and steps; by the engine, if the world is refused; or because an action can never happen any
more. One that is noticed by nothing is a hole in the promises, or makes no difference: the page lists them.

The worlds follow attempts up to 1 only: a fault that shows from the second restart on would be missed.
"""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import NamedTuple

from fsm import check
from fsm.declaration import model_of
from fsm.errors import FsmError
from fsm.verdict import Report

from .matrix import SCHEMA, short
from .matrix_sources import PACKAGE, digest_of
from .mutants import Mutant, mutants, package_with

FILE = Path(__file__).with_name("mutations.json")
MOST = 1  # the highest attempt that is followed
LARGEST = 500_000  # states; a world that grows beyond is noticed


class Trial(NamedTuple):
    """A small world that faults are planted in, and whether promises over runs are judged in it."""

    question: str
    version: str
    runtime: str
    policy: str
    runs: bool = False

    def __str__(self) -> str:
        return f"{self.question} in {self.version} on {self.runtime}, {self.policy}"


TRIALS = (
    Trial("reboots", "1.22", "containerd", "Always"),
    Trial("events", "1.20", "containerd", "Always"),
    Trial("instances", "1.20", "containerd", "Always", runs=True),
    Trial("logs", "1.22", "containerd", "Always"),
    Trial("restarts", "1.20", "containerd", "Always"),
    Trial("instances", "1.20", "containerd", "Never"),
    Trial("instances", "1.20", "containerd", "OnFailure"),
    Trial("instances", "1.20", "CRI-O from 1.31", "Always"),
    Trial("instances", "1.20", "dockershim", "Always"),
)
"""In this order, until a property notices: together they reach every line that a fault can be planted in.
Promises over runs take long, and are judged in one of them."""

WHY: Mapping[str, str] = MappingProxyType(
    {
        "node: Node.exits: guard require(self.POLICY is Policy.ON_FAILURE or not ok)": (
            "it only keeps states away: under the other policies the exit code is not asked for"
        ),
        "node: Node.late_create_is_undone: effect self.pending = None": (
            "the same states are reached when the runtime restarts"
        ),
        "node: Node.dead_containers_are_pruned: guard require(any((self.instances[place].can_be_pruned "
        "for place in PLACES)))": "where there is nothing to prune, pruning changes nothing",
        "node: Node.runtime_restarts: guard require(self.pending is not None or not unreadable)": (
            "without a create that goes on, both choices are the same step"
        ),
        "node: Node.runtime_restarts: guard require(self.pending is not None or starting)": (
            "where nothing goes on, a restart changes nothing"
        ),
        "node: Node.runtime_restarts: guard require(starting or not started)": (
            "without a start that goes on, both choices are the same step"
        ),
    }
)
"""Why nothing notices a fault, by its name, where that is known."""


@dataclass(frozen=True)
class Mutation:
    """What became of a planted fault.

    Args:
        name: of the mutant.
        trial: the first small world that noticed it; empty if none did.
        noticed: by which properties, and what they said without it and with it; or by what else.
        visible: whether any of the worlds has other numbers of states and transitions with it.
    """

    name: str
    trial: str
    noticed: tuple[str, ...]
    visible: bool

    @property
    def is_noticed(self) -> bool:
        """Whether anything noticed it."""
        return bool(self.noticed)


@cache
def digest() -> str:
    """The digest of what all small worlds rest on."""
    worlds = import_module(f"{PACKAGE}.worlds")
    parts = [f"{trial} {digest_of(world_of(worlds, trial))}" for trial in TRIALS]
    return sha256("\n".join([*parts, *(one.name for one in mutants())]).encode()).hexdigest()[:16]


def world_of(worlds: ModuleType, trial: Trial) -> type:
    """The small world of a trial.

    Args:
        worlds: the module of the worlds, or that of a copy of the package.
        trial: which one.
    """
    package = worlds.__name__.rpartition(".")[0]
    versions, runtimes, node = (import_module(f"{package}.{one}") for one in ("versions", "runtimes", "node"))
    question = next(one for one in worlds.QUESTIONS if one.name == trial.question)
    runtime = next(one for one in runtimes.RUNTIMES if one.name == trial.runtime)
    world = question.spec(versions.version(trial.version), runtime, node.Policy(trial.policy))
    return type("Small", (world,), {"__module__": world.__module__, "MOST": MOST})


def checked(worlds: ModuleType, trial: Trial) -> Report:
    """The report on a small world."""
    world = world_of(worlds, trial)
    judged = [one.name for one in model_of(world).properties if trial.runs or not one.kind.over_runs]
    return check(world, properties=judged, engine="native", max_states=LARGEST)


@cache
def plain(trial: Trial) -> Report:
    """The report on a small world in which nothing is planted."""
    return checked(import_module(f"{PACKAGE}.worlds"), trial)


@cache
def trials_of(module: str) -> tuple[Trial, ...]:
    """The small worlds that a module belongs to."""
    worlds = import_module(f"{PACKAGE}.worlds")
    bases = {trial: {base.__module__ for base in world_of(worlds, trial).__mro__} for trial in TRIALS}
    return tuple(trial for trial in TRIALS if f"{PACKAGE}.{module}" in bases[trial])


def tried(mutant: Mutant) -> Mutation:
    """Plant a fault, and check small worlds until a property notices."""
    best = Mutation(mutant.name, "", (), visible=False)
    with tempfile.TemporaryDirectory() as folder, package_with(mutant, Path(folder)) as worlds:
        for trial in trials_of(mutant.module):
            before = plain(trial)
            try:
                after = checked(worlds, trial)
            except FsmError as error:
                return Mutation(mutant.name, str(trial), (refusal(error),), visible=True)
            best = replace(best, visible=best.visible or size(before) != size(after))
            judged = tuple(differences(before, after))
            if judged:
                return Mutation(mutant.name, str(trial), judged, visible=True)
            gone = sorted(set(after.never_enabled) - set(before.never_enabled) - {mutant.text})
            if gone and not best.noticed:
                best = replace(
                    best, trial=str(trial), noticed=tuple(f"{one} can never happen" for one in gone)
                )
    return best


def refusal(error: Exception) -> str:
    """What is wrong with a world, without where it was copied to."""
    line = str(error).strip().splitlines()[0]
    return f"refused: {re.sub(r'^.*?: ', '', line)}"


def size(report: Report) -> tuple[int, int, int]:
    """What tells two state spaces apart at a glance."""
    return report.states, report.transitions, report.bounded


def differences(before: Report, after: Report) -> Iterator[str]:
    """What properties say of two worlds that is not the same."""
    if after.stopped and not before.stopped:
        yield f"the world grows beyond {LARGEST:,} states"
        return
    for one in before.properties:
        then, now = verdict(before, one.name), verdict(after, one.name)
        if then != now:
            yield f"{one.name}: {then} → {now}"


def verdict(report: Report, name: str) -> str:
    """A verdict with what it takes; an example's length, too."""
    found = report[name]
    vacuous = ", asks nothing" if found.vacuous else ""
    example = f" in {len(found.trace)}" if found.trace and found.kind == "sometimes" else ""
    return f"{short(report, name)}{example}{vacuous}"


def load(file: Path) -> dict[str, Mutation]:
    """The fresh results that are kept, by the mutants' names."""
    try:
        data = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"{file} holds no mutations: it is not JSON ({error}); remove it") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or data.get("digest") != digest():
        return {}
    return {one["name"]: Mutation(**{**one, "noticed": tuple(one["noticed"])}) for one in data["mutations"]}


def save(results: Mapping[str, Mutation], file: Path) -> None:
    """Keep results in the order of the mutants, one on each line; the file is replaced at once."""
    kept = [results[one.name] for one in mutants() if one.name in results]
    lines = ",\n".join(f" {json.dumps(asdict(one), ensure_ascii=False)}" for one in kept)
    text = f'{{"schema": {SCHEMA}, "digest": "{digest()}", "mutations": [\n{lines}\n]}}\n'
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def run(wanted: Sequence[Mutant], keep: Callable[[Mutation], None], processes: int = 2) -> None:
    """Try mutants in processes of their own.

    Args:
        wanted: which ones.
        keep: called with each result as soon as it is there.
        processes: how many run at once.
    """
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        going = [pool.submit(tried, mutant) for mutant in wanted]
        try:
            for one in as_completed(going):
                keep(one.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
