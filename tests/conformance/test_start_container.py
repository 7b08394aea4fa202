"""The spec of `startContainer`: what each version has, what it promises, and which defects it has."""

from functools import cache
from itertools import pairwise
from typing import Any

import pytest

import fsm.kubelet
from fsm import check, machine, model_of
from fsm.verdict import Outcome, Report
from specs.kubelet.container_creation import Kind, Target
from specs.kubelet.start_call import Link
from specs.kubelet.start_container import CLASSES, INVARIANTS, PARTS, lacks, start_container
from specs.kubelet.start_events import Error, Event, errors_of, event_of, events_of
from specs.kubelet.start_phases import Phase, route_of
from specs.kubelet.versions import (
    CHANGES,
    ERAS,
    VERSIONS,
    CountRule,
    HandlerLookUp,
    HookError,
    HookText,
    ReferenceUse,
    Version,
    era_of,
    version,
)

NAMES = [cls.VERSION.name for cls in CLASSES]

EVERYWHERE = {
    "restart_count_never_decreases",
    "no_log_is_written_over",
    "every_container_was_told_created",
    "every_running_container_was_told_started",
    "every_failure_has_a_failed_event",
    "a_container_that_was_created_is_taken_up",
    "a_container_whose_hook_failed_does_not_run",
}
UP_TO_1_20 = {"a_failed_pre_start_hook_leaves_no_container"}
UP_TO_1_21_5 = {"without_a_status_the_count_is_that_of_a_new_log"}
FROM_1_21_6 = {"an_unreadable_log_directory_keeps_the_count"}
FROM_1_26 = {"the_event_of_a_failed_hook_says_why"}
FROM_1_29 = {"every_failure_has_a_warning"}
FROM_1_31 = {"every_failure_has_a_text"}

FINDINGS = {
    "1.17": EVERYWHERE | UP_TO_1_20 | UP_TO_1_21_5,
    "1.18": EVERYWHERE | UP_TO_1_20 | UP_TO_1_21_5,
    "1.19": EVERYWHERE | UP_TO_1_20 | UP_TO_1_21_5,
    "1.21": EVERYWHERE | UP_TO_1_21_5,
    "1.21.6": EVERYWHERE | FROM_1_21_6,
    "1.22": EVERYWHERE | FROM_1_21_6,
    "1.26": EVERYWHERE | FROM_1_21_6 | FROM_1_26,
    "1.27": EVERYWHERE | FROM_1_21_6 | FROM_1_26,
    "1.29": EVERYWHERE | FROM_1_21_6 | FROM_1_26 | FROM_1_29,
    "1.31": EVERYWHERE | FROM_1_21_6 | FROM_1_26 | FROM_1_29 | FROM_1_31,
    "1.33": EVERYWHERE | FROM_1_21_6 | FROM_1_26 | FROM_1_29 | FROM_1_31,
    "1.35": EVERYWHERE | FROM_1_21_6 | FROM_1_26 | FROM_1_29 | FROM_1_31,
}
FAULTS = {
    "every_container_was_told_created": 1,
    "every_running_container_was_told_started": 1,
    "every_failure_has_a_failed_event": 1,
    "a_container_that_was_created_is_taken_up": 1,
    "a_failed_pre_start_hook_leaves_no_container": 1,
    "a_container_whose_hook_failed_does_not_run": 2,
    "restart_count_never_decreases": 1,
    "without_a_status_the_count_is_that_of_a_new_log": 1,
    "an_unreadable_log_directory_keeps_the_count": 2,
    "no_log_is_written_over": 1,
}


