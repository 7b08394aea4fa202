"""Folded graphs as pictures and pages."""

from enum import Enum
from typing import Any

import pytest

from fsm import action, always, limit, model_of, require, spec, var
from fsm.errors import FsmError
from fsm.explorer import explore
from fsm.folding import fold
from fsm.lens import lens_of
from fsm.limits import Limits
from fsm.render import dot, folded, mermaid, plantuml
from fsm.render.diagram import Diagram
from fsm.render.extract import diagram as phases
from specs.classics.two_phase_commit import two_phase_commit

Phase = Enum("Phase", {"IDLE": "Idle", "BUSY": "Busy", "DONE": "Done"})


@spec(final={Phase.DONE})
class Job:
    """A job."""

    phase: Phase = Phase.IDLE
    tries: int = var(range(4), 0)
    result: bool | None = None

    @action(Phase.IDLE)
    def start(self) -> None:
        """It begins."""
        self.phase = Phase.BUSY

    @action(Phase.BUSY)
    def finish(self, ok: bool) -> None:
        require(self.tries > 0)
        self.phase, self.result = (Phase.DONE if ok else Phase.IDLE), ok

    @action(Phase.BUSY, fault=True)
    def crash(self) -> None:
        limit(self.tries < 3)
        self.phase, self.tries = Phase.IDLE, self.tries + 1

    @action
    def look(self) -> None:
        pass

    @always
    def few_tries(self) -> bool:
        return self.tries < 3

    def is_late(self) -> bool:
        return self.tries > 1


def quotient(of: Any, text: str, limits: Limits | None = None) -> Any:
    model = model_of(of)
    return fold(explore(model, limits or Limits()), lens_of(model, text))


def picture(of: Any, text: str, **how: Any) -> Diagram:
    return folded.diagram(quotient(of, text), **how)


def arrows(drawn: Diagram) -> list[tuple[str, str, tuple[str, ...], bool, bool | None]]:
    label = {node.key: node.label for node in drawn.nodes}
    return [(label[e.source], label[e.target], e.labels, e.fault, e.always) for e in drawn.edges]


def test_arrows_say_what_happens_and_from_how_many_states_where_it_is_not_every_one() -> None:
    assert arrows(picture(Job, "phase")) == [
        ("Idle", "Busy", ("start",), False, True),
        ("Busy", "Idle", ("crash 5/7",), True, False),
        ("Busy", "Idle", ("finish (not ok) 6/7",), False, False),
        ("Busy", "Done", ("finish (ok) 6/7",), False, False),
    ]


def test_nodes_say_how_many_states_they_hold_what_these_are_and_what_stays_in_them() -> None:
    idle, busy, done = picture(Job, "phase").nodes
    assert idle.note.splitlines() == ["7 states", "1 initial", "2 violate “few tries”", "↻ look"]
    assert busy.note.startswith("7 states")
    assert (idle.initial, done.final, busy.failed, done.failed) == (True, True, True, True)
    calm = picture(two_phase_commit(2), "managers[*]").nodes[0]
    assert (calm.label, calm.initial, calm.failed) == ("2 working", True, False)


def test_loops_may_be_left_out_and_the_picture_says_how_many_were() -> None:
    drawn = picture(Job, "phase", loops=False)
    assert not any("↻" in node.note for node in drawn.nodes)
    assert drawn.caption.endswith("; 17 transitions that stay in their node are left out")


def test_the_caption_says_what_was_folded_and_whether_it_is_all() -> None:
    assert picture(Job, "phase").caption == "17 states and 41 transitions folded to 3 nodes"
    part = folded.diagram(quotient(Job, "phase", Limits(max_states=5)))
    assert "(not all were explored: max_states=5)" in part.caption


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("phase, tries", "Idle\ntries 0"),
        ("tries", "0"),
        ("phase, result", "Idle\nno result"),
        ("is_late", "not is late"),
        ("is_late, phase", "not is late\nphase: Idle"),
    ],
)
def test_values_are_said_in_words(text: str, first: str) -> None:
    assert picture(Job, text).nodes[0].label == first


def test_maps_are_told_member_by_member_or_counted() -> None:
    commit = two_phase_commit(2)
    first = picture(commit, "managers, commit_sent, heard").nodes[0].label
    assert first == "0: working, 1: working\nno commit sent, heard: {}"
    assert picture(commit, "managers[*], decision").nodes[0].label == "2 working\ndecision: none"


def hub(many: int) -> type:
    """A spec with so many actions between two phases."""
    body: dict[str, Any] = {"__annotations__": {"on": bool}, "on": False, "__module__": __name__}
    for number in range(many):

        def go(self: Any) -> None:
            self.on = not self.on

        go.__name__ = f"go{number}"
        body[go.__name__] = action(go)
    return spec(type("Hub", (), body))


