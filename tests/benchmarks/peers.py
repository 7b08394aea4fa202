"""The Python peers, where they are installed: `python -m tests.benchmarks.peers musil|minicheck N`.

Both are pure Python and take any state that hashes: here a tuple of containers, each a tuple of its fields,
the quickest form. minicheck has neither promises about steps nor a look at dead ends, so it is asked less.
musil wants Python 3.12 or newer: the environment variable PEERS_PYTHON may name an interpreter for both.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.benchmarks.measure import Contender
from tests.benchmarks.process import child, tell

PENDING, REF_GENERATED, CONFIGURED, CREATED, PRE_STARTED, FAILED = range(6)
NONE, IMAGE, CONFIG, PRE_CREATE, CREATE, PRE_START = range(6)
START = (PENDING, False, False, NONE, 0)  # phase, ref, container, fault, restart_count
MOST = 10_000_000

TOOLS = ("musil", "minicheck")
PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)

One = tuple[int, bool, bool, int, int]
State = tuple[One, ...]


def contenders(n: int) -> Iterator[Contender]:
    """Those that are installed."""
    for tool in TOOLS:
        if version(tool):
            yield Contender(tool, lambda tool=tool: child("peers", tool, str(n), python=PYTHON))
        else:
            yield Contender(tool, why_not="not installed, see PEERS_PYTHON")


def version(tool: str) -> str:
    """Which version of a tool is installed, if any."""
    program = f"from importlib.metadata import version; print(version({tool!r}))"
    found = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def steps(one: One) -> list[One]:
    """Where one container may go."""
    phase, ref, there, fault, restarts = one
    match phase:
        case 0:
            return [(REF_GENERATED, ok, there, fault, restarts) for ok in (False, True)]
        case 1:
            return [settled(CONFIGURED, ref, there, wrong, restarts) for wrong in (NONE, IMAGE, CONFIG)]
        case 2:
            return [settled(CREATED, ref, not wrong, wrong, restarts) for wrong in (NONE, PRE_CREATE, CREATE)]
        case 3:
            return [settled(PRE_STARTED, ref, there, wrong, restarts) for wrong in (NONE, PRE_START)]
    if restarts == 3:
        return []
    return [(PENDING, False, False, NONE, restarts + 1)] * (2 if phase == PRE_STARTED else 1)


def settled(phase: int, ref: bool, there: bool, fault: int, restarts: int) -> One:
    return (FAILED if fault else phase, ref, there, fault, restarts)


INVARIANTS: dict[str, Callable[[One], bool]] = {
    "failed_iff_faulted": lambda one: (one[0] == FAILED) == (one[3] != NONE),
    "only_a_created_container_is_there": lambda one: (
        one[2] == (one[0] in (CREATED, PRE_STARTED) or one[3] == PRE_START)
    ),
    "nothing_is_referred_to_before_it_is_generated": lambda one: not one[1] or one[0] != PENDING,
}


def every(holds: Callable[[One], bool]) -> Callable[[State], bool]:
    return lambda state: all(map(holds, state))


def successors(state: State) -> list[State]:
    return [
        (*state[:place], after, *state[place + 1 :])
        for place, one in enumerate(state)
        for after in steps(one)
    ]


def musil(n: int) -> int:
    """How many states musil finds."""
    from musil import Action, Model, check

    def action(place: int, number: int) -> Any:
        def apply(state: State) -> State:
            return (*state[:place], steps(state[place])[number], *state[place + 1 :])

        return Action(f"{place}.{number}", lambda state: len(steps(state[place])) > number, apply)

    found = check(
        Model(
            init=[(START,) * n],
            actions=[action(place, number) for place in range(n) for number in range(3)],
            invariants={name: every(holds) for name, holds in INVARIANTS.items()},
            edge_invariants={
                "restart_count_never_decreases": lambda before, _, after: all(
                    new[4] >= old[4] for old, new in zip(before, after, strict=True)
                )
            },
            terminal=lambda state: all(one[0] in (PRE_STARTED, FAILED) for one in state),
        ),
        max_states=MOST,
    )
    if not found.ok or found.truncated:
        raise SystemExit(f"not as expected:\n{found}")
    return int(found.states_explored)


def minicheck(n: int) -> int:
    """How many states minicheck finds."""
    from minicheck import Protocol, check_safety

    found = check_safety(
        Protocol(
            name="containers",
            candidate=False,
            fields=("containers",),
            initial=((START,) * n,),
            transitions=lambda state: [("step", (after,)) for after in successors(state[0])],
            invariants={
                name: lambda fields, holds=holds: all(map(holds, fields["containers"]))
                for name, holds in INVARIANTS.items()
            },
        ),
        max_states=MOST,
    )
    if not found["exhaustive"] or not all(kept["holds"] for kept in found["properties"].values()):
        raise SystemExit(f"not as expected:\n{found}")
    return int(found["reachable_states"])


def main() -> None:
    """Run one peer on n containers and tell what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("n", type=int)
    given = parser.parse_args()
    began = time.perf_counter()
    states = {"musil": musil, "minicheck": minicheck}[given.tool](given.n)
    tell(states, None, time.perf_counter() - began)


if __name__ == "__main__":
    main()
