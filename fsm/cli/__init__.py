"""The command line: `fsm check|conform|diff|draw|export|replay|run TARGET…`, `fsm proxy|serve-runtime`.

Results go to stdout, everything else to stderr. Exit codes: 0 holds, 1 violated, 2 wrong usage or wrong
spec, 3 unknown, 130 interrupted. A command is imported when it is called, and returns its exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from fsm import __version__
from fsm.errors import did_you_mean

COMMANDS = {
    "check": "fsm.cli.checking",
    "conform": "fsm.cli.conforming",
    "diff": "fsm.cli.diffing",
    "draw": "fsm.cli.drawing",
    "export": "fsm.cli.exporting",
    "proxy": "fsm.cli.proxying",
    "replay": "fsm.cli.replaying",
    "run": "fsm.cli.running",
    "serve-runtime": "fsm.cli.serving",
}  #: each module holds its click command as `command`


class Group(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """See click."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click."""
        if cmd_name not in COMMANDS:
            ctx.fail(f"There is no command `{cmd_name}`: {did_you_mean(cmd_name, COMMANDS)}")
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, message="fsm %(version)s")
def commands() -> None:
    """State machines to trust: check, diff, draw, export, replay, run and conform to specs.

    A TARGET is a file, a folder, file.py::Spec, 'file.py::make(3)' or package.module:Spec; without one,
    every spec in specs/.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: what follows `fsm` on the command line.

    Returns:
        The exit code.
    """
    try:
        code = commands.main(arguments, prog_name="fsm", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        return 130
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """The console script: run the command that `sys.argv` names, and exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    code = run()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BrokenPipeError:  # the reader left: what it did not want to read is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