@cache
def report_of(name: str) -> Report:
    return check(start_container(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_version_has_exactly_its_defects_and_everything_else_holds(name: str):
    report = report_of(name)
    violated = {one.name for one in report.properties if one.outcome is Outcome.VIOLATED}
    assert violated == FINDINGS[name]
    report.assert_holds()


@pytest.mark.parametrize("name", NAMES)
def test_a_defect_takes_the_fewest_faults_that_it_can(name: str):
    report = report_of(name)
    found = {one: report[one].trace.faults for one in FAULTS if one in FINDINGS[name]}
    assert found == {one: faults for one, faults in FAULTS.items() if one in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_action_of_a_version_is_taken_somewhere(name: str):
    assert report_of(name).never_enabled == ()


def after_a_reboot(name: str, count: str, *arguments: object) -> int:
    """The restart count of a container that ran twice, and of which the reboot has left the logs alone.

    Args:
        name: the version.
        count: the action that counts, and its arguments.
    """
    spec = start_container(name)
    node = machine(spec, initial={"kind": Kind.REGULAR}).model
    route = spec.ROUTE
    for call in range(2):
        if call:
            node.container_exits()
            node.next_sync()
        begin(node, route)
        node.count_restarts()
        start(node, route)
    node.next_sync_finds_nothing()
    begin(node, route)
    getattr(node, count)(*arguments)
    found: int = node.restart_count
    return found


def begin(node: Any, route: tuple[Phase, ...]) -> None:
    """Everything before the count."""
    if Phase.HANDLER_FOUND in route:
        node.look_up_handler(asked=False)
    for phase in route:
        if phase is Phase.REF_GENERATED:
            node.generate_ref()
        if phase is Phase.IMAGE_READY:
            node.image_is_present()


def start(node: Any, route: tuple[Phase, ...]) -> None:
    """Everything after the count, and all goes well."""
    if node.target is None:
        node.get_target_id(target=Target.NOT_ASKED)
    node.generate_config(cleanup=False)
    if Phase.ACTUATED in route:
        node.set_actuated_resources()
    if Phase.PRE_CREATED in route:
        node.pre_create()
    node.create()
    node.pre_start()
    node.start(logged=True)
    node.link_log(link=Link.MADE)
    node.post_start(asked=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_count_begins_anew_after_a_reboot_only_where_logs_are_not_counted(name: str):
    """kubernetes/kubernetes#99748: the containers are gone, and their logs are not."""
    by_status = version(name).count_rule is CountRule.STATUS
    assert after_a_reboot(name, "count_restarts") == (0 if by_status else 2)


@pytest.mark.parametrize("name", [name for name in NAMES if version(name).count_rule is not CountRule.STATUS])
def test_an_error_loses_the_logs_that_were_not_read(name: str):
    keeps = version(name).count_rule is CountRule.LOG_DIRECTORY_KEEPS
    assert after_a_reboot(name, "log_directory_is_unreadable") == 0
    assert after_a_reboot(name, "log_name_is_too_big", 1) == (1 if keeps else 2)


# what a version has


@pytest.mark.parametrize("name", NAMES)
def test_a_version_has_only_its_own_actions_events_and_errors(name: str):
    row, actions = version(name), {action.name for action in model_of(start_container(name)).actions}
    assert ("look_up_handler" in actions) == (row.handler_look_up is not HandlerLookUp.NONE)
    assert ("generate_ref" in actions) == (row.reference is not ReferenceUse.NONE)
    assert ("get_target_id" in actions) == row.target_id
    assert ("log_directory_is_unreadable" in actions) == (row.count_rule is not CountRule.STATUS)
    assert ("set_actuated_resources" in actions) == row.actuated_resources
    assert ("pre_create" in actions) == row.pre_create
    assert ("pre_start_fails" in actions) == row.pre_start_can_fail
    assert not actions & set(lacks(row))
    assert (Error.POST_START_HOOK in errors_of(row)) == (row.hook_error is HookError.BARE)
    assert (Event.POST_START_FIXED in events_of(row)) == (row.hook_text is HookText.FIXED)
    assert (Event.PRE_CREATE in events_of(row)) == row.pre_create
    assert (Phase.ACTUATED in route_of(row)) == row.actuated_resources


def test_a_part_that_no_version_lacks_or_that_none_has_is_no_part():
    for names in PARTS.values():
        having = {cls.VERSION.name for cls in CLASSES if not set(names) & set(lacks(cls.VERSION))}
        assert having
        assert having != set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_invariants_name_promises_of_every_version(name: str):
    promised = {one.name for one in model_of(start_container(name)).properties}
    assert set(INVARIANTS.values()) <= promised
    assert {"I5", "I6", "I7", "I8", "I10", "I11"} <= INVARIANTS.keys()


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("1.17", "1.17"), ("1.18.6", "1.18"), ("v1.19.3", "1.19"), ("1.20", "1.19"), ("1.20.4", "1.19"),
        ("1.21", "1.21"), ("1.21.5", "1.21"), ("1.21.6", "1.21.6"), ("1.21.14", "1.21.6"), ("1.22", "1.22"),
        ("1.24", "1.22"), ("1.25.10", "1.25"), ("1.26", "1.26"), ("1.28", "1.27"), ("1.30", "1.30"),
        ("1.32.10", "1.32"), ("1.34", "1.33"), ("1.36", "1.35"), ("v1.36.2", "1.35"),
    ],
)  # fmt: skip
def test_a_version_is_of_the_era_that_began_before_it(asked: str, got: str):
    assert start_container(asked).VERSION.name == got
    assert era_of(asked) in ERAS


@pytest.mark.parametrize(
    ("asked", "era"), [("1.20", "1.19"), ("1.21.6", "1.21"), ("1.25", "1.22"), ("1.36", "1.35")]
)
def test_an_era_holds_until_the_next_one(asked: str, era: str):
    assert era_of(asked) == era
    assert issubclass(start_container(asked), start_container(era))


def test_a_version_has_one_class():
    assert start_container("1.25") is start_container("v1.25.10") is not start_container("1.24")


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.", ".18", "1.x", "1.18.x", "1.18.6.1", "v", "vv1.18", "1,18", "1.-18", "1.18-rc.1", "latest",
     " 1.18", "1.18 ", "1.1_8", "1.+18", "1.१८"],
)  # fmt: skip
def test_what_is_no_version_is_told_so(text: str):
    with pytest.raises(ValueError, match=r"is no version of Kubernetes: write it as '1\.21' or '1\.21\.6'"):
        start_container(text)


