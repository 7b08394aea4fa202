"""Reports and traces as data."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import action, always, check, spec, var
from fsm.errors import Violation
from fsm.verdict import ActionResult, Change, Outcome, PropertyResult, Report, Step, Trace

texts = st.text(max_size=5)
pairs = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
steps = st.builds(Step, texts, pairs, st.lists(st.builds(Change, texts, texts, texts), max_size=2).map(tuple))
traces = st.builds(Trace, texts, pairs, st.lists(steps, max_size=3).map(tuple), texts).flatmap(
    lambda trace: st.builds(replace, st.just(trace), loop=st.none() | st.integers(0, len(trace)))
)
results = st.builds(
    PropertyResult,
    texts,
    texts,
    st.sampled_from(Outcome),
    texts,
    texts,
    pairs,
    st.none() | traces,
    texts,
    texts,
    *[st.lists(texts, max_size=2).map(tuple)] * 2,
    texts,
    texts,
)
counts = st.integers(0, 10**12)
reports = st.builds(
    Report, texts, counts, counts, counts, counts, counts, counts, st.booleans(), texts, st.floats(0, 10),
    st.lists(results, max_size=3).map(tuple),
    st.lists(st.builds(ActionResult, texts, counts, st.booleans(), texts), max_size=2).map(tuple),
    st.lists(texts, max_size=2).map(tuple), texts, texts,
)  # fmt: skip


@given(reports)
def test_a_report_survives_json(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report
    assert json.loads(report.to_json())["schema"] == 1


@given(traces)
def test_a_trace_survives_json(trace: Trace) -> None:
    assert Trace.from_json(trace.to_json()) == trace


@spec
class Switch:
    on: bool = False
    times: int = var(range(3), 0)

    @action
    def flip(self, hard: bool) -> None:
        self.on = not self.on
        self.times = min(self.times + 1, 2)

    @always
    def stays_off(self) -> bool:
        return not self.on


REPORT = check(Switch)
FOREIGN = {
    "not JSON": "it is not JSON",
    "[1, 2]": "wants the fields",
    '{"schema": 1}': "wants the fields",
    '"text"': "wants the fields",
}


@pytest.mark.parametrize(("text", "why"), FOREIGN.items())
@pytest.mark.parametrize("kind", [Report, Trace])
def test_foreign_json_is_refused(kind: type[Report] | type[Trace], text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        kind.from_json(text)


@pytest.mark.parametrize("kind", [Report, Trace])
def test_json_of_another_schema_is_refused(kind: type[Report] | type[Trace]) -> None:
    thing = REPORT if kind is Report else REPORT["stays_off"].trace
    data = json.loads(thing.to_json())
    with pytest.raises(ValueError, match="has schema 2, and this version reads schema 1"):
        kind.from_json(json.dumps({**data, "schema": 2}))
    with pytest.raises(ValueError, match="has schema None"):
        kind.from_json(json.dumps({name: value for name, value in data.items() if name != "schema"}))


def test_json_with_a_wrong_part_is_refused() -> None:
    data = json.loads(REPORT.to_json())
    for wrong in (
        {**data, "properties": [{"name": "x"}]},
        {**data, "actions": [{"size": 3}]},
        {**data, "surplus": 1},
        {**data, "properties": [{**data["properties"][0], "outcome": "perhaps"}]},
        {**data, "properties": [{**data["properties"][0], "trace": {"steps": [1]}}]},
    ):
        with pytest.raises(ValueError, match="of schema 1"):
            Report.from_json(json.dumps(wrong))


def test_nothing_here_has_a_truth_value() -> None:
    with pytest.raises(TypeError, match="a report is no bool"):
        bool(REPORT)
    with pytest.raises(TypeError, match="a verdict is no bool"):
        bool(REPORT["stays_off"])


def result(outcome: Outcome, finding: str = "") -> PropertyResult:
    return PropertyResult("it", "always", outcome, finding)


HOLDS, VIOLATED, UNKNOWN = Outcome


@pytest.mark.parametrize(
    ("outcome", "finding", "expected"),
    [
        (HOLDS, "", True), (VIOLATED, "", False), (UNKNOWN, "", None),
        (HOLDS, "known", False), (VIOLATED, "known", True), (UNKNOWN, "known", None),
    ],
)  # fmt: skip
def test_a_finding_turns_round_what_is_expected(
    outcome: Outcome, finding: str, expected: bool | None
) -> None:
    assert result(outcome, finding).expected is expected


def test_what_asks_nothing_is_not_as_expected_unless_it_is_waived() -> None:
    empty = replace(result(HOLDS), vacuous="nobody ever waits")
    assert empty.expected is False
    assert replace(empty, waiver="nobody waits yet").expected is True
    assert replace(empty, outcome=UNKNOWN).expected is None


@pytest.mark.parametrize("loop", [-1, 3, "1", True, 0.5])
def test_a_loop_that_begins_nowhere_is_refused(loop: object) -> None:
    data = {**json.loads(Trace("S", (), (Step("go"), Step("go"))).to_json()), "loop": loop}
    with pytest.raises(ValueError, match=f"the loop begins after {loop!r} of 2 steps"):
        Trace.from_json(json.dumps(data))


@pytest.mark.parametrize(
    ("outcomes", "stopped", "code"),
    [
        ([HOLDS], "", 0),
        ([HOLDS, VIOLATED], "", 1),
        ([HOLDS, UNKNOWN], "exploring ended early (timeout=1s)", 3),
        ([VIOLATED, UNKNOWN], "exploring ended early (timeout=1s)", 1),
        ([UNKNOWN], "interrupted", 130),
        ([VIOLATED, UNKNOWN], "interrupted", 1),
        ([], "", 0),
    ],
)
def test_the_exit_code_says_the_worst(outcomes: list[Outcome], stopped: str, code: int) -> None:
    report = replace(REPORT, properties=tuple(map(result, outcomes)), stopped=stopped)
    assert report.exit_code == code


def test_asserting_raises_unless_everything_is_as_expected() -> None:
    replace(REPORT, properties=(result(HOLDS), result(VIOLATED, "known"))).assert_holds()
    for outcome in (VIOLATED, UNKNOWN):
        with pytest.raises(Violation, match="Switch"):
            replace(REPORT, properties=(result(outcome),)).assert_holds()
    assert issubclass(Violation, AssertionError)


def test_a_report_is_asked_by_the_name_of_a_property() -> None:
    assert REPORT["never_stuck"].outcome is HOLDS
    with pytest.raises(KeyError):
        REPORT["no_such"]


def test_a_trace_tells_only_what_changed() -> None:
    trace = REPORT["stays_off"].trace
    assert trace is not None
    assert trace.initial == (("on", "False"), ("times", "0"))
    assert (len(trace), trace.faults) == (1, 0)
    assert trace.steps[0].label == "flip(hard=False)"
    assert [(change.path, change.old, change.new) for change in trace.steps[0].changes] == [
        ("on", "False", "True"),
        ("times", "0", "1"),
    ]


def test_generated_counts_initial_states_too() -> None:
    assert (REPORT.states, REPORT.transitions, REPORT.generated) == (4, 8, 9)
