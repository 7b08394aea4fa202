"""Published answers: whoever gets these numbers counts as others do."""

from math import sqrt

import pytest

from fsm import check
from fsm.verdict import Outcome
from specs.classics.alternating_bit import AlternatingBit, WithoutBit
from specs.classics.bakery import Bakery, WithoutChoosing
from specs.classics.die_hard import DieHard
from specs.classics.dining import SEATS, DiningPhilosophers, OneLeftHanded
from specs.classics.peterson import Peterson, PetersonReversed, PetersonSpinning
from specs.classics.two_phase_commit import TwoPhaseCommit, two_phase_commit

ALL = [
    TwoPhaseCommit, DieHard, Peterson, PetersonReversed, PetersonSpinning, DiningPhilosophers, OneLeftHanded,
    AlternatingBit, WithoutBit, Bakery, WithoutChoosing,
]  # fmt: skip


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_classic_is_as_expected(cls: type) -> None:
    report = check(cls)
    report.assert_holds()
    assert report.never_enabled == ()
    assert report.exhaustive


def test_two_phase_commit_has_the_published_sizes() -> None:
    report = check(TwoPhaseCommit)
    assert (report.states, report.transitions, report.generated) == (288, 1145, 1146)
    assert check(two_phase_commit(5)).states == 8832


@pytest.mark.parametrize("n", [1, 2])
def test_two_phase_commit_works_for_few(n: int) -> None:
    check(two_phase_commit(n)).assert_holds()


def test_the_jugs_have_the_published_sizes_and_the_solution_has_six_steps() -> None:
    report = check(DieHard)
    assert (report.states, report.generated) == (16, 97)
    assert [step.action for step in report["never_four_gallons"].trace.steps] == [
        "fill_big", "pour_into_small", "empty_small", "pour_into_small", "fill_big", "pour_into_small",
    ]  # fmt: skip


def test_peterson_excludes_and_with_its_writes_exchanged_does_not() -> None:
    assert check(Peterson).states == 20
    report = check(PetersonReversed)
    assert report.states == 32
    assert len(report["mutual_exclusion"].trace) == 6


def test_the_philosophers_are_as_many_as_a_companion_pell_number() -> None:
    report = check(DiningPhilosophers)
    assert report.states == 82 == round((1 + sqrt(2)) ** SEATS + (1 - sqrt(2)) ** SEATS)
    assert [step.action for step in report["somebody_can_move_on"].trace.steps] == ["take_first"] * SEATS


def test_with_one_left_handed_philosopher_nothing_is_ever_stuck() -> None:
    report = check(OneLeftHanded)
    assert report.states == 70
    assert "wait" not in {action.name for action in report.actions}


def test_who_asks_peterson_enters_without_fairness_unless_waiting_takes_steps() -> None:
    assert not check(Peterson)["who_asks_enters"].fair
    starving = check(PetersonSpinning)["who_asks_enters"].trace
    assert [step.action for step in starving.steps[starving.loop :]] == ["look_again"]
    assert check(PetersonReversed)["is_overtaken_once_at_most"].outcome is Outcome.HOLDS


def test_strong_fairness_feeds_the_philosophers_and_weak_fairness_does_not() -> None:
    report = check(OneLeftHanded)
    assert report["who_holds_a_fork_eats"].outcome is Outcome.VIOLATED
    assert report["everybody_eats"].outcome is Outcome.HOLDS
    assert [one.partition("(")[0] for one in report["everybody_eats"].fair] == ["strong", "weak"]


def test_the_alternating_bit_delivers_under_the_fairness_of_the_published_module() -> None:
    report = check(AlternatingBit)
    assert report["what_is_sent_arrives"].outcome is Outcome.HOLDS
    lost = report["what_is_sent_arrives_whatever_is_lost"].trace
    assert "lose_frame" in {step.action for step in lost.steps[lost.loop :]}
    old = check(WithoutBit)["what_arrives_was_sent"].trace
    assert old.steps[-1].action == "receive"


def test_the_bakery_serves_in_order_within_its_bounds() -> None:
    report = check(Bakery)
    assert report.bounded > 0
    assert report["first_come_first_served"].outcome is Outcome.HOLDS
    assert report["who_comes_in_is_served"].outcome is Outcome.HOLDS
    assert check(WithoutChoosing)["mutual_exclusion"].outcome is Outcome.VIOLATED
