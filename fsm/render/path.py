"""The way of a trace through the phases: which arrows of a diagram it takes, and which of them for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from fsm.model import Model
from fsm.verdict import Step, Trace

Taken: TypeAlias = tuple[str, str, str]  #: the phases before and after, and the action


@dataclass(frozen=True)
class Path:
    """Where a trace leads.

    Args:
        steps: what it takes, with the numbers of the steps that do.
        loop: what of it is taken again and again.
        rests: the phases in which it stays for ever, if it does; of a map of phases those of its members.
    """

    steps: dict[Taken, tuple[int, ...]]
    loop: frozenset[Taken] = frozenset()
    rests: tuple[str, ...] = ()


def path_of(model: Model, trace: Trace) -> Path:
    """The way of a trace of this model."""
    now = {path: value for path, value in trace.initial if path.split("[")[0] == model.phase.name}
    begin = len(trace) if trace.loop is None else trace.loop
    steps: dict[Taken, tuple[int, ...]] = {}
    loop: set[Taken] = set()
    for number, step in enumerate(trace.steps, 1):
        moved = [(c.path, c.old, c.new) for c in step.changes if c.path in now]
        for path, old, new in moved or [
            (path, now[path], now[path]) for path in _concerned(model, step, now)
        ]:
            now[path] = new
            taken = (old, new, step.action)
            steps[taken] = (*steps.get(taken, ()), number)
            if number > begin:
                loop.add(taken)
    rests = tuple(dict.fromkeys(now.values())) if trace.loop == len(trace) else ()
    return Path(steps, frozenset(loop), rests)


def ending(trace: Trace) -> str:
    """How a trace goes on for ever, in words; nothing where it ends.

    >>> ending(Trace("Lamp", (), (Step("go"), Step("stop"), Step("go")), loop=1))
    'steps 2 to 3 again and again'
    """
    if trace.loop is None:
        return ""
    if trace.loop == len(trace):
        return "then nothing happens for ever" if trace.steps else "nothing happens for ever"
    first, last = trace.loop + 1, len(trace)
    return f"steps {first} to {last} again and again" if first < last else f"step {last} again and again"


def _concerned(model: Model, step: Step, paths: Iterable[str]) -> list[str]:
    """The phases that a step is about although it moves none: those of the members that it names."""
    copies = model.action(step.action).copies
    values = [f"[{value}]" for _, value in step.arguments]
    copy, members = "".join((model.phase.name, *values[:copies])), tuple(values[copies:])
    return [path for path in paths if path == copy or (path.startswith(copy) and path.endswith(members))]
