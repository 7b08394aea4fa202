"""Traces in the Informal Trace Format: written, read back, and refused where they are none."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsm import action, conform, each, require, spec, var
from fsm.declaration import model_of
from fsm.errors import LogError
from fsm.export.itf import itf_of, path_of_itf, trace_of_itf
from fsm.export.itf_values import decoded, encoded
from fsm.journey import Journey
from fsm.replaying import Judge
from fsm.targets import find
from fsm.verdict import Outcome
from tests.export.ours import shipped
from tests.strategies import Drawn, domains, specs, values

Color = Enum("Color", "RED GREEN")


@dataclass(frozen=True)
class Lamp:
    color: Color
    on: bool


@spec
class Shop:
    """A value of every kind."""

    open: bool = False
    stock: int = var(range(4), 2)
    sold: int | None = var(range(2), None)
    word: Literal["a", "b"] = "a"
    lamp: Lamp | None = None
    at: dict[Color, int] = each(Color, var(range(3), 0))
    seen: frozenset[Color] = frozenset()
    queue: tuple[Color, ...] = var(maxlen=2)

    @action
    def arrive(self, color: Color) -> None:
        require(len(self.queue) < 2)
        self.queue += (color,)
        self.seen |= {color}

    @action
    def serve(self) -> None:
        require(self.queue and self.stock > 0)
        self.at[self.queue[0]] += 1 if self.at[self.queue[0]] < 2 else 0
        self.lamp = Lamp(self.queue[0], True)
        self.sold = 1 if self.open else 0
        self.queue = self.queue[1:]
        self.stock -= 1

    @action(fault=True)
    def lose(self) -> None:
        require(self.queue)
        self.queue = self.queue[1:]


MODEL = model_of(Shop)


def walked(seed: int, steps: int = 6) -> Journey:
    journey = Journey(MODEL)
    journey.wander(steps, seed)
    return journey


def changed(change: Callable[[Any], None]) -> str:
    """A good trace with something else in it."""
    data = json.loads(itf_of(MODEL, walked(1).path))
    change(data)
    return json.dumps(data)


@given(st.data())
def test_every_value_comes_back(data: st.DataObject) -> None:
    domain = data.draw(domains())
    value = data.draw(values(domain))
    told = json.loads(json.dumps(encoded(domain, value)))
    assert domain.encode(decoded(domain, told, "it")) == domain.encode(value)


@given(specs(), st.integers(0, 99))
@settings(max_examples=20)
def test_a_walk_comes_back(drawn: Drawn, seed: int) -> None:
    journey = Journey(model_of(drawn.cls))
    try:
        journey.wander(5, seed)
    except Exception:
        return
    path, loop = path_of_itf(journey.model, itf_of(journey.model, journey.path))
    assert (path, loop) == (journey.path, None)


def test_the_file_has_the_shapes_of_the_format() -> None:
    journey = Journey(MODEL)
    for label in ("arrive(color=RED)", "serve"):
        journey.take(next(one for one in journey.choices() if one[0].label == label))
    data = json.loads(itf_of(MODEL, journey.path))
    assert data["vars"] == ["open", "stock", "sold", "word", "lamp", "at", "seen", "queue"]
    assert data["states"][2] == {
        "#meta": {"index": 2, "action": "serve"},
        "open": False,
        "stock": {"#bigint": "1"},
        "sold": {"tag": "Some", "value": {"#bigint": "0"}},
        "word": "a",
        "lamp": {"tag": "Some", "value": {"color": "RED", "on": True}},
        "at": {"#map": [["RED", {"#bigint": "1"}], ["GREEN", {"#bigint": "0"}]]},
        "seen": {"#set": ["RED"]},
        "queue": [],
    }


@pytest.mark.parametrize("closed", [True, False])
def test_a_lasso_goes_back_to_where_its_loop_begins(closed: bool) -> None:
    model = shipped("dining.py::DiningPhilosophers")
    journey = Journey(model)
    journey.take(journey.choices()[0])
    for label in ("take_first(who=1)", "take_second(who=1)", "put_down(who=1)"):
        journey.take(next(one for one in journey.choices() if one[0].label == label))
    text = itf_of(model, journey.path, loop=1)
    data = json.loads(text)
    assert (len(data["states"]), data["loop"]) == (4, 1)
    assert data["states"][-1]["#meta"]["then"] == "put_down(who=1)"
    if not closed:  # what led back is found, too
        del data["states"][-1]["#meta"]["then"]
    path, loop = path_of_itf(model, json.dumps(data))
    assert (path, loop) == (journey.path, 1)


def test_a_run_that_stays_needs_no_event() -> None:
    model = shipped("peterson.py::Peterson")
    text = itf_of(model, Journey(model).path, loop=0)
    assert trace_of_itf(model, text).loop == 0


def test_what_nothing_names_is_no_fault_if_it_need_not_be_one() -> None:
    @spec
    class Twice:
        on: bool = False

        @action(fault=True)
        def breaks(self) -> None:
            self.on = True

        @action
        def turn_on(self) -> None:
            self.on = True

    text = json.dumps({"vars": ["on"], "states": [{"on": False}, {"on": True}]})
    assert [step.action for step in trace_of_itf(model_of(Twice), text).steps] == ["turn_on"]
    named = json.dumps(
        {"vars": ["on", "action"], "states": [{"on": False, "action": ""}, {"on": True, "action": "breaks"}]}
    )
    assert [step.action for step in trace_of_itf(model_of(Twice), named).steps] == ["breaks"]


def test_a_trace_may_be_in_the_variables_of_our_tla_export() -> None:
    start = {"at_LEFT": "OUTSIDE", "at_RIGHT": "OUTSIDE", "interested_LEFT": False, "interested_RIGHT": False,
             "turn": "LEFT"}  # fmt: skip
    states = [start, {**start, "at_LEFT": "ASKING", "interested_LEFT": True}]
    text = json.dumps({"vars": list(start), "states": states})
    trace = trace_of_itf(shipped("peterson.py::Peterson"), text)
    assert [step.label for step in trace.steps] == ["ask(who=LEFT)"]


BAD = {
    "no JSON": ("{", "it is not JSON"),
    "cut off": (itf_of(MODEL, [(None, Journey(MODEL).state)])[:-20], "was it cut off"),
    "something else": ("[1]", "wants an object with `vars` and `states`"),
    "no states": ('{"vars": [], "states": []}', "no states"),
    "another spec": ('{"vars": ["x"], "states": [{"x": 1}]}', "none of Shop: it says nothing of `open`"),
    "a value outside": (
        changed(lambda data: data["states"][1].update(stock=9)),
        "state 1: stock=9 is none of",
    ),
    "a state without a value": (changed(lambda data: data["states"][2].pop("word")), "state 2: .*`word`"),
    "a bool for an int": (changed(lambda data: data["states"][0].update(stock=True)), "state 0: stock=true"),
    "no beginning": (changed(lambda data: data["states"].pop(0)), "state 0: Shop does not begin like this"),
    "a leap": (changed(lambda data: data["states"].pop(1)), "state 1"),
    "a step of no event": (
        changed(lambda data: data["states"][1].update({"open": True, "#meta": {}})),
        "state 1: no event explains this step",
    ),
    "a loop to nowhere": (changed(lambda data: data.update(loop=99)), "`loop` is 99, .* 0 to 6"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_trace_of_the_spec_is_refused_with_the_place(case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(LogError, match=message):
        trace_of_itf(MODEL, text)


@pytest.fixture
def judge() -> Judge:
    (target,) = find(["specs/classics/peterson.py::PetersonReversed"]).targets
    return Judge(target)


def test_replay_says_whether_a_trace_conforms(tmp_path: Any, judge: Judge) -> None:
    model = judge.target.model
    journey = Journey(model)
    journey.wander(5, seed=3)
    file = tmp_path / "walk.itf.json"
    file.write_text(itf_of(model, journey.path))
    (good,) = judge.recording(file)
    assert (good.outcome, good.conformance.observations) == (Outcome.HOLDS, 6)
    data = json.loads(file.read_text())
    data["states"][3] = data["states"][0]
    file.write_text(json.dumps(data))
    (bad,) = judge.recording(file)
    assert (bad.outcome, bad.conformance.observations) == (Outcome.VIOLATED, 3)


def test_replay_refuses_what_is_no_trace(tmp_path: Any, judge: Judge) -> None:
    file = tmp_path / "walk.itf.json"
    file.write_text("{}")
    with pytest.raises(LogError, match=r"walk\.itf\.json: this is no ITF trace"):
        judge.recording(file)


def test_conform_takes_an_itf_trace(tmp_path: Any) -> None:
    journey = walked(1)
    file = tmp_path / "walk.itf.json"
    file.write_text(itf_of(MODEL, journey.path))
    made = conform(Shop, lambda: None, traces=[file], walks=0)
    assert hasattr(made, "test_trace[walk.itf]")
