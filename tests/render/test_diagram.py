import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.render.diagram import Diagram, Edge, Node, merged


def test_two_nodes_with_one_key_are_refused():
    with pytest.raises(ValueError, match="Two nodes of 'Light' have the key 'on'"):
        Diagram("Light", (Node("on", "On"), Node("on", "Bright")))


def test_an_edge_to_an_unknown_node_names_the_known_ones():
    with pytest.raises(ValueError, match=r"'of', which is not a node. The nodes are: 'off', 'on'"):
        Diagram("Light", (Node("on", "On"), Node("off", "Off")), (Edge("on", "of"),))


def test_a_blank_label_is_refused():
    with pytest.raises(ValueError, match="blank label"):
        Diagram("Light", (Node("on", " \n\x00"),))


def test_a_string_for_labels_is_refused_with_the_tuple_to_write():
    with pytest.raises(ValueError, match=r"write a tuple: \('switch on',\)"):
        Edge("off", "on", "switch on")  # type: ignore[arg-type]


def test_an_edge_with_steps_is_highlighted_and_so_are_its_ends():
    diagram = Diagram(
        "Light",
        (Node("off", "Off"), Node("on", "On"), Node("broken", "Broken")),
        (Edge("off", "on", steps=(1,)), Edge("on", "broken", fault=True)),
    )
    assert diagram.lit == {"off", "on"}


def test_an_edge_of_a_loop_is_highlighted_without_steps():
    diagram = Diagram("Light", (Node("on", "On"), Node("off", "Off")), (Edge("on", "on", loop=True),))
    assert diagram.lit == {"on"}


def test_a_diagram_without_highlights_lights_nothing():
    assert Diagram("Light", (Node("on", "On"),), (Edge("on", "on"),)).lit == frozenset()


def test_merging_joins_labels_steps_and_tooltips_once_each():
    one = Edge("a", "b", ("read", "write"), steps=(3,), tooltip="A file.")
    two = Edge("a", "b", ("write", "close"), steps=(1, 3), tooltip="A file.")
    assert merged([one, two]) == (
        Edge("a", "b", ("read", "write", "close"), steps=(1, 3), tooltip="A file."),
    )


def test_merging_keeps_faults_and_the_path_apart():
    edges = (
        Edge("a", "b", ("ok",)),
        Edge("a", "b", ("fails",), fault=True),
        Edge("a", "b", ("taken",), steps=(1,)),
        Edge("a", "b", ("taken for ever",), steps=(2,), loop=True),
        Edge("b", "a", ("back",)),
    )
    assert merged(edges) == edges


@given(st.lists(st.builds(Edge, *[st.sampled_from("ab")] * 2, st.just(("x",)), st.booleans())))
def test_merging_twice_changes_nothing_more(edges):
    once = merged(edges)
    assert merged(once) == once
    assert {(e.source, e.target, e.fault) for e in edges} == {(e.source, e.target, e.fault) for e in once}
    assert len(once) <= 8
