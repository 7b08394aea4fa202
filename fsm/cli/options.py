"""What all commands share: the targets, how much is shown, and what becomes of an error."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

from fsm.errors import FsmError, SpecError
from fsm.prose import short

Function = TypeVar("Function", bound=Callable[..., Any])


def targets(function: Function) -> Function:
    """The argument `TARGET…`; makes what lies here importable, after everything else."""
    return click.argument("targets", metavar="[TARGET]...", nargs=-1)(function)


def target(function: Function) -> Function:
    """The argument `TARGET`, exactly one."""
    return click.argument("target", metavar="TARGET")(function)


def output(function: Function) -> Function:
    """The option `-o FILE`."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write to FILE, at the end and whole, instead of stdout.",
    )(function)


def shared(function: Callable[..., int]) -> Callable[..., int]:
    """The options `-q`, `-v` and `--color`, given on as `detail` and `color`; no error ends in a traceback.

    Args:
        function: the body of a command; it returns the exit code.
    """

    @click.option("-q", "--quiet", is_flag=True, help="Show only what is not as it should be.")
    @click.option("-v", "--verbose", is_flag=True, help="Show everything; tracebacks of errors too.")
    @click.option("--color/--no-color", default=None, help="Colours or none, wherever the output goes.")
    @wraps(function)
    def command(quiet: bool, verbose: bool, color: bool | None, **rest: Any) -> int:
        if quiet and verbose:
            raise click.UsageError("Choose one of --quiet and --verbose.")
        if "" not in sys.path and "." not in sys.path:
            sys.path.append("")
        try:
            return function(detail=int(verbose) - int(quiet), color=color, **rest)
        except FsmError as error:
            complain(error, verbose)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            hint = "" if verbose else "; -v shows where"
            say(f"this is a mistake in fsm itself: {type(error).__name__}: {error}{hint}")
            if verbose:
                traceback.print_exception(error, file=sys.stderr)
        return 2

    return command


def complain(error: FsmError, verbose: bool = False) -> None:
    """Say on stderr what is wrong, each mistake on a line of its own."""
    for line in messages(error):
        say(line)
    if verbose:
        traceback.print_exception(error, file=sys.stderr)


def messages(error: FsmError) -> Sequence[str]:
    """The messages of an error, places from the current folder."""
    if isinstance(error, SpecError):
        return [short(str(mistake)) for mistake in error.mistakes]
    return [str(error)]


def say(text: str) -> None:
    """A diagnostic on stderr."""
    click.echo(f"fsm: {text}", err=True)


def say_whose(texts: Sequence[str]) -> None:
    """Say so where nothing is named and there are no specs here: then those that come with fsm are meant."""
    from fsm.folders import SPECS, default_folder

    if not texts and str(default_folder()) != SPECS:
        say(f"no specs in {SPECS}/ here: these are the ones that come with fsm")


def only_one(texts: Sequence[str]) -> Any:
    """The one spec that a target names.

    Raises:
        FsmError: if there is none, or more than one.
    """
    from fsm.errors import TargetError
    from fsm.targets import find

    found = find(texts)
    if found.mistakes:
        for error in found.mistakes[:-1]:
            complain(error)
        raise found.mistakes[-1]
    if len(found.targets) != 1:
        names = ", ".join(f"`{one.id}`" for one in found.targets)
        raise TargetError(f"this needs one spec, and {texts[0]} has several: {names}")
    return found.targets[0]
