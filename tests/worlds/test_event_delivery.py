"""The delivery of events: its verdicts in both eras, the published bugs step by step, and its changes."""

from functools import cache
from pathlib import Path

import pytest

import specs.kubelet
from fsm import check, machine
from fsm.verdict import Outcome, Report
from specs.kubelet.event_correlator import BURST, TRIES
from specs.kubelet.event_delivery import EventDelivery_1_17, EventDelivery_1_21
from specs.kubelet.event_lines import EVENTS, Line, Text
from specs.kubelet.event_recorder import Phase
from tests.worlds.mutations import ERROR, Mutation, changed_together, sampled, shown
from tests.worlds.reports import report_of

FOLDER = Path(specs.kubelet.__file__).parent
PARTS = ("lines", "recorder", "correlator", "sink", "promises", "delivery")
FILES = [FOLDER / f"event_{part}.py" for part in PARTS]
ERAS = [EventDelivery_1_17, EventDelivery_1_21]

report = report_of

# findings, each with the faults that it needs
BOTH = {
    "every_emitted_event_is_seen": 0,
    "no_event_is_filtered_as_spam": 0,
    "a_failed_write_is_tried_again": TRIES,
    "a_rejected_write_is_tried_again": 1,
    "started_is_seen_after_created": 0,
    "who_sees_started_sees_created": 0,
    "a_combined_line_is_named_in_order": 0,
    "every_seen_event_keeps_its_time": 0,
    "a_count_tells_how_often": 0,
    "the_last_line_tells_the_truth": 0,
    "a_started_container_is_seen_started": 0,
}
FINDINGS = {
    EventDelivery_1_17: {
        **BOTH, "seen_order_is_emission_order": 0, "a_merged_line_is_named_after_its_first_event": 0,
    },
    EventDelivery_1_21: {**BOTH, "no_event_is_dropped_by_a_full_queue": 0},
}  # fmt: skip


def steps(found: Report, name: str) -> list[str]:
    trace = found[name].trace
    assert trace is not None
    return [step.action for step in trace.steps]


@pytest.mark.parametrize("cls", ERAS, ids=lambda cls: cls.__name__)
def test_every_era_is_as_expected_and_every_action_is_taken(cls: type) -> None:
    found = report(cls)
    found.assert_holds()
    assert found.never_enabled == ()
    assert found.exhaustive


@pytest.mark.parametrize("cls", ERAS, ids=lambda cls: cls.__name__)
def test_the_findings_are_these_and_need_so_many_faults(cls: type) -> None:
    violated = {one.name: one.trace for one in report(cls).properties if one.outcome is Outcome.VIOLATED}
    assert {name: trace.faults for name, trace in violated.items() if trace} == FINDINGS[cls]


# the published bugs


def settle(pod: object, **place: int) -> None:
    """Deliver what is on its way."""
    while pod.on_way:  # type: ignore[attr-defined]
        pod.correlate(**place, forget=None)  # type: ignore[attr-defined]
        if pod.writing is not None:  # type: ignore[attr-defined]
            pod.write()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("cls", "place"), [(EventDelivery_1_17, {"place": 0}), (EventDelivery_1_21, {})])
def test_failures_empty_the_bucket_and_a_running_pod_is_seen_failing_67887(cls: type, place: dict) -> None:
    """An image that is missing, until events have used up the tokens; then it is loaded, and the pod runs."""
    pod = machine(cls).model
    for _ in range(BURST):
        pod.attempt_fails()
        settle(pod, **place)
    pod.create()
    pod.start()
    settle(pod, **place)
    assert pod.phase is Phase.RUNNING
    assert [text for text in Text if pod.lines[text] is not None] == [Text.NO_IMAGE]
    assert pod.lines[Text.NO_IMAGE] == Line(name=0, last=1, count=2)


def test_if_tokens_come_back_in_time_both_are_seen_67887() -> None:
    pod = machine(EventDelivery_1_21).model
    pod.attempt_fails()
    settle(pod)
    pod.five_minutes_pass()
    pod.create()
    pod.start()
    settle(pod)
    assert all(pod.seen[number] for number in range(3))


def test_another_container_of_the_pod_takes_the_tokens_122904() -> None:
    assert steps(report(EventDelivery_1_21), "no_event_is_filtered_as_spam") == [
        *["another_container_takes_a_token"] * BURST, "create", "correlate",
    ]  # fmt: skip


