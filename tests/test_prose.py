"""Reports and traces in words."""

from dataclasses import replace

import pytest

from fsm.prose import plain, report_text, result_lines, short, summary_text, trace_text
from fsm.remarks import standing
from fsm.verdict import ActionResult, Change, Outcome, PropertyResult, Report, Step, Trace

TRACE = Trace(
    "Lamp",
    (("light", "RED"), ("broken", "False")),
    (
        Step("go", (), (Change("light", "RED", "GREEN"),)),
        Step("smash", (("hard", "True"),), (Change("broken", "False", "True"),), fault=True),
        Step("idle"),
    ),
    "fsm check lamp.py::Lamp --property shines",
)

HOLDS = PropertyResult("shines", "always", Outcome.HOLDS, doc="It shines.")
VIOLATED = PropertyResult("shines", "always", Outcome.VIOLATED, trace=TRACE, doc="It shines.")
FINDING = PropertyResult("whole", "always", Outcome.VIOLATED, finding="it breaks", trace=TRACE)
GONE = PropertyResult("old", "always", Outcome.HOLDS, finding="it broke")
UNKNOWN = PropertyResult("far", "always", Outcome.UNKNOWN, reason="exploring ended early (max_states=5)")
WITNESS = PropertyResult("green", "sometimes", Outcome.HOLDS, trace=TRACE)
VACUOUS = PropertyResult("calm", "leads_to", Outcome.HOLDS, vacuous="its premise is never true")
NEVER = PropertyResult("pink", "sometimes", Outcome.VIOLATED, arguments=(("c", "A"),))


def report(*results: PropertyResult, faulty: bool = True, **given: object) -> Report:
    sizes = {
        "states": 1234, "transitions": 1, "initial": 1, "depth": 2, "faults": int(faulty), "bounded": 0,
        "exhaustive": True, "stopped": "", "seconds": 0.125,
    }  # fmt: skip
    actions = (ActionResult("go", 3), ActionResult("smash", 1, fault=faulty), ActionResult("nap", 0))
    return Report("Lamp", **{**sizes, **given}, properties=results, actions=actions, doc="A lamp.")  # type: ignore[arg-type]


def text(made: Report, detail: int = 0) -> str:
    return "\n".join(map(plain, report_text(made, detail)))


def test_a_whole_report_reads_like_this() -> None:
    assert text(report(HOLDS, FINDING, WITNESS, VIOLATED, NEVER, GONE, UNKNOWN)) == (
        "Lamp  A lamp.\n"
        "  1,234 states, 1 transition, depth 2, up to 1 fault needed  (0.12 s)\n"
        "  all explored, under any number of faults\n"
        "  holds     shines\n"
        "  finding   whole   it breaks (after 3 steps with 1 fault)\n"
        "  witnessed green   after 3 steps with 1 fault\n"
        "  violated  shines  after 3 steps with 1 fault\n"
        "            It shines.\n"
        "         0. light=RED  broken=False\n"
        "         1. go                       light: RED → GREEN\n"
        "         2. fault: smash(hard=True)  broken: False → True\n"
        "         3. idle\n"
        "            $ fsm check lamp.py::Lamp --property shines\n"
        "\n"
        "  violated  pink    no reachable state satisfies it, for c=A\n"
        "  gone      old     this finding no longer happens, take `finding=` out: it broke\n"
        "  unknown   far     exploring ended early (max_states=5)\n"
        "  never enabled: nap"
    )


def test_a_printed_report_is_the_same() -> None:
    made = report(HOLDS, VIOLATED)
    assert str(made) == text(made)
    assert str(TRACE).splitlines()[-1] == "     $ fsm check lamp.py::Lamp --property shines"


def test_a_quiet_report_names_only_what_is_not_as_it_should_be() -> None:
    quiet = text(report(HOLDS, FINDING, WITNESS, VIOLATED, UNKNOWN), -1)
    assert "violated  shines" in quiet
    assert "unknown   far" in quiet
    assert not any(word in quiet for word in ("holds", "finding", "witnessed"))


def test_a_verbose_report_shows_every_trace_and_count() -> None:
    told = text(report(HOLDS, FINDING, WITNESS), 1)
    assert told.count("2. fault: smash(hard=True)") == 2
    assert "It shines." in told
    assert "smash  enabled 1 time  fault" in told
    assert "nap    enabled 0 times" in told


