"""Verdicts in a word and a remark: what stands beside the name of a property.

A property over runs is violated by a *lasso*, a way and then a loop for ever, and only under what was assumed
of runs, so both are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsm.verdict import PropertyResult, Trace

VIOLATIONS = {
    "sometimes": "no reachable state satisfies it",
    "recoverable": "out of reach at the end of this",
    "never_stuck": "nothing is enabled at the end of this",
    "eventually": "never true",
    "leads_to": "what it leads to never comes",
    "recurs": "never true again in the end",
}  #: what a violation of each kind shows, where its name does not say it
MOST = 12  #: so many assumptions are told one by one, and the others counted
OVER_RUNS = ("eventually", "leads_to", "recurs", "temporal")


def standing(result: PropertyResult) -> str:
    """A verdict in one word: holds, witnessed, violated, vacuous, unknown, a finding, or one that is gone."""
    if result.expected is None:
        return "unknown"
    if result.vacuous and not result.waiver:
        return "vacuous"
    if result.expected is False:
        return "gone" if result.finding else "violated"
    if result.finding:
        return "finding"
    return "witnessed" if result.kind == "sometimes" else "holds"


def remark_on(result: PropertyResult, faulty: bool = False) -> str:
    """What is to be said beside a verdict.

    Args:
        result: the verdict.
        faulty: whether the spec has faults.
    """
    word, way = standing(result), way_of(result.trace, faulty) if result.trace is not None else ""
    given = ", ".join(f"{name}={value}" for name, value in result.arguments)
    where = f"for {given}" if given else ""
    match word:
        case "unknown":
            told = [where, result.reason]
        case "vacuous":
            told = [f"{result.vacuous}; say `waiver=` if that is right"]
        case "gone":
            told = [f"this finding no longer happens, take `finding=` out: {result.finding}"]
        case "finding":
            inside = ", ".join(filter(None, (where, way)))
            told = [f"{result.finding} ({inside})" if inside else result.finding]
        case "violated":
            told = [VIOLATIONS.get(result.kind, ""), where, way]
        case _:
            told = [way if word == "witnessed" else ""]
    return ", ".join(filter(None, told))


def way_of(trace: Trace, faulty: bool = False) -> str:
    """How long a trace is, how it goes on for ever if it does, and how many faults it takes.

    Args:
        trace: the way.
        faulty: whether the spec has faults, so that their number is worth a word.
    """
    begin = len(trace) if trace.loop is None else trace.loop
    stem, loop = trace.steps[:begin], trace.steps[begin:]
    faults, again = (sum(step.fault for step in part) for part in (stem, loop))
    told = []
    if begin or trace.loop is None:
        way = f"after {counted(begin, 'step')}" if begin else "initially"
        told.append(f"{way} with {counted(faults, 'fault')}" if faults else way)
    if trace.loop is not None:
        on = f"a loop of {counted(len(loop), 'step')} for ever" if loop else "it stays there for ever"
        told.append(f"then {on}" if begin else f"from the beginning {on}")
    if again:
        told.append(f"with {counted(again, 'fault')} in the loop")
    elif faulty and not faults:
        told.append("without a fault")
    return (" " if trace.loop is None else ", ").join(told)


def fairness_of(result: PropertyResult) -> Iterator[tuple[str, Sequence[str]]]:
    """What was assumed of runs, and what would have to be: each an opening and the assumptions.

    Args:
        result: the verdict; there is nothing to say where it is not one over runs.
    """
    violated = result.outcome.value == "violated"
    if result.fair:
        yield "assumed fair:", result.fair
        if violated and result.advice:
            yield "it would hold if this were fair:", result.advice
    elif violated and result.advice:
        yield "nothing is assumed fair; it holds under", result.advice
    elif result.kind in OVER_RUNS:
        yield "nothing is assumed fair", ()


def abridged(fair: Sequence[str], most: int = MOST) -> list[str]:
    """The first of some assumptions, and how many more there are.

    >>> abridged(["weak enter", "weak leave", "finitely crash"], 1)
    ['weak enter', 'and 2 more']
    """
    rest = len(fair) - most
    return [*fair[:most], f"and {rest} more"] if rest > 0 else list(fair)


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "step"), counted(2000, "step")
    ('1 step', '2,000 steps')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
