"""`fsm conform`: run the conformance suites that stand beside specs, with pytest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from fsm.cli.options import complain, shared, targets
from fsm.errors import FsmError, TargetError
from fsm.folders import CONFORMANCE, conformance_file, default_folder

EXIT_CODES = {0: 0, 1: 1, 5: 3}  #: of pytest, and ours; 5 is "no tests": nothing was judged


@click.command("conform")
@targets
@click.option("-k", "expression", metavar="EXPRESSION", help="Run only these tests, as in pytest.")
@click.option("--seed", type=int, metavar="N", help="Of the random walks, for the same ones again.")
@click.option("--junit", metavar="FILE", help="Write JUnit XML to FILE as well.")
@click.option("--cri-endpoint", metavar="ENDPOINT", help="The container runtime to test: unix:///…")
@click.option("--cri-image", metavar="NAME", help="An image that it has, with a shell.")
@shared
def command(
    targets: tuple[str, ...],
    expression: str | None,
    seed: int | None,
    junit: str | None,
    cri_endpoint: str | None,
    cri_image: str | None,
    detail: int,
    color: bool | None,
) -> int:
    """Test implementations against their specs.

    The suite of specs/lamp.py is specs/lamp_conformance.py; pytest runs it. For everything else that pytest
    can do, call `pytest specs/lamp_conformance.py`. A suite that tests a container runtime starts a
    containerd of its own where root has one; or --cri-endpoint says which runtime.
    """
    files: dict[Path, None] = {}
    mistakes: list[FsmError] = []
    for text in targets or (str(default_folder()),):
        try:
            files.update(dict.fromkeys(suites(text)))
        except FsmError as error:
            mistakes.append(error)
    for mistake in mistakes:
        complain(mistake, detail > 0)
    if not files:
        return 2
    words = [sys.executable, "-m", "pytest", "--import-mode=importlib", *map(str, files)]
    words += {-1: ["-q"], 0: [], 1: ["-v"]}[detail]
    words += [] if color is None else [f"--color={'yes' if color else 'no'}"]
    words += ["-k", expression] if expression is not None else []
    words += [f"--hypothesis-seed={seed}"] if seed is not None else []
    words += [f"--junitxml={junit}"] if junit is not None else []
    words += [f"--cri-endpoint={cri_endpoint}"] if cri_endpoint is not None else []
    words += [f"--cri-image={cri_image}"] if cri_image is not None else []
    code = EXIT_CODES.get(subprocess.run(words, check=False).returncode, 2)
    return 2 if mistakes else code


def suites(text: str) -> Iterator[Path]:
    """The conformance suites that a target leads to.

    Args:
        text: a target; its specs are not looked at where the file can be told without.

    Raises:
        FsmError: if there is none.
    """
    name = text.partition("::")[0]
    path = Path(name)
    if path.is_dir():
        found = sorted(path.rglob(f"*{CONFORMANCE}.py"))
        if not found:
            raise TargetError(f"{text} has no conformance suite: no file ends in {CONFORMANCE}.py")
        yield from found
        return
    if path.is_file():
        files = {path}
    else:
        from fsm.targets import find

        result = find([text])
        if result.mistakes:
            raise result.mistakes[0]
        files = {target.file for target in result.targets}
    for file in sorted(files):
        suite = file if file.stem.endswith(CONFORMANCE) else conformance_file(file)
        if not suite.is_file():
            raise TargetError(f"{text} has no conformance suite: it would be {suite}")
        yield suite