def test_up_to_1_20_started_overtakes_created_and_since_1_21_it_takes_a_lost_created() -> None:
    trace = report(EventDelivery_1_17)["started_is_seen_after_created"].trace
    assert trace is not None
    assert [step.label for step in trace.steps] == [
        "create", "start", "correlate(place=1, forget=None)", "write",
    ]  # fmt: skip
    assert steps(report(EventDelivery_1_21), "started_is_seen_after_created")[BURST:] == [
        "create", "correlate", "five_minutes_pass", "start", "correlate", "write",
    ]  # fmt: skip
    assert report(EventDelivery_1_21)["seen_order_is_emission_order"].outcome is Outcome.HOLDS


def test_a_full_queue_drops_what_comes_since_1_21() -> None:
    assert steps(report(EventDelivery_1_21), "no_event_is_dropped_by_a_full_queue") == [
        "create",
        "start",
        "kill",
    ]
    assert report(EventDelivery_1_17)["no_event_is_dropped_by_a_full_queue"].outcome is Outcome.HOLDS


def test_what_is_filtered_is_counted_with_the_next_one_that_is_not() -> None:
    pod = machine(EventDelivery_1_21).model
    for _ in range(BURST):
        pod.another_container_takes_a_token()
    pod.create()
    pod.start_fails()
    settle(pod)
    assert all(pod.lines[text] is None for text in Text)
    pod.five_minutes_pass()
    pod.create()
    settle(pod)
    assert pod.lines[Text.CREATED] == Line(name=0, last=2, count=2)


def test_a_lost_reply_writes_nothing_twice() -> None:
    pod = machine(EventDelivery_1_21).model
    pod.create()
    pod.correlate(forget=None)
    pod.reply_is_lost()
    pod.write()
    assert pod.lines[Text.CREATED] == Line(name=0, last=0, count=1)


def test_similar_events_are_combined_under_a_name_of_their_own() -> None:
    pod = machine(EventDelivery_1_21).model
    pod.attempt_fails()
    settle(pod)
    pod.create()
    settle(pod)
    pod.five_minutes_pass()
    pod.start_fails()
    pod.correlate(forget=Text.NO_IMAGE)
    pod.write()
    assert pod.lines[Text.COMBINED] == Line(name=5, last=2, count=1)
    assert pod.similar == {Text.NO_START}
    assert EVENTS > 3


# changes

