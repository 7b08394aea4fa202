"""Two specs side by side: what is collected, what is mirrored, and what is never called the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from fsm import sometimes, spec
from fsm.comparison import Checked, compare
from fsm.declaration import model_of
from fsm.difference import Difference, Inclusion, Mark
from fsm.limits import Limits
from fsm.prose import plain
from fsm.render.difference import difference_text, headline, in_short, page, verdict_words
from fsm.verdict import Outcome, PropertyResult
from specs.classics.alternating_bit import AlternatingBit, WithoutBit
from specs.classics.die_hard import DieHard
from specs.classics.peterson import Peterson, PetersonReversed
from specs.kubelet.container_creation import ContainerCreation, container_creation
from tests.strategies import Drawn, specs
from tests.test_inclusion import pairs


def difference(ours: Any, theirs: Any, limits: Limits = Limits()) -> Difference:  # noqa: B008
    return compare(*(Checked.of(model_of(one), limits=limits) for one in (ours, theirs)), limits=limits)


def text(of: Difference, detail: int = 0) -> str:
    return "\n".join(map(plain, difference_text(of, detail)))


def mirrored(one: Difference) -> tuple[Any, ...]:
    """What the same difference looks like from the other side."""
    return (
        {(d.kind, d.name, d.second, d.first) for d in one.declared},
        {replace(move, mark=move.mark.mirrored) for move in one.moves},
        {(judged.name, verdict_words(judged.second), verdict_words(judged.first)) for judged in one.judged},
    )


def straight(one: Difference) -> tuple[Any, ...]:
    return (
        {(d.kind, d.name, d.first, d.second) for d in one.declared},
        set(one.moves),
        {(judged.name, verdict_words(judged.first), verdict_words(judged.second)) for judged in one.judged},
    )


def test_exchanged_writes_change_no_transition_of_the_phase_and_two_verdicts() -> None:
    found = difference(Peterson, PetersonReversed)
    assert (found.declared, found.moves) == ((), ())
    assert [one.name for one in found.judged] == ["mutual_exclusion", "who_asks_enters"]
    assert (found.exit_code, found.unknown) == (1, ())
    assert in_short(found) == "2 verdicts, behaviour that each alone has"


def test_without_its_bit_the_protocol_takes_what_it_has_taken() -> None:
    found = difference(AlternatingBit, WithoutBit)
    assert {one.name for one in found.judged} >= {"nothing_arrives_twice", "what_arrives_was_sent"}
    assert [step.action for step in found.forth.run.steps][-1] == "receive"  # type: ignore[union-attr]
    assert ("property", "what_is_sent_arrives_whatever_is_repeated") in {
        (one.kind, one.name) for one in found.declared
    }


def test_a_model_with_narrower_bounds_does_the_same_within_them() -> None:
    found = difference(ContainerCreation, container_creation(2))
    assert [one.name for one in found.declared] == ["newest", "status_seen", "restart_count"]
    assert found.forth.outcome is found.back.outcome is Outcome.HOLDS
    assert "within the bounds of ContainerCreation_2" in found.forth.reason
    assert found.back.reason == ""


def test_specs_that_have_nothing_in_common_can_be_compared() -> None:
    found = difference(Peterson, DieHard)
    assert found.seen == ()
    assert {one.mark for one in found.declared if one.kind == "phase"} == {Mark.REMOVED, Mark.ADDED}
    assert len(found.forth.run.steps) == len(found.back.run.steps) == 1  # type: ignore[union-attr]
    assert "seen: the actions, and nothing of the state" in text(found)


def test_what_was_not_explored_is_not_compared() -> None:
    found = difference(AlternatingBit, WithoutBit, Limits(max_states=50))
    assert found.moves == ()
    assert [one for one in found.declared if one.kind == "phase"] == []
    assert any("max_states=50" in reason for reason in found.unknown)


def test_a_verdict_that_is_unknown_is_shown_and_is_no_difference() -> None:
    found = difference(Peterson, Peterson, Limits(max_states=5))
    assert found.exit_code == 3
    assert not any(one.differ for one in found.judged)
    assert "  ? mutual_exclusion  unknown" in text(found)


def test_a_witness_that_takes_more_faults_is_a_difference() -> None:
    result = PropertyResult("opens", "sometimes", Outcome.HOLDS)
    assert verdict_words(result) == "witnessed"
    assert (
        verdict_words(replace(result, finding="known", kind="always")) == "holds, though a finding is stated"
    )
    assert verdict_words(replace(result, outcome=Outcome.UNKNOWN, reason="why")) == "unknown: why"


def test_a_difference_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="differ"):
        bool(difference(Peterson, Peterson))


def test_every_answer_has_a_line_of_its_own() -> None:
    holds = Inclusion("A", "B", Outcome.HOLDS)
    assert headline(replace(holds, reason="within the bounds of B")).endswith(
        "cannot do, within the bounds of B"
    )
    assert headline(replace(holds, outcome=Outcome.UNKNOWN, reason="timeout=1s")) == (
        "whether B can do all that A does is unknown: timeout=1s"
    )
    assert headline(replace(holds, outcome=Outcome.VIOLATED)) == "A begins as B does not:"


def test_a_page_has_a_section_only_for_what_differs() -> None:
    told = page(difference(Peterson, Peterson), "Twice", "twice.svg", "fsm diff a b")
    assert "## Behaviour" in told
    assert "## Verdicts" not in told
    assert "## What is declared" not in told


def test_a_finding_in_one_only_is_a_difference_of_verdicts() -> None:
    @spec
    class Never(DieHard):
        @sometimes
        def one_can_begin_again(self) -> bool:
            return True

    found = difference(DieHard, Never)
    assert ("property", "recoverable one_can_begin_again", "sometimes one_can_begin_again") in {
        (one.kind, one.first, one.second) for one in found.declared
    }


@settings(max_examples=20)
@given(specs())
def test_a_spec_does_not_differ_from_itself(drawn: Drawn) -> None:
    found = difference(drawn.cls, drawn.cls)
    assert (found.declared, found.moves, found.differ) == ((), (), False)
    assert found.exit_code == (3 if found.unknown else 0)


@settings(max_examples=20)
@given(pairs())
def test_the_other_way_round_it_is_the_mirror(pair: tuple[Drawn, Drawn]) -> None:
    forth, back = difference(pair[0].cls, pair[1].cls), difference(pair[1].cls, pair[0].cls)
    assert mirrored(forth) == straight(back)
    assert (forth.forth, forth.back) == (back.back, back.forth)
    assert forth.exit_code == back.exit_code
    assert text(forth).splitlines()[-1].split(":")[0] == text(back).splitlines()[-1].split(":")[0]
