"""Every small fault that can be planted in the pod's worlds: one guard, one effect or one action less.

The statements of the modules that describe what happens are taken from their syntax trees: each `require(…)`,
each assignment that changes the state or a value that was set before, each call that does something. One of
them is dropped at a time; or an action is, as if it were never allowed. What only bounds a world (`limit`)
stays, and so do the promises.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .matrix_sources import PACKAGE, text_of

MODULES = ("node", "pod_worker", "log_directory", "pod_restarts", "pod_reboots", "pod_events")
PROMISES = frozenset({"always", "sometimes", "recoverable", "eventually", "leads_to", "recurs", "temporal"})
BOUNDS = frozenset({"limit"})


@dataclass(frozen=True)
class Mutant:
    """One fault to be planted.

    Args:
        module: where.
        function: in which method, `Node.remove`.
        kind: `guard`, `effect` or `action`.
        text: the statement that is dropped, on one line; of an action its name.
        number: which of those that read the same in this method, from 1.
        first, last: the lines and columns (in bytes) between which the statement stands; of an action where
            its docstring ends, which a guard that never holds is put behind.
    """

    module: str
    function: str
    kind: str
    text: str
    number: int
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def name(self) -> str:
        """Unique, and independent of line numbers."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.module}: {self.function}: {self.kind} {self.text}{again}"

    def planted(self, text: str) -> str:
        """The module's text with the fault; every other line stays where it is."""
        lines = [line.encode() for line in text.split("\n")]
        (row, column), (end, behind) = self.first, self.last
        head, tail = lines[row - 1][:column], lines[end - 1][behind:]
        if self.kind == "action":
            lines[row - 1] = head + b"; require(False)" + lines[row - 1][column:]
        else:
            lines[row - 1 : end] = [head + b"pass" + tail, *[b""] * (end - row)]
        return b"\n".join(lines).decode()


def mutants() -> Iterator[Mutant]:
    """All of them, in the order of the sources."""
    for module in MODULES:
        yield from mutants_of(module, text_of(module))


def mutants_of(module: str, text: str) -> Iterator[Mutant]:
    """The faults that can be planted in a module.

    Args:
        module: its name.
        text: what it says.
    """
    for cls in ast.parse(text).body:
        if isinstance(cls, ast.ClassDef):
            for method in cls.body:
                if isinstance(method, ast.FunctionDef) and not marks(method) & PROMISES:
                    yield from _mutants_of(module, f"{cls.name}.{method.name}", method)


def marks(method: ast.FunctionDef) -> set[str]:
    """The names of a method's decorators."""
    return {
        node.id
        for decorator in method.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Name)
    }


def _mutants_of(module: str, function: str, method: ast.FunctionDef) -> Iterator[Mutant]:
    told, body = method.body[0], method.body[1:]
    if "action" in marks(method) and body:
        yield Mutant(module, function, "action", method.name, 1, _end(told), _end(told))
    known: set[str] = set()
    counts: dict[str, int] = {}
    for statement in _statements(body):
        kind = _kind(statement, known)
        known |= set(_locals(statement))
        if kind:
            text = " ".join(ast.unparse(statement).split())
            counts[text] = counts.get(text, 0) + 1
            yield Mutant(module, function, kind, text, counts[text], _start(statement), _end(statement))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every simple statement, in source order, those in branches and loops too."""
    for statement in body:
        yield statement
        for field in ("body", "orelse"):
            yield from _statements(getattr(statement, field, []))


def _kind(statement: ast.stmt, known: set[str]) -> str:
    """What is lost without a statement; nothing for one that cannot be dropped on its own."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        name = called.id if isinstance(called, ast.Name) else ""
        return "guard" if name == "require" else "" if name in BOUNDS else "effect"
    if isinstance(statement, ast.AugAssign):
        return "effect"
    if isinstance(statement, ast.Assign):
        return "effect" if set(_locals(statement)) <= known else ""
    return ""


def _locals(statement: ast.stmt) -> Iterator[str]:
    """The local names that a statement sets."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            for node in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(node, ast.Name):
                    yield node.id


def _start(statement: ast.stmt) -> tuple[int, int]:
    return statement.lineno, statement.col_offset


def _end(statement: ast.stmt) -> tuple[int, int]:
    return statement.end_lineno or statement.lineno, statement.end_col_offset or 0


@contextmanager
def package_with(mutant: Mutant | None, folder: Path) -> Iterator[ModuleType]:
    """The module of the worlds, from a copy of this package in which a fault is planted.

    Args:
        mutant: the fault; none for a plain copy.
        folder: an empty one, for the copy.

    Yields:
        The copy's `worlds`; afterwards its modules are forgotten.
    """
    name = f"mutant_{id(folder):x}"
    copy = folder / name
    copy.mkdir()
    for file in Path(sys.modules[PACKAGE].__path__[0]).glob("*.py"):
        text = text_of(file.stem)
        if mutant is not None and mutant.module == file.stem:
            text = mutant.planted(text)
        (copy / file.name).write_text(text.replace(f"from {PACKAGE}.", "from ."), "utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        yield importlib.import_module(f"{name}.worlds")
    finally:
        sys.path.remove(str(folder))
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]
