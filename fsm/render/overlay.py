"""The phase graphs of two specs, one over the other: what both have, what only one has.

A move is what a transition does to the phase: the phase before, the action with the arguments that matter,
the phase after. Moves are compared by these words, so that two specs with Enums of their own compare too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fsm.difference import Mark
from fsm.graph import Graph
from fsm.model import Action
from fsm.render.diagram import Diagram, Edge, Node, merged
from fsm.render.extract import MOST_EDGES, choice_of, key, moves, nodes, words

SAME = "both have the same phases and transitions"
MOST_CHOICES = 4  #: choices of arguments that are told one by one

Arrow = tuple[str, str, str]  #: the phase before, the action, the phase after
Choice = tuple[str, ...]  #: arguments in words
Step = tuple[Arrow, Choice]


@dataclass(frozen=True)
class Sheet:
    """One spec's phase graph.

    Args:
        name: what the spec is called.
        nodes: the phases that are reached.
        steps: the moves, each with its action.
    """

    name: str
    nodes: tuple[Node, ...]
    steps: Mapping[Step, Action]

    @staticmethod
    def of(graph: Graph, name: str) -> Sheet:
        """The phase graph of what was explored."""
        found = moves(graph)
        steps = {
            ((key(before), event.action.name, key(after)), choice_of(event)): event.action
            for before, after, event in found
        }
        return Sheet(name, tuple(nodes(graph, found)), steps)


def marked(first: Sheet, second: Sheet) -> dict[Step, tuple[Mark, Action]]:
    """Every move of both, and who has it; those of the first one in its order, then the second one's own."""
    found = {}
    for step, action in {**second.steps, **first.steps}.items():
        ours, theirs = step in first.steps, step in second.steps
        found[step] = Mark.BOTH if ours and theirs else Mark.REMOVED if ours else Mark.ADDED, action
    return {step: found[step] for step in {**first.steps, **second.steps}}


def title(first: str, second: str) -> str:
    """What stands above: the two, each with its mark.

    >>> title("PodSync_1_17", "PodSync_1_18")
    'PodSync_1_17 (−) and PodSync_1_18 (+)'
    """
    return f"{first} ({Mark.REMOVED.value}) and {second} ({Mark.ADDED.value})"


def overlay(first: Sheet, second: Sheet) -> Diagram:
    """One picture of both phase graphs.

    Args:
        first: what only it has is drawn as removed.
        second: what only it has is drawn as added.

    Returns:
        A diagram with marks; phases stand in the first one's order, with the second one's put in where they
        belong.
    """
    edges = _edges(marked(first, second))
    crowded = len({(edge.source, edge.target) for edge in edges}) > MOST_EDGES
    loops = [edge for edge in edges if edge.source == edge.target and edge.mark is Mark.BOTH]
    left_out = crowded and bool(loops)
    if left_out:
        edges = [edge for edge in edges if edge not in loops]
    joined = tuple(_joined(first.nodes, second.nodes))
    marks = {node.mark for node in joined} | {edge.mark for edge in edges}
    told = [SAME] if marks == {Mark.BOTH} else []
    told += ["(steps of both that stay in a phase are left out)"] if left_out else []
    return Diagram(
        title(first.name, second.name),
        joined,
        merged(edges),
        " ".join(told),
        (first.name, second.name),
    )


def _edges(steps: Mapping[Step, tuple[Mark, Action]]) -> list[Edge]:
    """An edge for each arrow and mark; arguments are told only where they make a difference."""
    everywhere: dict[tuple[str, str], dict[Choice, None]] = {}
    groups: dict[tuple[Arrow, Mark], dict[Choice, None]] = {}
    actions: dict[str, Action] = {}
    for (arrow, choice), (mark, action) in steps.items():
        everywhere.setdefault(arrow[:2], {})[choice] = None
        groups.setdefault((arrow, mark), {})[choice] = None
        actions[arrow[1]] = action
    edges = []
    for (arrow, mark), choices in groups.items():
        source, name, target = arrow
        action = actions[name]
        told = "" if len(choices) == len(everywhere[source, name]) else _told(choices)
        meaning = action.doc.splitlines()[0] if action.doc else ""
        edges.append(Edge(source, target, (words(name) + told,), action.fault, tooltip=meaning, mark=mark))
    return edges


def _told(choices: Mapping[Choice, None]) -> str:
    shown = [", ".join(choice) for choice in choices if choice]
    if not shown:
        return ""
    rest = len(shown) - MOST_CHOICES
    return f" ({' or '.join(shown[:MOST_CHOICES])}{f' or {rest} more' if rest > 0 else ''})"


def _joined(first: Iterable[Node], second: Iterable[Node]) -> list[Node]:
    """The phases of both: the second one's own stand after what they stand after there."""
    ours, theirs = {node.key: node for node in first}, {node.key: node for node in second}
    order = list(ours)
    before = -1
    for name in theirs:
        if name not in ours:
            order.insert(before + 1, name)
        before = order.index(name)
    return [
        theirs[name]
        if name in ours and name in theirs
        else replace(ours[name], mark=Mark.REMOVED)
        if name in ours
        else replace(theirs[name], mark=Mark.ADDED)
        for name in order
    ]
