"""What a checked model looks like: Graph → Diagram, Trace → Sequence, Graph → table rows.

Nodes are phases; where the phase is a map, those of one member. An edge is what the reachable transitions
do to the phase, so a picture shows what happens and not what was written. Labels are in words: an action's
name, and its arguments only where they make a difference to where the edge leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from fsm.composites import MapOf
from fsm.errors import FsmError
from fsm.folding import MOST_BLOCKS, phase_moves, too_many
from fsm.graph import Graph
from fsm.model import Action, Event, Model
from fsm.render.diagram import Diagram, Edge, Node, merged
from fsm.render.path import Path, ending, path_of
from fsm.render.sequence import Message, Sequence
from fsm.values import show
from fsm.verdict import Change, PropertyResult, Step, Trace

MOST_EDGES = 14  #: pairs of phases with an edge, above which loops are left out
LARGE = 1_000  #: states from which on a picture says how many of them it stands for
STAYS = "stays for ever"  #: the arrow of a run that has stopped
BAD = ("FAIL", "ERROR", "ABORT", "DEAD")

Move = tuple[Any, Any, Event]  #: the phases before and after, and what happened


def diagram(
    graph: Graph, highlight: PropertyResult | None = None, found: list[Move] | None = None
) -> Diagram:
    """The state diagram of what was explored.

    Args:
        graph: the explored states.
        highlight: a property whose trace is drawn thick and numbered, its loop double.
        found: what `moves` gave, if somebody has asked already.

    Returns:
        The diagram: every reachable phase, every transition between phases.

    Raises:
        FsmError: if there are more phases than a picture holds.
    """
    model = graph.model
    found = moves(graph) if found is None else found
    drawn_nodes = tuple(nodes(graph, found))
    if len(drawn_nodes) > MOST_BLOCKS:
        raise FsmError(too_many(graph, model.phase.name, len(drawn_nodes), MOST_BLOCKS))
    edges = _edges(found)
    title, caption = words(model.name), model.doc.splitlines()[0] if model.doc else ""
    path = Path({})
    if highlight is not None and highlight.trace is not None:
        path = path_of(model, highlight.trace)
        caption = _caption(highlight)
    crowded = len({(source, target) for source, target, _ in edges}) > MOST_EDGES
    if crowded:
        caption = f"{caption} (steps that stay in a phase are left out)".strip()
    if len(graph.states) >= LARGE:
        caption = f"{caption}\n{len(graph.states):,} states folded to {model.phase.name}".strip()
    drawn = [Edge(phase, phase, (STAYS,), loop=True) for phase in path.rests]
    for taken, (labels, fault, tooltip) in edges.items():
        (source, target, _), steps = taken, path.steps.get(taken, ())
        if not crowded or source != target or steps:
            drawn.append(Edge(source, target, labels, fault, False, steps, tooltip, taken in path.loop))
    return Diagram(title, drawn_nodes, merged(drawn), caption)


def sequence(model: Model, result: PropertyResult) -> Sequence:
    """A property's trace as messages between those who take part.

    Args:
        model: the spec's model, whose actions say who does what to whom.
        result: a property with a trace.

    Raises:
        ValueError: if it has no trace.
    """
    if result.trace is None:
        raise ValueError(f"{result.name} has no trace: there is no sequence to draw")
    taken = [(step, model.action(step.action)) for step in result.trace.steps]
    messages = []
    for step, action in taken:
        sender = action.sender or _member(model, action, step) or words(model.name)
        note = "\n".join(f"{c.path}: {c.old} → {c.new}" for c in _told(model, step, result.trace))
        messages.append(Message(sender, action.receiver or sender, step_words(step), action.fault, note))
    speaking = {name for message in messages for name in (message.source, message.target)}
    known = [name for a in model.actions for name in (a.sender, a.receiver)]
    known += sorted(speaking)
    participants = tuple(name for name in dict.fromkeys(known) if name in speaking)
    return Sequence(
        words(model.name),
        participants or (words(model.name),),
        tuple(messages),
        _caption(result),
        result.trace.loop,
    )


def _member(model: Model, action: Action, step: Step) -> str:
    """Who takes a step where the phase is a map: the member that the step names."""
    domain = model.phase.domain
    if not isinstance(domain, MapOf):
        return ""
    names = [parameter.name for parameter in action.parameters if parameter.domain == domain.key]
    told = dict(step.arguments)
    return argument(names[0], told[names[0]]) if names else ""


def _caption(result: PropertyResult) -> str:
    if result.finding:
        told = f"finding: {result.finding}"
    else:
        told = f"violates “{words(result.name)}”" + (f": {result.doc}" if result.doc else "")
    onward = ending(result.trace) if result.trace is not None else ""
    return f"{told} ({onward})" if onward else told


def rows(graph: Graph, found: list[Move] | None = None) -> list[tuple[str, str, str, str]]:
    """The rows of a table: from, what happens, to, what it means; in the order of the phases.

    Args:
        graph: the explored states.
        found: what `moves` gave, if somebody has asked already.
    """
    model = graph.model
    edges = _edges(moves(graph) if found is None else found)
    order = {key(phase): number for number, phase in enumerate(model.phases)}
    names = [action.name for action in model.actions]
    told = []
    for (source, target, action), (labels, fault, tooltip) in edges.items():
        place = (order[source], names.index(action), order[target])
        what = ", ".join(labels) + (" (fault)" if fault else "")
        told.append((place, (_label_of(model, source), what, _label_of(model, target), tooltip)))
    return [row for _, row in sorted(told)]


def moves(graph: Graph) -> list[Move]:
    """What the transitions do to the phase, member by member where it is a map; each once."""
    return phase_moves(graph)


def choice_of(event: Event) -> tuple[str, ...]:
    """The arguments of an event in words, but for the copy and the member that move."""
    action = event.action
    named = list(zip(action.parameters, event.arguments, strict=True))[action.copies :]
    return tuple(
        argument(parameter.name, show(value)) for parameter, value in named if parameter.name != action.member
    )


def key(phase: Any) -> str:
    """What a phase is called in data."""
    return show(phase)


def label(phase: Any) -> str:
    """What a phase is called in pictures: an Enum's own text where it has one."""
    if isinstance(phase, Enum) and isinstance(phase.value, str) and phase.value:
        return phase.value
    return words(show(phase))


