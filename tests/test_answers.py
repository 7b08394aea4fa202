"""Arguments that the implementation chooses: whatever the spec allows is right, and nothing else is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import SkipTest

import pytest

from fsm import AnyOf, action, conform, limit, model_of, require, spec, var
from fsm.errors import AdapterError, NonConformance
from fsm.journey import Journey
from fsm.suite import Suite
from fsm.verdict import Trace
from fsm.walks import walk

Phase = Enum("Phase", "FREE HELD BROKEN")
Reply = Enum("Reply", "OK REFUSED BUSY")


@spec
class Lock:
    """A lock of a server, which may refuse it, or be too busy to look; it is granted three times at most."""

    phase: Phase = Phase.FREE
    grants: int = var(range(4), 0)

    @action(Phase.FREE, Phase.HELD)
    def acquire(self, again: bool, reply: Reply) -> None:
        require(again == (self.grants > 0))
        if reply is Reply.OK:
            require(self.phase is Phase.FREE and self.grants < 3)
            self.phase = Phase.HELD
            self.grants += 1

    @action(Phase.HELD)
    def release(self, reply: Reply) -> None:
        require(reply is not Reply.REFUSED)
        if reply is Reply.OK:
            self.phase = Phase.FREE

    @action(fault=True)
    def crash(self, reply: Reply) -> None:
        require(reply is not Reply.BUSY)
        if reply is Reply.OK:
            self.phase = Phase.BROKEN


Choose = Callable[[str, "Server"], Reply]


class Server:
    """An implementation and its adapter: it does what is chosen, allowed or not."""

    made: list["Server"]
    choose: Choose

    def __init__(self) -> None:
        self.phase, self.grants = Phase.FREE, 0
        self.calls: list[str] = []
        self.closed = False
        self.made.append(self)

    def acquire(self, again: bool) -> Any:
        reply = self._reply("acquire")
        if reply is Reply.OK:
            self.phase = Phase.HELD
            self.grants += 1
        return {"reply": reply}

    def release(self) -> Any:
        reply = self._reply("release")
        if reply is Reply.OK:
            self.phase = Phase.FREE
        return {"reply": reply}

    def crash(self) -> Any:
        reply = self._reply("crash")
        if reply is Reply.OK:
            self.phase = Phase.BROKEN
        return {"reply": reply}

    def observe(self) -> Mapping[str, Any]:
        return {"phase": self.phase, "grants": self.grants}

    def close(self) -> None:
        self.closed = True

    def _reply(self, name: str) -> Reply:
        self.calls.append(name)
        return type(self).choose(name, self)


def server(choose: Choose, **members: Any) -> type[Server]:
    return type("Server", (Server,), {"made": [], "choose": staticmethod(choose), **members})


def allowed(name: str, at: Server) -> list[Reply]:
    """What the spec allows, in words of its own."""
    if name == "release":
        return [Reply.OK, Reply.BUSY]
    if name == "crash":
        return [Reply.OK, Reply.REFUSED]
    free = at.phase is Phase.FREE and at.grants < 3
    return [Reply.OK, Reply.REFUSED, Reply.BUSY] if free else [Reply.REFUSED, Reply.BUSY]


def generous(name: str, at: Server) -> Reply:
    return allowed(name, at)[0]


def timid(name: str, at: Server) -> Reply:
    return allowed(name, at)[-1]


def once(name: str, at: Server) -> Reply:
    """Grants once, and holds for ever."""
    return generous(name, at) if name == "acquire" else timid(name, at)


def at_random(seed: int) -> Choose:
    random = Random(seed)
    return lambda name, at: random.choice(allowed(name, at))


def suite_of(adapter: Any, spec: Any = Lock, answers: Iterable[str] = ("reply",), **options: Any) -> Suite:
    return conform(spec, adapter, answers=answers, **options).suite  # type: ignore[attr-defined]


def take_all(suite: Suite) -> dict[str, str]:
    """Run every tour, as the tests do; those that were skipped, with the reason."""
    skipped = {}
    for stimulus in suite.stimuli:
        try:
            suite.tour(stimulus.number, {})
        except SkipTest as skip:
            skipped[stimulus.label] = str(skip)
    return skipped


def failure(suite: Suite) -> str:
    with pytest.raises(NonConformance) as error:
        take_all(suite)
    return str(error.value)


# what conforms


@pytest.mark.parametrize(
    ("choose", "covered", "skipped"),
    [
        (generous, 21, []),
        (once, 5, []),
        (timid, 2, ["acquire(again=True)", "release"]),
    ],
)
def test_each_of_several_choices_conforms_and_covers_what_it_chooses(
    choose: Choose, covered: int, skipped: list[str]
) -> None:
    suite = suite_of(server(choose))
    assert list(take_all(suite)) == skipped
    walk(suite, {}, 30, 20)
    coverage = suite.coverage
    assert (coverage.covered, coverage.total) == (covered, suite.graph.transitions)
    assert len(coverage.left) == coverage.total - covered
    assert (
        coverage.note == f"{coverage.total - covered} of 45 transitions: the implementation answers otherwise"
    )


def test_without_answers_the_same_implementations_cannot_be_tested() -> None:
    with pytest.raises(AdapterError, match="unexpected keyword argument 'reply'"):
        conform(Lock, server(generous))


@pytest.mark.parametrize("seed", range(6))
def test_an_implementation_may_answer_now_this_way_and_now_that(seed: int) -> None:
    suite = suite_of(server(at_random(seed)))
    take_all(suite)
    walk(suite, {}, 30, 20)
    coverage = suite.coverage
    assert 4 <= coverage.covered <= coverage.total - len(coverage.left)
    assert all(adapter.closed for adapter in suite.adapter.made)
    assert sum(len(adapter.calls) for adapter in suite.adapter.made) < 1_500


def test_an_answer_that_came_once_is_hoped_for_again() -> None:
    def at_the_second_time(name: str, at: Server) -> Reply:
        waits = name == "acquire" and at.calls.count("acquire") % 2 == 1
        return Reply.REFUSED if waits else generous(name, at)

    suite = suite_of(server(at_the_second_time))
    assert take_all(suite) == {}
    events = suite.model.events
    assert len({state for state, event in suite.covered if events[event].action.name == "release"}) == 3


def test_a_tour_makes_no_call_that_it_does_not_need() -> None:
    adapter = server(generous)
    suite = suite_of(adapter)
    suite.tour(0, {})  # acquire(again=False) is allowed in the first state alone
    assert [one.calls for one in adapter.made] == [["acquire"]]
    suite.tour(2, {})  # release: after each of three grants
    grant = ["acquire", "release"]
    assert [one.calls for one in adapter.made[1:]] == [grant, grant * 2, grant * 3]
    assert all(one.closed for one in adapter.made)


def test_runs_through_many_states_make_fewer_calls_and_cover_the_same() -> None:
    single, chained = suite_of(server(generous)), suite_of(server(generous), most_tours=0)
    for suite in (single, chained):
        take_all(suite)
    assert chained.covered == single.covered
    assert chained.coverage.note.startswith("path covers, ")
    calls = [sum(len(one.calls) for one in suite.adapter.made) for suite in (single, chained)]
    assert calls[1] < calls[0] * 2 / 3


def test_another_answer_than_the_planned_one_is_tried_for_a_few_times_and_then_gone_around() -> None:
    adapter = server(timid)
    suite = suite_of(adapter)
    with pytest.raises(SkipTest):
        suite.tour(2, {})
    assert [one.calls for one in adapter.made] == [["acquire"] * 3]
    with pytest.raises(SkipTest):
        suite.tour(1, {})
    assert len(adapter.made) == 1


def test_a_stimulus_that_no_answers_lead_to_is_skipped_with_the_answer_that_is_missing() -> None:
    skipped = take_all(suite_of(server(timid)))
    assert skipped["release"] == (
        "the implementation's answers lead to no state that allows release: acquire(again=False) would have "
        "to answer reply=OK, and it answers reply=BUSY"
    )


def test_a_stimulus_that_nothing_allows_without_what_is_skipped_says_so() -> None:
    skipped = take_all(suite_of(server(generous), skip=["acquire"]))
    assert skipped["release"] == "no reachable state allows release without acquire"


def test_an_answer_that_is_left_out_was_not_seen_and_the_state_may_tell() -> None:
    quiet = {name: lambda self, name=name, **inputs: getattr(Server, name)(self, **inputs) and None
             for name in ("acquire", "release", "crash")}  # fmt: skip
    suite = suite_of(server(generous, **quiet))
    assert take_all(suite) == {}
    told = {suite.model.events[event].label for _, event in suite.covered}
    assert told == {"acquire(again=False, reply=OK)", "acquire(again=True, reply=OK)", "release(reply=OK)",
                    "crash(reply=OK)"}  # fmt: skip


def test_an_answer_may_be_one_of_several() -> None:
    def acquire(self: Server, again: bool) -> Any:
        return {"reply": AnyOf((Reply.BUSY, Server.acquire(self, again)["reply"]))}

    assert take_all(suite_of(server(generous, acquire=acquire))) == {}
    blind = suite_of(server(generous, acquire=lambda self, again: {"reply": AnyOf((Reply.OK,))}))
    assert "phase   HELD       FREE" in failure(blind)


def test_what_is_returned_beside_an_answer_is_seen_of_the_state() -> None:
    wrong = server(generous, release=lambda self: {**Server.release(self), "grants": 0})
    assert "grants  1          0" in failure(suite_of(wrong))


# what does not


@dataclass(frozen=True)
class Mutant:
    """One thing that is answered, or done, against the spec."""

    name: str
    choose: Choose
    program: str
    told: str
    members: dict[str, Any] = field(default_factory=dict)


def changed(action: str, reply: Reply, when: Callable[[Server], bool] = lambda at: True) -> Choose:
    return lambda name, at: reply if name == action and when(at) else generous(name, at)


def forgotten(self: Server, again: bool) -> Any:
    return {"reply": Server._reply(self, "acquire")}


MUTANTS = [
    Mutant(
        "a release is refused", changed("release", Reply.REFUSED),
        "adapter.release()   # reply=REFUSED   # <- here", "reply  OK or BUSY  REFUSED",
    ),
    Mutant(
        "a lock is granted twice", changed("acquire", Reply.OK, lambda at: at.phase is Phase.HELD),
        "adapter.acquire(again=True)   # reply=OK   # <- here", "reply  REFUSED or BUSY  OK",
    ),
    Mutant(
        "a lock is granted a fourth time", changed("acquire", Reply.OK, lambda at: at.grants == 3),
        "adapter.acquire(again=True)   # reply=OK   # <- here", "reply  REFUSED or BUSY  OK",
    ),
    Mutant(
        "a crash is not heard of", changed("crash", Reply.BUSY),
        "adapter.crash()   # reply=BUSY   # <- here", "reply  OK or REFUSED  BUSY",
    ),
    Mutant(
        "a lock is granted and not held", generous,
        "adapter.acquire(again=False)   # reply=OK   # <- here", "phase   HELD       FREE",
        {"acquire": forgotten},
    ),
    Mutant(
        "a release is said to have been too busy", generous,
        "adapter.release()   # reply=BUSY   # <- here", "phase  HELD       FREE",
        {"release": lambda self: Server.release(self) and {"reply": Reply.BUSY}},
    ),
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_the_spec_does_not_allow_is_caught_with_the_action_and_the_answer(mutant: Mutant) -> None:
    text = failure(suite_of(server(mutant.choose, **mutant.members)))
    assert f"    {mutant.program}\n" in text
    assert mutant.told in text


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_walks_catch_it_too_and_make_it_short(mutant: Mutant) -> None:
    with pytest.raises(NonConformance) as error:
        walk(suite_of(server(mutant.choose, **mutant.members)), {}, 3000, 20)
    assert mutant.told in str(error.value)
    assert str(error.value).count("adapter.") <= 6


def test_the_program_says_what_was_answered_at_each_step() -> None:
    wrong = changed("acquire", Reply.OK, lambda at: at.phase is Phase.HELD)
    assert (
        failure(suite_of(server(wrong)))
        == """\
