"""A second judge of promises over runs: the definitions written down, and nothing beside them.

A run is a way through the graph of `Textbook`, or one that stops and stays. The edges that it takes again and
again are strongly connected, and all edges of a strongly connected set are taken again and again by some run.
So a property is violated iff such a set can be reached that has what the definitions ask for, on the product
of the graph with the worlds in which the property is false (see `textbook_logic`). For each assumption of
strong fairness both cases are tried: it is taken again and again, or in the end it is never enabled any more.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fsm.constraints import Constraint, assumed
from fsm.fairness import Strength
from fsm.formula import Atom, F, Formula, G
from fsm.formulation import formula_of
from fsm.model import Kind, Model, Property
from fsm.verdict import Trace
from tests.strategies import combinations
from tests.textbook import Textbook, frozen, plain
from tests.textbook_copies import moved, narrowed
from tests.textbook_logic import Worlds, holds_on_lasso

Letter = tuple[Any, int | None]  #: a state, and the event that is taken there; `None` where the run stays
Edge = tuple[Any, int | None, Any]  #: from where, by which event, to where; a place with a world of it
Graph = dict[Any, list[Edge]]
Goal = Callable[[Edge], bool]


@dataclass(frozen=True)
class Lasso:
    """A run that comes round: the stem once, then the loop for ever."""

    stem: tuple[Letter, ...]
    loop: tuple[Letter, ...]


@dataclass(frozen=True)
class TextbookRuns:
    """The runs of a model."""

    book: Textbook
    views: dict[Any, dict[Any, Any]] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        return self.book.model

    @cached_property
    def initial(self) -> list[Any]:
        return list(dict.fromkeys(frozen(values) for values in self.model.initial_values()))

    def seen(self, copy: tuple[Any, ...]) -> dict[Any, Any]:
        """What the bodies of properties see of each state, or of one copy's part of it."""
        if copy not in self.views:
            self.views[copy] = {
                key: plain(self.model, narrowed(values, copy)) for key, values in self.book.states.items()
            }
        return self.views[copy]

    def may_stop(self, key: Any) -> bool:
        """Final, or nothing but faults can happen."""
        return _is_final(self.model, self.book.states[key]) or not any(
            map(self.book.is_no_fault, self.enabled(key))
        )

    def enabled(self, key: Any) -> set[int]:
        """What is enabled in a state, or stopped there by a limit."""
        return {number for number, _ in self.book.steps[key]} | set(self.book.bounded[key])

    def moves(self, place: tuple[Any, bool]) -> Iterator[tuple[int | None, tuple[Any, bool]]]:
        """What may happen next at a place, which is a state, and whether the run has stopped there."""
        key, stopped = place
        if stopped or self.may_stop(key):
            yield None, (key, True)
        if not stopped:
            for number, after in self.book.steps[key]:
                yield number, (after, False)

    def violation(self, asked: Property) -> tuple[tuple[Any, ...], Lasso] | None:
        """The first choice of arguments for which a fair run violates a property, with such a run."""
        for chosen in combinations(asked.parameters):
            copy = chosen[: asked.copies]
            found = self.violating(said(self.model, asked, chosen), assumed(self.model, asked), copy)
            if found is not None:
                return chosen, found
        return None

    def violating(self, formula: Formula, fair: Sequence[Constraint], copy: Any = ()) -> Lasso | None:
        """A fair run on which a formula is false, if there is one."""
        worlds = Worlds(formula)
        facts = {
            key: frozenset(atom for atom in worlds.atoms if atom.ask(view))
            for key, view in self.seen(copy).items()
        }
        starts = [
            ((key, False), world)
            for key in self.initial
            for world in worlds.possible(facts[key])
            if formula not in world
        ]
        graph: Graph = {}
        waiting = list(starts)
        while waiting:
            node = place, world = waiting.pop()
            if node not in graph:
                graph[node] = [
                    (node, number, (after, then))
                    for number, after in self.moves(place)
                    for then in worlds.possible(facts[after[0]])
                    if worlds.follows(world, then)
                ]
                waiting += [edge[2] for edge in graph[node]]
        loop = self.fair_loop(graph, worlds, fair)
        if not loop:
            return None
        stem = way(graph, starts, lambda node: node == loop[0][0])
        return Lasso(_letters(stem), _letters(loop))

    def fair_loop(self, graph: Graph, worlds: Worlds, fair: Sequence[Constraint]) -> list[Edge]:
        """Edges that lead round, on which all that is assumed is met and all that is put off is done."""
        never = {number for one in fair if one.strength is Strength.FINITELY for number in one.events}
        goals: list[Goal] = [lambda edge, late=late: late.done(edge[0][1]) for late in worlds.put_off]
        goals += [
            lambda edge, one=one: edge[1] in one.events or not one.events & self.enabled(edge[0][0][0])
            for one in fair
            if one.strength is Strength.WEAK
        ]
        part = {node: [edge for edge in edges if edge[1] not in never] for node, edges in graph.items()}
        return self.loop_in(part, goals, [one for one in fair if one.strength is Strength.STRONG])

    def loop_in(self, graph: Graph, goals: list[Goal], strong: list[Constraint]) -> list[Edge]:
        """Edges that lead round, one of them for each goal, and fair to each of the strong assumptions."""
        for inside in components(graph):
            part = {node: [edge for edge in graph[node] if edge[2] in inside] for node in inside}
            edges = [edge for node in part for edge in part[node]]
            met = [next(filter(goal, edges), None) for goal in goals]
            if not edges or None in met:
                continue  # what is missing here is missing on every smaller loop
            here = [one for one in strong if any(one.events & self.enabled(node[0][0]) for node in inside)]
            if not here:
                return _round(part, [edges[0], *met])
            (one, *rest), idle = here, {}
            for node in part:
                if not one.events & self.enabled(node[0][0]):
                    idle[node] = [edge for edge in part[node] if not one.events & self.enabled(edge[2][0][0])]
            found = self.loop_in(part, [*goals, lambda edge, one=one: edge[1] in one.events], rest)
            found = found or self.loop_in(idle, goals, rest)
            if found:
                return found
        return []

    def unfair(self, fair: Sequence[Constraint], loop: Sequence[Letter]) -> Iterator[str]:
        """Which assumptions a run breaks that goes round this loop for ever, by their definitions."""
        for one in fair:
            taken = any(number in one.events for _, number in loop)
            enabled = [bool(one.events & self.enabled(key)) for key, _ in loop]
            broken = {
                Strength.WEAK: all(enabled) and not taken,
                Strength.STRONG: any(enabled) and not taken,
                Strength.FINITELY: taken,
            }
            if broken[one.strength]:
                yield str(one)

    def is_violated_on(
        self, formula: Formula, fair: Sequence[Constraint], lasso: Lasso, copy: Any = ()
    ) -> bool:
        """Whether a run is fair and the formula false on it."""
        if any(self.unfair(fair, lasso.loop)):
            return False
        stem, loop = ([self.seen(copy)[key] for key, _ in letters] for letters in (lasso.stem, lasso.loop))
        return not holds_on_lasso(formula, stem, loop)

    def lassos(self) -> Iterator[Lasso]:
        """Every run that comes round, the short ones first."""
        paths = deque(((), (key, False)) for key in self.initial)
        while paths:
            path, place = paths.popleft()
            for number, after in self.moves(place):
                grown = (*path, (place, number))
                letters = tuple((at[0], taken) for at, taken in grown)
                for start, (at, _) in enumerate(grown):
                    if at == after:
                        yield Lasso(letters[:start], letters[start:])
                paths.append((grown, after))


