"""Counting restarts by what log files are left, in both eras, with the oddest names."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet.log_directory import restart_count_from_logs

LOOSE, STRICT = k.CountRule.LOGS_LOOSE, k.CountRule.LOGS_STRICT
PATH = "/var/log/pods/default_web_uid-1/app"
HUGE = "99999999999999999999.log"


def holding(*names: str) -> k.MemoryFiles:
    files = k.MemoryFiles()
    files.make_directory(PATH)
    for name in names:
        files.write(f"{PATH}/{name}")
    return files


def counted(rule: k.CountRule, files: k.MemoryFiles) -> int:
    return restart_count_from_logs(files, PATH, rule, logging.getLogger("fsm.kubelet.counting"))


@pytest.mark.parametrize(
    ("names", "loose", "strict"),
    [
        ([], 0, 0),
        (["0.log"], 1, 1),
        (["0.log", "2.log", "1.log"], 3, 3),
        (["9.log", "10.log"], 11, 11),
        (["007.log"], 8, 8),
        (["3.log.20260101-120000"], 4, 4),
        (["3.log.20260101-120000.gz"], 4, 4),
        (["3.logs"], 4, 4),  # no end of the name is asked for
        (["3.log~"], 4, 4),
        (["a3.log"], 4, 0),
        (["abc12xlog"], 13, 0),
        (["12xlog"], 13, 0),
        (["-5.log"], 6, 0),
        (["1234log"], 124, 0),  # the last digit is taken for the dot
        (["4log"], 0, 0),
        ([".log"], 0, 0),
        (["app.log"], 0, 0),
        (["٣.log"], 0, 0),
        (["README"], 0, 0),
        (["1.2.log"], 3, 0),
        (["9223372036854775807.log"], 2**63, 2**63),
    ],
)
def test_a_name_counts_in_one_era_or_in_both(names, loose, strict):
    assert counted(LOOSE, holding(*names)) == loose
    assert counted(STRICT, holding(*names)) == strict


def test_a_directory_is_no_log():
    files = holding("0.log")
    files.make_directory(f"{PATH}/7.log")
    assert counted(LOOSE, files) == counted(STRICT, files) == 1


@pytest.mark.parametrize(
    ("names", "loose", "strict"),
    [
        ([HUGE], 0, 0),
        (["3.log", HUGE], 4, 4),  # 3 comes first by name
        ([HUGE, "99999999999999999999a.log", "9999999999999999999999.log"], 0, 0),
        ([HUGE, "a.log", "b7.log"], 0, 0),
        (["10.log", "9.log", HUGE, "5.log"], 11, 11),
        ([HUGE, "99.log"], 100, 100),
        (["9999999999999999999.log", "99999999999999999990.log", "9a.log"], 0, 0),
    ],
)
def test_too_big_a_number_ends_the_counting_or_is_passed_over(names, loose, strict):
    assert counted(LOOSE, holding(*names)) == loose
    assert counted(STRICT, holding(*names)) == strict


def test_after_too_big_a_number_the_loose_rule_keeps_what_it_had_and_the_strict_one_goes_on():
    files = holding("1.log", "2" * 30 + ".log", "3.log")
    loose, error = k.calc_restart_count_by_log_dir(files, PATH, LOOSE)
    assert loose == 2
    assert str(error) == f'strconv.Atoi: parsing "{"2" * 30}": value out of range'
    assert k.calc_restart_count_by_log_dir(files, PATH, STRICT) == (4, None)
    assert (counted(LOOSE, files), counted(STRICT, files)) == (2, 4)


@pytest.mark.parametrize("rule", [LOOSE, STRICT])
def test_a_directory_that_is_missing_or_cannot_be_looked_at_counts_nothing(rule):
    assert k.calc_restart_count_by_log_dir(k.MemoryFiles(), PATH, rule) == (0, None)
    hidden = holding("3.log")
    hidden.forbidden.add(PATH)
    assert k.calc_restart_count_by_log_dir(hidden, PATH, rule) == (0, None)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (LOOSE, "Log directory exists but could not calculate restartCount"),
        (STRICT, "Cannot calculate restartCount from the log directory"),
    ],
)
def test_a_directory_that_cannot_be_read_counts_nothing_and_is_logged(rule, line, caplog):
    files = holding("3.log")
    files.unreadable.add(PATH)
    with caplog.at_level(logging.INFO, "fsm.kubelet.counting"):
        assert counted(rule, files) == 0
    assert caplog.messages == [f"{line}: logDir={PATH} err=open {PATH}: permission denied"]


def test_without_a_rule_nothing_is_looked_at():
    class Untouched:
        def __getattr__(self, name):
            raise AssertionError(f"{name} was called")

    assert restart_count_from_logs(Untouched(), PATH, k.CountRule.ZERO, logging.getLogger()) == 0


@given(st.sets(st.integers(0, 10**6), max_size=8), st.sampled_from(["", ".20260101", ".1.gz"]))
def test_of_well_named_logs_both_rules_find_the_last_one_plus_one(numbers, suffix):
    files = holding(*(f"{number}.log{suffix}" for number in numbers))
    expected = max(numbers, default=-1) + 1
    assert counted(LOOSE, files) == counted(STRICT, files) == expected


@given(st.lists(st.text(st.characters(exclude_characters="/"), min_size=1, max_size=8), max_size=6))
def test_whatever_the_names_are_a_count_comes_out_and_the_loose_rule_reads_no_fewer(names):
    loose, loose_error = k.calc_restart_count_by_log_dir(holding(*names), PATH, LOOSE)
    strict, strict_error = k.calc_restart_count_by_log_dir(holding(*names), PATH, STRICT)
    assert strict_error is None
    assert loose_error is not None or loose >= strict >= 0
