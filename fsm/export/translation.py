"""From a model to a `Machine`: tables are completed, trees put together, everything gets its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fsm.capture import Bound, Tables, bind
from fsm.composites import MapOf
from fsm.constraints import Constraint, assumed
from fsm.domains import Domain
from fsm.errors import FsmError, did_you_mean
from fsm.export.conditions import Condition, condition_of, every
from fsm.export.names import Names, families_of, joined
from fsm.export.rules import Claim, Fair, Machine, Promise, Rule
from fsm.export.trees import Choice, Do, Tree, Trees, surely_changes
from fsm.export.variables import vocabulary_of
from fsm.formula import Atom, atoms
from fsm.model import Kind, Model
from fsm.tables import MOST_ROWS, Disabled, Table
from fsm.values import show


def machine_of(model: Model, only: Iterable[str] = (), most: int = MOST_ROWS) -> Machine:
    """A model as other languages can say it.

    Args:
        model: what to export.
        only: names of properties; all of them if empty.
        most: how many rows a table may have.

    Returns:
        The machine.

    Raises:
        FsmError: if a property is unknown, or an action or a property has too many rows.
        SpecError: if the spec is wrong.
    """
    wanted = frozenset(only)
    known = {asked.name for asked in model.properties}
    for name in sorted(wanted - known):
        raise FsmError(f"{model.name} has no property `{name}`: {did_you_mean(name, sorted(known))}")
    return _Translation(model, wanted or known, most).machine(chosen=bool(wanted))


class _Translation:
    """One translation.

    Args:
        model, wanted, most: see `machine_of`.
    """

    def __init__(self, model: Model, wanted: frozenset[str] | set[str], most: int) -> None:
        self.model = model
        self.wanted = wanted
        self.most = most
        self.tables = Tables(model)
        self.vocabulary = vocabulary_of(model)
        self.trees = Trees(model, self.vocabulary)
        self.names = Names()
        self.fair: dict[Constraint, Fair] = {}
        self.atoms: dict[str, Condition] = {}
        self.spoken: dict[tuple[str, Condition], str] = {}

    def machine(self, chosen: bool) -> Machine:
        """See `machine_of`."""
        model, variables = self.model, self.vocabulary.variables
        names = tuple(self.names.take(variable.path) for variable in variables)
        families = families_of(variables, self.names)
        steps = {bound: self._named(bound) for bound in self.tables.steps if bound.asked.name in self.wanted}
        return Machine(
            name=self.names.take(model.name),
            doc=model.doc,
            where=model.where,
            variables=variables,
            names=names,
            families=families,
            initial=tuple(self.vocabulary.numbers(model, state) for state in self.tables.initial_states()),
            rules=tuple(self._rule(place, steps) for place in range(len(model.events))),
            final=self._final(),
            invariants=tuple(self._claims(Kind.ALWAYS)),
            steps=tuple(steps.values()),
            witnesses=tuple(self._claims(Kind.SOMETIMES)),
            promises=tuple(self._promises()),
            atoms=self.atoms,
            chosen=chosen,
            checks_stuck="never_stuck" in self.wanted,
            left_out=tuple(
                f"{asked.name}: that something can always be reached again is a promise about branching time"
                for asked in model.properties
                if asked.kind is Kind.RECOVERABLE and asked.name in self.wanted
            ),
        )

    def _tree(self, table: Table) -> Tree | None:
        if not table.complete(self.most):
            raise FsmError(
                f"`{table.name}` has more than {self.most:,} rows, too many to write them down; let it look "
                "at less of the state, or make the domains smaller (of a property: leave it out, by naming "
                "the others with --property)"
            )
        return self.trees.of(table)

    def _rule(self, place: int, steps: Mapping[Bound, Claim]) -> Rule:
        event, tree = self.model.events[place], self._tree(self.tables.events[place])
        text = joined([event.action.name, *map(show, event.arguments)])
        name = self.names.take(text, also=("can_", "limit_"))
        kept = {}
        for number, bound in enumerate(self.tables.steps):
            promise = self.tables.promises.get((place, number))
            if promise is not None and bound in steps:
                told = self._assuming(self._tree(promise), tree, {})
                if told is not None and told is not True:
                    claim = steps[bound].name
                    kept[claim] = self.names.take(joined([claim, "by", name])), condition_of(told)
        mapped = self.trees.mapped
        body = mapped(tree, lambda leaf: leaf if isinstance(leaf, Do) else None)
        return Rule(
            name=name,
            label=event.label,
            doc=event.action.doc,
            fault=event.action.fault,
            guard=condition_of(mapped(tree, lambda leaf: isinstance(leaf, Do))),
            limit=condition_of(mapped(tree, lambda leaf: isinstance(leaf, Disabled) and leaf.bounded)),
            body=body,
            blocks=tuple(self.trees.blocks(body)),
            changes=surely_changes(tree, {}),
            kept=kept,
        )

    def _assuming(
        self, promise: Tree | None, event: Tree | None, known: Mapping[int, frozenset[int]]
    ) -> Tree | None:
        """What a promise says where the event happens; elsewhere it may say anything."""
        if not isinstance(promise, Choice):
            return promise if event is not None and _may_happen(event, known) else None
        children = {}
        for numbers, inner in promise.groups:
            for number in numbers:
                narrowed = {**known, promise.variable: frozenset([number])}
                children[number] = self._assuming(inner, event, narrowed)
        return self.trees.choice(promise.variable, children)

    def _final(self) -> Condition:
        """Every member's phase is a final one."""
        place = self.model.layout.places[self.model.phase.name]
        domain: Domain = place.domain
        while isinstance(domain, MapOf):
            domain = domain.value
        width = len(domain.cells)
        parts = []
        for first in range(place.first, place.end, width):
            cells = self.vocabulary.cells[first : first + width]
            rows: list[tuple[tuple[int, ...], Tree | None]] = []
            for value in domain:
                numbers = zip(cells, domain.encode(value), strict=True)
                digits = tuple(digit for cell, number in numbers for digit in cell.digits[number])
                rows.append((digits, value in self.model.final))
            variables = [variable for cell in cells for variable in cell.variables]
            parts.append(condition_of(self.trees.spread(variables, rows)))
        return every(*parts)

    def _named(self, bound: Bound, holds: Condition = True) -> Claim:
        text = joined([bound.asked.name, *map(show, bound.arguments)])
        return Claim(
            self.names.take(text, also=("never_",)), bound.label, bound.asked.doc, bound.asked.finding, holds
        )

    def _claims(self, kind: Kind) -> Iterable[Claim]:
        for asked in self.model.properties:
            if asked.kind is kind and asked.name in self.wanted:
                for bound in bind(asked):
                    yield self._named(bound, condition_of(self._tree(self.tables.predicates[bound])))

    def _promises(self) -> Iterable[Promise]:
        for asked in self.model.properties:
            if not asked.kind.over_runs or asked.name not in self.wanted:
                continue
            for bound in bind(asked):
                formula = self.tables.formula(bound)
                claim = self._named(bound)
                told = {atom: self._atom(bound, claim, atom) for atom in atoms(formula)}
                fair = tuple(self._fair(one) for one in assumed(self.model, asked))
                yield Promise(claim.name, claim.label, claim.doc, claim.finding, formula, told, fair)

    def _atom(self, bound: Bound, claim: Claim, atom: Atom) -> str:
        """The name of an atom; one that says the same has the same name."""
        condition = condition_of(self._tree(self.tables.atom(bound, atom)))
        if (atom.label, condition) not in self.spoken:
            own = atom.label.startswith(claim.label)
            text = f"{claim.name} {atom.label.removeprefix(claim.label) or 'holds'}" if own else atom.label
            name = self.names.take(text, also=("was_1_", "was_2_"))
            self.spoken[atom.label, condition] = name
            self.atoms[name] = condition
        return self.spoken[atom.label, condition]

    def _fair(self, one: Constraint) -> Fair:
        if one not in self.fair:
            name = self.names.take(f"{one.strength.value} {one.label}")
            self.fair[one] = Fair(name, one.strength, one.label, tuple(sorted(one.events)))
        return self.fair[one]


def _may_happen(tree: Tree, known: Mapping[int, frozenset[int]]) -> bool:
    """Whether an event may happen, as far as some numbers are known."""
    if isinstance(tree, Choice):
        at = known.get(tree.variable)
        return any(_may_happen(inner, known) for numbers, inner in tree.groups if at is None or at & numbers)
    return isinstance(tree, Do)
