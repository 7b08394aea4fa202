"""Published answers: whoever gets these numbers counts as others do."""

from math import sqrt

import pytest

from fsm import check
from specs.classics.die_hard import DieHard
from specs.classics.dining import SEATS, DiningPhilosophers, OneLeftHanded
from specs.classics.peterson import Peterson, PetersonReversed
from specs.classics.two_phase_commit import TwoPhaseCommit, two_phase_commit

ALL = [TwoPhaseCommit, DieHard, Peterson, PetersonReversed, DiningPhilosophers, OneLeftHanded]


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
