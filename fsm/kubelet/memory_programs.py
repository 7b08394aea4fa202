"""What the runtime in memory knows of a few commands, so that it can end a container that ends by itself.

No process runs here. Of a command in this table it is known without running it how long it takes, what
it prints and with which code it ends; of every other one nothing is known, and its container runs until
somebody ends it.

    true, false             end at once, with 0 and 1
    echo [-n] WORD…         prints the words, and ends with 0
    sleep SECONDS           takes so long (also 1.5, 2m, 1h), and ends with 0
    sh -c 'A; B; exit N'    one of the above after the other, with the code of the last; `exit` ends it

A script with anything else in it (a pipe, a variable, a redirection, another command) is not known.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from posixpath import basename

from .container_record import ContainerRecord
from .messages import ContainerState

__all__ = ["Program", "Programs", "RunningPrograms", "known_program", "no_program"]

SECOND = 1_000_000_000
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
SHELLS = frozenset({"sh", "ash", "bash", "dash"})


@dataclass(frozen=True)
class Program:
    """A command whose end is known: after so many seconds, with that code, having printed `output`."""

    seconds: float = 0.0
    exit_code: int = 0
    output: bytes = b""


Programs = Callable[[Sequence[str]], Program | None]
"""What is known of a command: a `Program`, or None."""


def no_program(command: Sequence[str]) -> Program | None:  # noqa: ARG001  (it is a `Programs`)
    """Nothing is known of any command: every container runs until somebody ends it."""
    return None


def known_program(command: Sequence[str]) -> Program | None:
    """What the table above says of a command.

    Args:
        command: the words; none at all stand for the image's own command, which is not known.

    Returns:
        How it ends, or None if that is not known.

    Example:
        >>> known_program(["sh", "-c", "echo starting; sleep 2; exit 3"])
        Program(seconds=2.0, exit_code=3, output=b'starting\\n')
        >>> known_program(["nginx"])
    """
    match command:
        case [shell, "-c", script] if basename(shell) in SHELLS:
            return _script(script)
        case [name, *words]:
            return _simple(basename(name), words)
    return None


def _simple(name: str, words: Sequence[str]) -> Program | None:
    match name, words:
        case "true", _:
            return Program()
        case "false", _:
            return Program(exit_code=1)
        case "echo", ["-n", *rest] if not _has_options(rest):
            return Program(output=" ".join(rest).encode())
        case "echo", rest if not _has_options(rest):
            return Program(output=" ".join(rest).encode() + b"\n")
        case "sleep", [time]:
            found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", time, re.ASCII)
            return Program(float(found[1]) * UNITS[found[2]]) if found else None
    return None


def _has_options(words: Sequence[str]) -> bool:
    return bool(words) and re.fullmatch("-[neE]+", words[0]) is not None


def _script(text: str) -> Program | None:
    """Commands one after the other; None as soon as one is not known."""
    parts = _parts(text)
    if parts is None:
        return None
    whole = Program()
    for part, words in parts:
        if words[0] == "exit":
            if not re.fullmatch(r" *exit( +\d{1,3})? *", part, re.ASCII):
                return None
            code = int(words[1]) % 256 if len(words) > 1 else whole.exit_code
            return Program(whole.seconds, code, whole.output)
        step = _simple(words[0], words[1:])
        if step is None or "/" in words[0]:
            return None
        whole = Program(whole.seconds + step.seconds, step.exit_code, whole.output + step.output)
    return whole


def _parts(text: str) -> list[tuple[str, list[str]]] | None:
    """The commands of a script, each as it stands there and in words; None for what is not as simple."""
    if re.search(r"[^\w .,:;/=@%+'\"-]", text, re.ASCII):
        return None
    if not text.strip(" "):
        return []
    try:
        parts = [(part, shlex.split(part)) for part in text.rstrip(" ").removesuffix(";").split(";")]
    except ValueError:  # a quote that is not closed, or has a semicolon in it
        return None
    return parts if all(words for _, words in parts) else None


class RunningPrograms:
    """The containers that run and will end by themselves, and when."""

    def __init__(self) -> None:
        self._ends: dict[str, tuple[int, int, ContainerRecord]] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def begin(self, container: ContainerRecord, program: Program) -> None:
        """The container runs since now, and ends when its program does."""
        end = container.started_at + round(program.seconds * SECOND)
        self._ends[container.id] = (end, program.exit_code, container)

    def next_end(self) -> int | None:
        """When the next one ends, in nanoseconds since the epoch; None if none does."""
        return min((end for end, _, _ in self._ends.values()), default=None)

    def let_pass(self, now: int) -> None:
        """It is `now`: whatever was to end by then has ended, at its own time."""
        for end, exit_code, container in [one for one in self._ends.values() if one[0] <= now]:
            if container.state is ContainerState.CONTAINER_RUNNING:
                container.exit(exit_code, "Error" if exit_code else "Completed", end)
            self.forget(container)

    def forget(self, container: ContainerRecord) -> None:
        """Somebody else ended or removed the container; one that is not known is fine."""
        self._ends.pop(container.id, None)
