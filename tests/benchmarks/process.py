"""What every tool has in common: a command that ends with a verdict and counts."""

import atexit
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Run, WrongAnswer

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


def workshop(name: str) -> Path:
    """A folder to make a program in, which goes when we end."""
    folder = tempfile.mkdtemp(prefix=f"fsm-{name}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@dataclass(frozen=True)
class Done:
    """A program that has ended.

    Args:
        text: what it wrote.
        seconds: from its start to its end.
        cpu: how much of a core's time it got, in seconds.
    """

    text: str
    seconds: float
    cpu: float


def output(command: list[str], cwd: Path = ROOT, **environment: str) -> Done:
    """Run a program; raises when it fails."""
    used, began = used_by_children(), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise WrongAnswer(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-4000:]}")
    return Done(done.stdout, took, used_by_children() - used)


def used_by_children() -> float:
    """Seconds of a core's time that ended programs have had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def child(module: str, *arguments: str, python: str = sys.executable) -> Run:
    """One run in a Python process of its own, which prints its counts as the last line (see `tell`).

    Python keeps its bytecode, as it does for everybody who does not forbid it.
    """
    command = [python, "-m", f"tests.benchmarks.{module}", *arguments]
    done = output(command, PYTHONDONTWRITEBYTECODE="")
    found = json.loads(done.text.splitlines()[-1])
    return Run(found["states"], found["transitions"], found["seconds"], done.seconds, done.cpu)


def tell(states: int, transitions: int | None, seconds: float) -> None:
    """What such a process prints."""
    sys.stdout.write(json.dumps({"states": states, "transitions": transitions, "seconds": seconds}) + "\n")
