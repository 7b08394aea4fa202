"""From a checked model to pictures: nodes, edges, paths, messages and rows."""

from dataclasses import replace
from enum import Enum
from typing import Literal

import pytest

from fsm import action, always, each, many, spec, var
from fsm.checker import report
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.render.extract import diagram, label, rows, sequence, step_words, words
from fsm.verdict import Step

Phase = Enum("Phase", {"IDLE": "Idle", "BUSY": "Busy", "DONE": "Done", "FAILED": "Gone wrong", "NEVER": "No"})
Who = Enum("Who", "ANN BOB")


@spec(final={Phase.DONE, Phase.FAILED})
class Task:
    """One task."""

    phase: Phase = Phase.IDLE
    tries: int = var(range(3), 0)

    @action(Phase.IDLE, sender="user", receiver="worker")
    def start(self, how: Literal["fast", "slow"]) -> None:
        """It begins."""
        self.phase = Phase.BUSY

    @action(Phase.BUSY, sender="worker", receiver="user")
    def finish(self, ok: bool) -> None:
        self.phase = Phase.DONE if ok else Phase.FAILED

    @action(Phase.BUSY, fault=True)
    def retry(self) -> None:
        self.tries = min(2, self.tries + 1)

    @always(finding="it may fail after a retry")
    def never_fails_late(self) -> bool:
        return not (self.phase is Phase.FAILED and self.tries == 1)


@spec
class Turns:
    phase: dict[Who, Phase] = each(Who, Phase.IDLE)

    @action(Phase.IDLE)
    def begin(self, who: Who) -> None:
        self.phase[who] = Phase.BUSY

    @action(Phase.BUSY)
    def end(self, who: Who) -> None:
        self.phase[who] = Phase.IDLE

    @always
    def apart(self) -> bool:
        return not (self.phase[Who.ANN] is self.phase[Who.BOB] is Phase.BUSY)


def checked(of):
    graph = explore(model_of(of))
    return graph, report(graph)


def edges(picture):
    return {(edge.source, edge.target, edge.labels, edge.fault) for edge in picture.edges}


def test_nodes_are_the_reachable_phases_with_their_own_texts():
    nodes = {node.key: node for node in diagram(checked(Task)[0]).nodes}
    assert list(nodes) == ["IDLE", "BUSY", "DONE", "FAILED"]
    assert nodes["FAILED"].label == "Gone wrong"
    assert (nodes["IDLE"].initial, nodes["DONE"].final, nodes["FAILED"].failed) == (True, True, True)
    assert not nodes["DONE"].failed


def test_edges_are_what_happens_in_words_with_arguments_where_they_matter():
    assert edges(diagram(checked(Task)[0])) == {
        ("IDLE", "BUSY", ("start",), False),
        ("BUSY", "DONE", ("finish (ok)",), False),
        ("BUSY", "FAILED", ("finish (not ok)",), False),
        ("BUSY", "BUSY", ("retry",), True),
    }


def test_a_trace_is_highlighted_with_its_steps_in_order():
    graph, verdicts = checked(Task)
    picture = diagram(graph, verdicts["never_fails_late"])
    steps = {(edge.source, edge.target): edge.steps for edge in picture.edges}
    assert steps["IDLE", "BUSY"] == (1,)
    assert steps["BUSY", "BUSY"] == (2,)
    assert steps["BUSY", "FAILED"] == (3,)
    assert steps["BUSY", "DONE"] == ()
    assert picture.caption == "finding: it may fail after a retry"


def test_a_map_of_phases_is_drawn_as_one_member():
    picture = diagram(checked(Turns)[0])
    assert edges(picture) == {("IDLE", "BUSY", ("begin",), False), ("BUSY", "IDLE", ("end",), False)}


def test_copies_are_drawn_as_one_copy():
    assert edges(diagram(explore(many(Task, 2)))) == edges(diagram(checked(Task)[0]))


def test_messages_go_from_sender_to_receiver_with_what_changed():
    graph, verdicts = checked(Task)
    picture = sequence(graph.model, verdicts["never_fails_late"])
    assert picture.participants == ("user", "worker", "Task")
    first, second, third = picture.messages
    assert (first.source, first.target, first.text) == ("user", "worker", "start (fast)")
    assert (second.source, second.target, second.fault) == ("Task", "Task", True)
    assert second.note == "tries: 0 → 1"
    assert third.text == "finish (not ok)"


def test_members_of_a_phase_map_take_part_under_their_names():
    graph, verdicts = checked(Turns)
    assert sequence(graph.model, verdicts["apart"]).participants == ("ann", "bob")


def test_a_property_without_a_trace_has_no_sequence():
    graph, verdicts = checked(Task)
    with pytest.raises(ValueError, match="no trace"):
        sequence(graph.model, verdicts["never_stuck"])


def endless(loop):
    """A task whose finding is a lasso."""
    graph, verdicts = checked(Task)
    found = verdicts["never_fails_late"]
    return graph, replace(found, trace=replace(found.trace, loop=loop))


def test_the_loop_of_a_trace_is_drawn_on_its_own_arrows():
    picture = diagram(*endless(1))
    assert {edge.source + edge.target: edge.steps for edge in picture.edges if edge.loop} == {
        "BUSYBUSY": (2,),
        "BUSYFAILED": (3,),
    }
    assert picture.caption == "finding: it may fail after a retry (steps 2 to 3 again and again)"


def test_a_run_that_stays_has_an_arrow_back_to_where_it_is():
    stays = next(edge for edge in diagram(*endless(3)).edges if edge.loop)
    assert (stays.source, stays.target, stays.labels) == ("FAILED", "FAILED", ("stays for ever",))


def test_the_loop_of_a_trace_is_one_of_its_messages():
    graph, found = endless(2)
    assert sequence(graph.model, found).loop == 2


def test_rows_are_in_the_order_of_phases_and_actions_with_meanings():
    assert rows(checked(Task)[0]) == [
        ("Idle", "start", "Busy", "It begins."),
        ("Busy", "finish (ok)", "Done", ""),
        ("Busy", "finish (not ok)", "Gone wrong", ""),
        ("Busy", "retry (fault)", "Busy", ""),
    ]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("create_reply_is_lost", "create reply is lost"),
        ("PRE_STARTED", "Pre started"),
        ("ContainerCreation", "Container creation"),
        ("'red'", "red"),
        ("3", "3"),
    ],
)
def test_identifiers_are_read_as_words(name, read):
    assert words(name) == read


def test_a_step_is_read_with_its_arguments():
    assert step_words(Step("pour", (("liters", "3"), ("ok", "True")))) == "pour (liters 3, ok)"


def test_a_phase_that_is_a_number_is_its_own_label():
    assert label(4) == "4"
