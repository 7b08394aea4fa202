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
from fsm.graph import Graph
from fsm.model import Action, Event, Model
from fsm.render.diagram import Diagram, Edge, Node, merged
from fsm.render.path import Path, ending, path_of
from fsm.render.sequence import Message, Sequence
from fsm.values import show
from fsm.verdict import Change, PropertyResult, Step, Trace

MOST_EDGES = 14  #: pairs of phases with an edge, above which loops are left out
STAYS = "stays for ever"  #: the arrow of a run that has stopped
BAD = ("FAIL", "ERROR", "ABORT", "DEAD")

Move = tuple[Any, Any, Event]  #: the phases before and after, and what happened


def diagram(graph: Graph, highlight: PropertyResult | None = None) -> Diagram:
    """The state diagram of what was explored.

    Args:
        graph: the explored states.
        highlight: a property whose trace is drawn thick and numbered, its loop double.

    Returns:
        The diagram: every reachable phase, every transition between phases.
    """
    model = graph.model
    moves = list(dict.fromkeys(_moves(graph)))
    edges = _edges(moves)
    title, caption = words(model.name), model.doc.splitlines()[0] if model.doc else ""
    path = Path({})
    if highlight is not None and highlight.trace is not None:
        path = path_of(model, highlight.trace)
        caption = _caption(highlight)
    crowded = len({(source, target) for source, target, _ in edges}) > MOST_EDGES
    if crowded:
        caption = f"{caption} (steps that stay in a phase are left out)".strip()
    drawn = [Edge(phase, phase, (STAYS,), loop=True) for phase in path.rests]
    for taken, (labels, fault, tooltip) in edges.items():
        (source, target, _), steps = taken, path.steps.get(taken, ())
        if not crowded or source != target or steps:
            drawn.append(Edge(source, target, labels, fault, False, steps, tooltip, taken in path.loop))
    return Diagram(title, tuple(_nodes(graph, moves)), merged(drawn), caption)


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
    return _argument(names[0], told[names[0]]) if names else ""


def _caption(result: PropertyResult) -> str:
    if result.finding:
        told = f"finding: {result.finding}"
    else:
        told = f"violates “{words(result.name)}”" + (f": {result.doc}" if result.doc else "")
    onward = ending(result.trace) if result.trace is not None else ""
    return f"{told} ({onward})" if onward else told


def rows(graph: Graph) -> list[tuple[str, str, str, str]]:
    """The rows of a table: from, what happens, to, what it means; in the order of the phases."""
    model = graph.model
    edges = _edges(list(dict.fromkeys(_moves(graph))))
    order = {key(phase): number for number, phase in enumerate(model.phases)}
    names = [action.name for action in model.actions]
    found = []
    for (source, target, action), (labels, fault, tooltip) in edges.items():
        place = (order[source], names.index(action), order[target])
        what = ", ".join(labels) + (" (fault)" if fault else "")
        found.append((place, (_label_of(model, source), what, _label_of(model, target), tooltip)))
    return [row for _, row in sorted(found)]


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
    told = [_argument(name, value) for name, value in step.arguments]
    return words(step.action) + (f" ({', '.join(told)})" if told else "")


def _argument(name: str, value: str) -> str:
    if value == "True":
        return words(name)
    if value == "False":
        return f"not {words(name)}" if name == "ok" else f"no {words(name)}"
    return f"{words(name)} {value}" if value.lstrip("-").isdigit() else words(value).lower()


def _moves(graph: Graph) -> Iterator[Move]:
    """What each transition does to the phase, member by member where it is a map."""
    model, edges, states = graph.model, graph.edges, graph.states
    decoded = [dict(_members(model.layout.value(state, model.phase.name), ())) for state in states]
    for at, before in enumerate(decoded):
        for edge in range(edges.offsets[at], edges.offsets[at + 1]):
            after = decoded[edges.targets[edge]]
            event = model.events[edges.events[edge]]
            for member, phase in before.items():
                if phase != after[member] or _concerns(event, member):
                    yield phase, after[member], event


def _concerns(event: Event, member: tuple[Any, ...]) -> bool:
    """Whether an event is about a member: its copy moves, and an argument names it."""
    copies = event.action.copies
    if member[:copies] != event.arguments[:copies]:
        return False
    rest = member[copies:]
    named = event.arguments[copies:]
    return not rest or any(type(one) is type(rest[-1]) and one == rest[-1] for one in named)


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
        told = tuple(
            _argument(parameter.name, show(value))
            for parameter, value in list(zip(event.action.parameters, event.arguments, strict=True))[
                event.action.copies :
            ]
            if parameter.name != event.action.member
        )
        actions[event.action.name] = event.action
        arguments.setdefault((key(before), key(after), event.action.name), {})[told] = None
        everywhere.setdefault((key(before), event.action.name), {})[told] = None
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


def _nodes(graph: Graph, moves: list[Move]) -> Iterator[Node]:
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