@pytest.mark.parametrize("text", ["1.16", "1.16.15", "1.0", "0.18", "1.37", "2.0", "v1.99.1"])
def test_what_was_not_read_is_told_so(text: str):
    with pytest.raises(ValueError, match=rf"version {text} is not known: .* from 1\.17 to 1\.36"):
        version(text)


def test_every_row_changes_something_and_says_nothing_twice():
    for before, after in pairwise(VERSIONS):
        changes = CHANGES[after.name]
        assert changes
        assert {name for name in changes if getattr(before, name) == getattr(after, name)} == set()


def test_each_era_has_a_class_of_its_own():
    assert [start_container(era).VERSION.name for era in ERAS] == list(ERAS)
    assert [cls.__name__ for cls in CLASSES] == [f"StartContainer_{name.replace('.', '_')}" for name in NAMES]


# the port has a table of its own, written from the same sources by other means


@pytest.mark.parametrize("row", VERSIONS, ids=str)
def test_the_port_says_the_same_of_a_version(row: Version):
    port = fsm.kubelet.version(row.name)
    k = fsm.kubelet
    filled = {"name": "NAME", "image": '"IMAGE"', "took": "TIME", "size": "SIZE"}
    assert port.created.format(**filled) == row.created_text.value
    assert port.started.format(**filled) == row.started_text.value
    assert port.pulled.format(**filled) == row.pulled_text.value
    assert port.hook_event_tells == (row.hook_text is HookText.DETAILED)
    assert port.hook_error_tells == (row.hook_error is HookError.DETAILED)
    assert port.target == row.target_id
    assert port.pre_create == row.pre_create
    assert port.actuated_resources == row.actuated_resources
    rules = {
        CountRule.STATUS: k.CountRule.ZERO,
        CountRule.LOG_DIRECTORY_KEEPS: k.CountRule.LOGS_LOOSE,
        CountRule.LOG_DIRECTORY_RESETS: k.CountRule.LOGS_STRICT,
    }
    assert port.count_rule is rules[row.count_rule]
    uses = {
        ReferenceUse.STORED: k.ReferenceRule.STORED,
        ReferenceUse.NONE: k.ReferenceRule.NONE,
        ReferenceUse.FOR_PULLER: k.ReferenceRule.FOR_IMAGE,
    }
    assert port.reference is uses[row.reference]


def test_every_text_of_a_version_is_an_event():
    for row in VERSIONS:
        for text in (row.created_text, row.started_text, row.pulled_text, row.hook_text):
            assert event_of(text) in events_of(row)