def test_long_labels_are_cut_only_where_a_page_lists_the_rest() -> None:
    (there, *_) = picture(hub(9), "on").edges
    assert there.labels == ("go0", "go1", "go2", "go3", "… and 5 more")
    (whole, *_) = picture(hub(9), "on", listed=False).edges
    assert len(whole.labels) == 9
    page = folded.page(quotient(hub(9), "on"), "x.svg", "fsm draw")
    assert all(f"go{number} " in page for number in range(9))


def test_arguments_are_told_where_they_make_a_difference_and_only_those_that_do() -> None:
    @spec
    class Doors:
        open: int = var(range(3), 0)
        used: bool = False

        @action
        def press(self, who: bool, button: int = var(range(5))) -> None:
            self.open = 0 if button == 0 else 1 if button < 3 else 2

    labels = {edge.target: edge.labels for edge in picture(Doors, "open").edges if edge.source == "1"}
    assert labels == {"2": ("press (button 1 or button 2)",), "3": ("press (button 3 or button 4)",)}
    back = {edge.target: edge.labels for edge in picture(Doors, "open").edges if edge.source == "2"}
    assert back["1"] == ("press (button 0)",)


def test_more_choices_than_can_be_read_are_counted() -> None:
    @spec
    class Dial:
        on: bool = False

        @action
        def turn(self, to: int = var(range(9))) -> None:
            self.on = to > 3

    (edge,) = (edge for edge in picture(Dial, "on").edges if edge.source == "1")
    assert edge.labels == ("turn (5 of 9 choices)",)


def test_more_arrows_than_anybody_can_follow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded, "MOST_ARROWS", 3)
    with pytest.raises(
        FsmError, match="gives 4 arrows between 3 nodes, and a picture holds 3: fold by fewer"
    ):
        picture(Job, "phase")


def test_the_page_holds_everything() -> None:
    found = quotient(Job, "phase")
    page = folded.page(found, "job.svg", "fsm draw job.py --fold phase")
    assert page.startswith("# Job, by phase\n\n17 states and 41 transitions folded to 3 nodes.\n")
    assert "![Job, by phase](job.svg)" in page
    assert "| 2    | finish        | ok = True  | 3   | 6 of 7        | 6           |" in page
    assert page.count("\n| 1 ") + page.count("\n| 2 ") + page.count("\n| 3 ") == 3 + len(found.moves)
    assert "![" not in folded.page(found, "", "fsm draw")


def test_every_syntax_tells_what_always_happens_from_what_may() -> None:
    drawn = picture(Job, "phase")
    source = dot.write(drawn)
    assert "solid: from every state" in source
    assert "dashed, 2/7: from 2 of 7 states" in source
    assert "✗ crash 5/7" in source
    assert source.count("style=dashed") == 3
    assert "✗ crash 5/7" in plantuml.write(drawn).replace("<U+002F>", "/")
    assert plantuml.write(drawn).count(",dashed]") == 3
    assert "✗ crash 5/7" in mermaid.write(drawn)
    assert "Idle<br/>7 states<br/>1 initial" in mermaid.write(drawn)


def test_a_picture_is_the_same_each_time_and_can_be_painted() -> None:
    one, other = (dot.write(picture(two_phase_commit(2), "managers[*]")) for _ in range(2))
    assert one == other
    assert dot.render(one, "svg").startswith(b"<?xml")


def test_labels_that_mean_something_to_graphviz_stand_for_themselves() -> None:
    @spec
    class Odd:
        text: str = var(("<b>&amp;", '\\N {x} | "q"'), "<b>&amp;")

        @action
        def go(self) -> None:
            self.text = '\\N {x} | "q"'

    svg = dot.render(dot.write(picture(Odd, "text")), "svg").decode()
    assert "&lt;b&gt;&amp;amp;" in svg
    assert "\\N {x} | &quot;q&quot;" in svg


def test_a_large_spec_says_what_its_phase_picture_folds_away() -> None:
    assert "8,832 states folded to managers" in phases(explore(model_of(two_phase_commit(5)))).caption
    assert "folded" not in phases(explore(model_of(two_phase_commit(3)))).caption


def test_more_phases_than_a_picture_holds_are_refused() -> None:
    @spec
    class Clock:
        hour: int = var(range(61), 0)
        day: bool = False

        @action
        def tick(self) -> None:
            self.hour, self.day = (self.hour + 1) % 61, not self.day

    with pytest.raises(FsmError, match=r"by `hour` gives 61 nodes, and a picture holds 60: .*`day` \(2\)"):
        phases(explore(model_of(Clock)))
