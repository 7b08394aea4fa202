"""Two workers where they pay, and the same results whatever is decided."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

pytest.importorskip("numba")

from fsm.native import crew
from fsm.native.crew import AGAIN, TRIAL, WORTH, Crew

BATCHES = 10 * AGAIN


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that goes when somebody turns it."""
    made = SimpleNamespace(now=0.0)
    monkeypatch.setattr(crew, "time", SimpleNamespace(perf_counter=lambda: made.now))
    return made


def mustered(size: int, clock: SimpleNamespace, seconds: Callable[[int, int], float]) -> list[int]:
    """How many share each of many batches, where `seconds(batch, workers)` says how long one takes."""
    team, found = Crew(size), []
    for batch in range(BATCHES):
        workers = team.muster(WORTH)
        assert team.at_work == workers
        clock.now += seconds(batch, workers)
        team.report(WORTH)
        found.append(workers)
    return found


def test_one_worker_stays_alone(clock: SimpleNamespace) -> None:
    assert mustered(1, clock, lambda _, workers: 1.0) == [1] * BATCHES


def test_what_one_has_to_do_is_no_part_of_a_trial(clock: SimpleNamespace) -> None:
    team, found = Crew(2), []
    for _ in range(2 * TRIAL + 1):
        assert team.muster(WORTH, alone=True) == team.at_work == 1
        clock.now += 1e-6  # as fast as nothing else
        team.report(WORTH)
        found.append(team.muster(WORTH))
        clock.now += 1 / found[-1]
        team.report(WORTH)
    assert found == [2, 1] * TRIAL + [2]


def test_two_work_where_two_are_faster(clock: SimpleNamespace) -> None:
    found = mustered(2, clock, lambda _, workers: 1.0 / workers)
    assert found.count(1) <= BATCHES // AGAIN * TRIAL + TRIAL
    assert set(found[2 * TRIAL : AGAIN - 1]) == {2}


def test_one_works_where_two_are_slower(clock: SimpleNamespace) -> None:
    found = mustered(2, clock, lambda _, workers: 1.0 * workers)
    assert found.count(2) <= BATCHES // AGAIN * TRIAL + TRIAL
    assert set(found[2 * TRIAL : AGAIN - 1]) == {1}


def test_a_core_that_comes_free_later_is_noticed(clock: SimpleNamespace) -> None:
    found = mustered(2, clock, lambda batch, workers: workers if batch < BATCHES // 2 else 1 / workers)
    assert set(found[BATCHES // 2 - AGAIN // 2 : BATCHES // 2 - 1]) == {1}
    assert found[-AGAIN:].count(2) > AGAIN * 3 // 4


def test_a_slow_batch_now_and_then_sends_nobody_home(clock: SimpleNamespace) -> None:
    seconds = {1: 1.0, 2: 1.0 / 1.2}
    found = mustered(2, clock, lambda batch, workers: 9.0 if batch % 5 == 0 else seconds[workers])
    assert found.count(1) <= BATCHES // AGAIN * TRIAL + TRIAL


def test_what_was_measured_long_ago_says_nothing(clock: SimpleNamespace) -> None:
    """Batches become slower as the table grows; two workers are the faster ones all along."""
    found = mustered(2, clock, lambda batch, workers: (1 + batch / 10) / (1.3 if workers == 2 else 1.0))
    assert found.count(1) <= BATCHES // AGAIN * TRIAL + TRIAL


def test_batches_that_end_early_are_not_compared(clock: SimpleNamespace) -> None:
    team = Crew(2)
    for _ in range(AGAIN):
        team.muster(WORTH)
        clock.now += 1
        team.report(WORTH - 1)
    assert team.at_work == 2


def test_a_clock_that_stands_still_is_survived(clock: SimpleNamespace) -> None:
    assert set(mustered(2, clock, lambda _, workers: 0.0)) <= {1, 2}


def test_small_batches_are_not_shared_and_not_measured(clock: SimpleNamespace) -> None:
    team = Crew(2)
    before = {workers: list(rates) for workers, rates in team._rates.items()}
    for _ in range(100):
        assert team.muster(WORTH - 1) == 1
        clock.now += 1
        team.report(WORTH - 1)
    assert {workers: list(rates) for workers, rates in team._rates.items()} == before


@pytest.mark.parametrize("size", [1, 2])
def test_every_job_is_done_once(size: int) -> None:
    team, done = Crew(size), []
    for jobs in range(3):
        team.together(*(lambda job=job: done.append(job) for job in range(jobs)))
    assert sorted(done) == [0, 0, 1]


@pytest.mark.parametrize("culprit", [0, 1])
def test_a_job_that_fails_is_heard_of_when_both_are_done(culprit: int) -> None:
    team, done = Crew(2), []

    def job(number: int) -> None:
        if number == culprit:
            raise ValueError(f"job {number}")
        done.append(number)

    with pytest.raises(ValueError, match=f"job {culprit}"):
        team.together(lambda: job(0), lambda: job(1))
    assert done == [1 - culprit]
