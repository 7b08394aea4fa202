"""`matrix` asks every question of every version of the kubelet; `mutations` asks who would notice a fault;
`runtimes` asks container runtimes what they answer."""

import argparse
import sys
from collections.abc import Sequence

from fsm.errors import FsmError
from fsm.kubelet.errors import KubeletError

from . import cri_container_command, matrix, matrix_page, mutations
from .matrix import Cell, Result, Wanted
from .mutants import mutants
from .mutations import Mutation
from .node import Policy
from .runtimes import RUNTIMES
from .versions import VERSIONS
from .worlds import QUESTIONS


def say(text: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="python -m specs.kubelet", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("matrix", help="check every cell that is stale, and write the page anew")
    asked.add_argument("--question", action="append", default=[], choices=[one.name for one in QUESTIONS])
    asked.add_argument("--version", action="append", default=[], choices=[one.name for one in VERSIONS])
    asked.add_argument("--runtime", action="append", default=[], choices=[one.name for one in RUNTIMES])
    asked.add_argument("--policy", action="append", default=[], choices=[one.value for one in Policy])
    asked.add_argument("--again", action="store_true", help="check cells that are fresh, too")
    asked.add_argument("--check", action="store_true", help="only tell what is stale; exit 1 if anything is")
    for one in (asked, commands.add_parser("mutations", help="plant every fault in the worlds")):
        one.add_argument("--processes", type=int, default=2, choices=range(1, 65), metavar="N", help="2")
    cri_container_command.add_arguments(
        commands.add_parser("runtimes", help="ask container runtimes, and write the page of their answers")
    )
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0 fresh, 1 stale or a violation, 2 wrong usage, 130 interrupted."""
    given = parser().parse_args(arguments)
    try:
        return RUNS[given.command](given)
    except KeyboardInterrupt:
        say("interrupted; what was finished is kept")
        return 130
    except (OSError, ValueError, FsmError, KubeletError) as error:
        say(str(error))
        return 2


def run_matrix(given: argparse.Namespace) -> int:
    """Check what is stale, keep each result, write the page; or only tell what is stale."""
    results = matrix.load(matrix.FILE)
    wanted = Wanted(tuple(given.question), tuple(given.version), tuple(given.runtime), tuple(given.policy))
    meant = [cell for cell in matrix.cells() if wanted.takes(cell)]
    if not meant:
        say("no cell is meant by that: the question does not arise there")
        return 2
    stale = [cell for cell in meant if not matrix.is_fresh(cell, results)]
    if given.check:
        return tell(stale, results)
    todo = meant if given.again else stale
    check_cells(todo, results, given.processes)
    say(f"{len(meant) - len(todo)} of {len(meant)} cells were fresh, {len(todo)} were checked")
    write(results)
    return 0


def check_cells(todo: Sequence[Cell], results: dict[str, Result], processes: int) -> None:
    """Check cells; each result is kept at once."""
    questions = {cell.name: cell.question for cell in todo}
    done = 0

    def keep(result: Result) -> None:
        nonlocal done
        done += 1
        results[result.cell] = result
        matrix.save(results, matrix.FILE)
        say(f"[{done}/{len(todo)}] {matrix.told(result, questions[result.cell])}")

    if todo:
        matrix.run(todo, results, keep, processes)


def tell(stale: Sequence[Cell], results: dict[str, Result]) -> int:
    """Say what is stale, and how it is made anew."""
    pages = matrix_page.pages(matrix.fresh(results), mutations.load(mutations.FILE))
    wrong = [f"{cell.name}: no result, or a stale one" for cell in stale]
    tried = mutations.load(mutations.FILE)
    missing = sum(one.name not in tried for one in mutants())
    wrong += [f"{missing} planted faults: no result, or a stale one"] if missing else []
    wrong += [f"{page.file} is stale" for page in pages if page.is_stale]
    wrong += [f"{file} belongs to no violation: remove it" for file in matrix_page.strays(pages)]
    for line in wrong:
        say(line)
    say(f"{len(wrong)} things are stale: run `make matrix`" if wrong else "everything is fresh")
    return int(bool(wrong))


def write(results: dict[str, Result]) -> None:
    """Write the page and the pictures that changed, and remove those of violations that are gone."""
    pages = matrix_page.pages(matrix.fresh(results), mutations.load(mutations.FILE))
    stale = [page for page in pages if page.is_stale]
    for page in stale:
        page.write()
    for file in matrix_page.strays(pages):
        file.unlink()
    say(f"{len(stale)} of {len(pages)} files were written anew")


def run_mutations(given: argparse.Namespace) -> int:
    """Plant every fault that there is no fresh result for, keep each result, write the page."""
    results = mutations.load(mutations.FILE)
    every = list(mutants())
    todo = [one for one in every if one.name not in results]

    def keep(result: Mutation) -> None:
        results[result.name] = result
        mutations.save(results, mutations.FILE)
        noticed = "; ".join(result.noticed) or "noticed by nothing"
        say(f"[{len(results)}/{len(every)}] {result.name}: {noticed}")

    if todo:
        mutations.run(todo, keep, given.processes)
    write(matrix.load(matrix.FILE))
    return 0


RUNS = {"matrix": run_matrix, "mutations": run_mutations, "runtimes": cri_container_command.run}


if __name__ == "__main__":
    sys.exit(main())
