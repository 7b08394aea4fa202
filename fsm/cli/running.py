"""`fsm run`: go through a spec step by step, by hand, at random, or along a kept trace."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout

import click

from fsm.cli.options import only_one, output, say, shared, target
from fsm.cli.output import Output, writable
from fsm.journey import Choice, Journey, read_trace
from fsm.prose import Line, Style, step_text, trace_text
from fsm.saving import save

HELP = "a number takes that step, b goes back, q or end of input ends"


@click.command("run")
@target
@click.option("--walk", type=click.IntRange(0), metavar="N", help="Take N steps at random, not by hand.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random steps.")
@click.option("--trace", "kept", metavar="FILE", help="Take the steps of a trace that was saved.")
@click.option("--turns", type=click.IntRange(1), metavar="N", help="Go N times round the loop of the trace.")
@output
@shared
def command(
    target: str,
    walk: int | None,
    seed: int,
    kept: str | None,
    turns: int | None,
    output: str | None,
    detail: int,
    color: bool | None,
) -> int:
    """Step through a spec: by hand, at random (--walk), or along a saved trace (--trace).

    With -o the steps are saved as a trace, in JSON. The exit code is 1 if a promise was broken on the way.
    """
    if walk is not None and kept is not None:
        raise click.UsageError("Choose one of --walk and --trace.")
    if turns is not None and kept is None:
        raise click.UsageError("--turns is for --trace: it says how often the loop of a trace is gone round.")
    out, file = Output(None, color), writable(output) if output is not None else None
    with redirect_stdout(sys.stderr):
        model = only_one([target]).model
        trace = read_trace(kept, model) if kept is not None else None
        if turns is not None and trace is not None and (trace.loop is None or trace.loop == len(trace)):
            raise click.UsageError(f"{kept} has no loop to go round: leave --turns out.")
        journey = Journey(model)
        if trace is not None:
            broken = _along(journey, lambda: journey.follow(trace, turns or 1))
        elif walk is not None:
            broken = _along(journey, lambda: journey.wander(walk, seed))
        else:
            broken = _by_hand(journey, out)
    if walk is not None or trace is not None:
        out.lines(trace_text(journey.trace(), whole=detail >= 0))
        out.lines(_end(journey, broken))
    if file is not None:
        save(file, journey.trace().to_json() + "\n")
    return 1 if broken else 0


def _along(journey: Journey, go: Callable[[], None]) -> list[str]:
    """Go a way that is settled; the promises that are broken anywhere on it."""
    go()
    path, broken = list(journey.path), dict[str, None]()
    for length in range(1, len(path) + 1):
        journey.path = path[:length]
        broken.update(dict.fromkeys(journey.broken()))
    return [*broken, *journey.broken_for_ever()]


def _by_hand(journey: Journey, out: Output) -> list[str]:
    """Ask for each step; questions go to stderr, what happened to stdout."""
    broken: dict[str, None] = {}
    if len(journey.initial) > 1:
        items = [dict(journey.model.layout.items(state)) for state in journey.initial]
        differing = [path for path in items[0] if len({one[path] for one in items}) > 1]
        chosen = _ask([", ".join(f"{path}={one[path]}" for path in differing) for one in items])
        if not isinstance(chosen, int):
            return []
        journey.begin(journey.initial[chosen])
    out.lines(_where(journey))
    while True:
        broken.update(dict.fromkeys(journey.broken()))
        out.lines(_broken(journey.broken()))
        choices = journey.choices()
        if not choices:
            out.lines([((_ending(journey), "strong"),)])
            return list(broken)
        chosen = _ask([_told(journey, choice) for choice in choices])
        if chosen == "q":
            return list(broken)
        if chosen == "b":
            if not journey.back():
                say("this is the beginning")
            out.lines(_where(journey))
        else:
            journey.take(choices[int(chosen)])
            steps = journey.trace().steps
            out.lines(step_text(len(steps), steps[-1]))


def _ask(options: Sequence[str]) -> int | str:
    """The place of the option that was chosen, `b` or `q`."""
    width = len(str(len(options)))
    for number, option in enumerate(options, 1):
        click.echo(f"  {number:{width}}  {option}", err=True)
    while True:
        click.echo("> ", err=True, nl=False)
        line = sys.stdin.readline()
        word = line.strip()
        if not line or word == "q":
            click.echo("", err=True)
            return "q"
        if word == "b":
            return "b"
        if word.isdecimal() and 1 <= int(word) <= len(options):
            return int(word) - 1
        say(f"`{word}` is no choice: {HELP}" if word else HELP)


def _told(journey: Journey, choice: Choice) -> str:
    event, after = choice
    changes = journey.model.layout.changes(journey.state, after)
    changed = "  ".join(f"{path}: {old} → {new}" for path, old, new in changes)
    fault = "fault: " if event.action.fault else ""
    return f"{fault}{event.label}  {changed or '(changes nothing)'}"


def _where(journey: Journey) -> Iterator[Line]:
    """The state as lines."""
    for path, value in journey.model.layout.items(journey.state):
        yield ((f"     {path}=", "dim"), (value, ""))


def _end(journey: Journey, broken: Sequence[str]) -> Iterator[Line]:
    yield from _broken(broken)
    if journey.loop is None:
        yield ((_ending(journey), "strong"),)


def _broken(names: Sequence[str]) -> Iterator[Line]:
    style: Style = "bad"
    for name in names:
        yield (("     violates ", style), (name, "strong"))


def _ending(journey: Journey) -> str:
    if journey.is_final:
        return "final: a run may end here"
    return "more may happen" if journey.choices() else "nothing is enabled, and the phase is not final"