MUTATIONS = [
    Mutation(
        "an event is sent twice",
        "            self.on_way += (number,)\n",
        "            self.on_way += (number,)\n        if len(self.on_way) < QUEUE:\n"
        "            self.on_way += (number,)\n",
        ERROR,
    ),
    Mutation(
        "the last comes first",
        "        self.take(0, forget)",
        "        self.take(max(len(self.on_way) - 1, 0), forget)",
        "seen_order_is_emission_order",
    ),
    Mutation(
        "a full queue is made longer by one",
        "        if len(self.on_way) < QUEUE:\n            self.on_way += (number,)\n",
        "        limit(len(self.on_way) < QUEUE)\n        self.on_way += (number,)\n",
        "no_event_is_dropped_by_a_full_queue",
    ),
    Mutation(
        "nothing is filtered",
        "        if self.tokens > 0:\n            self.tokens -= 1\n            self.writing",
        "        if True:\n            self.writing",
        "no_event_is_filtered_as_spam",
    ),
    Mutation(
        "a token lasts for ever",
        "        if self.tokens > 0:\n            self.tokens -= 1\n            self.writing",
        "        if self.tokens > 0:\n            self.writing",
        "",
    ),
    Mutation(
        "filtered before it is counted",
        "        self.count(line, number)\n        if self.tokens > 0:\n            self.tokens -= 1\n",
        "        if self.tokens > 0:\n            self.count(line, number)\n            self.tokens -= 1\n",
        "a_line_is_made_with_a_count_of_two",
    ),
    Mutation(
        "equal events are not counted",
        "Counted(before.name, before.count + 1)",
        "Counted(before.name, before.count)",
        "a_count_is_at_least_what_was_seen",
    ),
    Mutation(
        "equal events are counted twice",
        "Counted(before.name, before.count + 1)",
        "Counted(before.name, min(before.count + 2, len(self.emitted)))",
        "nothing_is_seen_that_was_not_emitted",
    ),
    Mutation(
        "the first is counted as two",
        "            self.counted[line] = Counted(name, 1)",
        "            self.counted[line] = Counted(name, 2)",
        ERROR,
    ),
    Mutation(
        "a line takes the name of the last",
        "Counted(before.name, before.count + 1)",
        "Counted(2 * number, before.count + 1)",
        "a_merged_line_is_named_after_its_first_event",
    ),
    Mutation(
        "an event is named when it is taken",
        "2 * self.total - 1 if line is Text.COMBINED else 2 * number",
        "2 * self.total - 1",
        "a_single_event_is_named_by_its_time",
    ),
    Mutation(
        "nothing is combined",
        "        if len(similar) < SIMILAR:\n",
        "        if True:\n",
        "every_line_is_seen",
    ),
    Mutation(
        "nothing is forgotten", "        if self.idle:\n            self.similar = frozenset()\n", "", ""
    ),
    Mutation(
        "a rejected write is tried again",
        "        require(self.writing is not None and not self.written)\n        self.writing = None\n",
        "        require(self.writing is not None and not self.written)\n        self.tries = 0\n",
        "a_rejected_write_is_tried_again",
    ),
    Mutation(
        "a failed write is given up at once",
        "        if self.tries + 1 < TRIES:\n",
        "        if False:\n",
        "a_failed_write_is_tried_again",
    ),
    Mutation(
        "a failed write is tried for ever",
        "            self.writing, self.tries = None, 0\n",
        "            pass\n",
        "a_failed_write_is_tried_again",
    ),
    Mutation(
        "what is written again is counted again",
        "    def store(self) -> None:",
        "    def store(self) -> None:\n"
        "        self.store_once()\n"
        "        if self.writing is not None and self.written:\n"
        "            was = self.counted[self.writing.line]\n"
        "            if was is not None and was.count < EVENTS:\n"
        "                again = Line(was.name, self.writing.number, was.count + 1)\n"
        "                self.lines[self.writing.line] = again\n\n"
        "    def store_once(self) -> None:",
        "nothing_is_seen_that_was_not_emitted",
    ),
    Mutation("a failed start says nothing", "        self.emit(Text.NO_START)\n", "", "every_line_is_seen"),
    Mutation("a kill says nothing", "        self.emit(Text.KILLING)\n", "", "every_line_is_seen"),
    Mutation(
        "`Created` comes after `Started`",
        "        self.emit(Text.CREATED)\n        self.phase",
        "        self.emit(Text.STARTED)\n        self.phase",
        "every_line_is_seen",
    ),
    Mutation(
        "a failed attempt leaves a running container",
        "        self.emit(Text.NO_IMAGE)\n",
        "        self.emit(Text.NO_IMAGE)\n        self.phase = Phase.RUNNING\n",
        "the_last_line_tells_the_truth_if_all_is_seen",
    ),
]

# A combined event that is named by its time takes four events to be noticed: a test of its own, below.
# "a token lasts for ever": other containers still empty the bucket, so every finding is found without it.
# "nothing is forgotten": an event that is combined though ten minutes have passed is no worse than another.

SMALL = [Mutation("three events", "EVENTS = 4", "EVENTS = 3", "")]


@cache
def shown_as_it_is(name: str) -> frozenset[tuple[str, int]]:
    with changed_together(FILES, SMALL) as module:
        return shown(vars(module)[name])


@pytest.mark.parametrize("mutation", sampled(MUTATIONS), ids=str)
def test_a_change_is_noticed_by_a_property(mutation: Mutation) -> None:
    as_it_is = shown_as_it_is("EventDelivery_1_21")
    assert (ERROR, 0) not in as_it_is
    with changed_together(FILES, [*SMALL, mutation]) as module:
        told = {one for one, _ in shown(module.EventDelivery_1_21) ^ as_it_is}
    assert (mutation.noticed_by in told) if mutation.noticed_by else (told == set()), sorted(told)


def test_a_combined_event_that_is_named_by_its_time_is_noticed_with_four_events() -> None:
    made = "2 * self.total - 1 if line is Text.COMBINED else 2 * number"
    mutation = Mutation("named by its time", made, "2 * number", "a_combined_line_is_named_in_order")
    with changed_together(FILES, [mutation]) as module:
        found = check(module.EventDelivery_1_21, properties=[mutation.noticed_by], max_faults=0)
    assert found[mutation.noticed_by].outcome is not Outcome.VIOLATED
