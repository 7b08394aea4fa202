"""PlantUML: state diagrams and sequences."""

from __future__ import annotations

from typing import Final

from fsm.difference import Mark
from fsm.render import palette as p
from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.sequence import AGAIN, REST, Sequence
from fsm.render.words import lines

_PLAIN: Final = frozenset(f"{p.CROSS} .,()?+−")


def write(picture: Diagram | Sequence) -> str:
    """Writes a picture as PlantUML. Arrows of a loop have a round arrow; tooltips are left out.

    Args:
        picture: A state diagram or a sequence.

    Returns:
        PlantUML text, from `@startuml` to `@enduml`.

    >>> from fsm.render.diagram import Node
    >>> print(write(Diagram("Light", (Node("on", "On", initial=True),))))
    @startuml
    title Light
    hide empty description
    state "On" as s0
    [*] --> s0
    @enduml
    <BLANKLINE>
    """
    body = _states(picture) if isinstance(picture, Diagram) else _messages(picture)
    title, caption = escape(picture.title, " "), escape(picture.caption, " ")
    text = [f"title {title}"] if title else []
    text += body
    text += [f"caption {caption}"] if caption else []
    return "\n".join(["@startuml", *text, "@enduml"]) + "\n"


def escape(text: str, newline: str = r"\n") -> str:
    """Text as PlantUML shows it: what could mean something to PlantUML becomes a code.

    Args:
        text: Any text.
        newline: What stands between its lines.

    Returns:
        One line of letters, digits, harmless marks and codes such as `<U+003A>`.

    >>> escape("a: **b**")
    'a<U+003A> <U+002A><U+002A>b<U+002A><U+002A>'
    """
    return newline.join(
        "".join(c if c.isalnum() or c in _PLAIN else f"<U+{ord(c):04X}>" for c in line)
        for line in lines(text)
    )


def _states(diagram: Diagram) -> list[str]:
    name = {node.key: f"s{i}" for i, node in enumerate(diagram.nodes)}
    lit, compared = diagram.lit, diagram.compared is not None
    text = ["hide empty description"]
    for node in diagram.nodes:
        style = ""
        if node.mark is Mark.REMOVED:
            style = f" {p.GROUND};line:{p.REMOVED[1:]};line.dashed;text:{p.REMOVED[1:]}"
        elif node.mark is Mark.ADDED:
            style = f" {p.GROUND};line:{p.ADDED[1:]};line.bold;text:{p.ADDED[1:]}"
        elif node.failed and not compared:
            style = f" {p.FAILED_FILL};line:{p.FAULT[1:]};line.bold;text:{p.FAULT[1:]}"
        elif node.key in lit:
            style = f" {p.PATH_FILL};line:{p.PATH[1:]};line.bold"
        text.append(f'state "{escape(_name(node))}" as {name[node.key]}{style}')
    text += [f"[*] --> {name[node.key]}" for node in diagram.nodes if node.initial]
    for edge in diagram.edges:
        arrow = f"{name[edge.source]} -{_style(edge, bool(lit), compared)}-> {name[edge.target]}"
        label = _label(edge, compared or edge.always is not None)
        text.append(f"{arrow} : {label}" if label else arrow)
    return text + [f"{name[node.key]} --> [*]" for node in diagram.nodes if node.final]


def _style(edge: Edge, dim: bool, compared: bool = False) -> str:
    if compared:
        marked = {Mark.REMOVED: f"[{p.REMOVED},dashed]", Mark.ADDED: f"[{p.ADDED},thickness=3]"}
        return marked.get(edge.mark, f"[{p.LINE}]")
    color = p.FAULT if edge.fault else p.PATH if edge.lit else p.LINE
    if dim and not edge.lit:
        color = p.FADED_LINE
    dashed = edge.fault if edge.always is None else not edge.always
    styles = [color, *(["dashed"] if dashed else []), *(["thickness=3"] if edge.lit else [])]
    return f"[{','.join(styles)}]"


def _name(node: Node) -> str:
    signs = " ".join(filter(None, (node.mark.value, p.CROSS if node.failed else "")))
    label = f"{signs} {node.label.lstrip()}" if signs else node.label
    return f"{label}\n{node.note}" if node.note else label


def _label(edge: Edge, crossed: bool = False) -> str:
    numbers = " ".join(f"({step})" for step in edge.steps)
    entries = [escape(entry) for entry in edge.labels if lines(entry)]
    marks = (edge.mark.value, p.ROUND if edge.loop else "", p.CROSS if crossed and edge.fault else "")
    return " ".join(filter(None, [numbers, *marks, r"\n".join(entries)]))


def _messages(sequence: Sequence) -> list[str]:
    name = {who: f"p{i}" for i, who in enumerate(sequence.participants)}
    text = ["hide footbox", "autonumber"]
    text += [f'participant "{escape(who)}" as {name[who]}' for who in sequence.participants]
    for number, message in enumerate(sequence.messages):
        if number == sequence.loop:
            text.append(f"loop {AGAIN}")
        arrow = f"-[{p.FAULT}]->x" if message.fault else "->"
        text.append(f"{name[message.source]} {arrow} {name[message.target]} : {escape(message.text)}")
        if note := escape(message.note):
            text.append(f"note right : {note}")
    if sequence.rests:
        ends = dict.fromkeys((sequence.participants[0], sequence.participants[-1]))
        text.append(f"note over {', '.join(name[who] for who in ends)} : {REST}")
    elif sequence.loop is not None:
        text.append("end")
    return text
