"""Runtimes, held to the spec of a container's life.

The runtime in memory is held to what containerd 1.6.20 does, answer for answer. A real runtime, which the
fixture `cri_runtime` leads to, is held to what the CRI's text promises, the divergences let pass that
runtimes in use are known for; what it chooses where the text leaves a choice is its own affair. What can only
be done to a runtime of one's own (`kill -9`, a reboot, a call that ends it) is done to the one of the fixture
`private_containerd`.

A real call takes 2 to 60 ms, so there one row of calls goes through many transitions (`most_tours=0`), and
the calls are shared out: those about one container and its sandbox (`TestServed`, but for the statuses and
listings, which the bench asks for after every step anyway), those that matter beside a second sandbox or the
next attempt (`TestBeside`), faults in a container's life (`TestPrivate`). Every call in every situation is
asked one by one by `cri_container_matrix`.
"""

from typing import Any

from fsm import conform

from .cri_container_bench import Bench
from .cri_container_cases import CASES
from .cri_container_divergences import D1, D4, D14
from .cri_container_profiles import profile, tolerant
from .cri_container_runs import memory
from .cri_container_worlds import FAULTS, PRIVATE, AnyWorld, ContainerdWorld, MemoryWorld

ANSWERS = ("reply", "fate", "left")
LIFE = ("run_pod_sandbox", "create_container", "start_container")  # what leads to where a fault may happen
SECOND = ("run_next_pod_sandbox", "create_next_attempt", "create_in_second_sandbox", "remove_other")
ENDS = ("stop_container", "remove_container")
OBSERVED = ("pod_sandbox_status", "list_pod_sandbox", "container_status", "list_containers")


class InMemory(Bench):
    """The runtime in memory: a new one for each row of calls."""

    def __init__(self) -> None:
        runtime = memory()
        super().__init__(runtime, MemoryWorld(runtime))


class Served(Bench):
    """The runtime that the tests are given."""

    def __init__(self, cri_runtime: Any) -> None:
        super().__init__(cri_runtime, AnyWorld(cri_runtime))


class Private(Bench):
    """A containerd of one's own."""

    def __init__(self, private_containerd: Any, cri_runtime: Any) -> None:
        super().__init__(cri_runtime, ContainerdWorld(private_containerd, cri_runtime))


def all_but(*asked: str) -> tuple[str, ...]:
    """The calls that are not asked, and what ends a process."""
    return tuple(one for one in (*CASES, "remove_other", "process_exits") if one not in asked)


TestInMemory = conform(profile("containerd 1.6"), InMemory, answers=ANSWERS, walks=100)

TestServed = conform(
    tolerant((D1, D4)),
    Served,
    answers=ANSWERS,
    skip=(*FAULTS, *PRIVATE, *SECOND, *OBSERVED),
    walks=5,
    timeout=30,
    most_tours=0,
)

TestBeside = conform(
    tolerant((D1, D4)),
    Served,
    answers=ANSWERS,
    skip=(*FAULTS, *all_but(*LIFE, *ENDS, *SECOND)),
    walks=0,
    timeout=30,
    most_tours=0,
)

TestPrivate = conform(
    tolerant((D14,)),
    Private,
    answers=ANSWERS,
    skip=all_but(*LIFE),
    walks=0,
    timeout=60,
    most_tours=0,
)
