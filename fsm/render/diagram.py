"""A state diagram as plain data: what every renderer reads, and all that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fsm.difference import Mark
from fsm.render.words import lines


@dataclass(frozen=True, slots=True)
class Node:
    """One phase.

    Args:
        key: Its name within the diagram, which edges refer to.
        label: What the picture shows.
        initial: Runs start here.
        final: Runs may end here.
        failed: A bad end.
        highlighted: On the path that the picture is about; the ends of a highlighted edge are
            so without saying.
        tooltip: Shown by SVG viewers under the mouse.
        mark: Of two specs that are compared, the one that has it, if not both.
        note: Said below the label in small type.
    """

    key: str
    label: str
    initial: bool = False
    final: bool = False
    failed: bool = False
    highlighted: bool = False
    tooltip: str = ""
    mark: Mark = Mark.BOTH
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow, which may stand for several transitions between the same two phases.

    Args:
        source: The key of the phase that it leaves.
        target: The key of the phase that it enters; the same one for a loop.
        labels: What happens, in words; one entry a line.
        fault: The world does something wrong here.
        highlighted: On the path that the picture is about.
        steps: Its numbers on that path; an edge with steps is highlighted.
        tooltip: Shown by SVG viewers under the mouse.
        loop: On the loop that the path ends in, which is taken for ever; highlighted too.
        mark: Of two specs that are compared, the one that has it, if not both.
        always: In a folded picture: whether it is there from every state of its source. Line styles then say
            so, and faults are told by a cross.
    """

    source: str
    target: str
    labels: tuple[str, ...] = ()
    fault: bool = False
    highlighted: bool = False
    steps: tuple[int, ...] = ()
    tooltip: str = ""
    loop: bool = False
    mark: Mark = Mark.BOTH
    always: bool | None = None

    def __post_init__(self) -> None:
        if isinstance(self.labels, str):
            raise ValueError(
                f"The labels of the edge {self.source!r} → {self.target!r} are one string. "
                f"An edge may hold several entries, so write a tuple: ({self.labels!r},)."
            )

    @property
    def lit(self) -> bool:
        """Whether it is on the highlighted path."""
        return self.highlighted or self.loop or bool(self.steps)


@dataclass(frozen=True, slots=True)
class Diagram:
    """A state diagram.

    Args:
        title: Stands above the picture.
        nodes: The phases, in reading order: pictures flow from the first to the last.
        edges: The arrows; see `merged` for drawing parallel ones as one.
        caption: Stands below the picture, before the legend.
        compared: The names of the two specs, where it shows what differs between them. Line styles then say
            who has what, and faults are told by a cross.

    Raises:
        ValueError: A key stands twice, an edge leads nowhere, or a label is blank.

    >>> light = Diagram(
    ...     "Light",
    ...     (Node("off", "Off", initial=True), Node("on", "On", final=True)),
    ...     (Edge("off", "on", ("switch on",)),),
    ... )
    >>> light.nodes[0].label
    'Off'
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    caption: str = ""
    compared: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        known: set[str] = set()
        for node in self.nodes:
            if node.key in known:
                raise ValueError(
                    f"Two nodes of {self.title!r} have the key {node.key!r}. Edges refer to nodes "
                    "by their key, so give each its own."
                )
            if not lines(node.label):
                raise ValueError(
                    f"The node {node.key!r} of {self.title!r} has a blank label. "
                    "A reader sees only the label, so put the name of the phase there."
                )
            known.add(node.key)
        for edge in self.edges:
            for key in (edge.source, edge.target):
                if key not in known:
                    raise ValueError(
                        f"The edge {edge.source!r} → {edge.target!r} of {self.title!r} refers to "
                        f"{key!r}, which is not a node. The nodes are: "
                        f"{', '.join(map(repr, sorted(known))) or 'none'}."
                    )

    @property
    def lit(self) -> frozenset[str]:
        """The keys of the highlighted phases: those named so, and the ends of highlighted edges.

        When there are any, everything else steps back.
        """
        ends = {key for edge in self.edges if edge.lit for key in (edge.source, edge.target)}
        return frozenset(ends | {node.key for node in self.nodes if node.highlighted})


def merged(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Joins parallel edges, so that a picture has one arrow for them.

    Only edges that look alike are joined: same ends, both faults or neither, both highlighted
    or neither, both on the loop or neither, and of the same spec where two are compared.

    Args:
        edges: Edges in any number.

    Returns:
        Each group as one edge, where its first member stood: labels and steps in order, each once.

    >>> merged([Edge("a", "b", ("read",)), Edge("a", "b", ("write",))])[0].labels
    ('read', 'write')
    """
    joined: dict[tuple[str, str, bool, bool, bool, Mark, bool | None], Edge] = {}
    for edge in edges:
        group = (edge.source, edge.target, edge.fault, edge.lit, edge.loop, edge.mark, edge.always)
        first = joined.get(group)
        if first is not None:
            edge = replace(
                first,
                labels=tuple(dict.fromkeys(first.labels + edge.labels)),
                steps=tuple(sorted({*first.steps, *edge.steps})),
                tooltip="\n".join(dict.fromkeys(t for t in (first.tooltip, edge.tooltip) if t)),
            )
        joined[group] = edge
    return tuple(joined.values())
