"""What we say ourselves, in the words of an export."""

from collections.abc import Iterable

from fsm.checker import report
from fsm.explorer import explore
from fsm.export.rules import Machine
from fsm.graph import Graph
from fsm.model import Model
from fsm.targets import find
from fsm.verdict import Outcome

CLASSICS = ("die_hard.py::DieHard", "dining.py::DiningPhilosophers", "dining.py::OneLeftHanded",
            "peterson.py::Peterson", "peterson.py::PetersonReversed",
            "two_phase_commit.py::TwoPhaseCommit")  # fmt: skip
CONTAINERS = "specs/kubelet/container_creation.py::ContainerCreation"


def shipped(name: str) -> Model:
    """The model of a spec in `specs/`."""
    text = name if name.startswith("specs/") else f"specs/classics/{name}"
    (target,) = find([text]).targets
    return target.model


def violated(graph: Graph, machine: Machine) -> set[str]:
    """The claims about states and steps that are violated, by their exported names."""
    alarms = {bound.label for bound in graph.alarms}
    found = {claim.name for claim in (*machine.invariants, *machine.steps) if claim.label in alarms}
    return found | ({"never_stuck"} if graph.stuck is not None else set())


def counted(model: Model) -> tuple[int, int, Graph]:
    """States, transitions with initial states, and all of it."""
    graph = explore(model)
    return len(graph.states), graph.transitions + graph.initial, graph


class Undecided(Exception):
    """A property over runs of which we cannot say whether it is violated."""


def broken_promises(model: Model) -> set[str]:
    """The properties over runs that are violated, by name; raises `Undecided`."""
    names = [asked.name for asked in model.properties if asked.kind.over_runs]
    answer = report(explore(model), names)
    if any(result.outcome is Outcome.UNKNOWN for result in answer.properties):
        raise Undecided
    return {result.name for result in answer.properties if result.outcome is Outcome.VIOLATED}


def properties(labels: Iterable[str]) -> set[str]:
    """The names of properties with arguments."""
    return {label.partition("(")[0] for label in labels}
