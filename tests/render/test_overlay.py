"""Two phase graphs in one picture."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

import pytest
from hypothesis import given

from fsm import action, many, require, spec, var
from fsm.declaration import model_of
from fsm.difference import Mark
from fsm.explorer import explore
from fsm.render import dot, mermaid, plantuml
from fsm.render.diagram import Diagram
from fsm.render.overlay import Sheet, marked, overlay
from tests.strategies import Drawn, specs

Phase = Enum("Phase", "IDLE PULLED CREATED STARTED FAILED")
Many = Enum("Many", [f"P{n}" for n in range(9)])
Later = Enum("Later", "IDLE PULLED CHECKED CREATED STARTED FAILED")


@spec(final={Phase.STARTED, Phase.FAILED})
class Old:
    phase: Phase = Phase.IDLE
    tries: int = var(range(3), 0)

    @action(Phase.IDLE)
    def pull(self) -> None:
        self.phase = Phase.PULLED

    @action(Phase.PULLED)
    def create(self, ok: bool) -> None:
        self.phase = Phase.CREATED if ok else Phase.FAILED

    @action(Phase.CREATED)
    def start(self) -> None:
        self.phase = Phase.STARTED

    @action(Phase.CREATED, fault=True)
    def crash(self) -> None:
        require(self.tries < 2)
        self.tries += 1
        self.phase = Phase.FAILED


@spec(final={Later.STARTED, Later.FAILED})
class New:
    phase: Later = Later.IDLE

    @action(Later.IDLE)
    def pull(self) -> None:
        self.phase = Later.PULLED

    @action(Later.PULLED, fault=True)
    def check(self, ok: bool) -> None:
        self.phase = Later.CHECKED if ok else Later.FAILED

    @action(Later.CHECKED)
    def create(self, ok: bool) -> None:
        self.phase = Later.CREATED

    @action(Later.CREATED)
    def start(self) -> None:
        self.phase = Later.STARTED


def sheet(of: Any) -> Sheet:
    model = model_of(of)
    return Sheet.of(explore(model), model.name)


def picture() -> Diagram:
    return overlay(sheet(Old), sheet(New))


def test_what_only_one_has_is_marked_so() -> None:
    edges = {(edge.mark.value, edge.source, edge.labels, edge.target, edge.fault) for edge in picture().edges}
    assert edges == {
        ("", "IDLE", ("pull",), "PULLED", False),
        ("−", "PULLED", ("create (ok)",), "CREATED", False),
        ("−", "PULLED", ("create (not ok)",), "FAILED", False),
        ("+", "PULLED", ("check (ok)",), "CHECKED", True),
        ("+", "PULLED", ("check (not ok)",), "FAILED", True),
        ("+", "CHECKED", ("create",), "CREATED", False),
        ("", "CREATED", ("start",), "STARTED", False),
        ("−", "CREATED", ("crash",), "FAILED", True),
    }


def test_phases_of_the_second_stand_where_they_belong() -> None:
    nodes = [(node.key, node.mark) for node in picture().nodes]
    assert nodes == [
        ("IDLE", Mark.BOTH),
        ("PULLED", Mark.BOTH),
        ("CHECKED", Mark.ADDED),
        ("CREATED", Mark.BOTH),
        ("STARTED", Mark.BOTH),
        ("FAILED", Mark.BOTH),
    ]


def test_an_argument_that_only_one_takes_there_is_told() -> None:
    class Strict(Old):
        @action(Phase.PULLED)
        def create(self, ok: bool) -> None:
            require(ok)
            self.phase = Phase.CREATED

    edges = {(edge.mark.value, edge.labels, edge.target) for edge in overlay(sheet(Old), sheet(Strict)).edges}
    assert ("", ("create (ok)",), "CREATED") in edges
    assert ("−", ("create (not ok)",), "FAILED") in edges


def test_the_styles_are_told_apart_without_colours() -> None:
    text = dot.write(picture())
    drawn = re.findall(r"\w+ -> \w+ \[(.*?)\]\n", text, re.DOTALL)
    for label, style, width in (("− create", "dashed", "1.2"), ("\\+ check|\\+ ✗ check", "solid", "2.6")):
        (first, *_) = [one for one in drawn if re.search(label, one)]
        assert f"style={style}" in first
        assert f"penwidth={width}" in first
    assert "dashed, −: only Old" in text
    assert "thick, +: only New" in text
    assert "✗: fault" in text


def test_faults_are_not_dashed_where_dashes_mean_removed() -> None:
    text = dot.write(picture())
    (check,) = re.findall(r"PULLED -> CHECKED \[(.*?)\]\n", text, re.DOTALL)
    assert "✗ check" in check
    assert "style=solid" in check


@pytest.mark.parametrize("form", [mermaid, plantuml])
def test_the_other_syntaxes_have_the_marks_in_their_labels(form: Any) -> None:
    text = form.write(picture())
    for label in ("− create", "+ create", "− ✗ crash", "+ ✗ check", "+ Checked"):
        assert label in text


def test_two_that_are_the_same_have_no_marks_and_the_picture_says_so() -> None:
    drawn = overlay(sheet(Old), sheet(Old))
    assert {edge.mark for edge in drawn.edges} == {Mark.BOTH}
    assert "have the same" in drawn.caption


def test_loops_of_both_are_left_out_of_a_crowd_and_those_of_one_are_not() -> None:
    @spec
    class Crowd:
        phase: Many = Many.P0

        @action
        def go(self, to: Many) -> None:
            self.phase = to

    class Restless(Crowd):
        @action
        def rest(self) -> None:
            pass

    drawn = overlay(sheet(Crowd), sheet(Restless))
    loops = {(edge.labels, edge.mark) for edge in drawn.edges if edge.source == edge.target}
    assert loops == {(("rest",), Mark.ADDED)}
    assert "left out" in drawn.caption


def test_a_picture_of_copies_shows_one_member() -> None:
    drawn = overlay(sheet(many(Old, 2)), sheet(many(Old, 3)))
    assert {edge.mark for edge in drawn.edges} == {Mark.BOTH}


@given(specs(), specs())
def test_the_other_way_round_every_mark_is_mirrored(one: Drawn, other: Drawn) -> None:
    first, second = sheet(one.cls), sheet(other.cls)
    forth, back = marked(first, second), marked(second, first)
    assert {step: mark for step, (mark, _) in forth.items()} == {
        step: mark.mirrored for step, (mark, _) in back.items()
    }
    nodes = {node.key: node.mark for node in overlay(first, second).nodes}
    assert {key: mark.mirrored for key, mark in nodes.items()} == {
        node.key: node.mark for node in overlay(second, first).nodes
    }


@given(specs(), specs())
def test_each_spec_is_in_the_picture_whole(one: Drawn, other: Drawn) -> None:
    first, second = sheet(one.cls), sheet(other.cls)
    found = marked(first, second)
    assert {step for step, (mark, _) in found.items() if mark is not Mark.ADDED} == set(first.steps)
    assert {step for step, (mark, _) in found.items() if mark is not Mark.REMOVED} == set(second.steps)