def test_faults_are_spoken_of_only_where_there_are_any() -> None:
    assert "fault" not in text(report(HOLDS, faulty=False))
    calm = PropertyResult("a", "always", Outcome.VIOLATED, trace=Trace("Lamp", (), TRACE.steps[:1]))
    assert "after 1 step without a fault" in text(report(calm))
    assert "after 1 step\n" in text(report(calm, faulty=False))


def test_what_was_not_explored_is_said_at_the_top() -> None:
    made = report(UNKNOWN, exhaustive=False, stopped="exploring ended early (timeout=1s)", initial=2)
    assert "2 initial states" in text(made)
    assert "not all explored, so unknown: exploring ended early (timeout=1s)" in text(made)
    assert "all explored, under" not in text(made)
    assert "not enabled in what was explored: nap" in text(made)


def test_the_specs_own_bounds_are_named() -> None:
    assert "within the spec's own bounds (7 steps beyond a `limit` not followed)" in text(
        report(HOLDS, bounded=7)
    )


def test_notes_are_shown() -> None:
    assert "  note: it is slow" in text(report(HOLDS, notes=("it is slow",)))


def test_each_kind_of_violation_says_what_its_trace_shows() -> None:
    for kind, words in (
        ("recoverable", "out of reach at the end of this"),
        ("never_stuck", "nothing is enabled at the end of this"),
        ("sometimes", "no reachable state satisfies it"),
    ):
        result = PropertyResult("p", kind, Outcome.VIOLATED, trace=TRACE)
        assert words in next(iter(result_lines(result)))


def test_a_violated_initial_state_is_shown_although_it_is_long() -> None:
    parts = tuple((f"variable_{number}", "VALUE") for number in range(30))
    alone = [plain(line) for line in trace_text(Trace("S", parts, ()))]
    assert alone[0].startswith("  0. variable_0=VALUE")
    assert all(len(line) < 110 for line in alone)
    assert sum(line.count("=VALUE") for line in alone) == 30
    followed = Trace("S", parts, TRACE.steps)
    assert next(map(plain, trace_text(followed))).startswith("  1. go")
    assert next(map(plain, trace_text(followed, whole=True))).startswith("  0. variable_0")


def test_a_very_long_event_does_not_push_the_others_aside() -> None:
    long = Step("act", (("x", "Y" * 80),), (Change("a", "0", "1"),))
    first, second = (plain(line) for line in trace_text(Trace("S", (), (long, TRACE.steps[0]))))
    assert first.endswith(")  a: 0 → 1")
    assert len(second) < 80


def test_a_step_that_changes_much_takes_several_lines() -> None:
    changes = tuple(Change(f"variable_{number}", "OLD", "NEW") for number in range(9))
    lines = [plain(line) for line in trace_text(Trace("S", (), (Step("act", (), changes), Step("go"))))]
    assert lines[0].startswith("  1. act  variable_0: OLD → NEW  variable_1")
    assert lines[1].startswith("          variable_3: OLD → NEW")
    assert lines[-1] == "  2. go"
    assert max(map(len, lines)) <= 96
    assert sum(line.count("OLD → NEW") for line in lines) == 9


def test_the_summary_counts_and_points_at_the_shortest_violation() -> None:
    short_one = PropertyResult("near", "always", Outcome.VIOLATED, trace=Trace("L", (), ()), place="a.py:3")
    lines = [plain(line) for line in summary_text([report(HOLDS, FINDING, VIOLATED), report(short_one)], 2)]
    assert lines == [
        "2 specs: 1 holds, 1 finding as stated, 2 violated, 2 mistakes  (0.25 s)",
        "look first at near (a.py:3)",
    ]


def test_the_summary_says_that_unknown_is_no_pass_and_what_was_left_out() -> None:
    lines = [plain(line) for line in summary_text([report(HOLDS, UNKNOWN)], left=["Other"])]
    assert lines == [
        "1 spec: 1 holds, 1 unknown  (0.12 s)",
        "not checked: Other",
        "unknown is no pass: exploring ended early (max_states=5)",
    ]


def test_the_summary_of_nothing_is_nothing_much() -> None:
    assert [plain(line) for line in summary_text([], 1)] == ["0 specs: 1 mistake  (0.00 s)"]