def words(name: str) -> str:
    """An identifier as words.

    >>> words("create_reply_is_lost"), words("ContainerCreation"), words("PRE_STARTED")
    ('create reply is lost', 'Container creation', 'Pre started')
    """
    name = name.strip("'\"")
    if "(" in name:
        return name
    if name.isupper():
        return name.replace("_", " ").capitalize()
    if "_" in name or name.islower():
        return name.replace("_", " ").strip()
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return spaced[:1].upper() + spaced[1:]


def step_words(step: Step) -> str:
    """A step of a trace in words.

    >>> step_words(Step("generate_config", (("cleanup", "True"),)))
    'generate config (cleanup)'
    >>> step_words(Step("configure", (("ok", "False"),)))
    'configure (not ok)'
    """
    told = [argument(name, value) for name, value in step.arguments]
    return words(step.action) + (f" ({', '.join(told)})" if told else "")


def argument(name: str, value: str) -> str:
    """An argument in words.

    >>> argument("ok", "False"), argument("cleanup", "True"), argument("copy", "2"), argument("how", "'fast'")
    ('not ok', 'cleanup', 'copy 2', 'fast')
    """
    if value == "True":
        return words(name)
    if value == "False":
        return f"not {words(name)}" if name == "ok" else f"no {words(name)}"
    return f"{words(name)} {value}" if value.lstrip("-").isdigit() else words(value).lower()


def _members(phase: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(phase, dict):
        for name, inner in phase.items():
            yield from _members(inner, (*path, name))
    else:
        yield path, phase


def _edges(moves: list[Move]) -> dict[tuple[str, str, str], tuple[tuple[str, ...], bool, str]]:
    """For each (source, target, action) its labels, whether it is a fault, and its meaning."""
    arguments: dict[tuple[str, str, str], dict[tuple[str, ...], None]] = {}
    everywhere: dict[tuple[str, str], dict[tuple[str, ...], None]] = {}
    actions = {}
    for before, after, event in moves:
        choice = choice_of(event)
        actions[event.action.name] = event.action
        arguments.setdefault((key(before), key(after), event.action.name), {})[choice] = None
        everywhere.setdefault((key(before), event.action.name), {})[choice] = None
    found = {}
    for (source, target, name), choices in arguments.items():
        action = actions[name]
        plain = words(name)
        if len(choices) == len(everywhere[source, name]) or len(choices) > 4:
            labels: tuple[str, ...] = (plain,)
        else:
            labels = (f"{plain} ({' or '.join(', '.join(choice) for choice in choices)})",)
        meaning = action.doc.splitlines()[0] if action.doc else ""
        found[source, target, name] = labels, action.fault, meaning
    return found


def nodes(graph: Graph, moves: list[Move]) -> Iterator[Node]:
    """The phases that are reached, in the order of their domain; `moves` is what `moves` gave."""
    model = graph.model
    name = model.phase.name
    begins = {
        key(phase)
        for state in graph.states[: graph.initial]
        for _, phase in _members(model.layout.value(state, name), ())
    }
    reached = begins | {key(after) for _, after, _ in moves}
    calm = begins | {key(after) for _, after, event in moves if not event.action.fault}
    for phase in model.phases:
        if key(phase) in reached:
            failed = any(bad in key(phase).upper() for bad in BAD) or key(phase) not in calm
            final = phase in model.final
            yield Node(
                key(phase), label(phase), key(phase) in begins, final, failed and final,
                tooltip=_meaning(phase),
            )  # fmt: skip


def _meaning(phase: Any) -> str:
    return f"{type(phase).__name__}.{phase.name}" if isinstance(phase, Enum) else ""


def _label_of(model: Model, wanted: str) -> str:
    return next(label(phase) for phase in model.phases if key(phase) == wanted)


def _told(model: Model, step: Step, trace: Trace) -> list[Change]:
    """The changes that a reader wants to see: not the phase, and not what goes back to how it began."""
    began = dict(trace.initial)
    told = [change for change in step.changes if change.path.split("[")[0] != model.phase.name]
    news = [change for change in told if change.new != began.get(change.path)]
    return news or told or list(step.changes)