def said(model: Model, asked: Property, chosen: tuple[Any, ...]) -> Formula:
    """What a property says, put together from its own answers."""
    own = chosen[asked.copies :]
    if asked.kind is Kind.TEMPORAL:
        return formula_of(model, asked, chosen)
    if asked.kind is Kind.LEADS_TO:
        one, other = (
            Atom(f"answer {place}", lambda view, place=place: asked.body(view, *own)[place])
            for place in (0, 1)
        )
        return G(~one | F(other))
    answer = Atom("answer", lambda view: asked.body(view, *own))
    return F(answer) if asked.kind is Kind.EVENTUALLY else G(F(answer))


def is_counterexample(runs: TextbookRuns, asked: Property, arguments: tuple[Any, ...], trace: Trace) -> str:
    """Why a trace is no fair run of the model that violates a property; empty if it is one."""
    model, layout = runs.model, runs.model.layout
    if trace.loop is None or not 0 <= trace.loop <= len(trace.steps):
        return f"its loop is {trace.loop}"
    values = next(
        (one for one in model.initial_values() if tuple(layout.items(layout.pack(one))) == trace.initial),
        None,
    )
    if values is None:
        return "its first state is not initial"
    letters: list[Letter] = []
    for place, taken in enumerate(trace.steps):
        numbers = [number for number, event in enumerate(model.events) if event.label == taken.label]
        after = moved(model, model.events[numbers[0]], values) if numbers else None
        if not isinstance(after, dict):
            return f"step {place + 1}, {taken.label}, cannot be taken"
        if taken.fault != model.events[numbers[0]].action.fault:
            return f"step {place + 1}, {taken.label}, is wrongly said to be a fault or none"
        letters.append((frozen(values), numbers[0]))
        changes = layout.changes(layout.pack(values), layout.pack(after))
        if [(change.path, change.old, change.new) for change in taken.changes] != changes:
            return f"step {place + 1}, {taken.label}, changes {changes}"
        values = after
    last = frozen(values)
    if trace.loop == len(letters):
        if not runs.may_stop(last):
            return "it may not stop where it stops"
        letters.append((last, None))
    elif last != letters[trace.loop][0]:
        return "its last step does not lead back to where the loop begins"
    lasso = Lasso(tuple(letters[: trace.loop]), tuple(letters[trace.loop :]))
    fair = assumed(model, asked)
    broken = list(runs.unfair(fair, lasso.loop))
    if broken:
        return f"it is not fair: {', '.join(broken)}"
    formula, copy = said(model, asked, arguments), arguments[: asked.copies]
    return "" if runs.is_violated_on(formula, fair, lasso, copy) else "the property holds on it"