def test_each_verdict_has_one_word() -> None:
    results = (HOLDS, VIOLATED, FINDING, GONE, UNKNOWN, WITNESS, NEVER, VACUOUS)
    words = ["holds", "violated", "finding", "gone", "unknown", "witnessed", "violated", "vacuous"]
    assert [standing(result) for result in results] == words


def test_a_path_is_shown_from_here() -> None:
    from pathlib import Path

    assert short(Path.cwd() / "a" / "b.py") == "a/b.py"
    assert short("/elsewhere/b.py:3") == "/elsewhere/b.py:3"


@pytest.mark.parametrize(
    ("loop", "marks", "end"),
    [
        (0, "┌│└", "loop back to the beginning"),
        (1, " ┌└", "loop back to the state after step 1"),
        (2, "  ↻", "loop back to the state after step 2"),
        (3, "   ", "stays there for ever"),
    ],
)
def test_a_loop_is_bracketed_and_the_last_line_says_where_it_leads(loop: int, marks: str, end: str) -> None:
    lines = [plain(line) for line in trace_text(replace(TRACE, loop=loop))]
    assert [line[0] for line in lines] == [" ", *marks, " ", " "]
    assert [line[2:] for line in lines[:4]] == [plain(line) for line in trace_text(TRACE)][:4]
    assert [line.strip() for line in lines[4:]] == [end, f"$ {TRACE.command}"]


def test_the_bracket_of_a_loop_runs_along_every_row_of_a_step() -> None:
    changes = tuple(Change(f"variable_{number}", "OLD", "NEW") for number in range(9))
    lines = [plain(line) for line in trace_text(Trace("S", (), (Step("act", (), changes),), loop=0))]
    assert [line[0] for line in lines] == ["┌", "│", "└", " "]


def test_a_run_that_never_begins_stays() -> None:
    assert [plain(line) for line in trace_text(Trace("S", (("on", "False"),), (), loop=0))] == [
        "    0. on=False",
        "       stays there for ever",
    ]


def test_what_was_assumed_stands_under_a_violation_and_under_everything_on_demand() -> None:
    loop = replace(TRACE, loop=1)
    bad = PropertyResult(
        "served", "recurs", Outcome.VIOLATED, trace=loop, fair=("weak go",), advice=("strong go",)
    )
    fine = PropertyResult("calm", "recurs", Outcome.HOLDS, fair=("weak idle",))
    told = text(report(bad, fine))
    assert (
        "            assumed fair: weak go\n            it would hold if this were fair: strong go\n" in told
    )
    assert "weak idle" not in told
    assert "  holds     calm\n            assumed fair: weak idle\n" in text(report(bad, fine), 1)


def test_many_assumptions_are_wrapped_and_the_rest_counted() -> None:
    fair = tuple(f"weak enter(who=MEMBER_{number})" for number in range(40))
    lines = text(report(PropertyResult("served", "recurs", Outcome.VIOLATED, fair=fair))).splitlines()
    rows = [line for line in lines if "weak" in line]
    assert len(rows) == 4
    assert rows[-1].endswith("weak enter(who=MEMBER_11), and 28 more")
    assert max(map(len, rows)) <= 110
    assert "MEMBER_39" in text(report(PropertyResult("served", "recurs", Outcome.HOLDS, fair=fair)), 1)


def test_what_is_vacuous_is_told_with_what_to_do_and_counted() -> None:
    assert "  vacuous   calm  its premise is never true; say `waiver=` if that is right" in text(
        report(VACUOUS)
    )
    lines = [plain(line) for line in summary_text([report(HOLDS, VACUOUS)])]
    assert lines == ["1 spec: 1 holds, 1 vacuous  (0.12 s)", "look first at calm"]


def test_a_violation_is_to_be_looked_at_before_what_is_vacuous() -> None:
    assert plain(list(summary_text([report(VACUOUS, VIOLATED)]))[-1]) == "look first at shines"


def test_a_waiver_is_shown_on_demand() -> None:
    waived = replace(VACUOUS, waiver="the fault is not modelled yet")
    assert text(report(waived)).splitlines()[-2] == "  holds     calm"
    assert "waived: the fault is not modelled yet (its premise is never true)" in text(report(waived), 1)


def test_a_verdict_that_a_test_fails_with_tells_the_loop_too() -> None:
    bad = PropertyResult("served", "eventually", Outcome.VIOLATED, trace=replace(TRACE, loop=3))
    assert "stays there for ever" in "\n".join(result_lines(bad))
