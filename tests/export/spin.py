"""Spin on an exported model: what it counts, which assertions fail, which formulas are violated."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

STORED = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)
TRANSITIONS = re.compile(r"^\s*(\d+) transitions \(= ", re.MULTILINE)
ASSERTED = re.compile(r"(assert|keeps)\((\w+)\)")
UNSEEN = re.compile(r"max search depth too small|out of memory|Bit statespace|VECTORSZ|Error:")
DEPTH = 200_000
PATIENCE = 10  #: seconds for one command


@dataclass(frozen=True)
class Answer:
    """What Spin found, in our counts: without the state before the beginning."""

    states: int
    generated: int
    violated: frozenset[str]


class TooLarge(Exception):
    """A formula that Spin takes too long to translate, or a search that takes too long."""


def missing() -> str:
    """Why Spin cannot be run, if it cannot."""
    absent = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    return f"no {' and no '.join(absent)} on PATH" if absent else ""


def check(text: str) -> Answer:
    """Search everything, whatever assertions fail."""
    names = list(dict.fromkeys(name for _, name in ASSERTED.findall(text) if name != "promise"))

    def numbered(found: re.Match[str]) -> str:
        if found[2] == "promise":
            return found[0]
        # What tells them apart comes first: Spin tells of none that begins with the same 254 characters.
        return f"{found[1]}({names.index(found[2])} == -7 || {found[2]})"

    with tempfile.TemporaryDirectory(prefix="fsm-spin-") as folder:
        compiled(folder, ASSERTED.sub(numbered, text), "-DSAFETY")
        shown = ran(["./pan", "-e", "-c0", f"-m{DEPTH}"], folder)
    stored, transitions = STORED.search(shown), TRANSITIONS.search(shown)
    if stored is None or transitions is None or UNSEEN.search(shown):
        raise AssertionError(f"Spin did not finish:\n{shown[-3000:]}")
    failed = {names[int(number)] for number in re.findall(r"\(?(\d+)==-\(?7", shown.replace(" ", ""))}
    return Answer(int(stored[1]) - 1, int(transitions[1]) - 1, frozenset(failed))


def violated(text: str) -> frozenset[str]:
    """The formulas that some run violates, from whatever initial state."""
    starts = len(set(re.findall(r"^#if START == (\d+)", text, re.MULTILINE))) or 1
    names = re.findall(r"^ltl (\w+)", text, re.MULTILINE)
    return frozenset(
        name
        for number, name in enumerate(names, 1)
        if any(is_violated(text, f"-DRUNS={number}", f"-DSTART={start + 1}") for start in range(starts))
    )


def is_violated(text: str, *options: str) -> bool:
    """Whether a formula is violated."""
    with tempfile.TemporaryDirectory(prefix="fsm-spin-") as folder:
        compiled(folder, text, spin=options)
        shown = ran(["./pan", "-a", f"-m{DEPTH}"], folder)
    if STORED.search(shown) is None or UNSEEN.search(shown):
        raise AssertionError(f"Spin did not finish:\n{shown[-3000:]}")
    return "errors: 0" not in shown


def compiled(folder: str, text: str, *options: str, spin: tuple[str, ...] = ()) -> None:
    """Make the program `pan` in a folder."""
    Path(folder, "model.pml").write_text(text)
    told = ran(["spin", "-o2", *spin, "-a", "model.pml"], folder)
    told += ran(["gcc", "-O0", "-w", "-DNOREDUCE", "-DVECTORSZ=4096", *options, "-o", "pan", "pan.c"], folder)
    if not Path(folder, "pan").exists():
        raise AssertionError(f"no program: {told}")


def ran(command: list[str], folder: str) -> str:
    """What a command prints."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise TooLarge(f"{command} takes more than {PATIENCE} seconds") from None
    return done.stdout + done.stderr
