"""State diagrams as drawings: rounded phases, dashed faults, a thick path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from fsm.difference import Mark
from fsm.render import palette as p
from fsm.render.diagram import Diagram, Edge, Node
from fsm.render.drawing import Attributes, Drawing, aligned, badge, cells, names, space, stacked
from fsm.render.words import lines, wrapped

_MARKED: Final = {Mark.REMOVED: p.REMOVED, Mark.ADDED: p.ADDED}
_BLANK: Final = "\N{NO-BREAK SPACE}"


def draw(diagram: Diagram) -> Drawing:
    """Draws a state diagram.

    Args:
        diagram: What to draw. When something in it is highlighted, the rest steps back.

    Returns:
        The drawing; phases flow from top to bottom in the order of the nodes.
    """
    lit, spine, compared = diagram.lit, _spine(diagram), diagram.compared is not None
    folded = is_folded(diagram)
    bottom = () if folded else _bottom(diagram, spine)
    name = names(node.key for node in diagram.nodes)
    rank = {key: i for i, key in enumerate(name)}
    loops = {edge.source for edge in diagram.edges if edge.source == edge.target}
    nodes: list[tuple[str, Attributes]] = []
    edges: list[tuple[str, str, Attributes]] = []
    for node in diagram.nodes:
        if node.initial:
            dot = f"start at {name[node.key]}"  # no other name has a space
            nodes.append((dot, _start_dot()))
            edges.append((dot, name[node.key], {"color": p.INK, "weight": "9"}))
        group = {"group": "spine"} if node.key in spine else {}
        nodes.append((name[node.key], {**_phase(node, lit, compared), **group}))
    for edge in diagram.edges:
        source, target = edge.source, edge.target
        way: dict[str, str] = {}
        if rank[source] < rank[target]:
            if source in loops and not folded:
                way["tailport"] = "s"  # clear of the label of the loop, which is on the right
            if not edge.fault:
                way["weight"] = "8" if {source, target} <= {*spine} else "2"
        elif not folded and source != target and target in spine and source in (*spine, *bottom):
            side = "w" if source in spine else "e"
            way |= {"tailport": side, "headport": side}
        edges.append((name[source], name[target], {**_arrow(edge, bool(lit), compared), **way}))
    return Drawing(
        graph={
            "bgcolor": p.GROUND,
            "fontname": p.FONT,
            "rankdir": "TB",
            "nodesep": "0.45",
            "ranksep": "0.5",
            "pad": "0.1",
            "fontsize": str(p.SMALL_SIZE),
            "fontcolor": p.QUIET,
            "labelloc": "b",
            "label": "\n".join((*wrapped(diagram.caption, 90), *filter(None, [legend(diagram)]))),
        },
        node={"fontname": p.FONT, "fontsize": str(p.LABEL_SIZE), "shape": "box"},
        edge={"fontname": p.FONT, "fontsize": str(p.EDGE_SIZE), "arrowsize": "0.8"},
        nodes=tuple(nodes),
        edges=tuple(edges),
        bottom=tuple(name[key] for key in bottom),
        frame={
            "label": "\n".join(lines(diagram.title)),
            "tooltip": " ".join(lines(diagram.title)),
            "fontsize": str(p.TITLE_SIZE),
            "fontcolor": p.INK,
            "labelloc": "t",
            "peripheries": "0",
            "margin": "8",
        },
    )


def legend(diagram: Diagram) -> str:
    """One line that explains the conventions which a diagram uses, and no others.

    >>> legend(Diagram("Light", (Node("on", "On", initial=True, final=True),)))
    '● start   ·   double border: final'
    """
    nodes, edges, compared = diagram.nodes, diagram.edges, diagram.compared
    first, second = compared or ("", "")
    marks = {node.mark for node in nodes} | {edge.mark for edge in edges}
    folded = is_folded(diagram)
    used = (
        (any(n.initial for n in nodes), "● start"),
        (any(n.final for n in nodes), "double border: final"),
        (any(n.failed for n in nodes) and folded, f"{p.CROSS} in a node: see there"),
        (any(n.failed for n in nodes) and bool(compared), f"{p.CROSS} in a node: failed"),
        (any(n.failed for n in nodes) and not folded and not compared, f"{p.CROSS}: failed"),
        (any(e.fault for e in edges), f"{p.CROSS}: fault" if compared or folded else "dashed: fault"),
        (any(e.always for e in edges), "solid: from every state"),
        (any(e.always is False for e in edges), "dashed, 2/7: from 2 of 7 states"),
        (any(p.ROUND in n.note for n in nodes), f"{p.ROUND}: stays"),
        (bool(compared) and Mark.REMOVED in marks, f"dashed, {Mark.REMOVED.value}: only {first}"),
        (bool(compared) and Mark.ADDED in marks, f"thick, {Mark.ADDED.value}: only {second}"),
        (any(e.steps for e in edges), "thick, numbered: the path"),
        (any(e.loop for e in edges), "double: for ever"),
        (bool(diagram.lit) and not any(e.steps for e in edges), "thick: highlighted"),
    )
    return "   ·   ".join(text for shown, text in used if shown)


def is_folded(diagram: Diagram) -> bool:
    """Whether nodes stand for many states, and say so."""
    return any(node.note for node in diagram.nodes)


def _spine(diagram: Diagram) -> tuple[str, ...]:
    """The way that things should go: from the start along each first forward edge, no faults."""
    rank = {node.key: i for i, node in enumerate(diagram.nodes)}
    initial = (node.key for node in diagram.nodes if node.initial)
    spine = [next(initial, diagram.nodes[0].key)] if diagram.nodes else []
    for edge in sorted(diagram.edges, key=lambda e: rank[e.source]):
        if edge.source == spine[-1] and not edge.fault and rank[edge.target] > rank[edge.source]:
            spine.append(edge.target)
    return tuple(spine)


def _bottom(diagram: Diagram, spine: tuple[str, ...]) -> tuple[str, ...]:
    """The end of the spine and the failed phases after it, which stand to its right."""
    rank = {node.key: i for i, node in enumerate(diagram.nodes)}
    goes_on = {e.source for e in diagram.edges if rank[e.target] > rank[e.source]}
    ends = tuple(n.key for n in diagram.nodes if n.failed and n.key not in {*goes_on, *spine})
    return (spine[-1], *ends) if ends and spine[-1] not in goes_on else ()


def _start_dot() -> Attributes:
    return {
        "shape": "circle",
        "style": "filled",
        "fillcolor": p.INK,
        "color": p.INK,
        "label": "",
        "width": "0.13",
        "fixedsize": "true",
    }


def _phase(node: Node, lit: frozenset[str], compared: bool = False) -> Attributes:
    highlighted = node.key in lit
    line, fill, ink = p.PHASE_LINE, p.PHASE_FILL, p.INK
    if compared:
        line = ink = _MARKED.get(node.mark, p.INK)
        fill = p.GROUND
    elif node.failed:
        line, fill, ink = p.FAULT, p.FAILED_FILL, p.FAULT
    if highlighted and not node.failed:
        line, fill = p.PATH, p.PATH_FILL
    if lit and not highlighted:
        line, fill, ink = p.FADED_LINE, p.FADED_FILL, p.FADED_TEXT
    words = lines(node.label)
    signs = " ".join(filter(None, (node.mark.value, p.CROSS if node.failed else "")))
    if signs:
        words = (f"{signs} {words[0]}", *words[1:])
    drawn = "dashed,filled" if node.mark is Mark.REMOVED else "filled"
    notes = lines(node.note)
    label: str = "\n".join(words)
    if notes:
        label = stacked(words, p.LABEL_SIZE, ink, notes, p.SMALL_SIZE, p.QUIET)
    return {
        "label": label,
        "style": drawn if node.failed else f"rounded,{drawn}",
        "color": line,
        "fillcolor": fill,
        "fontcolor": ink,
        "penwidth": "2.4" if highlighted or node.mark is Mark.ADDED else "1.4",
        "peripheries": "2" if node.final else "1",
        "margin": "0.2,0.11",
        **_tooltip(node.tooltip),
    }


def _arrow(edge: Edge, dim: bool, compared: bool = False) -> Attributes:
    line = ink = p.LINE
    dashed, thick = edge.fault, edge.lit
    if compared:
        line = ink = _MARKED.get(edge.mark, p.LINE)
        dashed, thick = edge.mark is Mark.REMOVED, edge.mark is Mark.ADDED
        edge = replace(edge, labels=tuple(_signed(edge)))
    elif edge.fault:
        line = ink = p.FAULT
        if edge.always is not None:
            edge = replace(edge, labels=tuple(_signed(edge)))
    elif edge.lit:
        line = ink = p.PATH
    if dim and not edge.lit:
        line, ink = p.FADED_LINE, p.FADED_TEXT
    if edge.always is not None:
        dashed = not edge.always
    return {
        "label": _entries(edge, line, ink),
        "color": f"{line}:{p.GROUND}:{line}" if edge.loop else line,
        "fontcolor": ink,
        "style": "dashed" if dashed else "solid",
        "penwidth": "1.3" if edge.loop else "2.6" if thick else "1.2",
        **_tooltip(edge.tooltip),
    }


def _signed(edge: Edge) -> Iterator[str]:
    """The entries of an edge whose line style says something else: who has it, and whether it is a fault."""
    signs = (edge.mark.value, p.CROSS if edge.fault else "")
    for entry in edge.labels:
        yield " ".join(filter(None, (*signs, entry)))


def _entries(edge: Edge, line: str, ink: str) -> str:
    words = tuple(word for entry in edge.labels for word in lines(entry))
    if not edge.steps:
        room = _BLANK * (1 + edge.loop)  # a double line is wider than the layout expects
        return "".join(f"{room}{word}{room}\n" for word in words)
    badges = [space(2)] if edge.loop else []
    badges += [badge(f"{_BLANK}{step}{_BLANK}", p.SMALL_SIZE, p.GROUND, line) for step in edge.steps]
    first, below = (aligned(part, p.EDGE_SIZE, ink) for part in (words[:1], words[1:]))
    return cells(first, below, badges)


def _tooltip(text: str) -> Attributes:
    shown = "\n".join(lines(text))
    return {"tooltip": shown} if shown else {}