Lock: the implementation does not conform

    adapter = Server()
    adapter.acquire(again=False)   # reply=OK
    adapter.acquire(again=True)   # reply=OK   # <- here

         specified        observed
  reply  REFUSED or BUSY  OK"""
    )


def test_several_answers_that_are_possible_but_not_together_are_told_together() -> None:
    @spec
    class Twice:
        on: bool = False

        @action
        def ask(self, ok: bool, reply: Reply) -> None:
            require(ok == (reply is Reply.OK))

    class Odd:
        ask = staticmethod(lambda: {"ok": True, "reply": Reply.BUSY})
        observe = staticmethod(dict)

    text = failure(suite_of(Odd, Twice, ("ok", "reply")))
    assert text.endswith("ok, reply  False, REFUSED or False, BUSY or True, OK  True, BUSY")


def test_a_failure_on_a_way_that_was_not_straight_is_shown_by_a_straight_one() -> None:
    def stubborn(name: str, at: Server) -> Reply:
        first = name == "acquire" and len(at.made) == 1 and len(at.calls) < 3
        return Reply.REFUSED if name == "release" else Reply.BUSY if first else generous(name, at)

    suite = suite_of(server(stubborn))
    with pytest.raises(NonConformance) as error:
        suite.tour(2, {})
    first, second = suite.adapter.made
    assert first.calls == ["acquire"] * 3 + ["release"]
    assert second.calls == ["acquire", "release"]
    assert str(error.value).count("adapter.") == 2
    assert first.closed
    assert second.closed


def test_a_failure_that_no_straight_way_leads_to_is_shown_as_it_came() -> None:
    def tired(name: str, at: Server) -> Reply:
        if name == "release" and len(at.calls) > 2:
            return Reply.REFUSED
        return generous(name, at) if name != "acquire" or at.calls == ["acquire"] * 2 else Reply.BUSY

    suite = suite_of(server(tired))
    with pytest.raises(NonConformance) as error:
        suite.tour(2, {})
    program = [line.strip() for line in str(error.value).splitlines() if "adapter." in line]
    assert program == [
        "adapter.acquire(again=False)   # reply=BUSY",
        "adapter.acquire(again=False)   # reply=OK",
        "adapter.release()   # reply=REFUSED   # <- here",
    ]
    assert all(one.closed for one in suite.adapter.made)


def test_what_a_method_raises_is_told_as_ever() -> None:
    def release(self: Server) -> None:
        raise OSError("no such lock")

    suite = suite_of(server(generous, release=release))
    text = failure(suite)
    assert "adapter.acquire(again=False)   # reply=OK\n    adapter.release()   # <- here" in text
    assert text.endswith("specified: release\n  observed:  it raised OSError: no such lock")
    assert all(one.closed for one in suite.adapter.made)


# bounds


@spec
class Counter3:
    """Counts what is taken, within bounds."""

    count: int = var(range(3), 0)

    @action
    def take(self, ok: bool) -> None:
        limit(not ok or self.count < 2)
        if ok:
            self.count += 1

    @action
    def look(self) -> None:
        require(self.count < 2)


class Shop:
    def __init__(self) -> None:
        self.count = 0

    def take(self) -> Any:
        self.count += 1
        return {"ok": True}

    def look(self) -> None: ...

    def observe(self) -> Mapping[str, Any]:
        return {"count": self.count}


def test_an_answer_beyond_the_bounds_of_the_spec_is_neither_right_nor_wrong() -> None:
    suite = suite_of(Shop, Counter3, ("ok",))
    assert take_all(suite) == {}
    walk(suite, {}, 20, 20)
    assert suite.coverage.covered == 4  # two that are taken, two looks


def test_a_stimulus_whose_every_answer_lies_beyond_the_bounds_was_not_judged() -> None:
    @spec
    class Short:
        on: bool = False

        @action
        def take(self, ok: bool) -> None:
            limit(not ok)

    shop = type("Shop", (Shop,), {"observe": lambda self: {}})
    assert take_all(suite_of(shop, Short, ("ok",))) == {
        "take": "what the implementation answers to take lies beyond the bounds of Short"
    }


# kept traces


def kept(*labels: str) -> Trace:
    journey = Journey(model_of(Lock))
    for label in labels:
        journey.take(next(choice for choice in journey.choices() if choice[0].label == label))
    return journey.trace()


GRANTED = kept("acquire(again=False, reply=OK)", "release(reply=OK)", "acquire(again=True, reply=BUSY)")


def run_trace(adapter: type, trace: Trace) -> None:
    made: Any = conform(Lock, adapter, answers=("reply",), traces=[trace])
    getattr(made(), "test_trace[#1]")(request=SimpleNamespace(config=None))


def test_a_kept_trace_is_taken_where_the_answers_are_what_they_were() -> None:
    adapter = server(lambda name, at: Reply.BUSY if at.grants and name == "acquire" else generous(name, at))
    run_trace(adapter, GRANTED)
    assert [one.calls for one in adapter.made] == [["acquire", "release", "acquire"]]


@pytest.mark.parametrize(
    ("choose", "said", "calls"),
    [
        (
            timid,
            ("step 1", "reply=BUSY to acquire(again=False)", "reply=OK"),
            ["acquire"],
        ),
        (
            lambda name, at: Reply.REFUSED if at.grants and name == "acquire" else generous(name, at),
            ("step 3", "reply=REFUSED to acquire(again=True)", "reply=BUSY"),
            ["acquire", "release", "acquire"],
        ),
    ],
)
def test_a_kept_trace_is_skipped_where_another_answer_comes_that_is_allowed(
    choose: Choose, said: tuple[str, str, str], calls: list[str]
) -> None:
    adapter = server(choose)
    with pytest.raises(SkipTest) as skip:
        run_trace(adapter, GRANTED)
    step, answered, planned = said
    assert str(skip.value) == (
        f"{step}: the implementation answered {answered}; the trace goes another way, by {planned}"
    )
    (made,) = adapter.made
    assert made.calls == calls
    assert made.closed


def test_a_kept_trace_fails_where_an_answer_comes_that_is_not_allowed() -> None:
    with pytest.raises(NonConformance, match="reply  OK or BUSY  REFUSED"):
        run_trace(server(changed("release", Reply.REFUSED)), GRANTED)


# what does not fit


class Asks(Server):
    def release(self, reply: Reply) -> Any: ...  # type: ignore[override]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"answers": "reply"}, "answers='reply' is one text, not several names: write answers=('reply',)"),
        ({"answers": 3}, "answers=3: give the names of the arguments that the implementation chooses"),
        ({"answers": [3]}, "answers=[3]: 3 is no name of an argument"),
        ({"answers": [None]}, "answers=[None]: None is no name of an argument"),
        ({"answers": ["replay"]}, "no action of Lock has such an argument: did you mean `reply`?"),
        ({"answers": ["phase"]}, "answers='phase': no action of Lock has such an argument: there are: "),
        ({"answers": [""]}, "answers='': no action of Lock has such an argument"),
        ({"answers": ["reply", "x"]}, "answers='x': no action of Lock has such an argument"),
        ({"adapter": None, "run": print}, "answers= is for adapters: a run is given its whole plan at once"),
        ({"adapter": Asks}, "required argument: 'reply'; it chooses `reply` itself, and returns it"),
        ({"answers": ["reply", "again"]}, "called as acquire(): missing a required argument: 'again'"),
        ({"most_tours": -1}, "most_tours=-1: give a number of transitions, 0 or more"),
        ({"hidden": ["release"]}, "hidden= is for run=..."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error_when_the_class_is_made(options: dict[str, Any], said: str) -> None:
    given = {"adapter": server(generous), "answers": ("reply",), **options}
    with pytest.raises(AdapterError) as error:
        conform(Lock, **given)
    assert said in str(error.value)


Other = Enum("Reply", "OK REFUSED BUSY")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ({"reply": "OK"}, "`acquire` of the adapter answered reply='OK', and 'OK' is not in Reply: answer "),
        ({"reply": None}, "is not in Reply: answer OK or REFUSED or BUSY, or leave `reply` out if it was "),
        ({"reply": Other.OK}, "answered reply=OK, and OK is not in Reply"),  # type: ignore[attr-defined]
        ({"reply": 1}, "answered reply=1, and 1 is not in Reply"),
        ({"reply": [Reply.OK]}, "and [<Reply.OK: 1>] is not in Reply"),
        ({"reply": AnyOf((Reply.OK, 2))}, "answered reply=2, and 2 is not in Reply"),
        ({"replay": Reply.OK}, "`replay` was observed, but it is no variable of Lock"),
        ({"again": True}, "`again` was observed, but it is no variable of Lock"),
        (Reply.OK, "a mapping from variables to what was seen of them, and from `reply` to what it answered"),
        (True, "`acquire` of the adapter returned True: return nothing, or a mapping"),
        (["reply"], "`acquire` of the adapter returned ['reply']: return nothing, or a mapping"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_an_error_of_the_adapter(returned: object, said: str) -> None:
    adapter = server(generous, acquire=lambda self, again: returned)
    with pytest.raises(AdapterError) as error:
        take_all(suite_of(adapter))
    assert said in str(error.value)
    assert all(one.closed for one in adapter.made)


# as pytest shows it

EXAMPLE = '''\
from fsm import action, conform, require, spec


@spec
class Lock:
    """A lock."""

    held: bool = False

    @action
    def acquire(self, wait: bool, granted: bool) -> None:
        require(not (granted and self.held))
        self.held = self.held or granted

    @action
    def release(self) -> None:
        require(self.held)
        self.held = False


class Server:
    def __init__(self):
        self.held = False

    def acquire(self, wait):
        granted, self.held = {granted}, {granted} or self.held
        return {{"granted": granted}}

    def release(self):
        self.held = False

    def observe(self):
        return {{"held": self.held}}


TestLock = conform(Lock, Server, answers=("granted",))
'''


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:cacheprovider\n")
    return pytester


def test_there_is_a_test_for_each_stimulus_and_the_coverage_tells_what_was_left(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(test_lock=EXAMPLE.format(granted="not self.held"))
    result = project.runpytest("-v", "test_lock.py")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "test_lock.py::TestLock::test_tour[[]acquire(wait=False)[]] PASSED*",
            "test_lock.py::TestLock::test_tour[[]acquire(wait=True)[]] PASSED*",
            "test_lock.py::TestLock::test_tour[[]release[]] PASSED*",
            "test_lock.py::TestLock::test_walk PASSED*",
            "Lock  5 of 7 transitions, 71 %  (2 of 7 transitions: the implementation answers otherwise)",
        ]
    )


def test_what_cannot_be_given_is_skipped_with_its_reason(project: pytest.Pytester) -> None:
    project.makepyfile(test_lock=EXAMPLE.format(granted="False"))
    result = project.runpytest("-rs", "test_lock.py")
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED * release: acquire(wait=False) would have to answer granted=True, *"]
    )
    result.stdout.fnmatch_lines(
        ["Lock  2 of 7 transitions, 28 %  (5 of 7 transitions: the implementation answers otherwise)"]
    )


def test_a_failure_is_shown_without_a_line_of_our_own_code(project: pytest.Pytester) -> None:
    project.makepyfile(test_lock=EXAMPLE.format(granted="True"))
    result = project.runpytest("test_lock.py")
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "E   fsm.errors.NonConformance: Lock: the implementation does not conform",
            "        adapter = Server()",
            "        adapter.acquire(wait=False)   # granted=True",
            "        adapter.acquire(wait=False)   # granted=True   # <- here",
            "               specified  observed",
            "      granted  False      True",
        ]
    )
    text = result.stdout.str().partition("FAILURES")[2]
    assert "def step(" not in text
    assert "expedition.py" not in text
    assert "hypothesis" not in text


def test_one_test_that_is_chosen_speaks_of_what_it_was_answered_alone(project: pytest.Pytester) -> None:
    project.makepyfile(test_lock=EXAMPLE.format(granted="not self.held"))
    result = project.runpytest("test_lock.py::TestLock::test_tour[release]")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["Lock  2 of 7 transitions, 28 %  (1 of 7 transitions: the implementation answers otherwise)"]
    )


def test_collecting_runs_no_body_and_names_are_the_same_every_time(project: pytest.Pytester) -> None:
    text = EXAMPLE.format(granted="True").replace(
        "require(not", "raise SystemExit('a body was run while tests were collected')\n        require(not"
    )
    project.makepyfile(test_lock=text)
    first, second = (project.runpytest("--collect-only", "-q", "test_lock.py") for _ in range(2))
    names = [line for line in first.outlines if "::" in line]
    assert names == [line for line in second.outlines if "::" in line]
    assert len(names) == 4
