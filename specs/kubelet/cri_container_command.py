"""`python -m specs.kubelet runtimes`: ask runtimes, keep what they answered, write the page."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from .cri_container_matrix import Judgement, Outcome
from .cri_container_page import FILE as PAGE
from .cri_container_page import page
from .cri_container_runs import (
    FILE,
    Column,
    Reached,
    ask,
    at,
    embedded,
    embedded_over_grpc,
    load,
    private,
    save,
)

PROGRAM = "FSM_CONTAINERD"  #: the environment variable that names a containerd, as for the tests


def outcomes(column: Column) -> Iterator[tuple[str, Outcome]]:
    """All outcomes of a runtime, with what they are of."""
    yield from column.cells.items()
    yield from ((name, outcome) for name, came in column.races.items() for outcome in came)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--cri-endpoint", metavar="ENDPOINT", help="also ask the runtime that listens there")
    parser.add_argument(
        "--private",
        nargs="?",
        metavar="PROGRAM",
        const=os.environ.get(PROGRAM) or "containerd",
        help=f"also ask a containerd that is started for it: this one, that of {PROGRAM}, that on PATH",
    )
    parser.add_argument(
        "--page", action="store_true", help="ask nobody, only write the page from what is kept"
    )


def run(given: argparse.Namespace) -> int:
    """Ask, keep, write.

    Args:
        given: what was said on the command line.

    Returns:
        0, or 1 where a runtime breaks what the CRI promises.

    Raises:
        ValueError: for options that do not go together, for a file that is not of `save`, and where gRPC is
            not installed.
        KubeletError: if a runtime cannot be had, or stops answering; what was asked before it is kept.
    """
    columns = load(FILE)
    for reached in _asked(given):
        try:
            with reached as runtime:
                sys.stderr.write(f"asking {runtime.title}\n")
                columns[runtime.title] = ask(runtime)
        except ImportError as error:
            raise ValueError(str(error)) from None
        save(columns, FILE)
    PAGE.write_text(page(columns), "utf-8")
    wrong = [
        f"{title}: {name}: {out.why}"
        for title, one in columns.items()
        for name, out in outcomes(one)
        if out.judgement == Judgement.VIOLATION.value
    ]
    for line in wrong:
        sys.stderr.write(f"violation: {line}\n")
    sys.stderr.write(f"{PAGE.name}: {len(columns)} runtimes, {len(wrong)} violations\n")
    return int(bool(wrong))


def _asked(given: argparse.Namespace) -> Iterator[AbstractContextManager[Reached]]:
    """Who is asked, one after the other; last the runtime in memory, which is always to be had."""
    if given.page:
        if given.private or given.cri_endpoint:
            raise ValueError("--page asks nobody: leave it out, or leave out what is to be asked")
        return
    if given.cri_endpoint:
        yield at(given.cri_endpoint)
    if given.private:
        yield private(given.private)
    yield nullcontext(embedded())
    yield embedded_over_grpc()
