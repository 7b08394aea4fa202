"""Two specs side by side: both are checked, and what differs between them is collected.

Names are what the two are compared by: of variables and their parts, actions, arguments, properties, and
values as they are shown. So two specs that know nothing of each other can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fsm.behaviour import Behaviour, Sight, common
from fsm.checker import report as report_of
from fsm.contrast import declared
from fsm.declaration import is_spec, model_of
from fsm.difference import Declared, Difference, Inclusion, Judged, Mark, Move, Side, verdict
from fsm.errors import FsmError, TargetError, did_you_mean
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.inclusion import Search
from fsm.limits import NO_LIMITS, Limits, Progress
from fsm.loading import load
from fsm.model import Model
from fsm.prose import short
from fsm.render.overlay import Sheet, marked
from fsm.targets import Target, specs_of
from fsm.values import show
from fsm.verdict import Outcome, Report

WANTED = "DIFFERENCES"  #: what a spec file calls the pairs of specs that are to be compared


@dataclass(frozen=True)
class Checked:
    """A spec that was explored and judged.

    Args:
        graph, report: what was found.
        name: what it is called in the comparison.
        target: what leads to it on the command line, if it is known.
    """

    graph: Graph
    report: Report
    name: str
    target: str = ""

    @staticmethod
    def of(
        model: Model,
        name: str = "",
        target: str = "",
        limits: Limits = NO_LIMITS,
        progress: Callable[[Progress], None] | None = None,
    ) -> Checked:
        """A spec, explored and judged now; see `check_model`."""
        graph = explore(model, limits, progress)
        return Checked(graph, report_of(graph), name or model.name, target)

    @cached_property
    def sheet(self) -> Sheet:
        """Its phase graph."""
        return Sheet.of(self.graph, self.name)

    @property
    def side(self) -> Side:
        """What is told of it."""
        return Side.of(self.report, self.name, self.target)


def compare(
    first: Checked,
    second: Checked,
    seen: Sequence[str] | None = None,
    hidden: Iterable[str] = (),
    limits: Limits = NO_LIMITS,
    progress: Callable[[Progress], None] | None = None,
) -> Difference:
    """What differs between two specs.

    Args:
        first, second: the two, already checked.
        seen: the variables, or parts of them, that are seen of behaviours; none for actions alone, `None`
            for everything that both have.
        hidden: actions that are not seen, and that may happen in between.
        limits: where looking for behaviours ends early; see `Search`.
        progress: called now and then.

    Returns:
        The difference.

    Raises:
        TargetError: for a name in `seen` or `hidden` that there is not.
    """
    ours, theirs = first.graph.model, second.graph.model
    parts = common(ours, theirs) if seen is None else parts_of(seen, ours, theirs)
    secret = actions_of(hidden, ours, theirs)
    sight = Sight.of(ours, theirs, parts, secret)
    one, other = Behaviour(first.graph.tables, sight), Behaviour(second.graph.tables, sight)

    def search(of: Behaviour, within: Behaviour, names: tuple[str, str]) -> Inclusion:
        return Search(of, within, sight, names, limits, progress).search()

    forth = search(one, other, (first.name, second.name))
    back = search(other, one, (second.name, first.name))
    return Difference(
        first.side,
        second.side,
        (*declared(first.graph.tables, second.graph.tables, secret), *_reached(first, second)),
        tuple(_moved(first, second, secret)),
        tuple(_judged(first.report, second.report)),
        forth,
        back,
        parts,
        secret,
    )


def parts_of(names: Sequence[str], first: Model, second: Model) -> tuple[str, ...]:
    """The parts of the state that some names of variables, or of parts, stand for.

    Raises:
        TargetError: for one that a spec has not.
    """
    both = common(first, second)
    shared = dict.fromkeys([*(name for name in first.layout.places if name in second.layout.places), *both])
    found: dict[str, None] = {}
    for name in names:
        for model in (first, second):
            if name not in {**model.layout.places, **dict(model.layout.parts)}:
                raise TargetError(
                    f"`{name}` is to be seen, and {model.name} has no such variable; what both have can be: "
                    f"{did_you_mean(name, shared)}"
                )
        inside = [part for part in both if part == name or part.startswith((f"{name}.", f"{name}["))]
        if not inside:
            domains = [str(model.layout.places[name].domain) for model in (first, second)]
            raise TargetError(
                f"`{name}` is to be seen, and there is no part of it that both have: it is "
                f"{domains[0]} in {first.name} and {domains[1]} in {second.name}"
            )
        found.update(dict.fromkeys(inside))
    return tuple(part for part in both if part in found)


def actions_of(hidden: Iterable[str], first: Model, second: Model) -> tuple[str, ...]:
    """The actions that are hidden, each once; raises `TargetError` for one that neither spec has."""
    known = dict.fromkeys(action.name for model in (first, second) for action in model.actions)
    names = tuple(dict.fromkeys(hidden))
    for name in names:
        if name not in known:
            raise TargetError(
                f"`{name}` is to be hidden, and neither {first.name} nor {second.name} has such an action: "
                f"{did_you_mean(name, known)}"
            )
    return names


def neighbours(targets: Iterable[Target]) -> list[tuple[Target, Target]]:
    """The pairs of specs that the files of some targets want compared, those with one of the targets in them.

    A file says so at its top level: `DIFFERENCES = [(Old, New), (New, Newer)]`.

    Args:
        targets: specs.

    Raises:
        FsmError: where a `DIFFERENCES` is no list of pairs of specs.
    """
    named = list(targets)
    found: list[tuple[Target, Target]] = []
    for target in {target.file: target for target in named}.values():
        module = load(target.file)
        names = {id(spec): name for name, spec in specs_of(module).items()}
        for pair in _pairs(getattr(module, WANTED, ()), target.file):
            if any(spec is one.spec for spec in pair for one in named):
                first, second = (
                    Target(spec, names.get(id(spec), model_of(spec).name), target.origin, target.file)
                    for spec in pair
                )
                found.append((first, second))
    return found


def _pairs(wanted: Any, file: Path) -> Iterator[tuple[Any, Any]]:
    if not isinstance(wanted, (list, tuple)):
        raise FsmError(
            f"{short(file)}: `{WANTED}` is {show(wanted)}: write a list of pairs of specs, `[(Old, New)]`"
        )
    for pair in wanted:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise FsmError(
                f"{short(file)}: `{WANTED}` holds {show(pair)}, which is no pair of specs: "
                "write `(Old, New)`, the one before first"
            )
        for spec in pair:
            if not is_spec(spec) and not isinstance(spec, Model):
                raise FsmError(
                    f"{short(file)}: `{WANTED}` holds {show(spec)}, which is no spec: name a class that is "
                    "marked `@spec`, or call a function that makes one"
                )
        yield pair


def _reached(first: Checked, second: Checked) -> Iterator[Declared]:
    """The phases that only one reaches, as far as the other is known not to."""
    ours, theirs = ([node.key for node in one.sheet.nodes] for one in (first, second))
    if second.report.exhaustive:
        yield from (Declared("phase", phase, "reached", "") for phase in ours if phase not in theirs)
    if first.report.exhaustive:
        yield from (Declared("phase", phase, "", "reached") for phase in theirs if phase not in ours)


def _moved(first: Checked, second: Checked, hidden: Iterable[str]) -> Iterator[Move]:
    """The moves of the phase that only one has, as far as the other is known not to."""
    secret = frozenset(hidden)
    known = {Mark.REMOVED: second.report.exhaustive, Mark.ADDED: first.report.exhaustive}
    for ((source, name, target), choice), (mark, action) in marked(first.sheet, second.sheet).items():
        if known.get(mark) and name not in secret:
            yield Move(mark, source, name, choice, target, action.fault)


def _judged(first: Report, second: Report) -> Iterator[Judged]:
    """The verdicts on what both promise, where they are not the same or not known."""
    theirs = {result.name: result for result in second.properties}
    for result in first.properties:
        other = theirs.get(result.name)
        if other is None:
            continue
        unknown = Outcome.UNKNOWN in (result.outcome, other.outcome)
        if unknown or verdict(result) != verdict(other):
            yield Judged(result.name, result, other)
