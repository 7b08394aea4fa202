"""DOT, the language of Graphviz: pictures written in it, and painted from it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import Final, Literal, TypeAlias, get_args

import graphviz

from fsm.render import lifelines, statechart
from fsm.render.diagram import Diagram
from fsm.render.drawing import Attributes, Drawing, Markup
from fsm.render.sequence import Sequence
from fsm.render.typeface import fonts

Format: TypeAlias = Literal["svg", "png", "pdf"]

_PATIENCE: Final = 120.0
_PNG_DOTS_PER_INCH: Final = 144
_NO_GRAPHVIZ: Final = 69


class RenderError(RuntimeError):
    """A picture could not be painted; the message says why, and what to do."""


def write(picture: Diagram | Sequence) -> str:
    """Writes a picture as DOT.

    Args:
        picture: A state diagram or a sequence.

    Returns:
        DOT that any Graphviz paints, the same for the same picture.

    >>> from fsm.render.diagram import Node
    >>> print(write(Diagram("Light", (Node("on", "On"),))).splitlines()[0])
    digraph {
    """
    if isinstance(picture, Diagram):
        return _source(statechart.draw(picture))
    return _source(lifelines.draw(picture))


def render(dot_text: str, format: Format) -> bytes:  # noqa: A002 - the word for it
    """Paints DOT.

    Graphviz works in a process of its own, so its warnings stay there and renderings at the same
    time do not disturb each other. It comes with pygraphviz; without that, a `dot` on the PATH
    does it.

    Args:
        dot_text: What `write` gave, or any other DOT.
        format: `svg`, `png` or `pdf`.

    Returns:
        The content of a picture file, the same for the same text (a PDF also holds the time).

    Raises:
        RenderError: There is no Graphviz, it does not understand the text, or the format is
            another one.
    """
    if format not in get_args(Format):
        raise RenderError(f"Pictures are painted as {', '.join(get_args(Format))}, not as {format!r}.")
    with fonts(dot_text) as environment:
        for command, variables in _commands(format):
            done = _run(command, dot_text, {**environment, **variables})
            if done.returncode == 0 and done.stdout:
                return done.stdout
            if done.returncode != _NO_GRAPHVIZ:
                raise RenderError(_refusal(done.stderr))
    raise RenderError(
        "Painting a picture takes Graphviz, and there is none here: pygraphviz, which carries one, "
        "cannot be imported, and there is no `dot` on the PATH. "
        "Write: pip install 'pygraphviz>=2'. The DOT text itself needs neither."
    )


def _commands(format: Format) -> list[tuple[list[str], dict[str, str]]]:  # noqa: A002
    found: list[tuple[list[str], dict[str, str]]] = []
    if sys.executable and importlib.util.find_spec("pygraphviz"):
        program = f"from {__name__} import _paint; _paint({format!r})"
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        found.append(([sys.executable, "-P", "-W", "ignore", "-c", program], path))
    if dot := shutil.which("dot"):
        resolution = [f"-Gdpi={_PNG_DOTS_PER_INCH}"] if format == "png" else []
        found.append(([dot, f"-T{format}", *resolution], {}))
    return found


def _run(command: list[str], text: str, environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command,
            input=text.encode(errors="replace"),
            capture_output=True,
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise RenderError(
            f"Graphviz was still laying out the picture after {_PATIENCE:.0f} s. "
            "Draw less: fewer phases, or one part of the picture at a time."
        ) from slow


def _paint(format: Format) -> None:  # noqa: A002
    """The child process: DOT on stdin, the picture on stdout."""
    try:
        import pygraphviz  # here: only this process needs it, and may do without
    except ImportError:
        sys.exit(_NO_GRAPHVIZ)
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    if format == "png":
        graph.graph_attr["dpi"] = str(_PNG_DOTS_PER_INCH)
    engine = graph.graph_attr.get("layout") or "dot"
    sys.stdout.buffer.write(graph.draw(format=format, prog=engine))


def _refusal(complaint: bytes) -> str:
    said = [line for line in complaint.decode(errors="replace").splitlines() if line.strip()]
    said = [line for line in said if line.startswith("Error")] or said[-1:] or ["nothing"]
    return f"Graphviz could not paint this DOT text. It said: {'; '.join(said)}"


def _source(drawing: Drawing) -> str:
    graph = graphviz.Digraph(
        graph_attr=_quoted(drawing.graph),
        node_attr=_quoted(drawing.node),
        edge_attr=_quoted(drawing.edge),
    )
    inside = graph
    if drawing.frame is not None:
        inside = graphviz.Digraph("cluster", graph_attr=_quoted(drawing.frame))
    for name, attributes in drawing.nodes:
        inside.node(name, **_quoted(attributes))
    if drawing.bottom:
        with inside.subgraph(graph_attr={"rank": "same"}) as rank:
            for left, right in pairwise(drawing.bottom):
                rank.edge(left, right, style="invis")
    for source, target, attributes in drawing.edges:
        inside.edge(source, target, **_quoted(attributes))
    if drawing.frame is not None:
        graph.subgraph(inside)
    return str(graph.source)


def _quoted(attributes: Attributes) -> dict[str, str]:
    return {key: value if isinstance(value, Markup) else _literal(value) for key, value in attributes.items()}


def _literal(text: str) -> str:
    """Text that stands for itself, where DOT would read escapes, entities or markup."""
    escaped = str(graphviz.escape(text.replace("&", "&amp;")))
    newline = r"\l" if text.endswith("\n") else r"\n"
    literal: str = graphviz.nohtml(escaped.replace("\n", newline))
    return literal
