"""The models of the benchmarks are the same models: our counts are those of Spin and TLC."""

import shutil
from functools import cache

import pytest

from fsm import check
from tests.benchmarks import by_hand, record, spin, tlc
from tests.benchmarks.agreement import agree
from tests.benchmarks.bars import Bar, bars
from tests.benchmarks.catalogue import CASES, container_counts
from tests.benchmarks.measure import Contender, Row, Run, WrongAnswer, measured
from tests.benchmarks.spin import VARIANTS

EXHAUSTIVE = next(iter(VARIANTS))
missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@cache
def ours(key: str) -> Row:
    case = CASES[key]
    report = check(case.model(case.quick))
    assert report.exit_code == 0, report
    return Row(key, case.quick, "fsm", report.states, report.transitions, 1.0, runs=1)


@each_case
def test_we_count_what_spin_and_tlc_were_recorded_to_count(case):
    rows = [row for row in record.recorded()[0] if (row.model, row.size) == (case.key, case.quick)]
    assert {row.tool.split(",")[0] for row in rows} >= {"Spin", "TLC"}
    agree([ours(case.key), *rows])


@pytest.mark.skipif(bool(missing), reason=f"no {' and no '.join(missing)} on PATH")
@each_case
def test_spin_counts_what_we_count(case):
    found = spin.search(case, case.quick, VARIANTS[EXHAUSTIVE])
    agree([ours(case.key), Row(case.key, case.quick, EXHAUSTIVE, found.states, found.transitions, runs=1)])


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc on PATH")
@pytest.mark.parametrize("variant", by_hand.VARIANTS.values(), ids=by_hand.VARIANTS)
def test_what_is_explored_by_hand_is_the_same_model(variant):
    case = CASES["a"]
    for size in (case.quick, (3,)):
        found = by_hand.explored(case.by_hand, size, variant)
        assert (found.states, found.transitions) == container_counts(*size)


@each_case
def test_what_was_recorded_at_full_size_agrees(case):
    rows = [row for row in record.recorded()[0] if (row.model, row.size) == (case.key, case.full)]
    assert {row.tool.split(",")[0] for row in rows} >= {"Spin", "TLC"}
    agree(rows)


def test_the_results_in_the_readme_are_those_that_were_recorded():
    rows, kept = record.recorded()
    block = record.BLOCK.search(record.README.read_text())
    assert block is not None
    assert block[0] == "\n".join(record.shown(rows, kept)) + "\n"


def test_containers_are_counted_by_arithmetic():
    assert container_counts(2) == (5_776, 17_328)
    assert container_counts(4) == (33_362_176, 200_173_056)
    assert CASES["a"].symmetric(2) == 76 * 77 // 2


def test_counts_that_differ_are_an_error():
    right = Row("b", (2, 1), "fsm, 1 worker", 54_865, 137_578, 1.0, runs=1)
    for wrong in (
        Row("b", (2, 1), EXHAUSTIVE, 54_864, 137_578, 1.0, runs=1),
        Row("b", (2, 1), "TLC, 1 worker", 54_865, 137_577, 1.0, runs=1),
        Row("b", (2, 1), "Spin, partial-order reduction", 54_866, 137_578, 1.0, runs=1),
    ):
        with pytest.raises(WrongAnswer, match="counts differ"):
            agree([right, wrong])


def test_a_reduced_search_may_see_less():
    agree(
        [
            Row("b", (2, 1), "fsm, 1 worker", 54_865, 137_578, 1.0, runs=1),
            Row("b", (2, 1), "Spin, partial-order reduction", 5_000, 7_000, 1.0, runs=1),
            Row("b", (2, 1), "TLC", note="no TLA2TOOLS given"),
        ]
    )


@pytest.mark.parametrize("flaw", ["error: max search depth too small", "pan: out of memory", "errors: 1"])
def test_a_search_that_spin_did_not_finish_is_no_answer(flaw):
    whole = (
        "State-vector 28 byte, depth reached 57, errors: 0\n  288 states, stored\n  1146 transitions (= s)\n"
    )
    assert spin.counted(whole).transitions == 1_145
    with pytest.raises(WrongAnswer):
        spin.counted(whole.replace("errors: 0", flaw))


def test_a_missing_tool_says_so_in_its_row(monkeypatch):
    monkeypatch.delenv("TLA2TOOLS", raising=False)
    (only,) = tlc.contenders(CASES["b"].tla, (2, 1))
    assert measured("b", (2, 1), only, 5).note == "no TLA2TOOLS given"


def test_a_tool_that_counts_differently_the_next_time_is_an_error():
    answers = iter((Run(1, 1, 0.1, 0.1), Run(2, 1, 0.1, 0.1)))
    with pytest.raises(WrongAnswer, match="twice"):
        measured("b", (2, 1), Contender("fickle", lambda: next(answers)), 2)


def test_a_row_is_the_median_of_its_runs():
    answers = iter(Run(6, None, seconds, seconds) for seconds in (1.0, 9.0, 2.0))
    row = measured("b", (2, 1), Contender("steady", lambda: next(answers)), 3)
    assert (row.seconds, row.runs, row.rate) == (2.0, 3, 3.0)


def test_a_bar_without_its_figures_is_not_measured():
    assert {bar.cells[-1] for bar in bars([], None)} == {"not measured"}


def test_a_bar_is_passed_or_missed():
    assert Bar("at least", 12, 12.0).cells == ("at least", ">= 12 ×", "12.00 ×", "pass")
    assert Bar("at least", 12, 11.9).cells[-1] == "MISS"
    assert Bar("less than", 10, 9.9, "s", most=True).cells == ("less than", "< 10 s", "9.90 s", "pass")
