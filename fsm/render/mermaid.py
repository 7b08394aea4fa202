"""Mermaid, which code forges draw inside Markdown: stateDiagram-v2 and sequenceDiagram."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from fsm.difference import Mark
from fsm.render import palette as p
from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.sequence import AGAIN, REST, Sequence
from fsm.render.words import lines

_PLAIN: Final = frozenset(f"{p.CROSS} .,()'!?/+=*_-−→")
_FAILED: Final = f"fill:{p.FAILED_FILL},stroke:{p.FAULT},color:{p.FAULT},stroke-width:2px"
_REMOVED: Final = f"fill:{p.GROUND},stroke:{p.REMOVED},color:{p.REMOVED},stroke-dasharray:5 4"
_ADDED: Final = f"fill:{p.GROUND},stroke:{p.ADDED},color:{p.ADDED},stroke-width:3px"
_LIT: Final = f"fill:{p.PATH_FILL},stroke:{p.PATH},color:{p.INK},stroke-width:3px"


def write(picture: Diagram | Sequence) -> str:
    """Writes a picture as Mermaid.

    Mermaid cannot draw single arrows dashed, thick or double in state diagrams, so faults begin
    with a cross there, steps of a path with their number, and those of a loop with a round arrow.
    Tooltips are left out.

    Args:
        picture: A state diagram or a sequence.

    Returns:
        Mermaid text, to stand in a fence named `mermaid`.

    >>> from fsm.render.diagram import Node
    >>> print(write(Diagram("Light", (Node("on", "On: bright", initial=True),))))
    ---
    title: "Light"
    ---
    stateDiagram-v2
        state "On#58; bright" as s0
        [*] --> s0
    <BLANKLINE>
    """
    if isinstance(picture, Diagram):
        kind, body = "stateDiagram-v2", _states(picture)
    else:
        kind, body = "sequenceDiagram", _messages(picture)
    head = [f"title: {json.dumps(' '.join(lines(picture.title)), ensure_ascii=False)}"]
    caption = escape(picture.caption, " ")
    about = [f"accDescr: {caption}"] if caption else []
    text = ["---", *head, "---", kind, *(f"    {line}" for line in (*about, *body))]
    return "\n".join(text) + "\n"


def escape(text: str, newline: str = "<br/>") -> str:
    """Text as Mermaid shows it: what could mean something to Mermaid becomes a numeric code.

    Args:
        text: Any text.
        newline: What stands between its lines.

    Returns:
        One line of letters, digits, harmless marks and codes such as `#58;`.

    >>> escape('say "hi"; %% end')
    'say #34;hi#34;#59; #37;#37; end'
    """
    return newline.join(
        "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in line) for line in lines(text)
    )


def _states(diagram: Diagram) -> list[str]:
    name = {node.key: f"s{i}" for i, node in enumerate(diagram.nodes)}
    text = [f'state "{escape(_name(node))}" as {name[node.key]}' for node in diagram.nodes]
    text += [f"[*] --> {name[node.key]}" for node in diagram.nodes if node.initial]
    for edge in diagram.edges:
        label = _label(edge)
        text.append(f"{name[edge.source]} --> {name[edge.target]}" + (f" : {label}" if label else ""))
    text += [f"{name[node.key]} --> [*]" for node in diagram.nodes if node.final]
    failed = [name[node.key] for node in diagram.nodes if node.failed and diagram.compared is None]
    removed, added = (
        [name[node.key] for node in diagram.nodes if node.mark is mark] for mark in (Mark.REMOVED, Mark.ADDED)
    )
    lit = [name[n.key] for n in diagram.nodes if n.key in diagram.lit and not n.failed]
    text += _class("removed", _REMOVED, removed) + _class("added", _ADDED, added)
    return text + _class("failed", _FAILED, failed) + _class("path", _LIT, lit)


def _name(node: Node) -> str:
    signs = " ".join(filter(None, (node.mark.value, p.CROSS if node.failed else "")))
    label = f"{signs} {node.label.lstrip()}" if signs else node.label
    return f"{label}\n{node.note}" if node.note else label


def _label(edge: Edge) -> str:
    numbers = " ".join(f"({step})" for step in edge.steps)
    entries = [escape(entry) for entry in edge.labels if lines(entry)]
    marks = (edge.mark.value, p.ROUND if edge.loop else "", p.CROSS if edge.fault else "")
    return " ".join(filter(None, [numbers, *marks, "<br/>".join(entries)]))


def _class(name: str, style: str, members: Iterable[str]) -> list[str]:
    joined = ",".join(members)
    return [f"classDef {name} {style}", f"class {joined} {name}"] if joined else []


def _messages(sequence: Sequence) -> list[str]:
    name = {who: f"p{i}" for i, who in enumerate(sequence.participants)}
    text = ["autonumber"]
    text += [f"participant {name[who]} as {escape(who)}" for who in sequence.participants]
    for number, message in enumerate(sequence.messages):
        if number == sequence.loop:
            text.append(f"loop {AGAIN}")
        source, target = name[message.source], name[message.target]
        arrow = "--x" if message.fault else "->>"
        text.append(f"{source}{arrow}{target}: {escape(message.text)}")
        if note := escape(message.note):
            text.append(f"Note {_place(message.source, message.target, name)}: {note}")
    if sequence.rests:
        text.append(f"Note {_place(sequence.participants[0], sequence.participants[-1], name)}: {REST}")
    elif sequence.loop is not None:
        text.append("end")
    return text


def _place(source: str, target: str, name: dict[str, str]) -> str:
    if source == target:
        return f"right of {name[source]}"
    return f"over {name[source]},{name[target]}"