def way(graph: Graph, starts: Iterable[Any], good: Callable[[Any], bool]) -> list[Edge]:
    """The edges of a shortest way from one of `starts` to a good node."""
    came: dict[Any, Any] = {}
    layer = list(starts)
    came.update(dict.fromkeys(layer))
    for node in layer:
        if good(node):
            path = []
            while came[node] is not None:
                path.append(came[node])
                node = came[node][0]
            return path[::-1]
        for edge in graph[node]:
            if edge[2] not in came:
                came[edge[2]] = edge
                layer.append(edge[2])
    raise AssertionError("there is no way")


def components(graph: Graph) -> Iterator[set[Any]]:
    """The strongly connected components, after S. R. Kosaraju: there and back again."""
    order: list[Any] = []
    seen: set[Any] = set()
    for root in graph:
        stack = [] if root in seen else [(root, iter(graph[root]))]
        seen.add(root)
        while stack:
            node, rest = stack[-1]
            after = next((edge[2] for edge in rest if edge[2] not in seen), None)
            if after is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(after)
                stack.append((after, iter(graph[after])))
    back: dict[Any, list[Any]] = {node: [] for node in graph}
    for edges in graph.values():
        for before, _, after in edges:
            back[after].append(before)
    told: set[Any] = set()
    for root in reversed(order):
        if root in told:
            continue
        inside, waiting = {root}, [root]
        told.add(root)
        while waiting:
            fresh = [node for node in back[waiting.pop()] if node not in told]
            told.update(fresh)
            inside.update(fresh)
            waiting += fresh
        yield inside


def _round(graph: Graph, wanted: Sequence[Edge]) -> list[Edge]:
    """Edges that lead round within a component, over all that are wanted."""
    path = [wanted[0]]
    for edge in wanted[1:]:
        path += [*way(graph, [path[-1][2]], lambda node, edge=edge: node == edge[0]), edge]
    return path + way(graph, [path[-1][2]], lambda node: node == path[0][0])


def _letters(edges: Iterable[Any]) -> tuple[Letter, ...]:
    return tuple((node[0][0], number) for node, number, _ in edges)


def _is_final(model: Model, values: Any) -> bool:
    def inside(phase: Any) -> bool:
        return all(map(inside, phase.values())) if isinstance(phase, dict) else phase in model.final

    return inside(values[model.phase.name])
