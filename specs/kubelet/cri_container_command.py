"""`python -m specs.kubelet runtimes`: ask runtimes, keep what they answered, write the page."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext

from .cri_container_matrix import Judgement, Outcome
from .cri_container_page import FILE as PAGE
from .cri_container_page import page
from .cri_container_runs import FILE, Column, ask, at, embedded, embedded_over_grpc, load, private, save


def outcomes(column: Column) -> Iterator[tuple[str, Outcome]]:
    """All outcomes of a runtime, with what they are of."""
    yield from column.cells.items()
    yield from ((name, outcome) for name, came in column.races.items() for outcome in came)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--cri-endpoint", metavar="ENDPOINT", help="also ask the runtime that listens there")
    parser.add_argument("--private", action="store_true", help="also ask a containerd that is started for it")
    parser.add_argument(
        "--page", action="store_true", help="ask nobody, only write the page from what is kept"
    )


def run(given: argparse.Namespace) -> int:
    """Ask, keep, write.

    Args:
        given: what was said on the command line.

    Returns:
        0, or 1 where a runtime breaks what the CRI promises.
    """
    columns = load(FILE)
    sources = [] if given.page else [nullcontext(embedded()), embedded_over_grpc()]
    if given.private and not given.page:
        sources.append(private())
    if given.cri_endpoint and not given.page:
        sources.append(at(given.cri_endpoint))
    for source in sources:
        with source as reached:
            sys.stderr.write(f"asking {reached.title}\n")
            columns[reached.title] = ask(reached)
        save(columns, FILE)
    PAGE.write_text(page(columns))
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
