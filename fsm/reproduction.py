"""How to see a verdict again: the shell command that each trace of a report ends with."""

from __future__ import annotations

import shlex
from dataclasses import fields, replace

from fsm.limits import Limits
from fsm.strategy import DEFAULT, Strategy
from fsm.verdict import PropertyResult, Report


def with_commands(report: Report, target: str, limits: Limits, strategy: Strategy = DEFAULT) -> Report:
    """A report whose traces name the command that shows each of them again.

    Args:
        report: what was found.
        target: what leads to its spec on the command line.
        limits: what it was found within.
        strategy: how it was found; only whether up to renaming changes what is shown.

    Returns:
        The same report, but for the commands.
    """
    given = [
        word
        for limit in fields(limits)
        if (value := getattr(limits, limit.name)) is not None and limit.name != "max_memory"
        for word in (
            f"--{limit.name.replace('_', '-')}",
            f"{value:g}" if limit.name == "timeout" else str(value),
        )
    ]

    if strategy.symmetry is not None:
        given.append("--symmetry" if strategy.symmetry else "--no-symmetry")

    def named(result: PropertyResult) -> PropertyResult:
        if result.trace is None:
            return result
        words = ["fsm", "check", target, "--property", result.name, *given]
        if result.expected:
            words.append("--verbose")
        return replace(result, trace=replace(result.trace, command=shlex.join(words)))

    return replace(report, properties=tuple(map(named, report.properties)))
