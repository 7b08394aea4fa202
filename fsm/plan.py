"""Plans: what a run is to carry out, and the program that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fsm.failure import call_lines, import_lines, literal, mapping_lines
from fsm.model import call


@dataclass(frozen=True)
class PlannedStep:
    """One step of a plan: an action with its arguments, and whether the world does it wrong."""

    action: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fault: bool = False

    def __str__(self) -> str:
        return call(self.action, self.arguments)


@dataclass(frozen=True)
class Plan:
    """What a run is to carry out.

    Args:
        initial: the value of every variable at the beginning.
        steps: the actions in order. A run may go on after them, as long as nothing goes wrong.
    """

    initial: Mapping[str, Any]
    steps: tuple[PlannedStep, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "nothing"


def program_lines(plan: Plan) -> Iterator[str]:
    """A program that makes a plan and carries it out."""
    yield "from fsm import Plan, PlannedStep"
    yield from import_lines([plan.initial, *(step.arguments for step in plan.steps)])
    yield ""
    yield "plan = Plan("
    for line in mapping_lines("initial={", plan.initial, "},"):
        yield f"    {line}"
    yield "    steps=("
    for step in plan.steps:
        parts = [literal(step.action)]
        parts += [literal(step.arguments)] if step.arguments else []
        parts += ["fault=True"] if step.fault else []
        for line in call_lines("PlannedStep(", parts, "),"):
            yield f"        {line}"
    yield "    ),"
    yield ")"
    yield "run(plan)"
