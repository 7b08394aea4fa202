"""What is measured: each model once for us, once in Promela and once in TLA+, with its sizes.

The twins say the same as the spec, step by step, so that states and transitions can be compared:
`promela/*.pml` takes the size as macros, `tla/*.tla` as constants. What the other tools are not asked is left
out of the spec too: `recoverable`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import comb
from typing import Any

from fsm import many, model_of
from fsm.model import Kind
from specs.classics.two_phase_commit import two_phase_commit
from tests.benchmarks.containers import STATES, TRANSITIONS, Container
from tests.benchmarks.depot import depot
from tests.benchmarks.pod import pod

Size = tuple[int, ...]


@dataclass(frozen=True)
class Promela:
    """A twin for Spin.

    Args:
        file: its name in `promela/`, without the ending.
        macros: the names of the size's numbers.
        depth: how deep a search goes at full size, rounded up: Spin clears that much memory at the start.
        states: how many there are at full size, roughly: the size of its hash table.
    """

    file: str
    macros: tuple[str, ...]
    depth: int
    states: int


@dataclass(frozen=True)
class Tla:
    """A twin for TLC.

    Args:
        module: its name in `tla/`, without the ending.
        constants: the names of the size's numbers.
        invariants, steps: the promises about states and about steps.
        fixed: further constants.
        ends: whether it ends: what TLC would call a deadlock.
    """

    module: str
    constants: tuple[str, ...]
    invariants: tuple[str, ...]
    steps: tuple[str, ...]
    fixed: dict[str, int] = field(default_factory=dict)
    ends: bool = False


@dataclass(frozen=True)
class Case:
    """One model and the sizes at which it is measured."""

    key: str
    title: str
    build: Callable[..., Any]
    full: Size
    quick: Size
    promela: Promela
    tla: Tla
    symmetric: Callable[..., int] | None = None  # how many states are left up to renaming, if we can do that
    by_hand: str = ""  # the name of a program in `by_hand/` that explores this model and nothing else

    def model(self, size: Size) -> Any:
        """The model at a size, with the properties that every tool checks."""
        model = model_of(self.build(*size))
        asked = tuple(prop for prop in model.properties if prop.kind is not Kind.RECOVERABLE)
        return replace(model, properties=asked)

    def name(self, size: Size) -> str:
        """How a size of it is called in the table."""
        return f"({self.key}) {self.title}, {' × '.join(map(str, size))}"


def containers(n: int) -> Any:
    """n independent containers."""
    return many(Container, n)


def container_counts(n: int) -> tuple[int, int]:
    """The states and transitions of n independent containers, by arithmetic."""
    return STATES**n, n * TRANSITIONS * STATES ** (n - 1)


CASES = {
    case.key: case
    for case in (
        Case(
            "a",
            "independent containers",
            containers,
            full=(4,),
            quick=(2,),
            promela=Promela("containers", ("N",), depth=1_000, states=33_362_176),
            tla=Tla(
                "Containers",
                ("N",),
                (
                    "FailedIffFaulted",
                    "OnlyACreatedContainerIsThere",
                    "NothingIsReferredToBeforeItIsGenerated",
                ),
                ("RestartsNeverDecrease",),
                {"MaxRestarts": 3},
                ends=True,
            ),
            symmetric=lambda n: comb(STATES + n - 1, n),
            by_hand="containers",
        ),
        Case(
            "b",
            "depot: workers × queue",
            depot,
            full=(4, 2),
            quick=(2, 1),
            promela=Promela("depot", ("WORKERS", "LONGEST"), depth=9_000_000, states=23_766_015),
            tla=Tla(
                "Depot",
                ("Workers", "Longest"),
                ("NothingIsLost", "WhoCarriesHoldsBoth", "TheBooksAgree"),
                ("NobodyTakesALockFromAnother",),
            ),
        ),
        Case(
            "pod",
            "containers × attempts",
            pod,
            full=(4, 2),
            quick=(2, 2),
            promela=Promela("pod", ("CONTAINERS", "ATTEMPTS"), depth=10_000, states=3_000_000),
            tla=Tla(
                "Pod",
                ("Containers", "Attempts"),
                (
                    "WhatLivesIsInASandbox",
                    "WhatLivesWasAttempted",
                    "OnlyAnEndIsClean",
                    "ThereIsATargetWhileStarting",
                ),
                ("AttemptsNeverDecrease",),
            ),
        ),
        Case(
            "c",
            "two-phase commit, managers",
            two_phase_commit,
            full=(9,),
            quick=(3,),
            promela=Promela("two_phase_commit", ("MANAGERS",), depth=1_000, states=10_000_000),
            tla=Tla(
                "TwoPhaseCommit",
                ("Managers",),
                ("NoCommitBesideAnAbort", "ACommitFollowsTheDecision"),
                ("AnEndIsFinal",),
            ),
        ),
    )
}
