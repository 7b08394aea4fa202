"""A spec as every language writes it: variables, a rule for each event, and claims, all with their names.

A rule is a *guard* and a *body*: the body is the event's tree without the rows in which it does not happen.
Nothing here knows a language, and the languages know nothing of models and tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fsm.errors import Where
from fsm.export.conditions import Condition, Name, every, opposite, some
from fsm.export.names import Family
from fsm.export.trees import Tree
from fsm.export.variables import Variable
from fsm.fairness import Strength
from fsm.formula import Atom, Formula


@dataclass(frozen=True)
class Rule:
    """What an event does.

    Args:
        name, label, doc: what it is called, how it is shown, what its action says of itself.
        fault: whether it is a fault.
        guard: where it happens.
        limit: where only a `limit` of the spec stops it.
        body: what it assigns where it happens; `None` if it never does.
        blocks: the same in parts that are done all at once, see `Trees.blocks`.
        changes: whether it surely changes something where it happens.
        kept: for each step property that it may break, by name: where its step keeps it, with a name.
    """

    name: str
    label: str
    doc: str
    fault: bool
    guard: Condition
    limit: Condition
    body: Tree | None
    blocks: tuple[Tree, ...]
    changes: bool
    kept: Mapping[str, tuple[str, Condition]]

    @property
    def can(self) -> Name:
        """Where it happens, by name."""
        return Name(f"can_{self.name}")

    @property
    def would(self) -> Name:
        """Where only a limit stops it, by name."""
        return Name(f"limit_{self.name}")

    @property
    def enabled(self) -> Condition:
        """Where it happens, or only a limit stops it."""
        return some(
            self.guard if isinstance(self.guard, bool) else self.can,
            self.limit if isinstance(self.limit, bool) else self.would,
        )


@dataclass(frozen=True)
class Claim:
    """A property of states or steps, with one choice of its arguments.

    Args:
        name, label, doc, finding: as a property's.
        holds: of a property of states: where it is true.
    """

    name: str
    label: str
    doc: str
    finding: str = ""
    holds: Condition = True


@dataclass(frozen=True)
class Fair:
    """An assumption about runs.

    Args:
        strength, label: see `fsm.constraints.Constraint`.
        rules: by place in `Machine.rules`.
    """

    name: str
    strength: Strength
    label: str
    rules: tuple[int, ...]


@dataclass(frozen=True)
class Promise:
    """A property over runs, with one choice of its arguments.

    Args:
        name, label, doc, finding: as a property's.
        formula: what it says of every fair run.
        atoms: the names of its atoms, whose conditions are in `Machine.atoms`.
        fair: what is assumed.
    """

    name: str
    label: str
    doc: str
    finding: str
    formula: Formula
    atoms: Mapping[Atom, str]
    fair: tuple[Fair, ...]


@dataclass(frozen=True)
class Machine:
    """A whole spec.

    Args:
        name, doc, where: as the spec's.
        variables, names: what there is, and what it is called.
        families: the names of values, see `names.families_of`.
        initial: the numbers of the variables in each initial state.
        rules: in the order of the model's events.
        final: where a run may end.
        invariants, steps, witnesses, promises: the claims.
        atoms: by name the conditions that promises over runs speak of.
        chosen: whether the claims were chosen by name.
        checks_stuck: whether `never_stuck` is asked for.
        left_out: what cannot be said here, in words.
    """

    name: str
    doc: str
    where: Where
    variables: tuple[Variable, ...]
    names: tuple[str, ...]
    families: Mapping[str, Family]
    initial: tuple[tuple[int, ...], ...]
    rules: tuple[Rule, ...]
    final: Condition
    invariants: tuple[Claim, ...]
    steps: tuple[Claim, ...]
    witnesses: tuple[Claim, ...]
    promises: tuple[Promise, ...]
    atoms: Mapping[str, Condition]
    chosen: bool
    checks_stuck: bool
    left_out: tuple[str, ...]

    @property
    def never_stuck(self) -> Condition:
        """Something may happen, or a limit stops it, or the end is a final one."""
        return some(self.final, *(rule.enabled for rule in self.rules))

    @property
    def may_stop(self) -> Condition:
        """A run may stay here for ever: faults never have to happen."""
        waiting = every(*(opposite(rule.enabled) for rule in self.rules if not rule.fault))
        return some(self.final, waiting)

    @property
    def dead_end(self) -> Condition:
        """No run goes through here: only a limit stops what would have to happen."""
        if all(rule.limit is False for rule in self.rules if not rule.fault):
            return False
        nothing = (opposite(rule.guard if isinstance(rule.guard, bool) else rule.can) for rule in self.rules)
        return every(opposite(Name("may_stop")), *nothing)

    @cached_property
    def choices(self) -> tuple[frozenset[int], ...] | None:
        """The initial numbers of each variable, if the initial states are all combinations of them."""
        columns = tuple(frozenset(column) for column in zip(*self.initial, strict=True))
        count = 1
        for column in columns:
            count *= len(column)
        return columns if count == len(self.initial) else None
